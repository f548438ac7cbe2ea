//! An operator's settlement as it lies in the table, within what was settled.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::money::Rupiah;
use crate::domain::settlement::{SettledAs, Settlement};
use crate::store::words::Words;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SettlementItem {
    outcome: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    of_capture: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<u64>,
    by: String,
    reason: String,
    at: i64,
}

impl SettlementItem {
    pub fn new(settlement: &Settlement) -> Self {
        Self {
            outcome: settlement.outcome.as_str().to_owned(),
            of_capture: settlement.of_capture,
            reference_no: settlement.reference_no.clone(),
            amount: settlement.amount.map(Rupiah::whole),
            by: settlement.by.clone(),
            reason: settlement.reason.clone(),
            at: settlement.at.millis(),
        }
    }

    pub fn read(self, words: &mut Words) -> Settlement {
        Settlement {
            outcome: words.read(
                "settlement.outcome",
                &self.outcome,
                SettledAs::parse(&self.outcome),
                SettledAs::Failed,
            ),
            of_capture: self.of_capture,
            reference_no: self.reference_no,
            amount: self.amount.map(Rupiah::new),
            by: self.by,
            reason: self.reason,
            at: Timestamp::from_millis(self.at),
        }
    }
}
