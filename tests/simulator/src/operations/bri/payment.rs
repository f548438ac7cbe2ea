//! Recurring charge: debits a registered card at once, and nobody is asked.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::{order, transaction};
use crate::channel::BRI;
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::Work;
use crate::random;
use crate::world::World;
use crate::world::accounts::Charge;
use crate::world::bri::payment::{RecurringOrder, RecurringPayment};
use crate::world::declines::Decline;
use crate::world::faults::FaultKind;
use crate::world::payment::PaymentStatus;

pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let order = order::read(work)?;
    token_of_customer(work, &order)?;
    invoice_is_free(work, &order.invoice)?;
    work.world.bri.insert(RecurringPayment {
        order,
        request_id: work.request_id.to_owned(),
        payment_id: format!("DD{}", random::digits(18)),
        status: PaymentStatus::Initiated,
        declined: None,
        created_at: work.now(),
        decided_at: None,
    });
    let (key, now) = (work.request_id, work.now());
    match work.fault {
        Some(FaultKind::Pending) => {}
        Some(FaultKind::Decline) => end(work.world, key, Err(Decline::DoNotHonour), now),
        _ => settle(work.world, key, now),
    }
    let payment = work.world.bri.payment(key);
    let payment = payment.ok_or_else(|| Refusal::not_found("Transaction Not Found"))?;
    let decided = work.world.settings.bri_recurring_decided_at_once;
    Ok(answer(payment, decided))
}

/// A token is one of this customer's, and not deleted. Which refusal DOKU has for another is not
/// documented; assumed: that of the deletion of cards.
fn token_of_customer(work: &mut Work<'_>, order: &RecurringOrder) -> Result<(), Refusal> {
    let token = work.world.bri.tokens.get(&order.token_id);
    let owner = token
        .filter(|token| token.active)
        .map(|token| token.customer_id.clone());
    if owner.as_ref() == Some(&order.customer_id) {
        return Ok(());
    }
    if let Some(owner) = owner {
        let detail = format!("token of {owner}, used for {}", order.customer_id);
        work.violation("bri_token_of_another_customer", detail);
    }
    Err(Refusal {
        status: 404,
        code: "TOKEN_NOT_FOUND",
        message: "payment.token_id is not known".to_owned(),
    })
}

/// An invoice is good for one charge, whatever became of it. Nobody careful asks for a second one
/// with another `Request-Id`.
fn invoice_is_free(work: &mut Work<'_>, invoice: &str) -> Result<(), Refusal> {
    let charged = work.world.bri.payment_of(invoice);
    let by_page = work.world.cards.page_of(invoice).is_some();
    if charged.is_none() && !by_page {
        return Ok(());
    }
    if charged.is_none_or(|charged| charged.request_id != work.request_id) {
        work.violation("second_charge_of_an_invoice", format!("invoice {invoice}"));
    }
    Err(Refusal::used_invoice("Invoice Number Already Used"))
}

/// Debits the account and tells the merchant how it went.
fn settle(world: &mut World, key: &str, now: Timestamp) {
    let Some(payment) = world.bri.payment(key) else {
        return;
    };
    let charge = Charge {
        partner_reference_no: payment.order.invoice.clone(),
        kind: "RECURRING",
        token_id: Some(payment.order.token_id.clone()),
        channel: BRI,
        cust_id: payment.order.customer_id.clone(),
        amount: payment.amount(),
        at: now,
    };
    let charged = world.accounts.charge(charge);
    end(world, key, charged, now);
}

/// The bank has decided.
fn end(world: &mut World, key: &str, charged: Result<(), Decline>, now: Timestamp) {
    if let Some(payment) = world.bri.payment_mut(key) {
        payment.decided_at = Some(now);
        payment.declined = charged.err();
        payment.status = match charged {
            Ok(()) => PaymentStatus::Paid,
            Err(_) => PaymentStatus::Failed,
        };
    }
    if let Some(payment) = world.bri.payment(key) {
        let notice = transaction::notice(&world.settings, payment);
        world.outbox.fresh.push(notice);
    }
}

/// The bank decides on a charge that waits; false when none does. One that is to succeed still
/// needs an account that pays.
pub fn complete(world: &mut World, invoice: &str, success: bool, now: Timestamp) -> bool {
    let waiting = world.bri.payment_of(invoice);
    let waiting = waiting.filter(|payment| payment.status == PaymentStatus::Initiated);
    let Some(key) = waiting.map(|payment| payment.request_id.clone()) else {
        return false;
    };
    if success {
        settle(world, &key, now);
    } else {
        end(world, &key, Err(Decline::DoNotHonour), now);
    }
    true
}

fn answer(payment: &RecurringPayment, decided: bool) -> Value {
    json!({
        "acquirer": {"id": "BRI"},
        "customer": payment.order.customer,
        "order": payment.order.order,
        "payment": {
            "payment_id": payment.payment_id,
            "token": payment.order.token_id,
            "status": if decided { payment.word() } else { "PENDING" },
        },
    })
}
