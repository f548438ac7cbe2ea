//! A hold that ends, or seems to, while its money is taken: what was captured is never given up.

use std::time::Duration;

use serde_json::{Value, json};

use super::lost::Lost;
use super::{A_DAY, A_WEEK, AMOUNT};
use crate::support::{A_MINUTE, Payment, Shop, count, idr};

/// An order of DOKU's about a payment, with these changes.
fn about(payment: &Payment, set: &Value) -> Value {
    json!({"invoiceNumber": payment.invoice(), "set": set})
}

#[tokio::test]
async fn a_part_that_doku_captured_unheard_is_found_before_it_is_given_up() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(1).await;
    let order = json!({"invoiceNumber": payment.invoice(), "amount": 60_000});
    shop.doku.order("cards/capture", order).await;
    shop.doku.time_passes(A_WEEK + A_MINUTE).await;
    let swept = shop.tick().await;
    assert_eq!([&swept["expired"], &swept["left"]], [0, 0], "{swept}");
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid", "{paid}");
    assert_eq!(paid["capturedAmount"], idr(60_000));
    assert_eq!(paid["refundableAmount"], idr(60_000));
    assert_eq!(paid["flags"], json!([]));
    assert_eq!(shop.doku.releases_notifications().await, 1);
    assert_eq!(shop.read(&payment.id).await, paid);
    assert_eq!(count(&shop, &payment.id, "payment.paid").await, 1);
    assert_eq!(shop.tick().await["due"], 0);
}

#[tokio::test]
async fn a_part_that_doku_captures_is_told_by_its_notification() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    let order = json!({"invoiceNumber": payment.invoice(), "amount": 60_000});
    shop.doku.order("cards/capture", order).await;
    let paid = shop.wait_until_paid(&payment.id).await;
    assert_eq!(paid["capturedAmount"], idr(60_000));
    assert_eq!(paid["refundableAmount"], idr(60_000));
    assert_eq!(paid["flags"], json!([]));
}

#[tokio::test]
async fn a_hold_whose_capture_was_declined_lapses() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.doku.goes_wrong("capture", "decline").await;
    let declined = shop.capture(&payment.id, None).await;
    let capture = &declined.expect(200).body["capture"];
    assert_eq!(capture["status"], "failed", "{}", declined.text);
    shop.doku.time_passes(A_WEEK + A_MINUTE).await;
    let swept = shop.tick().await;
    assert_eq!([&swept["expired"], &swept["left"]], [1, 0], "{swept}");
    assert_eq!(shop.read(&payment.id).await["status"], "expired");
    assert_eq!(shop.tick().await["due"], 0);
}

#[tokio::test]
async fn nothing_is_given_up_before_doku_says_how_it_stands() {
    let shop = Shop::open().await;
    let operation = "order_status";
    for fault in [
        json!({"operation": operation, "kind": "reject", "responseCode": "404"}),
        json!({
            "operation": operation, "kind": "alter",
            "set": {"transaction": {"status": "PENDING", "type": null}},
        }),
        json!({"operation": operation, "kind": "alter", "set": {"transaction": null}}),
        json!({"operation": operation, "kind": "no_signature"}),
    ] {
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.time_passes(A_WEEK + A_MINUTE).await;
        shop.doku.order("faults", fault.clone()).await;
        let swept = shop.tick().await;
        let counts = [&swept["due"], &swept["expired"]];
        assert_eq!(counts, [1, 0], "{fault}: {swept}");
        assert_eq!(shop.read(&payment.id).await["status"], "authorized");
        shop.doku.time_passes(2 * A_MINUTE).await;
        let swept = shop.tick().await;
        let counts = [&swept["due"], &swept["expired"]];
        assert_eq!(counts, [1, 1], "{fault}: {swept}");
        assert_eq!(shop.read(&payment.id).await["status"], "expired", "{fault}");
        assert_eq!(shop.tick().await["due"], 0, "{fault}");
    }
}

#[tokio::test]
async fn an_expiry_that_is_told_while_a_capture_is_unknown_ends_nothing() {
    let shop = Shop::open().await;
    for wait in [Duration::ZERO, A_WEEK] {
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
        let lost = Lost::capture(&shop, &payment);
        lost.is_lost("accept_then_reset").await;
        shop.doku.time_passes(wait).await;
        let expired = json!({"transaction": {"status": "EXPIRED", "type": null}});
        shop.told_of_card(about(&payment, &expired)).await;
        let now = shop.read(&payment.id).await;
        assert_eq!(now["status"], "authorized", "{wait:?}");
        assert_eq!(now["capture"]["status"], "unknown", "{wait:?}");
        shop.doku.time_passes(A_MINUTE).await;
        let answer = lost.send().await;
        assert_eq!(answer.expect(200).body["status"], "paid", "{wait:?}");
        assert_eq!(answer.body["capturedAmount"], idr(60_000), "{wait:?}");
        assert_eq!(shop.doku.releases_notifications().await, 1);
        assert_eq!(shop.doku.card_charge(&payment).await["captured"], 60_000);
        let expired = count(&shop, &payment.id, "payment.expired").await;
        assert_eq!(expired, 0, "{wait:?}");
    }
}

#[tokio::test]
async fn a_hold_does_not_expire_with_its_page() {
    let shop = Shop::open().await;
    for (wait, status, capture) in [(A_DAY, "authorized", 200), (A_WEEK, "expired", 409)] {
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.time_passes(wait).await;
        let expired = json!({"transaction": {"status": "EXPIRED", "type": null}});
        shop.told_of_card(about(&payment, &expired)).await;
        assert_eq!(shop.read(&payment.id).await["status"], status, "{wait:?}");
        shop.capture(&payment.id, None).await.expect(capture);
    }
    assert_eq!(shop.doku.called("capture").await, 1);
}

#[tokio::test]
async fn a_capture_that_nobody_repeats_is_found_when_the_hold_ends() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(1).await;
    let lost = Lost::capture(&shop, &payment);
    lost.is_lost("accept_then_reset").await;
    shop.doku.time_passes(A_WEEK + A_MINUTE).await;
    let swept = shop.tick().await;
    assert_eq!([&swept["expired"], &swept["left"]], [0, 0], "{swept}");
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["capturedAmount"], idr(60_000));
    assert_eq!(shop.doku.called("capture").await, 1);
}

#[tokio::test]
async fn a_failure_of_an_earlier_capture_does_not_decide_the_later_one() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(2).await;
    shop.doku.goes_wrong("capture", "decline").await;
    let first = shop.capture(&payment.id, Some(70_000)).await;
    assert_eq!(first.expect(200).body["capture"]["status"], "failed");
    let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
    let first = captures[0]["requestId"].clone();

    let lost = Lost::capture(&shop, &payment);
    lost.is_lost("accept_then_reset").await;
    let late = json!({
        "order": {"amount": 70_000},
        "transaction": {"type": "CAPTURE", "status": "FAILED"},
        "card_payment": {
            "type": "CAPTURE", "transaction_status": "FAILED", "request_id": first,
            "response_code": "05",
        },
    });
    shop.told_of_card(about(&payment, &late)).await;
    let now = shop.read(&payment.id).await;
    assert_eq!(now["status"], "authorized");
    assert_eq!(now["capture"]["status"], "unknown", "{now}");
    assert_eq!(now["capture"]["amount"], idr(60_000));
    let another = shop.capture(&payment.id, Some(10_000)).await;
    another.expect(409);

    shop.doku.time_passes(A_MINUTE).await;
    let answer = lost.send().await;
    assert_eq!(answer.expect(200).body["status"], "paid");
    assert_eq!(answer.body["capturedAmount"], idr(60_000));
    assert_eq!(shop.doku.releases_notifications().await, 2);
    let after = shop.read(&payment.id).await;
    assert_eq!(after["status"], "paid");
    assert_eq!(after["capture"]["status"], "succeeded");
    assert_eq!(after["flags"], json!([]));
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 60_000);
    let failed = count(&shop, &payment.id, "payment.capture_failed").await;
    assert_eq!(failed, 1);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn what_doku_captures_after_a_capture_of_ours_failed_counts_as_dokus() {
    let shop = Shop::open().await;
    // Whether ours fails before, or because, DOKU's own is there.
    for (rupiah, ours_first) in [
        (60_000, true),
        (AMOUNT, true),
        (60_000, false),
        (AMOUNT, false),
    ] {
        let why = format!("{rupiah}, ours first: {ours_first}");
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.falls_silent().await;
        let order = json!({"invoiceNumber": payment.invoice(), "amount": rupiah});
        if ours_first {
            shop.doku.goes_wrong("capture", "decline").await;
        } else {
            shop.doku.holds_notifications(1).await;
            shop.doku.order("cards/capture", order.clone()).await;
        }
        let failed = shop.capture(&payment.id, Some(50_000)).await;
        assert_eq!(failed.expect(200).body["capture"]["status"], "failed");
        if ours_first {
            shop.doku.falls_silent().await;
            shop.doku.order("cards/capture", order).await;
        } else {
            shop.doku.releases_notifications().await;
        }
        shop.doku.falls_silent().await;
        let paid = shop.read(&payment.id).await;
        assert_eq!(paid["status"], "paid", "{why}: {paid}");
        assert_eq!(paid["capturedAmount"], idr(rupiah), "{why}");
        assert_eq!(paid["refundableAmount"], idr(rupiah), "{why}");
        assert_eq!(paid["flags"], json!([]), "{why}");
    }
}

#[tokio::test]
async fn a_status_that_does_not_say_of_what_gives_nothing_up() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(1).await;
    let order = json!({"invoiceNumber": payment.invoice(), "amount": 60_000});
    shop.doku.order("cards/capture", order).await;
    shop.doku.time_passes(A_WEEK + A_MINUTE).await;
    let fault = json!({
        "operation": "order_status", "kind": "alter",
        "set": {"transaction": {"type": null}, "card_payment": {"type": null}},
    });
    shop.doku.order("faults", fault).await;
    let swept = shop.tick().await;
    assert_eq!(swept["expired"], 0, "{swept}");
    // Its next check is not due at once.
    shop.doku.time_passes(Duration::from_mins(10)).await;
    shop.tick().await;
    assert_eq!(shop.read(&payment.id).await["capturedAmount"], idr(60_000));
}
