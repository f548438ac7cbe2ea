//! By phone number.
//!
//! Source: DOKU developers, "CIMB Direct Debit" and "Allo Bank Direct Debit" (read 2026-11-20). The
//! archived paths are told the same.

use serde::Serialize;

use super::super::compact;
use super::{BindingOrder, Person};
use crate::domain::device::{AppKind, Os};

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
    #[serde(flatten)]
    person: Person<'a>,
    #[serde(flatten)]
    device: Details<'a>,
}

/// What Allo wants to know of the device, in its body.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    device_model: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<&'static str>,
}

pub(super) fn request(order: &BindingOrder<'_>) -> Vec<u8> {
    compact(&Request {
        phone_no: order.phone.expose(),
        additional_info: Info {
            channel: order.channel.code,
            cust_id_merchant: order.customer,
            person: order.into(),
            device: details(order),
        },
    })
}

fn details<'a>(order: &BindingOrder<'a>) -> Details<'a> {
    if !order.channel.device.details {
        return Details::default();
    }
    Details {
        device_model: order.device.model.as_deref(),
        os_type: order.device.os.map(Os::as_str),
        channel_id: order.device.app.map(AppKind::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{body, email, name, whole_profile};
    use crate::domain::channel::{ALLO, CIMB, OVO_ARCHIVED};
    use crate::domain::contact::Profile;
    use crate::domain::device::{AppKind, Device, Os};

    #[test]
    fn the_documented_requests() {
        let some = Profile {
            name: name(),
            email: email(),
            ..Profile::default()
        };
        let device = Device {
            id: Some("0123456789abcdef".to_owned()),
            ip_address: Some("203.0.113.10".to_owned()),
            model: Some("Pixel 9".to_owned()),
            os: Some(Os::Android),
            app: Some(AppKind::App),
        };
        let none = Profile::default();
        let table = [
            (
                "the sample; CIMB is not told of the device",
                &CIMB,
                &some,
                r#"{"phoneNo":"6281200000000","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","custIdMerchant":"cust-001","customerName":"Siti Aminah","email":"siti@example.com","successRegistrationUrl":"https://merchant.example.com/bind/ok","failedRegistrationUrl":"https://merchant.example.com/bind/failed"}}"#,
            ),
            (
                "everything",
                &ALLO,
                &whole_profile(),
                r#"{"phoneNo":"6281200000000","additionalInfo":{"channel":"DIRECT_DEBIT_ALLO_SNAP","custIdMerchant":"cust-001","customerName":"Siti Aminah","email":"siti@example.com","idCard":"3171000000000001","country":"Indonesia","address":"Jl. Mawar 1","dateOfBirth":"19990101","successRegistrationUrl":"https://merchant.example.com/bind/ok","failedRegistrationUrl":"https://merchant.example.com/bind/failed","deviceModel":"Pixel 9","osType":"android","channelId":"app"}}"#,
            ),
            (
                "nothing, under the archived paths",
                &OVO_ARCHIVED,
                &none,
                r#"{"phoneNo":"6281200000000","additionalInfo":{"channel":"EMONEY_OVO_SNAP","custIdMerchant":"cust-001","successRegistrationUrl":"https://merchant.example.com/bind/ok","failedRegistrationUrl":"https://merchant.example.com/bind/failed"}}"#,
            ),
        ];
        for (why, channel, profile, wanted) in table {
            let text = body(channel, "cust-001", profile, &device, None);
            assert_eq!(text, wanted, "{why}");
        }
    }
}
