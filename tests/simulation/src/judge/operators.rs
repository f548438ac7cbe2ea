//! What operators settled: as paid, it changes only by another settlement; wrongly as failed, DOKU's
//! word still counts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::books::{Stated, taken_of};
use super::{Evidence, Judge, Violation, number, text, took_money};

/// Settlements that the table has.
#[derive(Default)]
pub(super) struct Operators {
    /// The last one of each, by what it is about.
    stated: BTreeMap<String, Stated>,
    /// Payments that were settled as failed, by DOKU's name, though DOKU may say otherwise.
    failed: BTreeSet<String>,
    /// Payments some of whose refunds were settled wrongly, by DOKU's name.
    refunds: BTreeSet<String>,
}

impl Operators {
    /// DOKU may know otherwise of the payment.
    pub fn say_failed(&self, reference: &str) -> bool {
        self.failed.contains(reference)
    }

    /// More may go back than is left: a refund that was said to have failed is counted by DOKU's word.
    pub fn misjudged_a_refund_of(&self, reference: &str) -> bool {
        self.refunds.contains(reference)
    }

    pub fn settled(&self, id: &str) -> bool {
        self.stated.contains_key(id)
    }

    /// What moved, by an operator's word, stands.
    pub fn look(&self, seen: &Evidence<'_>) -> Result<(), Violation> {
        for item in seen.items {
            let kind = text(item, "sk");
            let Some(stated) = self.stated.get(text(item, "id")) else {
                continue;
            };
            if kind != "PAYMENT" && !kind.starts_with("REFUND#") {
                continue;
            }
            let status = text(item, "status");
            let so = match stated.outcome {
                "paid" => took_money(status) && Some(taken_of(item)) == stated.amount,
                "captured" => took_money(status) && item["captured"].as_u64() == stated.amount,
                "succeeded" => {
                    status == "succeeded" && Some(number(item, "amount")) == stated.amount
                }
                _ => true,
            };
            if !so {
                let found = format!("{} was settled: {}, and is {item}", stated.id, stated.words);
                return Err(Violation::new("operators and DOKU", found));
            }
        }
        Ok(())
    }
}

impl Judge {
    /// An operator settled that.
    pub fn was_settled(&mut self, stated: &Stated) {
        let operators = &mut self.doubt.operators;
        let reference = stated.reference.clone();
        if stated.id.starts_with("rfn_") {
            if stated.wrong {
                operators.refunds.insert(reference);
            }
        } else if stated.is_payment_of(false) {
            operators.failed.insert(reference);
        } else if stated.is_payment_of(true) {
            operators.failed.remove(&reference);
        }
        operators.stated.insert(stated.id.clone(), stated.clone());
        // It may have gone back.
        self.payments.remove(&stated.reference);
        self.others.remove(&stated.id);
    }

    /// What was settled, and may be settled again.
    pub fn settled(&self) -> Vec<Value> {
        let all = self.doubt.operators.stated.values();
        let again = all.filter(|stated| !stated.of_capture && !stated.reference.is_empty());
        let named = again.map(|stated| match stated.words["paymentId"].as_str() {
            Some(payment) => json!({"id": stated.id, "paymentId": payment}),
            None => json!({ "id": stated.id }),
        });
        named.collect()
    }

    /// The payments that were settled as failed.
    pub fn misjudged(&self) -> Vec<String> {
        self.doubt.operators.failed.iter().cloned().collect()
    }

    /// DOKU has told how it is.
    pub fn forgive_no_more(&mut self) {
        self.doubt.operators.failed.clear();
    }

    /// The table has forgotten what operators stated, but for the settlements that it still has.
    pub(super) fn operators_are_forgotten(&mut self, before: &[Value], after: &[Value]) {
        let kept = after.iter().filter(|item| {
            let settled = &item["settlement"];
            let was = before.iter().find(|was| was["id"] == item["id"]);
            !settled.is_null() && was.is_some_and(|was| was["settlement"] == *settled)
        });
        let kept: Vec<&Value> = kept.collect();
        let names = |member: &str, name: &str| kept.iter().any(|item| text(item, member) == name);
        let operators = &mut self.doubt.operators;
        operators.stated.retain(|id, _| names("id", id));
        operators.failed.retain(|name| names("reference", name));
    }
}
