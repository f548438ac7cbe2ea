//! As BRI has it, of a card or of a payment, by DOKU's own name for it.
//!
//! Source: DOKU developers, archive, "BRI Direct Debit" (read 2026-11-20). The table of the present
//! paths could not be read: that the words are the same there, with the channel beside them, is assumed.

use secrecy::ExposeSecret;
use serde::Serialize;

use super::super::{ChannelOnly, compact};
use super::{OtpOf, OtpOrder};
use crate::domain::channel::Dialect;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    original_reference_no: Option<&'a str>,
    otp: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_token: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_info: Option<ChannelOnly>,
}

pub(super) fn request(order: &OtpOrder<'_>) -> Vec<u8> {
    let channel = order.channel;
    compact(&Request {
        original_reference_no: order.of.reference_no(),
        otp: order.otp.expose_secret(),
        charge_token: order.charge_token.map(ExposeSecret::expose_secret),
        kind: match order.of {
            OtpOf::Card { .. } => "card",
            OtpOf::Payment { .. } => "payment",
        },
        // BRI's own paths name the channel already.
        additional_info: (channel.dialect != Dialect::Bri).then_some(ChannelOnly {
            channel: channel.code,
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{OtpOf, OtpOrder, path, request};
    use crate::domain::channel::{BRI, BRI_ARCHIVED, Channel, MANDIRI};
    use crate::domain::ids::Reference;

    #[test]
    fn the_documented_request_of_each_kind() {
        let reference = Reference::parse("INV-0001").unwrap();
        let payment = || OtpOf::Payment {
            reference: &reference,
            reference_no: Some("DK1"),
        };
        let card = || OtpOf::Card {
            reference_no: "REG1",
        };
        let table: [(&str, &'static Channel, OtpOf<'_>, _, &str); 5] = [
            (
                "a payment",
                &BRI_ARCHIVED,
                payment(),
                None,
                r#"{"originalReferenceNo":"DK1","otp":"999999","type":"payment"}"#,
            ),
            (
                "a card, with what goes with it",
                &BRI_ARCHIVED,
                card(),
                Some("CHARGE"),
                r#"{"originalReferenceNo":"REG1","otp":"999999","chargeToken":"CHARGE","type":"card"}"#,
            ),
            (
                "a payment under the present paths",
                &BRI,
                payment(),
                Some("CHARGE"),
                r#"{"originalReferenceNo":"DK1","otp":"999999","chargeToken":"CHARGE","type":"payment","additionalInfo":{"channel":"DIRECT_DEBIT_BRI_SNAP"}}"#,
            ),
            (
                "a card at a bank like it",
                &MANDIRI,
                card(),
                None,
                r#"{"originalReferenceNo":"REG1","otp":"999999","type":"card","additionalInfo":{"channel":"DIRECT_DEBIT_MANDIRI_SNAP"}}"#,
            ),
            (
                "a payment that DOKU gave no name: its own refusal says so",
                &BRI_ARCHIVED,
                OtpOf::Payment {
                    reference: &reference,
                    reference_no: None,
                },
                None,
                r#"{"otp":"999999","type":"payment"}"#,
            ),
        ];
        for (why, channel, of, charge, wanted) in table {
            let charge = charge.map(Into::into);
            let body = request(&OtpOrder {
                channel,
                of,
                otp: &"999999".into(),
                customer_token: Some(&"TOKEN".into()),
                charge_token: charge.as_ref(),
            });
            assert_eq!(String::from_utf8(body).unwrap(), wanted, "{why}");
        }
        assert_eq!(
            path(&BRI_ARCHIVED),
            "/wtd-direct-debit-snap-bri/snap/v1.0/otp-verification"
        );
    }
}
