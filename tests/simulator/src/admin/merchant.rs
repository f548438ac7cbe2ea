//! Where the merchant is.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;

use super::{AdminError, Outcome, done, read};
use crate::server::check_merchant_url;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Merchant {
    base_url: String,
}

/// `POST /admin/merchant`: also forgets the token of the merchant that was there before.
pub async fn set(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let Merchant { base_url } = read(&body)?;
    check_merchant_url(&base_url).map_err(|error| AdminError::bad_request(error.to_string()))?;
    shared.merchant.forget_token().await;
    shared.world().merchant_base_url = Some(base_url);
    Ok(done())
}
