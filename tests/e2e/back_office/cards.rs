//! Card payments, by notification.

use serde_json::{Value, json};

use super::{AMOUNT, made_by, refunds, settled_sale, staff_refund, stands};
use crate::support::{Message, Payment, Shop, at_once, count, events, idr};

#[tokio::test]
async fn a_refund_is_booked_and_no_more_than_the_rest_can_go_back() {
    let shop = Shop::open().await;
    let payment = settled_sale(&shop).await;
    let name = staff_refund(&shop, &payment, Some(40_000)).await;
    shop.doku.falls_silent().await;
    let now = stands(&shop, &payment.id, "partially_refunded", 40_000, 50_000).await;
    assert_eq!(now["flags"], json!([]));
    let booked = refunds(&shop, &payment.id).await;
    assert_eq!(booked.len(), 1);
    assert_eq!(booked[0]["origin"], "gateway");
    assert_eq!(booked[0]["status"], "succeeded");
    assert_eq!(booked[0]["gateway"]["refundNo"], name);
    let one = shop.read_refund(&payment, &booked[0]).await;
    assert_eq!(one, booked[0]);
    assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 1);
    let path = format!("/v1/payments/{}/events?limit=100", payment.id);
    let timeline = shop.merchant.get(&path).await.body["items"].clone();
    let booked = timeline.as_array().unwrap().last().unwrap().clone();
    assert_eq!(booked["detail"]["refundOrigin"], "gateway");
    assert_eq!(booked["detail"]["refundAmount"], idr(40_000));

    let too_much = shop.refund(&payment.id, AMOUNT).await;
    too_much.expect_problem(409, "illegal_transition");
    let rest = shop.refund(&payment.id, 50_000).await;
    assert_eq!(rest.expect(201).body["origin"], "merchant");
    stands(&shop, &payment.id, "refunded", AMOUNT, 0).await;
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], AMOUNT);
    assert!(shop.world.logs_text().contains("GatewayRefund"));
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_part_and_then_the_rest_are_two_refunds() {
    let shop = Shop::open().await;
    for named in [false, true] {
        shop.doku.is_set(json!({"fullRefundNamed": named})).await;
        let payment = settled_sale(&shop).await;
        staff_refund(&shop, &payment, Some(30_000)).await;
        shop.doku.falls_silent().await;
        staff_refund(&shop, &payment, None).await;
        shop.doku.falls_silent().await;
        stands(&shop, &payment.id, "refunded", AMOUNT, 0).await;
        let booked = made_by(&shop, &payment.id, "gateway").await;
        assert_eq!(booked, [idr(30_000), idr(60_000)]);
    }
}

#[tokio::test]
async fn a_whole_payment_is_voided_before_it_settles() {
    let shop = Shop::open().await;
    let payment = shop.card_paid(AMOUNT).await;
    let order = json!({"invoiceNumber": payment.invoice()});
    shop.doku.order("cards/void", order).await;
    shop.doku.falls_silent().await;
    let voided = stands(&shop, &payment.id, "voided", AMOUNT, 0).await;
    assert_eq!(voided["flags"], json!([]));
    let booked = refunds(&shop, &payment.id).await;
    assert_eq!(booked.len(), 1);
    assert_eq!(booked[0]["type"], "void");
    assert_eq!(booked[0]["origin"], "gateway");
    let more = shop.refund(&payment.id, 1).await;
    more.expect_problem(409, "illegal_transition");
}

#[tokio::test]
async fn a_hold_that_is_given_up_is_voided_and_moves_no_money() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    let order = json!({"invoiceNumber": payment.invoice()});
    shop.doku.order("cards/void", order).await;
    shop.doku.falls_silent().await;
    let voided = stands(&shop, &payment.id, "voided", 0, 0).await;
    assert_eq!(voided["flags"], json!([]));
    assert_eq!(refunds(&shop, &payment.id).await, [] as [Value; 0]);
    assert_eq!(count(&shop, &payment.id, "payment.voided").await, 1);
    let refused = shop.capture(&payment.id, None).await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.called("capture").await, 0);
}

#[tokio::test]
async fn a_capture_of_all_or_of_a_part_is_shown_as_dokus() {
    let shop = Shop::open().await;
    for taken in [AMOUNT, 60_000] {
        let payment = shop.authorised(AMOUNT).await;
        let order = json!({"invoiceNumber": payment.invoice(), "amount": taken});
        shop.doku.order("cards/capture", order).await;
        shop.wait_until_paid(&payment.id).await;
        shop.doku.falls_silent().await;
        let now = stands(&shop, &payment.id, "paid", 0, taken).await;
        assert_eq!(now["capturedAmount"], idr(taken));
        assert_eq!(now["capture"]["origin"], "gateway");
        assert_eq!(now["capture"]["status"], "succeeded");
        assert_eq!(now["capture"]["amount"], idr(taken));
        shop.settle(&payment).await;
        staff_refund(&shop, &payment, None).await;
        shop.doku.falls_silent().await;
        stands(&shop, &payment.id, "refunded", taken, 0).await;
    }
    let own = shop.captured(AMOUNT, 50_000).await;
    assert_eq!(shop.read(&own.id).await["capture"]["origin"], Value::Null);
}

/// A notification of a refund of this payment, under DOKU's name for it.
fn news(payment: &Payment, name: &str, rupiah: u64) -> Value {
    json!({
        "invoiceNumber": payment.invoice(),
        "set": {
            "order": {"amount": AMOUNT},
            "transaction": {"type": "REFUND", "status": "SUCCESS"},
            "card_payment": {
                "type": "REFUND", "transaction_status": "SUCCESS", "request_id": name,
            },
            "refund": {"amount": rupiah.to_string()},
        },
    })
}

#[tokio::test]
async fn however_often_it_is_delivered_it_is_booked_once() {
    let shop = Shop::open().await;
    let payment = settled_sale(&shop).await;
    let fault = json!({"operation": "notification", "kind": "duplicate", "times": 5});
    shop.doku.order("faults", fault).await;
    let name = staff_refund(&shop, &payment, Some(40_000)).await;
    shop.doku.falls_silent().await;
    shop.doku.recovers().await;
    // Another body about the same refund: the name is what it is known by.
    for amount in ["40000", "40000.00"] {
        let mut again = news(&payment, &name, 40_000);
        again["set"]["refund"]["amount"] = json!(amount);
        again["set"]["transaction"]["date"] = json!("2026-11-28T03:00:00Z");
        shop.told_of_card(again).await;
    }
    stands(&shop, &payment.id, "partially_refunded", 40_000, 50_000).await;
    assert_eq!(made_by(&shop, &payment.id, "gateway").await, [idr(40_000)]);
    assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 1);
}

#[tokio::test]
async fn deliveries_at_once_book_each_refund_once() {
    let shop = Shop::open().await;
    let payment = settled_sale(&shop).await;
    let mut messages = Vec::new();
    for number in 0..4 {
        let order = news(&payment, &format!("STAFF-{number}"), 10_000 + number);
        messages.push(Message::of_card(&shop, &order).await);
    }
    let answers = at_once(24, |number| {
        let (message, shop) = (messages[number % 4].clone(), shop.clone());
        async move { message.to(&shop).await }
    })
    .await;
    for answer in &answers {
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
    }
    for message in &messages {
        message.to(&shop).await.expect(200);
    }
    stands(&shop, &payment.id, "partially_refunded", 40_006, 49_994).await;
    assert_eq!(made_by(&shop, &payment.id, "gateway").await.len(), 4);
    assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 4);
}

#[tokio::test]
async fn more_than_was_taken_is_booked_and_flagged() {
    let shop = Shop::open().await;
    let payment = settled_sale(&shop).await;
    shop.told_of_card(news(&payment, "STAFF-1", 60_000)).await;
    shop.told_of_card(news(&payment, "STAFF-2", 50_000)).await;
    let now = stands(&shop, &payment.id, "refunded", 110_000, 0).await;
    assert_eq!(now["flags"], json!(["refund_overrun"]));
    let more = shop.refund(&payment.id, 1).await;
    more.expect_problem(409, "illegal_transition");
}

#[tokio::test]
async fn one_beside_a_refund_of_ours_in_flight_is_another_one() {
    let shop = Shop::open_impatient().await;
    let payment = settled_sale(&shop).await;
    shop.doku.holds_notifications(1).await;
    shop.doku
        .goes_wrong("card_refund", "accept_then_reset")
        .await;
    let ours = shop.refund(&payment.id, 40_000).await;
    ours.expect(202);
    // Of the same amount, at the same moment.
    shop.doku.holds_notifications(1).await;
    staff_refund(&shop, &payment, Some(40_000)).await;
    shop.doku.releases_notifications().await;
    shop.doku.falls_silent().await;
    super::minutes_pass(&shop, 3).await;
    let now = stands(&shop, &payment.id, "partially_refunded", 80_000, 10_000).await;
    assert_eq!(now["flags"], json!([]));
    assert_eq!(made_by(&shop, &payment.id, "gateway").await, [idr(40_000)]);
    assert_eq!(made_by(&shop, &payment.id, "merchant").await, [idr(40_000)]);
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 80_000);
}

#[tokio::test]
async fn one_that_is_told_before_the_payment_is_known_to_be_paid_ends_alike() {
    let shop = Shop::open().await;
    for kind in ["cards/refund", "cards/void"] {
        let payment = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
        shop.doku.holds_notifications(2).await;
        shop.holder_pays(&payment, "approve").await;
        if kind == "cards/refund" {
            shop.settle(&payment).await;
        }
        let order = json!({"invoiceNumber": payment.invoice()});
        shop.doku.order(kind, order).await;
        let types = if kind == "cards/refund" {
            "REFUND"
        } else {
            "VOID"
        };
        for release in [json!({"type": types}), json!({})] {
            shop.doku.order("notifications/release", release).await;
        }
        shop.doku.falls_silent().await;
        let status = if kind == "cards/refund" {
            "refunded"
        } else {
            "voided"
        };
        let now = stands(&shop, &payment.id, status, AMOUNT, 0).await;
        assert_eq!(now["flags"], json!([]), "{kind}");
        assert!(now["paidAt"].is_string(), "{kind}");
        let seen = events(&shop, &payment.id).await;
        assert_eq!(
            seen,
            [
                "payment.redirect_required",
                "payment.paid",
                "refund.succeeded"
            ],
            "{kind}"
        );
    }
}
