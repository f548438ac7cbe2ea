//! Check status of an invoice, or of the call with a `Request-Id`.

use serde_json::Value;
use url::form_urlencoded;

use super::transaction::Transaction;
use super::{capture, checkout, refund};
use crate::non_snap::answer::Refusal;
use crate::operations::bri;
use crate::operations::non_snap::Work;
use crate::world::World;
use crate::world::cards::charge::{CardRefund, Charge, Outcome};
use crate::world::cards::page::{Page, PageStatus};

pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let encoded = work.call.path.rsplit('/').next().unwrap_or_default();
    let id = decoded(encoded);
    find(work.world, &id).ok_or_else(not_found)
}

/// The refusal of a status that knows of no such thing.
pub fn not_found() -> Refusal {
    Refusal::not_found("Transaction Not Found")
}

fn find(world: &World, id: &str) -> Option<Value> {
    let cards = &world.cards;
    if let Some(page) = cards.page_of(id).or_else(|| cards.pages.get(id)) {
        return Some(of_page(world, page).status());
    }
    if let Some(capture) = cards.captures.get(id) {
        return Some(capture::transaction(world, capture)?.status());
    }
    if let Some(refund) = cards.refunds.get(id) {
        return Some(refund::transaction(world, refund)?.status());
    }
    let payment = world.bri.payment_of(id);
    let payment = payment.or_else(|| world.bri.payment(id))?;
    Some(bri::transaction::status(payment))
}

/// What is true of a page now.
pub fn of_page<'a>(world: &'a World, page: &'a Page) -> Transaction<'a> {
    if let Some(charge) = world.cards.charges.get(&page.request_id) {
        return of_charge(world, page, charge);
    }
    match page.status {
        PageStatus::Challenged => Transaction::of_page(page, "REDIRECT"),
        PageStatus::Expired => Transaction::of_page(page, "EXPIRED"),
        PageStatus::Open | PageStatus::Charged => {
            checkout::refused(page).unwrap_or_else(|| Transaction::of_page(page, "PENDING"))
        }
    }
}

fn of_charge<'a>(world: &'a World, page: &'a Page, charge: &'a Charge) -> Transaction<'a> {
    let captured = world.cards.captures.iter().find(|capture| {
        capture.page_request_id == charge.request_id && capture.outcome == Outcome::Success
    });
    let mut transaction = captured
        .and_then(|capture| capture::transaction(world, capture))
        .unwrap_or_else(|| Transaction::of_charge(page, charge));
    let done = |refund: &&CardRefund| {
        refund.page_request_id == charge.request_id && refund.outcome == Outcome::Success
    };
    let refunded: u64 = world
        .cards
        .refunds
        .iter()
        .filter(done)
        .map(|refund| refund.amount)
        .sum();
    if refunded > 0 && charge.captured_at.is_some() {
        transaction.refunded = Some(refunded);
    }
    if charge.voided {
        transaction.status = "VOIDED";
    } else if refunded > 0 && refunded == charge.captured {
        transaction.status = "REFUNDED";
    }
    transaction
}

/// The id as it was before it was put into a path. A plus is a plus there.
fn decoded(encoded: &str) -> String {
    let kept = encoded.replace('+', "%2B");
    form_urlencoded::parse(kept.as_bytes())
        .next()
        .map(|(id, _)| id.into_owned())
        .unwrap_or_default()
}
