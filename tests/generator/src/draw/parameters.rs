//! Parameters of path, query and headers.

use std::fmt::Write;

use fastrand::Rng;
use serde_json::Value;

use super::texts;
use super::values::Drawer;
use crate::document::{Operation, Parameter};
use crate::request::{Content, Request};

/// A parameter of the path.
pub fn path(drawer: &mut Drawer<'_>, operation: &Operation, parameter: &Parameter) -> String {
    let names: &[&str] = match (parameter.name.as_str(), operation.path.rsplit('/').next()) {
        ("bindingId", Some("confirm")) => &[
            "confirm-binding",
            "confirm-binding",
            "active-binding",
            "pending-binding",
        ],
        ("bindingId", Some("otp")) => &[
            "otp-binding",
            "otp-binding",
            "otp-binding.1",
            "active-binding",
        ],
        ("bindingId", _) if operation.path.contains("/return/") => {
            &["return-binding", "return-binding.1", "pending-binding"]
        }
        ("bindingId", _) => &[
            "active-binding",
            "active-binding.1",
            "wallet-binding",
            "pending-binding",
            "otp-binding",
            "strangers-binding",
        ],
        ("refundId", _) => &["refund"],
        ("paymentId", Some("otp")) => &[
            "otp-payment",
            "otp-payment.1",
            "otp-payment.2",
            "paid-payment",
            "page-payment",
        ],
        ("paymentId", Some("capture")) => &[
            "authorized-payment",
            "authorized-payment.1",
            "authorized-payment.2",
            "paid-payment",
            "page-payment",
        ],
        ("paymentId", Some("{refundId}")) => {
            &["refunded-payment", "refunded-payment", "paid-payment"]
        }
        ("paymentId", _) => &[
            "paid-payment",
            "paid-payment.1",
            "refunded-payment",
            "card-payment",
            "card-payment.1",
            "otp-payment",
            "authorized-payment",
            "page-payment",
            "strangers-payment",
        ],
        ("subscriptionId", _) => &["subscription", "subscription.1", "subscription.2"],
        ("customerId", _) => &["customer", "customer", "customer", "stranger"],
        ("tokenId", _) => &["card-token", "card-token.1", "card-token.2"],
        _ => &[],
    };
    if !names.is_empty() && !drawer.coin(15) {
        return drawer.named(names);
    }
    encoded(&text_of(&drawer.value(&parameter.schema, "")))
}

/// A parameter of the query; none where it is left out.
pub fn query(
    drawer: &mut Drawer<'_>,
    operation: &Operation,
    parameter: &Parameter,
) -> Option<String> {
    if !parameter.required && !drawer.coin(55) {
        return None;
    }
    let list = match operation.path.as_str() {
        path if path.ends_with("/bindings") => "cursor-of-bindings",
        path if path.ends_with("/events") && path.contains("payments") => "cursor-of-events",
        path if path.ends_with("/refunds") => "cursor-of-refunds",
        "/v1/payments" => "cursor-of-payments",
        _ => "cursor-of-subscriptions",
    };
    let names: &[&str] = match parameter.name.as_str() {
        "cursor" => &[list],
        "customerId" => &["customer", "customer", "stranger"],
        "invoiceNumber" => &["known-invoice"],
        "state" => &["return-state", "return-state.1"],
        _ => &[],
    };
    let value = if !names.is_empty() && !drawer.coin(20) {
        drawer.named(names)
    } else {
        encoded(&text_of(&drawer.value(&parameter.schema, "")))
    };
    Some(format!("{}={value}", parameter.name))
}

/// Lets a binding and what its browser brings be of one return, and of another than that of most requests: it
/// works once.
pub fn belong_together(request: &mut Request, rng: &mut Rng) {
    let number = rng.u8(..9);
    for part in request.path.iter_mut().chain(&mut request.query) {
        for name in ["return-binding", "return-state", "confirm-binding"] {
            if part.contains(&format!("$({name}")) {
                let before = part.split("$(").next().unwrap_or_default();
                *part = format!("{before}$({name}.{number})");
            }
        }
    }
    if let Some(Content::Json(value)) = &mut request.body
        && let Some(code) = value.get_mut("returnCode")
        && *code == "$(return-code)"
    {
        *code = format!("$(return-code.{number})").into();
    }
}

fn text_of(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Percent-encoded where an address needs it.
pub fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Makes one of the path's parameters another.
pub fn alter_path(request: &mut Request, rng: &mut Rng) {
    let count = request.path.len();
    if count == 0 {
        return;
    }
    let part = &mut request.path[rng.usize(..count)];
    *part = match rng.u8(..12) {
        0 => part.to_lowercase(),
        1 => format!("{part}%00"),
        2 => format!("{part}%2F"),
        3 => format!("%20{part}"),
        4 => "%FF%FE".to_owned(),
        5 => "%".to_owned(),
        6 => "%zz".to_owned(),
        7 => "%2e%2e".to_owned(),
        8 => "pay_01K9M4D7T3B5C6D7E8F9G0H1JK".to_owned(),
        9 => "bnd_01K9M4C0QXV2N8S3T7W6Y5Z1AB".to_owned(),
        10 => "a".repeat(rng.usize(1..2000)),
        _ => match encoded(&texts::odd(rng)) {
            empty if empty.is_empty() => "%20".to_owned(),
            text => text,
        },
    };
}

/// Adds, doubles or spoils parameters of the query.
pub fn alter_query(request: &mut Request, rng: &mut Rng) {
    const UNKNOWN: [&str; 9] = [
        "x=1",
        "Limit=5",
        "limit%5B%5D=5",
        "cursor",
        "=",
        "page=2",
        "%00=1",
        "__proto__=1",
        "a%20b=c+d",
    ];
    const VALUES: [&str; 22] = [
        "",
        "0",
        "101",
        "-1",
        "+5",
        "1.0",
        "05",
        "1e1",
        "%20",
        "null",
        "%00",
        "%FF",
        "%",
        "%zz",
        "99999999999999999999",
        "a%2Cb",
        "..",
        "%F0%9F%99%82",
        "AAAA",
        "eyJhIjoxfQ",
        "$(cursor-of-payments)",
        "$(cursor-of-bindings)",
    ];
    let names = [
        "limit",
        "cursor",
        "customerId",
        "invoiceNumber",
        "state",
        "at",
    ];
    match (rng.u8(..7), request.query.len()) {
        (0 | 1, _) => request
            .query
            .extend(rng.choice(&UNKNOWN).map(|one| (*one).to_owned())),
        (2, count) if count > 0 => {
            let again = request.query[rng.usize(..count)].clone();
            request.query.push(again);
        }
        (3, count) if count > 0 => {
            let pair = &mut request.query[rng.usize(..count)];
            // A cursor that was cut, or altered in its midst.
            let keep = rng.usize(..3) + 1;
            if let Some((name, value)) = pair.split_once('=') {
                *pair = if value.starts_with("$(") {
                    format!("{name}={value}{}", "x".repeat(keep))
                } else {
                    let length = value.chars().count().saturating_sub(keep);
                    format!("{name}={}", value.chars().take(length).collect::<String>())
                };
            }
        }
        (4, count) if count > 0 => {
            request.query.remove(rng.usize(..count));
        }
        _ => {
            let name = rng.choice(names).unwrap_or("limit");
            let value = match rng.u8(..4) {
                0 => encoded(&texts::odd(rng)),
                _ => rng.choice(&VALUES).map_or("", |one| *one).to_owned(),
            };
            request
                .query
                .retain(|pair| !pair.starts_with(&format!("{name}=")));
            request.query.push(format!("{name}={value}"));
        }
    }
}

/// An idempotency key that is good.
pub fn key(rng: &mut Rng) -> Vec<u8> {
    let key = match rng.u8(..20) {
        0 => "\"$(new-key)\"".to_owned(),
        1 => (0..rng.usize(1..=200))
            .map(|_| char::from(rng.u8(0x2d..=0x7e)))
            .collect(),
        // Used for something else by other requests.
        2 => format!("again-$(customer)-{}", rng.u8(..3)),
        _ => "$(new-key)".to_owned(),
    };
    key.into_bytes()
}

/// Makes the idempotency key another, or removes it.
pub fn alter_key(request: &mut Request, rng: &mut Rng) {
    request
        .headers
        .retain(|(name, _)| name != "idempotency-key");
    let value: Vec<u8> = match rng.u8(..14) {
        0 => return,
        1 => Vec::new(),
        2 => b"a,b".to_vec(),
        3 => b"\"a,b\"".to_vec(),
        4 => b"\"unfinished".to_vec(),
        5 => b"\"a\\\"b\\\\c\"".to_vec(),
        6 => b"\"a\\n\"".to_vec(),
        7 => b"\"\"".to_vec(),
        8 => "ключ".as_bytes().to_vec(),
        9 => vec![0xff, 0xfe],
        10 => "k".repeat(rng.usize(250..=260)).into_bytes(),
        11 => format!("\"{}\"", "\\\"".repeat(rng.usize(250..=260))).into_bytes(),
        12 => {
            for _ in 0..2 {
                request
                    .headers
                    .push(("idempotency-key".to_owned(), b"twice".to_vec()));
            }
            return;
        }
        _ => b"a b\tc".to_vec(),
    };
    request.headers.push(("idempotency-key".to_owned(), value));
}

/// Adds headers that nothing here asks for, or that gateways and caches know.
pub fn alter_headers(request: &mut Request, rng: &mut Rng) {
    const HEADERS: [(&str, &str); 22] = [
        ("x-forwarded-proto", "ht tp"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-for", "1.2.3.4, 5.6.7.8"),
        ("accept", "text/html"),
        ("accept", "application/xml;q=1, */*;q=0"),
        ("accept-encoding", "gzip, br"),
        ("range", "bytes=0-10"),
        ("if-none-match", "*"),
        ("if-modified-since", "yesterday"),
        ("expect", "100-continue"),
        ("x-http-method-override", "DELETE"),
        ("content-encoding", "gzip"),
        ("transfer-encoding", "chunked"),
        ("content-length", "0"),
        ("cookie", "a=b; session=\"x\""),
        ("user-agent", ""),
        ("origin", "null"),
        ("prefer", "respond-async"),
        ("x-amzn-trace-id", "Root=x"),
        ("authorization", "Basic YTpi"),
        ("content-type", "text/plain"),
    ];
    if rng.u8(..6) == 0 {
        let value: Vec<u8> = (0..rng.usize(..40))
            .map(|_| rng.u8(0x20..=0xff))
            .filter(|b| *b != 0x7f)
            .collect();
        request.headers.push(("x-odd".to_owned(), value));
        return;
    }
    if let Some((name, value)) = rng.choice(&HEADERS) {
        request
            .headers
            .push(((*name).to_owned(), value.as_bytes().to_vec()));
    }
}
