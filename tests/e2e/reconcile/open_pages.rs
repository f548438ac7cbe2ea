//! Pages that are open: DOKU is asked by its plan, and nobody is told too early that it failed.

use std::time::Duration;

use serde_json::json;

use super::{A_DAY, AMOUNT, MAY_ASK};
use crate::support::{Shop, count};

#[tokio::test]
async fn a_payment_on_dokus_page_is_asked_about_by_plan_until_doku_ends_it() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    shop.hears_nothing().await;
    let mut body = shop.payment_body(&binding, AMOUNT);
    body["method"]["confirmation"] = json!("page");
    let payment = shop.open_page(&body).await;
    let mut minute = 0;
    let mut asked = Vec::new();
    // A look every minute for an hour and a bit; DOKU is asked by its plan only.
    while minute < 65 {
        let before = shop.doku.called("status").await;
        let time = Duration::from_secs(if minute == 0 { 61 } else { 60 });
        shop.looks_after(time).await;
        minute += 1;
        if shop.doku.called("status").await > before {
            asked.push(minute);
        }
        assert_eq!(shop.read(&payment.id).await["status"], "redirect_required");
    }
    assert_eq!(asked, [1, 2, 5, 15, 30, 60]);
    let path = format!("payments/{}/decline", payment.invoice());
    shop.doku.order(&path, json!({})).await;
    shop.looks_after(Duration::from_hours(1)).await;
    assert_eq!(shop.read(&payment.id).await["status"], "failed");
    assert_eq!(shop.looks_after(A_DAY).await["due"], 0);
}

#[tokio::test]
async fn a_card_page_that_nobody_pays_expires() {
    let shop = Shop::reconciled().await;
    let page = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    shop.looks_after(MAY_ASK).await;
    assert_eq!(shop.read(&page.id).await["status"], "redirect_required");
    let order = json!({"invoiceNumber": page.invoice(), "notify": false});
    shop.doku.order("cards/expire", order).await;
    shop.looks_after(MAY_ASK).await;
    assert_eq!(shop.read(&page.id).await["status"], "expired");
}

#[tokio::test]
async fn a_declined_card_leaves_its_page_open_whoever_asks() {
    let shop = Shop::reconciled().await;
    shop.hears_nothing().await;
    let page = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    assert_eq!(shop.holder_pays(&page, "insufficient").await, "declined");
    for minutes in [1, 2, 5] {
        shop.looks_after(Duration::from_mins(minutes)).await;
        let now = shop.read(&page.id).await;
        assert_eq!(now["status"], "redirect_required", "{now}");
        assert_eq!(now["nextAction"]["type"], "redirect", "{now}");
    }
    assert_eq!(count(&shop, &page.id, "payment.attempt_failed").await, 1);
    shop.holder_pays(&page, "approve").await;
    shop.looks_after(A_DAY).await;
    assert_eq!(shop.read(&page.id).await["status"], "paid");
    assert_eq!(count(&shop, &page.id, "payment.failed").await, 0);
}

#[tokio::test]
async fn a_declined_card_leaves_a_page_open_whose_address_was_lost() {
    let shop = Shop::reconciled().await;
    shop.hears_nothing().await;
    shop.doku
        .goes_wrong("payment_page", "accept_then_reset")
        .await;
    let lost = shop
        .merchant
        .post("/v1/payments", &shop.card_body_of("SALE", AMOUNT))
        .await;
    let id = lost.expect(202).word("paymentId");
    let invoice = shop.read(&id).await["invoiceNumber"].clone();
    for card in ["decline", "approve"] {
        let order = json!({"invoiceNumber": invoice, "card": card});
        shop.doku.order("cards/pay", order).await;
        shop.looks_after(MAY_ASK).await;
        shop.looks_after(Duration::from_mins(5)).await;
        assert_ne!(shop.read(&id).await["status"], "failed", "{card}");
    }
    shop.looks_after(A_DAY).await;
    assert_eq!(shop.read(&id).await["status"], "paid");
    assert_eq!(count(&shop, &id, "payment.failed").await, 0);
}

#[tokio::test]
async fn after_a_week_a_person_is_told_once() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    let mut body = shop.payment_body(&binding, AMOUNT);
    body["method"]["confirmation"] = json!("page");
    let payment = shop.open_page(&body).await;
    let attention = "payment.needs_attention";
    for day in 1..=9 {
        let swept = shop.looks_after(A_DAY + MAY_ASK).await;
        let told = count(&shop, &payment.id, attention).await;
        assert_eq!(told, usize::from(day >= 7), "day {day}: {swept}");
        assert_eq!(swept["told"], u32::from(day == 7), "day {day}");
    }
    // What DOKU says after that is heard all the same.
    let path = format!("payments/{}/approve", payment.invoice());
    shop.doku.order(&path, json!({})).await;
    shop.wait_until_paid(&payment.id).await;
}
