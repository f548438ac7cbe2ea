//! A failure that DOKU reports after a success: the payment stays paid, and an operator hears of it.

use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::{A_MINUTE, Message, Payment, Shop, count, fresh};

async fn is_flagged_once(shop: &Shop, id: &str, why: &str) {
    let now = shop.read(id).await;
    assert_eq!(now["status"], "paid", "{why}");
    assert_eq!(now["failure"], Value::Null, "{why}");
    assert_eq!(now["flags"], json!(["reversal_reported"]), "{why}");
    assert_eq!(
        count(shop, id, "payment.reversal_reported").await,
        1,
        "{why}"
    );
    assert_eq!(count(shop, id, "payment.failed").await, 0, "{why}");
}

async fn says_nothing(shop: &Shop, id: &str, why: &str) {
    let now = shop.read(id).await;
    assert_eq!(now["status"], "paid", "{why}");
    assert_eq!(now["flags"], json!([]), "{why}");
    assert_eq!(
        count(shop, id, "payment.reversal_reported").await,
        0,
        "{why}"
    );
}

#[tokio::test]
async fn a_signed_failure_of_a_snap_payment_contradicts_its_success() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    for status in ["05", "06"] {
        let id = shop.paid(&binding, AMOUNT).await;
        let payment = shop.read(&id).await;
        let told = json!({
            "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
            "latestTransactionStatus": status,
        });
        for _ in 0..2 {
            shop.doku.order("notifications", told.clone()).await;
            is_flagged_once(&shop, &id, status).await;
        }
        let path = format!("/v1/payments/{id}/refunds");
        let refund = shop.merchant.post(&path, &json!({})).await;
        refund.expect(201);
    }
    assert!(shop.world.logs_text().contains("ReversalReported"));
}

#[tokio::test]
async fn a_failure_of_before_the_success_that_arrives_late_says_nothing() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    for status in ["05", "06"] {
        let payment = shop.pay(&binding, AMOUNT).await;
        let told = json!({
            "partnerReferenceNo": payment.body["gateway"]["partnerReferenceNo"],
            "latestTransactionStatus": status,
        });
        let early = Message::signed(&shop, &told).await;
        shop.doku.time_passes(A_MINUTE).await;
        shop.confirm(&payment.id).await;
        shop.wait_until_paid(&payment.id).await;
        early.to(&shop).await.expect(200);
        says_nothing(&shop, &payment.id, status).await;
    }
}

#[tokio::test]
async fn a_failure_after_the_success_is_no_repeat_of_one_before_it() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    for status in ["05", "06"] {
        let id = shop.paid(&binding, AMOUNT).await;
        shop.doku.falls_silent().await;
        let payment = shop.read(&id).await;
        let told = |at: Option<&str>| {
            let body = json!({
                "originalPartnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
                "latestTransactionStatus": status,
                "finishedTime": at,
                "amount": crate::support::idr(AMOUNT),
            });
            body.to_string()
        };
        let before = Message::snap_of(&shop, &told(Some("2020-01-01T00:00:00+07:00"))).await;
        for _ in 0..2 {
            before.to(&shop).await.expect(200);
            says_nothing(&shop, &id, "dated before").await;
        }
        let after = Message::snap_of(&shop, &told(Some("2099-01-01T00:00:00+07:00"))).await;
        for _ in 0..2 {
            after.to(&shop).await.expect(200);
            is_flagged_once(&shop, &id, status).await;
        }
    }
}

fn failed(payment: &Payment, date: &str) -> Value {
    json!({
        "invoiceNumber": payment.invoice(),
        "set": {"transaction": {"status": "FAILED", "date": date}},
    })
}

#[tokio::test]
async fn a_failure_of_a_card_counts_by_its_date() {
    let shop = Shop::open().await;
    let payment = shop.card_paid(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.told_of_card(failed(&payment, "2020-01-01T00:00:00Z"))
        .await;
    says_nothing(&shop, &payment.id, "dated before").await;
    let undated = json!({
        "invoiceNumber": payment.invoice(),
        "set": {"transaction": {"status": "FAILED", "date": null}},
    });
    shop.told_of_card(undated).await;
    says_nothing(&shop, &payment.id, "undated").await;
    let long = format!("2099-01-03T00:00:00.{}+07:00", "1".repeat(30));
    for date in ["2099-01-01T00:00:00Z", "2099-01-02T00:00:00Z", &long] {
        shop.told_of_card(failed(&payment, date)).await;
        is_flagged_once(&shop, &payment.id, date).await;
    }
    assert!(shop.world.logs_text().contains("ReversalReported"));
}

#[tokio::test]
async fn a_declined_attempt_that_is_told_after_the_payment_says_nothing() {
    let shop = Shop::open().await;
    let payment = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    shop.doku.holds_notifications(1).await;
    assert_eq!(shop.holder_pays(&payment, "decline").await, "declined");
    shop.doku.time_passes(A_MINUTE).await;
    shop.holder_pays(&payment, "approve").await;
    shop.wait_until_paid(&payment.id).await;
    shop.doku.releases_notifications().await;
    says_nothing(&shop, &payment.id, "an earlier attempt").await;
}

#[tokio::test]
async fn a_status_check_that_contradicts_a_success_counts_too() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.doku.falls_silent().await;
    let payment = shop.read(&id).await;
    // A refund that cannot be told has the payment checked.
    let told = json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": "04",
        "amount": "95000.00",
    });
    shop.doku.order("notifications", told).await;
    let fault = json!({
        "operation": "status", "kind": "alter", "set": {"latestTransactionStatus": "05"},
    });
    shop.doku.order("faults", fault).await;
    super::minutes_pass(&shop, 1).await;
    let now = shop.read(&id).await;
    assert_eq!(now["status"], "paid");
    let flags = now["flags"].as_array().unwrap();
    assert!(flags.contains(&json!("reversal_reported")), "{now}");
    let events = count(&shop, &id, "payment.reversal_reported").await;
    assert_eq!(events, 1);
}
