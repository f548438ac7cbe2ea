//! What an operator sees in DOKU's books, and states.

use serde_json::{Value, json};

use super::ending::{is_half_done, is_moving, is_open};
use super::{Evidence, Violation, is_told, number, rows, rupiah, text, took_money};

/// What an operator states.
#[derive(Debug, Clone)]
pub struct Stated {
    /// The payload of a settlement.
    pub words: Value,
    /// What it is about: a payment, a refund or a binding.
    pub id: String,
    /// DOKU's name for the payment; empty for a binding.
    pub reference: String,
    pub outcome: &'static str,
    pub amount: Option<u64>,
    pub of_capture: bool,
    /// DOKU's books have it otherwise.
    pub wrong: bool,
    /// Refunds or a capture of the payment are open: those are settled first.
    pub waits_for_others: bool,
}

impl Stated {
    /// A payment was settled as taken, or else as failed.
    pub fn is_payment_of(&self, taken: bool) -> bool {
        let payment = self.id.starts_with("pay_") && !self.of_capture;
        payment && (self.outcome == "paid") == taken
    }
}

/// What happened at DOKU.
enum Seen {
    /// It moved so much.
    Moved(u64),
    /// Nothing moved, and DOKU knows it.
    Nothing,
    /// DOKU does not know it.
    Absent,
    /// All that moved went back.
    Returned(u64),
}

/// What is open, by its names.
pub fn open(items: &[Value]) -> Vec<String> {
    let is = |item: &&Value| {
        let (kind, status) = (text(item, "sk"), text(item, "status"));
        match kind {
            "PAYMENT" => is_open(status) || is_moving(text(&item["capture"], "status")),
            _ if kind.starts_with("REFUND#") => is_moving(status),
            _ => is_half_done(kind, status),
        }
    };
    let name = |item: &Value| {
        let (pk, sk, status) = (text(item, "pk"), text(item, "sk"), text(item, "status"));
        format!("{pk}/{sk} ({status}, told {})", is_told(item))
    };
    items.iter().filter(is).map(name).collect()
}

/// Whether anything is.
pub fn is_anything_open(items: &[Value]) -> bool {
    !open(items).is_empty()
}

/// Whether nothing is open, no refund that DOKU reported is still asked about, and no subscription runs.
pub fn is_over(items: &[Value]) -> bool {
    let is_asked_about = |item: &Value| {
        let is_unclear = !item["refundsUnclearSince"].is_null();
        text(item, "sk") == "PAYMENT" && is_unclear && item["watch"]["told"] != true
    };
    let runs = |item: &Value| {
        let status = text(item, "status");
        text(item, "sk") == "SUBSCRIPTION" && ["active", "past_due"].contains(&status)
    };
    !is_anything_open(items) && !items.iter().any(|item| runs(item) || is_asked_about(item))
}

/// The payments that escalated charges of subscriptions wait for.
pub fn escalated_charges(items: &[Value]) -> Vec<Value> {
    let charges = items
        .iter()
        .filter(|item| text(item, "sk").starts_with("CHARGE#") && !item["toldAt"].is_null());
    let latest = charges.filter_map(|charge| {
        let latest = charge["payments"].as_array()?.last()?;
        let payment = items.iter().find(|item| item["id"] == *latest)?;
        let waits = is_half_done(text(charge, "sk"), text(charge, "status"));
        (waits && is_open(text(payment, "status"))).then(|| latest.clone())
    });
    latest.collect()
}

/// The settlement of that, as DOKU's books have it, or wrongly as failed.
pub fn statement(items: &[Value], ledger: &Value, what: &Value, wrongly: bool) -> Option<Stated> {
    let seen = Evidence::new(items, ledger);
    let item = items.iter().find(|item| {
        let kinds = ["PAYMENT", "BINDING"];
        let kind = text(item, "sk");
        item["id"] == what["id"] && (kinds.contains(&kind) || kind.starts_with("REFUND#"))
    })?;
    let id = text(item, "id").to_owned();
    if text(item, "sk") == "BINDING" {
        let unbinding = text(item, "status") == "unbinding";
        let outcome = if unbinding { "unbound" } else { "failed" };
        return Some(stated(what, id, "", outcome, None, false));
    }
    let refund = text(item, "sk").starts_with("REFUND#");
    let capture = !refund && is_moving(text(&item["capture"], "status"));
    let own = |other: &&&Value| text(other, "payment") == id;
    let reference = if refund {
        let mut all = seen.payments.iter();
        let own = all.find(|(_, payment)| payment["id"] == item["payment"]);
        own?.0
    } else {
        text(item, "reference")
    };
    let truth = if refund {
        seen.seen_of_refund(text(item, "reference"))
    } else if capture {
        seen.seen_of_capture(reference)
    } else {
        seen.seen_of_payment(reference)
    };
    let (word, amount) = match truth {
        Seen::Moved(amount) | Seen::Returned(amount) => (true, Some(amount)),
        Seen::Nothing | Seen::Absent => (false, None),
    };
    let moved = matches!(truth, Seen::Moved(_) | Seen::Returned(_));
    let unclear = !refund && !capture && moved && took_money(text(item, "status"));
    let returned = seen.given_back(reference);
    let outcome = match (word && !wrongly, refund, capture) {
        _ if unclear && returned > number(item, "refunded") => "refunded",
        _ if unclear => "paid",
        (false, _, _) => "failed",
        (true, true, _) => "succeeded",
        (true, false, true) => "captured",
        (true, false, false) if matches!(truth, Seen::Returned(_)) => "refunded",
        (true, false, false) => "paid",
    };
    let amount = match (unclear, outcome) {
        (true, "refunded") => Some(returned),
        (true, _) => Some(taken_of(item)),
        (false, _) => amount.filter(|_| outcome != "failed"),
    };
    let mut made = stated(what, id.clone(), reference, outcome, amount, capture);
    made.wrong = word && wrongly && !unclear;
    // Without a number of DOKU's it would say that DOKU never had it.
    if !matches!(truth, Seen::Absent) {
        made.words["referenceNo"] = json!("DOKU-4711");
    }
    let taken = number(item, "refunded") + number(item, "reserved") > 0;
    let mut others = seen.refunds.iter().filter(own);
    let open = others.any(|other| is_moving(text(other, "status")));
    made.waits_for_others = !refund && (taken || open);
    Some(made)
}

/// How much of a SNAP payment went back, in DOKU's books.
pub fn refunded_of(ledger: &Value, reference: &str) -> u64 {
    let rows = rows(ledger, "refunds").iter();
    let own = rows.filter(|row| text(row, "originalPartnerReferenceNo") == reference);
    own.map(|row| rupiah(&row["amount"])).sum()
}

/// How much of a payment was taken, as the table has it: of a hold, what was captured.
pub(super) fn taken_of(payment: &Value) -> u64 {
    let taken = payment["captured"].as_u64().or(payment["charged"].as_u64());
    taken.unwrap_or_else(|| number(payment, "amount"))
}

fn stated(
    what: &Value,
    id: String,
    reference: &str,
    outcome: &'static str,
    amount: Option<u64>,
    of_capture: bool,
) -> Stated {
    let mut words = what.clone();
    words["outcome"] = json!(outcome);
    words["by"] = json!("Ayu, operations");
    words["reason"] = json!("seen in the dashboard");
    if let Some(amount) = amount {
        words["amount"] = json!({"value": format!("{amount}.00"), "currency": "IDR"});
    }
    if of_capture {
        words["capture"] = json!(true);
    }
    Stated {
        words,
        id,
        reference: reference.to_owned(),
        outcome,
        amount,
        of_capture,
        wrong: false,
        waits_for_others: false,
    }
}

impl Evidence<'_> {
    fn seen_of_payment(&self, reference: &str) -> Seen {
        match self.debits.get(reference).and_then(|all| all.first()) {
            None if self.is_at_doku(reference) => Seen::Nothing,
            None => Seen::Absent,
            // A hold that was not captured is none of the merchant's money.
            Some(debit) if debit.taken == 0 => Seen::Nothing,
            Some(debit) if debit.voided => Seen::Returned(debit.taken),
            Some(debit) => Seen::Moved(debit.taken),
        }
    }

    fn seen_of_capture(&self, reference: &str) -> Seen {
        let own = rows(self.ledger, "cardCaptures").iter();
        let mut own = own.filter(|row| text(row, "invoiceNumber") == reference);
        match (own.clone().find(|row| is_done(row)), own.next()) {
            (Some(row), _) => Seen::Moved(number(row, "amount")),
            (None, Some(_)) => Seen::Nothing,
            (None, None) => Seen::Absent,
        }
    }

    fn seen_of_refund(&self, name: &str) -> Seen {
        let find = |part: &str, member: &str| {
            let mut all = rows(self.ledger, part).iter();
            all.find(|row| text(row, member) == name)
        };
        let snap = find("refunds", "partnerRefundNo");
        let card = find("cardRefunds", "requestId");
        match (snap, card) {
            (Some(row), _) => Seen::Moved(rupiah(&row["amount"])),
            (None, Some(row)) if is_done(row) => Seen::Moved(rupiah(&row["amount"])),
            (None, Some(_)) => Seen::Nothing,
            (None, None) => Seen::Absent,
        }
    }
}

fn is_done(row: &Value) -> bool {
    text(row, "status").eq_ignore_ascii_case("success")
}

/// What was settled as failed, and taken, is paid by DOKU's word.
pub fn dokus_word_counts(
    items: &[Value],
    ledger: &Value,
    reference: &str,
) -> Result<(), Violation> {
    let seen = Evidence::new(items, ledger);
    let payment = seen.payments.get(reference);
    let debits = seen.debits.get(reference).into_iter().flatten();
    let taken = debits.clone().any(|debit| debit.taken > 0 && !debit.voided);
    let status = payment.map_or("", |payment| text(payment, "status"));
    if payment.is_none() || !taken || took_money(status) {
        return Ok(());
    }
    let found = format!("{reference} is {status} by an operator's word, and DOKU says otherwise");
    Err(Violation::new("operators and DOKU", found))
}
