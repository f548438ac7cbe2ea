//! Payments whose outcome DOKU does not say.

use serde_json::{Value, json};

use super::{recorded, settlement};
use crate::support::{Shop, fresh, idr};

/// DOKU tells of a payment.
async fn notify(shop: &Shop, payment: &Value, status: &str, amount: u64) {
    let order = json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": status,
        "amount": idr(amount),
    });
    shop.doku.order("notifications", order).await;
}

#[tokio::test]
async fn a_payment_of_another_amount_is_settled_as_what_was_taken() {
    let shop = Shop::unanswered().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.pay(&binding, 10_000).await;
    notify(&shop, &payment.body, "00", 9_000).await;
    shop.is_escalated().await;
    let settle = settlement(&payment.id, "paid", Some(9_000));
    let done = shop.settles(&settle).await;
    assert_eq!(done, json!({"settled": "done", "status": "paid"}));
    assert_eq!(shop.settles(&settle).await, json!({"settled": "unchanged"}));
    assert!(shop.escalated().await.is_empty());
    let now = shop.read(&payment.id).await;
    assert_eq!(now["status"], "paid", "{now}");
    assert_eq!(now["chargedAmount"], idr(9_000), "{now}");
    assert_eq!(now["gateway"]["referenceNo"], "DOKU-4711", "{now}");
    recorded(&shop, &payment.id, "payment.settled", "paid").await;
    shop.refund(&payment.id, 9_001)
        .await
        .expect_problem(409, "illegal_transition");

    // DOKU's word changes it no more; another settlement does.
    notify(&shop, &payment.body, "06", 10_000).await;
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
    let other = shop.settles(&settlement(&payment.id, "failed", None)).await;
    assert_eq!(other, json!({"settled": "done", "status": "failed"}));
    notify(&shop, &payment.body, "00", 10_000).await;
    let now = shop.read(&payment.id).await;
    assert_eq!(
        now["status"], "paid",
        "settled as failed, and paid after all: {now}"
    );
    assert_eq!(now["chargedAmount"], idr(10_000), "{now}");
}

#[tokio::test]
async fn a_payment_whose_answer_was_lost_gets_its_final_answer() {
    let shop = Shop::unanswered().await;
    let binding = shop.link_account("cust-1").await;
    let key = fresh("lost");
    let body = shop.payment_body(&binding, 10_000);
    shop.doku.goes_wrong("payment", "reset").await;
    let lost = shop.merchant.post_with(&key, "/v1/payments", &body).await;
    let id = lost.expect(202).word("paymentId");
    shop.notifies_no_more().await;
    shop.is_escalated().await;
    let done = shop.settles(&settlement(&id, "failed", None)).await;
    assert_eq!(done, json!({"settled": "done", "status": "failed"}));
    let again = shop.merchant.post_with(&key, "/v1/payments", &body).await;
    assert!(again.expect(201).is_replayed(), "{}", again.text);
    assert_eq!(again.body["status"], "failed");
    assert_eq!(again.body["failure"]["code"], "not_sent");
    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["charges"], json!([]));
    recorded(&shop, &id, "payment.settled", "failed").await;
}
