//! An operator, who settles what was escalated: as DOKU's books have it, or wrongly as failed.

use std::time::Duration;

use doku_shared::app::Settled;
use doku_shared::http::commands;
use serde_json::{Value, json};

use super::World;
use super::ending::CALM;
use crate::cloud::Weather;
use crate::judge::{Stated, Violation, books};

/// A little longer than a day: what is a day old is due by then.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60 + 61);
/// Days until what is not known is escalated.
const DAYS: u32 = 9;
const RULE: &str = "operators can settle";

impl World {
    /// DOKU tells nothing for so long that operators are told; one of them settles something.
    pub(super) async fn operator(&mut self, nth: usize, wrongly: bool) -> Result<(), Violation> {
        if !books::is_anything_open(&self.cloud.items()) {
            return Ok(());
        }
        self.cloud.weather(Weather::Fair, None);
        let silent = A_DAY.as_millis() * u128::from(DAYS);
        for operation in ["status", "order_status"] {
            let fault = json!({
                "operation": operation, "kind": "bad_gateway", "times": 1, "forMs": silent,
            });
            self.order("faults", &fault).await;
        }
        self.days_pass(DAYS).await?;
        let mut all = self.escalated().await?;
        all.extend(self.judge.settled());
        if all.is_empty() {
            return Ok(());
        }
        let chosen = all.swap_remove(nth % all.len());
        let Some(stated) = self.settle_as_seen(&chosen, wrongly).await? else {
            return Ok(());
        };
        self.contradict(&stated).await;
        Ok(())
    }

    async fn days_pass(&mut self, days: u32) -> Result<(), Violation> {
        for _ in 0..days {
            self.pass(A_DAY).await;
            Box::pin(self.tick(1, None, CALM)).await?;
            self.reconcile(None, CALM).await?;
        }
        Ok(())
    }

    /// What is escalated, in the words of a settlement.
    async fn escalated(&mut self) -> Result<Vec<Value>, Violation> {
        let list = match self.functions[0].list_attention(None).await {
            Ok(list) => list,
            Err(error) => return self.may_be_said(&error).map(|()| Vec::new()),
        };
        let items = self.cloud.items();
        let listed = list["items"].as_array().cloned().unwrap_or_default();
        // Of a charge an event tells, and no list.
        let charges = books::escalated_charges(&items);
        let charges = charges.into_iter().map(|id| json!({ "id": id }));
        let named = listed.into_iter().filter_map(|one| {
            if one["refundId"].is_string() {
                return Some(json!({"id": one["refundId"], "paymentId": one["paymentId"]}));
            }
            let id = ["paymentId", "bindingId"].map(|name| &one[name]);
            let id = id.into_iter().find(|id| id.is_string())?;
            Some(json!({ "id": id }))
        });
        Ok(named.chain(charges).collect())
    }

    /// Settles one of what is escalated, or was settled; `None` where that was not done.
    async fn settle_as_seen(
        &mut self,
        what: &Value,
        wrongly: bool,
    ) -> Result<Option<Stated>, Violation> {
        let (items, ledger) = (self.cloud.items(), self.doku.ledger());
        let Some(stated) = books::statement(&items, &ledger, what, wrongly) else {
            return Ok(None);
        };
        let command = match commands::settlement(&stated.words) {
            Ok(command) => command,
            Err(errors) => {
                let found = format!("{} is refused: {errors:?}", stated.words);
                return Err(Violation::new(RULE, found));
            }
        };
        let answered = match self.functions[0].settle(&command).await {
            Ok(answered) => answered,
            Err(error) => return self.may_be_said(&error).map(|()| None),
        };
        self.told.push(format!("{}: {answered:?}", stated.words));
        match answered {
            Settled::Done { .. } | Settled::Unchanged => {}
            // Refunds and captures of a payment come first.
            Settled::Refused { .. } if stated.waits_for_others => return Ok(None),
            // DOKU was faster, and said how it ended.
            Settled::Refused { .. } if !self.is_escalated(what).await? => return Ok(None),
            Settled::Refused { .. } | Settled::Unknown => {
                let found = format!("{} is answered {answered:?}", stated.words);
                return Err(Violation::new(RULE, found));
            }
        }
        self.judge.was_settled(&stated);
        self.tally.settlements += 1;
        if !stated.of_capture && self.is_escalated(what).await? {
            let found = format!("{} is settled, and still escalated", what["id"]);
            return Err(Violation::new(RULE, found));
        }
        Ok(Some(stated))
    }

    async fn is_escalated(&mut self, what: &Value) -> Result<bool, Violation> {
        let left = self.escalated().await?;
        Ok(left.iter().any(|other| other["id"] == what["id"]))
    }

    /// DOKU tells otherwise: of what was settled as paid, that it failed; of what was settled as failed,
    /// that the customer paid, after all.
    async fn contradict(&mut self, stated: &Stated) {
        let reference = stated.reference.clone();
        if stated.is_payment_of(true) {
            let card = json!({"transaction": {"status": "FAILED"}});
            let debit = json!({"latestTransactionStatus": "06"});
            self.tell_of(&reference, card, debit, true).await;
        } else if stated.is_payment_of(false) {
            self.approve(&reference, true).await;
            self.settle().await;
            self.tell_the_truth(&reference).await;
        }
    }

    /// DOKU tells of a payment as it is.
    async fn tell_the_truth(&self, reference: &str) {
        // Of what went back, how much.
        let back = books::refunded_of(&self.doku.ledger(), reference);
        let debit = match back {
            0 => json!({}),
            back => json!({"amount": format!("{back}.00")}),
        };
        self.tell_of(reference, json!({}), debit, true).await;
    }

    /// What is open after all that DOKU could tell is escalated again, and settled: nothing is open then.
    pub(super) async fn operators_settle(&mut self) -> Result<(), Violation> {
        for reference in self.judge.misjudged() {
            self.tell_the_truth(&reference).await;
        }
        self.settle().await;
        for reference in self.judge.misjudged() {
            books::dokus_word_counts(&self.cloud.items(), &self.doku.ledger(), &reference)?;
        }
        self.judge.forgive_no_more();
        // What was settled as failed may be tried again; and a hold whose capture failed lapses, or is
        // escalated once more.
        for _ in 0..6 {
            if !books::is_anything_open(&self.cloud.items()) {
                return Ok(());
            }
            self.days_pass(DAYS).await?;
            // Refunds and captures come before their payments.
            for _ in 0..3 {
                for what in self.escalated().await? {
                    self.settle_as_seen(&what, false).await?;
                }
            }
            // A charge is settled with its payment, when it is looked at next.
            self.days_pass(2).await?;
        }
        match books::open(&self.cloud.items()).first() {
            None => Ok(()),
            Some(open) => {
                let found = format!("{open} is open, and nobody can settle it");
                Err(Violation::new(RULE, found))
            }
        }
    }
}
