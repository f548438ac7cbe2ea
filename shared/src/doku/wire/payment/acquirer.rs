//! As on the archived paths of the acquirers.
//!
//! Source: DOKU's earlier documentation, "Direct debit payment" (read 2026-11-20). Its sample is
//! OVO's; what the customer reads and where the browser goes are added as under the present paths.

use serde::Serialize;

use super::super::item::{LineItem, line_items};
use super::super::token_place::TokenPlace;
use super::super::{Amount, compact};
use super::{PayOptionDetail, PaymentOrder};
use crate::domain::money::Rupiah;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    partner_reference_no: &'a str,
    #[serde(flatten)]
    token: TokenPlace,
    amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_type: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pay_option_details: Vec<PayOptionDetail<'a>>,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remarks: Option<&'a str>,
    success_payment_url: &'a str,
    failed_payment_url: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line_items: Vec<LineItem<'a>>,
}

pub(super) fn request(order: &PaymentOrder<'_>) -> Vec<u8> {
    let (success, failed) = order.way_back.urls();
    compact(&Request {
        partner_reference_no: order.reference.as_str(),
        token: TokenPlace::EMPTY,
        amount: order.amount.into(),
        fee_type: fee_type(order),
        pay_option_details: order.pay_option_details(),
        additional_info: Info {
            channel: order.channel.code,
            remarks: order.remarks(),
            success_payment_url: success,
            failed_payment_url: failed,
            line_items: line_items(order.channel, order.items),
        },
    })
}

/// Who bears the fee, and what it is where there is one: `SHA|1000`.
fn fee_type(order: &PaymentOrder<'_>) -> Option<String> {
    let who = order.fee_type?.as_str();
    let mut fees = order.pay_options.iter().map(|option| option.fee);
    let sum = fees.try_fold(Rupiah::ZERO, Rupiah::plus);
    Some(match sum.filter(|sum| !sum.is_zero()) {
        Some(sum) => format!("{who}|{}", sum.whole()),
        None => who.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::with_token;
    use super::super::sample::{body, items, option, order, reference};
    use super::super::{PaymentOrder, request};
    use crate::domain::channel::{ALLO_ARCHIVED, CIMB_ARCHIVED, OVO_ARCHIVED};
    use crate::domain::pay_option::FeeType;

    #[test]
    fn the_documented_requests() {
        let short = reference("INV-0001");
        let long = reference("INV-20261120-00000000000000000001");
        let items = items();
        let options = [option("CASH", 9_000, 600), option("POINTS", 1_000, 400)];
        let table = [
            (
                "the sample",
                PaymentOrder {
                    fee_type: Some(FeeType::Sha),
                    pay_options: &options,
                    ..order(&OVO_ARCHIVED, &short)
                },
                r#"{"partnerReferenceNo":"INV-0001","bankCardToken":"","amount":{"value":"10000.00","currency":"IDR"},"feeType":"SHA|1000","payOptionDetails":[{"payMethod":"CASH","transAmount":{"value":"9000.00","currency":"IDR"},"feeAmount":{"value":"600.00","currency":"IDR"}},{"payMethod":"POINTS","transAmount":{"value":"1000.00","currency":"IDR"},"feeAmount":{"value":"400.00","currency":"IDR"}}],"additionalInfo":{"channel":"EMONEY_OVO_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed"}}"#,
            ),
            (
                "a bank that asks for little",
                PaymentOrder {
                    items: &items,
                    ..order(&CIMB_ARCHIVED, &short)
                },
                r#"{"partnerReferenceNo":"INV-0001","bankCardToken":"","amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed"}}"#,
            ),
            (
                "one that lists the goods",
                PaymentOrder {
                    items: &items,
                    ..order(&ALLO_ARCHIVED, &long)
                },
                r#"{"partnerReferenceNo":"INV-20261120-00000000000000000001","bankCardToken":"","amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"DIRECT_DEBIT_ALLO_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed","lineItems":[{"name":"Vitamin C","price":"10000.00","quantity":"1"}]}}"#,
            ),
        ];
        for (why, order, wanted) in table {
            assert_eq!(body(&order), wanted, "{why}");
        }
    }

    #[test]
    fn a_fee_is_told_where_there_is_one() {
        let reference = reference("INV-0001");
        let table = [
            ("nobody said", None, 0, None),
            ("nobody said who", None, 500, None),
            ("no fee", Some(FeeType::Our), 0, Some(r#""feeType":"OUR","#)),
            (
                "a fee",
                Some(FeeType::Ben),
                500,
                Some(r#""feeType":"BEN|500","#),
            ),
        ];
        for (why, fee_type, fee, wanted) in table {
            let text = body(&PaymentOrder {
                fee_type,
                pay_options: &[option("CASH", 10_000, fee)],
                ..order(&OVO_ARCHIVED, &reference)
            });
            let found = text.contains(wanted.unwrap_or("feeType"));
            assert_eq!(found, wanted.is_some(), "{why}");
        }
    }

    #[test]
    fn the_place_for_the_token_is_found() {
        let frozen = request(&order(&OVO_ARCHIVED, &reference("INV-0001")));
        let sent = String::from_utf8(with_token(&frozen, Some(&"TOKEN".into()))).unwrap();
        let start = r#"{"partnerReferenceNo":"INV-0001","bankCardToken":"TOKEN","amount":"#;
        assert!(sent.starts_with(start), "{sent}");
    }
}
