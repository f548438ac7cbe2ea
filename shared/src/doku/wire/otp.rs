//! OTP verification, service 04.
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20). That `bankCardToken` is
//! mandatory there is assumed from its sample.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::compact;
use crate::domain::channel::Channel;
use crate::domain::ids::Reference;

/// Where it is sent.
pub const PATH: &str = "/direct-debit/core/v1/otp-verification";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    original_partner_reference_no: &'a str,
    otp: &'a str,
    action: &'static str,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    channel: &'static str,
    bank_card_token: &'a str,
}

/// The body to send. It holds the OTP: it is never stored.
pub fn request(
    channel: &'static Channel,
    payment: &Reference,
    otp: &SecretString,
    customer_token: &SecretString,
) -> Vec<u8> {
    compact(&Request {
        original_partner_reference_no: payment.as_str(),
        otp: otp.expose_secret(),
        action: "otpPayment",
        additional_info: Info {
            channel: channel.code,
            bank_card_token: customer_token.expose_secret(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::CIMB;

    #[test]
    fn the_documented_request() {
        let reference = Reference::parse("INV-0001").unwrap();
        let body = request(&CIMB, &reference, &"111000".into(), &"TOKEN".into());
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"originalPartnerReferenceNo":"INV-0001","otp":"111000","action":"otpPayment","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","bankCardToken":"TOKEN"}}"#
        );
    }
}
