//! As under the present paths.
//!
//! Sources: DOKU developers, "CIMB Direct Debit", "Allo Bank Direct Debit" and "BRI Direct Debit"; for
//! OVO, DOKU's SDKs (read 2026-11-20).

use secrecy::ExposeSecret;
use serde::Serialize;

use super::super::item::{LineItem, line_items};
use super::super::{Amount, compact};
use super::{PayOptionDetail, PaymentOrder};
use crate::domain::channel::Recurring;
use crate::domain::pay_option::FeeType;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    partner_reference_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_type: Option<&'static str>,
    amount: Amount,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_type: Option<&'static str>,
    success_payment_url: &'a str,
    failed_payment_url: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    line_items: Vec<LineItem<'a>>,
}

pub(super) fn request(order: &PaymentOrder<'_>) -> Vec<u8> {
    let (success, failed) = order.way_back.urls();
    compact(&Request {
        partner_reference_no: order.reference.as_str(),
        charge_token: order.charge_token.map(ExposeSecret::expose_secret),
        fee_type: order.fee_type.map(FeeType::as_str),
        amount: order.amount.into(),
        pay_option_details: order.pay_option_details(),
        additional_info: Info {
            channel: order.channel.code,
            remarks: order.remarks(),
            payment_type: payment_type(order),
            success_payment_url: success,
            failed_payment_url: failed,
            line_items: line_items(order.channel, order.items),
        },
    })
}

/// Said where the channel knows the field.
fn payment_type(order: &PaymentOrder<'_>) -> Option<&'static str> {
    let known = order.channel.recurring == Some(Recurring::PaymentType);
    known.then_some(if order.is_recurring {
        "RECURRING"
    } else {
        "SALE"
    })
}

#[cfg(test)]
mod tests {
    use super::super::PaymentOrder;
    use super::super::sample::{body, items, option, order, reference};
    use crate::domain::channel::{ALLO, BRI, CIMB, OVO};
    use crate::domain::pay_option::FeeType;

    #[test]
    fn the_documented_requests() {
        let short = reference("INV-0001");
        let long = reference("INV-20261120-00000000000000000001");
        let charge = "0123456789abcdef0123456789abcdef".into();
        let (items, cash) = (items(), [option("CASH", 10_000, 0)]);
        let balance = [option("BALANCE", 10_000, 0)];
        let table = [
            (
                order(&CIMB, &short),
                r#"{"partnerReferenceNo":"INV-0001","amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed"}}"#,
            ),
            (
                PaymentOrder {
                    pay_options: &balance,
                    items: &items,
                    ..order(&ALLO, &long)
                },
                r#"{"partnerReferenceNo":"INV-20261120-00000000000000000001","amount":{"value":"10000.00","currency":"IDR"},"payOptionDetails":[{"payMethod":"BALANCE","transAmount":{"value":"10000.00","currency":"IDR"},"feeAmount":{"value":"0.00","currency":"IDR"}}],"additionalInfo":{"channel":"DIRECT_DEBIT_ALLO_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed","lineItems":[{"name":"Vitamin C","price":"10000.00","quantity":"1"}]}}"#,
            ),
            (
                PaymentOrder {
                    charge_token: Some(&charge),
                    is_recurring: true,
                    ..order(&BRI, &short)
                },
                r#"{"partnerReferenceNo":"INV-0001","chargeToken":"0123456789abcdef0123456789abcdef","amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"DIRECT_DEBIT_BRI_SNAP","remarks":"Order 1","paymentType":"RECURRING","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed"}}"#,
            ),
            (
                PaymentOrder {
                    fee_type: Some(FeeType::Our),
                    pay_options: &cash,
                    ..order(&OVO, &short)
                },
                r#"{"partnerReferenceNo":"INV-0001","feeType":"OUR","amount":{"value":"10000.00","currency":"IDR"},"payOptionDetails":[{"payMethod":"CASH","transAmount":{"value":"10000.00","currency":"IDR"},"feeAmount":{"value":"0.00","currency":"IDR"}}],"additionalInfo":{"channel":"EMONEY_OVO_SNAP","remarks":"Order 1","paymentType":"SALE","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed"}}"#,
            ),
        ];
        for (order, wanted) in table {
            assert_eq!(body(&order), wanted);
        }
    }

    #[test]
    fn a_channel_is_not_told_what_it_does_not_ask() {
        let reference = reference("INV-0001");
        let plain = body(&order(&CIMB, &reference));
        let with_items = PaymentOrder {
            items: &items(),
            ..order(&CIMB, &reference)
        };
        assert_eq!(body(&with_items), plain, "CIMB lists no goods");
        let unsaid = PaymentOrder {
            remarks: "",
            ..order(&CIMB, &reference)
        };
        assert!(!body(&unsaid).contains("remarks"), "nothing to say");
    }
}
