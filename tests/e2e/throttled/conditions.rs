//! A condition that does not hold, beside an item that is throttled: the condition decides.

use serde_json::{Value, json};

use super::{TRANSACTION, behind_a_relay};
use crate::support::{NotNow, fresh};

#[tokio::test]
async fn a_used_key_is_a_used_key_whatever_else_is_throttled() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let binding = shop.link_account("cust-1").await;
    let key = fresh("key");
    let body = shop.payment_body(&binding, 10_000);
    let first = shop.merchant.post_with(&key, "/v1/payments", &body).await;
    first.expect(201);
    let before = relay.uses().len();
    assert!(before > 0);
    let how = NotNow::Beside("ThrottlingError");
    relay.puts_off(TRANSACTION, 0, 9, how);
    let again = shop.merchant.post_with(&key, "/v1/payments", &body).await;
    assert_eq!(again.expect(201).text, first.text);
    let mut other = body.clone();
    other["amount"] = json!({"value": "10001.00", "currency": "IDR"});
    let other = shop.merchant.post_with(&key, "/v1/payments", &other).await;
    other.expect_problem(422, "idempotency_key_reused");
    relay.puts_nothing_off();
    shop.doku.payment_of(&first.body).await;
}

#[tokio::test]
async fn two_requests_with_one_key_are_one_payment_although_their_writes_are_throttled() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let binding = shop.link_account("cust-1").await;
    let (key, body) = (fresh("key"), shop.payment_body(&binding, 10_000));
    relay.puts_off(TRANSACTION, 0, 6, NotNow::Cancelled(1, "ThrottlingError"));
    let send = async || shop.merchant.post_with(&key, "/v1/payments", &body).await;
    let (one, other) = tokio::join!(send(), send());
    let mut answers: Vec<Value> = Vec::new();
    for answer in [one, other] {
        match answer.status {
            201 => answers.push(answer.body),
            _ => {
                answer.expect_problem(409, "in_progress");
            }
        }
    }
    assert!(relay.puts_nothing_off());
    assert!(!answers.is_empty());
    shop.doku.payment_of(&answers[0]).await;
}
