//! The page on which a customer confirms that an account is unlinked.

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};

use super::{Button, Press, consent, html, redirect};
use crate::shared::Shared;
use crate::world::binding::BindingStatus;

pub async fn show(
    State(shared): State<Arc<Shared>>,
    Path(auth_code): Path<String>,
) -> Response<Body> {
    let world = shared.world();
    match world.bindings.get(&auth_code) {
        None => html::finished(StatusCode::NOT_FOUND, "This address is not known."),
        Some(binding) if binding.status != BindingStatus::Active => {
            html::finished(StatusCode::GONE, "This has been decided already.")
        }
        Some(binding) => {
            let title = format!("Unlink your {} account", binding.channel.bank);
            html::page(StatusCode::OK, &title, &html::ask_to_agree())
        }
    }
}

pub async fn act(
    State(shared): State<Arc<Shared>>,
    Path(auth_code): Path<String>,
    Form(press): Form<Press>,
) -> Response<Body> {
    if press.action != Button::Confirm {
        return redirect("");
    }
    match consent::end_binding(&mut shared.world(), &auth_code) {
        Ok(()) => redirect(""),
        Err(sentence) => html::finished(StatusCode::GONE, sentence),
    }
}
