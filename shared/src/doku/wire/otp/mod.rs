//! OTP verification, service 04.
//!
//! Sources: see the file of each spelling.

mod action;
mod of_reference;
mod typed;

use secrecy::SecretString;
use serde::Deserialize;

use super::super::lenient;
use crate::domain::channel::{Channel, OtpSpelling};
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
        /// DOKU's, which [`OtpSpelling::OfReference`] needs.
        reference_no: Option<&'a str>,
    },
    /// The linking of a card, by DOKU's name for it.
    Card {
        /// `referenceNo` of the registration.
        reference_no: &'a str,
    },
}

impl<'a> OtpOf<'a> {
    /// Our name for it, where it has one.
    fn reference(&self) -> &'a str {
        match self {
            Self::Payment { reference, .. } => reference.as_str(),
            Self::Card { reference_no } => reference_no,
        }
    }

    /// DOKU's name for it.
    fn reference_no(&self) -> Option<&'a str> {
        match self {
            Self::Payment { reference_no, .. } => *reference_no,
            Self::Card { reference_no } => Some(reference_no),
        }
    }
}

/// The body to send. It holds the OTP: it is never stored.
pub fn request(order: &OtpOrder<'_>) -> Vec<u8> {
    match order.channel.otp.map(|otp| otp.spelling) {
        // A channel without OTPs is not asked for any.
        Some(OtpSpelling::Action) | None => action::request(order),
        Some(OtpSpelling::Typed) => typed::request(order),
        Some(OtpSpelling::OfReference) => of_reference::request(order),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    charge_token: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    additional_info: Option<ResponseInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseInfo {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    charge_token: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    token_status: Option<String>,
}

/// What a successful answer tells beside its code.
#[derive(Debug, Default)]
pub struct Verified {
    /// What goes with payments by the card from now on (`chargeToken`).
    pub charge_token: Option<SecretString>,
    /// How the card's token stands (`tokenStatus`), as received.
    pub token_status: Option<String>,
}

impl Verified {
    /// True unless the answer says itself that the card's token cannot be used.
    pub fn leaves_token_usable(&self) -> bool {
        let status = self.token_status.as_deref();
        status.is_none_or(|status| status.eq_ignore_ascii_case("SUCCESS"))
    }
}

/// Reads a successful answer. All of it may be left out.
pub fn read(body: &[u8]) -> Verified {
    let Some(response) = super::object::<Response>(body) else {
        return Verified::default();
    };
    let (inside, token_status) = response
        .additional_info
        .map(|info| (info.charge_token, info.token_status))
        .unwrap_or_default();
    Verified {
        charge_token: response.charge_token.or(inside).map(Into::into),
        token_status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn answers() {
        let table = [
            ("none", r#"{"responseCode":"2000400"}"#, None),
            (
                "a code that is a number",
                r#"{"responseCode":2000400,"originalReferenceNo":"DK1"}"#,
                None,
            ),
            ("told", r#"{"chargeToken":"c1"}"#, Some("c1")),
            ("as a number", r#"{"chargeToken":123456}"#, Some("123456")),
            (
                "inside",
                r#"{"additionalInfo":{"tokenStatus":"SUCCESS","chargeToken":"c1"}}"#,
                Some("c1"),
            ),
            (
                "beside something odd",
                r#"{"chargeToken":"c1","additionalInfo":[]}"#,
                Some("c1"),
            ),
            ("empty", r#"{"chargeToken":""}"#, None),
            ("a list", r#"["c1"]"#, None),
            ("a list inside", r#"{"additionalInfo":["c1"]}"#, None),
            ("a page", "<html>", None),
        ];
        for (why, body, wanted) in table {
            let token = read(body.as_bytes()).charge_token;
            let token = token.as_ref().map(ExposeSecret::expose_secret);
            assert_eq!(token, wanted, "{why}");
        }
    }

    #[test]
    fn an_answer_may_take_its_success_back() {
        let table = [
            (
                "documented",
                r#"{"additionalInfo":{"tokenStatus":"SUCCESS"}}"#,
                true,
            ),
            (
                "in small letters",
                r#"{"additionalInfo":{"tokenStatus":"success"}}"#,
                true,
            ),
            ("left out", r#"{"responseCode":"2000400"}"#, true),
            ("null", r#"{"additionalInfo":{"tokenStatus":null}}"#, true),
            (
                "refused",
                r#"{"additionalInfo":{"tokenStatus":"FAILED"}}"#,
                false,
            ),
            (
                "not yet",
                r#"{"additionalInfo":{"tokenStatus":"PENDING"}}"#,
                false,
            ),
        ];
        for (why, body, usable) in table {
            assert_eq!(read(body.as_bytes()).leaves_token_usable(), usable, "{why}");
        }
    }

    #[test]
    fn a_charge_token_is_not_printed() {
        let verified = read(br#"{"chargeToken":"0123456789abcdef"}"#);
        assert!(verified.charge_token.is_some());
        assert!(!format!("{verified:?}").contains("0123456789abcdef"));
    }
}
