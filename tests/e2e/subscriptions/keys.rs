//! One key, one effect.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Shop, Untouched, at_once, fresh, idr, statuses};

async fn send(shop: &Shop, key: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let body = body.map(Value::to_string);
    shop.merchant.send(method, path, Some(key), body).await
}

/// The same request again is answered as it was, word for word; another one is refused.
async fn holds(shop: &Shop, method: Method, path: &str, bodies: [Option<&Value>; 2], other: &str) {
    let key = fresh("once");
    let first = send(shop, &key, method.clone(), path, bodies[0]).await;
    assert!(first.status < 300, "{method} {path}: {}", first.text);
    let untouched = Untouched::so_far(shop).await;
    let again = send(shop, &key, method.clone(), path, bodies[0]).await;
    assert_eq!(again.status, first.status);
    assert_eq!(again.text, first.text, "{method} {path}");
    assert!(again.is_replayed() && !first.is_replayed());
    let refused = send(shop, &key, method, other, bodies[1]).await;
    refused.expect_problem(422, "idempotency_key_reused");
    untouched.still(shop, "a repeat").await;
}

#[tokio::test]
async fn a_repeat_has_no_second_effect_and_another_request_needs_another_key() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let mut other = body.clone();
    other["amount"] = idr(10_001);
    let path = "/v1/subscriptions";
    holds(&shop, Method::POST, path, [Some(&body), Some(&other)], path).await;

    let make = async || {
        let made = shop.merchant.post(path, &body).await;
        format!("{path}/{}", made.expect(201).word("subscriptionId"))
    };
    let one = make().await;
    let (skip, pause) = (json!({"skipNext": true}), json!({"status": "paused"}));
    holds(
        &shop,
        Method::PATCH,
        &one,
        [Some(&skip), Some(&pause)],
        &one,
    )
    .await;
    // The first one skipped one period, and its repeat none.
    let next = shop.merchant.get(&one).await.body["nextCharge"].clone();
    assert_eq!(next["period"], "2096-02-29");
    // The same change of another subscription is another request.
    let (one, two) = (make().await, make().await);
    holds(
        &shop,
        Method::PATCH,
        &one,
        [Some(&pause), Some(&pause)],
        &two,
    )
    .await;

    let later = format!("{one}?at=period_end");
    holds(
        &shop,
        Method::DELETE,
        &two,
        [None, None],
        &format!("{two}?at=period_end"),
    )
    .await;
    holds(&shop, Method::DELETE, &later, [None, None], &one).await;
}

/// `now` is the default, so that saying it is saying nothing else.
#[tokio::test]
async fn an_end_now_is_the_same_whether_it_is_said_or_not() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let path = format!("/v1/subscriptions/{}", made.word("subscriptionId"));
    let first = shop.merchant.delete_with("end", &path).await;
    let said = format!("{path}?at=now");
    let again = shop.merchant.delete_with("end", &said).await;
    assert!(again.is_replayed());
    assert_eq!(again.text, first.text);
}

#[tokio::test]
async fn many_at_once_under_one_key_make_one_subscription() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let answers = at_once(20, |_| {
        let (merchant, body) = (shop.merchant.clone(), body.clone());
        async move { merchant.post_with("one", "/v1/subscriptions", &body).await }
    })
    .await;
    assert_eq!(statuses(&answers), [(201, 20)].into());
    let first = &answers[0].text;
    assert!(answers.iter().all(|answer| answer.text == *first));
    let list = shop
        .merchant
        .get("/v1/subscriptions?customerId=cust-1")
        .await;
    assert_eq!(list.expect(200).body["items"].as_array().unwrap().len(), 1);
}

/// Each of them reads, changes and writes; nobody's change is lost on the way.
#[tokio::test]
async fn changes_at_once_all_take_effect() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let path = format!("/v1/subscriptions/{}", made.word("subscriptionId"));
    let answers = at_once(6, |_| {
        let (merchant, path) = (shop.merchant.clone(), path.clone());
        async move { merchant.patch(&path, &json!({"skipNext": true})).await }
    })
    .await;
    assert_eq!(statuses(&answers), [(200, 6)].into());
    let next = shop.merchant.get(&path).await.body["nextCharge"].clone();
    assert_eq!(next["period"], "2096-07-31");
    let charges = shop.merchant.get(&format!("{path}/charges")).await;
    assert_eq!(charges.body["items"].as_array().unwrap().len(), 6);
}
