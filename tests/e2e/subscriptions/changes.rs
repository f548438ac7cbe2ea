//! Changing, pausing, resuming, skipping and ending.

use serde_json::{Value, json};

use crate::support::{Answer, Shop, Untouched, fresh, idr};

/// A subscription that nothing has happened to.
async fn subscription(shop: &Shop) -> String {
    subscription_with(shop, json!({})).await
}

async fn subscription_with(shop: &Shop, more: Value) -> String {
    let wallet = shop.link_wallet("cust-1").await;
    let mut body = shop.subscription_body("cust-1", &wallet);
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let answer = shop.merchant.post("/v1/subscriptions", &body).await;
    answer.expect(201).word("subscriptionId")
}

async fn change(shop: &Shop, id: &str, change: Value) -> Answer {
    let path = format!("/v1/subscriptions/{id}");
    shop.merchant.patch(&path, &change).await
}

async fn cancel(shop: &Shop, id: &str, at: &str) -> Answer {
    let path = format!("/v1/subscriptions/{id}{at}");
    shop.merchant.delete_with(&fresh("cancel"), &path).await
}

/// Types and statuses of what happened, oldest first.
async fn story(shop: &Shop, id: &str) -> Vec<(String, String)> {
    let path = format!("/v1/subscriptions/{id}/events");
    let answer = shop.merchant.get(&path).await;
    let items = answer.expect(200).body["items"].as_array().unwrap().clone();
    let word = |event: &Value, name: &str| event[name].as_str().unwrap().to_owned();
    let lines = items
        .iter()
        .map(|event| (word(event, "type"), word(event, "status")));
    lines.collect()
}

fn told(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    let lines = lines.iter();
    lines
        .map(|(kind, status)| (format!("subscription.{kind}"), (*status).to_owned()))
        .collect()
}

#[tokio::test]
async fn each_member_changes_and_the_others_stay() {
    let shop = Shop::open().await;
    let id = subscription(&shop).await;
    let path = format!("/v1/subscriptions/{id}");
    let other = shop.link_wallet("cust-1").await;
    let changes = [
        ("amount", idr(12_000)),
        (
            "items",
            json!([{"name": "Vitamin C", "price": "6000.00", "quantity": 2}]),
        ),
        (
            "method",
            json!({"type": "direct_debit", "bindingId": other}),
        ),
        ("description", json!("Vitamins")),
        ("metadata", json!({"plan": "gold"})),
        ("retry", json!({"afterDays": [7], "then": "cancel"})),
        ("catchUp", json!("charge_latest")),
    ];
    for (name, value) in changes {
        let mut before = shop.merchant.get(&path).await.body;
        let mut body = json!({});
        body[name] = value.clone();
        let mut after = change(&shop, &id, body).await.expect(200).body.clone();
        assert_eq!(after[name], value);
        if name == "amount" {
            assert_eq!(after["nextCharge"]["amount"], value);
            before["nextCharge"]["amount"] = value.clone();
        }
        let read = shop.merchant.get(&path).await;
        assert_eq!(read.body, after, "{name}: stored as it was answered");
        for changed in [name, "updatedAt"] {
            before[changed] = json!(null);
            after[changed] = json!(null);
        }
        assert_eq!(after, before, "{name}: nothing else");
    }
    let lines = story(&shop, &id).await;
    assert_eq!(lines[1..], told(&[("changed", "active"); 7]));
}

#[tokio::test]
async fn goods_always_add_up_to_the_amount() {
    let shop = Shop::open().await;
    let of = |rupiah: u64| {
        let price = idr(rupiah)["value"].clone();
        json!([{"name": "Vitamin C", "price": price, "quantity": 1}])
    };
    let id = subscription_with(&shop, json!({"items": of(10_000)})).await;
    let untouched = Untouched::so_far(&shop).await;
    let table = [
        (
            "an amount without its goods",
            json!({"amount": idr(12_000)}),
        ),
        ("goods without their amount", json!({"items": of(12_000)})),
        (
            "both, and they differ",
            json!({"amount": idr(12_000), "items": of(11_000)}),
        ),
    ];
    for (why, body) in table {
        let answer = change(&shop, &id, body).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), ["items"], "{why}");
    }
    untouched.still(&shop, "goods").await;
    let both = json!({"amount": idr(12_000), "items": of(12_000)});
    change(&shop, &id, both).await.expect(200);
    let none = json!({"amount": idr(13_000), "items": []});
    let answer = change(&shop, &id, none).await;
    assert_eq!(answer.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn what_is_paused_runs_again_when_it_is_resumed() {
    let shop = Shop::open().await;
    let id = subscription(&shop).await;
    let paused = change(&shop, &id, json!({"status": "paused"})).await;
    assert_eq!(paused.expect(200).body["status"], "paused");
    assert_eq!(paused.body["nextCharge"], json!(null));
    // What is paused may be changed.
    let changed = change(&shop, &id, json!({"amount": idr(12_000)})).await;
    assert_eq!(changed.expect(200).body["status"], "paused");
    let resumed = change(&shop, &id, json!({"status": "active"})).await;
    assert_eq!(resumed.expect(200).body["status"], "active");
    let next = &resumed.body["nextCharge"];
    assert_eq!(next["period"], "2096-01-31");
    assert_eq!(next["amount"], idr(12_000));
    let expected = told(&[
        ("created", "active"),
        ("paused", "paused"),
        ("changed", "paused"),
        ("resumed", "active"),
    ]);
    assert_eq!(story(&shop, &id).await, expected);
}

#[tokio::test]
async fn a_skipped_period_leaves_a_charge_that_says_so() {
    let shop = Shop::open().await;
    let id = subscription(&shop).await;
    let skipped = change(&shop, &id, json!({"skipNext": true})).await;
    assert_eq!(
        skipped.expect(200).body["nextCharge"]["period"],
        "2096-02-29"
    );
    let path = format!("/v1/subscriptions/{id}/charges");
    let charges = shop.merchant.get(&path).await;
    let items = charges.expect(200).body["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    for (name, value) in [
        ("period", json!("2096-01-31")),
        ("status", json!("skipped")),
        ("skipReason", json!("requested")),
        ("tries", json!(0)),
        ("paymentId", json!(null)),
        ("paymentIds", json!([])),
        ("nextTryAt", json!(null)),
        ("failure", json!(null)),
    ] {
        assert_eq!(items[0][name], value, "{name}");
    }
    let expected = told(&[("created", "active"), ("skipped", "active")]);
    assert_eq!(story(&shop, &id).await, expected);
}

#[tokio::test]
async fn what_is_cancelled_is_over() {
    let shop = Shop::open().await;
    for (at, paused) in [("", false), ("?at=now", false), ("?at=period_end", true)] {
        let id = subscription(&shop).await;
        if paused {
            let answer = change(&shop, &id, json!({"status": "paused"})).await;
            answer.expect(200);
        }
        let cancelled = cancel(&shop, &id, at).await;
        assert_eq!(cancelled.expect(200).body["status"], "cancelled", "{at}");
        assert_eq!(cancelled.body["nextCharge"], json!(null), "{at}");
        let told = story(&shop, &id).await;
        assert_eq!(told.last().unwrap().0, "subscription.cancelled", "{at}");

        let untouched = Untouched::so_far(&shop).await;
        let attempts = [
            cancel(&shop, &id, "").await,
            cancel(&shop, &id, "?at=period_end").await,
            change(&shop, &id, json!({"status": "active"})).await,
            change(&shop, &id, json!({"status": "paused"})).await,
            change(&shop, &id, json!({"amount": idr(1)})).await,
            change(&shop, &id, json!({"skipNext": true})).await,
        ];
        for attempt in attempts {
            attempt.expect_problem(409, "illegal_transition");
            assert_eq!(attempt.body["outcome"], "none", "{}", attempt.text);
        }
        untouched.still(&shop, "what is over").await;
    }
}

#[tokio::test]
async fn an_end_with_the_period_is_announced_and_can_be_taken_back() {
    let shop = Shop::open().await;
    let id = subscription(&shop).await;
    let ending = cancel(&shop, &id, "?at=period_end").await;
    let running = |answer: &Answer, ends: bool| {
        assert_eq!(answer.expect(200).body["status"], "active");
        assert_eq!(answer.body["endsWithPeriod"], ends);
        assert_eq!(answer.body["nextCharge"].is_null(), ends);
    };
    running(&ending, true);
    running(
        &change(&shop, &id, json!({"status": "active"})).await,
        false,
    );
    running(&cancel(&shop, &id, "?at=period_end").await, true);
    let cancelled = cancel(&shop, &id, "?at=now").await;
    assert_eq!(cancelled.expect(200).body["status"], "cancelled");
    let expected = told(&[
        ("created", "active"),
        ("ending", "active"),
        ("resumed", "active"),
        ("ending", "active"),
        ("cancelled", "cancelled"),
    ]);
    assert_eq!(story(&shop, &id).await, expected);
}
