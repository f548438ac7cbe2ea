//! Refunds that DOKU never got, or did without a word.

use serde_json::json;

use super::{recorded, settlement};
use crate::support::{Shop, fresh, idr};

/// A refund of 4,000 of 10,000 that was lost, escalated: payment, refund, key.
async fn escalated_refund(shop: &Shop, fault: &str) -> (String, String, String) {
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    shop.notifies_no_more().await;
    shop.doku.goes_wrong("refund", fault).await;
    let key = fresh("refund");
    let path = format!("/v1/payments/{payment}/refunds");
    let body = json!({"amount": idr(4_000)});
    let lost = shop.merchant.post_with(&key, &path, &body).await;
    let refund = lost.expect(202).word("refundId");
    shop.is_escalated().await;
    (payment, refund, key)
}

#[tokio::test]
async fn a_refund_that_doku_never_got_gives_its_reserve_back() {
    let shop = Shop::unanswered().await;
    let (payment, refund, key) = escalated_refund(&shop, "reset").await;
    shop.refund(&payment, 10_000)
        .await
        .expect_problem(409, "illegal_transition");
    let settle = settlement(&refund, "failed", None);
    let done = shop.settles(&settle).await;
    assert_eq!(done, json!({"settled": "done", "status": "failed"}));
    assert!(shop.escalated().await.is_empty());
    recorded(&shop, &payment, "refund.settled", "failed").await;
    let path = format!("/v1/payments/{payment}/refunds");
    let body = json!({"amount": idr(4_000)});
    let again = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(again.expect(201).body["status"], "failed", "{}", again.text);
    shop.refund(&payment, 10_000).await.expect(201);
    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["refunds"].as_array().map(Vec::len), Some(1));

    // No longer on the list: the payment's id has to come beside it.
    assert_eq!(shop.settles(&settle).await, json!({"settled": "unknown"}));
    let mut again = settle;
    again["paymentId"] = json!(payment);
    assert_eq!(shop.settles(&again).await, json!({"settled": "unchanged"}));
}

#[tokio::test]
async fn a_refund_that_doku_did_is_counted_once() {
    let shop = Shop::unanswered().await;
    let (payment, refund, _) = escalated_refund(&shop, "accept_then_reset").await;
    let done = shop
        .settles(&settlement(&refund, "succeeded", Some(4_000)))
        .await;
    assert_eq!(done, json!({"settled": "done", "status": "succeeded"}));
    let now = shop.read(&payment).await;
    assert_eq!(now["refundedAmount"], idr(4_000), "{now}");
    assert_eq!(now["status"], "partially_refunded", "{now}");
    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["refunds"].as_array().map(Vec::len), Some(1));
    shop.refund(&payment, 6_001)
        .await
        .expect_problem(409, "illegal_transition");
}

#[tokio::test]
async fn how_much_went_back_is_stated_where_doku_reports_refunds_that_nothing_tells_apart() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, 10_000).await;
    shop.doku.falls_silent().await;
    let payment = shop.read(&id).await;
    // More than the payment, and DOKU's status lists nothing.
    let told = json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": "04",
        "amount": "12000.00",
    });
    shop.doku.order("notifications", told).await;
    shop.is_escalated().await;
    let more = shop
        .settles(&settlement(&id, "refunded", Some(11_000)))
        .await;
    assert_eq!(more["settled"], "refused");
    let done = shop
        .settles(&settlement(&id, "refunded", Some(4_000)))
        .await;
    let expected = json!({"settled": "done", "status": "partially_refunded"});
    assert_eq!(done, expected);
    assert!(shop.escalated().await.is_empty());
    recorded(&shop, &id, "payment.settled", "refunded").await;
    shop.refund(&id, 7_000)
        .await
        .expect_problem(409, "illegal_transition");
    shop.refund(&id, 6_000).await.expect(201);
    assert_eq!(shop.read(&id).await["refundedAmount"], idr(10_000));
}
