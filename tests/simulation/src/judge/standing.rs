//! What must be true of subscriptions: which periods are charged, how much, and that an end is an end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use doku_shared::clock::Timestamp;
use serde_json::Value;

use super::{Evidence, Violation, number, rows, text};
use crate::plan::{PLAN, Turn};

const DAY_SECONDS: i64 = 86_400;
/// Periods fall due at nine in Jakarta.
const DUE_SECONDS: i64 = 2 * 3_600;
/// The clocks that notes of one moment are taken by.
const SAME_MOMENT: i64 = 1_000;
/// How late nothing may be, in the end.
const LATE: i64 = 2 * DAY_SECONDS * 1_000;

/// What was asked of subscriptions, and how far they were, to see what goes back.
#[derive(Default)]
pub struct Standing {
    orders: BTreeMap<usize, Order>,
    /// The words of charges, by key.
    charges: HashMap<String, String>,
    /// Subscription and period of every payment that there ever was, by DOKU's name for it.
    known: BTreeMap<String, (String, String)>,
}

/// What was asked of one subscription, perhaps several times. Times are in milliseconds.
struct Order {
    subscription: String,
    turn: Turn,
    /// When it was asked for first, and last before it was answered.
    begun: i64,
    again: i64,
    /// When it was answered, or else when the last attempt was over.
    ended: i64,
    /// It was answered with success.
    done: bool,
    /// Its key may have expired since: asked again, it is done again.
    expired: bool,
}

/// A subscription with what belongs to it.
struct Club<'a> {
    id: &'a str,
    item: &'a Value,
    /// By day, counted from 1970.
    charges: BTreeMap<i64, &'a Value>,
    /// From and until when it was paused, in milliseconds.
    pauses: Vec<(i64, i64)>,
}

impl Standing {
    /// Somebody asks for it now; for the first time, or again.
    pub fn asked(&mut self, request: usize, subscription: &str, turn: Turn, now: Timestamp) {
        let now = now.millis();
        let order = self.orders.entry(request).or_insert_with(|| Order {
            subscription: subscription.to_owned(),
            turn,
            begun: now,
            again: now,
            ended: i64::MAX,
            done: false,
            expired: false,
        });
        if !order.done || order.expired {
            order.again = now;
        }
    }

    /// The keys of what was answered have expired.
    pub fn expired(&mut self) {
        for order in self.orders.values_mut() {
            order.expired |= order.done;
        }
    }

    /// It was answered now, or is over without an answer.
    pub fn heard(&mut self, request: usize, done: bool, now: Timestamp) {
        if let Some(order) = self.orders.get_mut(&request).filter(|order| !order.done) {
            order.ended = now.millis();
            order.done = done;
        }
    }

    fn of<'a>(&'a self, subscription: &'a str) -> impl Iterator<Item = &'a Order> {
        let all = self.orders.values();
        all.filter(move |order| order.subscription == subscription)
    }

    /// What must be true at any time.
    pub(super) fn look(&mut self, seen: &Evidence<'_>) -> Result<(), Violation> {
        let clubs = clubs(seen);
        for club in clubs.values() {
            club.has_every_period()?;
            for charge in club.charges.values() {
                self.goes_on(charge)?;
                self.is_charge(seen, charge)?;
            }
        }
        let moment = |row: &Value| Some(Timestamp::parse_rfc3339(text(row, "createdAt"))?.millis());
        let orders = rows(seen.ledger, "payments").iter();
        let begun: HashMap<_, _> = orders
            .filter_map(|row| Some((text(row, "partnerReferenceNo"), moment(row)?)))
            .collect();
        for (reference, payment) in &seen.payments {
            let (Some(id), Some(period)) =
                (payment["subscription"].as_str(), payment["period"].as_str())
            else {
                continue;
            };
            let charge = clubs
                .get(id)
                .and_then(|club| club.charges.get(&day(period)?));
            let Some(charge) = charge else {
                let found = format!("{reference} is for {period} of {id}, which has no charge");
                return Err(Violation::new("I9", found));
            };
            let own = charge["payments"].as_array().into_iter().flatten();
            if !own.into_iter().any(|own| *own == payment["id"]) {
                let found = format!("{reference} is not among the payments of its charge");
                return Err(Violation::new("I9", found));
            }
            if payment["amount"] != charge["amount"] {
                let (is, was) = (&payment["amount"], &charge["amount"]);
                let found = format!("{reference} is of {is}, and its charge of {was}");
                return Err(Violation::new("one amount", found));
            }
            let known = (id.to_owned(), period.to_owned());
            self.known.insert((*reference).to_owned(), known);
            if let Some(at) = begun.get(reference) {
                self.may_begin(id, reference, charge, *at)?;
            }
        }
        self.once_a_period(seen)
    }

    /// One debit for a period, also of payments that the table has forgotten.
    fn once_a_period(&self, seen: &Evidence<'_>) -> Result<(), Violation> {
        let mut debited = BTreeSet::new();
        for (reference, (id, period)) in &self.known {
            if seen.debits.contains_key(reference.as_str()) && !debited.insert((id, period)) {
                let found = format!("{id} was debited twice for {period}");
                return Err(Violation::new("I9", found));
            }
        }
        Ok(())
    }

    /// The table was restored to that moment: what was answered since is forgotten.
    pub(super) fn restored(&mut self, at: Timestamp) {
        self.charges.clear();
        for order in self.orders.values_mut() {
            if order.ended > at.millis() {
                order.done = false;
            }
        }
    }

    /// Nothing is begun after an end or a pause was answered, and no new period after the last one.
    fn may_begin(
        &self,
        id: &str,
        reference: &str,
        charge: &Value,
        at: i64,
    ) -> Result<(), Violation> {
        let goes_on_since = |stop: &Order| {
            self.of(id)
                .any(|order| order.turn == Turn::Resume && order.again >= stop.begun)
        };
        let created = charge["createdAt"].as_i64().unwrap_or_default();
        for order in self.of(id).filter(|order| order.done && order.ended < at) {
            let stopped = match order.turn {
                Turn::Cancel => true,
                Turn::Pause => !goes_on_since(order),
                Turn::CancelWithPeriod => created > order.ended && !goes_on_since(order),
                Turn::Resume | Turn::SkipNext | Turn::Amount(_) => false,
            };
            if stopped {
                let late = at - order.ended;
                let found = format!("{reference} was begun {late} ms after {:?}", order.turn);
                return Err(Violation::new("an end is an end", found));
            }
        }
        Ok(())
    }

    /// What is paid or passed over stays so.
    fn goes_on(&mut self, charge: &Value) -> Result<(), Violation> {
        let key = format!("{}/{}", text(charge, "subscription"), text(charge, "date"));
        let status = text(charge, "status");
        let was = self.charges.insert(key.clone(), status.to_owned());
        let stays = was.filter(|was| ["paid", "skipped"].contains(&was.as_str()));
        match stays {
            Some(was) if was != status => Err(Violation::new(
                "I3",
                format!("{key} was {was} and is {status}"),
            )),
            _ => Ok(()),
        }
    }

    /// A charge has an amount that the subscription had then, and what its word says.
    fn is_charge(&self, seen: &Evidence<'_>, charge: &Value) -> Result<(), Violation> {
        let (id, date) = (text(charge, "subscription"), text(charge, "date"));
        let (amount, status) = (number(charge, "amount"), text(charge, "status"));
        let goods = charge["items"].as_array();
        let sum = goods.map_or(amount, |goods| {
            let prices = goods
                .iter()
                .map(|one| number(one, "price") * number(one, "quantity"));
            prices.sum()
        });
        let at = charge["createdAt"].as_i64().unwrap_or_default();
        if sum != amount || !self.could_cost(id, amount, at) {
            let found = format!("{date} of {id} costs {amount} for goods of {sum}");
            return Err(Violation::new("one amount", found));
        }
        let own: Vec<_> = charge["payments"]
            .as_array()
            .into_iter()
            .flatten()
            .collect();
        let debited = seen.payments.iter().any(|(reference, payment)| {
            own.contains(&&payment["id"]) && seen.debits.contains_key(reference)
        });
        let so = match status {
            "skipped" => own.is_empty() && charge["skipped"].is_string(),
            "paid" => debited,
            "failed" | "past_due" | "postponed" => charge["failure"].is_string(),
            _ => true,
        };
        if so {
            return Ok(());
        }
        let found = format!("{date} of {id} is {status}, and should not be: {charge}");
        Err(Violation::new("I9", found))
    }

    /// Whether the subscription may have cost so much at that moment: no other amount was asked for
    /// after this one, and answered before.
    fn could_cost(&self, id: &str, amount: u64, at: i64) -> bool {
        let first = (PLAN, i64::MIN, i64::MIN);
        let later = self.of(id).filter_map(|order| match order.turn {
            Turn::Amount(rupiah) => Some((rupiah, order.begun, order.ended)),
            _ => None,
        });
        let mut all = std::iter::once(first).chain(later);
        all.any(|(rupiah, begun, ended)| {
            let replaced = self.of(id).any(|other| {
                let counts = other.done && matches!(other.turn, Turn::Amount(_));
                counts && other.begun > ended && other.ended < at
            });
            rupiah == amount && begun <= at && !replaced
        })
    }

    /// What must be true when everything had the time to end.
    pub(super) fn last(seen: &Evidence<'_>, now: Timestamp) -> Result<(), Violation> {
        for club in clubs(seen).values() {
            let status = text(club.item, "status");
            let next = club.item["next"].as_i64();
            let due = next.and_then(|next| club.due(next));
            let waits = ["active", "past_due"].contains(&status);
            if waits && due.is_some_and(|due| due + LATE < now.millis()) {
                let found = format!("{} was not charged for what fell due long ago", club.id);
                return Err(Violation::new("I9", found));
            }
            let agreed = club.item["count"].as_u64();
            if status == "completed" && agreed.is_some_and(|agreed| agreed != club.charged()) {
                let found = format!("{} is completed with {} charges", club.id, club.charged());
                return Err(Violation::new("I9", found));
            }
        }
        Ok(())
    }
}

/// Subscriptions by their ids.
fn clubs<'a>(seen: &Evidence<'a>) -> BTreeMap<&'a str, Club<'a>> {
    let mut clubs = BTreeMap::new();
    for item in seen
        .items
        .iter()
        .filter(|item| text(item, "sk") == "SUBSCRIPTION")
    {
        let id = text(item, "id");
        let club = Club {
            id,
            item,
            charges: BTreeMap::new(),
            pauses: Vec::new(),
        };
        clubs.insert(id, club);
    }
    let mut turns: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    for item in seen.items {
        let Some(id) = text(item, "pk").strip_prefix("SUBSCRIPTION#") else {
            continue;
        };
        let Some(club) = clubs.get_mut(id) else {
            continue;
        };
        let sk = text(item, "sk");
        if let Some(day) = sk.strip_prefix("CHARGE#").and_then(day) {
            club.charges.insert(day, item);
        } else if sk.starts_with("EVENT#") {
            turns.insert((id, text(item, "at"), sk), text(item, "type"));
        }
    }
    let mut since: HashMap<&str, i64> = HashMap::new();
    for ((id, at, _), kind) in turns {
        let at = Timestamp::parse_rfc3339(at).map_or(0, Timestamp::millis);
        match kind {
            "subscription.paused" => {
                since.entry(id).or_insert(at);
            }
            "subscription.resumed" => {
                let paused = since.remove(id).zip(clubs.get_mut(id));
                if let Some((from, club)) = paused {
                    club.pauses.push((from, at));
                }
            }
            _ => {}
        }
    }
    clubs
}

impl Club<'_> {
    /// When the period of an index falls due, in milliseconds.
    fn due(&self, index: i64) -> Option<i64> {
        let day = self.day_of(index)?;
        Some((day * DAY_SECONDS + DUE_SECONDS) * 1_000)
    }

    fn day_of(&self, index: i64) -> Option<i64> {
        let start = day(text(&self.item["calendar"], "start"))?;
        Some(start + index * self.item["calendar"]["every"].as_i64()?)
    }

    /// How many charges were begun.
    fn charged(&self) -> u64 {
        let charges = self.charges.values();
        let begun = charges.filter(|charge| text(charge, "status") != "skipped");
        u64::try_from(begun.count()).unwrap_or(u64::MAX)
    }

    /// Every period before the next one was charged, or passed over for a reason, or fell due during a
    /// pause; and there are no others, and no more than agreed.
    fn has_every_period(&self) -> Result<(), Violation> {
        let mut others: BTreeSet<i64> = self.charges.keys().copied().collect();
        let next = self.item["next"].as_i64();
        for index in 0.. {
            let Some(day) = self.day_of(index) else {
                return Err(Violation::new("I9", format!("{} has no periods", self.id)));
            };
            let over = next.map_or(others.is_empty(), |next| index >= next);
            if over {
                break;
            }
            let due = self.due(index).unwrap_or_default();
            let paused = |(from, until): &(i64, i64)| due + SAME_MOMENT >= *from && due <= *until;
            if !others.remove(&day) && !self.pauses.iter().any(paused) {
                let found = format!("period {index} of {} was left out", self.id);
                return Err(Violation::new("I9", found));
            }
        }
        let agreed = self.item["count"].as_u64();
        if !others.is_empty() || agreed.is_some_and(|agreed| self.charged() > agreed) {
            let found = format!(
                "{} charged {} periods of {agreed:?}, and {} that are yet to come",
                self.id,
                self.charged(),
                others.len()
            );
            return Err(Violation::new("I9", found));
        }
        Ok(())
    }
}

/// `2032-01-31` in days since 1970.
fn day(date: &str) -> Option<i64> {
    let noon = Timestamp::parse_rfc3339(&format!("{date}T12:00:00Z"))?;
    Some(noon.seconds() / DAY_SECONDS)
}
