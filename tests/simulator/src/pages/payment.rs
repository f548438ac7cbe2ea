//! The page on which a customer confirms a payment.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};

use super::{Button, Press, consent, html, redirect};
use crate::channel::Page;
use crate::notifications::courier;
use crate::operations::settle::{self, OtpOutcome, RIGHT_OTP};
use crate::shared::Shared;
use crate::world::World;
use crate::world::payment::{Payment, PaymentStatus};

const UNKNOWN: &str = "This address is not known.";
const FINISHED: &str = "This has been decided already.";

pub async fn show(
    State(shared): State<Arc<Shared>>,
    Path(page_id): Path<String>,
) -> Response<Body> {
    let response = shown(&shared, &page_id);
    courier::dispatch(&shared);
    response
}

fn shown(shared: &Shared, page_id: &str) -> Response<Body> {
    let mut world = shared.world();
    let Some(key) = find(&mut world, shared, page_id) else {
        return html::finished(StatusCode::NOT_FOUND, UNKNOWN);
    };
    match world.payments.get(&key) {
        Some(payment) if payment.status == PaymentStatus::Initiated => {
            step(shared, &world, payment, html::ask_to_send)
        }
        _ => html::finished(StatusCode::GONE, FINISHED),
    }
}

pub async fn act(
    State(shared): State<Arc<Shared>>,
    Path(page_id): Path<String>,
    Form(press): Form<Press>,
) -> Response<Body> {
    let response = decide(&shared, &page_id, &press);
    courier::dispatch(&shared);
    response
}

fn decide(shared: &Shared, page_id: &str, press: &Press) -> Response<Body> {
    let mut world = shared.world();
    let Some(key) = find(&mut world, shared, page_id) else {
        return html::finished(StatusCode::NOT_FOUND, UNKNOWN);
    };
    let Some(payment) = world.payments.get(&key) else {
        return html::finished(StatusCode::NOT_FOUND, UNKNOWN);
    };
    let agrees = payment.version.page == Some(Page::Agree);
    let addresses = (
        payment.order.success_url.clone(),
        payment.order.failed_url.clone(),
    );
    match press.action {
        Button::Send => {
            if let Some(payment) = world.payments.get_mut(&key) {
                payment.otp_sent = true;
            }
        }
        Button::Cancel => {
            return match consent::decline_payment(&mut world, &key) {
                Ok(address) => redirect(&address),
                Err(sentence) => html::finished(StatusCode::GONE, sentence),
            };
        }
        Button::Confirm => {
            let now = shared.clock.now();
            let otp = if agrees { RIGHT_OTP } else { &press.otp };
            match settle::try_otp(&mut world, &key, otp, now) {
                OtpOutcome::Paid => return redirect(&addresses.0),
                OtpOutcome::Declined(_) | OtpOutcome::Blocked => {
                    return redirect(&addresses.1);
                }
                OtpOutcome::NotWaiting => return html::finished(StatusCode::GONE, FINISHED),
                OtpOutcome::Wrong => {}
            }
        }
    }
    let Some(payment) = world.payments.get(&key) else {
        return html::finished(StatusCode::NOT_FOUND, UNKNOWN);
    };
    let allowed = payment.version.wrong_otps.allowed;
    let left = (payment.wrong_otps > 0).then(|| allowed.saturating_sub(payment.wrong_otps));
    step(shared, &world, payment, |phone| {
        html::ask_for_otp(phone, left)
    })
}

/// The key of the payment whose page it is, with what ran out of time ended.
fn find(world: &mut World, shared: &Shared, page_id: &str) -> Option<String> {
    let payment = world
        .payments
        .iter()
        .find(|payment| payment.page_id == page_id && payment.version.page.is_some())?;
    let key = payment.key();
    settle::expire(world, &key, shared.clock.now());
    Some(key)
}

fn step(
    shared: &Shared,
    world: &World,
    payment: &Payment,
    form: impl FnOnce(&str) -> String,
) -> Response<Body> {
    let phone = world
        .bindings
        .get(&payment.auth_code)
        .map_or("", |binding| &binding.phone);
    let form = if payment.version.page == Some(Page::Agree) {
        html::ask_to_agree()
    } else {
        form(phone)
    };
    let content = format!(
        "<p>{}: <strong>IDR {}</strong><br>{}</p>\n{}",
        html::escape(&shared.identity.merchant_name),
        payment.order.amount,
        html::escape(&payment.order.remarks),
        form
    );
    html::page(StatusCode::OK, "Confirm your payment", &content)
}
