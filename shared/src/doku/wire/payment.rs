//! Direct-debit payment, service 54.
//!
//! Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20).

use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::{Amount, compact};
use crate::domain::channel::Channel;
use crate::domain::ids::Reference;
use crate::domain::money::Rupiah;
use crate::domain::pay_option::{FeeType, PayOption};

/// Where it is sent.
pub const PATH: &str = "/direct-debit/core/v1/debit/payment-host-to-host";

/// What a payment asks for.
pub struct PaymentOrder<'a> {
    /// The product.
    pub channel: &'static Channel,
    /// Our name for it.
    pub reference: &'a Reference,
    /// How much.
    pub amount: Rupiah,
    /// What it is paid out of; empty where the channel is not asked.
    pub pay_options: &'a [PayOption],
    /// Who bears the fee.
    pub fee_type: Option<FeeType>,
    /// What the statement says, within the channel's length.
    pub remarks: &'a str,
    /// Where the browser goes when the customer agreed.
    pub success_url: &'a str,
    /// Where it goes otherwise.
    pub failed_url: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    partner_reference_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fee_type: Option<&'static str>,
    amount: Amount,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pay_option_details: Vec<PayOptionDetail<'a>>,
    additional_info: Info<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PayOptionDetail<'a> {
    pay_method: &'a str,
    trans_amount: Amount,
    fee_amount: Amount,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info<'a> {
    channel: &'static str,
    remarks: &'a str,
    success_payment_url: &'a str,
    failed_payment_url: &'a str,
}

/// The body to send.
pub fn request(order: &PaymentOrder<'_>) -> Vec<u8> {
    compact(&Request {
        partner_reference_no: order.reference.as_str(),
        fee_type: order.fee_type.map(FeeType::as_str),
        amount: order.amount.into(),
        pay_option_details: order
            .pay_options
            .iter()
            .map(|option| PayOptionDetail {
                pay_method: &option.method,
                trans_amount: option.amount.into(),
                fee_amount: option.fee.into(),
            })
            .collect(),
        additional_info: Info {
            channel: order.channel.code,
            remarks: order.remarks,
            success_payment_url: order.success_url,
            failed_payment_url: order.failed_url,
        },
    })
}

/// What a successful answer may hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// DOKU's page for the customer.
    pub redirect_url: Option<String>,
    /// DOKU's id.
    pub reference_no: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    web_redirect_url: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    reference_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    additional_info: Option<ResponseInfo>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ResponseInfo {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    web_redirect_url: Option<String>,
}

/// Reads a successful answer. Nothing in it is needed to know that the payment was taken.
pub fn read(body: &[u8]) -> Taken {
    let response: Response = serde_json::from_slice(body).unwrap_or_default();
    Taken {
        redirect_url: response
            .web_redirect_url
            .or_else(|| response.additional_info?.web_redirect_url),
        reference_no: response.reference_no,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{CIMB, OVO};

    #[test]
    fn the_documented_request_and_answer() {
        let reference = Reference::parse("INV-0001").unwrap();
        let body = request(&PaymentOrder {
            channel: &CIMB,
            reference: &reference,
            amount: Rupiah::new(10_000),
            pay_options: &[],
            fee_type: None,
            remarks: "Order 1",
            success_url: "https://merchant.example.com/pay/ok",
            failed_url: "https://merchant.example.com/pay/failed",
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"partnerReferenceNo":"INV-0001","amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed"}}"#
        );
        let taken = read(
            br#"{"responseCode":"2005400","partnerReferenceNo":"INV-0001","referenceNo":"DK1","webRedirectUrl":"https://sandbox.doku.com/x"}"#,
        );
        assert_eq!(taken.reference_no.as_deref(), Some("DK1"));
        assert_eq!(
            taken.redirect_url.as_deref(),
            Some("https://sandbox.doku.com/x")
        );
        let option = PayOption {
            method: "CASH".into(),
            amount: Rupiah::new(10_000),
            fee: Rupiah::ZERO,
        };
        let body = request(&PaymentOrder {
            channel: &OVO,
            reference: &reference,
            amount: Rupiah::new(10_000),
            pay_options: &[option],
            fee_type: Some(FeeType::Our),
            remarks: "Order 1",
            success_url: "https://merchant.example.com/pay/ok",
            failed_url: "https://merchant.example.com/pay/failed",
        });
        assert_eq!(
            String::from_utf8(body).unwrap(),
            r#"{"partnerReferenceNo":"INV-0001","feeType":"OUR","amount":{"value":"10000.00","currency":"IDR"},"payOptionDetails":[{"payMethod":"CASH","transAmount":{"value":"10000.00","currency":"IDR"},"feeAmount":{"value":"0.00","currency":"IDR"}}],"additionalInfo":{"channel":"EMONEY_OVO_SNAP","remarks":"Order 1","successPaymentUrl":"https://merchant.example.com/pay/ok","failedPaymentUrl":"https://merchant.example.com/pay/failed"}}"#
        );
        let inside = read(br#"{"additionalInfo":{"webRedirectUrl":"https://sandbox.doku.com/y"}}"#);
        assert_eq!(
            inside.redirect_url.as_deref(),
            Some("https://sandbox.doku.com/y")
        );
        let beside =
            read(br#"{"webRedirectUrl":"https://sandbox.doku.com/z","additionalInfo":""}"#);
        assert_eq!(
            beside.redirect_url.as_deref(),
            Some("https://sandbox.doku.com/z")
        );
    }
}
