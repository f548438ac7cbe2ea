//! Account binding, service 07.
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20).

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::{Unreadable, compact};
use crate::domain::card_registration::LinkedCard;
use crate::domain::channel::Channel;
use crate::domain::contact::{Email, PersonName, Phone, Profile};
use crate::domain::device::Device;

/// Where it is sent.
pub fn path(channel: &Channel) -> String {
    channel.path("registration-account-binding")
}

/// What a binding asks for.
pub struct BindingOrder<'a> {
    /// The product.
    pub channel: &'static Channel,
    /// Our name for the customer towards DOKU (`custIdMerchant`), as the channel takes it.
    pub customer: &'a str,
    /// The phone number that the bank knows.
    pub phone: &'a Phone,
    /// Who the customer is.
    pub profile: &'a Profile,
    /// The customer's device.
    pub device: &'a Device,
    /// The card, where one is linked.
    pub card: Option<&'a LinkedCard>,
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
            cust_id_merchant: order.customer,
            customer_name: order.profile.name.as_ref().map(PersonName::expose),
            email: order.profile.email.as_ref().map(Email::expose),
            success_registration_url: order.success_url,
            failed_registration_url: order.failed_url,
        },
    })
}

/// What a successful answer holds.
pub struct Linked {
    /// What the customer has to do.
    pub next: Next,
    /// DOKU's id.
    pub reference_no: Option<String>,
    /// What goes with every payment by the card.
    pub charge_token: Option<SecretString>,
}

/// What the customer has to do before an account or card is linked.
pub enum Next {
    /// Agree on DOKU's page.
    Page {
        /// Its address.
        url: String,
        /// Buys the customer's token once the customer agreed.
        auth_code: SecretString,
    },
    /// Give an OTP.
    Otp {
        /// Stands for the card once the OTP was right (`bankCardToken`).
        token: SecretString,
    },
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
pub fn read(_channel: &Channel, body: &[u8]) -> Result<Linked, Unreadable> {
    let response: Response = serde_json::from_slice(body).map_err(|_| Unreadable)?;
    let stated = response.additional_info.auth_code.ok_or(Unreadable)?;
    let auth_code = whole_code(stated, &response.redirect_url)?;
    Ok(Linked {
        next: Next::Page {
            url: response.redirect_url,
            auth_code: auth_code.into(),
        },
        reference_no: response.reference_no,
        charge_token: None,
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
        let phone = Phone::parse("6281200000000").unwrap();
        let profile = Profile {
            name: PersonName::parse("Siti Aminah").ok(),
            email: Email::parse("siti@example.com").ok(),
            ..Profile::default()
        };
        let body = request(&BindingOrder {
            channel: &CIMB,
            customer: "cust-001",
            phone: &phone,
            profile: &profile,
            device: &Device::default(),
            card: None,
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
            let linked = read(&CIMB, body.as_bytes());
            assert_eq!(linked.is_ok(), good, "{why}");
            if let Ok(linked) = linked {
                let Next::Page { auth_code, .. } = linked.next else {
                    panic!("{why}: no page");
                };
                assert_eq!(auth_code.expose_secret(), CODE, "{why}");
            }
        }
    }
}
