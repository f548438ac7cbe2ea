//! The token that DOKU buys from us, and what it is good for.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::{Message, TOKEN_PATH, about, expect_code, expect_taken, id, waiting_payment};
use crate::support::signer::{DokuKey, symmetric, transaction_text};
use crate::support::{Shop, Untouched};

const GRANT: &str = r#"{"grantType":"client_credentials"}"#;

/// The clock that everybody reads, as DOKU writes it.
async fn now(shop: &Shop) -> String {
    let clock = shop.doku.admin(Method::GET, "clock", None).await;
    let now = clock["now"].as_str().unwrap();
    format!("{}Z", &now[..19])
}

/// A bundle that believes a key of ours to be DOKU's.
async fn shop_of(key: &DokuKey) -> Shop {
    let shop = Shop::open().await;
    let mut secret = shop.world.secrets().current();
    secret["dokuPublicKey"] = json!(key.public_pem());
    shop.world.secrets().rotate(&secret);
    shop
}

fn asking(client: &str, timestamp: &str, signature: &str, body: &str) -> Message {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Message {
        path: TOKEN_PATH.to_owned(),
        headers: vec![
            header("content-type", "application/json"),
            header("x-client-key", client),
            header("x-timestamp", timestamp),
            header("x-signature", signature),
        ],
        body: body.to_owned(),
    }
}

#[tokio::test]
async fn only_doku_gets_a_token_and_only_now() {
    let (key, other) = (DokuKey::generate(), DokuKey::generate());
    let shop = shop_of(&key).await;
    let client = shop.world.secrets().field("clientId");
    let untouched = Untouched::so_far(&shop).await;
    let ask = |key: &DokuKey, client: &str, at: &str| {
        asking(client, at, &key.sign(&format!("{client}|{at}")), GRANT)
    };
    let at = now(&shop).await;
    let good = ask(&key, &client, &at);
    let answer = good.to(&shop).await;
    expect_code(&answer, "2007300", "valid");
    assert_eq!(answer.body["tokenType"], "Bearer");
    assert_eq!(answer.body["expiresIn"], 900);
    assert_eq!(answer.header("x-client-key"), client);
    assert!(!answer.header("x-timestamp").is_empty());

    let signature = good.header("x-signature").to_owned();
    let refused = [
        ("another key", ask(&other, &client, &at)),
        ("another client", ask(&key, "BRN-SOMEBODY", &at)),
        (
            "somebody else's name on it",
            good.clone().with("x-client-key", "BRN-SOMEBODY"),
        ),
        ("half an hour ago", ask(&key, &client, &before(&at))),
        (
            "next year",
            ask(&key, &client, &at.replacen("202", "203", 1)),
        ),
        (
            "another time",
            good.clone().with("x-timestamp", at.replace('Z', "+00:00")),
        ),
        (
            "in lower case",
            good.clone().with("x-signature", signature.to_lowercase()),
        ),
        ("no signature", good.clone().without("x-signature")),
        ("no time at all", good.clone().without("x-timestamp")),
        ("no client", good.clone().without("x-client-key")),
        (
            "a signature of something else",
            good.clone().with(
                "x-signature",
                key.sign(&transaction_text(TOKEN_PATH, GRANT, &at)),
            ),
        ),
    ];
    for (why, message) in refused {
        let answer = message.to(&shop).await;
        expect_code(&answer, "4017300", why);
        assert_eq!(answer.body["accessToken"], json!(null), "{why}");
    }
    let answer = ask(&key, &client, "now").to(&shop).await;
    expect_code(&answer, "4007301", "no time");
    let marked = format!("\u{feff}{GRANT}");
    let answer = asking(&client, &at, &signature, &marked).to(&shop).await;
    expect_code(&answer, "2007300", "a byte order mark");
    for (body, code) in [
        ("", "4007301"),
        ("{}", "4007301"),
        (r#"{"grantType":"password"}"#, "4007302"),
    ] {
        let answer = asking(&client, &at, &signature, body).to(&shop).await;
        expect_code(&answer, code, body);
    }
    untouched.still(&shop, "asking for tokens").await;
}

/// The same day and hour, another century's year: nothing here needs calendar arithmetic.
fn before(at: &str) -> String {
    format!("2001{}", &at[4..])
}

#[tokio::test]
async fn a_bearer_ends_after_its_900_seconds() {
    let shop = Shop::open().await;
    let payment = waiting_payment(&shop).await;
    let old = Message::signed(&shop, &about(&payment, "00")).await;
    let secret = shop.world.secrets().field("secretKey");
    let untouched = Untouched::so_far(&shop).await;
    shop.doku.time_passes(Duration::from_secs(901)).await;
    let at = now(&shop).await;
    let signature = symmetric(&secret, &old.path, old.token(), &old.body, &at);
    let again = old
        .clone()
        .with("x-timestamp", &*at)
        .with("x-signature", signature);
    expect_code(&again.to(&shop).await, "4015601", "an ended token");
    untouched.still(&shop, "an ended token").await;

    let fresh = Message::signed(&shop, &about(&payment, "00")).await;
    assert_ne!(fresh.token(), old.token());
    expect_taken(&fresh.to(&shop).await, "a new token");
}

#[tokio::test]
async fn a_merchants_token_is_no_bearer_of_dokus() {
    let shop = Shop::open().await;
    let payment = waiting_payment(&shop).await;
    let good = Message::signed(&shop, &about(&payment, "00")).await;
    let secret = shop.world.secrets().field("secretKey");
    let at = now(&shop).await;
    let token = &shop.merchant.token;
    let signature = symmetric(&secret, &good.path, token, &good.body, &at);
    let message = good
        .with("authorization", format!("Bearer {token}"))
        .with("x-timestamp", &*at)
        .with("x-signature", signature);
    expect_code(&message.to(&shop).await, "4015601", "a merchant's token");
}

#[tokio::test]
async fn an_asymmetric_signature_is_as_good() {
    let (key, other) = (DokuKey::generate(), DokuKey::generate());
    let shop = shop_of(&key).await;
    let payment = waiting_payment(&shop).await;
    let good = Message::signed(&shop, &about(&payment, "00")).await;
    let text = transaction_text(&good.path, &good.body, good.header("x-timestamp"));
    let signed = |signature: String| {
        assert_eq!(signature.len(), 344);
        good.clone().with("x-signature", signature)
    };
    let forged = signed(other.sign(&text));
    expect_code(&forged.to(&shop).await, "4015600", "another key");
    let elsewhere = signed(key.sign(&transaction_text(
        "/else",
        &good.body,
        good.header("x-timestamp"),
    )));
    expect_code(&elsewhere.to(&shop).await, "4015600", "another path");
    let mut altered = signed(key.sign(&text));
    altered.body = altered.body.replace("10000.00", "10001.00");
    expect_code(&altered.to(&shop).await, "4015600", "another body");
    assert_eq!(shop.read(id(&payment)).await["status"], "otp_required");

    expect_taken(&signed(key.sign(&text)).to(&shop).await, "DOKU's key");
    assert_eq!(shop.read(id(&payment)).await["status"], "paid");
}
