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
pub fn path(channel: &Channel) -> String {
    channel.path("otp-verification")
}

/// An OTP to be verified.
pub struct OtpOrder<'a> {
    /// The product.
    pub channel: &'static Channel,
    /// Of what.
    pub of: OtpOf<'a>,
    /// The OTP.
    pub otp: &'a SecretString,
    /// What stands for the customer; none before a card is linked.
    pub customer_token: Option<&'a SecretString>,
    /// What goes with the card.
    pub charge_token: Option<&'a SecretString>,
}

/// What an OTP confirms.
pub enum OtpOf<'a> {
    /// A payment.
    Payment {
        /// Our name for it.
        reference: &'a Reference,
        /// DOKU's.
        reference_no: Option<&'a str>,
    },
    /// The linking of a card, by DOKU's name for it.
    Card {
        /// `referenceNo` of the registration.
        reference_no: &'a str,
    },
}

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
pub fn request(order: &OtpOrder<'_>) -> Vec<u8> {
    let reference = match &order.of {
        OtpOf::Payment { reference, .. } => reference.as_str(),
        OtpOf::Card { reference_no } => reference_no,
    };
    let token = order.customer_token.map(ExposeSecret::expose_secret);
    compact(&Request {
        original_partner_reference_no: reference,
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
    use super::*;
    use crate::domain::channel::CIMB;

    #[test]
    fn the_documented_request() {
        let reference = Reference::parse("INV-0001").unwrap();
        let body = request(&OtpOrder {
            channel: &CIMB,
            of: OtpOf::Payment {
                reference: &reference,
                reference_no: None,
            },
            otp: &"111000".into(),
            customer_token: Some(&"TOKEN".into()),
            charge_token: None,
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"originalPartnerReferenceNo":"INV-0001","otp":"111000","action":"otpPayment","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","bankCardToken":"TOKEN"}}"#
        );
    }
}
