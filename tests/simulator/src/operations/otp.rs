//! OTP verification, where the merchant asks the customer for the OTP itself: of a payment, or
//! of a card being registered.

use serde_json::json;

use super::settle::{self, OtpOutcome, RIGHT_OTP};
use super::{Order, Work, customer};
use crate::answer::{Answer, Refusal};
use crate::world;
use crate::world::binding::BindingStatus;
use crate::world::payment::{Confirmation, Payment};

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Result<Answer, Refusal> {
    let body = order.body;
    let reference_no = body.text("originalReferenceNo");
    if reference_no.is_none() && body.text("originalPartnerReferenceNo").is_none() {
        return Err(Refusal::missing("originalReferenceNo"));
    }
    // A table that is not known may do without the type: then the reference tells.
    let of_card = match body.text("type") {
        Some(kind) => kind == "card",
        None => card(work, order, reference_no).is_some(),
    };
    let answer = if of_card {
        of_registration(work, order, reference_no)
    } else {
        of_payment(work, order, reference_no)
    }?;
    Ok(if work.world.settings.otp_code_as_integer {
        answer.with_integer("responseCode")
    } else {
        answer
    })
}

/// The key of the card whose registration has that reference.
fn card(work: &Work<'_>, order: &Order<'_>, reference_no: Option<&str>) -> Option<String> {
    let mut bindings = work.world.bindings.iter();
    let found = bindings.find(|binding| {
        binding.channel == order.place.channel && Some(&*binding.reference_no) == reference_no
    });
    found.map(|binding| binding.auth_code.clone())
}

fn of_registration(
    work: &mut Work<'_>,
    order: &Order<'_>,
    reference_no: Option<&str>,
) -> Result<Answer, Refusal> {
    let now = work.now();
    let rule = order.place.version.wrong_otps;
    let not_found = || Refusal::new(404, "01", "Transaction Not Found");
    let key = card(work, order, reference_no).ok_or_else(not_found)?;
    let card = work.world.bindings.get(&key).ok_or_else(not_found)?;
    if work.world.card_otps.is_blocked(card, now) {
        return Err(Refusal::new(403, "11", "OTP Blocked"));
    }
    if card.status != BindingStatus::Pending {
        return Err(Refusal::new(404, "00", "Invalid Transaction Status"));
    }
    let given = order.body.text("chargeToken");
    let right = card.charge_token.as_deref();
    if given.is_some() && right.is_some() && given != right {
        return Err(Refusal::new(404, "11", "Invalid Card. chargeToken"));
    }
    if order.body.must("otp") != RIGHT_OTP {
        if !settle::miss(work.world, &key, rule, now) {
            return Err(Refusal::new(404, "15", "Invalid OTP"));
        }
        if rule.block.is_none() {
            settle::stand(work.world, &key, BindingStatus::Declined);
        }
        return Err(Refusal::new(403, "11", "OTP Blocked"));
    }
    settle::stand(work.world, &key, BindingStatus::Active);
    settle::forgive(work.world, &key);
    Ok(Answer::success(
        work.operation,
        json!({
            "originalReferenceNo": reference_no,
            "additionalInfo": {"tokenStatus": "SUCCESS", "tokenStatusMessage": "Success"},
        }),
    ))
}

fn of_payment(
    work: &mut Work<'_>,
    order: &Order<'_>,
    reference_no: Option<&str>,
) -> Result<Answer, Refusal> {
    let channel = order.place.channel;
    let partner_reference = order.body.text("originalPartnerReferenceNo");
    let payment = match partner_reference {
        Some(reference) => work.world.payments.get(&world::key(channel, reference)),
        None => work.world.payments.iter().find(|payment| {
            payment.order.channel == channel && Some(&*payment.reference_no) == reference_no
        }),
    };
    let payment = payment
        .filter(|payment| reference_no.is_none_or(|given| payment.reference_no == given))
        .ok_or_else(|| Refusal::new(404, "01", "Transaction Not Found"))?
        .clone();
    if let Some(customer) = &order.customer {
        customer::must_be(work, customer, &payment.order.cust_id)?;
    }
    if payment.order.confirmation == Confirmation::DokuHosted {
        return Err(Refusal::new(
            404,
            "00",
            "Invalid Transaction Status. OTP is asked on the page",
        ));
    }
    if is_blocked(work, &payment) {
        return Err(Refusal::new(403, "11", "OTP Blocked"));
    }
    let now = work.now();
    let key = payment.key();
    settle::expire(work.world, &key, now);
    match settle::try_otp(work.world, &key, order.body.must("otp"), now) {
        OtpOutcome::Paid => {
            let mut fields = json!({"originalReferenceNo": payment.reference_no});
            if order.body.text("type") == Some("payment") {
                fields["additionalInfo"] =
                    json!({"tokenStatus": "SUCCESS", "tokenStatusMessage": "Success"});
            }
            Ok(Answer::success(work.operation, fields))
        }
        OtpOutcome::Declined(decline) => Err(decline.refusal()),
        OtpOutcome::Wrong => Err(Refusal::new(404, "15", "Invalid OTP")),
        OtpOutcome::Blocked => Err(Refusal::new(403, "11", "OTP Blocked")),
        OtpOutcome::NotWaiting => Err(Refusal::new(404, "00", "Invalid Transaction Status")),
    }
}

fn is_blocked(work: &Work<'_>, payment: &Payment) -> bool {
    let rule = payment.version.wrong_otps;
    let card = work.world.bindings.get(&payment.auth_code);
    if rule.block.is_some() {
        card.is_some_and(|card| work.world.card_otps.is_blocked(card, work.call.arrived))
    } else {
        payment.wrong_otps >= rule.allowed
    }
}
