//! Account binding, service 07.
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20).

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::{Unreadable, compact};
use crate::domain::channel::Channel;
use crate::domain::contact::{Email, PersonName, Phone};
use crate::domain::ids::CustomerId;

/// Where it is sent.
pub const PATH: &str = "/direct-debit/core/v1/registration-account-binding";

/// What a binding asks for.
pub struct BindingOrder<'a> {
    /// The product.
    pub channel: &'static Channel,
    /// Whose account.
    pub customer: &'a CustomerId,
    /// The phone number that the bank knows.
    pub phone: &'a Phone,
    /// The customer's name.
    pub name: Option<&'a PersonName>,
    /// The customer's e-mail address.
    pub email: Option<&'a Email>,
    /// Where the browser goes when the customer agreed.
    pub success_url: &'a str,
    /// Where it goes otherwise.
    pub failed_url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    phone_no: &'a str,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    channel: &'static str,
    cust_id_merchant: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    success_registration_url: &'a str,
    failed_registration_url: &'a str,
}

/// The body to send.
pub fn request(order: &BindingOrder<'_>) -> Vec<u8> {
    compact(&Request {
        phone_no: order.phone.expose(),
        additional_info: Info {
            channel: order.channel.code,
            cust_id_merchant: order.customer.as_str(),
            customer_name: order.name.map(PersonName::expose),
            email: order.email.map(Email::expose),
            success_registration_url: order.success_url,
            failed_registration_url: order.failed_url,
        },
    })
}

/// What a successful answer holds.
pub struct Linked {
    /// DOKU's page for the customer.
    pub redirect_url: String,
    /// Buys the customer's token once the customer agreed.
    pub auth_code: SecretString,
    /// DOKU's id.
    pub reference_no: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    redirect_url: String,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    reference_no: Option<String>,
    additional_info: ResponseInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseInfo {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    auth_code: Option<String>,
}

/// Reads a successful answer.
pub fn read(body: &[u8]) -> Result<Linked, Unreadable> {
    let response: Response = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let stated = response.additional_info.auth_code.ok_or(Unreadable)?;
    let auth_code = whole_code(stated, &response.redirect_url)?;
    Ok(Linked {
        redirect_url: response.redirect_url,
        auth_code: auth_code.into(),
        reference_no: response.reference_no,
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
        && segment.len() == exponent + 1
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
    use super::*;
    use crate::domain::channel::CIMB;
    use secrecy::ExposeSecret;

    const CODE: &str = "2238261120001534401107183161486001168389";

    #[test]
    fn the_documented_request() {
        let customer = CustomerId::parse("cust-001").unwrap();
        let phone = Phone::parse("6281200000000").unwrap();
        let name = PersonName::parse("Siti Aminah").unwrap();
        let email = Email::parse("siti@example.com").unwrap();
        let body = request(&BindingOrder {
            channel: &CIMB,
            customer: &customer,
            phone: &phone,
            name: Some(&name),
            email: Some(&email),
            success_url: "https://merchant.example.com/bind/ok",
            failed_url: "https://merchant.example.com/bind/failed",
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"phoneNo":"6281200000000","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","custIdMerchant":"cust-001","customerName":"Siti Aminah","email":"siti@example.com","successRegistrationUrl":"https://merchant.example.com/bind/ok","failedRegistrationUrl":"https://merchant.example.com/bind/failed"}}"#
        );
    }

    #[test]
    fn the_code_comes_as_text_number_or_broken_float() {
        let page = format!("https://sandbox.doku.com/direct-debit/ui/binding/core/{CODE}");
        let table = [
            ("text", format!("\"{CODE}\""), page.clone(), true),
            ("integer literal", CODE.to_owned(), page.clone(), true),
            (
                "float with the page",
                "2.2382611200015344e+39".to_owned(),
                page.clone(),
                true,
            ),
            (
                "float, another page",
                "2.2382611200015344e+39".to_owned(),
                page.replace("2238", "2239"),
                false,
            ),
            (
                "float, shorter page",
                "2.2382611200015344e+38".to_owned(),
                page.clone(),
                false,
            ),
            (
                "float with too few digits",
                "2.238e+39".to_owned(),
                page.clone(),
                false,
            ),
            ("fraction", "1.5".to_owned(), page.clone(), false),
            ("missing", "null".to_owned(), page, false),
        ];
        for (why, code, page, good) in table {
            let body = format!(
                r#"{{"responseCode":"2000700","redirectUrl":"{page}","additionalInfo":{{"authCode":{code}}}}}"#
            );
            let linked = read(body.as_bytes());
            assert_eq!(linked.is_ok(), good, "{why}");
            if let Ok(linked) = linked {
                assert_eq!(linked.auth_code.expose_secret(), CODE, "{why}");
            }
        }
    }
}
