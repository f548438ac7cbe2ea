//! Headers that are missing, come twice or hold what they must not.

use super::{Case, Door, good};

const KEY: &str = "Idempotency-Key";

fn keys(why: &'static str, door: Door, keys: &[&[u8]]) -> Case {
    let keys = keys.iter().map(|key| key.to_vec()).collect();
    Case {
        keys,
        ..Case::raw(why, door, good(door).to_string(), &[KEY])
    }
}

fn types(why: &'static str, content_types: &[&[u8]]) -> Case {
    let content_types = content_types.iter().map(|value| value.to_vec()).collect();
    Case {
        content_types,
        ..Case::raw(
            why,
            Door::Pay,
            good(Door::Pay).to_string(),
            &["Content-Type"],
        )
    }
}

pub fn all() -> Vec<Case> {
    let long = [b'k'; 256];
    let mut cases = vec![
        keys("256 characters of key", Door::Pay, &[&long]),
        keys("an empty key", Door::Pay, &[b""]),
        keys("a tab in the key", Door::Pay, &[b"a\tb"]),
        keys(
            "a key that is not ASCII",
            Door::Pay,
            &["kunci-é".as_bytes()],
        ),
        keys("a key that is not UTF-8", Door::Pay, &[b"k\xff"]),
        types("no content type", &[]),
        types("plain text", &[b"text/plain"]),
        types("a form", &[b"application/x-www-form-urlencoded"]),
        types("another encoding", &[b"application/json; charset=utf-16"]),
        types("something that begins like JSON", &[b"application/jsonp"]),
        types("an empty content type", &[b""]),
        types(
            "two content types",
            &[b"application/json", b"application/json"],
        ),
    ];
    for door in [Door::Bind, Door::Pay, Door::Otp, Door::Refund] {
        cases.push(keys("no key", door, &[]));
        // API Gateway joins headers of one name, so that two keys arrive as one with a comma in it.
        cases.push(keys("two keys", door, &[b"one", b"one"]));
        cases.push(keys("a key with a comma", door, &[b"one,one"]));
        cases.push(keys("a key of nothing in quotes", door, &[b"\"\""]));
        cases.push(keys("a key in open quotes", door, &[b"\"one"]));
    }
    cases.push(Case {
        keys: Vec::new(),
        fields: vec!["otp", KEY],
        ..Case::raw("body and key wrong", Door::Otp, "{}", &[])
    });
    cases
}
