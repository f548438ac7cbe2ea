//! By a card that the caller encrypted for DOKU.
//!
//! Source: DOKU developers, "BRI Direct Debit" and DOKU's SDKs (read 2026-11-20).

use secrecy::ExposeSecret;
use serde::Serialize;

use super::super::compact;
use super::{BindingOrder, Person};
use crate::domain::card_registration::LinkedCard;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    card_data: Option<&'a str>,
    cust_id_merchant: &'a str,
    phone_no: &'a str,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    channel: &'static str,
    #[serde(flatten)]
    person: Person<'a>,
}

pub(super) fn request(order: &BindingOrder<'_>) -> Vec<u8> {
    compact(&Request {
        card_data: match order.card {
            Some(LinkedCard::Encrypted(data)) => Some(data.expose_secret()),
            // The use case has asked for the right one; DOKU would refuse what lacks it.
            Some(LinkedCard::Digits(_)) | None => None,
        },
        cust_id_merchant: order.customer,
        phone_no: order.phone.expose(),
        additional_info: Info {
            channel: order.channel.code,
            person: order.into(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{body, date_of_birth, name, whole_profile};
    use crate::domain::card_registration::LinkedCard;
    use crate::domain::channel::{BRI, MANDIRI};
    use crate::domain::contact::Profile;
    use crate::domain::device::Device;

    #[test]
    fn the_documented_requests() {
        let card =
            LinkedCard::Encrypted("YLAqG+Kg7oe1K63pSMH+FQ==|ABEiM0RVZneImaq7zN3u/w==".into());
        let sample = Profile {
            name: name(),
            date_of_birth: date_of_birth(),
            ..Profile::default()
        };
        let table = [
            (
                "the sample",
                &BRI,
                &sample,
                r#"{"cardData":"YLAqG+Kg7oe1K63pSMH+FQ==|ABEiM0RVZneImaq7zN3u/w==","custIdMerchant":"cust001","phoneNo":"6281200000000","additionalInfo":{"channel":"DIRECT_DEBIT_BRI_SNAP","customerName":"Siti Aminah","dateOfBirth":"19990101","successRegistrationUrl":"https://merchant.example.com/bind/ok","failedRegistrationUrl":"https://merchant.example.com/bind/failed"}}"#,
            ),
            (
                "everything",
                &MANDIRI,
                &whole_profile(),
                r#"{"cardData":"YLAqG+Kg7oe1K63pSMH+FQ==|ABEiM0RVZneImaq7zN3u/w==","custIdMerchant":"cust001","phoneNo":"6281200000000","additionalInfo":{"channel":"DIRECT_DEBIT_MANDIRI_SNAP","customerName":"Siti Aminah","email":"siti@example.com","idCard":"3171000000000001","country":"Indonesia","address":"Jl. Mawar 1","dateOfBirth":"19990101","successRegistrationUrl":"https://merchant.example.com/bind/ok","failedRegistrationUrl":"https://merchant.example.com/bind/failed"}}"#,
            ),
        ];
        for (why, channel, profile, wanted) in table {
            let text = body(channel, "cust001", profile, &Device::default(), Some(&card));
            assert_eq!(text, wanted, "{why}");
        }
    }
}
