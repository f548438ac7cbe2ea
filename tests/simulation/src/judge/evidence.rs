//! The table and DOKU's books, sorted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{is_told, number, rows, rupiah, text};

/// The table and the books, sorted.
pub(super) struct Evidence<'a> {
    pub items: &'a [Value],
    /// Payments by DOKU's name for them.
    pub payments: BTreeMap<&'a str, &'a Value>,
    pub refunds: Vec<&'a Value>,
    pub ledger: &'a Value,
    /// Debits and holds by DOKU's name for the payment.
    pub debits: BTreeMap<&'a str, Vec<Debit<'a>>>,
    /// Payments of which DOKU did not do what it said.
    pub acknowledged: BTreeSet<&'a str>,
    /// Payments of which DOKU did what it said it did not.
    pub refused: BTreeSet<&'a str>,
}

/// Money that left a customer's account, or is held on a card.
pub(super) struct Debit<'a> {
    /// DOKU's or our name for whose account it is: one customer's, whatever it is.
    pub customer: Option<&'a str>,
    /// How much of it left the account; of what is held, what was captured.
    pub taken: u64,
    pub amount: u64,
    pub held: bool,
    pub voided: bool,
}

impl<'a> Evidence<'a> {
    /// True when status checks denied to know of a payment although they had found others on its channel: an
    /// absence that is older than any delay that was met is believed.
    pub fn denied(&self, reference: &str, payment: &Value) -> bool {
        let subject = format!("EVIDENCE#payment#{}#", text(payment, "channel"));
        let has_found = self
            .items
            .iter()
            .any(|item| text(item, "sk").starts_with(&subject) && number(item, "found") > 0);
        let denies = |one: &Value| {
            text(one, "kind") == "miss" && rows(one, "names").iter().any(|name| name == reference)
        };
        has_found && rows(self.ledger, "disagreements").iter().any(denies)
    }

    /// True when status checks have found refunds on a payment's channel: then one that is not listed for long
    /// enough is not there.
    pub fn finds_refunds(&self, payment: &Value) -> bool {
        let subject = format!("EVIDENCE#refund#{}#", text(payment, "channel"));
        self.items
            .iter()
            .any(|item| text(item, "sk").starts_with(&subject) && number(item, "found") > 0)
    }

    /// True when DOKU has made a refund of the merchant's.
    pub fn was_made(&self, refund: &Value) -> bool {
        let has = |part: &str, name: &str, value: &Value| {
            let mut all = rows(self.ledger, part).iter();
            all.any(|row| row[name] == *value && (part == "refunds" || is_done(row)))
        };
        has("refunds", "partnerRefundNo", &refund["reference"])
            || has(
                "cardRefunds",
                "requestId",
                &refund["operation"]["externalId"],
            )
    }

    pub fn new(items: &'a [Value], ledger: &'a Value) -> Self {
        let of_kind =
            |kind: &'static str| items.iter().filter(move |item| text(item, "sk") == kind);
        let payments = of_kind("PAYMENT").map(|item| (text(item, "reference"), item));
        let refunds = items
            .iter()
            .filter(|item| text(item, "sk").starts_with("REFUND#"));
        let mut debits: BTreeMap<&str, Vec<Debit<'_>>> = BTreeMap::new();
        for row in rows(ledger, "charges") {
            let amount = rupiah(&row["amount"]);
            debits
                .entry(text(row, "partnerReferenceNo"))
                .or_default()
                .push(Debit {
                    customer: row["custIdMerchant"].as_str(),
                    taken: amount,
                    amount,
                    held: false,
                    voided: false,
                });
        }
        for row in rows(ledger, "cardCharges") {
            let amount = number(row, "amount");
            let held = text(row, "type") == "AUTHORIZE";
            debits
                .entry(text(row, "invoiceNumber"))
                .or_default()
                .push(Debit {
                    customer: row["customerId"].as_str(),
                    taken: if held {
                        number(row, "captured")
                    } else {
                        amount
                    },
                    amount,
                    held,
                    voided: text(row, "status").eq_ignore_ascii_case("voided"),
                });
        }
        Self {
            items,
            payments: payments.collect(),
            refunds: refunds.collect(),
            ledger,
            debits,
            acknowledged: concerned(ledger, "acknowledge_only"),
            refused: concerned(ledger, "accept_then_reject"),
        }
    }

    /// A person was told of a payment, or of the charge that it is for.
    pub fn is_told(&self, payment: &Value) -> bool {
        let is_its = |item: &&Value| {
            item["subscription"] == payment["subscription"]
                && text(item, "sk").strip_prefix("CHARGE#") == payment["period"].as_str()
        };
        let charge = payment["period"].as_str().map(|_| self.items.iter());
        let charge = charge.and_then(|mut items| items.find(is_its));
        is_told(payment) || charge.is_some_and(|charge| !charge["toldAt"].is_null())
    }

    /// What DOKU gave back for a payment.
    pub fn given_back(&self, reference: &str) -> u64 {
        let snap = rows(self.ledger, "refunds").iter();
        let snap = snap.filter(|row| text(row, "originalPartnerReferenceNo") == reference);
        let cards = rows(self.ledger, "cardRefunds").iter();
        let cards = cards.filter(|row| text(row, "invoiceNumber") == reference && is_done(row));
        snap.chain(cards).map(|row| rupiah(&row["amount"])).sum()
    }

    /// Of a refund: DOKU's word about its payment was not true.
    pub fn is_in_doubt(&self, refund: &str) -> bool {
        let refund = self.refunds.iter().find(|item| text(item, "id") == refund);
        let payment = refund.map(|refund| text(refund, "payment"));
        self.payments.iter().any(|(reference, item)| {
            payment == item["id"].as_str()
                && (self.refused.contains(reference) || self.acknowledged.contains(reference))
        })
    }

    /// How many refunds DOKU made of a payment by the merchant's order.
    pub fn refunds_made(&self, reference: &str) -> usize {
        let ordered = |row: &&Value| text(row, "by") != "doku";
        let snap = rows(self.ledger, "refunds").iter();
        let snap = snap.filter(|row| text(row, "originalPartnerReferenceNo") == reference);
        let cards = rows(self.ledger, "cardRefunds").iter();
        let cards = cards.filter(|row| text(row, "invoiceNumber") == reference && is_done(row));
        snap.filter(ordered).count() + cards.filter(ordered).count()
    }

    /// What went back for a payment, or may yet: whatever DOKU has been, or may have been, asked for.
    pub fn going_back(&self, payment: &str) -> u64 {
        let own = self
            .refunds
            .iter()
            .filter(|refund| text(refund, "payment") == payment);
        let goes = own.filter(|refund| {
            let operation = &refund["operation"];
            let unsent = text(operation, "state") == "unsent" && operation["resent"] != true;
            text(refund, "status") != "failed" && !unsent
        });
        goes.map(|refund| number(refund, "amount")).sum()
    }

    /// DOKU knows a payment of that name.
    pub fn is_at_doku(&self, reference: &str) -> bool {
        let parts = [
            ("payments", "partnerReferenceNo"),
            ("cardPages", "invoiceNumber"),
        ];
        let debited = self.debits.contains_key(reference);
        debited
            || parts.iter().any(|(part, name)| {
                rows(self.ledger, part)
                    .iter()
                    .any(|row| text(row, name) == reference)
            })
    }

    /// What the table says was given back for a payment.
    pub fn noted_back(&self, payment: &str) -> u64 {
        let own = self
            .refunds
            .iter()
            .filter(|refund| text(refund, "payment") == payment);
        let done = own.filter(|refund| text(refund, "status") == "succeeded");
        done.map(|refund| number(refund, "amount")).sum()
    }
}

/// The payments that disagreements of a kind are about.
fn concerned<'a>(ledger: &'a Value, kind: &str) -> BTreeSet<&'a str> {
    let all = rows(ledger, "disagreements").iter();
    let names: BTreeSet<&str> = all
        .filter(|one| text(one, "kind") == kind)
        .flat_map(|one| rows(one, "names"))
        .filter_map(Value::as_str)
        .collect();
    let other_names = [
        ("payments", "referenceNo", "partnerReferenceNo"),
        ("cardCharges", "authorizeId", "invoiceNumber"),
    ];
    let through = other_names.into_iter().flat_map(|(part, other, name)| {
        let own = rows(ledger, part).iter();
        own.filter(|row| names.contains(text(row, other)))
            .map(move |row| text(row, name))
            .collect::<Vec<_>>()
    });
    let through: Vec<_> = through.collect();
    names.into_iter().chain(through).collect()
}

/// A refund of a card that was done.
fn is_done(row: &Value) -> bool {
    text(row, "status").eq_ignore_ascii_case("success")
}
