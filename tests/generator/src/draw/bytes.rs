//! Bodies that are not the JSON they should be, and what their headers say of them.

use fastrand::Rng;

use super::members;
use crate::request::{Content, Request};

/// Alters the bytes of the body, or its type.
pub fn alter(request: &mut Request, rng: &mut Rng) {
    if rng.u8(..4) == 0 {
        content_type(request, rng);
        return;
    }
    let text = match &request.body {
        Some(Content::Json(value)) => value.to_string(),
        Some(Content::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        None => return,
    };
    let bytes = match rng.u8(..18) {
        0 => Vec::new(),
        1 => b" \n".to_vec(),
        2 => text
            .into_bytes()
            .into_iter()
            .take(rng.usize(..200))
            .collect(),
        3 => format!("{text}}}").into_bytes(),
        4 => format!("{text}{text}").into_bytes(),
        5 => format!("\u{feff}{text}").into_bytes(),
        6 => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        7 => text.replacen(':', ":NaN,\"x\":", 1).into_bytes(),
        8 => format!("/* c */{text}").into_bytes(),
        9 => doubled(&text, rng).into_bytes(),
        10 => {
            let mut bytes = text.into_bytes();
            let at = rng.usize(..=bytes.len());
            bytes.splice(at..at, [0xff, 0xfe]);
            bytes
        }
        11 => format!("{text}{}", " ".repeat(65_537)).into_bytes(),
        12 => {
            let depth = *rng.choice(&[64, 65, 127, 1_000, 20_000]).unwrap_or(&64);
            let member = format!("{{\"deep\":{}{},", "[".repeat(depth), "]".repeat(depth));
            text.replacen('{', &member, 1).into_bytes()
        }
        13 => text.replacen('"', "\"\\ud800", 1).into_bytes(),
        14 => text.replacen("\":\"", "\":\"\\u0000", 1).into_bytes(),
        15 => text
            .replace("1,", "1.0,")
            .replace("1}", "1e0}")
            .into_bytes(),
        16 => text.replace('"', "'").into_bytes(),
        _ => members::other(rng).to_string().into_bytes(),
    };
    request.body = Some(Content::Bytes(bytes));
}

/// A member twice, in the document or deeper in it.
fn doubled(text: &str, rng: &mut Rng) -> String {
    let places: Vec<usize> = text.match_indices("{\"").map(|(at, _)| at).collect();
    let Some(at) = rng.choice(places) else {
        return text.to_owned();
    };
    let name_end = text[at + 2..].find('"').map_or(at, |end| at + 2 + end);
    let name = text.get(at + 2..name_end).unwrap_or_default();
    format!("{}{{\"{name}\":null,{}", &text[..at], &text[at + 1..])
}

/// A body where none belongs.
pub fn unasked(request: &mut Request, rng: &mut Rng) {
    let body = members::other(rng).to_string().into_bytes();
    request.body = Some(Content::Bytes(body));
    request
        .headers
        .push(("content-type".to_owned(), b"application/json".to_vec()));
}

fn content_type(request: &mut Request, rng: &mut Rng) {
    const TYPES: [&str; 14] = [
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        "application/json;charset=\"UTF-8\"",
        "application/json; charset=latin1",
        "application/json; boundary=x",
        "application/json,application/json",
        "application/merge-patch+json",
        "application/problem+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/html",
        "",
        "application/json; charset=utf-8; charset=utf-8",
    ];
    request.headers.retain(|(name, _)| name != "content-type");
    if rng.u8(..6) > 0 {
        let value = rng.choice(&TYPES).map_or("", |kind| *kind);
        request
            .headers
            .push(("content-type".to_owned(), value.as_bytes().to_vec()));
    }
}
