//! Money that is held: captured in whole or in part, by us or by DOKU, or left to lapse.

use std::time::Duration;

use serde_json::{Value, json};

use super::{A_DAY, A_WEEK, AMOUNT, SIX_DAYS};
use crate::support::{Shop, count, events, idr};

const A_MINUTE: Duration = Duration::from_mins(1);
const ALMOST_SIX_DAYS: Duration = Duration::from_mins(6 * 24 * 60 - 1);

#[tokio::test]
async fn a_part_of_what_is_held_is_captured_and_a_part_of_that_refunded() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    let held = shop.read(&payment.id).await;
    assert_eq!(held["chargedAmount"], idr(AMOUNT));
    assert_eq!(held["capturedAmount"], Value::Null);
    assert_eq!(held["refundableAmount"], idr(0));
    assert_eq!(held["nextAction"], Value::Null);
    assert_eq!(held["paidAt"], Value::Null);
    assert_eq!(held["capture"], Value::Null);
    // Seven days later at the same time of the day.
    let time = |member: &str| held[member].as_str().unwrap().split_once('T').unwrap();
    let ((from, at), (to, before)) = (time("authorizedAt"), time("captureBefore"));
    assert_eq!(at, before);
    assert!(to > from, "{held}");
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 0);

    let answer = shop.capture(&payment.id, Some(60_000)).await;
    let paid = &answer.expect(200).body;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["capturedAmount"], idr(60_000));
    assert_eq!(paid["refundableAmount"], idr(60_000));
    assert_eq!(
        paid["capture"],
        json!({"amount": idr(60_000), "status": "succeeded", "failure": null})
    );
    assert!(paid["paidAt"].is_string());
    let charge = shop.doku.card_charge(&payment).await;
    assert_eq!(charge["captured"], 60_000);
    let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
    assert_eq!(captures.len(), 1, "{captures:?}");
    assert_eq!(captures[0]["authorizeId"], charge["authorizeId"]);
    assert_eq!(captures[0]["by"], "merchant");

    shop.doku.falls_silent().await;
    shop.settle(&payment).await;
    let refund = shop.refund(&payment.id, 25_000).await;
    let refund = &refund.expect(201).body;
    assert_eq!(refund["status"], "succeeded");
    assert_eq!(refund["type"], "partial_refund");
    assert_eq!(refund["manual"], false);
    let after = shop.read(&payment.id).await;
    assert_eq!(after["status"], "partially_refunded");
    assert_eq!(after["refundedAmount"], idr(25_000));
    assert_eq!(after["refundableAmount"], idr(35_000));
    let refunds = shop.doku.of_invoice("cardRefunds", &payment).await;
    assert_eq!(refunds.len(), 1, "{refunds:?}");
    assert_eq!(
        refunds[0]["requestId"],
        refund["gateway"]["partnerRefundNo"]
    );
    assert_eq!(
        refunds[0]["originalRequestId"],
        paid["gateway"]["requestId"]
    );
    assert_eq!(refunds[0]["amount"], 25_000);

    shop.refund(&payment.id, 35_000).await.expect(201);
    shop.doku.falls_silent().await;
    let after = shop.read(&payment.id).await;
    assert_eq!(after["status"], "refunded");
    assert_eq!(after["refundableAmount"], idr(0));
    assert_eq!(after["flags"], json!([]));
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 60_000);
    assert_eq!(
        events(&shop, &payment.id).await,
        [
            "payment.redirect_required",
            "payment.authorized",
            "payment.paid",
            "refund.succeeded",
            "refund.succeeded",
        ]
    );
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn without_an_amount_all_that_is_held_is_captured() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    let path = format!("/v1/payments/{}/capture", payment.id);
    let answer = shop.merchant.post_with("all", &path, &json!({})).await;
    assert_eq!(answer.expect(200).body["capturedAmount"], idr(AMOUNT));
    let again = shop.merchant.post_with("all", &path, &json!({})).await;
    assert!(again.expect(200).is_replayed());
    assert_eq!(again.text, answer.text);
    shop.doku.falls_silent().await;
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], AMOUNT);
    assert_eq!(shop.doku.called("capture").await, 1);
    assert_eq!(count(&shop, &payment.id, "payment.paid").await, 1);
}

#[tokio::test]
async fn a_promo_lowers_what_can_be_captured() {
    let shop = Shop::open().await;
    let mut body = shop.card_body_of("AUTHORIZE", AMOUNT);
    body["method"]["page"] = json!({"promos": [{"bin": "411111", "discount": "5000.00"}]});
    let payment = shop.open_page(&body).await;
    shop.holder_pays(&payment, "approve").await;
    let held = shop.wait_until(&payment.id, "authorized").await;
    assert_eq!(held["chargedAmount"], idr(85_000));
    let refused = shop.capture(&payment.id, Some(85_001)).await;
    refused.expect_problem(409, "illegal_transition");
    let answer = shop.capture(&payment.id, None).await;
    assert_eq!(answer.expect(200).body["capturedAmount"], idr(85_000));
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 85_000);
}

#[tokio::test]
async fn a_capture_that_the_bank_declines_may_be_tried_again() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.goes_wrong("capture", "decline").await;
    let answer = shop.capture(&payment.id, Some(60_000)).await;
    let held = &answer.expect(200).body;
    assert_eq!(held["status"], "authorized");
    assert_eq!(held["capture"]["status"], "failed");
    assert_eq!(held["capture"]["failure"]["code"], "declined");
    assert_eq!(held["capturedAmount"], Value::Null);
    shop.doku.falls_silent().await;
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 0);
    let failed = count(&shop, &payment.id, "payment.capture_failed").await;
    assert_eq!(failed, 1);

    let answer = shop.capture(&payment.id, Some(50_000)).await;
    assert_eq!(answer.expect(200).body["capturedAmount"], idr(50_000));
    shop.doku.falls_silent().await;
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["capture"]["status"], "succeeded");
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 50_000);
}

#[tokio::test]
async fn a_capture_that_takes_its_time_is_decided_by_the_notification() {
    let shop = Shop::open().await;
    for success in [true, false] {
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.goes_wrong("capture", "pending").await;
        let answer = shop.capture(&payment.id, Some(60_000)).await;
        assert_eq!(answer.body["status"], "authorized", "{}", answer.text);
        assert_eq!(answer.body["capture"]["status"], "pending");
        // Until it is known, nobody takes it a second time.
        let another = shop.capture(&payment.id, Some(10_000)).await;
        assert_eq!(another.status, 409, "{}", another.text);
        assert_eq!(
            shop.doku.of_invoice("cardCaptures", &payment).await.len(),
            1
        );

        let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
        let request = &captures[0]["requestId"];
        let order = json!({"requestId": request, "success": success});
        shop.doku.order("cards/complete", order).await;
        shop.doku.falls_silent().await;
        let after = shop.read(&payment.id).await;
        if success {
            assert_eq!(after["status"], "paid");
            assert_eq!(after["capturedAmount"], idr(60_000));
        } else {
            assert_eq!(after["status"], "authorized");
            assert_eq!(after["capture"]["status"], "failed");
            let answer = shop.capture(&payment.id, None).await;
            assert_eq!(answer.expect(200).body["status"], "paid");
        }
    }
}

#[tokio::test]
async fn doku_captures_by_itself_when_it_is_told_to() {
    let shop = Shop::open().await;
    for at_once in [true, false] {
        let settings = json!({"autoCaptureAtOnce": at_once});
        shop.doku.is_set(settings).await;
        let mut body = shop.card_body_of("AUTHORIZE", AMOUNT);
        body["method"]["autoCapture"] = json!(true);
        let payment = shop.open_page(&body).await;
        assert_eq!(payment.body["method"]["autoCapture"], true);
        shop.holder_pays(&payment, "approve").await;
        if !at_once {
            shop.wait_until(&payment.id, "authorized").await;
            let order = json!({"invoiceNumber": payment.invoice()});
            shop.doku.order("cards/capture", order).await;
        }
        // The two notifications may come in either order.
        shop.wait_until_paid(&payment.id).await;
        shop.doku.falls_silent().await;
        let paid = shop.read(&payment.id).await;
        assert_eq!(paid["status"], "paid");
        assert_eq!(paid["capturedAmount"], idr(AMOUNT));
        assert_eq!(paid["flags"], json!([]));
        assert_eq!(shop.doku.card_charge(&payment).await["captured"], AMOUNT);
        assert_eq!(count(&shop, &payment.id, "payment.paid").await, 1);
        let refused = shop.capture(&payment.id, None).await;
        refused.expect_problem(409, "illegal_transition");
    }
    assert_eq!(shop.doku.called("capture").await, 0);
}

#[tokio::test]
async fn an_authorisation_left_alone_is_announced_on_the_sixth_day_and_lapses_on_the_seventh() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.time_passes(ALMOST_SIX_DAYS).await;
    let swept = shop.tick().await;
    assert_eq!(swept["due"], 0, "{swept}");
    assert_eq!(swept["complete"], true, "{swept}");

    shop.doku.time_passes(2 * A_MINUTE).await;
    let (one, other) = tokio::join!(shop.tick(), shop.tick());
    let announced = [&one, &other].map(|swept| swept["announced"].as_u64().unwrap());
    assert!(announced.contains(&1), "{one} {other}");
    assert_eq!(shop.tick().await["due"], 0);
    let due = count(&shop, &payment.id, "payment.capture_due").await;
    assert_eq!(due, 1);
    assert_eq!(shop.read(&payment.id).await["status"], "authorized");
    // Once before the page was opened, and not since.
    assert_eq!(shop.doku.called("order_status").await, 1);

    // A status check that says nothing leaves it as it is, to be looked at again.
    shop.doku.time_passes(A_DAY).await;
    shop.doku.refuses("order_status", "503").await;
    let swept = shop.tick().await;
    assert_eq!([&swept["due"], &swept["expired"]], [1, 0], "{swept}");
    assert_eq!(shop.read(&payment.id).await["status"], "authorized");

    shop.doku.time_passes(2 * A_MINUTE).await;
    let (one, other) = tokio::join!(shop.tick(), shop.tick());
    let expired = shop.read(&payment.id).await;
    assert_eq!(expired["status"], "expired", "{one} {other}");
    assert_eq!(expired["failure"]["code"], "expired");
    assert_eq!(shop.tick().await["due"], 0);
    assert_eq!(
        events(&shop, &payment.id).await,
        [
            "payment.redirect_required",
            "payment.authorized",
            "payment.capture_due",
            "payment.expired",
        ]
    );
    let refused = shop.capture(&payment.id, None).await;
    refused.expect_problem(409, "illegal_transition");
    assert!(refused.word("detail").contains("lapsed"));
    assert_eq!(shop.doku.called("capture").await, 0);
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 0);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn what_was_captured_is_neither_announced_nor_expired() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.capture(&payment.id, None).await.expect(200);
    for _ in 0..2 {
        shop.doku.time_passes(A_WEEK).await;
        assert_eq!(shop.tick().await["due"], 0);
    }
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
}

#[tokio::test]
async fn what_doku_captured_unheard_is_found_before_it_is_given_up() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.holds_notifications(1).await;
    let order = json!({"invoiceNumber": payment.invoice()});
    shop.doku.order("cards/capture", order).await;
    assert_eq!(shop.read(&payment.id).await["status"], "authorized");
    shop.doku.time_passes(A_WEEK + A_MINUTE).await;
    let swept = shop.tick().await;
    assert_eq!(swept["expired"], 0, "{swept}");
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["capturedAmount"], idr(AMOUNT));
    // What was told at last is no news.
    assert_eq!(shop.doku.releases_notifications().await, 1);
    assert_eq!(shop.read(&payment.id).await, paid);
    assert_eq!(count(&shop, &payment.id, "payment.paid").await, 1);
}

#[tokio::test]
async fn what_is_due_is_found_on_every_shard() {
    let shop = Shop::open().await;
    let mut payments = Vec::new();
    for _ in 0..12 {
        payments.push(shop.authorised(AMOUNT).await);
    }
    shop.doku.time_passes(SIX_DAYS + A_MINUTE).await;
    let swept = shop.tick().await;
    assert_eq!(swept["announced"], payments.len(), "{swept}");
    shop.doku.time_passes(A_DAY).await;
    let swept = shop.tick().await;
    assert_eq!(swept["expired"], payments.len(), "{swept}");
    for payment in &payments {
        assert_eq!(shop.read(&payment.id).await["status"], "expired");
    }
}

#[tokio::test]
async fn a_hold_that_is_given_up_at_doku_is_voided_here() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    let order = json!({
        "invoiceNumber": payment.invoice(),
        "set": {"transaction": {"type": "VOID"}, "card_payment": {"request_id": "BY-STAFF-1"}},
    });
    shop.told_of_card(order.clone()).await;
    shop.told_of_card(order).await;
    assert_eq!(shop.read(&payment.id).await["status"], "voided");
    assert_eq!(count(&shop, &payment.id, "payment.voided").await, 1);
    let refused = shop.capture(&payment.id, None).await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.called("capture").await, 0);
    shop.doku.time_passes(A_WEEK + A_MINUTE).await;
    assert_eq!(shop.tick().await["due"], 0);
}
