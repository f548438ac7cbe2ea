//! Looks for tokens and personal data where a call must not hold them.

use serde_json::Value;

use crate::call::Call;
use crate::operation::Operation;
use crate::world::World;
use crate::world::tokens::TOKEN_PREFIX;

/// Where a token or a phone number belongs.
const TOKEN_FIELDS: [&str; 3] = ["tokenId", "bankCardToken", "refreshToken"];

/// Walks the body of a verified call and records every token outside its field, every phone
/// number of a known customer outside `phoneNo`, and a customer token on a call that takes none.
pub fn record(world: &mut World, call: &Call, operation: Operation) {
    let mut found = Vec::new();
    let takes_customer_token = matches!(
        operation,
        Operation::Payment | Operation::Otp | Operation::Refund
    );
    if call.headers.contains_key("Authorization-customer") && !takes_customer_token {
        found.push((
            "customer_token_not_asked_for",
            "Authorization-customer".to_owned(),
        ));
    }
    if call.path.contains(TOKEN_PREFIX) {
        found.push(("token_in_path", "path".to_owned()));
    }
    let mut texts = Vec::new();
    collect(&call.body, String::new(), &mut texts);
    for (path, text) in texts {
        let field = path.rsplit('.').next().unwrap_or_default();
        if text.contains(TOKEN_PREFIX) && !TOKEN_FIELDS.contains(&field) {
            found.push(("token_outside_its_field", path));
        } else if field != "phoneNo" && text.len() >= 9 && holds_phone(world, text) {
            found.push(("phone_outside_its_field", path));
        }
    }
    for (kind, detail) in found {
        world.violation(kind, operation, detail, call.arrived);
    }
}

/// Whether a run of digits in the text is the phone number of a binding.
fn holds_phone(world: &World, text: &str) -> bool {
    text.split(|character: char| !character.is_ascii_digit())
        .filter(|run| (9..=16).contains(&run.len()))
        .any(|run| world.bindings.iter().any(|binding| binding.phone == run))
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
