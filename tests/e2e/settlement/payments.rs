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

#[tokio::test]
async fn what_an_operator_stated_to_be_back_is_not_booked_again_when_doku_tells_of_it() {
    let shop = Shop::unanswered().await;
    let page = shop.open_page(&shop.card_body_of("SALE", 10_000)).await;
    let fault = json!({"operation": "order_status", "kind": "bad_gateway", "times": 1_000_000});
    shop.doku.order("faults", fault).await;
    shop.doku.holds_notifications(2).await;
    shop.holder_pays(&page, "approve").await;
    let order = json!({"invoiceNumber": page.invoice()});
    shop.doku.order("cards/void", order).await;
    shop.is_escalated().await;
    let settle = settlement(&page.id, "refunded", Some(10_000));
    let done = shop.settles(&settle).await;
    assert_eq!(done, json!({"settled": "done", "status": "refunded"}));
    assert_eq!(shop.doku.releases_notifications().await, 2);
    let now = shop.read(&page.id).await;
    assert_eq!(now["refundedAmount"], idr(10_000), "{now}");
    assert_eq!(now["status"], "refunded", "{now}");
    assert_eq!(now["flags"], json!([]), "{now}");
}

#[tokio::test]
async fn what_is_escalated_again_is_settled_again_with_the_same_words() {
    let shop = Shop::open().await;
    let page = shop
        .open_page(&shop.card_body_of("AUTHORIZE", 10_000))
        .await;
    shop.doku.falls_silent().await;
    let fault = json!({"operation": "order_status", "kind": "bad_gateway", "times": 1_000_000});
    shop.doku.order("faults", fault).await;
    shop.is_escalated().await;
    let settle = settlement(&page.id, "failed", None);
    let done = json!({"settled": "done", "status": "failed"});
    assert_eq!(shop.settles(&settle).await, done);
    // The customer authorises it after all, and DOKU never says that it lapsed.
    shop.holder_pays(&page, "approve").await;
    shop.wait_until(&page.id, "authorized").await;
    shop.doku.falls_silent().await;
    for _ in 0..16 {
        shop.doku
            .time_passes(super::A_DAY + std::time::Duration::from_secs(61))
            .await;
        shop.tick().await;
    }
    assert_eq!(shop.escalated().await.len(), 1);
    assert_eq!(shop.settles(&settle).await, done);
    assert!(shop.escalated().await.is_empty());
    assert_eq!(shop.settles(&settle).await, json!({"settled": "unchanged"}));
}
