//! Plays the card holder, the bank and DOKU's staff.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use doku_shared::clock::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, done, read};
use crate::notifications::courier;
use crate::operations::cards::checkout::{self, Attempt};
use crate::operations::cards::{capture, refund};
use crate::shared::Shared;
use crate::test_cards::{TEST_CARDS, TestCard};
use crate::world::World;

/// A page, by its invoice. Of several the charged one is meant, else the newest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Which {
    invoice_number: String,
}

/// How the holder pays.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Pay {
    invoice_number: String,
    /// `Request-Id` of the page, where an invoice has several.
    request_id: Option<String>,
    /// Name or number of a test card; the saved card, else `approve`, when left out.
    card: Option<String>,
    #[serde(default)]
    save: bool,
    tenor: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Challenge {
    invoice_number: String,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Expire {
    invoice_number: String,
    #[serde(default = "yes")]
    notify: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Part {
    invoice_number: String,
    amount: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Complete {
    request_id: String,
    #[serde(default = "yes")]
    success: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Save {
    customer_id: String,
    card: Option<String>,
}

const fn yes() -> bool {
    true
}

/// `GET /admin/cards`: the test cards.
pub async fn list() -> Json<Value> {
    let rows: Vec<Value> = TEST_CARDS
        .iter()
        .map(|card| {
            json!({
                "name": card.name,
                "number": card.number,
                "masked": card.masked(),
                "brand": card.brand,
                "issuer": card.issuer,
                "type": card.kind,
            })
        })
        .collect();
    Json(json!(rows))
}

/// `POST /admin/cards/pay`: what the form of the card page does.
pub async fn pay(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Pay = read(&body)?;
    act(&shared, |world, now| {
        let key = match order.request_id {
            Some(key) => key,
            None => key_of(world, &order.invoice_number)?,
        };
        let token = world.cards.pages.get(&key);
        let token = token.and_then(|page| page.order.token.clone());
        let mut choice = match (&order.card, token) {
            (None, Some(token)) => {
                checkout::saved(world, &token).ok_or("the saved card is gone")?
            }
            (name, _) => checkout::plain(card(name.as_deref())?),
        };
        choice.save = order.save;
        choice.tenor = order.tenor;
        let attempt = checkout::pay(world, &key, choice, now)?;
        Ok(told(world, &key, &attempt))
    })
}

/// `POST /admin/cards/challenge`: the right code is 111000; without a code the holder gives up.
pub async fn challenge(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Challenge = read(&body)?;
    act(&shared, |world, now| {
        let key = key_of(world, &order.invoice_number)?;
        let attempt = checkout::answer_challenge(world, &key, order.code.as_deref(), now)?;
        Ok(told(world, &key, &attempt))
    })
}

/// `POST /admin/cards/expire`: nothing can be paid on the page any more.
pub async fn expire(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Expire = read(&body)?;
    act(&shared, |world, now| {
        let key = key_of(world, &order.invoice_number)?;
        checkout::expire(world, &key, order.notify, now)?;
        Ok(json!({"ok": true}))
    })
}

/// `POST /admin/cards/capture`: DOKU captures by itself.
pub async fn capture(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Part = read(&body)?;
    act(&shared, |world, now| {
        let key = key_of(world, &order.invoice_number)?;
        capture::by_doku(world, &key, order.amount, now)?;
        Ok(json!({"ok": true}))
    })
}

/// `POST /admin/cards/refund`: DOKU's staff give money back without a call.
pub async fn refund(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Part = read(&body)?;
    act(&shared, |world, now| {
        let charge = world.cards.charge_of(&order.invoice_number);
        let charge = charge.ok_or("not paid")?;
        let left = charge.captured - charge.refunded;
        let key = charge.request_id.clone();
        let request_id = refund::by_doku(world, &key, order.amount.unwrap_or(left), now)?;
        Ok(json!({"requestId": request_id}))
    })
}

/// `POST /admin/cards/void`: DOKU's staff give up a hold, or take a payment back before it settles.
pub async fn void(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Which = read(&body)?;
    act(&shared, |world, now| {
        let charge = world.cards.charge_of(&order.invoice_number);
        let charge = charge.ok_or("not paid")?;
        let (key, captured) = (charge.request_id.clone(), charge.captured);
        let request_id = if charge.captured_at.is_none() {
            refund::give_up_hold(world, &key, now)?
        } else if charge.is_settled(now) || charge.refunded > 0 {
            return Err("it cannot be voided any more");
        } else {
            refund::by_doku(world, &key, captured, now)?
        };
        Ok(json!({"requestId": request_id}))
    })
}

/// `POST /admin/cards/complete`: a pending capture or a manual refund is decided.
pub async fn complete(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Complete = read(&body)?;
    act(&shared, |world, now| {
        let (key, success) = (&order.request_id, order.success);
        if capture::complete(world, key, success, now) || refund::complete(world, key, success, now)
        {
            Ok(json!({"ok": true}))
        } else {
            Err("nothing waits under this Request-Id")
        }
    })
}

/// `POST /admin/cards/settle`: the bank pays out before its time.
pub async fn settle(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Which = read(&body)?;
    let mut world = shared.world();
    let key = key_of(&world, &order.invoice_number).map_err(conflict)?;
    match world.cards.charges.get_mut(&key) {
        Some(charge) if charge.captured_at.is_some() && !charge.voided => {
            charge.settled = true;
            Ok(done())
        }
        _ => Err(conflict("nothing is captured")),
    }
}

/// `POST /admin/cards/tokens`: a card saved some other time.
pub async fn save(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Save = read(&body)?;
    let choice = checkout::plain(card(order.card.as_deref()).map_err(conflict)?);
    let id = checkout::save(&mut shared.world(), &order.customer_id, &choice);
    Ok(Json(json!({"tokenId": id})))
}

/// Carries an order out and sends off what the merchant has to be told.
fn act(
    shared: &Arc<Shared>,
    order: impl FnOnce(&mut World, Timestamp) -> Result<Value, &'static str>,
) -> Outcome {
    let now = shared.clock.now();
    let outcome = order(&mut shared.world(), now);
    courier::dispatch(shared);
    outcome.map(Json).map_err(conflict)
}

fn conflict(sentence: &'static str) -> AdminError {
    AdminError {
        status: StatusCode::CONFLICT,
        sentence: sentence.into(),
    }
}

fn key_of(world: &World, invoice: &str) -> Result<String, &'static str> {
    let page = world.cards.page_of(invoice).ok_or("no such invoice")?;
    Ok(page.request_id.clone())
}

fn card(name: Option<&str>) -> Result<&'static TestCard, &'static str> {
    TestCard::find(name.unwrap_or("approve")).ok_or("no such test card")
}

fn told(world: &World, key: &str, attempt: &Attempt) -> Value {
    let (outcome, reason) = match attempt {
        Attempt::Approved => ("approved", None),
        Attempt::Declined(reason) => ("declined", Some(*reason)),
        Attempt::Challenged => ("challenged", None),
        Attempt::WrongCode => ("wrong_code", None),
    };
    let page = world.cards.pages.get(key).map(|page| &page.order);
    let redirect = page.and_then(|order| match attempt {
        Attempt::Approved => order.callback_url.as_deref(),
        _ => None,
    });
    json!({"outcome": outcome, "reason": reason, "redirect": redirect})
}
