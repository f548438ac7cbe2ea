//! Notifications that do not say whose they are, or of what: what nothing but a guess could settle
//! is not settled.

use serde_json::{Value, json};

use super::AMOUNT;
use super::lost::Lost;
use crate::support::{A_MINUTE, Payment, Shop, count, idr};

/// The amount of every refund that [`Lost::refund`] asks for.
const BACK: u64 = 40_000;

/// A notification of a refund of [`BACK`] that names this call, or none.
fn refund_news(payment: &Payment, status: &str, request_id: &Value) -> Value {
    json!({
        "invoiceNumber": payment.invoice(),
        "set": {
            "order": {"amount": AMOUNT},
            "transaction": {"type": "REFUND", "status": status},
            "card_payment": {
                "type": "REFUND", "transaction_status": status, "request_id": request_id,
            },
            "refund": {"amount": BACK.to_string()},
        },
    })
}

/// What such a notification may carry where the refund's `Request-Id` should be.
fn no_names(payment: &Payment) -> [Value; 2] {
    [Value::Null, payment.body["gateway"]["requestId"].clone()]
}

/// A sale that the bank has paid out, and of which nobody hears more than is told here.
async fn settled_sale(shop: &Shop) -> Payment {
    let payment = shop.card_paid(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.settle(&payment).await;
    payment
}

#[tokio::test]
async fn of_two_refunds_that_fit_a_nameless_notification_settles_neither() {
    let shop = Shop::open().await;
    let payment = settled_sale(&shop).await;
    shop.doku.holds_notifications(2).await;
    let done = shop.refund(&payment.id, BACK).await;
    assert_eq!(done.expect(201).body["status"], "succeeded");
    let lost = Lost::refund(&shop, &payment);
    let unknown = lost.is_lost("accept_then_reset").await;
    let before = shop.read(&payment.id).await;
    assert_eq!(before["refundableAmount"], idr(AMOUNT - 2 * BACK));
    for name in no_names(&payment) {
        for status in ["SUCCESS", "FAILED"] {
            shop.told_of_card(refund_news(&payment, status, &name))
                .await;
            let why = format!("{status} {name}");
            let one = shop.read_refund(&payment, &done.body).await;
            let other = shop.read_refund(&payment, &unknown.body).await;
            assert_eq!(one["status"], "succeeded", "{why}");
            assert_eq!(other["status"], "unknown", "{why}");
            assert_eq!(shop.read(&payment.id).await, before, "{why}");
        }
    }
    shop.doku.time_passes(A_MINUTE).await;
    let answer = lost.send().await;
    assert_eq!(answer.expect(201).body["status"], "succeeded");
    assert_eq!(shop.doku.releases_notifications().await, 2);
    let after = shop.read(&payment.id).await;
    assert_eq!(after["refundedAmount"], idr(2 * BACK));
    assert_eq!(after["flags"], json!([]));
    assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 2);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_only_refund_that_fits_is_settled_by_a_success_and_not_by_a_failure() {
    let shop = Shop::open().await;
    for position in 0..2 {
        let payment = settled_sale(&shop).await;
        let name = no_names(&payment)[position].clone();
        shop.doku.holds_notifications(1).await;
        let lost = Lost::refund(&shop, &payment);
        let refund = lost.is_lost("accept_then_reset").await.body;
        // To give the amount free again takes more than a guess.
        shop.told_of_card(refund_news(&payment, "FAILED", &name))
            .await;
        let now = shop.read_refund(&payment, &refund).await;
        assert_eq!(now["status"], "unknown", "{name}");
        let left = shop.read(&payment.id).await["refundableAmount"].clone();
        assert_eq!(left, idr(AMOUNT - BACK), "{name}");

        shop.told_of_card(refund_news(&payment, "SUCCESS", &name))
            .await;
        let now = shop.read_refund(&payment, &refund).await;
        assert_eq!(now["status"], "succeeded", "{name}");
        let after = shop.read(&payment.id).await;
        assert_eq!(after["status"], "partially_refunded", "{name}");
        assert_eq!(after["refundedAmount"], idr(BACK), "{name}");
        assert_eq!(after["refundableAmount"], idr(AMOUNT - BACK), "{name}");
        assert_eq!(after["flags"], json!([]), "{name}");
        // What names it comes too late to be news.
        assert_eq!(shop.doku.releases_notifications().await, 1);
        assert_eq!(shop.read(&payment.id).await, after, "{name}");
        assert_eq!(lost.send().await.expect(201).body["status"], "succeeded");
        assert_eq!(shop.doku.called("card_refund").await, 1, "{name}");
    }
}

#[tokio::test]
async fn a_notification_that_names_another_call_is_of_a_refund_of_dokus_own() {
    let shop = Shop::open().await;
    let payment = settled_sale(&shop).await;
    shop.doku.holds_notifications(1).await;
    let lost = Lost::refund(&shop, &payment);
    let refund = lost.is_lost("accept_then_reset").await.body;
    for status in ["FAILED", "SUCCESS", "SUCCESS"] {
        shop.told_of_card(refund_news(&payment, status, &json!("BY-STAFF-1")))
            .await;
        let now = shop.read_refund(&payment, &refund).await;
        assert_eq!(now["status"], "unknown", "{status}");
    }
    let booked = shop.read(&payment.id).await;
    assert_eq!(booked["flags"], json!([]));
    assert_eq!(booked["status"], "partially_refunded");
    assert_eq!(booked["refundedAmount"], idr(BACK));
    assert_eq!(booked["refundableAmount"], idr(AMOUNT - 2 * BACK));
    let booked = count(&shop, &payment.id, "refund.succeeded").await;
    assert_eq!(booked, 1);
}

#[tokio::test]
async fn two_manual_refunds_of_one_amount_are_both_done_when_both_are_done() {
    let shop = Shop::open().await;
    shop.doku.is_set(json!({"manualRefunds": true})).await;
    let payment = settled_sale(&shop).await;
    let mut refunds = Vec::new();
    for _ in 0..2 {
        let answer = shop.refund(&payment.id, BACK).await;
        assert_eq!(answer.expect(201).body["status"], "pending");
        refunds.push(answer.body);
    }
    for (done, refund) in refunds.iter().enumerate() {
        let request = &refund["gateway"]["partnerRefundNo"];
        let order = json!({"requestId": request, "success": true});
        shop.doku.order("cards/complete", order).await;
        shop.doku.falls_silent().await;
        for (number, refund) in refunds.iter().enumerate() {
            let now = shop.read_refund(&payment, refund).await;
            let status = if number <= done {
                "succeeded"
            } else {
                "pending"
            };
            assert_eq!(now["status"], status, "{number} after {done}");
        }
    }
    let after = shop.read(&payment.id).await;
    assert_eq!(after["refundedAmount"], idr(2 * BACK));
    assert_eq!(after["refundableAmount"], idr(AMOUNT - 2 * BACK));
    assert_eq!(after["flags"], json!([]));
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 2 * BACK);
}

#[tokio::test]
async fn a_success_that_does_not_say_of_what_is_no_more_than_a_hold() {
    let shop = Shop::open().await;
    for set in [
        json!({"transaction": {"type": null}}),
        json!({"transaction": {"type": null}, "card_payment": {"type": null}}),
        json!({
            "transaction": {"type": null},
            "card_payment": {"type": null, "authorize_id": null},
            "authorize_id": null,
        }),
    ] {
        let body = shop.card_body_of("AUTHORIZE", AMOUNT);
        let payment = shop.open_page(&body).await;
        shop.doku.holds_notifications(1).await;
        shop.holder_pays(&payment, "approve").await;
        let order = json!({"invoiceNumber": payment.invoice(), "set": set});
        shop.told_of_card(order).await;
        let held = shop.read(&payment.id).await;
        assert_eq!(held["status"], "authorized", "{set}");
        assert_eq!(held["capturedAmount"], Value::Null, "{set}");
        assert_eq!(held["refundableAmount"], idr(0), "{set}");
        let answer = shop.capture(&payment.id, Some(60_000)).await;
        assert_eq!(answer.expect(200).body["status"], "paid", "{set}");
        // What says of what comes last.
        assert_eq!(shop.doku.releases_notifications().await, 1);
        shop.doku.falls_silent().await;
        let paid = shop.read(&payment.id).await;
        assert_eq!(paid["status"], "paid", "{set}");
        assert_eq!(paid["capturedAmount"], idr(60_000), "{set}");
        assert_eq!(paid["refundableAmount"], idr(60_000), "{set}");
        assert_eq!(paid["flags"], json!([]), "{set}");
        shop.settle(&payment).await;
        let too_much = shop.refund(&payment.id, 60_001).await;
        too_much.expect_problem(409, "illegal_transition");
        shop.refund(&payment.id, 60_000).await.expect(201);
        assert_eq!(shop.read(&payment.id).await["status"], "refunded", "{set}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_sale_is_paid_although_its_success_names_an_authorisation_and_no_type() {
    let shop = Shop::open().await;
    let mut body = shop.card_body("cust-1", AMOUNT);
    body["method"]["paymentType"] = json!("SALE");
    let opened = shop.merchant.post("/v1/payments", &body).await;
    let opened = opened.expect(201).body.clone();
    shop.told_of_card(json!({
        "invoiceNumber": opened["invoiceNumber"],
        "set": {
            "order": {"amount": AMOUNT},
            "transaction": {"status": "SUCCESS", "type": null},
            "card_payment": {"type": null},
            "authorize_id": "12312391719112",
        },
    }))
    .await;
    let id = opened["paymentId"].as_str().unwrap();
    assert_eq!(shop.read(id).await["status"], "paid");
}

#[tokio::test]
async fn a_success_of_a_kind_that_nobody_can_read_settles_nothing() {
    let shop = Shop::open().await;
    let body = shop.card_body("cust-1", AMOUNT);
    let opened = shop.merchant.post("/v1/payments", &body).await;
    let opened = opened.expect(201).body.clone();
    for kind in ["FULL REFUND", "SALE!", "?"] {
        shop.told_of_card(json!({
            "invoiceNumber": opened["invoiceNumber"],
            "set": {
                "order": {"amount": AMOUNT},
                "transaction": {"status": "SUCCESS", "type": kind},
                "card_payment": {"type": kind},
            },
        }))
        .await;
        let id = opened["paymentId"].as_str().unwrap();
        let open = shop.read(id).await;
        assert_eq!(open["status"], "redirect_required", "{kind}");
    }
}
