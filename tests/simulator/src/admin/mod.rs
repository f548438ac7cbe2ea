//! The admin API: reads the ledger, orders faults, moves the clock. Not part of DOKU.

mod back_office;
mod bri;
mod card_notifications;
mod cards;
mod channels;
mod clock;
mod customer;
mod declines;
mod faults;
mod ledger;
mod merchant;
mod notifications;
mod settings;
mod tokens;

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::shared::Shared;

/// Everything under `/admin`.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .merge(card_routes())
        .merge(bri_routes())
        .route("/admin/ledger", get(ledger::show))
        .route(
            "/admin/calls",
            get(ledger::calls).delete(ledger::forget_calls),
        )
        .route(
            "/admin/faults",
            get(faults::list).post(faults::order).delete(faults::clear),
        )
        .route("/admin/clock", get(clock::show).post(clock::set))
        .route(
            "/admin/notifications",
            get(notifications::deliveries).post(notifications::send),
        )
        .route("/admin/notifications/build", post(notifications::build))
        .route("/admin/notifications/release", post(notifications::release))
        .route("/admin/notifications/waiting", get(notifications::waiting))
        .route("/admin/tokens/void", post(tokens::void_merchant))
        .route("/admin/tokens/void-customers", post(tokens::void_customers))
        .route("/admin/accounts", post(customer::set_balance))
        .route(
            "/admin/declines",
            get(declines::list)
                .post(declines::order)
                .delete(declines::clear),
        )
        .route(
            "/admin/channels",
            get(channels::list).post(channels::make_up),
        )
        .route("/admin/merchant", post(merchant::set))
        .route("/admin/merchant/secret", post(merchant::change_secret))
        .route(
            "/admin/settings",
            get(settings::show).post(settings::change),
        )
        .route(
            "/admin/bindings/{auth_code}/approve",
            post(customer::approve_binding),
        )
        .route(
            "/admin/bindings/{auth_code}/decline",
            post(customer::decline_binding),
        )
        .route(
            "/admin/bindings/{auth_code}/end",
            post(customer::end_binding),
        )
        .route(
            "/admin/payments/{reference}/approve",
            post(customer::approve_payment),
        )
        .route(
            "/admin/payments/{reference}/decline",
            post(customer::decline_payment),
        )
        .route(
            "/admin/payments/{reference}/refund",
            post(back_office::refund),
        )
}

fn card_routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/admin/cards", get(cards::list))
        .route("/admin/cards/pay", post(cards::pay))
        .route("/admin/cards/challenge", post(cards::challenge))
        .route("/admin/cards/expire", post(cards::expire))
        .route("/admin/cards/capture", post(cards::capture))
        .route("/admin/cards/refund", post(cards::refund))
        .route("/admin/cards/void", post(cards::void))
        .route("/admin/cards/complete", post(cards::complete))
        .route("/admin/cards/settle", post(cards::settle))
        .route("/admin/cards/tokens", post(cards::save))
        .route("/admin/cards/notifications", post(card_notifications::send))
        .route(
            "/admin/cards/notifications/build",
            post(card_notifications::build),
        )
}

fn bri_routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/admin/bri/tokens", get(bri::list).post(bri::register))
        .route("/admin/bri/tokens/delete", post(bri::delete))
        .route("/admin/bri/complete", post(bri::complete))
}

/// What every handler gives back.
type Outcome = Result<Json<Value>, AdminError>;

/// A refusal with a sentence: `{"error": "..."}`.
struct AdminError {
    status: StatusCode,
    sentence: String,
}

impl AdminError {
    fn bad_request(sentence: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            sentence: sentence.into(),
        }
    }
}

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.sentence}))).into_response()
    }
}

/// Reads a body whatever its content type says, so that plain `curl -d` works.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, AdminError> {
    serde_json::from_slice(body).map_err(|error| AdminError::bad_request(error.to_string()))
}

/// The answer of orders that have nothing else to say.
fn done() -> Json<Value> {
    Json(json!({"ok": true}))
}
