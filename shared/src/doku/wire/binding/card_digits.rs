//! By a card's last four digits, as on BRI's own archived paths.
//!
//! Source: DOKU developers, archive, "BRI Direct Debit" (read 2026-11-20). Its table marks every member
//! optional.

use serde::{Deserialize, Serialize};

use super::super::super::lenient;
use super::super::{Unreadable, compact, object};
use super::{BindingOrder, Linked, Next};
use crate::domain::card_registration::{CardKind, LinkedCard};
use crate::domain::contact::{Address, Country, DateOfBirth, Email, PersonName};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_card_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bank_card_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identification_no: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identification_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiry_date: Option<&'a str>,
    cust_id_merchant: &'a str,
    phone_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_of_birth: Option<&'a str>,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
struct Info<'a> {
    #[serde(rename = "customerEmail", skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(rename = "customerPhoneNo")]
    phone_no: &'a str,
    #[serde(rename = "customerCountry", skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(rename = "customerAddress", skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
}

pub(super) fn request(order: &BindingOrder<'_>) -> Vec<u8> {
    let profile = order.profile;
    let email = profile.email.as_ref().map(Email::expose);
    let card = match order.card {
        Some(LinkedCard::Digits(card)) => Some(&**card),
        // The use case has asked for the right one; DOKU would refuse what lacks it.
        Some(LinkedCard::Encrypted(_)) | None => None,
    };
    let paper = card.and_then(|card| card.identification.as_ref());
    compact(&Request {
        bank_card_no: card.map(|card| card.last_four.as_str()),
        bank_card_type: card.and_then(|card| card.kind).map(CardKind::wire),
        identification_no: paper.map(|paper| paper.number.as_str()),
        identification_type: paper.map(|paper| paper.kind.as_str()),
        email,
        expiry_date: card.and_then(|card| card.expiry.as_deref()),
        cust_id_merchant: order.customer,
        phone_no: order.phone.expose(),
        account_name: profile.name.as_ref().map(PersonName::expose),
        date_of_birth: profile.date_of_birth.as_ref().map(DateOfBirth::expose),
        additional_info: Info {
            email,
            phone_no: order.phone.expose(),
            country: profile.country.as_ref().map(Country::expose),
            address: profile.address.as_ref().map(Address::expose),
        },
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    reference_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    bank_card_token: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    charge_token: Option<String>,
}

/// Without `referenceNo` no OTP can be given, and without the token nothing can be paid.
pub(super) fn read(body: &[u8]) -> Result<Linked, Unreadable> {
    let response: Response = object(body).ok_or(Unreadable)?;
    let reference_no = response.reference_no.ok_or(Unreadable)?;
    let token = response.bank_card_token.ok_or(Unreadable)?;
    Ok(Linked {
        next: Next::Otp {
            token: token.into(),
        },
        reference_no: Some(reference_no),
        charge_token: response.charge_token.map(Into::into),
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{body, whole_profile};
    use super::super::{Next, read};
    use crate::domain::card_registration::{CardDigits, CardKind, Identification, LinkedCard};
    use crate::domain::channel::BRI_ARCHIVED;
    use crate::domain::contact::Profile;
    use crate::domain::device::Device;
    use secrecy::ExposeSecret;

    #[test]
    fn the_documented_requests() {
        let whole = CardDigits {
            last_four: "1234".to_owned(),
            kind: Some(CardKind::Debit),
            expiry: Some("1228".to_owned()),
            identification: Some(Identification {
                kind: "01".to_owned(),
                number: "3171000000000001".to_owned(),
            }),
        };
        let least = CardDigits {
            kind: None,
            expiry: None,
            identification: None,
            ..whole.clone()
        };
        let table = [
            (
                "everything",
                whole,
                whole_profile(),
                r#"{"bankCardNo":"1234","bankCardType":"D","identificationNo":"3171000000000001","identificationType":"01","email":"siti@example.com","expiryDate":"1228","custIdMerchant":"cust001","phoneNo":"6281200000000","accountName":"Siti Aminah","dateOfBirth":"19990101","additionalInfo":{"customerEmail":"siti@example.com","customerPhoneNo":"6281200000000","customerCountry":"Indonesia","customerAddress":"Jl. Mawar 1"}}"#,
            ),
            (
                "the least",
                least,
                Profile::default(),
                r#"{"bankCardNo":"1234","custIdMerchant":"cust001","phoneNo":"6281200000000","additionalInfo":{"customerPhoneNo":"6281200000000"}}"#,
            ),
        ];
        for (why, card, profile, wanted) in table {
            let card = LinkedCard::Digits(Box::new(card));
            let device = Device::default();
            let text = body(&BRI_ARCHIVED, "cust001", &profile, &device, Some(&card));
            assert_eq!(text, wanted, "{why}");
        }
    }

    #[test]
    fn what_goes_with_the_card_may_be_told() {
        let answer = br#"{"referenceNo":"REG1","bankCardToken":"TOKEN","chargeToken":"c1"}"#;
        let linked = read(&BRI_ARCHIVED, answer).unwrap();
        assert_eq!(linked.charge_token.unwrap().expose_secret(), "c1");
    }

    #[test]
    fn answers() {
        let table = [
            (
                "the documented one",
                r#"{"responseCode":"2000100","responseMessage":"Successful","referenceNo":"REG1","bankCardToken":"TOKEN","additionalInfo":{"tokenStatus":"PENDING","tokenStatusMessage":"m"}}"#,
                Some(("REG1", "TOKEN")),
            ),
            (
                "numbers",
                r#"{"responseCode":2000100,"referenceNo":12,"bankCardToken":34}"#,
                Some(("12", "34")),
            ),
            ("no token", r#"{"referenceNo":"REG1"}"#, None),
            ("no reference", r#"{"bankCardToken":"TOKEN"}"#, None),
            (
                "an empty token",
                r#"{"referenceNo":"REG1","bankCardToken":""}"#,
                None,
            ),
            ("a list", r#"["REG1","TOKEN",null]"#, None),
            ("a page", "<html>", None),
        ];
        for (why, body, wanted) in table {
            let linked = read(&BRI_ARCHIVED, body.as_bytes()).ok();
            let found = linked.as_ref().map(|linked| match &linked.next {
                Next::Otp { token } => (
                    linked.reference_no.as_deref().unwrap(),
                    token.expose_secret(),
                ),
                Next::Page { .. } => panic!("{why}: a page"),
            });
            assert_eq!(found, wanted, "{why}");
        }
    }
}
