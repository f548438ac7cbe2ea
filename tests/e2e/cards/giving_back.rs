//! Money that goes back: as a void before the bank paid out, as a refund after, or by hand.

use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::{Payment, Shop, count, idr};

#[tokio::test]
async fn before_it_settles_the_whole_payment_is_voided() {
    let shop = Shop::open().await;
    let sale = shop.card_paid(AMOUNT).await;
    let capture = shop.authorised(AMOUNT).await;
    shop.capture(&capture.id, Some(60_000)).await.expect(200);
    for (payment, taken) in [(sale, AMOUNT), (capture, 60_000)] {
        let path = format!("/v1/payments/{}/refunds", payment.id);
        let answer = shop.merchant.post(&path, &json!({})).await;
        let refund = &answer.expect(201).body;
        assert_eq!(refund["status"], "succeeded");
        assert_eq!(refund["type"], "void");
        assert_eq!(refund["amount"], idr(taken));
        shop.doku.falls_silent().await;
        let voided = shop.read(&payment.id).await;
        assert_eq!(voided["status"], "voided");
        assert_eq!(voided["refundedAmount"], idr(taken));
        assert_eq!(voided["refundableAmount"], idr(0));
        assert_eq!(voided["flags"], json!([]));
        assert_eq!(shop.doku.card_charge(&payment).await["status"], "voided");
        assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 1);
        let more = shop.refund(&payment.id, 1).await;
        more.expect_problem(409, "illegal_transition");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn before_it_settles_a_part_does_not_go_back() {
    let shop = Shop::open().await;
    let payment = shop.card_paid(AMOUNT).await;
    let refund = shop.refund(&payment.id, 10_000).await;
    assert_eq!(refund.expect(201).body["status"], "failed");
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["refundedAmount"], idr(0));
    assert_eq!(paid["refundableAmount"], idr(AMOUNT));
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 0);

    shop.settle(&payment).await;
    let refund = shop.refund(&payment.id, 10_000).await;
    assert_eq!(refund.expect(201).body["type"], "partial_refund");
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 10_000);
}

#[tokio::test]
async fn after_it_settled_everything_goes_back_as_a_refund() {
    let shop = Shop::open().await;
    // DOKU tells of it under either name.
    for named in [false, true] {
        shop.doku.is_set(json!({"fullRefundNamed": named})).await;
        let payment = shop.card_paid(AMOUNT).await;
        shop.doku.time_passes(super::A_DAY).await;
        let answer = shop.refund(&payment.id, AMOUNT).await;
        let refund = &answer.expect(201).body;
        assert_eq!(refund["status"], "succeeded");
        assert_eq!(refund["type"], "full_refund");
        assert_eq!(refund["manual"], false);
        shop.doku.falls_silent().await;
        let refunded = shop.read(&payment.id).await;
        assert_eq!(refunded["status"], "refunded");
        assert_eq!(refunded["refundedAmount"], idr(AMOUNT));
        assert_eq!(refunded["flags"], json!([]));
        assert_eq!(shop.doku.card_charge(&payment).await["refunded"], AMOUNT);
        assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 1);
    }
}

/// The one refund DOKU has, and the API's path of it.
async fn manual_refund(shop: &Shop, payment: &Payment, rupiah: u64) -> (Value, String) {
    let answer = shop.refund(&payment.id, rupiah).await;
    let refund = answer.expect(201).body.clone();
    let id = refund["refundId"].as_str().unwrap();
    let path = format!("/v1/payments/{}/refunds/{id}", payment.id);
    (refund, path)
}

#[tokio::test]
async fn a_refund_by_hand_is_pending_until_dokus_staff_have_done_it() {
    let shop = Shop::open().await;
    shop.doku.is_set(json!({"manualRefunds": true})).await;
    for (rupiah, kind, after) in [
        (30_000, "manual_partial_refund", "partially_refunded"),
        (AMOUNT, "manual_full_refund", "refunded"),
    ] {
        for success in [true, false] {
            let payment = shop.card_paid(AMOUNT).await;
            shop.settle(&payment).await;
            let (refund, path) = manual_refund(&shop, &payment, rupiah).await;
            assert_eq!(refund["status"], "pending");
            assert_eq!(refund["type"], kind);
            assert_eq!(refund["manual"], true);
            let meanwhile = shop.read(&payment.id).await;
            assert_eq!(meanwhile["status"], "paid");
            assert_eq!(meanwhile["refundedAmount"], idr(0));
            // What is on its way cannot be asked for twice.
            assert_eq!(meanwhile["refundableAmount"], idr(AMOUNT - rupiah));
            let too_much = shop.refund(&payment.id, AMOUNT - rupiah + 1).await;
            too_much.expect_problem(409, "illegal_transition");

            let request = &refund["gateway"]["partnerRefundNo"];
            let order = json!({"requestId": request, "success": success});
            shop.doku.order("cards/complete", order).await;
            shop.doku.falls_silent().await;
            let done = shop.merchant.get(&path).await.expect(200).body.clone();
            let payment_now = shop.read(&payment.id).await;
            let (status, refunded, standing) = if success {
                ("succeeded", rupiah, after)
            } else {
                ("failed", 0, "paid")
            };
            assert_eq!(done["status"], status, "{kind}");
            assert_eq!(done["manual"], true, "{kind}");
            assert_eq!(done["type"], kind);
            assert_eq!(payment_now["status"], standing, "{kind}");
            assert_eq!(payment_now["refundedAmount"], idr(refunded), "{kind}");
            assert_eq!(payment_now["refundableAmount"], idr(AMOUNT - refunded));
            assert_eq!(shop.doku.card_charge(&payment).await["refunded"], refunded);
        }
    }
}

#[tokio::test]
async fn what_dokus_staff_give_back_after_a_refund_of_ours_is_booked_beside_it() {
    let shop = Shop::open().await;
    let payment = shop.card_paid(AMOUNT).await;
    shop.settle(&payment).await;
    shop.refund(&payment.id, 40_000).await.expect(201);
    shop.doku.falls_silent().await;
    let ours = shop.read(&payment.id).await;
    assert_eq!(ours["flags"], json!([]), "our own is no surprise");
    let order = json!({"invoiceNumber": payment.invoice(), "amount": 20_000});
    shop.doku.order("cards/refund", order).await;
    shop.doku.falls_silent().await;
    let both = shop.read(&payment.id).await;
    assert_eq!(both["flags"], json!([]));
    assert_eq!(both["status"], "partially_refunded");
    assert_eq!(both["refundedAmount"], idr(60_000));
    assert_eq!(both["refundableAmount"], idr(AMOUNT - 60_000));
    assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 2);
}

#[tokio::test]
async fn a_refund_that_the_bank_declines_gives_the_amount_back() {
    let shop = Shop::open().await;
    let payment = shop.captured(AMOUNT, 60_000).await;
    shop.doku.goes_wrong("card_refund", "decline").await;
    let refund = shop.refund(&payment.id, 60_000).await;
    assert_eq!(refund.expect(201).body["status"], "failed");
    assert_eq!(refund.body["failure"]["code"], "declined");
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["refundableAmount"], idr(60_000));
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 0);
    shop.refund(&payment.id, 60_000).await.expect(201);
    assert_eq!(shop.read(&payment.id).await["status"], "refunded");
}
