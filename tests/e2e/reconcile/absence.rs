//! An absence frees money only where this deployment has found such things before.

use std::time::Duration;

use serde_json::{Value, json};

use super::{A_DAY, AMOUNT, MAY_ASK};
use crate::support::{CHANNEL, Shop, fresh, idr};

const FIVE_MINUTES: Duration = Duration::from_secs(301);

/// A deployment that has learned nothing yet, with one shard to look through.
async fn new_shop() -> Shop {
    Shop::open_new(|options| {
        let shards = ("DueShards".to_owned(), "1".to_owned());
        options.parameters.extend([shards]);
    })
    .await
}

/// Status checks say "paid" and list no refund, until all goes well again.
async fn lists_no_refunds(shop: &Shop) {
    let silent = json!({
        "operation": "status", "kind": "alter", "times": 1_000,
        "set": {"latestTransactionStatus": "00", "refundHistory": []},
    });
    shop.doku.order("faults", silent).await;
}

async fn refunded_at_doku(shop: &Shop, id: &str) -> Vec<Value> {
    let payment = shop.read(id).await;
    let reference = &payment["gateway"]["partnerReferenceNo"];
    shop.doku
        .rows("refunds", "originalPartnerReferenceNo", reference)
        .await
}

/// A payment whose refund DOKU made, and of which nothing was heard.
async fn with_a_lost_refund(shop: &Shop) -> (String, String) {
    let binding = shop.link_account(&fresh("cust")).await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.hears_nothing().await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    let lost = shop.refund(&id, 6_000).await;
    lost.expect(202);
    let path = format!("/v1/payments/{id}/refunds/{}", lost.word("refundId"));
    (id, path)
}

#[tokio::test]
async fn a_lost_refund_stays_set_aside_until_this_deployment_has_found_one() {
    let shop = new_shop().await;
    let (id, path) = with_a_lost_refund(&shop).await;
    lists_no_refunds(&shop).await;
    for time in [MAY_ASK, FIVE_MINUTES, FIVE_MINUTES, FIVE_MINUTES] {
        shop.looks_after(time).await;
    }
    let refund = shop.merchant.get(&path).await;
    assert_eq!(refund.expect(200).body["status"], "unknown");
    assert_eq!(
        shop.read(&id).await["refundableAmount"],
        idr(AMOUNT - 6_000)
    );
    let more = shop.refund(&id, 6_000).await;
    more.expect_problem(409, "illegal_transition");
    assert_eq!(refunded_at_doku(&shop, &id).await.len(), 1);

    // It is escalated by the plan, and becomes known when DOKU lists it.
    for _ in 0..8 {
        shop.looks_after(A_DAY + MAY_ASK).await;
    }
    let refund = shop.merchant.get(&path).await;
    assert_eq!(refund.expect(200).body["status"], "unknown");
    assert_eq!(shop.evidence("refund", CHANNEL).await.0, 0);
    shop.doku.recovers().await;

    // Another refund is known by its answer and found by a status check: what was escalated is asked
    // about again.
    shop.hears_nothing().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let other = shop.pay(&binding, AMOUNT).await.id;
    shop.confirm(&other).await;
    for _ in 0..3 {
        shop.looks_after(MAY_ASK).await;
    }
    let answer = shop.refund(&other, 1_000).await;
    assert_eq!(answer.expect(201).body["status"], "succeeded");
    for _ in 0..2 {
        shop.looks_after(MAY_ASK).await;
    }
    assert!(shop.evidence("refund", CHANNEL).await.0 >= 1);
    let refund = shop.merchant.get(&path).await;
    assert_eq!(refund.expect(200).body["status"], "succeeded");
    assert_eq!(shop.read(&id).await["refundedAmount"], idr(6_000));
    assert_eq!(refunded_at_doku(&shop, &id).await.len(), 1);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refund_that_never_arrived_ends_once_absences_are_believed() {
    let shop = new_shop().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.hears_nothing().await;
    // A sample: known by its answer, found by a status check.
    shop.refund(&id, 1_000).await.expect(201);
    shop.looks_after(MAY_ASK).await;
    let (found, delay) = shop.evidence("refund", CHANNEL).await;
    assert_eq!(found, 1);
    assert!(delay >= 60_000, "{delay}");
    shop.doku.goes_wrong("refund", "reset").await;
    let lost = shop.refund(&id, 2_000).await;
    lost.expect(202);
    let path = format!("/v1/payments/{id}/refunds/{}", lost.word("refundId"));
    for time in [MAY_ASK, FIVE_MINUTES, FIVE_MINUTES] {
        shop.looks_after(time).await;
    }
    let refund = shop.merchant.get(&path).await;
    assert_eq!(refund.expect(200).body["status"], "failed");
    assert_eq!(refund.body["failure"]["code"], "not_sent");
    assert_eq!(
        shop.read(&id).await["refundableAmount"],
        idr(AMOUNT - 1_000)
    );
}

#[tokio::test]
async fn an_absence_is_not_believed_before_the_longest_delay_has_passed() {
    let shop = new_shop().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.hears_nothing().await;
    // The status check names a refund half an hour after it was made, and not before.
    shop.refund(&id, 1_000).await.expect(201);
    lists_no_refunds(&shop).await;
    for time in [MAY_ASK, FIVE_MINUTES, Duration::from_mins(10)] {
        shop.looks_after(time).await;
        assert_eq!(shop.evidence("refund", CHANNEL).await.0, 0);
    }
    shop.doku.recovers().await;
    shop.looks_after(Duration::from_mins(15)).await;
    let (found, delay) = shop.evidence("refund", CHANNEL).await;
    assert_eq!(found, 1);
    assert!(delay >= 30 * 60_000, "{delay}");

    let (lost, path) = with_a_lost_refund(&shop).await;
    lists_no_refunds(&shop).await;
    for time in [MAY_ASK, FIVE_MINUTES, FIVE_MINUTES, FIVE_MINUTES] {
        shop.looks_after(time).await;
        let refund = shop.merchant.get(&path).await;
        assert_eq!(refund.expect(200).body["status"], "unknown");
    }
    shop.doku.recovers().await;
    shop.hears_nothing().await;
    shop.looks_after(Duration::from_hours(1)).await;
    let refund = shop.merchant.get(&path).await;
    assert_eq!(refund.expect(200).body["status"], "succeeded");
    assert_eq!(refunded_at_doku(&shop, &lost).await.len(), 1);
}

#[tokio::test]
async fn a_payment_that_doku_does_not_know_ends_only_where_payments_were_found() {
    for has_learned in [false, true] {
        let shop = new_shop().await;
        let binding = shop.link_account("cust-1").await;
        if has_learned {
            shop.has_learned().await;
        }
        shop.hears_nothing().await;
        shop.doku.goes_wrong("payment", "reset").await;
        let body = shop.payment_body(&binding, AMOUNT);
        let lost = shop.merchant.post("/v1/payments", &body).await;
        lost.expect(202);
        for time in [MAY_ASK, FIVE_MINUTES, FIVE_MINUTES] {
            shop.looks_after(time).await;
        }
        let payment = shop.read(&lost.word("paymentId")).await;
        let wanted = if has_learned { "failed" } else { "unknown" };
        assert_eq!(payment["status"], wanted, "{payment}");
    }
}

#[tokio::test]
async fn nothing_is_written_once_enough_was_found() {
    let shop = new_shop().await;
    let binding = shop.link_account("cust-1").await;
    for _ in 0..4 {
        let id = shop.paid(&binding, AMOUNT).await;
        shop.refund(&id, 1_000).await.expect(201);
        shop.looks_after(MAY_ASK).await;
    }
    assert_eq!(shop.evidence("payment", CHANNEL).await.0, 3);
    assert_eq!(shop.evidence("refund", CHANNEL).await.0, 3);
    shop.doku.falls_silent().await;
    let before = shop.items("DEPLOYMENT").await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.refund(&id, 1_000).await.expect(201);
    shop.looks_after(MAY_ASK).await;
    assert_eq!(shop.items("DEPLOYMENT").await, before);
}
