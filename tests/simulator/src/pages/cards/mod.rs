//! The page on which a customer pays by card, and the bank's own behind it.

mod form;
mod words;

use std::sync::Arc;

use axum::Form;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use doku_shared::clock::Timestamp;
use serde::Deserialize;

use super::{Button, Press, html, redirect};
use crate::notifications::courier;
use crate::operations::cards::checkout::{self, Attempt};
use crate::operations::settle::WRONG_OTPS_ALLOWED;
use crate::shared::Shared;
use crate::test_cards::TestCard;
use crate::world::World;
use crate::world::cards::page::{Choice, Page, PageStatus};

const UNKNOWN: &str = "This address is not known.";
const PAID: &str = "This has been paid already.";
const EXPIRED: &str = "This page has expired.";

/// The form as it was sent.
#[derive(Deserialize)]
pub struct Filled {
    action: Pressed,
    #[serde(default)]
    number: String,
    #[serde(default)]
    expiry: String,
    #[serde(default)]
    holder: String,
    #[serde(default)]
    cvv: String,
    #[serde(default)]
    tenor: String,
    #[serde(default)]
    save: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Pressed {
    /// Pay with what was filled in.
    Pay,
    /// Go back to the merchant. The page stays open.
    Cancel,
}

pub async fn show(
    State(shared): State<Arc<Shared>>,
    Path(page_id): Path<String>,
) -> Response<Body> {
    let world = shared.world();
    match find(&world, &page_id) {
        Err((status, sentence)) => html::finished(status, sentence),
        Ok(page) if page.status == PageStatus::Challenged => redirect(&challenge_path(page)),
        Ok(page) => again(&shared, &world, page, ""),
    }
}

pub async fn pay(
    State(shared): State<Arc<Shared>>,
    Path(page_id): Path<String>,
    Form(filled): Form<Filled>,
) -> Response<Body> {
    let response = decide(&shared, &page_id, &filled);
    courier::dispatch(&shared);
    response
}

fn decide(shared: &Shared, page_id: &str, filled: &Filled) -> Response<Body> {
    let now = shared.clock.now();
    let mut world = shared.world();
    let page = match find(&world, page_id) {
        Ok(page) => page,
        Err((status, sentence)) => return html::finished(status, sentence),
    };
    if filled.action == Pressed::Cancel {
        let address = page.order.failed_url.as_ref();
        return match address.or(page.order.callback_url.as_ref()) {
            Some(address) => redirect(address),
            None => html::finished(StatusCode::OK, "You can close this page."),
        };
    }
    let choice = match choose(&world, page, filled, now) {
        Ok(choice) => choice,
        Err(wrong) => return again(shared, &world, page, wrong),
    };
    let key = page.request_id.clone();
    let attempt = checkout::pay(&mut world, &key, choice, now);
    after(shared, &world, &key, &attempt)
}

/// What the customer filled in, or what is wrong with it.
fn choose(
    world: &World,
    page: &Page,
    filled: &Filled,
    now: Timestamp,
) -> Result<Choice, &'static str> {
    if filled.cvv.len() != 3 || !filled.cvv.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("The security code has three digits.");
    }
    let mut choice = if let Some(token) = &page.order.token {
        checkout::saved(world, token).ok_or("The saved card is gone.")?
    } else {
        let number: String = filled.number.split_whitespace().collect();
        let card = TestCard::find(&number)
            .filter(|card| card.number == number)
            .ok_or("This is none of the test cards.")?;
        let expiry = expiry(&filled.expiry, now).ok_or("The card has expired.")?;
        if filled.holder.trim().is_empty() {
            return Err("The name on the card is missing.");
        }
        Choice {
            holder: filled.holder.trim().to_owned(),
            expiry,
            ..checkout::plain(card)
        }
    };
    choice.save = filled.save == "yes";
    if !filled.tenor.is_empty() {
        let tenor = filled.tenor.parse();
        choice.tenor = Some(tenor.map_err(|_| "This number of months is not offered.")?);
    }
    Ok(choice)
}

/// `MM/YY` of this month or later, as `MMYY`.
fn expiry(text: &str, now: Timestamp) -> Option<String> {
    let (month, year) = text.trim().split_once('/')?;
    let of_two = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !of_two(month) || !of_two(year) || !("01"..="12").contains(&month) {
        return None;
    }
    let today = now.rfc3339();
    let this_month = today.get(2..7)?.replace('-', "");
    (format!("{year}{month}") >= this_month).then(|| format!("{month}{year}"))
}

pub async fn show_challenge(
    State(shared): State<Arc<Shared>>,
    Path(page_id): Path<String>,
) -> Response<Body> {
    let world = shared.world();
    match find(&world, &page_id) {
        Err((status, sentence)) => html::finished(status, sentence),
        Ok(page) => asked(&shared, page, None),
    }
}

pub async fn answer_challenge(
    State(shared): State<Arc<Shared>>,
    Path(page_id): Path<String>,
    Form(press): Form<Press>,
) -> Response<Body> {
    let response = {
        let now = shared.clock.now();
        let mut world = shared.world();
        match find(&world, &page_id).map(|page| page.request_id.clone()) {
            Err((status, sentence)) => html::finished(status, sentence),
            Ok(key) => {
                let code = (press.action == Button::Confirm).then_some(&*press.otp);
                let attempt = checkout::answer_challenge(&mut world, &key, code, now);
                after(&shared, &world, &key, &attempt)
            }
        }
    };
    courier::dispatch(&shared);
    response
}

/// Where an attempt leads.
fn after(
    shared: &Shared,
    world: &World,
    key: &str,
    attempt: &Result<Attempt, &'static str>,
) -> Response<Body> {
    let Some(page) = world.cards.pages.get(key) else {
        return html::finished(StatusCode::NOT_FOUND, UNKNOWN);
    };
    match attempt {
        Ok(Attempt::Approved) => match &page.order.callback_url {
            Some(address) if page.order.auto_redirect => redirect(address),
            _ => form::paid(&shared.identity.merchant_name, page),
        },
        Ok(Attempt::Challenged) => redirect(&challenge_path(page)),
        Ok(Attempt::WrongCode) => {
            let left = WRONG_OTPS_ALLOWED.saturating_sub(page.wrong_codes);
            asked(shared, page, Some(left))
        }
        Ok(Attempt::Declined(_)) => {
            let words = words::of(page.order.look.language);
            again(shared, world, page, words.declined)
        }
        Err(sentence) => again(shared, world, page, sentence),
    }
}

/// The form once more.
fn again(shared: &Shared, world: &World, page: &Page, wrong: &str) -> Response<Body> {
    let token = page.order.token.as_deref();
    let saved = token.and_then(|token| checkout::saved(world, token));
    form::form(&shared.identity.merchant_name, page, saved.as_ref(), wrong)
}

fn asked(shared: &Shared, page: &Page, tries_left: Option<u32>) -> Response<Body> {
    match &page.challenge {
        Some(choice) => form::challenge(
            &shared.identity.merchant_name,
            choice,
            page.order.charged(choice.card),
            tries_left,
        ),
        None => html::finished(StatusCode::GONE, "The bank asks nothing."),
    }
}

/// The page, as long as it can be paid.
fn find<'a>(world: &'a World, page_id: &str) -> Result<&'a Page, (StatusCode, &'static str)> {
    let found = world
        .cards
        .pages
        .iter()
        .find(|page| page.path_id == page_id);
    let page = found.ok_or((StatusCode::NOT_FOUND, UNKNOWN))?;
    match page.status {
        PageStatus::Charged => Err((StatusCode::GONE, PAID)),
        PageStatus::Expired => Err((StatusCode::GONE, EXPIRED)),
        PageStatus::Open | PageStatus::Challenged => Ok(page),
    }
}

fn challenge_path(page: &Page) -> String {
    format!("/credit-card/ui/challenge/{}", page.path_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_expire_at_the_end_of_their_month() {
        let now = Timestamp::parse_rfc3339("2026-11-20T01:15:30Z").unwrap();
        let table = [
            ("11/26", Some("1126")),
            ("12/26", Some("1226")),
            ("01/27", Some("0127")),
            ("10/26", None),
            ("13/27", None),
            ("1/27", None),
            ("1127", None),
        ];
        for (text, expected) in table {
            assert_eq!(expiry(text, now).as_deref(), expected, "{text}");
        }
    }
}
