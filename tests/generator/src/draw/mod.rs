//! Requests by a seed: valid ones from the document's schemas, and what callers make of them.

mod bytes;
mod caller;
mod cards;
mod doku;
mod members;
mod parameters;
mod texts;
mod values;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::document::{Document, Operation, Place};
use crate::request::{Content, Request};

pub use cards::numbers as card_numbers;
use values::Drawer;

/// The request of that number. The same seed, route and number give the same request, whatever was drawn before.
pub fn request(document: &Document, operation: &Operation, seed: u64, number: u64) -> Request {
    let mut rng = chance(seed, &operation.route(), number);
    // Some requests are the one before, again: with its key and everything.
    if operation.is_repeatable() && !number.is_multiple_of(100) && rng.u8(..12) == 0 {
        return request(document, operation, seed, number - 1);
    }
    let mut request = valid(document, operation, &mut rng);
    match rng.u8(..10) {
        0..4 => {}
        4..8 => alter(&mut request, operation, &mut rng),
        _ => {
            for _ in 0..rng.usize(2..=3) {
                alter(&mut request, operation, &mut rng);
            }
        }
    }
    request
}

/// FNV-1a: a hash that is the same in every release of Rust.
fn chance(seed: u64, route: &str, number: u64) -> Rng {
    let bytes = seed
        .to_le_bytes()
        .into_iter()
        .chain(route.bytes())
        .chain(number.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    Rng::with_seed(hash)
}

/// A request that keeps to the document.
fn valid(document: &Document, operation: &Operation, rng: &mut Rng) -> Request {
    let mut drawer = Drawer::new(&document.schemas, rng);
    let mut body = operation.body.as_ref().map(|schema| {
        let example = drawer.example_of(&operation.examples);
        Content::Json(example.unwrap_or_else(|| drawer.value(schema, "")))
    });
    if let Some(Content::Json(value)) = &mut body {
        let drawn = drawer.coin(70);
        if drawn {
            add_up(value);
        }
    }
    let path = operation.parameters_in(Place::Path);
    let path = path
        .map(|one| parameters::path(&mut drawer, operation, one))
        .collect();
    let mut query = Vec::new();
    for one in operation.parameters_in(Place::Query) {
        query.extend(parameters::query(&mut drawer, operation, one));
    }
    let mut request = Request {
        path,
        query,
        headers: Vec::new(),
        claims: operation.scope.as_ref().map(|_| caller::usual(rng)),
        body,
        signed: operation.is_dokus(),
        cards: Vec::new(),
    };
    if rng.u8(..8) > 0 {
        parameters::belong_together(&mut request, rng);
    }
    if request.body.is_some() {
        request
            .headers
            .push(("content-type".to_owned(), b"application/json".to_vec()));
    }
    if operation.is_repeatable() {
        request
            .headers
            .push(("idempotency-key".to_owned(), parameters::key(rng)));
    }
    if operation.is_dokus() {
        doku::headers(&mut request, operation, rng);
    }
    request
}

/// Lets items add up to the amount.
fn add_up(body: &mut Value) {
    let value = body["amount"]["value"].clone();
    if value.is_string()
        && body["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
    {
        let name = body["items"][0]["name"].clone();
        body["items"] = json!([{"name": name, "price": value, "quantity": 1}]);
    }
    let options = body.pointer_mut("/method/payOptions");
    if let Some(Value::Array(options)) = options {
        options.truncate(1);
        if let Some(option) = options.first_mut() {
            option["amount"]["value"] = value;
        }
    }
}

/// Makes one thing of a request wrong, or at least unusual.
fn alter(request: &mut Request, operation: &Operation, rng: &mut Rng) {
    let kinds: &[u8] = match (operation.body.is_some(), request.path.is_empty()) {
        (true, true) => &[0, 0, 0, 0, 0, 1, 1, 3, 4, 5, 6],
        (true, false) => &[0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6],
        (false, true) => &[3, 3, 3, 4, 5, 6],
        (false, false) => &[2, 2, 3, 3, 4, 5, 6, 7],
    };
    match rng.choice(kinds) {
        Some(0) => {
            if let Some(Content::Json(value)) = &mut request.body {
                members::alter(value, &mut request.cards, rng);
            }
        }
        Some(1) => bytes::alter(request, rng),
        Some(2) => parameters::alter_path(request, rng),
        Some(3) => parameters::alter_query(request, rng),
        Some(4) => parameters::alter_headers(request, rng),
        Some(5) if operation.is_repeatable() => parameters::alter_key(request, rng),
        Some(7) if request.body.is_none() => bytes::unasked(request, rng),
        _ if operation.is_dokus() => doku::alter(request, rng),
        _ => caller::alter(request, rng),
    }
}
