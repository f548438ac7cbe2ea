//! As on BRI's own archived paths, of all of a payment.
//!
//! Source: DOKU developers, archive, "BRI Direct Debit" (read 2026-11-20). DOKU's own name for the
//! payment and the id of its request are mandatory: without them DOKU refuses.

use serde::Serialize;

use super::super::{Amount, compact};
use super::RefundOrder;
use crate::domain::ids::ExternalId;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    original_reference_no: Option<&'a str>,
    partner_refund_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    refund_amount: Amount,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    merchant_trx_id: &'a str,
}

pub(super) fn request(order: &RefundOrder<'_>) -> Vec<u8> {
    compact(&Request {
        original_reference_no: order.payment_reference_no,
        partner_refund_no: order.reference.as_str(),
        original_external_id: order.payment_external_id.map(ExternalId::as_str),
        reason: order.reason,
        refund_amount: order.amount.into(),
        additional_info: Info {
            merchant_trx_id: order.payment.as_str(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::bodies;
    use crate::domain::channel::BRI_ARCHIVED;

    #[test]
    fn the_documented_requests() {
        assert_eq!(
            bodies(&BRI_ARCHIVED),
            [
                r#"{"originalReferenceNo":"DK1","partnerRefundNo":"RFD-0001","originalExternalId":"20261120081530123456789012345678","reason":"Item returned","refundAmount":{"value":"5000.00","currency":"IDR"},"additionalInfo":{"merchantTrxId":"INV-0001"}}"#,
                r#"{"partnerRefundNo":"RFD-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"additionalInfo":{"merchantTrxId":"INV-0001"}}"#,
            ]
        );
    }
}
