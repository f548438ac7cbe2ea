//! Refunds that DOKU reports without a name, where two would fit: not guessed, but asked about.

use serde_json::json;

use super::{
    AMOUNT, hours_pass, made_by, minutes_pass, settled_sale, staff_refund, staff_refund_snap,
    stands,
};
use crate::support::{Shop, fresh, idr};

#[tokio::test]
async fn one_that_equals_a_refund_of_ours_is_found_by_a_status_check() {
    let shop = Shop::open().await;
    shop.doku
        .is_set(json!({"backOfficeRefundsNamed": false}))
        .await;
    let card = settled_sale(&shop).await;
    shop.refund(&card.id, 40_000).await.expect(201);
    let binding = shop.link_account(&fresh("cust")).await;
    let account = shop.paid(&binding, AMOUNT).await;
    shop.refund(&account, 40_000).await.expect(201);
    shop.doku.falls_silent().await;
    staff_refund(&shop, &card, Some(40_000)).await;
    staff_refund_snap(&shop, &account, Some(40_000)).await;
    shop.doku.falls_silent().await;
    for id in [&card.id, &account] {
        let now = stands(&shop, id, "partially_refunded", 40_000, 50_000).await;
        assert_eq!(now["flags"], json!([]), "not known yet");
    }
    minutes_pass(&shop, 8).await;
    for id in [&card.id, &account] {
        let now = stands(&shop, id, "partially_refunded", 80_000, 10_000).await;
        assert_eq!(now["flags"], json!([]));
        assert_eq!(made_by(&shop, id, "gateway").await, [idr(40_000)]);
    }
    assert_eq!(shop.tick().await["due"], 0);
}

#[tokio::test]
async fn one_beside_a_lost_refund_of_ours_waits_for_that() {
    let shop = Shop::open_impatient().await;
    shop.doku
        .is_set(json!({"backOfficeRefundsNamed": false}))
        .await;
    for arrived in [true, false] {
        let payment = settled_sale(&shop).await;
        shop.doku.holds_notifications(1).await;
        let kind = if arrived {
            "accept_then_reset"
        } else {
            "reset"
        };
        shop.doku.goes_wrong("card_refund", kind).await;
        shop.refund(&payment.id, 40_000).await.expect(202);
        shop.doku.recovers().await;
        staff_refund(&shop, &payment, Some(30_000)).await;
        shop.doku.falls_silent().await;
        shop.doku.releases_notifications().await;
        minutes_pass(&shop, 10).await;
        let now = shop.read(&payment.id).await;
        let gone = if arrived { 70_000 } else { 30_000 };
        assert_eq!(now["refundedAmount"], idr(gone), "{arrived}: {now}");
        assert_eq!(made_by(&shop, &payment.id, "gateway").await, [idr(30_000)]);
        assert_eq!(shop.doku.card_charge(&payment).await["refunded"], gone);
    }
}

#[tokio::test]
async fn one_whose_amount_nobody_says_is_escalated() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.doku.falls_silent().await;
    let payment = shop.read(&id).await;
    // More than the payment: whose amount is it? And DOKU's status lists nothing.
    let told = json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": "04",
        "amount": "95000.00",
    });
    shop.doku.order("notifications", told).await;
    let now = stands(&shop, &id, "paid", 0, AMOUNT).await;
    assert_eq!(now["flags"], json!([]));
    minutes_pass(&shop, 3).await;
    let now = stands(&shop, &id, "paid", 0, AMOUNT).await;
    assert_eq!(now["flags"], json!(["refund_unmatched"]));
    // Once DOKU lists one, it is booked.
    shop.doku.holds_notifications(1).await;
    staff_refund_snap(&shop, &id, Some(20_000)).await;
    minutes_pass(&shop, 60).await;
    stands(&shop, &id, "partially_refunded", 20_000, 70_000).await;
    assert_eq!(shop.tick().await["due"], 0);
}

#[tokio::test]
async fn one_that_equals_a_refund_of_ours_that_was_never_sent_is_booked() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.doku.falls_silent().await;
    let secret = shop.world.secrets().field("secretKey");
    let other = json!({"secretKey": "SK-of-another-merchant"});
    shop.doku.order("merchant/secret", other).await;
    shop.refund(&id, AMOUNT).await.expect(502);
    shop.doku
        .order("merchant/secret", json!({"secretKey": secret}))
        .await;
    staff_refund_snap(&shop, &id, None).await;
    shop.doku.falls_silent().await;
    // Ours ends after a day; a day later DOKU is asked about the other one again.
    hours_pass(&shop, 50).await;
    let now = stands(&shop, &id, "refunded", AMOUNT, 0).await;
    assert_eq!(now["flags"], json!([]), "{now}");
    assert_eq!(made_by(&shop, &id, "gateway").await, [idr(AMOUNT)]);
    assert_eq!(shop.tick().await["due"], 0);
}
