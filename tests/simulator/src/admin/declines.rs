//! Orders the banks to refuse debits.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AdminError, Outcome, done, read};
use crate::shared::Shared;
use crate::world::declines::{Debited, Decline, Order};

/// Which debits are refused, how many of them, and why.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Ordered {
    cust_id_merchant: Option<String>,
    channel: Option<String>,
    token_id: Option<String>,
    /// Until it is taken back, when left out.
    times: Option<u32>,
    #[serde(default)]
    reason: Decline,
}

/// `GET /admin/declines`: those not used up.
pub async fn list(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().accounts.declines.all()))
}

/// `POST /admin/declines`: the next `times` debits of a customer's account (at one channel, if it
/// is named) or by one token of BRI's are refused; all of them, without `times`. It replaces the
/// order about the same before it, so that `times` of 0 takes that back.
pub async fn order(State(shared): State<Arc<Shared>>, body: Bytes) -> Outcome {
    let ordered: Ordered = read(&body)?;
    if ordered.cust_id_merchant.is_none() && ordered.token_id.is_none() {
        return Err(AdminError::bad_request("give custIdMerchant or tokenId"));
    }
    let mut world = shared.world();
    if let Some(code) = &ordered.channel
        && world.channels.get(code).is_none()
    {
        return Err(AdminError::bad_request(format!("no channel {code}")));
    }
    world.accounts.declines.order(Order {
        of: Debited {
            cust_id_merchant: ordered.cust_id_merchant,
            channel: ordered.channel,
            token_id: ordered.token_id,
        },
        times: ordered.times,
        reason: ordered.reason,
    });
    Ok(done())
}

/// `DELETE /admin/declines`: the banks do as they are asked again.
pub async fn clear(State(shared): State<Arc<Shared>>) -> Json<Value> {
    shared.world().accounts.declines.clear();
    done()
}
