//! Plays the customer and the bank of BRI's recurring charges.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, done, read};
use crate::notifications::courier;
use crate::operations::bri::{payment, tokens};
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Register {
    customer_id: String,
    /// A made-up one when left out.
    token_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Delete {
    token_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Complete {
    invoice_number: String,
    #[serde(default = "yes")]
    success: bool,
}

const fn yes() -> bool {
    true
}

/// `GET /admin/bri/tokens`: all customers' registered cards, as in the ledger.
pub async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().bri.token_rows()))
}

/// `POST /admin/bri/tokens`: a card that the customer registered some other time.
pub async fn register(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Register = read(&body)?;
    let mut world = shared.world();
    let token = tokens::register(&mut world, &order.customer_id, order.token_id);
    let token = token.ok_or_else(|| conflict("this token is there already"))?;
    Ok(Json(
        json!({"tokenId": token.id, "maskedAccount": token.masked}),
    ))
}

/// `POST /admin/bri/tokens/delete`: the bank or the customer ends it.
pub async fn delete(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Delete = read(&body)?;
    if tokens::delete(&mut shared.world(), &order.token_id) {
        Ok(done())
    } else {
        Err(conflict("no such token"))
    }
}

/// `POST /admin/bri/complete`: a pending charge is decided.
pub async fn complete(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let order: Complete = read(&body)?;
    let now = shared.clock.now();
    let decided = payment::complete(
        &mut shared.world(),
        &order.invoice_number,
        order.success,
        now,
    );
    courier::dispatch(&shared);
    if decided {
        Ok(done())
    } else {
        Err(conflict("no charge of this invoice waits"))
    }
}

fn conflict(sentence: &'static str) -> AdminError {
    AdminError {
        status: StatusCode::CONFLICT,
        sentence: sentence.into(),
    }
}
