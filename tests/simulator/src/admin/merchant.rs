//! Where the merchant is, and the secret shared with them.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use secrecy::SecretString;
use serde::Deserialize;

use super::{AdminError, Outcome, done, read};
use crate::server::check_merchant_url;
use crate::shared::Shared;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Merchant {
    base_url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Secret {
    secret_key: SecretString,
}

/// `POST /admin/merchant/secret`: DOKU's side of a rotation. The secret before is good for nothing then.
pub async fn change_secret(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let Secret { secret_key } = read(&body)?;
    shared.identity.change_secret(secret_key);
    Ok(done())
}

/// `POST /admin/merchant`: also forgets the token of the merchant that was there before.
pub async fn set(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let Merchant { base_url } = read(&body)?;
    check_merchant_url(&base_url).map_err(|error| AdminError::bad_request(error.to_string()))?;
    shared.merchant.forget_token().await;
    shared.world().merchant_base_url = Some(base_url);
    Ok(done())
}
