//! Refund, service 58 (DOKU's CIMB sample carries 07).
//!
//! Sources: see the file of each spelling.

mod acquirer;
mod bri;
mod core;
#[cfg(test)]
mod sample;

use serde::Deserialize;

use super::super::lenient;
use super::Stated;
use crate::domain::channel::{Channel, Dialect};
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

/// The body to send. Where the customer's token belongs into it, it leaves the place for it: see
/// [`super::with_token`].
pub fn request(order: &RefundOrder<'_>) -> Vec<u8> {
    match order.channel.dialect {
        Dialect::Core | Dialect::JumpApp => core::request(order),
        Dialect::Acquirer => acquirer::request(order),
        Dialect::Bri => bri::request(order),
    }
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
    #[serde(default, deserialize_with = "lenient::member")]
    refund_amount: Option<Stated>,
}

/// Reads a successful answer. Nothing in it is needed to know that the refund was made.
pub fn read(body: &[u8]) -> Refunded {
    let response: Response = super::object(body).unwrap_or_default();
    Refunded {
        refund_no: response.refund_no,
        amount: response.refund_amount.map(StatedAmount::from),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let table = [
            (
                "the documented one",
                r#"{"responseCode":"2005800","responseMessage":"Successful","originalPartnerReferenceNo":"INV-0001","originalReferenceNo":"DK1","refundNo":"REF-0001","partnerRefundNo":"RFD-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"refundTime":"2026-11-20T08:20:00+07:00"}"#,
                Some("REF-0001"),
                Some(5_000),
            ),
            (
                "CIMB's, with another service's code",
                r#"{"responseCode":"2000700","refundNo":"REF-0001","refundAmount":{"value":"5000.00","currency":"IDR"},"refundTime":"2026-11-20T08:20:00.000"}"#,
                Some("REF-0001"),
                Some(5_000),
            ),
            (
                "numbers",
                r#"{"responseCode":2015800,"refundNo":12,"refundAmount":{"value":5000.00,"currency":"IDR"}}"#,
                Some("12"),
                Some(5_000),
            ),
            (
                "an odd amount does not hide the number",
                r#"{"refundNo":"REF-0001","refundAmount":["5000.00","IDR"]}"#,
                Some("REF-0001"),
                None,
            ),
            ("nothing", r#"{"responseCode":"2005800"}"#, None, None),
            ("a list", r#"["REF-0001"]"#, None, None),
            ("a page", "<html>", None, None),
        ];
        for (why, body, refund_no, amount) in table {
            let refunded = read(body.as_bytes());
            assert_eq!(refunded.refund_no.as_deref(), refund_no, "{why}");
            let stated = refunded.amount.and_then(|amount| amount.rupiah());
            assert_eq!(stated, amount.map(Rupiah::new), "{why}");
        }
    }

    #[test]
    fn every_refund_has_the_same_tail_behind_the_prefix_of_its_channel() {
        use crate::domain::channel::{BRI_ARCHIVED, CIMB_ARCHIVED, DANA};
        let table = [
            (&DANA, "/direct-debit/core/v1/debit/refund"),
            (&CIMB_ARCHIVED, "/direct-debit/cimb/v1.0/debit/refund"),
            (
                &BRI_ARCHIVED,
                "/wtd-direct-debit-snap-bri/snap/v1.0/debit/refund",
            ),
        ];
        for (channel, wanted) in table {
            assert_eq!(path(channel), wanted);
        }
    }
}
