//! Unlinking an account, service 09, or a card, service 05 (DOKU's CIMB sample carries 05 for an
//! account, too).
//!
//! Sources: DOKU developers, "CIMB Direct Debit" and "BRI Direct Debit", and, of the archive, "BRI
//! Direct Debit" (read 2026-11-20).

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::{ChannelOnly, compact, object};
use crate::domain::channel::{Channel, Dialect, Registration};

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path(match channel.registration {
        Some(Registration::EncryptedCard | Registration::CardDigits) => "registration-card-unbind",
        // A channel that links nothing is not asked to.
        Some(Registration::Account) | None => "registration-account-unbinding",
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    token_id: &'a str,
    additional_info: ChannelOnly,
}

/// As on BRI's own archived paths.
#[derive(Serialize)]
struct BriRequest<'a> {
    token: &'a str,
}

/// The body to send. It holds the customer's token.
pub fn request(channel: &'static Channel, customer_token: &SecretString) -> Vec<u8> {
    let token = customer_token.expose_secret();
    match channel.dialect {
        Dialect::Bri => compact(&BriRequest { token }),
        // Of the others, only the present paths know it.
        Dialect::Core | Dialect::JumpApp | Dialect::Acquirer => compact(&Request {
            token_id: token,
            additional_info: ChannelOnly {
                channel: channel.code,
            },
        }),
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    redirect_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    additional_info: Option<Info>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    redirect_url: Option<String>,
}

/// The page on which the customer has to confirm the unlinking, where a successful answer names one.
///
/// DOKU's pages show none. Its library for Go has `additionalInfo.redirectUrl` in the answer for an
/// account, others have `redirectUrl` in the one for a card; what no customer has confirmed is linked
/// still. The archived paths of BRI answer with the state of the token instead.
pub fn page(channel: &Channel, body: &[u8]) -> Option<String> {
    if channel.dialect == Dialect::Bri {
        return None;
    }
    let response: Response = object(body).unwrap_or_default();
    response
        .redirect_url
        .or_else(|| response.additional_info?.redirect_url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{BRI, BRI_ARCHIVED, CIMB};

    #[test]
    fn the_documented_requests() {
        let table: [(&'static Channel, _, _); 3] = [
            (
                &CIMB,
                "/direct-debit/core/v1/registration-account-unbinding",
                r#"{"tokenId":"TOKEN","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#,
            ),
            (
                &BRI,
                "/direct-debit/core/v1/registration-card-unbind",
                r#"{"tokenId":"TOKEN","additionalInfo":{"channel":"DIRECT_DEBIT_BRI_SNAP"}}"#,
            ),
            (
                &BRI_ARCHIVED,
                "/wtd-direct-debit-snap-bri/snap/v1.0/registration-card-unbind",
                r#"{"token":"TOKEN"}"#,
            ),
        ];
        for (channel, wanted_path, wanted) in table {
            assert_eq!(path(channel), wanted_path);
            let body = request(channel, &"TOKEN".into());
            assert_eq!(String::from_utf8(body).unwrap(), wanted);
        }
    }

    #[test]
    fn a_page_is_found_where_it_stands() {
        let url = "https://sandbox.doku.com/direct-debit/ui/unbinding/1";
        let table = [
            (
                "the documented answer",
                r#"{"responseCode":"2000500","referenceNo":"UNB-0001"}"#.to_owned(),
                None,
            ),
            (
                "inside",
                format!(r#"{{"additionalInfo":{{"redirectUrl":"{url}"}}}}"#),
                Some(url),
            ),
            (
                "at the top",
                format!(r#"{{"redirectUrl":"{url}"}}"#),
                Some(url),
            ),
            (
                "empty",
                r#"{"redirectUrl":"","additionalInfo":{"redirectUrl":""}}"#.to_owned(),
                None,
            ),
            ("null", r#"{"additionalInfo":null}"#.to_owned(), None),
            ("a page", "<html>".to_owned(), None),
        ];
        for (why, body, wanted) in table {
            assert_eq!(page(&CIMB, body.as_bytes()).as_deref(), wanted, "{why}");
        }
        let body = format!(r#"{{"redirectUrl":"{url}"}}"#);
        assert_eq!(page(&BRI_ARCHIVED, body.as_bytes()), None);
    }
}
