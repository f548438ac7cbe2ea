//! Refund of a captured card payment: a void before it settles, a refund after.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::transaction::Transaction;
use crate::checks::fields;
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::Work;
use crate::random;
use crate::world::World;
use crate::world::cards::charge::{CardRefund, Charge, Outcome};
use crate::world::faults::FaultKind;

pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let body = work.body()?;
    let order = body.object("order")?;
    let invoice = order.text("invoice_number", 1..=64, fields::any)?;
    order.close()?;
    let payment = body.object("payment")?;
    let original = payment.text("original_request_id", 1..=128, fields::any)?;
    payment.close()?;
    let refund = body.object("refund")?;
    let amount = refund.integer("amount", 1..=u64::MAX)?;
    refund.close()?;
    body.close()?;

    let Some(charge) = work.world.cards.charge_of(invoice).cloned() else {
        return Err(Refusal::not_found("order.invoice_number is not paid"));
    };
    if charge.request_id != original {
        return Err(Refusal::not_found(
            "payment.original_request_id is not the Request-Id of the payment",
        ));
    }
    if charge.captured_at.is_none() {
        return Err(Refusal::parameter("The payment is not captured"));
    }
    if charge.voided || amount > charge.captured - charge.refunded {
        return Err(Refusal::parameter(
            "Invalid Field Format refund.amount. More than is left to refund",
        ));
    }
    let decision = decide(work, &charge, amount);
    let refund = CardRefund {
        invoice: invoice.to_owned(),
        request_id: work.request_id.to_owned(),
        page_request_id: charge.request_id,
        amount,
        kind: decision.kind,
        by: "merchant",
        nameless: false,
        outcome: decision.outcome,
        approval_code: random::digits(6),
        at: work.now(),
    };
    book(work.world, refund.clone());
    Ok(answer(&refund, decision.message))
}

struct Decision {
    kind: &'static str,
    outcome: Outcome,
    message: &'static str,
}

/// The type follows from settlement and amount. Before it settles a payment can only be taken
/// back as a whole.
fn decide(work: &Work<'_>, charge: &Charge, amount: u64) -> Decision {
    let whole = amount == charge.captured;
    let settled = charge.is_settled(work.now());
    let manual = work.world.settings.manual_refunds;
    let kind = match (settled, manual, whole) {
        (false, ..) => "VOID",
        (true, false, true) => "FULL_REFUND",
        (true, false, false) => "PARTIAL_REFUND",
        (true, true, true) => "MANUAL_FULL_REFUND",
        (true, true, false) => "MANUAL_PARTIAL_REFUND",
    };
    let (outcome, message) = if work.fault == Some(FaultKind::Decline) {
        (Outcome::Failed, "REFUND FAILED")
    } else if !settled && !whole {
        (Outcome::Failed, "VOID MUST BE THE WHOLE AMOUNT")
    } else if settled && manual {
        (Outcome::Pending, "REFUND IS BEING PROCESSED")
    } else {
        (Outcome::Success, "REFUND SUCCESS")
    };
    Decision {
        kind,
        outcome,
        message,
    }
}

/// Writes a refund down and gives its money back. What DOKU's staff work on is taken out of what
/// is left, and told when they are done.
fn book(world: &mut World, refund: CardRefund) {
    if refund.outcome != Outcome::Failed
        && let Some(charge) = world.cards.charges.get_mut(&refund.page_request_id)
    {
        charge.refunded += refund.amount;
        charge.voided = refund.kind == "VOID";
    }
    let key = refund.request_id.clone();
    let done = refund.outcome == Outcome::Success;
    world.cards.refunds.insert(&key, refund);
    if done {
        notify(world, &key);
    }
}

/// DOKU's staff give money back without being asked by a call; the error is a sentence.
pub fn by_doku(
    world: &mut World,
    page_key: &str,
    amount: u64,
    now: Timestamp,
) -> Result<String, &'static str> {
    let charge = world.cards.charges.get(page_key).ok_or("not paid")?;
    if charge.captured_at.is_none() {
        return Err("nothing is captured");
    }
    if charge.voided || amount == 0 || amount > charge.captured - charge.refunded {
        return Err("no amount that is left to refund");
    }
    let whole = amount == charge.captured;
    let kind = match (charge.is_settled(now), whole) {
        (false, true) => "VOID",
        (_, true) => "FULL_REFUND",
        (_, false) => "PARTIAL_REFUND",
    };
    let refund = CardRefund {
        invoice: charge.invoice.clone(),
        request_id: random::request_id(),
        page_request_id: page_key.to_owned(),
        amount,
        kind,
        by: "doku",
        nameless: !world.settings.back_office_refunds_named,
        outcome: Outcome::Success,
        approval_code: random::digits(6),
        at: now,
    };
    let key = refund.request_id.clone();
    book(world, refund);
    Ok(key)
}

/// DOKU's staff give up a hold of which nothing was captured; the error is a sentence.
pub fn give_up_hold(
    world: &mut World,
    page_key: &str,
    now: Timestamp,
) -> Result<String, &'static str> {
    let nameless = !world.settings.back_office_refunds_named;
    let charge = world
        .cards
        .charges
        .get_mut(page_key)
        .ok_or("not authorised")?;
    if charge.captured_at.is_some() || charge.voided || charge.has_lapsed(now) {
        return Err("nothing is held");
    }
    charge.voided = true;
    let refund = CardRefund {
        invoice: charge.invoice.clone(),
        request_id: random::request_id(),
        page_request_id: page_key.to_owned(),
        // No money moves.
        amount: 0,
        kind: "VOID",
        by: "doku",
        nameless,
        outcome: Outcome::Success,
        approval_code: random::digits(6),
        at: now,
    };
    let key = refund.request_id.clone();
    world.cards.refunds.insert(&key, refund);
    notify(world, &key);
    Ok(key)
}

/// DOKU's staff finish a manual refund; false when it waits for nothing.
pub fn complete(world: &mut World, key: &str, success: bool, now: Timestamp) -> bool {
    let Some(refund) = world.cards.refunds.get_mut(key) else {
        return false;
    };
    if refund.outcome != Outcome::Pending {
        return false;
    }
    refund.at = now;
    refund.outcome = if success {
        Outcome::Success
    } else {
        Outcome::Failed
    };
    let refund = refund.clone();
    if !success && let Some(charge) = world.cards.charges.get_mut(&refund.page_request_id) {
        charge.refunded -= refund.amount;
    }
    notify(world, key);
    true
}

fn notify(world: &mut World, key: &str) {
    let Some(refund) = world.cards.refunds.get(key) else {
        return;
    };
    if let Some(mut transaction) = transaction(world, refund) {
        if refund.nameless {
            transaction.request_id = &refund.page_request_id;
        }
        let notice = transaction.notice(world);
        world.outbox.fresh.push(notice);
    }
}

/// A refund in DOKU's words.
pub fn transaction<'a>(world: &'a World, refund: &'a CardRefund) -> Option<Transaction<'a>> {
    let page = world.cards.pages.get(&refund.page_request_id)?;
    let charge = world.cards.charges.get(&refund.page_request_id)?;
    let full = refund.kind.ends_with("FULL_REFUND") && world.settings.full_refund_named;
    Some(Transaction {
        status: refund.outcome.word(),
        kind: match refund.kind {
            "VOID" => "VOID",
            _ if full => "FULL_REFUND",
            _ => "REFUND",
        },
        at: refund.at,
        request_id: &refund.request_id,
        approval_code: Some(&refund.approval_code),
        refunded: (refund.amount > 0).then_some(refund.amount),
        ..Transaction::of_charge(page, charge)
    })
}

fn answer(refund: &CardRefund, message: &str) -> Value {
    let failed = refund.outcome == Outcome::Failed;
    let mut answer = json!({"refund": {
        "amount": refund.amount,
        "type": refund.kind,
        // Of a manual one success means that it was taken.
        "status": if failed { "FAILED" } else { "SUCCESS" },
        "message": message,
    }});
    if !failed {
        answer["refund"]["approval_code"] = json!(refund.approval_code);
    }
    answer
}
