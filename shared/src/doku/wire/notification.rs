//! SNAP direct-debit notification, service 56: what DOKU tells us.
//!
//! Read leniently: members may be spelt in several ways, new ones may appear, and only those that
//! say which payment, which status and which amount must be there: wallets leave the others out.
//!
//! Source: DOKU developers, "HTTP notification sample for SNAP" (read 2026-11-20).

use serde::{Deserialize, Deserializer, Serialize};

use super::super::lenient::{self, Presence};
use super::refund_history::{self, Entry, FoundRefund};
use super::status::{self, Found};
use super::unread::{Fragment, Unread, is_possible_reference};
use super::{Stated, object};
use crate::clock::Timestamp;
use crate::domain::channel::Family;
use crate::domain::identity::{Ids, Service, Statement};
use crate::domain::money::StatedAmount;

/// A notification whose signature was checked before it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Our name for the payment.
    pub reference: String,
    /// DOKU's id for it.
    pub reference_no: Option<String>,
    /// `X-EXTERNAL-ID` of the payment's request: 1–64 digits. Something else counts as absent.
    pub external_id: Option<String>,
    /// The channel, as received: some bodies state it twice.
    pub channels: [Option<String>; 2],
    /// The bank or wallet, as received.
    pub acquirers: [Option<String>; 2],
    /// `DIRECT_DEBIT` or `EMONEY`, as received.
    pub account_type: Option<String>,
    /// Another payment method, of which it has the details.
    pub method: Option<Service>,
    /// `latestTransactionStatus`: two digits.
    pub status: String,
    /// When it happened: `finishedTime`, where it is given.
    pub happened_at: Option<Timestamp>,
    /// The amount stated.
    pub amount: StatedAmount,
    /// Our name for the refund it tells of.
    pub refund_reference: Option<String>,
    /// DOKU's id for that refund.
    pub refund_no: Option<String>,
    /// The refunds of the payment, where they are listed.
    pub refunds: Vec<FoundRefund>,
}

/// The member that is missing or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing or cannot be read")]
pub struct BadMember(pub &'static str);

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    original_partner_reference_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    original_reference_no: Option<String>,
    #[serde(default, deserialize_with = "external_id")]
    original_external_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::two_digits")]
    latest_transaction_status: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    finished_time: Option<String>,
    #[serde(default, deserialize_with = "super::amount")]
    amount: Option<Stated>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    partner_refund_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    refund_no: Option<String>,
    #[serde(default, deserialize_with = "refund_history::optional")]
    refund_history: Option<Vec<Entry>>,
    #[serde(default, deserialize_with = "lenient::member")]
    additional_info: Option<Info>,
    // Details of a virtual account, and, in a body that was kept, that there were any.
    #[serde(default, skip_serializing)]
    virtual_account_no: Something,
    #[serde(default, skip_serializing)]
    virtual_account_data: Something,
    #[serde(default)]
    is_virtual_account: bool,
}

/// True for a value that says something.
#[derive(Clone, Copy, Default)]
struct Something(bool);

impl<'de> Deserialize<'de> for Something {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<serde_json::Value>::deserialize(deserializer)?;
        Ok(Self(
            value.is_some_and(|value| lenient::says_something(&value)),
        ))
    }
}

impl Body {
    fn has_virtual_account(&self) -> bool {
        self.virtual_account_no.0 || self.virtual_account_data.0 || self.is_virtual_account
    }
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default, deserialize_with = "lenient::named")]
    channel_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    channel: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    acquirer_id: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    acquirer: Option<String>,
    #[serde(default, deserialize_with = "lenient::named")]
    account_type: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    partner_refund_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    refund_no: Option<String>,
}

fn external_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let fits = |text: &String| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_digit());
    Ok(lenient::optional_text(deserializer)?.filter(fits))
}

/// The members of a body that [`read`] looks at, for reading them again later: the rest, which may be
/// personal, is not kept.
pub fn keep(body: &[u8]) -> String {
    let body: Option<Body> = object(body);
    let body = body.map(|body| Body {
        is_virtual_account: body.has_virtual_account(),
        ..body
    });
    body.and_then(|body| serde_json::to_string(&body).ok())
        .unwrap_or_default()
}

/// Reads a notification's body.
pub fn read(body: &[u8]) -> Result<Notification, BadMember> {
    let body: Body = object(body).ok_or(BadMember("body"))?;
    let has_virtual_account = body.has_virtual_account();
    let info = body.additional_info.unwrap_or_default();
    let reference = body
        .original_partner_reference_no
        .filter(|text| is_possible_reference(text))
        .ok_or(BadMember("originalPartnerReferenceNo"))?;
    let status = body
        .latest_transaction_status
        .filter(|text| text.len() <= 8 && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        .ok_or(BadMember("latestTransactionStatus"))?;
    Ok(Notification {
        reference,
        reference_no: body.original_reference_no,
        external_id: body.original_external_id,
        channels: [info.channel_id, info.channel],
        acquirers: [info.acquirer_id, info.acquirer],
        account_type: info.account_type,
        method: has_virtual_account.then_some(Service::VirtualAccount),
        status,
        happened_at: body
            .finished_time
            .as_deref()
            .and_then(Timestamp::parse_lenient),
        amount: body.amount.ok_or(BadMember("amount"))?.into(),
        refund_reference: body.partner_refund_no.or(info.partner_refund_no),
        refund_no: body.refund_no.or(info.refund_no),
        refunds: body
            .refund_history
            .into_iter()
            .flatten()
            .map(FoundRefund::from)
            .collect(),
    })
}

impl Notification {
    /// What it states about the identity of its payment.
    pub fn statement(&self) -> Statement<'_> {
        Statement {
            family: Family::Snap,
            reference: Some(&self.reference),
            service: self.account_type.as_deref(),
            channels: self.channels.each_ref().map(Option::as_deref),
            acquirers: self.acquirers.each_ref().map(Option::as_deref),
            method: self.method,
            ids: Ids::Snap {
                reference_no: self.reference_no.as_deref(),
                // That of a refund may be the refund's own.
                external_id: self.external_id.as_deref().filter(|_| !self.is_refund()),
            },
        }
    }

    /// The same in the form of an answer to a status check. The amount is left out: beside a refund it is not
    /// said whose it is.
    pub fn as_found(&self) -> Found {
        Found {
            latest: status::latest(&self.status),
            amount: None,
            reference: Some(self.reference.clone()),
            channels: self.channels.clone(),
            acquirers: self.acquirers.clone(),
            account_type: self.account_type.clone(),
            reference_no: self.reference_no.clone(),
            external_id: None,
            refunds: Some(self.refunds.clone()),
        }
    }

    /// True when it tells of a refund, and not of the charge.
    fn is_refund(&self) -> bool {
        status::latest(&self.status) == status::Latest::Refunded
    }
}

/// Members by which news of other services is known: their bodies have none of ours.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Foreign {
    #[serde(deserialize_with = "lenient::optional_text")]
    virtual_account_no: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    trx_id: Option<String>,
    paid_amount: Presence,
    virtual_account_data: Presence,
}

/// What can be said of a body that cannot be read as a notification; `None` of what is no object.
pub fn unread(body: &[u8]) -> Option<Unread> {
    let members: serde_json::Map<String, serde_json::Value> = object(body)?;
    let foreign: Foreign = object(body)?;
    let is_virtual_account = foreign.virtual_account_no.is_some()
        || foreign.trx_id.is_some()
        || foreign.paid_amount.0
        || foreign.virtual_account_data.0;
    let frame = ["originalPartnerReferenceNo", "latestTransactionStatus"];
    let has_frame = frame.iter().any(|name| members.contains_key(*name));
    if is_virtual_account && !has_frame {
        return Some(Unread::Order(Fragment {
            family: Family::Snap,
            reference: foreign.trx_id,
            service: None,
            channels: [None, None],
            acquirers: [None, None],
            method: Some(Service::VirtualAccount),
            has_own_details: false,
            states_no_product: false,
        }));
    }
    if !members.is_empty() && !has_frame {
        return Some(Unread::NoOrder("OTHER"));
    }
    let body: Body = object(body)?;
    let info = body.additional_info.unwrap_or_default();
    Some(Unread::Order(Fragment {
        family: Family::Snap,
        method: is_virtual_account.then_some(Service::VirtualAccount),
        has_own_details: false,
        states_no_product: false,
        reference: body.original_partner_reference_no,
        service: info.account_type,
        channels: [info.channel_id, info.channel],
        acquirers: [info.acquirer_id, info.acquirer],
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_documented_sample() {
        let notification = read(br#"{"originalPartnerReferenceNo":"INV-0001","originalReferenceNo":"DK20261120A7f3Kq9ZtW2xLm5Rb8Vn4","originalExternalId":"20261120081530123456789012345678","latestTransactionStatus":"00","transactionStatusDesc":"Success","amount":{"value":"10000.00","currency":"IDR"},"additionalInfo":{"channelId":"DIRECT_DEBIT_CIMB_SNAP","acquirerId":"CIMB","custIdMerchant":"cust-001","accountType":"DIRECT_DEBIT","lineItems":[{"name":"Vitamin C","price":"10000.00","quantity":"1"}]}}"#).unwrap();
        assert_eq!(notification.reference, "INV-0001");
        assert_eq!(notification.status, "00");
        assert_eq!(notification.amount.value, "10000.00");
        assert_eq!(
            notification.external_id.as_deref(),
            Some("20261120081530123456789012345678")
        );
    }

    #[test]
    fn a_wallet_says_only_what_must_be_there() {
        let least = r#"{"originalPartnerReferenceNo":"INV-0001","latestTransactionStatus":"00","amount":{"value":"10000.00","currency":"IDR"}}"#;
        let read = |body: &str| read(body.as_bytes()).unwrap();
        let notification = read(least);
        assert_eq!(notification.reference, "INV-0001");
        assert_eq!(notification.status, "00");
        assert_eq!(notification.reference_no, None);
        assert_eq!(notification.external_id, None);
        let odd = r#"{"additionalInfo":"EMONEY_DANA_SNAP","lineItems":[],"#;
        let odd = least.replacen('{', odd, 1);
        assert_eq!(read(&odd), notification, "odd members count as absent");
    }

    #[test]
    fn ids_of_requests_are_digits() {
        let table = [
            ("digits", r#""123""#, Some("123")),
            (
                "as a number",
                "20261120081530123456789012345678",
                Some("20261120081530123456789012345678"),
            ),
            ("letters", r#""12ab""#, None),
            ("a float", "2.02e+31", None),
            ("an object", "{}", None),
            ("null", "null", None),
            (
                "as long as it may be",
                &format!("\"{}\"", "7".repeat(64)),
                Some(&*"7".repeat(64)),
            ),
            ("longer", &format!("\"{}\"", "7".repeat(65)), None),
        ];
        for (why, id, wanted) in table {
            let body = format!(
                r#"{{"originalPartnerReferenceNo":"A","originalExternalId":{id},"latestTransactionStatus":"00","amount":{{"value":"1.00","currency":"IDR"}}}}"#
            );
            let notification = read(body.as_bytes()).unwrap();
            assert_eq!(notification.external_id.as_deref(), wanted, "{why}");
            assert_eq!(
                read(keep(body.as_bytes()).as_bytes()).unwrap(),
                notification
            );
        }
    }

    #[test]
    fn what_is_kept_reads_the_same_and_holds_nothing_else() {
        let body = br#"{"originalPartnerReferenceNo":"INV-0001","originalReferenceNo":7,"originalExternalId":"20261120081530","latestTransactionStatus":"04","amount":{"value":10000.00,"currency":"IDR"},"additionalInfo":{"custIdMerchant":"cust-001","refundNo":"R-1"}}"#;
        let kept = keep(body);
        assert!(!kept.contains("cust-001"));
        assert_eq!(read(kept.as_bytes()).unwrap(), read(body).unwrap());
    }

    #[test]
    fn a_list_of_refunds_is_read_and_kept_where_it_is_one() {
        let body = |history: &str| {
            format!(
                r#"{{"originalPartnerReferenceNo":"A","latestTransactionStatus":"04","refundHistory":{history},"amount":{{"value":"1.00","currency":"IDR"}}}}"#
            )
        };
        let entry = r#"{"refundNo":7,"refundAmount":{"value":"4000.00","currency":"IDR"},"refundStatus":0}"#;
        for (history, refunds) in [
            (format!("[{entry},{entry}]"), 2),
            ("[]".to_owned(), 0),
            ("null".to_owned(), 0),
            ("{}".to_owned(), 0),
            ("[null]".to_owned(), 0),
            (
                r#"[{"refundNo":null,"refundAmount":{"value":null}}]"#.to_owned(),
                0,
            ),
            ("[7]".to_owned(), 1),
            (r#"{"refunds":"1"}"#.to_owned(), 1),
        ] {
            let body = body(&history);
            let notification = read(body.as_bytes()).unwrap();
            assert_eq!(notification.refunds.len(), refunds, "{history}");
            let kept = keep(body.as_bytes());
            assert_eq!(read(kept.as_bytes()).unwrap(), notification, "{history}");
        }
    }

    #[test]
    fn what_must_be_there() {
        let table = [
            (
                "no reference",
                r#"{"latestTransactionStatus":"00","amount":{"value":"1.00","currency":"IDR"}}"#,
                "originalPartnerReferenceNo",
            ),
            (
                "no status",
                r#"{"originalPartnerReferenceNo":"A","amount":{"value":"1.00","currency":"IDR"}}"#,
                "latestTransactionStatus",
            ),
            (
                "no amount",
                r#"{"originalPartnerReferenceNo":"A","latestTransactionStatus":"00"}"#,
                "amount",
            ),
            (
                "an amount that is none",
                r#"{"originalPartnerReferenceNo":"A","latestTransactionStatus":"00","amount":["1.00","IDR"]}"#,
                "amount",
            ),
            ("not JSON", "<html>", "body"),
            ("a list", r#"["A",null,"00"]"#, "body"),
        ];
        for (why, body, member) in table {
            assert_eq!(
                read(body.as_bytes()).unwrap_err(),
                BadMember(member),
                "{why}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&body);
        }
    }
}
