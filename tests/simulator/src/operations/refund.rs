//! Refund of a paid payment, whole or in part.

use serde_json::{Value, json};

use super::{Work, customer, settle};
use crate::answer::{Answer, Refusal};
use crate::checks::fields;
use crate::clock::wib;
use crate::money::Amount;
use crate::operation::Operation;
use crate::random;
use crate::world::outbox::Notice;
use crate::world::payment::PaymentStatus;
use crate::world::refund::Refund;

/// What the merchant asked for.
struct Order<'a> {
    reference: &'a str,
    refund_no: &'a str,
    amount: Amount,
    reason: Option<&'a str>,
    external_id: Option<&'a str>,
}

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let body = work.body()?;
    let (info, channel) = work.channel(&body)?;
    info.close()?;
    let holder = if channel.customer_token_on_refund {
        Some(customer::of_header(work)?)
    } else {
        None
    };
    let length = channel.refund_reference.clone();
    let order = Order {
        reference: body.text("originalPartnerReferenceNo", length.clone(), fields::any)?,
        refund_no: body.text("partnerRefundNo", length, fields::any)?,
        amount: body.amount("refundAmount")?,
        reason: body.optional_text("reason", 1..=255, fields::any)?,
        external_id: body.optional_text("originalExternalId", 1..=36, fields::digits)?,
    };
    body.close()?;

    let payment = work
        .world
        .payments
        .get(order.reference)
        .filter(|payment| payment.order.channel == channel)
        .ok_or_else(|| Refusal::new(404, "01", "Transaction Not Found"))?
        .clone();
    if let Some(holder) = holder {
        customer::must_be(work, &holder, &payment.order.cust_id)?;
    }
    if let Some(id) = order.external_id
        && !payment.external_ids.iter().any(|known| known == id)
    {
        return Err(Refusal::new(
            404,
            "01",
            "Transaction Not Found. originalExternalId differs",
        ));
    }
    if let Some(known) = work.world.refunds.get_mut(order.refund_no) {
        if known.partner_reference_no != order.reference || known.amount != order.amount {
            return Err(Refusal::new(404, "18", "Inconsistent Request"));
        }
        known.attempts += 1;
        let known = known.clone();
        return Ok(answer(work, &known, &payment.reference_no));
    }
    if payment.status != PaymentStatus::Paid {
        return Err(Refusal::new(404, "00", "Invalid Transaction Status"));
    }
    // No code is named for a refund beyond what is left. 404-13 says that the amount does not
    // agree with what DOKU holds.
    let refunded = payment
        .refunded
        .plus(order.amount)
        .filter(|sum| *sum <= payment.order.amount)
        .ok_or_else(|| Refusal::new(404, "13", "Invalid Amount. More than is left to refund"))?;
    let refund = carry_out(work, &order, refunded, &payment.order.cust_id);
    Ok(answer(work, &refund, &payment.reference_no))
}

fn carry_out(work: &mut Work<'_>, order: &Order<'_>, refunded: Amount, cust_id: &str) -> Refund {
    let refund = Refund {
        partner_refund_no: order.refund_no.to_owned(),
        partner_reference_no: order.reference.to_owned(),
        doku_refund_no: format!("REF-{}", random::digits(12)),
        amount: order.amount,
        reason: order.reason.map(str::to_owned),
        attempts: 1,
        at: work.now(),
    };
    let world = &mut *work.world;
    world.refunds.insert(order.refund_no, refund.clone());
    world.accounts.credit(cust_id, order.amount);
    if let Some(payment) = world.payments.get_mut(order.reference) {
        payment.refunded = refunded;
        let mut notice = settle::notice(payment);
        notice.amount = order.amount.to_string();
        notice.partner_refund_no = Some(order.refund_no.to_owned());
        world.outbox.fresh.push(Notice::Debit(notice));
    }
    refund
}

fn answer(work: &Work<'_>, refund: &Refund, reference_no: &str) -> Answer {
    let fields: Value = json!({
        "originalPartnerReferenceNo": refund.partner_reference_no,
        "originalReferenceNo": reference_no,
        "refundNo": refund.doku_refund_no,
        "partnerRefundNo": refund.partner_refund_no,
        "refundAmount": {"value": refund.amount, "currency": "IDR"},
        "refundTime": wib(refund.at),
    });
    if work.world.settings.refund_succeeds_as_binding {
        Answer::accepted(Operation::Binding.service(), fields)
    } else {
        Answer::success(work.operation, fields)
    }
}
