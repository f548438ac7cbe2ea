//! As CIMB has it under the present paths.
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20). That `bankCardToken` is
//! mandatory there is assumed from its sample.

use secrecy::ExposeSecret;
use serde::Serialize;

use super::super::compact;
use super::OtpOrder;

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

pub(super) fn request(order: &OtpOrder<'_>) -> Vec<u8> {
    let token = order.customer_token.map(ExposeSecret::expose_secret);
    compact(&Request {
        original_partner_reference_no: order.of.reference(),
        otp: order.otp.expose_secret(),
        action: "otpPayment",
        additional_info: Info {
            channel: order.channel.code,
            bank_card_token: token.unwrap_or_default(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::{OtpOf, OtpOrder, path, request};
    use crate::domain::channel::CIMB;
    use crate::domain::ids::Reference;

    #[test]
    fn the_documented_request() {
        let reference = Reference::parse("INV-0001").unwrap();
        let body = request(&OtpOrder {
            channel: &CIMB,
            of: OtpOf::Payment {
                reference: &reference,
                reference_no: Some("DK1"),
            },
            otp: &"111000".into(),
            customer_token: Some(&"TOKEN".into()),
            charge_token: None,
        });
        assert_eq!(path(&CIMB), "/direct-debit/core/v1/otp-verification");
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"originalPartnerReferenceNo":"INV-0001","otp":"111000","action":"otpPayment","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","bankCardToken":"TOKEN"}}"#
        );
    }
}
