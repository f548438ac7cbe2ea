//! Refund of a paid payment, whole or, where the channel does so, in part.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::{Order, Work, customer, settle};
use crate::answer::{Answer, Refusal};
use crate::clock::printed;
use crate::money::Amount;
use crate::operation::Operation;
use crate::random;
use crate::world::outbox::Notice;
use crate::world::payment::{Payment, PaymentStatus};
use crate::world::refund::Refund;
use crate::world::{self, World};

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Result<Answer, Refusal> {
    let body = order.body;
    let channel = order.place.channel;
    let payment = original(work, order)?;
    let reference = &payment.order.partner_reference_no;
    if let Some(holder) = &order.customer {
        customer::must_be(work, holder, &payment.order.cust_id)?;
    }
    if let Some(id) = body.text("originalExternalId")
        && !payment.external_ids.iter().any(|known| known == id)
    {
        return Err(Refusal::new(
            404,
            "01",
            "Transaction Not Found. originalExternalId differs",
        ));
    }
    let amount = body.amount("refundAmount").unwrap_or(payment.order.amount);
    let key = world::key(channel, body.must("partnerRefundNo"));
    if let Some(known) = work.world.refunds.get_mut(&key) {
        if known.partner_reference_no != *reference || known.amount != amount {
            return Err(Refusal::new(404, "18", "Inconsistent Request"));
        }
        known.attempts += 1;
        let known = known.clone();
        return Ok(answer(work, &known, &payment.reference_no));
    }
    if payment.status != PaymentStatus::Paid {
        return Err(Refusal::new(404, "00", "Invalid Transaction Status"));
    }
    if !order.place.version.partial_refunds && amount != payment.order.amount {
        return Err(Refusal::new(
            404,
            "13",
            "Invalid Amount. Only all of it can be refunded",
        ));
    }
    // No code is named for a refund beyond what is left. 404-13 says that the amount does not
    // agree with what DOKU holds.
    let refunded = payment
        .refunded
        .plus(amount)
        .filter(|sum| *sum <= payment.order.amount)
        .ok_or_else(|| Refusal::new(404, "13", "Invalid Amount. More than is left to refund"))?;
    let refund = Refund {
        partner_refund_no: body.must("partnerRefundNo").to_owned(),
        channel,
        partner_reference_no: reference.clone(),
        doku_refund_no: format!("REF-{}", random::digits(12)),
        amount,
        reason: body.text("reason").map(str::to_owned),
        attempts: 1,
        at: work.now(),
    };
    work.world.refunds.insert(&key, refund.clone());
    carry_out(work.world, &refund, refunded, &payment);
    Ok(answer(work, &refund, &payment.reference_no))
}

/// The payment that every reference given points at.
fn original(work: &Work<'_>, order: &Order<'_>) -> Result<Payment, Refusal> {
    let channel = order.place.channel;
    let body = order.body;
    let partner_reference = body
        .text("originalPartnerReferenceNo")
        .or_else(|| body.text("additionalInfo.merchantTrxId"));
    let reference_no = body.text("originalReferenceNo");
    let mut payments = work.world.payments.iter();
    payments
        .find(|payment| {
            payment.order.channel == channel
                && partner_reference.is_none_or(|given| payment.order.partner_reference_no == given)
                && reference_no.is_none_or(|given| payment.reference_no == given)
        })
        .cloned()
        .ok_or_else(|| Refusal::new(404, "01", "Transaction Not Found"))
}

/// DOKU's staff give money back without being asked by a call; everything that is left unless an amount is
/// given. The error is a sentence.
pub fn by_doku(
    world: &mut World,
    key: &str,
    amount: Option<Amount>,
    now: Timestamp,
) -> Result<String, &'static str> {
    let payment = world.payments.get(key).ok_or("no such payment")?.clone();
    if payment.status != PaymentStatus::Paid {
        return Err("not paid");
    }
    let left = payment.order.amount.minus(payment.refunded);
    let amount = amount.or(left).ok_or("nothing is left to refund")?;
    let refunded = payment
        .refunded
        .plus(amount)
        .filter(|sum| amount > Amount::ZERO && *sum <= payment.order.amount)
        .ok_or("no amount that is left to refund")?;
    let channel = payment.order.channel;
    let refund = Refund {
        partner_refund_no: String::new(),
        channel,
        partner_reference_no: payment.order.partner_reference_no.clone(),
        doku_refund_no: format!("REF-{}", random::digits(12)),
        amount,
        reason: None,
        attempts: 1,
        at: now,
    };
    let number = refund.doku_refund_no.clone();
    world
        .refunds
        .insert(&world::key(channel, &number), refund.clone());
    carry_out(world, &refund, refunded, &payment);
    Ok(number)
}

fn carry_out(world: &mut World, refund: &Refund, refunded: Amount, payment: &Payment) {
    world
        .accounts
        .credit(refund.channel, payment.account(), refund.amount);
    if let Some(payment) = world.payments.get_mut(&payment.key()) {
        payment.refunded = refunded;
        let mut notice = settle::notice(&world.settings, payment);
        notice.amount = refund.amount.to_string();
        if refund.partner_refund_no.is_empty() {
            let named = world.settings.back_office_refunds_named;
            notice.refund_no = named.then(|| refund.doku_refund_no.clone());
        } else {
            notice.partner_refund_no = Some(refund.partner_refund_no.clone());
        }
        world.outbox.fresh.push(Notice::Debit(notice));
    }
}

fn answer(work: &Work<'_>, refund: &Refund, reference_no: &str) -> Answer {
    let fields: Value = json!({
        "originalPartnerReferenceNo": refund.partner_reference_no,
        "originalReferenceNo": reference_no,
        "refundNo": refund.doku_refund_no,
        "partnerRefundNo": refund.partner_refund_no,
        "refundAmount": {"value": refund.amount, "currency": "IDR"},
        "refundTime": printed(refund.at, work.world.settings.times),
    });
    if work.world.settings.refund_succeeds_as_binding {
        Answer::accepted(Operation::Binding.service(), fields)
    } else {
        Answer::success(work.operation, fields)
    }
}
