//! The refunds of a payment as SNAP lists them, in answers to status checks and in notifications
//! (`refundHistory`).
//!
//! Source: DOKU developers, "Check status API, SNAP" (read 2026-11-20).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use super::super::lenient;
use super::Stated;
use crate::domain::failure::Failure;
use crate::domain::money::StatedAmount;
use crate::domain::outcome::RefundVerdict;

/// One refund that DOKU lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRefund {
    /// Our name for it, if it is ours.
    pub reference: Option<String>,
    /// DOKU's id.
    pub refund_no: Option<String>,
    /// How much.
    pub amount: Option<StatedAmount>,
    /// How it stands.
    pub verdict: RefundVerdict,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    #[serde(default, deserialize_with = "lenient::optional_text")]
    refund_no: Option<String>,
    #[serde(default, deserialize_with = "lenient::optional_text")]
    partner_refund_no: Option<String>,
    // How some of DOKU's SDKs spell it; others may mean the payment by it.
    #[serde(default, deserialize_with = "lenient::optional_text")]
    partner_reference_no: Option<String>,
    #[serde(default)]
    refund_amount: Option<Stated>,
    #[serde(default, deserialize_with = "lenient::two_digits")]
    refund_status: Option<String>,
}

/// A list, where it is one. What is none, and one with an entry that cannot be read, counts as absent.
pub(super) fn optional<'de, D>(deserializer: D) -> Result<Option<Vec<Entry>>, D::Error>
where
    D: Deserializer<'de>,
{
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

impl From<Entry> for FoundRefund {
    fn from(entry: Entry) -> Self {
        Self {
            reference: entry.partner_refund_no.or(entry.partner_reference_no),
            refund_no: entry.refund_no,
            amount: entry.refund_amount.map(StatedAmount::from),
            verdict: match entry.refund_status.as_deref() {
                Some("00") => RefundVerdict::Succeeded,
                Some("06") => RefundVerdict::Failed(Failure::Declined),
                _ => RefundVerdict::Pending,
            },
        }
    }
}
