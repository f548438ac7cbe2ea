//! What was accepted, and every call.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::done;
use crate::shared::Shared;

/// `GET /admin/ledger`
pub async fn show(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let now = shared.clock.now();
    Json(shared.world().ledger(now))
}

/// `GET /admin/calls`
pub async fn calls(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().calls))
}

/// `DELETE /admin/calls`
pub async fn forget_calls(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.world().calls.clear();
    done()
}
