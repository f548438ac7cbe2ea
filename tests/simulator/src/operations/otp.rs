//! OTP verification of a payment whose merchant asks for the OTP itself (H2H).

use serde_json::json;

use super::settle::{self, OtpOutcome, WRONG_OTPS_ALLOWED};
use super::{Work, customer};
use crate::answer::{Answer, Refusal};
use crate::checks::fields;
use crate::world::payment::Confirmation;

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let customer = customer::of_header(work)?;
    let body = work.body()?;
    let reference = body.text("originalPartnerReferenceNo", 1..=36, fields::any)?;
    let otp = body.text("otp", 6..=6, fields::digits)?;
    body.constant("action", "otpPayment")?;
    let (info, channel) = work.channel(&body)?;
    let token = info.text("bankCardToken", 1..=2048, fields::any)?;
    info.close()?;
    body.close()?;

    let holder = customer::of_token(work, token, "bankCardToken")?;
    customer::must_be(work, &holder, &customer.cust_id)?;
    let payment = work
        .world
        .payments
        .get(reference)
        .filter(|payment| payment.order.channel == channel)
        .ok_or_else(|| Refusal::new(404, "01", "Transaction Not Found"))?;
    let owner = payment.order.cust_id.clone();
    let reference_no = payment.reference_no.clone();
    let by_page = payment.order.confirmation == Confirmation::DokuHosted;
    let blocked = payment.wrong_otps >= WRONG_OTPS_ALLOWED;
    customer::must_be(work, &customer, &owner)?;
    if by_page {
        return Err(Refusal::new(
            404,
            "00",
            "Invalid Transaction Status. OTP is asked on the page",
        ));
    }
    if blocked {
        return Err(Refusal::new(403, "11", "OTP Blocked"));
    }
    let now = work.now();
    match settle::try_otp(work.world, reference, otp, now) {
        OtpOutcome::Paid => {
            let answer =
                Answer::success(work.operation, json!({"originalReferenceNo": reference_no}));
            Ok(if work.world.settings.otp_code_as_integer {
                answer.with_integer("responseCode")
            } else {
                answer
            })
        }
        OtpOutcome::InsufficientFunds => Err(Refusal::new(403, "14", "Insufficient Funds")),
        OtpOutcome::Wrong => Err(Refusal::new(404, "15", "Invalid OTP")),
        OtpOutcome::Blocked => Err(Refusal::new(403, "11", "OTP Blocked")),
        OtpOutcome::NotWaiting => Err(Refusal::new(404, "00", "Invalid Transaction Status")),
    }
}
