//! As on the archived paths of the acquirers.
//!
//! Source: DOKU's earlier documentation, "Refund" (read 2026-11-20).

use serde::Serialize;

use super::super::token_place::TokenPlace;
use super::super::{Amount, compact};
use super::RefundOrder;
use crate::domain::ids::ExternalId;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    original_partner_reference_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_external_id: Option<&'a str>,
    partner_refund_no: &'a str,
    refund_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    additional_info: TokenPlace,
}

pub(super) fn request(order: &RefundOrder<'_>) -> Vec<u8> {
    compact(&Request {
        original_partner_reference_no: order.payment.as_str(),
        original_external_id: order.payment_external_id.map(ExternalId::as_str),
        partner_refund_no: order.reference.as_str(),
        refund_amount: order.amount.into(),
        reason: order.reason,
        additional_info: TokenPlace::EMPTY,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::with_token;
    use super::super::sample::bodies;
    use crate::domain::channel::OVO_ARCHIVED;

    #[test]
    fn the_documented_requests() {
        let [whole, least] = bodies(&OVO_ARCHIVED);
        assert_eq!(
            whole,
            r#"{"originalPartnerReferenceNo":"INV-0001","originalExternalId":"20261120081530123456789012345678","partnerRefundNo":"RFD-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"reason":"Item returned","additionalInfo":{"bankCardToken":""}}"#
        );
        let sent = with_token(least.as_bytes(), Some(&"TOKEN".into()));
        assert_eq!(
            String::from_utf8(sent).unwrap(),
            r#"{"originalPartnerReferenceNo":"INV-0001","partnerRefundNo":"RFD-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"additionalInfo":{"bankCardToken":"TOKEN"}}"#
        );
    }
}
