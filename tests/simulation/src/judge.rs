//! Holds what the table says against what DOKU's books say, after every step.
//!
//! The rules are written down once more here, and none is taken from what is judged.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use serde_json::Value;

pub mod books;
mod doubt;
mod ending;
mod evidence;
mod gateway;
mod operators;
mod standing;
mod tally;

pub use books::Stated;
use doubt::Doubt;
pub use doubt::NEW_ATTRIBUTE;
pub use standing::Standing;
pub use tally::Tally;

use evidence::{Debit, Evidence};

/// Something that must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which rule.
    pub rule: &'static str,
    /// What was found.
    pub found: String,
}

impl Violation {
    /// What was found against a rule.
    pub fn new(rule: &'static str, found: impl Into<String>) -> Self {
        Self {
            rule,
            found: found.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.found)
    }
}

/// Remembers what it saw, to see what goes back.
#[derive(Default)]
pub struct Judge {
    payments: HashMap<String, (String, u64)>,
    /// Refunds, captures and bindings.
    others: HashMap<String, String>,
    promised: BTreeSet<String>,
    doubt: Doubt,
    /// Subscriptions.
    pub standing: Standing,
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn number(value: &Value, member: &str) -> u64 {
    value[member].as_u64().unwrap_or_default()
}

fn rows<'a>(ledger: &'a Value, part: &str) -> &'a [Value] {
    ledger[part].as_array().map_or(&[], Vec::as_slice)
}

/// `"10000.00"` in whole rupiah.
fn rupiah(value: &Value) -> u64 {
    let whole = value
        .as_str()
        .and_then(|text| text.strip_suffix(".00")?.parse().ok());
    whole.or_else(|| value.as_u64()).unwrap_or_default()
}

/// Of a channel whose "not found" is no proof that there is nothing.
fn proves_nothing(payment: &Value) -> bool {
    payment["channel"] == "DIRECT_DEBIT_BRI_SNAP"
}

fn is_told(item: &Value) -> bool {
    item["watch"]["told"] == true
}

/// How far a payment is; it never goes back.
fn rank(status: &str) -> u8 {
    match status {
        "created" => 0,
        "otp_required" | "redirect_required" | "unknown" => 1,
        "processing" => 2,
        "failed" | "expired" | "cancelled" => 3,
        "authorized" => 4,
        "paid" => 5,
        "partially_refunded" => 6,
        _ => 7,
    }
}

fn goes_back(was: &str, is: &str) -> bool {
    let lapsed = was == "authorized" && rank(is) == 3;
    rank(is) < rank(was) && !lapsed
}

fn took_money(status: &str) -> bool {
    rank(status) >= 5
}

impl Judge {
    /// What a caller was told exists has to be in the table from now on.
    pub fn answer(&mut self, body: &Value) {
        for member in ["paymentId", "bindingId", "subscriptionId", "refundId"] {
            if let Some(id) = body[member].as_str() {
                self.promised.insert(id.to_owned());
            }
        }
    }

    /// What must be true at any time.
    pub fn look(
        &mut self,
        items: &[Value],
        ledger: &Value,
        deliveries: &Value,
    ) -> Result<(), Violation> {
        let seen = Evidence::new(items, ledger);
        let mut broken = rows(ledger, "violations").iter();
        if let Some(broken) = broken.find(|broken| !self.doubt.excuses(broken, ledger)) {
            return Err(Violation::new("DOKU's rules", broken.to_string()));
        }
        self.doubt.look(&seen)?;
        self.nothing_goes_back(&seen)?;
        self.promises_are_kept(&seen)?;
        notifications_are_durable(&seen, deliveries, self.doubt.deliveries)?;
        nothing_needless_is_kept(&seen)?;
        let mut owners = HashMap::new();
        for (reference, debits) in &seen.debits {
            debit(&seen, &self.doubt, reference, debits, &mut owners)?;
        }
        for (reference, payment) in &seen.payments {
            money(&seen, &self.doubt, reference, payment)?;
            refunds_are_not_given_up(&seen, &self.doubt, reference, payment)?;
        }
        self.standing.look(&seen)
    }

    fn nothing_goes_back(&mut self, seen: &Evidence<'_>) -> Result<(), Violation> {
        for (reference, payment) in &seen.payments {
            let (status, back) = (text(payment, "status"), number(payment, "refunded"));
            let now = (status.to_owned(), back);
            let was = self.payments.insert((*reference).to_owned(), now);
            if let Some((was, had)) = was
                && (goes_back(&was, status) || back < had)
            {
                let found = format!("{reference} was {was} ({had} back) and is {status} ({back})");
                return Err(Violation::new("I3", found));
            }
        }
        let captures = seen.payments.values().filter_map(|payment| {
            let capture = payment.get("capture").filter(|it| it.is_object())?;
            Some((
                text(&capture["operation"], "externalId"),
                text(capture, "status"),
            ))
        });
        let bindings = seen
            .items
            .iter()
            .filter(|item| text(item, "sk") == "BINDING");
        let all = seen.refunds.iter().copied().chain(bindings);
        let all = all.map(|item| (text(item, "id"), text(item, "status")));
        for (id, status) in all.chain(captures) {
            let was = self.others.insert(id.to_owned(), status.to_owned());
            let over = ["succeeded", "failed", "unbound"];
            if seen.is_in_doubt(id) || self.doubt.operators.settled(id) {
                continue;
            }
            if let Some(was) = was
                && was != status
                && over.contains(&was.as_str())
            {
                let found = format!("{id} was {was} and is {status}");
                return Err(Violation::new("I3", found));
            }
        }
        let gone = self
            .payments
            .keys()
            .find(|known| !seen.payments.contains_key(known.as_str()));
        gone.map_or(Ok(()), |gone| {
            Err(Violation::new("I2", format!("{gone} is gone")))
        })
    }

    fn promises_are_kept(&self, seen: &Evidence<'_>) -> Result<(), Violation> {
        let stored: BTreeSet<&str> = seen
            .items
            .iter()
            .filter_map(|item| item["id"].as_str())
            .collect();
        let broken = self
            .promised
            .iter()
            .find(|id| !stored.contains(id.as_str()));
        broken.map_or(Ok(()), |id| {
            Err(Violation::new(
                "I2",
                format!("{id} was answered and is not in the table"),
            ))
        })
    }
}

/// What DOKU was told is taken must be in the table, each piece of news.
/// Those before the table was restored, or before what has expired was deleted, may not be there.
fn notifications_are_durable(
    seen: &Evidence<'_>,
    deliveries: &Value,
    forgotten: usize,
) -> Result<(), Violation> {
    let stored: BTreeSet<(&str, &str)> = seen
        .items
        .iter()
        .filter_map(|item| {
            let reference = text(item, "pk").strip_prefix("NOTIFICATION#")?;
            let (news, _) = text(item, "sk").split_once('#')?;
            Some((reference, news.rsplit('|').next().unwrap_or(news)))
        })
        .collect();
    let all = deliveries.as_array().into_iter().flatten();
    for delivery in all.skip(forgotten) {
        let member = |name: &str| delivery[name].as_str();
        let reference = member("partnerReferenceNo").or_else(|| member("invoiceNumber"));
        let news = member("latestTransactionStatus").or_else(|| member("status"));
        let key = (reference.unwrap_or_default(), news.unwrap_or_default());
        // Of another service, and of no payment of this table: acknowledged, and not kept.
        let is_foreign = key.0.starts_with("FOREIGN-");
        if delivery["outcome"] == "delivered" && !is_foreign && !stored.contains(&key) {
            return Err(Violation::new(
                "I4",
                format!("{delivery} was taken and not stored"),
            ));
        }
    }
    Ok(())
}

/// The frozen body of what is decided is of no more use, and may hold what is the customer's business.
fn nothing_needless_is_kept(seen: &Evidence<'_>) -> Result<(), Violation> {
    let open = [
        "created",
        "otp_required",
        "redirect_required",
        "unknown",
        "processing",
        "pending",
    ];
    let all = seen.payments.values().chain(&seen.refunds);
    let kept = all.into_iter().find(|item| {
        let body = item["operation"].get("body").is_some();
        body && !open.contains(&text(item, "status"))
    });
    kept.map_or(Ok(()), |item| {
        let (id, status) = (text(item, "id"), text(item, "status"));
        Err(Violation::new(
            "I12",
            format!("{id} is {status} and keeps its body"),
        ))
    })
}

/// A refund that DOKU made has not failed, where DOKU neither refused it nor was shown to find refunds.
fn refunds_are_not_given_up(
    seen: &Evidence<'_>,
    doubt: &Doubt,
    reference: &str,
    payment: &Value,
) -> Result<(), Violation> {
    let is_excused = seen.refused.contains(reference)
        || seen.finds_refunds(payment)
        || doubt.forgotten.contains(reference);
    if is_excused {
        return Ok(());
    }
    let failed = seen.refunds.iter().find(|refund| {
        refund["payment"] == payment["id"]
            && text(refund, "status") == "failed"
            && !doubt.operators.settled(text(refund, "id"))
            && seen.was_made(refund)
    });
    failed.map_or(Ok(()), |refund| {
        let found = format!(
            "{} of {reference} is failed, and DOKU made it",
            refund["id"]
        );
        Err(Violation::new("timeout is not failure", found))
    })
}

/// One payment, one debit, of its own customer, and written down before.
fn debit<'a>(
    seen: &Evidence<'a>,
    doubt: &Doubt,
    reference: &str,
    debits: &[Debit<'a>],
    owners: &mut HashMap<&'a str, &'a str>,
) -> Result<(), Violation> {
    if debits.len() > 1 {
        return Err(Violation::new(
            "I1",
            format!("{reference} was debited {} times", debits.len()),
        ));
    }
    let Some(payment) = seen.payments.get(reference) else {
        if doubt.forgotten.contains(reference) {
            return Ok(());
        }
        return Err(Violation::new(
            "I2",
            format!("{reference} was debited and is not in the table"),
        ));
    };
    let (Some(debit), owner) = (debits.first(), text(payment, "customer")) else {
        return Ok(());
    };
    if let Some(account) = debit.customer {
        let before = *owners.entry(account).or_insert(owner);
        if before != owner {
            let found = format!("{reference} of {owner} was debited from {before}'s account");
            return Err(Violation::new("I6", found));
        }
    }
    let status = text(payment, "status");
    let over = ["failed", "expired", "cancelled"].contains(&status);
    // DOKU's own notification puts it right.
    let refused = seen.refused.contains(reference)
        || seen.denied(reference, payment)
        || doubt.operators.say_failed(reference);
    if over && debit.taken > 0 && !debit.voided && !refused {
        let found = format!("{reference} is said to be {status}, and was debited");
        return Err(Violation::new("timeout is not failure", found));
    }
    let back = seen.given_back(reference);
    if back > debit.amount && !doubt.operators.misjudged_a_refund_of(reference) {
        let found = format!("{back} of {} went back for {reference}", debit.amount);
        return Err(Violation::new("I5", found));
    }
    Ok(())
}

/// What the table says of money has to be so.
fn money<'a>(
    seen: &Evidence<'a>,
    doubt: &Doubt,
    reference: &'a str,
    payment: &Value,
) -> Result<(), Violation> {
    let status = text(payment, "status");
    let amount = number(payment, "amount");
    let charged = payment["charged"].as_u64().unwrap_or(amount);
    let taken = payment["captured"].as_u64().unwrap_or(charged);
    let (back, reserved) = (number(payment, "refunded"), number(payment, "reserved"));
    let more = doubt.operators.misjudged_a_refund_of(reference);
    // What DOKU's staff give back may be what a refund under way was to give back; so may a refund that the
    // table was made to forget, and that DOKU lists.
    let by_staff = seen.has_staff_refunds(reference) || doubt.forgotten.contains(reference);
    let is_too_much = if by_staff {
        back > taken && !seen.acknowledged.contains(reference)
    } else {
        back + reserved > taken
    };
    if is_too_much && !more {
        let found = format!("{reference}: {back} back and {reserved} reserved of {taken}");
        return Err(Violation::new("I5", found));
    }
    let going = seen.going_back(text(payment, "id"));
    if going > taken && !more && !by_staff {
        let found = format!("{reference}: {going} of {taken} are back, or on the way");
        return Err(Violation::new("I5", found));
    }
    let known = seen.is_at_doku(reference) && !doubt.forgotten.contains(reference);
    let excused = seen.refused.contains(reference)
        || seen.denied(reference, payment)
        || doubt.operators.say_failed(reference);
    if payment["failure"] == "not_sent" && known && !excused {
        let found = format!("{reference} is said not to have been sent, and DOKU knows it");
        return Err(Violation::new("the books", found));
    }
    // What DOKU confirmed and did not do cannot be known.
    if seen.acknowledged.contains(reference) {
        return Ok(());
    }
    let noted = seen.noted_back(text(payment, "id"));
    if noted > seen.given_back(reference) {
        let found = format!(
            "{reference}: {noted} are said to be back, of {}",
            seen.given_back(reference)
        );
        return Err(Violation::new("I11", found));
    }
    if !took_money(status) && status != "authorized" {
        return Ok(());
    }
    let debit = seen.debits.get(reference).and_then(|debits| debits.first());
    let Some(debit) = debit else {
        return Err(Violation::new(
            "I11",
            format!("{reference} is {status} without a debit"),
        ));
    };
    let so = match status {
        "authorized" => debit.held && debit.amount == charged,
        "voided" => true,
        _ => debit.taken == taken,
    };
    if so {
        Ok(())
    } else {
        let found = format!(
            "{reference} is {status} of {taken}, and DOKU took {}",
            debit.taken
        );
        Err(Violation::new("I11", found))
    }
}
