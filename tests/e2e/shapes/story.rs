//! Everything that a customer with a linked account does, so that every answer of DOKU's is read.

use serde_json::json;

use crate::support::{A_MINUTE, Shop, fresh, idr};

/// What the merchant was told of DOKU's codes.
pub struct Told {
    pub otp_code: String,
    pub refund_code: String,
}

/// Links an account, pays, refunds, asks about a refund whose answer was lost, and unlinks it. All of
/// it must succeed, and each thing happen once.
pub async fn story(shop: &Shop, why: &str) -> Told {
    shop.doku.forget_calls().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let payment = shop.pay(&binding, 10_000).await;
    assert_eq!(payment.status, "otp_required", "{why}");
    // News that overtakes the answer would say the same without its code.
    shop.doku.holds_notifications(1).await;
    let confirmed = shop.confirm(&payment.id).await;
    shop.doku.releases_notifications().await;
    shop.wait_until_paid(&payment.id).await;
    shop.doku.holds_notifications(1).await;
    let refund = shop.refund(&payment.id, 4_000).await;
    assert_eq!(
        refund.expect(201).body["status"],
        "succeeded",
        "{why}: {}",
        refund.text
    );

    // A status check tells of both refunds.
    shop.doku.holds_notifications(1).await;
    shop.doku
        .goes_wrong("refund", "accept_then_bad_gateway")
        .await;
    let path = format!("/v1/payments/{}/refunds", payment.id);
    let (key, body) = (fresh("lost"), json!({"amount": idr(3_000)}));
    let lost = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(lost.expect(202).body["status"], "unknown", "{why}");
    shop.doku.time_passes(A_MINUTE).await;
    let found = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(
        found.expect(201).body["status"],
        "succeeded",
        "{why}: {}",
        found.text
    );
    shop.doku.releases_notifications().await;

    let after = shop.read(&payment.id).await;
    assert_eq!(after["status"], "partially_refunded", "{why}");
    assert_eq!(after["refundedAmount"], idr(7_000), "{why}");
    assert_eq!(after["flags"], json!([]), "{why}");
    shop.doku.charged_once(&after).await;
    assert_eq!(
        shop.doku.payment_of(&after).await["refunded"],
        "7000.00",
        "{why}"
    );
    let path = format!("/v1/bindings/{binding}");
    let gone = shop.merchant.delete_with(&fresh("key"), &path).await;
    assert_eq!(gone.expect(200).body["status"], "unbound", "{why}");

    for operation in ["b2b2c", "binding", "payment", "otp", "status", "unbinding"] {
        let mut calls = shop.doku.calls(operation).await;
        // One that was refused for the merchant's token was not taken.
        calls.retain(|call| call["accepted"] == true);
        assert_eq!(calls.len(), 1, "{why}: {operation}: {calls:?}");
    }
    Told {
        otp_code: confirmed.word_at("/gateway/responseCode"),
        refund_code: refund.word_at("/gateway/responseCode"),
    }
}
