//! A table that is restored, claims that expire, shards that change, and other releases beside this one.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use dynoxide::{AttributeValue, Item};
use serde_json::{Value, json};

use super::{LATE, World};
use crate::call::{Request, Wish};
use crate::cloud::plain_item;
use crate::judge::{NEW_ATTRIBUTE, Violation};
use crate::plan::{FUNCTIONS, Spelling};
use crate::reaper::Caller;

/// Longer than a claim is kept.
const MONTH: Duration = Duration::from_hours(32 * 24);
/// A word that no release knows.
const NEW_WORD: &str = "a_word_of_a_newer_release";
/// Attributes that the release before this one did not know.
const NOT_KNOWN_BEFORE: [&str; 5] = [
    "account",
    "adopted",
    "checkedAt",
    "refundsUnclearSince",
    "takenAt",
];

impl World {
    /// Starts all functions anew, as a change of their parameters does.
    fn renew(&mut self) {
        for number in 0..FUNCTIONS {
            self.functions[number] = Arc::new(self.foundry.app(Caller::Function(number)));
        }
        self.webhook.renew();
    }

    /// Puts the table back to what it was after the step so many before the last one.
    pub(super) async fn restore(&mut self, steps: usize, stated: bool) {
        self.settle().await;
        let Some(place) = self.history.len().checked_sub(1 + steps) else {
            return;
        };
        let (at, items) = self.history[place].clone();
        let before = self.cloud.items();
        self.cloud.restore(&items);
        if stated {
            // The moment at which the restored table goes into service, in whole seconds.
            let now = self.foundry.clock.now().plus(Duration::from_secs(1));
            let parameters = self.foundry.parameters.lock();
            let mut parameters = parameters.unwrap_or_else(PoisonError::into_inner);
            parameters.restored_at = Some(now.rfc3339());
        }
        self.renew();
        let deliveries = self.doku.deliveries();
        let after = self.cloud.items();
        let forgotten = self.judge.restored(&before, &after, &deliveries, at);
        self.judge.stated(&forgotten, stated, &self.doku.ledger());
        self.forget_answers();
        self.history.truncate(place + 1);
        self.tally.restores += 1;
    }

    /// A repeat may be answered otherwise than before, when the claim of the first one is gone.
    fn forget_answers(&mut self) {
        for made in self.made.values_mut() {
            made.answer = None;
        }
    }

    /// Time passes until claims expire, and the table deletes what has expired.
    pub(super) async fn month(&mut self) -> Result<(), Violation> {
        self.pass(MONTH).await;
        let deleted = self.cloud.delete_expired(self.foundry.clock.now());
        let claim = |item: &&Value| item["sk"] == "CLAIM";
        let claims = deleted.iter().filter(claim).count();
        self.tally.expired_claims += u64::try_from(claims).unwrap_or_default();
        let deliveries = self.doku.deliveries();
        self.judge.expired(&deleted, &deliveries)?;
        self.forget_answers();
        Ok(())
    }

    pub(super) fn shards(&mut self, count: u8) {
        {
            let parameters = self.foundry.parameters.lock();
            let mut parameters = parameters.unwrap_or_else(PoisonError::into_inner);
            if parameters.shards == count {
                return;
            }
            parameters.shards = count;
        }
        self.renew();
        self.tally.shard_changes += 1;
    }

    /// An item that a newer release may have written, of any kind with a status.
    fn choose(&self, nth: usize, kinds: &[&str]) -> Option<(Item, Value)> {
        let raw = self.cloud.raw_items();
        let mut fit: Vec<_> = raw
            .into_iter()
            .map(|item| {
                let plain = plain_item(&item);
                (item, plain)
            })
            .filter(|(_, plain)| {
                let sk = plain["sk"].as_str().unwrap_or_default();
                kinds.iter().any(|kind| sk.starts_with(kind)) && plain["status"].is_string()
            })
            .collect();
        if fit.is_empty() {
            return None;
        }
        // Keys are random; in the order of their creation it is the same in every run.
        fit.sort_by_key(|(_, plain)| plain["createdAt"].as_i64());
        let place = nth % fit.len();
        Some(fit.swap_remove(place))
    }

    pub(super) fn new_attribute(&mut self, nth: usize) {
        let kinds = ["PAYMENT", "REFUND#", "SUBSCRIPTION", "CHARGE#", "BINDING"];
        let Some((mut item, plain)) = self.choose(nth, &kinds) else {
            return;
        };
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let digits = "12345678901234567890123456789012345678";
        let all = [
            text("kept"),
            AttributeValue::N(digits.to_owned()),
            AttributeValue::SS(vec!["a".to_owned(), "b".to_owned()]),
        ];
        for (number, value) in all.into_iter().enumerate() {
            item.insert(format!("{NEW_ATTRIBUTE}{number}"), value);
        }
        self.cloud.put(item);
        self.judge.marked(&plain);
        self.tally.newer_writes += 1;
    }

    /// The release before this one replaced whole items, and dropped what it did not know. What an operator
    /// settled, and what a newer release marked, is left alone: an older one loses that, whatever this one
    /// does.
    pub(super) fn old_writer(&mut self, nth: usize) {
        let Some((mut item, plain)) = self.choose(nth, &["PAYMENT", "REFUND#", "BINDING"]) else {
            return;
        };
        let is_marked = item.keys().any(|name| name.starts_with(NEW_ATTRIBUTE));
        if is_marked || item.contains_key("settlement") {
            return;
        }
        for name in NOT_KNOWN_BEFORE {
            item.remove(name);
        }
        let version = plain["version"].as_u64().unwrap_or_default() + 1;
        item.insert("version".to_owned(), AttributeValue::N(version.to_string()));
        self.cloud.put(item);
        self.tally.older_writes += 1;
    }

    /// Money that is asked to move while the status of what it is about is not understood does not
    /// move, and the word survives.
    pub(super) async fn new_word(&mut self, number: usize, nth: usize) -> Result<(), Violation> {
        // What was sent before must not arrive afterwards.
        self.pass(LATE + Duration::from_secs(1)).await;
        let Some((mut item, plain)) = self.choose(nth, &["PAYMENT", "SUBSCRIPTION"]) else {
            return Ok(());
        };
        let Some(word) = item.insert("status".to_owned(), AttributeValue::S(NEW_WORD.into()))
        else {
            return Ok(());
        };
        self.cloud.put(item);
        self.tally.newer_writes += 1;
        let id = plain["id"].as_str().unwrap_or_default().to_owned();
        let before = self.moved(&plain);
        let request = |wish, name: &str| Request {
            wish,
            key: format!("word-{name}-{number}"),
            stranger: false,
            spelling: Spelling::Bare,
        };
        let mut requests = Vec::new();
        if plain["sk"] == "PAYMENT" {
            let part = json!({"amount": {"value": "1000.00", "currency": "IDR"}});
            requests.push(request(Wish::Refund(id.clone(), part), "refund"));
            requests.push(request(Wish::Capture(id.clone(), json!({})), "capture"));
        }
        for request in requests {
            if let Wish::Refund(id, _) = &request.wish {
                self.judge.refund_asked(id, &request.key);
            }
            if let Wish::Capture(id, _) = &request.wish {
                self.judge.capture_asked(id, &request.key);
            }
            let answered = request.send(&self.functions[0]).await;
            if let Err(error) = answered {
                self.may_be_said(&error)?;
            }
        }
        if plain["sk"] == "SUBSCRIPTION" {
            self.pass(Duration::from_hours(24)).await;
            let how = super::ending::CALM;
            Box::pin(self.tick(1, None, how)).await?;
        }
        let moved = self.moved(&plain) != before;
        let (pk, sk) = (&plain["pk"], &plain["sk"]);
        let raw = self.cloud.raw_items();
        let same = |item: &&Item| {
            let plain = plain_item(item);
            plain["pk"] == *pk && plain["sk"] == *sk
        };
        let Some(mut item) = raw.iter().find(same).cloned() else {
            return Err(Violation::new("I2", format!("{id} is gone")));
        };
        let kept = plain_item(&item)["status"] == NEW_WORD;
        item.insert("status".to_owned(), word);
        self.cloud.put(item);
        if moved || !kept {
            let what = if moved { "moved money" } else { "lost it" };
            let found = format!("{id} had a status of a newer release, and {what}");
            return Err(Violation::new("old beside new", found));
        }
        Ok(())
    }

    /// What DOKU did for a payment or a subscription.
    fn moved(&self, plain: &Value) -> usize {
        let ledger = self.doku.ledger();
        let id = plain["id"].as_str().unwrap_or_default();
        let own: Vec<String> = if plain["sk"] == "PAYMENT" {
            let reference = plain["reference"].as_str().unwrap_or_default();
            vec![reference.to_owned()]
        } else {
            let items = self.cloud.items();
            let own = items
                .iter()
                .filter(|item| item["sk"] == "PAYMENT" && item["subscription"] == id);
            own.filter_map(|item| Some(item["reference"].as_str()?.to_owned()))
                .collect()
        };
        let parts = [
            ("refunds", "originalPartnerReferenceNo"),
            ("cardRefunds", "invoiceNumber"),
            ("cardCaptures", "invoiceNumber"),
            ("charges", "partnerReferenceNo"),
        ];
        let count = |(part, name): (&str, &str)| {
            let rows = ledger[part].as_array().cloned().unwrap_or_default();
            let own = |row: &&Value| own.iter().any(|own| row[name] == own.as_str());
            rows.iter().filter(own).count()
        };
        parts.into_iter().map(count).sum()
    }
}
