//! SNAP check status.

use serde_json::{Value, json};

use super::{Order, Work, settle};
use crate::answer::{Answer, Refusal};
use crate::clock::printed;
use crate::operation::Operation;
use crate::world;
use crate::world::World;
use crate::world::payment::Payment;

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Result<Answer, Refusal> {
    let key = find(work.world, order)?.key();
    let now = work.now();
    settle::expire(work.world, &key, now);
    let payment = work.world.payments.get(&key).ok_or_else(not_found)?;
    let amount = order.body.amount("amount");
    if amount.is_some_and(|amount| amount != payment.order.amount) {
        return Err(Refusal::new(404, "13", "Invalid Amount"));
    }
    let fields = answer(work.world, payment, order.body.must("serviceCode"));
    Ok(Answer::success(work.operation, fields))
}

/// The payment that every reference given points at; 404-01 when there is none.
fn find<'a>(world: &'a World, order: &Order<'_>) -> Result<&'a Payment, Refusal> {
    let channel = order.place.channel;
    let partner_reference = order.body.text("originalPartnerReferenceNo");
    let reference = order.body.text("originalReferenceNo");
    let external_id = order.body.text("originalExternalId");
    if partner_reference.is_none() && reference.is_none() {
        return Err(Refusal::missing("originalPartnerReferenceNo"));
    }
    let candidate = match partner_reference {
        Some(reference) => world.payments.get(&world::key(channel, reference)),
        None => world
            .payments
            .iter()
            .find(|payment| Some(&*payment.reference_no) == reference),
    };
    candidate
        .filter(|payment| payment.order.channel == channel)
        .filter(|payment| reference.is_none_or(|reference| payment.reference_no == reference))
        .filter(|payment| {
            external_id.is_none_or(|id| payment.external_ids.iter().any(|known| known == id))
        })
        .ok_or_else(not_found)
}

/// The refusal of a status that knows of no such payment.
pub fn not_found() -> Refusal {
    Refusal::new(404, "01", "Transaction Not Found")
}

fn answer(world: &World, payment: &Payment, service_code: &str) -> Value {
    let (status, description) = payment.latest_status();
    let channel = payment.order.channel;
    let reference = &payment.order.partner_reference_no;
    let times = world.settings.times;
    let money = |value| json!({"value": value, "currency": "IDR"});
    let history: Vec<Value> = world
        .refunds
        .iter()
        .filter(|refund| refund.channel == channel && refund.partner_reference_no == *reference)
        .map(|refund| {
            let mut row = json!({
                "refundNo": refund.doku_refund_no,
                "refundAmount": money(refund.amount),
                "refundStatus": "00",
                "refundDate": printed(refund.at, times),
                "reason": refund.reason.as_deref().unwrap_or_default(),
            });
            if !refund.partner_refund_no.is_empty() {
                row["partnerRefundNo"] = json!(refund.partner_refund_no);
            }
            row
        })
        .collect();
    let (code, message) = match payment.refused_at_once() {
        Some(decline) => {
            let refused = Answer::refusal(Operation::Payment, &decline.refusal());
            (refused.code, decline.refusal().message)
        }
        None => ("2005400".to_owned(), "Successful".to_owned()),
    };
    let mut fields = json!({
        "originalReferenceNo": payment.reference_no,
        "originalPartnerReferenceNo": reference,
        "originalExternalId": payment.external_id(),
        "serviceCode": service_code,
        "latestTransactionStatus": status,
        "transactionStatusDesc": description,
        "originalResponseCode": code,
        "originalResponseMessage": message,
        "transAmount": money(payment.order.amount),
        "additionalInfo": {
            "channel": channel.code,
            "acquirer": {"id": channel.acquirer},
        },
    });
    fields["refundHistory"] = Value::from(history);
    if let Some(at) = payment.paid_at {
        fields["paidTime"] = Value::from(printed(at, times));
    }
    fields
}
