//! What DOKU tells us: believed when DOKU signed it, once, in any order, and never against our own
//! record of the amount.

mod dead_letters;
mod effects;
mod forgeries;
mod replays;
mod rotation;
mod tokens;

use serde_json::{Value, json};

use crate::support::{Answer, Message, Shop, count, events};

const TOKEN_PATH: &str = "/v1.0/access-token/b2b";

/// Insists on SNAP's answer.
#[track_caller]
fn expect_code(answer: &Answer, code: &str, why: &str) {
    assert_eq!(answer.body["responseCode"], code, "{why}: {}", answer.text);
    let status: u16 = code[..3].parse().unwrap();
    assert_eq!(answer.status, status, "{why}: {}", answer.text);
}

/// Insists that it was taken.
#[track_caller]
fn expect_taken(answer: &Answer, why: &str) {
    expect_code(answer, "2005600", why);
}

/// Sends a notification the ordinary way, which must be taken.
async fn tell(shop: &Shop, order: Value) {
    let answer = shop.doku.order("notifications", order.clone()).await;
    assert_eq!(
        answer["body"]["responseCode"], "2005600",
        "{order}: {answer}"
    );
}

/// An order for a notification about a payment.
fn about(payment: &Value, status: &str) -> Value {
    json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": status,
    })
}

/// A payment that waits for its OTP.
async fn waiting_payment(shop: &Shop) -> Value {
    let binding = shop.link_account("cust-1").await;
    shop.pay(&binding, 10_000).await.body
}

fn id(payment: &Value) -> &str {
    payment["paymentId"].as_str().unwrap()
}
