//! Looks for tokens and personal data where a call must not hold them.

use serde_json::Value;

use crate::call::Call;
use crate::channel::Place;
use crate::operation::Operation;
use crate::test_cards::TEST_CARDS;
use crate::world::World;
use crate::world::tokens::{BRI_TOKEN_PREFIX, CHARGE_TOKEN_PREFIX, TOKEN_PREFIX};

/// Where a phone number belongs, in either family.
const PHONE_FIELDS: [&str; 3] = ["phoneNo", "phone", "customerPhoneNo"];

/// Where a token belongs.
const TOKEN_FIELDS: [&str; 4] = ["tokenId", "bankCardToken", "refreshToken", "token"];

/// Walks the body of a verified call and records every token and every `authCode` outside its
/// field, every phone number of a known customer outside its own, a customer token on a call that
/// takes none, and every whole card number, which only the card page may see. A `place` that is
/// not known takes what its operation takes anywhere.
pub fn record(world: &mut World, call: &Call, operation: Operation, place: Option<&Place>) {
    let mut found = Vec::new();
    let takes_customer_token = match place {
        Some(place) => place.offer.takes_customer_header(),
        None => matches!(
            operation,
            Operation::Payment | Operation::Otp | Operation::Refund | Operation::Balance
        ),
    };
    if call.headers.contains_key("Authorization-customer") && !takes_customer_token {
        found.push((
            "customer_token_not_asked_for",
            "Authorization-customer".to_owned(),
        ));
    }
    if call.path.contains(TOKEN_PREFIX) || call.path.contains(BRI_TOKEN_PREFIX) {
        found.push(("token_in_path", "path".to_owned()));
    }
    let mut texts = Vec::new();
    collect(&call.body, String::new(), &mut texts);
    for (path, text) in texts {
        let field = path.rsplit('.').next().unwrap_or_default();
        if runs(text).any(|run| TEST_CARDS.iter().any(|card| card.number == run)) {
            found.push(("card_number_in_a_call", path.clone()));
        }
        if text.contains(TOKEN_PREFIX) && !TOKEN_FIELDS.contains(&field) {
            found.push(("token_outside_its_field", path));
        } else if text.contains(BRI_TOKEN_PREFIX) && field != "token_id" {
            found.push(("bri_token_outside_its_field", path));
        } else if text.contains(CHARGE_TOKEN_PREFIX) && field != "chargeToken" {
            found.push(("charge_token_outside_its_field", path));
        } else if !PHONE_FIELDS.contains(&field) && runs(text).any(|run| is_phone(world, run)) {
            found.push(("phone_outside_its_field", path));
        } else if field != "authCode" && runs(text).any(|run| world.bindings.get(run).is_some()) {
            found.push(("auth_code_outside_its_field", path));
        }
    }
    for (kind, detail) in found {
        world.violation(kind, operation, detail, call.arrived);
    }
}

/// The runs of digits in a text that are long enough to be a phone number or an `authCode`.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_ascii_digit())
        .filter(|run| run.len() >= 9)
}

/// Whether it is the phone number of a binding.
fn is_phone(world: &World, run: &str) -> bool {
    run.len() <= 16 && world.bindings.iter().any(|binding| binding.phone == run)
}

fn collect<'a>(value: &'a Value, path: String, texts: &mut Vec<(String, &'a str)>) {
    match value {
        Value::String(text) => texts.push((path, text)),
        Value::Array(items) => {
            for item in items {
                collect(item, path.clone(), texts);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                collect(member, path, texts);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
