//! The time of a claim runs from its final answer, and not while its work is open.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Shop, fresh, idr};

const A_MONTH: Duration = Duration::from_hours(31 * 24);

/// A refund that DOKU did, whose answer was lost and of which status checks say nothing.
async fn open_refund(shop: &Shop) -> (String, String, Value) {
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    let unheard = json!({"operation": "notification", "kind": "lose", "times": 1_000_000});
    shop.doku.falls_silent().await;
    shop.doku.order("faults", unheard).await;
    let fault = json!({"operation": "status", "kind": "bad_gateway", "times": 1_000_000});
    shop.doku.order("faults", fault).await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    let path = format!("/v1/payments/{payment}/refunds");
    let body = json!({"amount": idr(4_000)});
    let key = fresh("open");
    shop.merchant
        .post_with(&key, &path, &body)
        .await
        .expect(202);
    (key, path, body)
}

async fn refunds(shop: &Shop) -> usize {
    shop.doku.ledger().await["refunds"]
        .as_array()
        .unwrap()
        .len()
}

#[tokio::test]
async fn the_same_refund_a_month_later_is_the_same_refund() {
    let shop = Shop::open().await;
    let (key, path, body) = open_refund(&shop).await;
    let claim = shop.claim_of("refund").await;
    assert!(claim["expiresAt"].is_null(), "{claim}");
    shop.doku.time_passes(A_MONTH).await;
    let again = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(again.status, 202, "{}", again.text);
    assert_eq!(refunds(&shop).await, 1);

    // Known at last, its answer is kept for thirty days more.
    shop.doku.recovers().await;
    shop.doku.time_passes(Duration::from_mins(6)).await;
    let answer = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(answer.expect(201).body["status"], "succeeded");
    shop.doku.time_passes(Duration::from_hours(29 * 24)).await;
    let again = shop.merchant.post_with(&key, &path, &body).await;
    assert!(again.expect(201).is_replayed());
    assert_eq!(refunds(&shop).await, 1);
}

#[tokio::test]
async fn what_is_continued_after_its_claim_is_gone_is_answered_once_more() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    let path = format!("/v1/payments/{payment}/refunds");
    let (key, body) = (fresh("again"), json!({"amount": idr(4_000)}));
    let first = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(first.expect(201).body["status"], "succeeded");
    shop.doku.time_passes(A_MONTH).await;
    let again = shop.merchant.post_with(&key, &path, &body).await;
    assert!(!again.expect(201).is_replayed(), "its claim is gone");
    // Another month begins with that answer.
    shop.doku.time_passes(Duration::from_hours(29 * 24)).await;
    let repeat = shop.merchant.post_with(&key, &path, &body).await;
    assert!(repeat.expect(201).is_replayed());
    assert_eq!(repeat.text, again.text);
    let other = json!({"amount": idr(4_000), "reason": "another"});
    let other = shop.merchant.post_with(&key, &path, &other).await;
    assert_eq!(other.status, 422, "{}", other.text);
    assert_eq!(refunds(&shop).await, 1);
}

#[tokio::test]
async fn an_open_claim_of_the_release_before_loses_its_time_in_the_sweep() {
    let shop = Shop::open_with(|options| {
        let shards = ("DueShards".to_owned(), "1".to_owned());
        options.parameters.extend([shards]);
    })
    .await;
    let (key, path, body) = open_refund(&shop).await;
    let claim = shop.claim_of("refund").await;
    let name = claim["pk"]["S"].as_str().unwrap();
    let name = name.strip_prefix("CLAIM#").unwrap();
    shop.is_of_earlier_release(&claim, name).await;
    assert!(shop.claim_of("refund").await["expiresAt"]["N"].is_string());
    // Not even due: what is open is found, whenever it is to be checked.
    shop.tick().await;
    let claim = shop.claim_of("refund").await;
    assert!(claim["expiresAt"].is_null(), "{claim}");
    shop.doku.time_passes(A_MONTH).await;
    let again = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(again.status, 202, "{}", again.text);
    assert_eq!(refunds(&shop).await, 1);
}
