//! The pages a customer sees: plain HTML forms, in the place of DOKU's own.

mod binding;
mod cards;
pub mod consent;
mod html;
mod payment;
mod unbinding;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use serde::Deserialize;

use crate::shared::Shared;

/// Every page.
pub fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route(
            "/direct-debit/ui/binding/core/{auth_code}",
            get(binding::show).post(binding::act),
        )
        .route(
            "/direct-debit/ui/payment/core/{page_id}",
            get(payment::show).post(payment::act),
        )
        .route(
            "/direct-debit/ui/binding/{auth_code}",
            get(binding::show).post(binding::act),
        )
        .route(
            "/direct-debit/ui/unbinding/core/{auth_code}",
            get(unbinding::show).post(unbinding::act),
        )
        .route(
            "/direct-debit/ui/payment/{page_id}",
            get(payment::show).post(payment::act),
        )
        .route(
            "/credit-card/ui/payment/{page_id}",
            get(cards::show).post(cards::pay),
        )
        .route(
            "/credit-card/ui/challenge/{page_id}",
            get(cards::show_challenge).post(cards::answer_challenge),
        )
}

/// A button pressed, with the OTP when there was a field for it.
#[derive(Deserialize)]
struct Press {
    action: Button,
    #[serde(default)]
    otp: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Button {
    /// Ask for an OTP.
    Send,
    /// Give the OTP.
    Confirm,
    /// Go back to the merchant without agreeing.
    Cancel,
}

/// 302 to an address the merchant gave; a page that says so where it gave none.
fn redirect(address: &str) -> Response<Body> {
    if address.is_empty() {
        let content = "<p>You can close this page.</p>";
        return html::page(StatusCode::OK, "That is all", content);
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::FOUND;
    match HeaderValue::from_str(address) {
        Ok(value) => {
            response.headers_mut().insert(header::LOCATION, value);
        }
        Err(_) => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    response
}
