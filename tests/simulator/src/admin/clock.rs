//! Moves the clock.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, read};
use crate::notifications::courier;
use crate::shared::Shared;

/// Either forward (or back) by so much, or to that distance from the system's time.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Move {
    advance_ms: Option<i64>,
    offset_ms: Option<i64>,
}

/// `GET /admin/clock`
pub async fn show(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(state(&shared))
}

/// `POST /admin/clock`: sends what has become due before it answers.
pub async fn set(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let offset = match read(&body)? {
        Move {
            advance_ms: Some(by),
            offset_ms: None,
        } => shared.clock.offset_ms().saturating_add(by),
        Move {
            advance_ms: None,
            offset_ms: Some(offset),
        } => offset,
        _ => return Err(AdminError::bad_request("give either advanceMs or offsetMs")),
    };
    shared
        .clock
        .set_offset_ms(offset)
        .map_err(|error| AdminError {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            sentence: format!("the offset file cannot be written: {error}"),
        })?;
    courier::send_due(&shared).await;
    Ok(Json(state(&shared)))
}

fn state(shared: &Shared) -> Value {
    json!({
        "offsetMs": shared.clock.offset_ms(),
        "now": shared.clock.now().rfc3339_millis(),
    })
}
