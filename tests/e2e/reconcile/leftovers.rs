//! Refunds, unlinking and linking that nobody asks about any more.

use std::time::Duration;

use serde_json::json;

use super::{A_DAY, AMOUNT, MAY_ASK};
use crate::support::{Shop, count, fresh, idr};

#[tokio::test]
async fn a_refund_whose_answer_and_news_are_lost_is_settled() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    for (kind, status, refunded) in [
        ("accept_then_reset", "succeeded", 4_000),
        ("reset", "failed", 0),
    ] {
        shop.doku.recovers().await;
        let id = shop.paid(&binding, AMOUNT).await;
        shop.hears_nothing().await;
        shop.doku.goes_wrong("refund", kind).await;
        let lost = shop.refund(&id, 4_000).await;
        assert_eq!(lost.expect(202).body["status"], "unknown", "{kind}");
        for minutes in [0, 5, 10] {
            shop.looks_after(MAY_ASK + Duration::from_mins(minutes))
                .await;
        }
        let path = format!("/v1/payments/{id}/refunds/{}", lost.word("refundId"));
        let refund = shop.merchant.get(&path).await;
        assert_eq!(refund.expect(200).body["status"], status, "{kind}");
        let payment = shop.read(&id).await;
        assert_eq!(payment["refundedAmount"], idr(refunded), "{kind}");
        assert_eq!(payment["refundableAmount"], idr(AMOUNT - refunded));
        assert_eq!(count(&shop, &id, &format!("refund.{status}")).await, 1);
    }
    assert_eq!(shop.looks_after(A_DAY).await["due"], 0);
}

#[tokio::test]
async fn a_refund_that_doku_works_on_is_settled_although_nobody_tells() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    let snap = json!({
        "operation": "refund", "kind": "alter", "httpStatus": 202,
        "set": {"responseCode": "2025800"},
    });
    let card = json!({
        "operation": "card_refund", "kind": "alter", "set": {"refund": {"status": "PENDING"}},
    });
    for (fault, by_card) in [(snap, false), (card, true)] {
        shop.doku.recovers().await;
        let id = if by_card {
            let payment = shop.card_paid(AMOUNT).await;
            shop.settle(&payment).await;
            payment.id
        } else {
            shop.paid(&binding, AMOUNT).await
        };
        shop.hears_nothing().await;
        shop.doku.order("faults", fault.clone()).await;
        let refund = shop.refund(&id, 4_000).await;
        assert_eq!(refund.expect(201).body["status"], "pending", "{fault}");
        shop.looks_after(MAY_ASK).await;
        let path = format!("/v1/payments/{id}/refunds/{}", refund.word("refundId"));
        let now = shop.merchant.get(&path).await;
        assert_eq!(now.expect(200).body["status"], "succeeded", "{fault}");
        let payment = shop.read(&id).await;
        assert_eq!(payment["refundedAmount"], idr(4_000), "{fault}");
    }
}

/// DOKU says "success" of what its staff have yet to do, so that asking cannot tell when it was done.
#[tokio::test]
async fn a_refund_by_hand_of_which_nobody_tells_is_put_before_a_person() {
    let shop = Shop::reconciled().await;
    shop.doku.is_set(json!({"manualRefunds": true})).await;
    let payment = shop.card_paid(AMOUNT).await;
    shop.settle(&payment).await;
    shop.hears_nothing().await;
    let refund = shop.refund(&payment.id, 4_000).await;
    assert_eq!(refund.expect(201).body["status"], "pending");
    for day in 1..=8 {
        shop.looks_after(A_DAY + MAY_ASK).await;
        let now = shop.read_refund(&payment, &refund.body).await;
        assert_eq!(now["status"], "pending");
        let told = count(&shop, &payment.id, "refund.needs_attention").await;
        assert_eq!(told, usize::from(day >= 7), "day {day}");
    }
    shop.doku.recovers().await;
    let request = &refund.body["gateway"]["partnerRefundNo"];
    let order = json!({"requestId": request, "success": true});
    shop.doku.order("cards/complete", order).await;
    shop.doku.falls_silent().await;
    let now = shop.read_refund(&payment, &refund.body).await;
    assert_eq!(now["status"], "succeeded");
}

#[tokio::test]
async fn unlinking_that_was_lost_is_finished() {
    let shop = Shop::reconciled().await;
    for kind in ["accept_then_reset", "reset"] {
        let customer = fresh("cust");
        let binding = shop.link_account(&customer).await;
        shop.doku.goes_wrong("unbinding", kind).await;
        let path = format!("/v1/bindings/{binding}");
        let lost = shop.merchant.delete_with(&fresh("unlink"), &path).await;
        assert_eq!(lost.expect(202).body["status"], "unbinding", "{kind}");
        shop.looks_after(MAY_ASK).await;
        assert_eq!(shop.read_binding(&binding).await["status"], "unbound");
        let customer = json!(customer);
        let held = shop.doku.rows("bindings", "custIdMerchant", &customer);
        assert_eq!(held.await[0]["status"], "unbound", "{kind}");
    }
}

#[tokio::test]
async fn linking_ends_after_a_day_as_the_customer_left_it() {
    let shop = Shop::reconciled().await;
    let unfinished = shop.begin_link("cust-1").await;
    let agreed = shop.begin_link("cust-2").await;
    let page = agreed["nextAction"]["url"].as_str().unwrap();
    let code = page.rsplit('/').next().unwrap();
    // The customer agrees, and the browser never comes back.
    let path = format!("bindings/{code}/approve");
    shop.doku.order(&path, json!({})).await;
    shop.doku.goes_wrong("binding", "accept_then_reset").await;
    let body = shop.binding_body("cust-3");
    let lost = shop.merchant.post("/v1/bindings", &body).await;
    let lost = lost.expect(202).body.clone();
    let id = |binding: &serde_json::Value| binding["bindingId"].as_str().unwrap().to_owned();

    shop.looks_after(Duration::from_hours(23)).await;
    for binding in [&unfinished, &agreed] {
        assert_eq!(shop.read_binding(&id(binding)).await["status"], "pending");
    }
    shop.looks_after(Duration::from_hours(2)).await;
    for (binding, status) in [
        (&unfinished, "failed"),
        (&agreed, "active"),
        (&lost, "failed"),
    ] {
        let now = shop.read_binding(&id(binding)).await;
        assert_eq!(now["status"], status, "{now}");
    }
    let failed = shop.read_binding(&id(&unfinished)).await;
    assert_eq!(failed["failure"]["code"], "expired");
    // What was found out works.
    shop.paid(&id(&agreed), AMOUNT).await;
    assert_eq!(shop.looks_after(A_DAY).await["due"], 0);
}

#[tokio::test]
async fn an_authorisation_lapses_among_all_the_others() {
    let shop = Shop::reconciled().await;
    let held = shop.authorised(AMOUNT).await;
    let binding = shop.link_account("cust-1").await;
    shop.pay(&binding, AMOUNT).await;
    shop.looks_after(A_DAY * 6 + MAY_ASK).await;
    assert_eq!(count(&shop, &held.id, "payment.capture_due").await, 1);
    shop.looks_after(A_DAY + MAY_ASK).await;
    assert_eq!(shop.read(&held.id).await["status"], "expired");
}
