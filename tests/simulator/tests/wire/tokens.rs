//! Token requests, and the ends a token can come to.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{self, B2B, B2B2C, Draft, PAYMENT};
use crate::world::World;

type Change = fn(&mut Draft);

#[tokio::test]
async fn token_requests() {
    let world = World::start_strict().await;
    let credentials = json!({"grantType": "client_credentials"});
    let cut: Change = |d| d.set("X-SIGNATURE", "AAAA");
    let offset: Change = |d| {
        let text = d.headers["X-TIMESTAMP"].replace('Z', "+00:00");
        d.set("X-TIMESTAMP", &text);
    };
    let later: Change = |d| {
        let other = if d.headers["X-TIMESTAMP"].ends_with("0Z") {
            "1Z"
        } else {
            "0Z"
        };
        let text = format!("{}{other}", &d.headers["X-TIMESTAMP"][..18]);
        d.set("X-TIMESTAMP", &text);
    };
    let table: [(&str, &str, Value, Change, &str); 11] = [
        ("right", B2B, credentials.clone(), |_| {}, "2007300"),
        (
            "no client",
            B2B,
            credentials.clone(),
            |d| d.without("X-CLIENT-KEY"),
            "4007302",
        ),
        (
            "another client",
            B2B,
            credentials.clone(),
            |d| d.set("X-CLIENT-KEY", "BRN-X"),
            "4017300",
        ),
        ("signature", B2B, credentials.clone(), cut, "4017300"),
        (
            "signed another time",
            B2B,
            credentials.clone(),
            later,
            "4017300",
        ),
        ("not UTC", B2B, credentials.clone(), offset, "4007301"),
        (
            "another grant",
            B2B,
            json!({"grantType": "password"}),
            |_| {},
            "4007301",
        ),
        ("no grant", B2B, json!({}), |_| {}, "4007302"),
        (
            "no code",
            B2B2C,
            json!({"grantType": "authorization_code"}),
            |_| {},
            "4007402",
        ),
        (
            "code of nobody",
            B2B2C,
            json!({"grantType": "authorization_code", "authCode": "1"}),
            |_| {},
            "4017400",
        ),
        (
            "refresh of nobody",
            B2B2C,
            json!({"grantType": "refresh_token", "refreshToken": "1"}),
            |_| {},
            "4017400",
        ),
    ];
    for (why, path, body, change, code) in table {
        let mut draft = world.token_draft(path, &body);
        change(&mut draft);
        let answer = world.send(&draft).await.unwrap();
        assert_eq!(answer.code(), code, "{why}: {answer:?}");
    }
}

#[tokio::test]
async fn tokens_end() {
    let mut world = World::start().await;
    let (token, auth_code) = world.bound("cust-001").await;
    let pay = |reference: &str| client::payment(reference, "10000.00");

    let older = world.b2b.clone();
    world.mint_b2b().await;
    let newer = std::mem::replace(&mut world.b2b, older);
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-1"), Some(&token))
            .await
            .code(),
        "4015401",
        "older"
    );
    world.b2b = newer;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-1"), Some(&token))
            .await
            .code(),
        "2005400",
        "newer"
    );

    world.advance(Duration::from_secs(901)).await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-2"), Some(&token))
            .await
            .code(),
        "4015401",
        "B2B"
    );
    world.mint_b2b().await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-2"), Some(&token))
            .await
            .code(),
        "4015402",
        "B2B2C"
    );
    let renewed = world.exchange(&auth_code).await;
    let token = renewed.text("/accessToken");
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-2"), Some(&token))
            .await
            .code(),
        "2005400"
    );

    let refresh =
        json!({"grantType": "refresh_token", "refreshToken": renewed.text("/refreshToken")});
    assert_eq!(world.token(B2B2C, &refresh).await.code(), "2007400");
    assert_eq!(
        world.token(B2B2C, &refresh).await.code(),
        "4017400",
        "spent"
    );

    world
        .admin("/admin/tokens/void-customers", &json!({}))
        .await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-3"), Some(&token))
            .await
            .code(),
        "4015402",
        "voided"
    );
    world.admin("/admin/tokens/void", &json!({})).await;
    assert_eq!(
        world
            .call(PAYMENT, &pay("INV-3"), Some(&token))
            .await
            .code(),
        "4015401",
        "voided"
    );
}
