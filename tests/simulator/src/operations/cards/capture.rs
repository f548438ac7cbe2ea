//! Capture: takes the money of an authorisation, once, within seven days.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::transaction::Transaction;
use crate::checks::fields;
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::Work;
use crate::random;
use crate::world::World;
use crate::world::cards::charge::{Capture, Charge, Outcome};
use crate::world::faults::FaultKind;

pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let body = work.body()?;
    let payment = body.object("payment")?;
    let authorize_id = payment.text("authorize_id", 1..=255, fields::any)?;
    let amount = payment.optional_integer("capture_amount", 1..=u64::MAX)?;
    payment.close()?;
    body.close()?;
    let Some(charge) = work.world.cards.authorised(authorize_id).cloned() else {
        return Err(Refusal::not_found("payment.authorize_id is not known"));
    };
    let amount = amount.unwrap_or(charge.amount);
    if amount > charge.amount {
        let detail = format!("{amount} of {}, {authorize_id}", charge.amount);
        work.violation("capture_beyond_the_authorisation", detail);
        return Err(Refusal::parameter(
            "Invalid Field Format payment.capture_amount. More than was authorised",
        ));
    }
    let decision = decide(work, &charge);
    let capture = Capture {
        invoice: charge.invoice.clone(),
        request_id: work.request_id.to_owned(),
        page_request_id: charge.request_id.clone(),
        authorize_id: authorize_id.to_owned(),
        amount,
        outcome: decision.outcome,
        by: "merchant",
        approval_code: random::digits(6),
        at: work.now(),
    };
    let tell = decision.by_bank && decision.outcome != Outcome::Pending;
    book(work.world, capture.clone(), tell);
    Ok(answer(work.world, &capture, &decision))
}

/// What the bank, or DOKU before it, says to a capture.
struct Decision {
    outcome: Outcome,
    code: &'static str,
    message: &'static str,
    /// What DOKU refuses by itself is not notified.
    by_bank: bool,
}

fn decide(work: &mut Work<'_>, charge: &Charge) -> Decision {
    let decision = |outcome, code, message, by_bank| Decision {
        outcome,
        code,
        message,
        by_bank,
    };
    if charge.captured_at.is_some() || is_pending(work.world, charge) {
        if by_merchant(work.world, charge) {
            let detail = format!("invoice {}", charge.invoice);
            work.violation("captured_again", detail);
        }
        return decision(Outcome::Failed, "12", "ALREADY CAPTURED", false);
    }
    if charge.voided {
        return decision(Outcome::Failed, "12", "AUTHORIZATION VOIDED", false);
    }
    if charge.has_lapsed(work.now()) {
        return decision(Outcome::Failed, "12", "AUTHORIZATION EXPIRED", false);
    }
    match work.fault {
        Some(FaultKind::Decline) => decision(Outcome::Failed, "05", "DO NOT HONOUR", true),
        Some(FaultKind::Pending) => decision(Outcome::Pending, "09", "IN PROGRESS", true),
        // DOKU's own sample of a success carries 01.
        _ => decision(Outcome::Success, "01", "SUCCESS", true),
    }
}

fn is_pending(world: &World, charge: &Charge) -> bool {
    world.cards.captures.iter().any(|capture| {
        capture.page_request_id == charge.request_id && capture.outcome == Outcome::Pending
    })
}

/// Whether the merchant's own capture was taken already.
fn by_merchant(world: &World, charge: &Charge) -> bool {
    world.cards.captures.iter().any(|capture| {
        capture.page_request_id == charge.request_id
            && capture.by == "merchant"
            && capture.outcome != Outcome::Failed
    })
}

/// Writes a capture down, takes its money when it succeeded, and tells the merchant.
fn book(world: &mut World, capture: Capture, tell: bool) {
    if capture.outcome == Outcome::Success {
        take(world, &capture);
    }
    let key = capture.request_id.clone();
    world.cards.captures.insert(&key, capture);
    if tell {
        notify(world, &key);
    }
}

fn take(world: &mut World, capture: &Capture) {
    if let Some(charge) = world.cards.charges.get_mut(&capture.page_request_id) {
        charge.captured = capture.amount;
        charge.captured_at = Some(capture.at);
    }
}

fn notify(world: &mut World, key: &str) {
    let Some(capture) = world.cards.captures.get(key) else {
        return;
    };
    if let Some(transaction) = transaction(world, capture) {
        let notice = transaction.notice(world);
        world.outbox.fresh.push(notice);
    }
}

/// DOKU captures by itself, everything unless it is told how much; the error is a sentence.
pub fn by_doku(
    world: &mut World,
    page_key: &str,
    amount: Option<u64>,
    now: Timestamp,
) -> Result<(), &'static str> {
    let charge = world.cards.charges.get(page_key).ok_or("not authorised")?;
    let authorize_id = charge.authorize_id.clone().ok_or("not authorised")?;
    let amount = amount.unwrap_or(charge.amount);
    if charge.captured_at.is_some() || is_pending(world, charge) {
        return Err("captured already");
    }
    if charge.voided {
        return Err("the hold was given up");
    }
    if charge.has_lapsed(now) {
        return Err("the authorisation has lapsed");
    }
    if amount == 0 || amount > charge.amount {
        return Err("no amount that can be captured");
    }
    let capture = Capture {
        invoice: charge.invoice.clone(),
        request_id: random::request_id(),
        page_request_id: page_key.to_owned(),
        authorize_id,
        amount,
        outcome: Outcome::Success,
        by: "doku",
        approval_code: random::digits(6),
        at: now,
    };
    book(world, capture, true);
    Ok(())
}

/// The bank decides on a pending capture; false when it waits for nothing.
pub fn complete(world: &mut World, key: &str, success: bool, now: Timestamp) -> bool {
    let Some(capture) = world.cards.captures.get_mut(key) else {
        return false;
    };
    if capture.outcome != Outcome::Pending {
        return false;
    }
    capture.at = now;
    capture.outcome = if success {
        Outcome::Success
    } else {
        Outcome::Failed
    };
    let capture = capture.clone();
    if success {
        take(world, &capture);
    }
    notify(world, key);
    true
}

/// A capture in DOKU's words.
pub fn transaction<'a>(world: &'a World, capture: &'a Capture) -> Option<Transaction<'a>> {
    let page = world.cards.pages.get(&capture.page_request_id)?;
    let charge = world.cards.charges.get(&capture.page_request_id)?;
    let failed = capture.outcome == Outcome::Failed;
    Some(Transaction {
        status: capture.outcome.word(),
        kind: "CAPTURE",
        amount: capture.amount,
        at: capture.at,
        request_id: &capture.request_id,
        approval_code: (!failed).then_some(&*capture.approval_code),
        decision: Some(if failed {
            ("05", "DO NOT HONOUR")
        } else {
            ("00", "APPROVED")
        }),
        ..Transaction::of_charge(page, charge)
    })
}

fn answer(world: &World, capture: &Capture, decision: &Decision) -> Value {
    let cards = &world.cards;
    let (Some(page), Some(charge)) = (
        cards.pages.get(&capture.page_request_id),
        cards.charges.get(&capture.page_request_id),
    ) else {
        return Value::Null;
    };
    let card = charge.choice.card;
    let mut answer = json!({
        "order": {"invoice_number": capture.invoice, "amount": capture.amount},
        "customer": page.order.customer.echoed,
        "payment": {
            "type": "CAPTURE",
            "identifier": [],
            "request_id": capture.request_id,
            "authorize_id": capture.authorize_id,
            "response_code": decision.code,
            "response_message": decision.message,
            "eci": "05",
            "status": capture.outcome.word(),
        },
        "card": {
            "masked": card.masked(),
            "type": card.kind,
            "issuer": card.issuer,
            "brand": card.brand,
        },
    });
    if capture.outcome == Outcome::Success {
        answer["payment"]["approval_code"] = json!(capture.approval_code);
    }
    if let Some(id) = &charge.authentication_id {
        answer["three_dsecure"] = json!({"authentication_id": id});
    }
    if let Some(token) = &charge.choice.token_id {
        answer["card"]["token"] = json!(token);
    }
    answer
}
