//! The page on which a customer links an account.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};

use super::{Button, Press, consent, html, redirect};
use crate::channel::Page;
use crate::operations::settle::{RIGHT_OTP, WRONG_OTPS_ALLOWED};
use crate::shared::Shared;
use crate::world::binding::{Binding, BindingStatus};

pub async fn show(
    State(shared): State<Arc<Shared>>,
    Path(auth_code): Path<String>,
) -> Response<Body> {
    let world = shared.world();
    // A card whose OTP the merchant asks for is registered without a page.
    let binding = world.bindings.get(&auth_code);
    match binding.filter(|binding| binding.page.is_some()) {
        None => html::finished(StatusCode::NOT_FOUND, "This address is not known."),
        Some(binding) if binding.status != BindingStatus::Pending => {
            html::finished(StatusCode::GONE, "This has been decided already.")
        }
        Some(binding) if binding.page == Some(Page::Agree) => {
            step(&shared, binding, &html::ask_to_agree())
        }
        Some(binding) => step(&shared, binding, &html::ask_to_send(&binding.phone)),
    }
}

pub async fn act(
    State(shared): State<Arc<Shared>>,
    Path(auth_code): Path<String>,
    Form(press): Form<Press>,
) -> Response<Body> {
    let mut world = shared.world();
    let binding = world.bindings.get_mut(&auth_code);
    let Some(binding) = binding.filter(|binding| binding.page.is_some()) else {
        return html::finished(StatusCode::NOT_FOUND, "This address is not known.");
    };
    if press.action == Button::Send {
        return step(&shared, binding, &html::ask_for_otp(&binding.phone, None));
    }
    let agrees = binding.page == Some(Page::Agree);
    let right = press.action == Button::Confirm && (agrees || press.otp == RIGHT_OTP);
    if press.action == Button::Confirm && !right && binding.status == BindingStatus::Pending {
        binding.wrong_otps += 1;
        let left = WRONG_OTPS_ALLOWED.saturating_sub(binding.wrong_otps);
        if left > 0 {
            return step(
                &shared,
                binding,
                &html::ask_for_otp(&binding.phone, Some(left)),
            );
        }
    }
    let decided = if right {
        consent::approve_binding(&mut world, &auth_code)
    } else {
        consent::decline_binding(&mut world, &auth_code)
    };
    match decided {
        Ok(address) => redirect(&address),
        Err(sentence) => html::finished(StatusCode::GONE, sentence),
    }
}

fn step(shared: &Shared, binding: &Binding, form: &str) -> Response<Body> {
    let merchant = html::escape(&shared.identity.merchant_name);
    let customer = html::escape(&binding.cust_id);
    let content = format!(
        "<p><strong>{merchant}</strong> asks to charge your account when you order \
         (customer {customer}).</p>\n{form}"
    );
    let title = format!("Link your {} account", binding.channel.bank);
    html::page(StatusCode::OK, &title, &content)
}
