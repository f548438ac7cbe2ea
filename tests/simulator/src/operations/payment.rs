//! Payment host to host: accepts a payment, which the customer then confirms.

use serde_json::json;

use super::{Work, customer};
use crate::answer::{Answer, Refusal};
use crate::checks::fields;
use crate::money::Amount;
use crate::random;
use crate::world::payment::{Confirmation, Payment, PaymentOrder, PaymentStatus};

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let customer = customer::of_header(work)?;
    let confirmation = match work.call.optional_header("X-CHANNEL-ID")? {
        None | Some("DH") => Confirmation::DokuHosted,
        Some("H2H") => Confirmation::HostToHost,
        Some(_) => return Err(Refusal::format("X-CHANNEL-ID")),
    };
    let order = order(work, &customer.cust_id, confirmation)?;
    if let Some(known) = work.world.payments.get(&order.partner_reference_no) {
        let owner = known.order.cust_id.clone();
        customer::must_be(work, &customer, &owner)?;
        return repeated(work, &order);
    }
    let reference = order.partner_reference_no.clone();
    let payment = Payment {
        reference_no: format!("DK{}", random::alphanumeric(30)),
        page_id: random::digits(40),
        auth_code: customer.auth_code,
        external_ids: vec![work.external_id.clone()],
        status: PaymentStatus::Initiated,
        wrong_otps: 0,
        otp_sent: false,
        refunded: Amount::ZERO,
        created_at: work.now(),
        paid_at: None,
        order,
    };
    let answer = accepted(work, &payment);
    work.world.payments.insert(&reference, payment);
    Ok(answer)
}

fn order(
    work: &Work<'_>,
    cust_id: &str,
    confirmation: Confirmation,
) -> Result<PaymentOrder, Refusal> {
    let body = work.body()?;
    let (info, channel) = work.channel(&body)?;
    let reference = body.text("partnerReferenceNo", channel.reference.clone(), fields::any)?;
    let amount = body.amount("amount")?;
    let remarks = info.text("remarks", 1..=channel.remarks_max, fields::any)?;
    let success_url = info.text("successPaymentUrl", 1..=2048, fields::web_address)?;
    let failed_url = info.text("failedPaymentUrl", 1..=2048, fields::web_address)?;
    info.ignore(&["lineItems"]);
    info.close()?;
    body.close()?;
    Ok(PaymentOrder {
        partner_reference_no: reference.to_owned(),
        channel,
        cust_id: cust_id.to_owned(),
        amount,
        remarks: remarks.to_owned(),
        success_url: success_url.to_owned(),
        failed_url: failed_url.to_owned(),
        confirmation,
    })
}

/// A reference that came before: refused when anything differs or when it is paid, otherwise
/// answered as the first time without a second payment.
fn repeated(work: &mut Work<'_>, order: &PaymentOrder) -> Result<Answer, Refusal> {
    let external_id = work.external_id.clone();
    let Some(payment) = work.world.payments.get_mut(&order.partner_reference_no) else {
        return Err(Refusal::new(500, "00", "General Error"));
    };
    if payment.order != *order {
        return Err(Refusal::new(404, "18", "Inconsistent Request"));
    }
    if payment.status == PaymentStatus::Paid {
        return Err(Refusal::new(409, "01", "Duplicate partnerReferenceNo"));
    }
    payment.external_ids.push(external_id);
    let payment = payment.clone();
    Ok(accepted(work, &payment))
}

fn accepted(work: &Work<'_>, payment: &Payment) -> Answer {
    Answer::success(
        work.operation,
        json!({
            "partnerReferenceNo": payment.order.partner_reference_no,
            "referenceNo": payment.reference_no,
            "webRedirectUrl":
                format!("{}/direct-debit/ui/payment/core/{}", work.page_base, payment.page_id),
        }),
    )
}
