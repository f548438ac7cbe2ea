//! Bodies with a member missing, unknown, null, of another type, too long, nested or otherwise not as it was.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::{cards, texts};

/// Alters one place of a body.
pub fn alter(body: &mut Value, cards: &mut Vec<String>, rng: &mut Rng) {
    if rng.u8(..25) == 0 {
        *body = other(rng);
        return;
    }
    let mut places = Vec::new();
    collect(body, String::new(), &mut places);
    let Some(place) = rng.choice(places) else {
        return;
    };
    let Some(value) = body.pointer_mut(&place) else {
        return;
    };
    match (value, rng.u8(..12)) {
        (Value::Object(members), 0..8) => alter_object(members, cards, rng),
        (Value::Array(elements), 0..8) => alter_list(elements, rng),
        (value @ Value::String(_), 0..5) => *value = json!(texts::odd(rng)),
        (value @ Value::String(_), 5) => {
            let card = cards::written(rng);
            cards.push(card.clone());
            *value = json!(if rng.bool() {
                card
            } else {
                format!("card {card} of mine")
            });
        }
        (Value::String(text), 6) => *text = edited(text, rng),
        (value @ Value::Number(_), 0..8) => *value = number(rng),
        (value, 8) => *value = Value::Null,
        (value, 9) => {
            let text = value.to_string();
            *value = json!(text);
        }
        (value, 10) => *value = json!([value]),
        (value, _) => *value = other(rng),
    }
}

fn collect(value: &Value, at: String, places: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect(
                    value,
                    format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                    places,
                );
            }
        }
        Value::Array(elements) => {
            for (index, value) in elements.iter().enumerate() {
                collect(value, format!("{at}/{index}"), places);
            }
        }
        _ => {}
    }
    places.push(at);
}

fn alter_object(members: &mut Map<String, Value>, cards: &mut Vec<String>, rng: &mut Rng) {
    let names: Vec<String> = members.keys().cloned().collect();
    match (rng.u8(..10), rng.choice(names)) {
        (0..4, Some(name)) => {
            members.remove(&name);
        }
        (4, Some(name)) => {
            let value = members.remove(&name).unwrap_or_default();
            members.insert(respelled(&name, rng), value);
        }
        (5, _) => {
            let card = cards::written(rng);
            cards.push(card.clone());
            members.insert(card, json!(1));
        }
        (6, _) => {
            for _ in 0..rng.usize(20..400) {
                let name: String = (0..rng.usize(1..40)).map(|_| texts::any(rng)).collect();
                members.insert(name, json!(rng.u32(..)));
            }
        }
        _ => {
            members.insert(texts::odd(rng), other(rng));
        }
    }
}

fn alter_list(elements: &mut Vec<Value>, rng: &mut Rng) {
    match (rng.u8(..5), elements.first().cloned()) {
        (0, _) => elements.clear(),
        (1, Some(first)) => elements.push(first),
        (2, Some(first)) => elements.extend(std::iter::repeat_n(first, rng.usize(5..=101))),
        (3, _) => elements.push(Value::Null),
        _ => elements.push(other(rng)),
    }
}

/// The same text with a character more, less or in another case.
fn edited(text: &str, rng: &mut Rng) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = rng.usize(..=characters.len());
    match rng.u8(..5) {
        0 => characters.insert(at, texts::any(rng)),
        1 if at < characters.len() => {
            characters.remove(at);
        }
        2 => return text.to_uppercase(),
        3 => return text.to_lowercase(),
        _ => return format!(" {text} "),
    }
    characters.into_iter().collect()
}

fn respelled(name: &str, rng: &mut Rng) -> String {
    match rng.u8(..4) {
        0 => name.to_uppercase(),
        1 => format!("{name} "),
        2 => format!("{name}[]"),
        _ => format!("__proto__.{name}"),
    }
}

fn number(rng: &mut Rng) -> Value {
    const NUMBERS: [f64; 8] = [
        0.0,
        -1.0,
        1.0,
        1.5,
        1e9,
        9_007_199_254_740_993.0,
        1e30,
        -0.0,
    ];
    match rng.u8(..4) {
        0 => json!(rng.u64(..)),
        1 => json!(rng.i32(..)),
        2 => json!(rng.u8(..120)),
        _ => json!(rng.choice(NUMBERS)),
    }
}

/// A value of any type.
pub fn other(rng: &mut Rng) -> Value {
    match rng.u8(..10) {
        0 => Value::Null,
        1 => json!(rng.bool()),
        2 | 3 => number(rng),
        4 | 5 => json!(texts::odd(rng)),
        6 => json!([]),
        7 => json!({}),
        8 => {
            let depth = *rng.choice(&[3, 10, 60, 66, 90]).unwrap_or(&3);
            (0..depth).fold(json!(1), |inner, level: i32| {
                if level % 2 == 0 {
                    json!([inner])
                } else {
                    json!({"a": inner})
                }
            })
        }
        _ => json!({"value": "10000.00", "currency": "IDR"}),
    }
}
