//! Refunds, voids, and what DOKU's staff do.

use serde_json::json;

use crate::support::{A_MINUTE, Shop, idr};

fn name(id: &str) -> String {
    format!("PAYMENT#{id}")
}

#[tokio::test]
async fn a_refund_is_that_of_the_token_that_asks_for_it() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, 10_000).await;
    let finance = shop.caller("finance", None, "refunds:write");
    let path = format!("/v1/payments/{id}/refunds");
    let body = json!({"amount": idr(1_000)});
    finance.post(&path, &body).await.expect(201);
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(3).await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    finance.post(&path, &body).await.expect(202);
    shop.doku.time_passes(A_MINUTE).await;
    shop.tick().await;
    let lines = shop.attributed(&name(&id)).await;
    assert_eq!(
        lines[3..],
        [
            "refund.succeeded: merchant finance, request",
            "refund.unknown: merchant finance, request",
            "refund.succeeded: schedule, status_check, for merchant finance",
        ]
    );
}

#[tokio::test]
async fn a_card_payment_is_voided_by_the_merchant_and_refunded_by_dokus_staff() {
    let shop = Shop::open().await;
    let voided = shop.card_paid(30_000).await;
    let path = format!("/v1/payments/{}/refunds", voided.id);
    let answer = shop.merchant.post(&path, &json!({})).await;
    assert_eq!(answer.expect(201).body["type"], "void", "{}", answer.text);
    let lines = shop.attributed(&name(&voided.id)).await;
    assert_eq!(
        lines[2..],
        ["refund.succeeded: merchant merchant-backend, request"]
    );

    let refunded = shop.card_paid(30_000).await;
    shop.doku.falls_silent().await;
    shop.settle(&refunded).await;
    let order = json!({"invoiceNumber": refunded.invoice(), "amount": 10_000});
    shop.doku.order("cards/refund", order).await;
    shop.doku.falls_silent().await;
    let lines = shop.attributed(&name(&refunded.id)).await;
    assert_eq!(
        lines,
        [
            "payment.redirect_required: merchant merchant-backend, request",
            "payment.paid: doku, notification",
            "refund.succeeded: doku, notification",
        ]
    );
}
