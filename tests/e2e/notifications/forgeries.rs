//! Whatever is altered is refused, before the table is looked at.

use std::time::Duration;

use serde_json::json;

use super::{Message, about, expect_code, expect_taken, id, waiting_payment};
use crate::support::signer::symmetric;
use crate::support::{Relay, Shop, Untouched};

/// SNAP's "signature" and "token".
const SIGNATURE: &str = "4015600";
const TOKEN: &str = "4015601";
/// A header that came more than once, or cannot be read.
const FORMAT: &str = "4005601";

fn flipped(text: &str, at: usize, bit: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] ^= 1 << bit;
    String::from_utf8(bytes).unwrap()
}

/// A letter of it in the other case.
fn case_folded(text: &str) -> String {
    let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap();
    flipped(text, at, 5)
}

/// Every way of altering a message, with the code it is refused with.
#[allow(clippy::too_many_lines, reason = "a table")]
fn alterations(good: &Message) -> Vec<(String, Message, &'static str)> {
    let mut all = Vec::new();
    let mut add = |why: &str, message: Message, code| all.push((why.to_owned(), message, code));
    // Bits that leave ASCII text ASCII text; the signature covers the bytes, whatever they mean.
    for at in (0..good.body.len()).step_by(7) {
        let body = flipped(&good.body, at, u8::try_from(at % 4).unwrap());
        let altered = Message {
            body,
            ..good.clone()
        };
        add(
            &format!("a bit of byte {at} of the body"),
            altered,
            SIGNATURE,
        );
    }
    let body = |body: String| Message {
        body,
        ..good.clone()
    };
    add(
        "another amount",
        body(good.body.replace("10000.00", "20000.00")),
        SIGNATURE,
    );
    add(
        "another status",
        body(good.body.replace("\"00\"", "\"06\"")),
        SIGNATURE,
    );
    add("no body", body(String::new()), SIGNATURE);
    add(
        "a member more",
        body(good.body.replacen('{', "{\"a\":1,", 1)),
        SIGNATURE,
    );

    let timestamp = good.header("x-timestamp").to_owned();
    let seconds = timestamp.len() - 2;
    add(
        "a second later",
        good.clone()
            .with("x-timestamp", flipped(&timestamp, seconds, 0)),
        SIGNATURE,
    );
    let offset = timestamp.replace('Z', "+00:00");
    add(
        "the same time written otherwise",
        good.clone().with("x-timestamp", offset),
        SIGNATURE,
    );
    add(
        "no time at all",
        good.clone().with("x-timestamp", "yesterday"),
        FORMAT,
    );

    let token = good.token().to_owned();
    for (why, token) in [
        ("a letter of the token", case_folded(&token)),
        ("half the token", token[..token.len() / 2].to_owned()),
        (
            "an unsigned token",
            "eyJhbGciOiJub25lIn0.eyJleHAiOjk5OTk5OTk5OTl9.".to_owned(),
        ),
    ] {
        add(
            why,
            good.clone()
                .with("authorization", format!("Bearer {token}")),
            TOKEN,
        );
    }
    add(
        "a token under another scheme",
        good.clone().with("authorization", format!("Basic {token}")),
        TOKEN,
    );

    let signature = good.header("x-signature").to_owned();
    for (why, signature) in [
        ("the signature in lower case", signature.to_lowercase()),
        ("one letter's case", case_folded(&signature)),
        (
            "without its padding",
            signature.trim_end_matches('=').to_owned(),
        ),
        ("cut short", signature[..44].to_owned()),
        ("empty", String::new()),
        ("hexadecimal", "ab".repeat(64)),
        (
            "344 characters of nothing",
            format!("{}==", "A".repeat(342)),
        ),
    ] {
        add(why, good.clone().with("x-signature", signature), SIGNATURE);
    }
    // Base64 has bits to spare at its end: another spelling of the same bytes is not the signature.
    let spare = signature.len() - 3;
    let mut respelt = signature.clone().into_bytes();
    respelt[spare] += 1;
    let respelt = String::from_utf8(respelt).unwrap();
    add(
        "another spelling of the same bytes",
        good.clone().with("x-signature", respelt),
        SIGNATURE,
    );

    for (header, code) in [
        ("x-signature", SIGNATURE),
        ("x-timestamp", SIGNATURE),
        ("x-partner-id", SIGNATURE),
        ("authorization", TOKEN),
    ] {
        add(&format!("no {header}"), good.clone().without(header), code);
        // API Gateway joins headers of one name, so that the header is wrong, and not what it says.
        let mut twice = good.clone();
        let value = good.header(header).to_owned();
        twice.headers.push((header.to_owned(), value));
        add(&format!("{header} twice"), twice, FORMAT);
    }
    add(
        "another partner",
        good.clone().with("x-partner-id", "BRN-SOMEBODY"),
        SIGNATURE,
    );
    let other = symmetric(
        "SK-somebody-elses",
        &good.path,
        &token,
        &good.body,
        &timestamp,
    );
    add(
        "another secret",
        good.clone().with("x-signature", other),
        SIGNATURE,
    );
    all
}

#[tokio::test]
async fn whatever_is_altered_is_refused_and_the_table_is_not_even_read() {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(|options| options.dynamodb_endpoint = Some(url)).await;
    relay.leads_to(shop.world.dynamodb_url());
    let payment = waiting_payment(&shop).await;
    let good = Message::signed(&shop, &about(&payment, "00")).await;
    let untouched = Untouched::so_far(&shop).await;
    relay.uses();

    let secret = shop.world.secrets().field("secretKey");
    let mut altered = alterations(&good);
    // The path is ours to know: what is signed for another one is not for us.
    for path in [
        "/v1.0/debit/notify/",
        "/v1.0/debit/Notify",
        "/v1.0/debit/refund",
        "/",
    ] {
        let timestamp = good.header("x-timestamp").to_owned();
        let signature = symmetric(&secret, path, good.token(), &good.body, &timestamp);
        let message = good.clone().with("x-signature", signature);
        altered.push((format!("signed for {path}"), message, SIGNATURE));
    }
    for (why, message, code) in &altered {
        expect_code(&message.to(&shop).await, code, why);
    }
    assert!(altered.len() > 60, "{}", altered.len());
    let uses = relay.uses();
    assert!(
        uses.is_empty(),
        "{} requests reached the database",
        uses.len()
    );
    untouched.still(&shop, "altered notifications").await;

    // What was altered is good: the relay counts, and the payment is paid.
    expect_taken(&good.to(&shop).await, "unaltered");
    assert!(!relay.uses().is_empty(), "the relay counts");
    assert_eq!(shop.read(id(&payment)).await["status"], "paid");
    let body =
        r#"{"responseCode":"2005600","responseMessage":"Request has been processed successfully"}"#;
    assert_eq!(
        good.to(&shop).await.text,
        body,
        "a repeat is answered alike"
    );
}

#[tokio::test]
async fn a_stale_notification_is_refused_on_either_side_of_now() {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(|options| options.dynamodb_endpoint = Some(url)).await;
    relay.leads_to(shop.world.dynamodb_url());
    let payment = waiting_payment(&shop).await;
    // Signed at one time and sent at another. The token is as good at both.
    for (signed_at, sent_at) in [(0, 302), (302, 0)] {
        shop.doku
            .order("clock", json!({"offsetMs": signed_at * 1000}))
            .await;
        let message = Message::signed(&shop, &about(&payment, "00")).await;
        shop.doku
            .order("clock", json!({"offsetMs": sent_at * 1000}))
            .await;
        relay.uses();
        let why = format!("signed at {signed_at} s, sent at {sent_at} s");
        expect_code(&message.to(&shop).await, SIGNATURE, &why);
        assert_eq!(relay.uses().len(), 0, "{why}: the table was read");
        shop.doku.order("clock", json!({"offsetMs": 0})).await;
    }
    assert_eq!(shop.read(id(&payment)).await["status"], "otp_required");

    let message = Message::signed(&shop, &about(&payment, "00")).await;
    shop.doku.time_passes(Duration::from_secs(290)).await;
    expect_taken(&message.to(&shop).await, "old, but within the tolerance");
}
