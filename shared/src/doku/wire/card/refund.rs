//! Refund or void of a card payment.
//!
//! Source: DOKU developers, "Cards: payment page integration guide", refund (read 2026-11-20).

use serde::{Deserialize, Serialize};

use super::super::super::lenient;
use super::super::compact;
use crate::domain::ids::{ExternalId, Reference};
use crate::domain::money::{Rupiah, StatedAmount};

/// Where it is sent.
pub const PATH: &str = "/cancellation/credit-card/refund";

#[derive(Serialize)]
struct Request<'a> {
    order: Order<'a>,
    payment: Payment<'a>,
    refund: Amount,
}

#[derive(Serialize)]
struct Order<'a> {
    invoice_number: &'a str,
}

#[derive(Serialize)]
struct Payment<'a> {
    original_request_id: &'a str,
}

#[derive(Serialize)]
struct Amount {
    amount: u64,
}

/// The body to send. `page` is the id of the request that opened the payment's page.
pub fn request(payment: &Reference, page: &ExternalId, amount: Rupiah) -> Vec<u8> {
    compact(&Request {
        order: Order {
            invoice_number: payment.as_str(),
        },
        payment: Payment {
            original_request_id: page.as_str(),
        },
        refund: Amount {
            amount: amount.whole(),
        },
    })
}

/// What an answer may hold.
#[derive(Debug, Default)]
pub struct Refunded {
    /// `SUCCESS` or `FAILED`.
    pub status: Option<String>,
    /// `VOID`, `PARTIAL_REFUND`, `FULL_REFUND`, or one of the `MANUAL_` kinds.
    pub kind: Option<String>,
    /// The amount DOKU says it sends back.
    pub amount: Option<StatedAmount>,
    /// Of which payment.
    pub invoice: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    #[serde(deserialize_with = "lenient::member")]
    order: Option<OrderPart>,
    #[serde(deserialize_with = "lenient::member")]
    refund: Option<RefundPart>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OrderPart {
    #[serde(deserialize_with = "lenient::optional_text")]
    invoice_number: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RefundPart {
    #[serde(deserialize_with = "lenient::optional_text")]
    amount: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    r#type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    status: Option<String>,
}

/// Reads an answer.
pub fn read(body: &[u8]) -> Refunded {
    let response: Response = serde_json::from_slice(body).unwrap_or_default();
    let refund = response.refund.unwrap_or_default();
    Refunded {
        status: refund.status,
        kind: refund.r#type,
        amount: refund.amount.map(|value| StatedAmount {
            value,
            currency: "IDR".to_owned(),
        }),
        invoice: response.order.and_then(|order| order.invoice_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_request_and_answer() {
        let payment = Reference::parse("INV-20261120-0001").unwrap();
        let page = ExternalId::trusted("b266c265-3d61-4708-9860-c0d5b9a98f82".into());
        let body = request(&payment, &page, Rupiah::new(90_000));
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"order":{"invoice_number":"INV-20261120-0001"},"payment":{"original_request_id":"b266c265-3d61-4708-9860-c0d5b9a98f82"},"refund":{"amount":90000}}"#
        );
        let refunded = read(
            br#"{"order":{"invoice_number":"INV-20261120-0001"},"refund":{"amount":"90000","type":"FULL_REFUND","status":"SUCCESS"}}"#,
        );
        assert_eq!(refunded.status.as_deref(), Some("SUCCESS"));
        assert_eq!(refunded.kind.as_deref(), Some("FULL_REFUND"));
        assert_eq!(refunded.amount.unwrap().rupiah(), Some(Rupiah::new(90_000)));
        assert_eq!(refunded.invoice.as_deref(), Some("INV-20261120-0001"));
        assert!(read(b"[]").status.is_none());
    }
}
