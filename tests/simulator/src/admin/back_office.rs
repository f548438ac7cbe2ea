//! Plays DOKU's staff in its Back Office, for payments of the SNAP family.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{AdminError, Outcome, read};
use crate::money::Amount;
use crate::notifications::courier;
use crate::operations;
use crate::shared::Shared;

/// A refund that no call asks for.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Part {
    /// Whole rupiah; all that is left when left out.
    amount: Option<u64>,
    /// The channel, where a reference was used on several.
    channel: Option<String>,
}

/// `POST /admin/payments/{partnerReferenceNo}/refund`: gives money back and notifies the merchant.
pub async fn refund(
    State(shared): State<Arc<Shared>>,
    Path(reference): Path<String>,
    body: Bytes,
) -> Outcome {
    let order: Part = if body.is_empty() {
        Part::default()
    } else {
        read(&body)?
    };
    let now = shared.clock.now();
    let refunded = {
        let mut world = shared.world();
        let key = world.payment_key(&reference, order.channel.as_deref());
        let amount = order.amount.map(Amount::rupiah);
        let key = key.unwrap_or_default();
        operations::refund_by_doku(&mut world, &key, amount, now)
    };
    courier::dispatch(&shared);
    refunded
        .map(|number| Json(json!({"refundNo": number})))
        .map_err(|sentence| AdminError {
            status: StatusCode::CONFLICT,
            sentence: sentence.into(),
        })
}
