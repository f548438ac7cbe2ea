//! Holds what the table says against what DOKU's books say, after every step.
//!
//! The rules are written down once more here, and none is taken from what is judged.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde_json::Value;

mod ending;
mod standing;

pub use standing::Standing;

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

/// What happened in a world, in numbers: a simulation in which nothing happens finds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Payments in the table.
    pub payments: u64,
    /// Debits and holds in DOKU's books.
    pub debits: u64,
    /// Refunds in the table.
    pub refunds: u64,
    /// Periods of subscriptions that were paid.
    pub periods: u64,
    /// Attempts to deliver a notification.
    pub notifications: u64,
    /// Those that were taken.
    pub taken: u64,
    /// Functions that died.
    pub deaths: u64,
    /// Changes of a subscription that began during a charge.
    pub meetings: u64,
    /// Periods that were passed over.
    pub skipped: u64,
    /// Bytes that functions wrote.
    pub logged: u64,
    /// Things that a person was told of.
    pub told: u64,
}

impl Tally {
    fn of(seen: &Evidence<'_>, deliveries: &Value) -> Self {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let charges = |status: &str| {
            let items = seen.items.iter();
            let charges = items.filter(|item| text(item, "sk").starts_with("CHARGE#"));
            count(
                charges
                    .filter(|item| text(item, "status") == status)
                    .count(),
            )
        };
        let told = |item: &&Value| text(item, "type").ends_with(".needs_attention");
        Self {
            payments: count(seen.payments.len()),
            debits: count(seen.debits.len()),
            refunds: count(seen.refunds.len()),
            periods: charges("paid"),
            notifications: count(deliveries.as_array().map_or(0, Vec::len)),
            taken: count(deliveries.as_array().map_or(0, |all| {
                all.iter()
                    .filter(|one| one["outcome"] == "delivered")
                    .count()
            })),
            deaths: 0,
            meetings: 0,
            skipped: charges("skipped"),
            logged: 0,
            told: count(seen.items.iter().filter(told).count()),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            payments: self.payments + other.payments,
            debits: self.debits + other.debits,
            refunds: self.refunds + other.refunds,
            periods: self.periods + other.periods,
            notifications: self.notifications + other.notifications,
            taken: self.taken + other.taken,
            deaths: self.deaths + other.deaths,
            meetings: self.meetings + other.meetings,
            skipped: self.skipped + other.skipped,
            logged: self.logged + other.logged,
            told: self.told + other.told,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} payments, {} debits, {} refunds, {} periods, {} skipped, {} met by a change, \
             {} notifications, {} of them taken, {} deaths, {} told, {} bytes logged",
            self.payments,
            self.debits,
            self.refunds,
            self.periods,
            self.skipped,
            self.meetings,
            self.notifications,
            self.taken,
            self.deaths,
            self.told,
            self.logged
        )
    }
}

/// Remembers what it saw, to see what goes back.
#[derive(Default)]
pub struct Judge {
    payments: HashMap<String, (String, u64)>,
    /// Refunds, captures and bindings.
    others: HashMap<String, String>,
    promised: BTreeSet<String>,
    /// Subscriptions.
    pub standing: Standing,
}

/// The table and the books, sorted.
struct Evidence<'a> {
    items: &'a [Value],
    /// Payments by DOKU's name for them.
    payments: BTreeMap<&'a str, &'a Value>,
    refunds: Vec<&'a Value>,
    ledger: &'a Value,
    /// Debits and holds by DOKU's name for the payment.
    debits: BTreeMap<&'a str, Vec<Debit<'a>>>,
}

/// Money that left a customer's account, or is held on a card.
struct Debit<'a> {
    /// DOKU's or our name for whose account it is: one customer's, whatever it is.
    customer: Option<&'a str>,
    /// How much of it left the account; of what is held, what was captured.
    taken: u64,
    amount: u64,
    held: bool,
    voided: bool,
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

impl<'a> Evidence<'a> {
    fn new(items: &'a [Value], ledger: &'a Value) -> Self {
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
        }
    }

    /// A person was told of a payment, or of the charge that it is for.
    fn is_told(&self, payment: &Value) -> bool {
        let is_its = |item: &&Value| {
            item["subscription"] == payment["subscription"]
                && text(item, "sk").strip_prefix("CHARGE#") == payment["period"].as_str()
        };
        let charge = payment["period"].as_str().map(|_| self.items.iter());
        let charge = charge.and_then(|mut items| items.find(is_its));
        is_told(payment) || charge.is_some_and(|charge| !charge["toldAt"].is_null())
    }

    /// What DOKU gave back for a payment.
    fn given_back(&self, reference: &str) -> u64 {
        let snap = rows(self.ledger, "refunds").iter();
        let snap = snap.filter(|row| text(row, "originalPartnerReferenceNo") == reference);
        let cards = rows(self.ledger, "cardRefunds").iter();
        let cards = cards.filter(|row| text(row, "invoiceNumber") == reference && is_done(row));
        snap.chain(cards).map(|row| rupiah(&row["amount"])).sum()
    }

    /// What went back for a payment, or may yet: whatever DOKU has been, or may have been, asked for.
    fn going_back(&self, payment: &str) -> u64 {
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
    fn is_at_doku(&self, reference: &str) -> bool {
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
    fn noted_back(&self, payment: &str) -> u64 {
        let own = self
            .refunds
            .iter()
            .filter(|refund| text(refund, "payment") == payment);
        let done = own.filter(|refund| text(refund, "status") == "succeeded");
        done.map(|refund| number(refund, "amount")).sum()
    }
}

/// A refund of a card that was done.
fn is_done(row: &Value) -> bool {
    text(row, "status").eq_ignore_ascii_case("success")
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
        if ledger["violations"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
        {
            return Err(Violation::new(
                "DOKU's rules",
                ledger["violations"].to_string(),
            ));
        }
        self.nothing_goes_back(&seen)?;
        self.promises_are_kept(&seen)?;
        notifications_are_durable(&seen, deliveries)?;
        nothing_needless_is_kept(&seen)?;
        let mut owners = HashMap::new();
        for (reference, debits) in &seen.debits {
            debit(&seen, reference, debits, &mut owners)?;
        }
        for (reference, payment) in &seen.payments {
            money(&seen, reference, payment)?;
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
fn notifications_are_durable(seen: &Evidence<'_>, deliveries: &Value) -> Result<(), Violation> {
    let stored: BTreeSet<(&str, &str)> = seen
        .items
        .iter()
        .filter_map(|item| {
            let reference = text(item, "pk").strip_prefix("NOTIFICATION#")?;
            let (news, _) = text(item, "sk").split_once('#')?;
            Some((reference, news.rsplit('|').next().unwrap_or(news)))
        })
        .collect();
    for delivery in deliveries.as_array().into_iter().flatten() {
        let member = |name: &str| delivery[name].as_str();
        let reference = member("partnerReferenceNo").or_else(|| member("invoiceNumber"));
        let news = member("latestTransactionStatus").or_else(|| member("status"));
        let key = (reference.unwrap_or_default(), news.unwrap_or_default());
        if delivery["outcome"] == "delivered" && !stored.contains(&key) {
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

/// One payment, one debit, of its own customer, and written down before.
fn debit<'a>(
    seen: &Evidence<'a>,
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
    if over && debit.taken > 0 && !debit.voided {
        let found = format!("{reference} is said to be {status}, and was debited");
        return Err(Violation::new("timeout is not failure", found));
    }
    let back = seen.given_back(reference);
    if back > debit.amount {
        let found = format!("{back} of {} went back for {reference}", debit.amount);
        return Err(Violation::new("I5", found));
    }
    Ok(())
}

/// What the table says of money has to be so.
fn money(seen: &Evidence<'_>, reference: &str, payment: &Value) -> Result<(), Violation> {
    let status = text(payment, "status");
    let amount = number(payment, "amount");
    let charged = payment["charged"].as_u64().unwrap_or(amount);
    let taken = payment["captured"].as_u64().unwrap_or(charged);
    let (back, reserved) = (number(payment, "refunded"), number(payment, "reserved"));
    if back + reserved > taken {
        let found = format!("{reference}: {back} back and {reserved} reserved of {taken}");
        return Err(Violation::new("I5", found));
    }
    let going = seen.going_back(text(payment, "id"));
    if going > taken {
        let found = format!("{reference}: {going} of {taken} are back, or on the way");
        return Err(Violation::new("I5", found));
    }
    if payment["failure"] == "not_sent" && seen.is_at_doku(reference) {
        let found = format!("{reference} is said not to have been sent, and DOKU knows it");
        return Err(Violation::new("the books", found));
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
