//! What status checks report: SNAP's list of refunds, a card order's sum and status.

use reqwest::Method;
use serde_json::{Value, json};

use super::{AMOUNT, made_by, minutes_pass, refunds, staff_refund, staff_refund_snap, stands};
use crate::support::{Shop, count, fresh, idr};

#[tokio::test]
async fn what_was_given_back_before_the_payment_was_known_to_be_paid_is_found() {
    let shop = Shop::open().await;
    for rupiah in [Some(30_000), None] {
        let card = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
        shop.doku.holds_notifications(4).await;
        shop.holder_pays(&card, "approve").await;
        shop.settle(&card).await;
        staff_refund(&shop, &card, rupiah).await;
        let binding = shop.link_account(&fresh("cust")).await;
        let account = shop.pay(&binding, AMOUNT).await;
        let reference = account.body["gateway"]["partnerReferenceNo"]
            .as_str()
            .unwrap();
        let path = format!("payments/{reference}/approve");
        shop.doku.order(&path, json!({})).await;
        staff_refund_snap(&shop, &account.id, rupiah).await;
        minutes_pass(&shop, 3).await;
        let gone = rupiah.unwrap_or(AMOUNT);
        let status = if gone == AMOUNT {
            "refunded"
        } else {
            "partially_refunded"
        };
        for id in [&card.id, &account.id] {
            let now = stands(&shop, id, status, gone, AMOUNT - gone).await;
            assert_eq!(now["flags"], json!([]));
            assert_eq!(made_by(&shop, id, "gateway").await, [idr(gone)]);
        }
        // What was told at last is no news.
        assert_eq!(shop.doku.releases_notifications().await, 4);
        minutes_pass(&shop, 2).await;
        for id in [&card.id, &account.id] {
            stands(&shop, id, status, gone, AMOUNT - gone).await;
            assert_eq!(refunds(&shop, id).await.len(), 1);
        }
        shop.doku.recovers().await;
    }
}

#[tokio::test]
async fn what_was_captured_of_a_hold_is_asked_for_before_a_refund_of_it_is_booked() {
    let shop = Shop::open().await;
    let card = shop
        .open_page(&shop.card_body_of("AUTHORIZE", AMOUNT))
        .await;
    shop.doku.goes_wrong("notification", "lose").await;
    shop.holder_pays(&card, "approve").await;
    shop.doku.goes_wrong("notification", "lose").await;
    let order = json!({"invoiceNumber": card.invoice(), "amount": 60_000});
    shop.doku.order("cards/capture", order).await;
    shop.settle(&card).await;
    shop.doku.falls_silent().await;
    // The first notification about the payment that arrives.
    staff_refund(&shop, &card, Some(20_000)).await;
    shop.doku.falls_silent().await;
    let now = shop.read(&card.id).await;
    assert_ne!(now["refundableAmount"], idr(AMOUNT - 20_000), "{now}");
    minutes_pass(&shop, 8).await;
    let now = stands(&shop, &card.id, "partially_refunded", 20_000, 40_000).await;
    assert_eq!(now["capturedAmount"], idr(60_000), "{now}");
    assert_eq!(now["flags"], json!([]));
}

#[tokio::test]
async fn a_question_about_a_refund_of_ours_shows_dokus_beside_it() {
    let shop = Shop::open_impatient().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(2).await;
    staff_refund_snap(&shop, &id, Some(40_000)).await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    shop.refund(&id, 40_000).await.expect(202);
    minutes_pass(&shop, 3).await;
    let now = stands(&shop, &id, "partially_refunded", 80_000, 10_000).await;
    assert_eq!(now["flags"], json!([]));
    assert_eq!(made_by(&shop, &id, "gateway").await, [idr(40_000)]);
    assert_eq!(made_by(&shop, &id, "merchant").await, [idr(40_000)]);
    shop.doku.releases_notifications().await;
    stands(&shop, &id, "partially_refunded", 80_000, 10_000).await;
}

#[tokio::test]
async fn what_a_restored_table_forgot_is_found_before_more_goes_back() {
    let first = Shop::open().await;
    let card = super::settled_sale(&first).await;
    let binding = first.link_account(&fresh("cust")).await;
    let account = first.paid(&binding, AMOUNT).await;
    first.doku.falls_silent().await;
    let backup = first.backs_up().await;
    staff_refund(&first, &card, Some(40_000)).await;
    staff_refund_snap(&first, &account, Some(40_000)).await;
    first.doku.falls_silent().await;
    first.is_restored(&backup).await;
    let clock = first.doku.admin(Method::GET, "clock", None).await;
    let now = clock["now"].as_str().unwrap().to_owned();
    let shop = first
        .another_deployment(|options| {
            options.parameters.extend([("RestoredAt".to_owned(), now)]);
        })
        .await;
    for id in [&card.id, &account] {
        let path = format!("/v1/payments/{id}/refunds");
        let body = json!({"amount": idr(60_000)});
        let too_much = shop
            .merchant
            .post_with(&fresh("refund"), &path, &body)
            .await;
        too_much.expect_problem(409, "illegal_transition");
        stands(&shop, id, "partially_refunded", 40_000, 50_000).await;
        let found = refunds(&shop, id).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["origin"], "gateway");
        assert_eq!(found[0]["adopted"], true);
        shop.refund(id, 50_000).await.expect(201);
        stands(&shop, id, "refunded", AMOUNT, 0).await;
    }
}

#[tokio::test]
async fn a_refund_of_ours_that_was_taken_for_dokus_is_ours_when_it_is_asked_for_again() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let account = shop.paid(&binding, AMOUNT).await;
    let card = super::settled_sale(&shop).await;
    for id in [&account, &card.id] {
        shop.doku.falls_silent().await;
        let backup = shop.backs_up().await;
        let path = format!("/v1/payments/{id}/refunds");
        let (key, body) = (fresh("refund"), json!({"amount": idr(40_000)}));
        shop.doku.holds_notifications(1).await;
        let made = shop.merchant.post_with(&key, &path, &body).await;
        made.expect(201);
        shop.is_restored(&backup).await;
        // DOKU tells of it only now.
        assert_eq!(shop.doku.releases_notifications().await, 1);
        assert_eq!(made_by(&shop, id, "gateway").await, [idr(40_000)]);
        let again = shop.merchant.post_with(&key, &path, &body).await;
        let again: &Value = &again.expect(201).body;
        assert_eq!(again["origin"], "merchant");
        assert_eq!(again["adopted"], true);
        stands(&shop, id, "partially_refunded", 40_000, 50_000).await;
        assert_eq!(made_by(&shop, id, "merchant").await, [idr(40_000)]);
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_hold_that_was_given_up_unheard_is_found_to_be_voided() {
    let shop = Shop::open().await;
    let payment = shop
        .open_page(&shop.card_body_of("AUTHORIZE", AMOUNT))
        .await;
    shop.doku.holds_notifications(2).await;
    shop.holder_pays(&payment, "approve").await;
    let order = json!({"invoiceNumber": payment.invoice()});
    shop.doku.order("cards/void", order).await;
    minutes_pass(&shop, 2).await;
    let voided = stands(&shop, &payment.id, "voided", 0, 0).await;
    assert_eq!(voided["flags"], json!([]));
    assert_eq!(refunds(&shop, &payment.id).await, [] as [Value; 0]);
    minutes_pass(&shop, 2).await;
    assert_eq!(shop.tick().await["due"], 0);
    assert_eq!(shop.doku.releases_notifications().await, 2);
    stands(&shop, &payment.id, "voided", 0, 0).await;
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_was_done_before_it_was_voided() {
    let shop = Shop::open_impatient().await;
    let payment = shop
        .open_page(&shop.card_body_of("AUTHORIZE", AMOUNT))
        .await;
    shop.holder_pays(&payment, "approve").await;
    shop.wait_until(&payment.id, "authorized").await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(2).await;
    shop.doku.goes_wrong("capture", "accept_then_reset").await;
    let path = format!("/v1/payments/{}/capture", payment.id);
    let body = json!({"amount": idr(40_000)});
    shop.merchant.post(&path, &body).await.expect(202);
    shop.doku.recovers().await;
    let order = json!({"invoiceNumber": payment.invoice()});
    shop.doku.order("cards/void", order).await;
    minutes_pass(&shop, 12).await;
    shop.doku.releases_notifications().await;
    minutes_pass(&shop, 2).await;
    let now = shop.read(&payment.id).await;
    assert_eq!(now["capture"]["status"], "succeeded", "{now}");
    assert_eq!(now["status"], "voided", "{now}");
    assert_eq!(now["capturedAmount"], idr(40_000));
    assert_eq!(made_by(&shop, &payment.id, "gateway").await, [idr(40_000)]);
    assert_eq!(count(&shop, &payment.id, "payment.capture_failed").await, 0);
    assert_eq!(shop.tick().await["due"], 0);
}

#[tokio::test]
async fn parts_that_a_status_check_reported_as_a_sum_are_no_news_when_they_are_told() {
    let shop = Shop::open().await;
    let card = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    shop.doku.holds_notifications(3).await;
    shop.holder_pays(&card, "approve").await;
    shop.settle(&card).await;
    staff_refund(&shop, &card, Some(10_000)).await;
    staff_refund(&shop, &card, Some(40_000)).await;
    minutes_pass(&shop, 2).await;
    stands(&shop, &card.id, "partially_refunded", 50_000, 40_000).await;
    assert_eq!(shop.doku.releases_notifications().await, 3);
    stands(&shop, &card.id, "partially_refunded", 50_000, 40_000).await;
    // One more is one more, whether it is told by its name or found as a part of the sum.
    staff_refund(&shop, &card, Some(5_000)).await;
    minutes_pass(&shop, 8).await;
    let now = stands(&shop, &card.id, "partially_refunded", 55_000, 35_000).await;
    assert_eq!(now["flags"], json!([]));
    assert_eq!(shop.tick().await["due"], 0);
}
