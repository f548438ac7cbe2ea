//! As on BRI's own archived paths.
//!
//! Source: DOKU developers, archive, "BRI Direct Debit" (read 2026-11-20). Its table lists `merchantId` and
//! does not say what it is: that it is the client id, as merchants send it in checks of a status, is assumed.

use serde::Serialize;

use super::super::item::{LineItem, line_items};
use super::super::token_place::TokenPlace;
use super::super::{Amount, compact};
use super::PaymentOrder;
use crate::domain::channel::Confirmation;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    #[serde(flatten)]
    token: TokenPlace,
    merchant_id: &'a str,
    trans_amount: Amount,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line_items: Vec<LineItem<'a>>,
    merchant_trx_id: &'a str,
    otp_status: &'static str,
}

pub(super) fn request(order: &PaymentOrder<'_>) -> Vec<u8> {
    compact(&Request {
        token: TokenPlace::EMPTY,
        merchant_id: order.merchant,
        trans_amount: order.amount.into(),
        additional_info: Info {
            line_items: line_items(order.channel, order.items),
            merchant_trx_id: order.reference.as_str(),
            otp_status: match order.confirmation {
                // There is no page: who wants to be asked is asked.
                Confirmation::Otp | Confirmation::Page => "YES",
                Confirmation::Unasked => "NO",
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::with_token;
    use super::super::sample::{body, items, order, reference};
    use super::super::{PaymentOrder, request};
    use crate::domain::channel::{BRI_ARCHIVED, Confirmation};

    #[test]
    fn the_documented_requests() {
        let reference = reference("INV-0001");
        let items = items();
        let asked = PaymentOrder {
            items: &items,
            confirmation: Confirmation::Otp,
            ..order(&BRI_ARCHIVED, &reference)
        };
        assert_eq!(
            body(&asked),
            r#"{"bankCardToken":"","merchantId":"BRN-0000-TESTONLY00001","transAmount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"lineItems":[{"name":"Vitamin C","price":"10000.00","quantity":"1"}],"merchantTrxId":"INV-0001","otpStatus":"YES"}}"#
        );
        let unasked = PaymentOrder {
            confirmation: Confirmation::Unasked,
            ..order(&BRI_ARCHIVED, &reference)
        };
        assert_eq!(
            body(&unasked),
            r#"{"bankCardToken":"","merchantId":"BRN-0000-TESTONLY00001","transAmount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"merchantTrxId":"INV-0001","otpStatus":"NO"}}"#
        );
        let sent = with_token(&request(&unasked), Some(&"TOKEN".into()));
        assert!(sent.starts_with(br#"{"bankCardToken":"TOKEN","merchantId":"#));
    }
}
