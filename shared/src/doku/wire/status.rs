//! Status check of SNAP payments, service 55.
//!
//! Source: DOKU developers, "Check Status API, SNAP" (read 2026-11-20); field lengths from SNAP.

use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::super::reading::{self, Reading};
use super::refund_history::{self, Entry, FoundRefund};
use super::{ChannelOnly, Stated, Unreadable, compact};
use crate::domain::channel::{Channel, Family};
use crate::domain::failure::Failure;
use crate::domain::identity::{Ids, Statement};
use crate::domain::ids::Reference;
use crate::domain::money::StatedAmount;
use crate::domain::outcome::Verdict;

/// Where it is sent.
pub const PATH: &str = "/orders/v1.0/debit/status";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    original_partner_reference_no: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_reference_no: Option<&'a str>,
    service_code: &'static str,
    additional_info: ChannelOnly,
}

/// The body to send.
pub fn request(
    channel: &'static Channel,
    payment: &Reference,
    reference_no: Option<&str>,
) -> Vec<u8> {
    compact(&Request {
        original_partner_reference_no: payment.as_str(),
        original_reference_no: reference_no,
        service_code: channel.status_service_code,
        additional_info: ChannelOnly {
            channel: channel.code,
        },
    })
}

/// What `latestTransactionStatus` says, in a status check as in a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Latest {
    /// Something about the payment itself.
    Payment(Verdict),
    /// Money went back: which, and how much, stands beside it.
    Refunded,
    /// DOKU does not know it.
    NotFound,
}

/// Reads `latestTransactionStatus`. Codes that SNAP does not define (other providers use 08 and
/// 09) are left open.
pub fn latest(code: &str) -> Latest {
    match code {
        "00" => Latest::Payment(Verdict::Paid),
        "01" | "03" => Latest::Payment(Verdict::AwaitingCustomer),
        "02" => Latest::Payment(Verdict::Processing),
        "04" => Latest::Refunded,
        "05" => Latest::Payment(Verdict::Cancelled),
        "06" => Latest::Payment(Verdict::Failed(Failure::Declined)),
        "07" => Latest::NotFound,
        _ => Latest::Payment(Verdict::Unrecognised),
    }
}

/// What a status check found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The payment's state.
    pub latest: Latest,
    /// What was charged.
    pub amount: Option<StatedAmount>,
    /// Our name for it.
    pub reference: Option<String>,
    /// The channel: some answers state it twice.
    pub channels: [Option<String>; 2],
    /// The bank or wallet, which may be stated twice.
    pub acquirers: [Option<String>; 2],
    /// `DIRECT_DEBIT` or `EMONEY`.
    pub account_type: Option<String>,
    /// DOKU's id.
    pub reference_no: Option<String>,
    /// Id of the request that DOKU took.
    pub external_id: Option<String>,
    /// Every refund DOKU knows of it; `None` when it says nothing of refunds.
    pub refunds: Option<Vec<FoundRefund>>,
}

impl Found {
    /// What it states about the identity of its payment.
    pub fn statement(&self) -> Statement<'_> {
        Statement {
            family: Family::Snap,
            reference: self.reference.as_deref(),
            service: self.account_type.as_deref(),
            channels: self.channels.each_ref().map(Option::as_deref),
            acquirers: self.acquirers.each_ref().map(Option::as_deref),
            method: None,
            ids: Ids::Snap {
                reference_no: self.reference_no.as_deref(),
                external_id: self.external_id.as_deref(),
            },
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    original_reference_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    original_partner_reference_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::member")]
    additional_info: Option<Info>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    original_external_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    original_response_code: Option<String>,
    #[serde(default, deserialize_with = "lenient::two_digits")]
    latest_transaction_status: Option<String>,
    #[serde(default, deserialize_with = "super::amount")]
    trans_amount: Option<Stated>,
    #[serde(default, deserialize_with = "refund_history::optional")]
    refund_history: Option<Vec<Entry>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default, deserialize_with = "lenient::named")]
    channel: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    channel_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    acquirer: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    acquirer_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    account_type: Option<String>,
}

/// Reads a successful answer. That the call succeeded says nothing about the payment.
pub fn read(body: &[u8]) -> Result<Found, Unreadable> {
    let response: Response = super::object(body).ok_or(Unreadable)?;
    let code = response.latest_transaction_status.ok_or(Unreadable)?;
    let info = response.additional_info.unwrap_or_default();
    Ok(Found {
        latest: with_reason(latest(&code), response.original_response_code.as_deref()),
        amount: response.trans_amount.map(StatedAmount::from),
        reference: response.original_partner_reference_no,
        channels: [info.channel, info.channel_id],
        acquirers: [info.acquirer, info.acquirer_id],
        account_type: info.account_type,
        reference_no: response.original_reference_no,
        external_id: response.original_external_id,
        refunds: response
            .refund_history
            .map(|history| history.into_iter().map(FoundRefund::from).collect()),
    })
}

/// A failure's reason, where the original answer's code tells it.
fn with_reason(latest: Latest, original_code: Option<&str>) -> Latest {
    match (latest, reading::read(200, original_code)) {
        (
            Latest::Payment(Verdict::Failed(_)),
            Reading::Refused(failure) | Reading::OtpRejected(failure),
        ) => Latest::Payment(Verdict::Failed(failure)),
        _ => latest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::channel::{CIMB, OVO};
    use crate::domain::outcome::RefundVerdict;

    #[test]
    fn the_documented_request() {
        let reference = Reference::parse("INV-0001").unwrap();
        assert_eq!(
            String::from_utf8(request(&CIMB, &reference, None)).unwrap(),
            r#"{"originalPartnerReferenceNo":"INV-0001","serviceCode":"55","additionalInfo":{"channel":"DIRECT_DEBIT_CIMB_SNAP"}}"#
        );
    }

    #[test]
    fn the_service_follows_the_channel() {
        let reference = Reference::parse("INV-0001").unwrap();
        // As a deployment's setting makes it; what a channel is stays to the end of the process.
        let asked_for_54: &'static Channel = Box::leak(Box::new(Channel {
            status_service_code: "54",
            ..OVO
        }));
        let text = |channel| String::from_utf8(request(channel, &reference, Some("DK1"))).unwrap();
        assert_eq!(
            text(asked_for_54),
            r#"{"originalPartnerReferenceNo":"INV-0001","originalReferenceNo":"DK1","serviceCode":"54","additionalInfo":{"channel":"EMONEY_OVO_SNAP"}}"#
        );
        assert!(text(&OVO).contains(r#""serviceCode":"55""#));
    }

    #[test]
    fn an_odd_member_hides_nothing_of_an_answer() {
        let of = |more: &str| {
            let body = format!(r#"{{"latestTransactionStatus":"00"{more}}}"#);
            read(body.as_bytes()).unwrap()
        };
        let idr = |value: &str| StatedAmount {
            value: value.to_owned(),
            currency: "IDR".to_owned(),
        };
        for (more, amount) in [
            ("", None),
            (r#","transAmount":{"value":null,"currency":null}"#, None),
            (r#","transAmount":[]"#, None),
            (
                r#","transAmount":{"value":"10000.00"}"#,
                Some(idr("10000.00")),
            ),
            (r#","transAmount":"10000.00""#, Some(idr("10000.00"))),
            (r#","transAmount":1e4"#, Some(idr("1e4"))),
        ] {
            assert_eq!(of(more).amount, amount, "{more}");
        }
        for (more, refunds) in [
            (r#","refundHistory":null"#, None),
            (r#","refundHistory":{}"#, None),
            (r#","refundHistory":[]"#, Some(0)),
            (r#","refundHistory":[null]"#, Some(0)),
            (r#","refundHistory":[{"refundNo":null}]"#, Some(0)),
            (r#","refundHistory":[{"refundNo":"R1"},7]"#, Some(2)),
        ] {
            let found = of(more).refunds;
            assert_eq!(found.map(|it| it.len()), refunds, "{more}");
        }
    }

    #[test]
    fn answers() {
        let found = read(br#"{"responseCode":"2005500","latestTransactionStatus":"04","transAmount":{"value":"10000.00","currency":"IDR"},"refundHistory":[{"refundNo":"R1","partnerReferenceNo":"RFD-1","refundAmount":{"value":"1.00","currency":"IDR"},"refundStatus":"00"},{"partnerRefundNo":"RFD-2","refundStatus":"06"},{"refundStatus":"03"}]}"#).unwrap();
        assert_eq!(found.latest, Latest::Refunded);
        let refunds = found.refunds.unwrap();
        let verdicts: Vec<_> = refunds.iter().map(|r| r.verdict).collect();
        assert_eq!(
            verdicts,
            [
                RefundVerdict::Succeeded,
                RefundVerdict::Failed(Failure::Declined),
                RefundVerdict::Pending
            ]
        );
        assert_eq!(refunds[0].reference.as_deref(), Some("RFD-1"));
        for (why, history, told) in [
            ("none", r#""refundHistory":[]"#, Some(vec![])),
            ("not told", r#""refundHistory":null"#, None),
            ("left out", r#""sessionId":"1""#, None),
        ] {
            let body = format!(r#"{{"latestTransactionStatus":"00",{history}}}"#);
            assert_eq!(read(body.as_bytes()).unwrap().refunds, told, "{why}");
        }

        let failed = read(br#"{"latestTransactionStatus":"06","originalResponseCode":"4030414"}"#);
        assert_eq!(
            failed.unwrap().latest,
            Latest::Payment(Verdict::Failed(Failure::InsufficientFunds))
        );
        let odd = read(br#"{"latestTransactionStatus":"09"}"#).unwrap();
        assert_eq!(odd.latest, Latest::Payment(Verdict::Unrecognised));
        assert!(read(br#"{"responseCode":"2005500"}"#).is_err());
        assert!(read(b"<html>").is_err());
    }
}
