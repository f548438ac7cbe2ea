//! Refund, service 58 (DOKU's CIMB sample carries 07).
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20).

use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::{Amount, Stated, compact};
use crate::domain::channel::Channel;
use crate::domain::ids::{ExternalId, Reference};
use crate::domain::money::{Rupiah, StatedAmount};

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path("debit/refund")
}

/// What a refund asks for.
pub struct RefundOrder<'a> {
    /// The product.
    pub channel: &'static Channel,
    /// Our name for the payment.
    pub payment: &'a Reference,
    /// DOKU's name for it.
    pub payment_reference_no: Option<&'a str>,
    /// `X-EXTERNAL-ID` of the payment's request, if it is known which one DOKU took.
    pub payment_external_id: Option<&'a ExternalId>,
    /// Our name for the refund.
    pub reference: &'a Reference,
    /// How much.
    pub amount: Rupiah,
    /// Why.
    pub reason: Option<&'a str>,
}

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
    additional_info: super::ChannelOnly,
}

/// The body to send.
pub fn request(order: &RefundOrder<'_>) -> Vec<u8> {
    compact(&Request {
        original_partner_reference_no: order.payment.as_str(),
        original_external_id: order.payment_external_id.map(ExternalId::as_str),
        partner_refund_no: order.reference.as_str(),
        refund_amount: order.amount.into(),
        reason: order.reason,
        additional_info: super::ChannelOnly {
            channel: order.channel.code,
        },
    })
}

/// What a successful answer may hold.
#[derive(Debug, Default)]
pub struct Refunded {
    /// DOKU's id.
    pub refund_no: Option<String>,
    /// The amount DOKU says it sent back.
    pub amount: Option<StatedAmount>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    refund_no: Option<String>,
    #[serde(default)]
    refund_amount: Option<Stated>,
}

/// Reads a successful answer.
pub fn read(body: &[u8]) -> Refunded {
    let response: Response = serde_json::from_slice(body).unwrap_or_default();
    Refunded {
        refund_no: response.refund_no,
        amount: response.refund_amount.map(StatedAmount::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::CIMB;

    #[test]
    fn the_documented_request_and_answer() {
        let payment = Reference::parse("INV-0001").unwrap();
        let reference = Reference::parse("RFD-0001").unwrap();
        let external_id = ExternalId::trusted("20261120081530123456789012345678".into());
        let body = request(&RefundOrder {
            channel: &CIMB,
            payment: &payment,
            payment_reference_no: None,
            payment_external_id: Some(&external_id),
            reference: &reference,
            amount: Rupiah::new(5_000),
            reason: Some("Item returned"),
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"originalPartnerReferenceNo":"INV-0001","originalExternalId":"20261120081530123456789012345678","partnerRefundNo":"RFD-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"reason":"Item returned","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#
        );
        let refunded = read(
            br#"{"responseCode":"2000700","refundNo":"REF-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"refundTime":"2026-11-20T08:20:00.000"}"#,
        );
        assert_eq!(refunded.refund_no.as_deref(), Some("REF-0001"));
        assert_eq!(refunded.amount.unwrap().rupiah(), Some(Rupiah::new(5_000)));
    }
}
