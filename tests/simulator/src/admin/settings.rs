//! Switches where DOKU's documents disagree.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::{AdminError, Outcome, read};
use crate::shared::Shared;
use crate::world::settings::Settings;

/// `GET /admin/settings`
pub async fn show(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().settings))
}

/// `POST /admin/settings`: the switches named change, the others stay.
pub async fn change(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let named: Map<String, Value> = read(&body)?;
    let mut world = shared.world();
    let mut settings = json!(world.settings);
    if let Some(members) = settings.as_object_mut() {
        members.extend(named);
    }
    let changed: Settings = serde_json::from_value(settings)
        .map_err(|error| AdminError::bad_request(error.to_string()))?;
    world.settings = changed;
    Ok(Json(json!(world.settings)))
}
