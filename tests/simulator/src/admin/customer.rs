//! Plays the customer: balances, and the buttons of the pages.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, done, read};
use crate::money::Amount;
use crate::notifications::courier;
use crate::pages::consent;
use crate::shared::Shared;
use crate::world::World;
use crate::world::accounts::Holding;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Account {
    cust_id_merchant: String,
    /// Only there, if it is named; otherwise at all channels that have no account of their own.
    channel: Option<String>,
    balance: Option<Value>,
    /// What a balance inquiry of that channel answers, row by row.
    holdings: Option<Vec<Holding>>,
}

/// `POST /admin/accounts`: the balance as `"5000.00"`, `"5000"` or a whole number, or the rows of
/// balance inquiries. A wallet without a customer's token pays from the account whose
/// `custIdMerchant` is the channel's code.
pub async fn set_balance(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let account: Account = read(&body)?;
    let mut world = shared.world();
    let channel = match &account.channel {
        None => None,
        Some(code) => Some(world.channels.get(code).ok_or_else(|| unknown(code))?),
    };
    let cust_id = &account.cust_id_merchant;
    if let Some(rows) = account.holdings {
        let needed = "holdings belong to a channel: name it";
        let channel = channel.ok_or_else(|| AdminError::bad_request(needed))?;
        world.accounts.hold(channel, cust_id, rows);
    } else if account.balance.is_none() {
        return Err(AdminError::bad_request("give balance or holdings"));
    }
    let Some(balance) = account.balance else {
        return Ok(done());
    };
    let balance = match &balance {
        Value::String(text) => {
            Amount::parse(text).or_else(|| text.parse().ok().map(Amount::rupiah))
        }
        other => other.as_u64().map(Amount::rupiah),
    };
    let balance = balance.ok_or_else(|| AdminError::bad_request("balance is no amount of IDR"))?;
    match channel {
        Some(channel) => world.accounts.set_at(channel, cust_id, balance),
        None => world.accounts.set(cust_id, balance),
    }
    Ok(Json(
        json!({"custIdMerchant": account.cust_id_merchant, "balance": balance}),
    ))
}

fn unknown(code: &str) -> AdminError {
    AdminError::bad_request(format!("no channel {code}"))
}

/// `POST /admin/bindings/{authCode}/approve`
pub async fn approve_binding(
    State(shared): State<Arc<Shared>>,
    Path(auth_code): Path<String>,
) -> Outcome {
    redirect(consent::approve_binding(&mut shared.world(), &auth_code))
}

/// `POST /admin/bindings/{authCode}/decline`
pub async fn decline_binding(
    State(shared): State<Arc<Shared>>,
    Path(auth_code): Path<String>,
) -> Outcome {
    redirect(consent::decline_binding(&mut shared.world(), &auth_code))
}

/// `POST /admin/bindings/{authCode}/end`: the customer unlinks the account, on DOKU's page or in the
/// wallet's app.
pub async fn end_binding(
    State(shared): State<Arc<Shared>>,
    Path(auth_code): Path<String>,
) -> Outcome {
    let ended = consent::end_binding(&mut shared.world(), &auth_code);
    redirect(ended.map(|()| String::new()))
}

/// Which of several payments of one reference: by default the one that waits.
#[derive(Deserialize)]
pub struct Which {
    channel: Option<String>,
}

/// `POST /admin/payments/{partnerReferenceNo}/approve[?channel=…]`
pub async fn approve_payment(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
    Query(which): Query<Which>,
) -> Outcome {
    let now = shared.clock.now();
    let decided = decide(&shared, &reference, &which, |world, key| {
        consent::approve_payment(world, key, now)
    });
    courier::dispatch(&shared);
    redirect(decided)
}

/// `POST /admin/payments/{partnerReferenceNo}/decline[?channel=…]`
pub async fn decline_payment(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
    Query(which): Query<Which>,
) -> Outcome {
    let decided = decide(&shared, &reference, &which, consent::decline_payment);
    courier::dispatch(&shared);
    redirect(decided)
}

fn decide(
    shared: &Shared,
    reference: &str,
    which: &Which,
    decide: impl FnOnce(&mut World, &str) -> Result<String, &'static str>,
) -> Result<String, &'static str> {
    let mut world = shared.world();
    let key = world.payment_key(reference, which.channel.as_deref());
    decide(&mut world, key.as_deref().unwrap_or_default())
}

fn redirect(decided: Result<String, &'static str>) -> Outcome {
    decided
        .map(|address| Json(json!({"redirect": address})))
        .map_err(|sentence| AdminError {
            status: StatusCode::CONFLICT,
            sentence: sentence.into(),
        })
}
