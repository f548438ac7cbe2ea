//! SNAP check status.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::Work;
use crate::answer::{Answer, Refusal};
use crate::channel::Channel;
use crate::checks::fields::{self, Fields};
use crate::clock::wib;
use crate::world::World;
use crate::world::payment::Payment;

pub fn perform(work: &mut Work<'_>) -> Result<Answer, Refusal> {
    let body = work.body()?;
    let (info, channel) = work.channel(&body)?;
    info.ignore(&["deviceId"]);
    info.close()?;
    body.constant("serviceCode", channel.status_service_code)?;
    let is_date: fn(&str) -> bool = |text| Timestamp::parse_rfc3339(text).is_some();
    body.optional_text("transactionDate", 1..=25, is_date)?;
    body.optional_text("merchantId", 1..=64, fields::any)?;
    body.optional_text("subMerchantId", 1..=32, fields::any)?;
    body.optional_text("externalStoreId", 1..=64, fields::any)?;
    let payment = find(work.world, &body, channel)?;
    if body
        .optional_amount("amount")?
        .is_some_and(|amount| amount != payment.order.amount)
    {
        return Err(Refusal::new(404, "13", "Invalid Amount"));
    }
    body.close()?;
    Ok(Answer::success(work.operation, answer(work.world, payment)))
}

/// The payment that every reference given points at; 404-01 when there is none.
fn find<'a>(
    world: &'a World,
    body: &Fields<'_>,
    channel: &Channel,
) -> Result<&'a Payment, Refusal> {
    let partner_reference =
        body.optional_text("originalPartnerReferenceNo", 1..=64, fields::any)?;
    let reference = body.optional_text("originalReferenceNo", 1..=64, fields::any)?;
    let external_id = body.optional_text("originalExternalId", 1..=32, fields::digits)?;
    if partner_reference.is_none() && reference.is_none() {
        return Err(body.missing("originalPartnerReferenceNo"));
    }
    let candidate = match partner_reference {
        Some(key) => world.payments.get(key),
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
        .ok_or_else(|| Refusal::new(404, "01", "Transaction Not Found"))
}

fn answer(world: &World, payment: &Payment) -> Value {
    let (status, description) = payment.latest_status();
    let reference = &payment.order.partner_reference_no;
    let money = |value| json!({"value": value, "currency": "IDR"});
    let history: Vec<Value> = world
        .refunds
        .iter()
        .filter(|refund| refund.partner_reference_no == *reference)
        .map(|refund| {
            json!({
                "refundNo": refund.doku_refund_no,
                "partnerRefundNo": refund.partner_refund_no,
                "refundAmount": money(refund.amount),
                "refundStatus": "00",
                "refundDate": wib(refund.at),
                "reason": refund.reason.as_deref().unwrap_or_default(),
            })
        })
        .collect();
    let mut fields = json!({
        "originalReferenceNo": payment.reference_no,
        "originalPartnerReferenceNo": reference,
        "originalExternalId": payment.external_id(),
        "serviceCode": payment.order.channel.status_service_code,
        "latestTransactionStatus": status,
        "transactionStatusDesc": description,
        "originalResponseCode": "2005400",
        "originalResponseMessage": "Successful",
        "transAmount": money(payment.order.amount),
        "additionalInfo": {
            "channel": payment.order.channel.code,
            "acquirer": {"id": payment.order.channel.acquirer},
        },
    });
    if !history.is_empty() {
        fields["refundHistory"] = Value::from(history);
    }
    if let Some(at) = payment.paid_at {
        fields["paidTime"] = Value::from(wib(at));
    }
    fields
}
