//! One operation, killed at its calls, and how the world goes on after that.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::books::{Found, compare, ledger, linked, stored};
use super::operation::{About, Operation, Request, Subject, repeat};
use super::stage::Stage;
use crate::support::{A_MINUTE, Answer, Moment, RIGHT_OTP};

/// How the world goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuation {
    /// The caller repeats the request, and the customer then confirms. News come late.
    Repeat,
    /// Nobody repeats; what DOKU had to tell comes.
    Notification,
    /// Nobody repeats, and no notification ever comes; DOKU takes no more questions when the first are
    /// asked.
    Reconcile,
}

pub const CONTINUATIONS: [Continuation; 3] = [
    Continuation::Repeat,
    Continuation::Notification,
    Continuation::Reconcile,
];

/// DOKU's "never heard of it" is believed after this long.
const FIVE_MINUTES: Duration = Duration::from_secs(301);
/// DOKU sends a notification that failed again after this long.
const HALF_AN_HOUR: Duration = Duration::from_secs(1_801);

/// How long to wait between two looks of reconciliation. DOKU ends what nobody confirms after the third.
const PLAN: [Duration; 12] = [
    Duration::from_secs(61),
    FIVE_MINUTES,
    Duration::from_mins(10),
    HALF_AN_HOUR,
    Duration::from_mins(61),
    Duration::from_hours(22),
    Duration::from_hours(24),
    Duration::from_hours(24),
    Duration::from_hours(24),
    Duration::from_hours(24),
    Duration::from_hours(24),
    Duration::from_hours(24),
];

/// What came of the cases of one operation and one continuation.
#[derive(Debug, Default)]
pub struct Tally {
    /// Calls that the operation makes.
    pub calls: usize,
    /// Cases that ended so.
    pub words: BTreeMap<String, usize>,
    pub double: usize,
    pub disagreeing: usize,
    pub open: usize,
    /// What went wrong, to be read by whoever has to mend it.
    pub troubles: Vec<String>,
}

impl Tally {
    pub fn cases(&self) -> usize {
        self.words.values().sum()
    }

    pub fn note(&mut self, case: &str, found: Found) {
        *self.words.entry(found.word).or_default() += 1;
        self.double += usize::from(found.twice);
        self.open += usize::from(found.is_open);
        let disagrees = found.wrong.is_some() && !found.is_open && !found.twice;
        self.disagreeing += usize::from(disagrees);
        if let Some(wrong) = found.wrong {
            self.troubles.push(format!("{case}: {wrong}"));
        }
    }

    pub fn trouble(&mut self, case: &str, what: &str) {
        self.troubles.push(format!("{case}: {what}"));
    }
}

/// A subject whose function was killed, and where.
struct Killed {
    subject: Subject,
    case: String,
    /// False for those that nothing happened to, which have to end well too and are not counted.
    counts: bool,
}

/// Kills one operation at those of its calls that `chosen` likes, on both sides of each, lets the world
/// go on, and compares the books.
pub async fn run(
    stage: &Stage,
    operation: Operation,
    continuation: Continuation,
    chosen: impl Fn(usize) -> bool,
) -> Tally {
    let mut tally = Tally::default();
    let mut killed = Vec::new();
    // The first one finds no token yet, and is not what is measured. Nothing kills these two.
    for _ in 0..2 {
        let subject = operation.prepare(stage).await;
        stage.hears_nothing().await;
        let strike = operation.strikes(stage, &subject);
        tally.calls = stage.count(operation.function(), strike).await;
        stage.shop.doku.falls_silent().await;
        if operation.is_alone() {
            // Nothing of it may be left for the next one to meet.
            for wait in PLAN.into_iter().take(3) {
                stage.waits(wait).await;
                stage.reconciles().await;
            }
        } else {
            let case = format!("{}, not killed, {continuation:?}", operation.name());
            killed.push(Killed {
                subject,
                case,
                counts: false,
            });
        }
    }
    for nth in (1..=tally.calls).filter(|nth| chosen(*nth)) {
        for moment in [Moment::Before, Moment::After] {
            let case = format!(
                "{}, {moment:?} call {nth}, {continuation:?}",
                operation.name()
            );
            let subject = operation.prepare(stage).await;
            stage.hears_nothing().await;
            let strike = operation.strikes(stage, &subject);
            if !stage.kills(operation.function(), nth, moment, strike).await {
                tally.trouble(&case, "the call never came");
            }
            killed.push(Killed {
                subject,
                case,
                counts: true,
            });
            if operation.is_alone() {
                goes_on(stage, operation, continuation, &killed, &mut tally).await;
                killed.clear();
            }
        }
    }
    goes_on(stage, operation, continuation, &killed, &mut tally).await;
    tally
}

async fn goes_on(
    stage: &Stage,
    operation: Operation,
    continuation: Continuation,
    killed: &[Killed],
    tally: &mut Tally,
) {
    if killed.is_empty() {
        return;
    }
    match continuation {
        Continuation::Repeat => {
            is_repeated(stage, operation, killed, tally).await;
            for one in killed {
                confirms(stage, &one.subject).await;
            }
        }
        Continuation::Notification => {
            for one in killed {
                pays_on_page(stage, &one.subject).await;
            }
            is_told(stage).await;
            knows_what_it_was_told(stage, killed, tally).await;
        }
        Continuation::Reconcile => {
            for one in killed {
                pays_on_page(stage, &one.subject).await;
            }
        }
    }
    for (look, wait) in PLAN.into_iter().enumerate() {
        stage.waits(wait).await;
        if look == 3 {
            for one in killed {
                gives_up(stage, &one.subject).await;
            }
        }
        let is_slow_to_know = look == 0 && continuation == Continuation::Reconcile;
        if is_slow_to_know {
            stage.doku_is_overrun().await;
        }
        stage.reconciles().await;
        if is_slow_to_know {
            stage.hears().await;
            stage.hears_nothing().await;
        }
        let ledger = ledger(stage).await;
        let mut open = 0;
        for one in killed {
            let found = compare(stage, &one.subject, &ledger).await;
            open += usize::from(found.is_open);
        }
        if open == 0 {
            break;
        }
    }
    // What comes late, and twice, changes nothing any more.
    stage.hears().await;
    stage
        .shop
        .doku
        .order("notifications/release", json!({}))
        .await;
    stage.shop.doku.falls_silent().await;
    let ledger = ledger(stage).await;
    for one in killed {
        let found = compare(stage, &one.subject, &ledger).await;
        match found.wrong {
            Some(wrong) if !one.counts => tally.trouble(&one.case, &wrong),
            _ if one.counts => tally.note(&one.case, found),
            _ => {}
        }
    }
}

/// The caller repeats everything until it is answered for good.
async fn is_repeated(stage: &Stage, operation: Operation, killed: &[Killed], tally: &mut Tally) {
    let mut unanswered: Vec<&Killed> = killed.iter().collect();
    for wait in [A_MINUTE, FIVE_MINUTES, FIVE_MINUTES] {
        stage.waits(wait).await;
        let mut still = Vec::new();
        for one in unanswered {
            if let Request::News(_) = one.subject.request {
                continue;
            }
            let answer = repeat(stage, &one.subject).await.unwrap();
            if !is_for_good(&answer) {
                still.push((one, answer));
            }
        }
        unanswered = still.iter().map(|(one, _)| *one).collect();
        if wait == FIVE_MINUTES {
            continue;
        }
        // Whoever is not answered hears why, and when to come again.
        for (one, answer) in still {
            let why = answer.status == 202 || answer.body["code"] == "in_progress";
            if !why && !matches!(operation, Operation::Return) {
                tally.trouble(&one.case, &format!("repeated: {}", answer.text));
            }
        }
    }
    for one in unanswered {
        tally.trouble(&one.case, "repeated three times and never answered");
    }
    if let Operation::Notification | Operation::CardNotification = operation {
        // DOKU repeats by itself what nobody took.
        stage.hears().await;
        stage.waits(HALF_AN_HOUR).await;
        stage.shop.doku.falls_silent().await;
        stage.hears_nothing().await;
        knows_what_it_was_told(stage, killed, tally).await;
    }
}

fn is_for_good(answer: &Answer) -> bool {
    matches!(answer.status, 200 | 201 | 302 | 303) && answer.body["status"] != "unknown"
}

/// The customer does what the answer to the repeated request asks for.
async fn confirms(stage: &Stage, subject: &Subject) {
    let shop = &stage.shop;
    match &subject.about {
        About::Debit(invoice) => {
            let payment = stored(stage, invoice).await;
            let waits = payment.filter(|payment| payment["status"] == "otp_required");
            if let Some(payment) = waits {
                let id = payment["paymentId"].as_str().unwrap();
                shop.give_otp(id, RIGHT_OTP).await.expect(200);
            } else {
                pays_on_page(stage, subject).await;
            }
        }
        About::Binding(customer) | About::BindingByOtp(customer) => {
            let binding = linked(stage, customer).await;
            let waits = binding.filter(|binding| binding["nextAction"]["type"] == "redirect");
            if let Some(binding) = waits {
                shop.agree(&binding).await;
            }
        }
        _ => pays_on_page(stage, subject).await,
    }
}

/// The customer pays on DOKU's page, where there is one.
async fn pays_on_page(stage: &Stage, subject: &Subject) {
    let doku = &stage.shop.doku;
    match &subject.about {
        About::Debit(invoice) => {
            let at_doku = doku
                .rows("payments", "partnerReferenceNo", &json!(invoice))
                .await;
            let waits = |row: &Value| row["status"] == "initiated" && row["confirmation"] == "DH";
            if at_doku.iter().any(waits) {
                let path = format!("payments/{invoice}/approve");
                doku.order(&path, json!({})).await;
            }
        }
        About::CardCharge(invoice) => {
            let pages = doku
                .rows("cardPages", "invoiceNumber", &json!(invoice))
                .await;
            if pages.iter().any(|page| page["status"] == "open") {
                let order = json!({"invoiceNumber": invoice, "card": "approve"});
                doku.order("cards/pay", order).await;
            }
        }
        _ => {}
    }
}

/// DOKU ends what the customer never confirmed.
async fn gives_up(stage: &Stage, subject: &Subject) {
    let doku = &stage.shop.doku;
    match &subject.about {
        About::Debit(invoice) => {
            let at_doku = doku
                .rows("payments", "partnerReferenceNo", &json!(invoice))
                .await;
            if at_doku.iter().any(|row| row["status"] == "initiated") {
                let path = format!("payments/{invoice}/decline");
                doku.order(&path, json!({})).await;
            }
        }
        About::CardCharge(invoice) => {
            let pages = doku
                .rows("cardPages", "invoiceNumber", &json!(invoice))
                .await;
            if pages.iter().any(|page| page["status"] == "open") {
                let order = json!({"invoiceNumber": invoice, "notify": false});
                doku.order("cards/expire", order).await;
            }
        }
        _ => {}
    }
}

/// What was kept back comes.
async fn is_told(stage: &Stage) {
    stage.hears().await;
    stage
        .shop
        .doku
        .order("notifications/release", json!({}))
        .await;
    // What was being delivered when its function died comes again.
    stage.waits(HALF_AN_HOUR).await;
    stage.shop.doku.falls_silent().await;
    stage.hears_nothing().await;
}

/// Whatever DOKU told of is known before anybody asks.
async fn knows_what_it_was_told(stage: &Stage, killed: &[Killed], tally: &mut Tally) {
    let ledger = ledger(stage).await;
    for one in killed {
        if let About::Binding(_) | About::BindingByOtp(_) = one.subject.about {
            continue; // DOKU tells of money only
        }
        let found = compare(stage, &one.subject, &ledger).await;
        let moved = found
            .wrong
            .as_deref()
            .is_some_and(|wrong| wrong.starts_with('1'));
        if moved {
            tally.trouble(&one.case, "told of, and not known");
        }
    }
}
