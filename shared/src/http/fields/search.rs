//! Searching what was sent for card numbers, and names that an error may repeat.

use std::borrow::Cow;

use serde_json::Value;

use super::card;
use crate::domain::error::{FieldError, Rule};

pub(super) const CARD_RULE: &str = "must not hold a card number";
/// The longest field name that an error repeats.
const SHOWN_CHARS: usize = 64;

/// Refuses a text that looks like a card number, for fields that decide themselves what of them
/// is searched.
pub(in crate::http) fn no_card(text: &str) -> Result<(), Rule> {
    if card::looks_like_card(text) {
        Err(Rule(CARD_RULE))
    } else {
        Ok(())
    }
}

/// Refuses a text that looks like a card number, unless it is a hash: among its letters there may by chance
/// be enough digits in a row.
pub(in crate::http) fn no_card_but_hash(text: &str) -> Result<(), Rule> {
    let is_hash = matches!(text.len(), 16 | 32 | 40 | 64)
        && text.bytes().all(|b| b.is_ascii_hexdigit())
        && text.bytes().any(|b| b.is_ascii_alphabetic());
    if is_hash { Ok(()) } else { no_card(text) }
}

/// Refuses a text that looks like a card number, unless it is the number of an Indonesian identity card,
/// which has as many digits.
pub(in crate::http) fn no_card_but_identity(text: &str) -> Result<(), Rule> {
    if card::is_identity_number(text) {
        Ok(())
    } else {
        no_card(text)
    }
}

/// Looks for card numbers in every text, number and name below `value`.
pub(super) fn search(value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let found = match value {
        Value::String(text) => card::looks_like_card(text),
        Value::Number(number) => card::looks_like_card(&number.to_string()),
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                search(element, &format!("{path}[{index}]"), errors);
            }
            false
        }
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{path}.{}", shown(name));
                if card::looks_like_card(name) {
                    errors.push(FieldError::new(path.clone(), CARD_RULE));
                }
                search(member, &path, errors);
            }
            false
        }
        Value::Null | Value::Bool(_) => false,
    };
    if found {
        errors.push(FieldError::new(path, CARD_RULE));
    }
}

/// A field's name as an error may repeat it: the caller chose it, so it may hold anything.
pub(in crate::http) fn shown(name: &str) -> Cow<'_, str> {
    let plain = !name.is_empty()
        && name.len() <= SHOWN_CHARS
        && name
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"<>\"&".contains(&byte));
    if plain && !card::looks_like_card(name) {
        name.into()
    } else {
        "(unprintable name)".into()
    }
}
