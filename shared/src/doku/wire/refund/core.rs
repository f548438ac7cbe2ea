//! As under the present paths, also of wallets that the customer jumps to.
//!
//! Source: DOKU developers, "CIMB Direct Debit", and DOKU's SDKs (read 2026-11-20).

use serde::Serialize;

use super::super::{Amount, ChannelOnly, compact};
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
    additional_info: ChannelOnly,
}

pub(super) fn request(order: &RefundOrder<'_>) -> Vec<u8> {
    compact(&Request {
        original_partner_reference_no: order.payment.as_str(),
        original_external_id: order.payment_external_id.map(ExternalId::as_str),
        partner_refund_no: order.reference.as_str(),
        refund_amount: order.amount.into(),
        reason: order.reason,
        additional_info: ChannelOnly {
            channel: order.channel.code,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::bodies;
    use crate::domain::channel::{CIMB, DANA};

    #[test]
    fn the_documented_requests() {
        assert_eq!(
            bodies(&CIMB),
            [
                r#"{"originalPartnerReferenceNo":"INV-0001","originalExternalId":"20261120081530123456789012345678","partnerRefundNo":"RFD-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"reason":"Item returned","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#,
                r#"{"originalPartnerReferenceNo":"INV-0001","partnerRefundNo":"RFD-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#,
            ]
        );
        let wallet = bodies(&CIMB).map(|body| body.replace(CIMB.code, DANA.code));
        assert_eq!(bodies(&DANA), wallet, "a wallet's is no other");
    }
}
