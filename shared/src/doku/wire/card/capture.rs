//! Capture of an authorisation.
//!
//! Source: DOKU developers, "Cards: payment page integration guide", capture (read 2026-11-20).

use serde::{Deserialize, Serialize};

use super::super::super::lenient;
use super::super::compact;
use crate::domain::money::Rupiah;

/// Where it is sent.
pub const PATH: &str = "/credit-card/capture";

#[derive(Serialize)]
struct Request<'a> {
    payment: Order<'a>,
}

#[derive(Serialize)]
struct Order<'a> {
    authorize_id: &'a str,
    capture_amount: u64,
}

/// The body to send.
pub fn request(authorize_id: &str, amount: Rupiah) -> Vec<u8> {
    compact(&Request {
        payment: Order {
            authorize_id,
            capture_amount: amount.whole(),
        },
    })
}

/// What an answer may hold.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Captured {
    /// `SUCCESS`, `FAILED` or `PENDING`: this decides.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub status: Option<String>,
    /// The card decision's code. DOKU's sample carries `01` beside `SUCCESS`.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub response_code: Option<String>,
    /// Which authorisation was captured.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub authorize_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Response {
    #[serde(deserialize_with = "lenient::member")]
    payment: Option<Captured>,
}

/// Reads an answer.
pub fn read(body: &[u8]) -> Captured {
    let response: Response = serde_json::from_slice(body).unwrap_or_default();
    response.payment.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_request_and_answer() {
        let body = request("12312391719112", Rupiah::new(90_000));
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"payment":{"authorize_id":"12312391719112","capture_amount":90000}}"#
        );
        let captured = read(
            br#"{"order":{"invoice_number":"I"},"payment":{"type":"CAPTURE","identifier":[{"name":"n","value":"v"}],"request_id":"r","authorize_id":12312391719112,"response_code":"01","response_message":"APPROVED","status":"SUCCESS"}}"#,
        );
        assert_eq!(captured.status.as_deref(), Some("SUCCESS"));
        assert_eq!(captured.response_code.as_deref(), Some("01"));
        assert_eq!(captured.authorize_id.as_deref(), Some("12312391719112"));
        assert!(read(b"<html>").status.is_none());
    }
}
