//! What DOKU's staff do in its Back Office, and whether the table could know of it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::evidence::Evidence;
use super::{rows, rupiah, text};

impl<'a> Evidence<'a> {
    /// The refunds that DOKU's staff made of a payment.
    fn staff_refunds(&self, reference: &'a str) -> impl Iterator<Item = &'a Value> {
        let ledger = self.ledger;
        let snap = rows(ledger, "refunds").iter();
        let snap = snap.filter(move |row| text(row, "originalPartnerReferenceNo") == reference);
        let cards = rows(ledger, "cardRefunds").iter();
        let cards = cards.filter(move |row| text(row, "invoiceNumber") == reference);
        snap.chain(cards).filter(|row| text(row, "by") == "doku")
    }

    /// True when DOKU's staff gave back any money of a payment.
    pub fn has_staff_refunds(&self, reference: &'a str) -> bool {
        self.staff_refunds(reference).next().is_some()
    }

    /// What DOKU's staff gave back of a payment without the merchant's having been told, as far as the
    /// table remembers: no notification of it was taken since the first so many deliveries.
    pub fn unheard(&self, reference: &'a str, deliveries: &Value, forgotten: usize) -> u64 {
        let all = deliveries.as_array().into_iter().flatten();
        let taken = all.skip(forgotten);
        let taken = taken.filter(|delivery| delivery["outcome"] == "delivered");
        let heard: BTreeSet<&str> = taken
            .filter_map(|delivery| {
                let name = delivery["refundNo"].as_str();
                name.or_else(|| delivery["requestId"].as_str())
            })
            .collect();
        let unheard = self.staff_refunds(reference).filter(|row| {
            let name = row["refundNo"].as_str().unwrap_or(text(row, "requestId"));
            !heard.contains(name)
        });
        unheard.map(|row| rupiah(&row["amount"])).sum()
    }
}

/// True when the merchant was told that a payment succeeded, as far as the table remembers.
pub fn success_was_heard(reference: &str, deliveries: &Value, forgotten: usize) -> bool {
    let all = deliveries.as_array().into_iter().flatten();
    let is_success = |it: &Value| {
        let names = ["partnerReferenceNo", "invoiceNumber"];
        it["outcome"] == "delivered"
            && names.iter().any(|name| it[*name] == reference)
            && (it["latestTransactionStatus"] == "00" || it["status"] == "SUCCESS")
    };
    all.skip(forgotten).any(is_success)
}
