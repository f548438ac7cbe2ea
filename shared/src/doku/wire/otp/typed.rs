//! As on the archived paths of the acquirers.
//!
//! Source: DOKU's earlier documentation, "Verify OTP" (read 2026-11-20).

use secrecy::ExposeSecret;
use serde::Serialize;

use super::super::compact;
use super::OtpOrder;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    original_partner_reference_no: &'a str,
    otp: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    bank_card_token: &'a str,
}

pub(super) fn request(order: &OtpOrder<'_>) -> Vec<u8> {
    let token = order.customer_token.map(ExposeSecret::expose_secret);
    compact(&Request {
        original_partner_reference_no: order.of.reference(),
        otp: order.otp.expose_secret(),
        kind: "PAYMENT",
        additional_info: Info {
            bank_card_token: token.unwrap_or_default(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::{OtpOf, OtpOrder, path, request};
    use crate::domain::channel::BRI_ACQUIRER;
    use crate::domain::ids::Reference;

    #[test]
    fn the_documented_request() {
        let reference = Reference::parse("INV-0001").unwrap();
        let body = request(&OtpOrder {
            channel: &BRI_ACQUIRER,
            of: OtpOf::Payment {
                reference: &reference,
                reference_no: Some("DK1"),
            },
            otp: &"111000".into(),
            customer_token: Some(&"TOKEN".into()),
            charge_token: None,
        });
        assert_eq!(
            path(&BRI_ACQUIRER),
            "/direct-debit/bri/v1.0/otp-verification"
        );
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"originalPartnerReferenceNo":"INV-0001","otp":"111000","type":"PAYMENT","additionalInfo":{"bankCardToken":"TOKEN"}}"#
        );
    }
}
