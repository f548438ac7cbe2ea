//! The refunds of a payment as SNAP lists them, in answers to status checks and in notifications
//! (`refundHistory`).
//!
//! Source: DOKU developers, "Check status API, SNAP" (read 2026-11-20).

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::super::lenient;
use super::{Stated, amount};
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

#[derive(Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Entry {
    #[serde(deserialize_with = "lenient::optional_text")]
    refund_no: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    partner_refund_no: Option<String>,
    // How some of DOKU's SDKs spell it; others may mean the payment by it.
    #[serde(deserialize_with = "lenient::optional_text")]
    partner_reference_no: Option<String>,
    #[serde(deserialize_with = "amount")]
    refund_amount: Option<Stated>,
    #[serde(deserialize_with = "lenient::two_digits")]
    refund_status: Option<String>,
    /// Not DOKU's: marks an entry that could not be read, in a body that was kept.
    is_unreadable: bool,
}

impl Entry {
    fn unreadable() -> Self {
        Self {
            is_unreadable: true,
            ..Self::default()
        }
    }

    fn read(value: Value) -> Self {
        serde_json::from_value(value).unwrap_or_else(|_| Self::unreadable())
    }
}

/// The entries of a list. What is null or says nothing counts as absent. Anything else that is no entry is one
/// of which nothing is known: the list must not pass for one without it.
pub(super) fn optional<'de, D>(deserializer: D) -> Result<Option<Vec<Entry>>, D::Error>
where
    D: Deserializer<'de>,
{
    let value = Option::<Value>::deserialize(deserializer)?;
    Ok(value.and_then(|value| match value {
        Value::Array(entries) => {
            let entries = entries.into_iter().filter(lenient::says_something);
            Some(entries.map(Entry::read).collect())
        }
        other => lenient::says_something(&other).then(|| vec![Entry::unreadable()]),
    }))
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
