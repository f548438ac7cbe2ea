//! Plays the customer: balances, and the buttons of the pages.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, read};
use crate::money::Amount;
use crate::notifications::courier;
use crate::pages::consent;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Account {
    cust_id_merchant: String,
    balance: Value,
}

/// `POST /admin/accounts`: the balance as `"5000.00"`, `"5000"` or a whole number.
pub async fn set_balance(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let account: Account = read(&body)?;
    let balance = match &account.balance {
        Value::String(text) => {
            Amount::parse(text).or_else(|| text.parse().ok().map(Amount::rupiah))
        }
        other => other.as_u64().map(Amount::rupiah),
    };
    let balance = balance.ok_or_else(|| AdminError::bad_request("balance is no amount of IDR"))?;
    let mut world = shared.world();
    world.accounts.set(&account.cust_id_merchant, balance);
    Ok(Json(
        json!({"custIdMerchant": account.cust_id_merchant, "balance": balance}),
    ))
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

/// `POST /admin/payments/{partnerReferenceNo}/approve`
pub async fn approve_payment(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
) -> Outcome {
    let now = shared.clock.now();
    let decided = consent::approve_payment(&mut shared.world(), &reference, now);
    courier::dispatch(&shared);
    redirect(decided)
}

/// `POST /admin/payments/{partnerReferenceNo}/decline`
pub async fn decline_payment(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
) -> Outcome {
    let decided = consent::decline_payment(&mut shared.world(), &reference);
    courier::dispatch(&shared);
    redirect(decided)
}

fn redirect(decided: Result<String, &'static str>) -> Outcome {
    decided
        .map(|address| Json(json!({"redirect": address})))
        .map_err(|sentence| AdminError {
            status: StatusCode::CONFLICT,
            sentence: sentence.into(),
        })
}
