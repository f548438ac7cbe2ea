//! The answer of a registration that the customer ends on DOKU's page.
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20). That a card's answer looks like an
//! account's is assumed; what SNAP (ASPI) adds to it, `chargeToken`, is read wherever it stands.

use serde::Deserialize;

use super::super::super::lenient;
use super::super::{Unreadable, object};
use super::{Linked, Next};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    redirect_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    reference_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    charge_token: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    additional_info: Option<Info>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    auth_code: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    charge_token: Option<String>,
}

pub(super) fn read(body: &[u8]) -> Result<Linked, Unreadable> {
    let response: Response = object(body).ok_or(Unreadable)?;
    let info = response.additional_info.unwrap_or_default();
    let url = response.redirect_url.ok_or(Unreadable)?;
    let auth_code = whole_code(info.auth_code.ok_or(Unreadable)?, &url)?;
    let charge_token = response.charge_token.or(info.charge_token);
    Ok(Linked {
        next: Next::Page {
            url,
            auth_code: auth_code.into(),
        },
        reference_no: response.reference_no,
        charge_token: charge_token.map(Into::into),
    })
}

/// The authorisation code without lost digits.
///
/// A code written as a float (`2.238…e+39`) has lost its last digits. They are recovered from the
/// page's address, whose last segment is the same number, if length and first twelve digits agree.
fn whole_code(stated: String, redirect_url: &str) -> Result<String, Unreadable> {
    let Some((mantissa, exponent)) = stated.split_once(['e', 'E']) else {
        return if stated.contains('.') {
            Err(Unreadable)
        } else {
            Ok(stated)
        };
    };
    let exponent: usize = exponent
        .trim_start_matches('+')
        .parse()
        .map_err(|_| Unreadable)?;
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let path = redirect_url.split(['?', '#']).next().unwrap_or_default();
    let segment = path.rsplit('/').next().unwrap_or_default();
    let agrees = segment.bytes().all(|b| b.is_ascii_digit())
        && Some(segment.len()) == exponent.checked_add(1)
        && digits.len() >= 12
        && segment.starts_with(&digits[..12]);
    if agrees {
        Ok(segment.to_owned())
    } else {
        Err(Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::domain::channel::{BRI, CIMB};
    use secrecy::{ExposeSecret, SecretString};

    const CODE: &str = "2238261120001534401107183161486001168389";

    fn body(page: &str, code: &str) -> String {
        format!(
            r#"{{"responseCode":"2000700","responseMessage":"Successful","referenceNo":"BIND-0001","redirectUrl":"{page}","additionalInfo":{{"custIdMerchant":"cust-001","status":"PENDING","authCode":{code}}}}}"#
        )
    }

    fn page() -> String {
        format!("https://sandbox.doku.com/direct-debit/ui/binding/core/{CODE}")
    }

    fn code(linked: &Linked) -> &str {
        match &linked.next {
            Next::Page { auth_code, .. } => auth_code.expose_secret(),
            Next::Otp { .. } => panic!("no page"),
        }
    }

    #[test]
    fn the_code_comes_as_text_number_or_broken_float() {
        let table = [
            ("text", format!("\"{CODE}\""), page(), true),
            ("integer literal", CODE.to_owned(), page(), true),
            (
                "float with the page",
                "2.2382611200015344e+39".to_owned(),
                page(),
                true,
            ),
            (
                "float, another page",
                "2.2382611200015344e+39".to_owned(),
                page().replace("2238", "2239"),
                false,
            ),
            (
                "float, shorter page",
                "2.2382611200015344e+38".to_owned(),
                page(),
                false,
            ),
            (
                "float with too few digits",
                "2.238e+39".to_owned(),
                page(),
                false,
            ),
            (
                "float with an exponent beyond all addresses",
                format!("2.2382611200015344e+{}", usize::MAX),
                page(),
                false,
            ),
            ("fraction", "1.5".to_owned(), page(), false),
            ("missing", "null".to_owned(), page(), false),
        ];
        for (why, stated, page, good) in table {
            for channel in [&CIMB, &BRI] {
                let linked = read(channel, body(&page, &stated).as_bytes());
                assert_eq!(linked.is_ok(), good, "{why}");
                if let Ok(linked) = linked {
                    assert_eq!(code(&linked), CODE, "{why}");
                }
            }
        }
    }

    #[test]
    fn what_has_to_be_there() {
        let table = [
            ("a page", "<html>".to_owned()),
            ("nothing", "{}".to_owned()),
            (
                "no address",
                format!(r#"{{"additionalInfo":{{"authCode":"{CODE}"}}}}"#),
            ),
            ("no code", format!(r#"{{"redirectUrl":"{}"}}"#, page())),
            (
                "a list inside",
                format!(
                    r#"{{"redirectUrl":"{}","additionalInfo":["{CODE}"]}}"#,
                    page()
                ),
            ),
            (
                "a list",
                format!(r#"["{}","BIND-0001",null,{{"authCode":"{CODE}"}}]"#, page()),
            ),
        ];
        for (why, body) in table {
            assert!(read(&CIMB, body.as_bytes()).is_err(), "{why}");
        }
    }

    #[test]
    fn a_card_may_bring_what_goes_with_its_payments() {
        let plain = body(&page(), CODE);
        let table = [
            ("none", plain.clone(), None),
            (
                "at the top",
                plain.replace(
                    "{\"responseCode\"",
                    "{\"chargeToken\":\"c1\",\"responseCode\"",
                ),
                Some("c1"),
            ),
            (
                "inside",
                plain.replace("\"status\"", "\"chargeToken\":123456,\"status\""),
                Some("123456"),
            ),
        ];
        for (why, body, wanted) in table {
            let linked = read(&BRI, body.as_bytes()).unwrap();
            let token = linked.charge_token.as_ref();
            assert_eq!(token.map(SecretString::expose_secret), wanted, "{why}");
            assert_eq!(linked.reference_no.as_deref(), Some("BIND-0001"), "{why}");
        }
    }
}
