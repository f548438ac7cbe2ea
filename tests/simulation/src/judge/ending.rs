//! What must be true in the end, when all has gone well for long enough.

use std::collections::HashMap;

use doku_shared::clock::Timestamp;
use serde_json::Value;

use super::gateway::success_was_heard;
use super::{
    Evidence, Judge, Standing, Tally, Violation, is_told, number, proves_nothing, rank, rows, text,
    took_money,
};

impl Judge {
    /// Everything has ended, or a person was told of it.
    pub fn everything_is_known(
        items: &[Value],
        ledger: &Value,
        now: Timestamp,
    ) -> Result<(), Violation> {
        let seen = Evidence::new(items, ledger);
        Standing::last(&seen, now)?;
        for (reference, payment) in &seen.payments {
            let status = text(payment, "status");
            if is_open(status) && !seen.is_told(payment) {
                return Err(still(reference, status));
            }
        }
        for refund in &seen.refunds {
            let status = text(refund, "status");
            if is_moving(status) && !is_told(refund) {
                return Err(still(text(refund, "id"), status));
            }
        }
        for item in items {
            let (kind, status) = (text(item, "sk"), text(item, "status"));
            let open = is_half_done(kind, status);
            if open && !is_told(item) && item["toldAt"].is_null() {
                return Err(still(&format!("{}/{kind}", text(item, "pk")), status));
            }
        }
        Ok(())
    }

    /// A try of a charge, or a page, has one Request-Id, however often it is asked for, and though the
    /// table has forgotten it: DOKU knows it again by that.
    pub fn tries_have_one_id(calls: &Value) -> Result<(), Violation> {
        let mut known = HashMap::new();
        for call in calls.as_array().into_iter().flatten() {
            let (operation, id) = (text(call, "operation"), text(call, "requestId"));
            let reference = text(call, "reference");
            let derived = ["bri_recurring", "payment_page"].contains(&operation);
            if !derived || reference.is_empty() {
                continue;
            }
            let first = *known.entry((operation, reference)).or_insert(id);
            if first != id {
                let found = format!("{operation} of {reference} came as {first} and as {id}");
                return Err(Violation::new("one try, one Request-Id", found));
            }
        }
        Ok(())
    }

    /// And whoever was told has had it looked at again: nothing is open but what DOKU itself does not
    /// know, and both say the same of money.
    pub fn last(
        &self,
        items: &[Value],
        ledger: &Value,
        deliveries: &Value,
    ) -> Result<Tally, Violation> {
        let seen = Evidence::new(items, ledger);
        for (reference, payment) in &seen.payments {
            let status = text(payment, "status");
            let waits = seen.waits_for_a_capture(reference, payment);
            if is_open(status) && !seen.nobody_knows(reference, payment) && !waits {
                return Err(still(reference, status));
            }
            let own = |refund: &&&Value| text(refund, "payment") == text(payment, "id");
            let mut own = seen.refunds.iter().filter(own);
            let waits = own.any(|refund| is_moving(text(refund, "status")));
            if waits && !proves_nothing(payment) && !seen.waits_for_nothing(payment) {
                return Err(still(&format!("a refund of {reference}"), "open"));
            }
            if number(payment, "reserved") > 0 && !waits {
                let found = format!("{reference} reserves for nobody");
                return Err(Violation::new("I5", found));
            }
            let books = seen.given_back(reference);
            // An operator states the sum of what went back, and no refund.
            let noted = match text(&payment["settlement"], "outcome") {
                "refunded" => number(payment, "refunded"),
                _ => seen.noted_back(text(payment, "id")),
            };
            let forgotten = self.doubt.deliveries;
            let unheard = seen.unheard(reference, deliveries, forgotten);
            // DOKU lists it without the merchant's name, beside a refund of which nothing is known.
            let is_unclear =
                !payment["refundsUnclearSince"].is_null() && seen.was_escalated(payment);
            // Captured and voided without the merchant's having heard of either: as a hold that was given up.
            let was_voided = status == "voided"
                && seen
                    .debits
                    .get(reference)
                    .is_some_and(|debits| debits.iter().all(|it| it.held && it.voided));
            let excused = seen.acknowledged.contains(reference)
                || noted < books && was_voided
                || self.doubt.operators.misjudged_a_refund_of(reference)
                || noted < books && (noted + unheard >= books || is_unclear)
                || noted < books
                    && self.doubt.forgotten.contains(*reference)
                    && !self.doubt.must_know(&seen, reference);
            if books != noted && !excused {
                let found = format!("{reference}: DOKU gave {books} back, the table says {noted}");
                return Err(Violation::new("the books", found));
            }
        }
        for (reference, debits) in &seen.debits {
            let payment = seen.payments.get(reference);
            if payment.is_none() && self.doubt.forgotten.contains(*reference) {
                continue;
            }
            let status = payment.map_or("absent", |payment| text(payment, "status"));
            let taken = debits.iter().any(|it| it.taken > 0 && !it.voided);
            // DOKU refused what it did, and the table was made to forget the notification that put it right.
            // Or the merchant took none, for the keys differed.
            let heard = || success_was_heard(reference, deliveries, self.doubt.deliveries);
            let is_forgotten = seen.refused.contains(reference)
                && (self.doubt.forgotten.contains(*reference) || !heard())
                && status == "failed";
            if taken && !took_money(status) && !is_forgotten {
                let found = format!("{reference} was debited and is {status}");
                return Err(Violation::new("the books", found));
            }
        }
        for item in items {
            let (kind, status) = (text(item, "sk"), text(item, "status"));
            // A charge is as open as its payment.
            if is_half_done(kind, status) && item["toldAt"].is_null() {
                return Err(still(&format!("{}/{kind}", text(item, "pk")), status));
            }
        }
        Ok(Tally::of(&seen, deliveries))
    }
}

impl Evidence<'_> {
    /// DOKU itself does not know how a payment ends: its customer never decided, or it never came there
    /// and DOKU does not say so.
    fn nobody_knows(&self, reference: &str, payment: &Value) -> bool {
        let row = |part: &str, name: &str| {
            let mut all = rows(self.ledger, part).iter();
            all.find(|row| text(row, name) == reference)
        };
        let order = row("payments", "partnerReferenceNo");
        match order.or_else(|| row("cardPages", "invoiceNumber")) {
            Some(row) => ["initiated", "open"].contains(&text(row, "status")),
            // That it is absent may never be proven; then a person was told.
            None => proves_nothing(payment) || self.was_escalated(payment),
        }
    }

    /// An operator was told of a payment, or of something that belongs to it, at some time: what is
    /// checked again afterwards says so no longer.
    fn was_escalated(&self, payment: &Value) -> bool {
        let own = |item: &&Value| {
            text(item, "pk").strip_prefix("PAYMENT#") == payment["id"].as_str()
                && text(item, "type").ends_with(".needs_attention")
        };
        self.items.iter().any(|item| own(&item)) || self.is_told(payment)
    }

    /// A capture of which nothing proves that DOKU does not have it, and DOKU does not: a person was told.
    fn waits_for_a_capture(&self, reference: &str, payment: &Value) -> bool {
        let captured =
            |row: &Value| text(row, "invoiceNumber") == reference && row["status"] == "SUCCESS";
        text(payment, "status") == "authorized"
            && ["unknown", "pending"].contains(&text(&payment["capture"], "status"))
            && !rows(self.ledger, "cardCaptures").iter().any(captured)
            && self.was_escalated(payment)
    }

    /// DOKU has none of the refunds that a payment waits for, and a person was told of each.
    fn waits_for_nothing(&self, payment: &Value) -> bool {
        let own = |refund: &&&Value| text(refund, "payment") == text(payment, "id");
        let mut open = self.refunds.iter().filter(own);
        open.all(|refund| {
            let id = text(refund, "reference");
            let at_doku = |part: &str, name: &str| {
                rows(self.ledger, part)
                    .iter()
                    .any(|row| text(row, name) == id)
            };
            let absent =
                !at_doku("refunds", "partnerRefundNo") && !at_doku("cardRefunds", "requestId");
            !is_moving(text(refund, "status")) || absent && self.was_escalated(payment)
        })
    }
}

fn still(what: &str, status: &str) -> Violation {
    Violation::new("I10", format!("{what} is still {status}"))
}

pub(super) fn is_open(payment: &str) -> bool {
    rank(payment) <= rank("processing") || payment == "authorized"
}

pub(super) fn is_moving(refund: &str) -> bool {
    ["pending", "unknown"].contains(&refund)
}

/// A binding or a charge that somebody has to look after.
pub(super) fn is_half_done(kind: &str, status: &str) -> bool {
    kind == "BINDING" && ["pending", "unbinding"].contains(&status)
        || kind.starts_with("CHARGE#") && status == "charging"
}
