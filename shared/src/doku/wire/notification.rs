//! SNAP direct-debit notification, service 56: what DOKU tells us.
//!
//! Read leniently: members may be spelt in several ways, new ones may appear, and only those that
//! say which payment, which status and which amount must be there.
//!
//! Source: DOKU developers, "HTTP notification sample for SNAP" (read 2026-11-20).

use serde::{Deserialize, Serialize};

use super::super::lenient;
use super::Stated;
use crate::domain::money::StatedAmount;

/// A notification whose signature was checked before it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Our name for the payment.
    pub reference: String,
    /// DOKU's id for it.
    pub reference_no: Option<String>,
    /// `latestTransactionStatus`, as received.
    pub status: String,
    /// The amount stated.
    pub amount: StatedAmount,
    /// Our name for the refund it tells of.
    pub refund_reference: Option<String>,
    /// DOKU's id for that refund.
    pub refund_no: Option<String>,
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
    #[serde(default, deserialize_with = "lenient::optional_text")]
    latest_transaction_status: Option<String>,
    #[serde(default)]
    amount: Option<Stated>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    partner_refund_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    refund_no: Option<String>,
    #[serde(default)]
    additional_info: Option<Info>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    partner_refund_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    refund_no: Option<String>,
}

/// The members of a body that [`read`] looks at, for reading them again later: the rest, which may be
/// personal, is not kept.
pub fn keep(body: &[u8]) -> String {
    let body: Option<Body> = serde_json::from_slice(body).ok();
    body.and_then(|body| serde_json::to_string(&body).ok())
        .unwrap_or_default()
}

/// Reads a notification's body.
pub fn read(body: &[u8]) -> Result<Notification, BadMember> {
    // Serde would read a list as the members in their order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(BadMember("body"));
    }
    let body: Body = serde_json::from_slice(body).map_err(|_| BadMember("body"))?;
    let info = body.additional_info.unwrap_or_default();
    let reference = body
        .original_partner_reference_no
        .filter(|text| text.len() <= 64 && text.bytes().all(|b| b.is_ascii_graphic()))
        .ok_or(BadMember("originalPartnerReferenceNo"))?;
    let status = body
        .latest_transaction_status
        .filter(|text| text.len() <= 8 && text.bytes().all(|b| b.is_ascii_alphanumeric()))
        .ok_or(BadMember("latestTransactionStatus"))?;
    Ok(Notification {
        reference,
        reference_no: body.original_reference_no,
        status,
        amount: body.amount.ok_or(BadMember("amount"))?.into(),
        refund_reference: body.partner_refund_no.or(info.partner_refund_no),
        refund_no: body.refund_no.or(info.refund_no),
    })
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
    }

    #[test]
    fn what_is_kept_reads_the_same_and_holds_nothing_else() {
        let body = br#"{"originalPartnerReferenceNo":"INV-0001","originalReferenceNo":7,"latestTransactionStatus":"04","amount":{"value":10000.00,"currency":"IDR"},"additionalInfo":{"custIdMerchant":"cust-001","refundNo":"R-1"}}"#;
        let kept = keep(body);
        assert!(!kept.contains("cust-001"));
        assert_eq!(read(kept.as_bytes()).unwrap(), read(body).unwrap());
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
