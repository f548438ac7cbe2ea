//! As wallets have it that the customer jumps to.
//!
//! Source: DOKU's SDKs and their validators (read 2026-11-20).

use serde::Serialize;

use super::super::{Amount, compact};
use super::{Jump, PaymentOrder, WayBack};
use crate::clock::Timestamp;
use crate::domain::wallet::StartingPoint;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    partner_reference_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_up_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    point_of_initiation: Option<&'static str>,
    url_param: [UrlParam<'a>; 1],
    amount: Amount,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UrlParam<'a> {
    url: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    is_deep_link: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    support_deep_link_checkout_url: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a str>,
}

pub(super) fn request(order: &PaymentOrder<'_>) -> Vec<u8> {
    let pages;
    let jump = match &order.way_back {
        WayBack::Jump(jump) => jump,
        // These wallets know one way back, whatever became of it.
        WayBack::Urls { success, .. } => {
            pages = Jump {
                url: success,
                is_deep_link: false,
                from: None,
                valid_until: None,
                deep_link_checkout: false,
                metadata: None,
            };
            &pages
        }
    };
    compact(&Request {
        partner_reference_no: order.reference.as_str(),
        valid_up_to: jump.valid_until.map(Timestamp::rfc3339_west_indonesia),
        point_of_initiation: jump.from.map(StartingPoint::as_str),
        url_param: [UrlParam {
            url: jump.url,
            kind: "PAY_RETURN",
            is_deep_link: if jump.is_deep_link { "Y" } else { "N" },
        }],
        amount: order.amount.into(),
        additional_info: Info {
            channel: order.channel.code,
            order_title: order.remarks(),
            support_deep_link_checkout_url: jump.deep_link_checkout.then_some(true),
            metadata: jump.metadata,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{body, items, order, reference};
    use super::*;
    use crate::domain::channel::{DANA, SHOPEEPAY};

    #[test]
    fn the_documented_requests() {
        let reference = reference("INV-0001");
        let jump = |is_deep_link| {
            WayBack::Jump(Jump {
                url: if is_deep_link {
                    "myshop://paid"
                } else {
                    "https://merchant.example.com/pay/return"
                },
                is_deep_link,
                from: (!is_deep_link).then_some(StartingPoint::App),
                valid_until: Timestamp::parse_rfc3339("2026-11-20T02:15:30Z"),
                deep_link_checkout: is_deep_link,
                metadata: (!is_deep_link).then_some("{\"order\":1}"),
            })
        };
        let whole = PaymentOrder {
            items: &items(),
            way_back: jump(false),
            ..order(&SHOPEEPAY, &reference)
        };
        assert_eq!(
            body(&whole),
            r#"{"partnerReferenceNo":"INV-0001","validUpTo":"2026-11-20T09:15:30+07:00","pointOfInitiation":"app","urlParam":[{"url":"https://merchant.example.com/pay/return","type":"PAY_RETURN","isDeepLink":"N"}],"amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"EMONEY_SHOPEE_PAY_SNAP","metadata":"{\"order\":1}"}}"#,
            "no title and no goods"
        );
        let titled = PaymentOrder {
            way_back: jump(true),
            ..order(&DANA, &reference)
        };
        assert_eq!(
            body(&titled),
            r#"{"partnerReferenceNo":"INV-0001","validUpTo":"2026-11-20T09:15:30+07:00","urlParam":[{"url":"myshop://paid","type":"PAY_RETURN","isDeepLink":"Y"}],"amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"EMONEY_DANA_SNAP","orderTitle":"Order 1","supportDeepLinkCheckoutUrl":true}}"#
        );
        assert_eq!(
            body(&order(&DANA, &reference)),
            r#"{"partnerReferenceNo":"INV-0001","urlParam":[{"url":"https://merchant.example.com/pay/ok","type":"PAY_RETURN","isDeepLink":"N"}],"amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"EMONEY_DANA_SNAP","orderTitle":"Order 1"}}"#,
            "the least"
        );
    }
}
