//! Orders to go wrong.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::{AdminError, Outcome, done, read};
use crate::shared::Shared;
use crate::world::faults::Fault;

/// `GET /admin/faults`: those not used up.
pub async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().faults.all()))
}

/// `POST /admin/faults` with one fault.
pub async fn order(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let fault: Fault = read(&body)?;
    let now = shared.clock.now();
    shared
        .world()
        .faults
        .order(fault, now)
        .map_err(AdminError::bad_request)?;
    Ok(done())
}

/// `DELETE /admin/faults`
pub async fn clear(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.world().faults.clear();
    done()
}
