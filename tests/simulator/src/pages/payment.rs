//! The page on which a customer confirms a payment.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};

use super::{Button, Press, consent, html, redirect};
use crate::notifications::courier;
use crate::operations::settle::{self, OtpOutcome, WRONG_OTPS_ALLOWED};
use crate::shared::Shared;
use crate::world::World;
use crate::world::payment::{Payment, PaymentStatus};

const UNKNOWN: &str = "This address is not known.";
const FINISHED: &str = "This has been decided already.";

pub async fn show(
    State(shared): State<Arc<Shared>>,
    Path(page_id): Path<String>,
) -> Response<Body> {
    let world = shared.world();
    match find(&world, &page_id) {
        None => html::finished(StatusCode::NOT_FOUND, UNKNOWN),
        Some(payment) if payment.status != PaymentStatus::Initiated => {
            html::finished(StatusCode::GONE, FINISHED)
        }
        Some(payment) => step(&shared, &world, payment, html::ask_to_send),
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
    let Some(payment) = find(&world, page_id) else {
        return html::finished(StatusCode::NOT_FOUND, UNKNOWN);
    };
    let reference = payment.order.partner_reference_no.clone();
    let addresses = (
        payment.order.success_url.clone(),
        payment.order.failed_url.clone(),
    );
    match press.action {
        Button::Send => {
            if let Some(payment) = world.payments.get_mut(&reference) {
                payment.otp_sent = true;
            }
        }
        Button::Cancel => {
            return match consent::decline_payment(&mut world, &reference) {
                Ok(address) => redirect(&address),
                Err(sentence) => html::finished(StatusCode::GONE, sentence),
            };
        }
        Button::Confirm => {
            let now = shared.clock.now();
            match settle::try_otp(&mut world, &reference, &press.otp, now) {
                OtpOutcome::Paid => return redirect(&addresses.0),
                OtpOutcome::InsufficientFunds | OtpOutcome::Blocked => {
                    return redirect(&addresses.1);
                }
                OtpOutcome::NotWaiting => return html::finished(StatusCode::GONE, FINISHED),
                OtpOutcome::Wrong => {}
            }
        }
    }
    let Some(payment) = world.payments.get(&reference) else {
        return html::finished(StatusCode::NOT_FOUND, UNKNOWN);
    };
    let left =
        (payment.wrong_otps > 0).then(|| WRONG_OTPS_ALLOWED.saturating_sub(payment.wrong_otps));
    step(shared, &world, payment, |phone| {
        html::ask_for_otp(phone, left)
    })
}

fn find<'a>(world: &'a World, page_id: &str) -> Option<&'a Payment> {
    world
        .payments
        .iter()
        .find(|payment| payment.page_id == page_id)
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
    let content = format!(
        "<p>{}: <strong>IDR {}</strong><br>{}</p>\n{}",
        html::escape(&shared.identity.merchant_name),
        payment.order.amount,
        html::escape(&payment.order.remarks),
        form(phone)
    );
    html::page(StatusCode::OK, "Confirm your payment", &content)
}
