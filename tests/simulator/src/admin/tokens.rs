//! Voids tokens, as DOKU may do at any time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::Value;

use super::done;
use crate::shared::Shared;

/// `POST /admin/tokens/void`: all B2B tokens.
pub async fn void_merchant(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.world().tokens.void_merchant();
    done()
}

/// `POST /admin/tokens/void-customers`: all B2B2C tokens.
pub async fn void_customers(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.world().tokens.void_customers();
    done()
}
