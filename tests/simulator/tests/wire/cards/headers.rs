//! A card call with one header changed or left out, or altered after it was signed.

use super::client::{self, Draft, PAGE};
use crate::world::World;

/// Why, which header, its new value (none: left out), the status, the code of the error.
type Header = (
    &'static str,
    &'static str,
    Option<&'static str>,
    u16,
    &'static str,
);

const HEADERS: &[Header] = &[
    ("left out", "Client-Id", None, 400, "INVALID_PARAMETER"),
    (
        "another merchant",
        "Client-Id",
        Some("BRN-OTHER"),
        401,
        "INVALID_CLIENT_ID",
    ),
    ("left out", "Request-Id", None, 400, "INVALID_PARAMETER"),
    (
        "a space",
        "Request-Id",
        Some("a b"),
        400,
        "INVALID_PARAMETER",
    ),
    (
        "left out",
        "Request-Timestamp",
        None,
        400,
        "INVALID_PARAMETER",
    ),
    (
        "an offset",
        "Request-Timestamp",
        Some("2026-11-20T08:15:30+07:00"),
        400,
        "INVALID_PARAMETER",
    ),
    (
        "milliseconds",
        "Request-Timestamp",
        Some("2026-11-20T01:15:30.000Z"),
        400,
        "INVALID_PARAMETER",
    ),
    (
        "small letters",
        "Request-Timestamp",
        Some("2026-11-20t01:15:30z"),
        400,
        "INVALID_PARAMETER",
    ),
    (
        "long ago",
        "Request-Timestamp",
        Some("2020-01-01T00:00:00Z"),
        401,
        "INVALID_TIMESTAMP",
    ),
    (
        "in the future",
        "Request-Timestamp",
        Some("2090-01-01T00:00:00Z"),
        401,
        "INVALID_TIMESTAMP",
    ),
    ("left out", "Content-Type", None, 400, "INVALID_PARAMETER"),
    (
        "not JSON",
        "Content-Type",
        Some("text/plain"),
        400,
        "INVALID_PARAMETER",
    ),
    ("left out", "Signature", None, 400, "INVALID_PARAMETER"),
];

/// What is altered after signing; all of it is a wrong signature.
type Alteration = (&'static str, fn(&mut Draft));

const ALTERATIONS: &[Alteration] = &[
    ("amount", |d| replace_body(d, "90000", "90001")),
    ("a space between tokens", |d| replace_body(d, ":{", ": {")),
    ("a space in a string", |d| {
        replace_body(d, "Siti ", "Siti  ");
    }),
    ("a line end", |d| d.body.as_mut().unwrap().push('\n')),
    ("a query", |d| d.path.push_str("?x=1")),
    ("another id", |d| d.set("Request-Id", "req-other")),
    ("no prefix", |d| alter(d, |s| s.replace("HMACSHA256=", ""))),
    ("misspelt prefix", |d| {
        alter(d, |s| s.replace("HMACS", "HMACHS"));
    }),
    ("small letters", |d| alter(d, str::to_lowercase)),
    ("no padding", |d| {
        alter(d, |s| s.trim_end_matches('=').to_owned());
    }),
    ("a short one", |d| d.set("Signature", "HMACSHA256=AAAA")),
    ("first character", |d| {
        alter(d, |s| {
            let first = if s.starts_with("HMACSHA256=A") {
                "B"
            } else {
                "A"
            };
            format!("HMACSHA256={first}{}", &s[12..])
        });
    }),
];

fn replace_body(draft: &mut Draft, from: &str, to: &str) {
    let body = draft.body.take().unwrap();
    assert!(body.contains(from), "{from}");
    draft.body = Some(body.replace(from, to));
}

fn alter(draft: &mut Draft, change: impl Fn(&str) -> String) {
    let signature = change(&draft.headers["Signature"]);
    draft.set("Signature", &signature);
}

#[tokio::test]
async fn a_call_with_one_header_wrong_is_refused() {
    let world = World::start().await;
    for (why, header, value, status, code) in HEADERS {
        let mut draft = world.card_draft(PAGE, Some(&client::page("INV-1")));
        match value {
            Some(value) => draft.set(header, value),
            None => {
                draft.headers.remove(header);
            }
        }
        if *header != "Signature" {
            draft.sign();
        }
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, *status, "{header}, {why}: {answer:?}");
        assert_eq!(answer.at("/error/code"), *code, "{header}, {why}");
        if *status == 400 {
            let told = answer.at("/error/message");
            assert!(told.contains(header), "{header}, {why}: {told}");
        }
    }
    let mut long = world.card_draft(PAGE, Some(&client::page("INV-1")));
    for (length, status) in [(129, 400), (128, 200)] {
        long.set("Request-Id", &"r".repeat(length));
        long.sign();
        let answer = world.send_card(&long).await.unwrap();
        assert_eq!(answer.status, status, "{length} characters");
    }
}

#[tokio::test]
async fn a_call_altered_on_its_way_is_refused_and_changes_nothing() {
    let world = World::start().await;
    for (why, alteration) in ALTERATIONS {
        let mut draft = world.card_draft(PAGE, Some(&client::page("INV-1")));
        alteration(&mut draft);
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, 401, "{why}: {answer:?}");
        assert_eq!(answer.at("/error/code"), "INVALID_SIGNATURE", "{why}");
    }
    assert_eq!(world.rows("cardPages").await.len(), 0);
}

#[tokio::test]
async fn a_get_is_signed_without_a_digest() {
    let world = World::start().await;
    let draft = world.card_draft("/orders/v1/status/INV-1", None);
    assert_eq!(world.send_card(&draft).await.unwrap().status, 404);

    let mut with_digest = world.card_draft("/orders/v1/status/INV-1", None);
    with_digest.body = Some(String::new());
    with_digest.sign();
    with_digest.body = None;
    assert_eq!(world.send_card(&with_digest).await.unwrap().status, 401);

    let url = format!("{}/orders/v1/status/INV-1", world.base());
    let post = world.http.post(url).send().await.unwrap();
    assert_eq!(post.status().as_u16(), 405);
}

#[tokio::test]
async fn a_body_need_not_be_compact() {
    let world = World::start().await;
    let mut draft = world.card_draft(PAGE, Some(&client::page("INV-1")));
    replace_body(&mut draft, ":{", " :\r\n\t{");
    draft.sign();
    assert_eq!(world.send_card(&draft).await.unwrap().status, 200);
}
