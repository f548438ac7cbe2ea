//! What cannot be held against the table: what it was made to forget. And what must be true all the
//! same: nothing that was asked for once happens twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use doku_shared::clock::Timestamp;
use serde_json::Value;

use super::operators::Operators;
use super::{Evidence, Judge, Violation, rows, text};

/// How the attributes begin that a newer release writes.
pub const NEW_ATTRIBUTE: &str = "ofANewerRelease";

/// What the table was made to forget, and what was asked for.
#[derive(Default)]
pub(super) struct Doubt {
    /// Payments by DOKU's name for them, which the table has forgotten, or some of which it has.
    pub forgotten: BTreeSet<String>,
    /// Those of which operators did not state that the table was restored.
    unstated: BTreeSet<String>,
    /// How many refunds DOKU had made of the others by then.
    stated: BTreeMap<String, usize>,
    /// So many deliveries of notifications may be forgotten.
    pub deliveries: usize,
    /// DOKU's names for payments, by all ids that they ever had.
    names: HashMap<String, String>,
    /// The keys of requests for refunds, by the id of the payment.
    asked: BTreeMap<String, BTreeSet<String>>,
    /// Those of requests for captures.
    captures: BTreeMap<String, BTreeSet<String>>,
    /// What operators settled.
    pub operators: Operators,
    /// Keys of items that a newer release wrote attributes into.
    marks: BTreeSet<(String, String)>,
}

fn place(item: &Value) -> (String, String) {
    (text(item, "pk").to_owned(), text(item, "sk").to_owned())
}

/// A disagreement of a status check with the truth.
fn of_status(disagreement: &Value) -> bool {
    text(disagreement, "operation").contains("status")
}

/// DOKU's name for the payment that a request was about, of which a misuse tells.
fn named<'a>(ledger: &'a Value, detail: &str) -> Option<&'a str> {
    let id = detail.strip_prefix("Request-Id ")?;
    let parts = [
        ("cardPages", "invoiceNumber"),
        ("cardCaptures", "invoiceNumber"),
        ("charges", "partnerReferenceNo"),
    ];
    parts.into_iter().find_map(|(part, name)| {
        let row = rows(ledger, part)
            .iter()
            .find(|row| text(row, "requestId") == id)?;
        row[name].as_str()
    })
}

impl Doubt {
    /// Whether a misuse is that of a merchant who was made to forget: a capture that no table entry names
    /// is made again under another key, and DOKU refuses it.
    ///
    /// And that of a request that is made again, after DOKU was asked about it by its id and did not tell
    /// of it: what the table has forgotten is made anew, and may read otherwise.
    pub fn excuses(&self, broken: &Value, ledger: &Value) -> bool {
        let detail = text(broken, "detail");
        let known = |reference: &String| detail.ends_with(reference.as_str());
        match text(broken, "kind") {
            "captured_again" => self.forgotten.iter().any(known),
            "request_id_of_another_call" => {
                let hidden = rows(ledger, "disagreements").iter().any(of_status);
                hidden && named(ledger, detail).is_some_and(|name| self.forgotten.contains(name))
            }
            _ => false,
        }
    }

    /// Where operators stated that the table was restored, a payment is checked before any more of it
    /// goes back: what DOKU gave back before is known then.
    pub fn must_know(&self, seen: &Evidence<'_>, reference: &str) -> bool {
        let hidden =
            |one: &Value| of_status(one) || rows(one, "names").iter().any(|name| name == reference);
        let visible = !rows(seen.ledger, "disagreements").iter().any(hidden)
            && !seen.acknowledged.contains(reference)
            && !seen.refused.contains(reference);
        let stated = self.stated.get(reference);
        let more = stated.is_some_and(|made| seen.refunds_made(reference) > *made);
        visible && more && !self.unstated.contains(reference)
    }

    /// One request, one refund; and what a newer release wrote is still there.
    pub fn look(&mut self, seen: &Evidence<'_>) -> Result<(), Violation> {
        for (reference, payment) in &seen.payments {
            let id = text(payment, "id").to_owned();
            self.names.insert(id, (*reference).to_owned());
        }
        let mut asked: BTreeMap<&str, BTreeSet<&String>> = BTreeMap::new();
        for (id, keys) in &self.asked {
            if let Some(reference) = self.names.get(id) {
                asked.entry(reference).or_default().extend(keys);
            }
        }
        for reference in seen.debits.keys() {
            let made = seen.refunds_made(reference);
            let wanted = asked.get(reference).map_or(0, BTreeSet::len);
            if made > wanted {
                let found = format!("{reference}: {made} refunds, and {wanted} were asked for");
                return Err(Violation::new("one request, one refund", found));
            }
        }
        self.operators.look(seen)?;
        for item in seen.items {
            if !self.marks.contains(&place(item)) {
                continue;
            }
            let all = (0..3).all(|number| {
                let value = &item[format!("{NEW_ATTRIBUTE}{number}")];
                !value.is_null()
            });
            if !all {
                let (pk, sk) = place(item);
                let found = format!("{pk}/{sk} lost what a newer release wrote");
                return Err(Violation::new("old beside new", found));
            }
        }
        Ok(())
    }
}

impl Judge {
    /// The merchant asks for a refund.
    pub fn refund_asked(&mut self, payment: &str, key: &str) {
        let keys = self.doubt.asked.entry(payment.to_owned()).or_default();
        keys.insert(key.to_owned());
    }

    /// The merchant asks for a capture.
    pub fn capture_asked(&mut self, payment: &str, key: &str) {
        let keys = self.doubt.captures.entry(payment.to_owned()).or_default();
        keys.insert(key.to_owned());
    }

    /// One request for a capture, one Request-Id, however often it is sent, and though the table has
    /// forgotten it.
    pub fn captures_have_one_id(&self, calls: &Value, ledger: &Value) -> Result<(), Violation> {
        let mut sent: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for call in calls.as_array().into_iter().flatten() {
            let hold = text(call, "reference");
            let own = |row: &&Value| text(row, "authorizeId") == hold && !hold.is_empty();
            let charge = rows(ledger, "cardCharges").iter().find(own);
            if let (Some(charge), "capture") = (charge, text(call, "operation")) {
                let ids = sent.entry(text(charge, "invoiceNumber")).or_default();
                ids.insert(text(call, "requestId"));
            }
        }
        for (reference, ids) in sent {
            let own = |id: &String| {
                self.doubt
                    .names
                    .get(id)
                    .is_some_and(|name| name == reference)
            };
            let asked = self.doubt.captures.iter().filter(|(id, _)| own(id));
            let asked: usize = asked.map(|(_, keys)| keys.len()).sum();
            if ids.len() > asked {
                let found = format!("{reference}: {asked} captures asked for, sent as {ids:?}");
                return Err(Violation::new("one try, one Request-Id", found));
            }
        }
        Ok(())
    }

    /// A newer release wrote attributes into that item.
    pub fn marked(&mut self, item: &Value) {
        self.doubt.marks.insert(place(item));
    }

    /// The table was restored to what it was at that moment.
    pub fn restored(
        &mut self,
        before: &[Value],
        after: &[Value],
        deliveries: &Value,
        at: Timestamp,
    ) -> BTreeSet<String> {
        self.doubt.deliveries = deliveries.as_array().map_or(0, Vec::len);
        let now: HashMap<_, _> = after.iter().map(|item| (place(item), item)).collect();
        let mut forgotten = BTreeSet::new();
        for item in before {
            if now.get(&place(item)) == Some(&item) {
                continue;
            }
            let (pk, _) = place(item);
            let id = pk.strip_prefix("PAYMENT#").unwrap_or_default();
            let name = match text(item, "sk") {
                "PAYMENT" => Some(text(item, "reference").to_owned()),
                _ => self.doubt.names.get(id).cloned(),
            };
            forgotten.extend(name);
        }
        self.doubt.forgotten.extend(forgotten.iter().cloned());
        let marked = format!("{NEW_ATTRIBUTE}0");
        self.doubt
            .marks
            .retain(|mark| now.get(mark).is_some_and(|item| !item[&marked].is_null()));
        let ids: BTreeSet<&str> = after
            .iter()
            .filter_map(|item| item["id"].as_str())
            .collect();
        self.promised.retain(|id| ids.contains(id.as_str()));
        self.payments.clear();
        self.others.clear();
        self.standing.restored(at);
        self.operators_are_forgotten(before, after);
        forgotten
    }

    /// Operators stated that the table was restored, or did not.
    pub fn stated(&mut self, forgotten: &BTreeSet<String>, stated: bool, ledger: &Value) {
        let seen = Evidence::new(&[], ledger);
        for reference in forgotten {
            if stated {
                let made = seen.refunds_made(reference);
                self.doubt.stated.insert(reference.clone(), made);
            } else {
                self.doubt.unstated.insert(reference.clone());
            }
        }
    }

    /// That was deleted, because it had expired: what is over, and no claim of what is still open.
    pub fn expired(&mut self, deleted: &[Value], deliveries: &Value) -> Result<(), Violation> {
        self.doubt.deliveries = deliveries.as_array().map_or(0, Vec::len);
        self.standing.expired();
        for item in deleted {
            if let Some(id) = item["id"].as_str() {
                self.promised.remove(id);
            }
        }
        let is_open = |item: &&Value| text(item, "sk") == "CLAIM" && item["answerStatus"].is_null();
        match deleted.iter().find(is_open) {
            None => Ok(()),
            Some(claim) => {
                let found = format!("{claim} expired without an answer");
                Err(Violation::new("a claim outlives its work", found))
            }
        }
    }
}
