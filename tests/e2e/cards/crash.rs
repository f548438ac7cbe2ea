//! `kill -9` between sending and recording, and the same request again: it goes out under the same
//! `Request-Id`, and DOKU's 409 brings the answer that nobody heard.

use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::{Answer, Doomed, Payment, Shop, capture_body, count, idr};

fn page(shop: &Shop) -> Doomed<'_> {
    Doomed {
        shop,
        function: "pay",
        path: "/v1/payments".to_owned(),
        body: shop.card_body_of("SALE", AMOUNT),
        key: "page-key",
    }
}

fn capture<'s>(shop: &'s Shop, payment: &Payment) -> Doomed<'s> {
    Doomed {
        shop,
        function: "capture",
        path: format!("/v1/payments/{}/capture", payment.id),
        body: capture_body(Some(60_000)),
        key: "capture-key",
    }
}

fn refund<'s>(shop: &'s Shop, payment: &Payment) -> Doomed<'s> {
    Doomed {
        shop,
        function: "refund",
        path: format!("/v1/payments/{}/refunds", payment.id),
        body: json!({"amount": idr(40_000)}),
        key: "refund-key",
    }
}

/// Insists on a page that is the only one DOKU has, and pays there.
async fn one_page(shop: &Shop, doomed: &Doomed<'_>, answer: &Answer) {
    assert_eq!(answer.expect(201).body["status"], "redirect_required");
    let payment = Payment {
        id: answer.word("paymentId"),
        status: answer.word("status"),
        body: answer.body.clone(),
    };
    let pages = shop.doku.of_invoice("cardPages", &payment).await;
    assert_eq!(pages.len(), 1, "{pages:?}");
    let page = pages[0]["pageId"].as_str().unwrap();
    assert!(payment.page().ends_with(page), "{}", payment.page());
    assert_eq!(pages[0]["requestId"], payment.body["gateway"]["requestId"]);
    let again = doomed.send().await;
    assert!(again.expect(201).is_replayed());
    assert_eq!(again.text, answer.text);
    shop.holder_pays(&payment, "approve").await;
    shop.wait_until_paid(&payment.id).await;
    shop.doku.card_charge(&payment).await;
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_page_killed_after_doku_made_it_is_that_page() {
    let shop = Shop::open().await;
    let doomed = page(&shop);
    shop.doku
        .goes_wrong("payment_page", "accept_then_hang")
        .await;
    doomed.dies_during("payment_page").await;
    let answer = doomed.is_repeated().await;
    shop.doku.was_asked_again("payment_page", 2).await;
    one_page(&shop, &doomed, &answer).await;
}

#[tokio::test]
async fn a_page_killed_twice_is_still_one() {
    let shop = Shop::open().await;
    let doomed = page(&shop);
    shop.doku
        .goes_wrong("payment_page", "accept_then_hang")
        .await;
    doomed.dies_during("payment_page").await;
    shop.doku.time_passes(crate::support::A_MINUTE).await;
    shop.doku
        .goes_wrong("payment_page", "accept_then_hang")
        .await;
    doomed.dies_during("payment_page").await;
    let answer = doomed.is_repeated().await;
    shop.doku.was_asked_again("payment_page", 3).await;
    one_page(&shop, &doomed, &answer).await;
}

#[tokio::test]
async fn a_page_killed_before_doku_made_it_is_made_once() {
    let shop = Shop::open().await;
    let doomed = page(&shop);
    shop.doku.goes_wrong("payment_page", "hang").await;
    doomed.dies_during("payment_page").await;
    assert_eq!(shop.doku.ledger().await["cardPages"], json!([]));
    let answer = doomed.is_repeated().await;
    let calls = shop.doku.calls("payment_page").await;
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0]["requestId"], calls[1]["requestId"]);
    one_page(&shop, &doomed, &answer).await;
}

#[tokio::test]
async fn a_page_killed_and_paid_meanwhile_is_answered_as_paid() {
    let shop = Shop::open().await;
    let doomed = page(&shop);
    shop.doku
        .goes_wrong("payment_page", "accept_then_hang")
        .await;
    doomed.dies_during("payment_page").await;
    let invoice = &doomed.body["invoiceNumber"];
    let order = json!({"invoiceNumber": invoice, "card": "approve"});
    shop.doku.order("cards/pay", order).await;
    let path = format!("/v1/payments?invoiceNumber={}", invoice.as_str().unwrap());
    let found = shop.merchant.get(&path).await.body["items"][0].clone();
    shop.wait_until_paid(found["paymentId"].as_str().unwrap())
        .await;

    let answer = doomed.is_repeated().await;
    assert_eq!(answer.expect(201).body["status"], "paid");
    assert_eq!(shop.doku.called("payment_page").await, 1);
    let charges = shop
        .doku
        .rows("cardCharges", "invoiceNumber", invoice)
        .await;
    assert_eq!(charges.len(), 1, "{charges:?}");
    shop.doku.saw_no_violation().await;
}

/// Insists that 60,000 were captured once, and that the answer says so.
async fn one_capture(shop: &Shop, doomed: &Doomed<'_>, payment: &Payment, answer: &Answer) {
    assert_eq!(answer.expect(200).body["status"], "paid");
    assert_eq!(answer.body["capturedAmount"], idr(60_000));
    assert_eq!(answer.body["capture"]["status"], "succeeded");
    let captures = shop.doku.of_invoice("cardCaptures", payment).await;
    assert_eq!(captures.len(), 1, "{captures:?}");
    let charge = shop.doku.card_charge(payment).await;
    assert_eq!(charge["captured"], 60_000);
    assert_eq!(count(shop, &payment.id, "payment.paid").await, 1);
    let again = doomed.send().await;
    assert!(again.expect(200).is_replayed());
    assert_eq!(again.text, answer.text);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_capture_killed_after_doku_took_the_money_took_it_once() {
    for notified in [false, true] {
        let shop = Shop::open().await;
        let payment = shop.authorised(AMOUNT).await;
        let doomed = capture(&shop, &payment);
        if !notified {
            shop.doku.holds_notifications(1).await;
        }
        shop.doku.goes_wrong("capture", "accept_then_hang").await;
        doomed.dies_during("capture").await;
        let answer = if notified {
            // Known already: nobody has to wait for the dead.
            shop.wait_until_paid(&payment.id).await;
            doomed.send().await
        } else {
            doomed.is_repeated().await
        };
        shop.doku
            .was_asked_again("capture", if notified { 1 } else { 2 })
            .await;
        one_capture(&shop, &doomed, &payment, &answer).await;
        if !notified {
            assert_eq!(shop.doku.releases_notifications().await, 1);
            one_capture(&shop, &doomed, &payment, &answer).await;
        }
    }
}

#[tokio::test]
async fn a_capture_killed_before_doku_took_the_money_takes_it_once() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    let doomed = capture(&shop, &payment);
    shop.doku.goes_wrong("capture", "hang").await;
    doomed.dies_during("capture").await;
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 0);
    let answer = doomed.is_repeated().await;
    let calls = shop.doku.calls("capture").await;
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0]["requestId"], calls[1]["requestId"]);
    one_capture(&shop, &doomed, &payment, &answer).await;
}

#[tokio::test]
async fn a_capture_left_dead_is_finished_by_whoever_comes_next() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    let doomed = capture(&shop, &payment);
    shop.doku.holds_notifications(1).await;
    shop.doku.goes_wrong("capture", "accept_then_hang").await;
    doomed.dies_during("capture").await;
    // Another request: at first nobody knows, then it learns that the first one was done.
    let early = shop.capture(&payment.id, Some(10_000)).await;
    early.expect_problem(409, "in_progress");
    shop.doku.recovers().await;
    shop.doku.time_passes(crate::support::A_MINUTE).await;
    let late = shop.capture(&payment.id, Some(10_000)).await;
    late.expect_problem(409, "illegal_transition");
    assert!(late.word("detail").contains("captured already"));
    // By asking: to send it again is for whoever wants it.
    assert_eq!(shop.doku.called("capture").await, 1);
    let answer = doomed.send().await;
    one_capture(&shop, &doomed, &payment, &answer).await;
}

#[tokio::test]
async fn a_capture_left_dead_for_a_week_is_settled_before_it_is_given_up() {
    for accepted in [true, false] {
        let shop = Shop::open().await;
        let payment = shop.authorised(AMOUNT).await;
        let doomed = capture(&shop, &payment);
        shop.doku.holds_notifications(1).await;
        let kind = if accepted { "accept_then_hang" } else { "hang" };
        shop.doku.goes_wrong("capture", kind).await;
        doomed.dies_during("capture").await;
        shop.doku.recovers().await;
        shop.doku.time_passes(super::A_WEEK).await;
        // DOKU is asked as often as it takes to be believed.
        for _ in 0..4 {
            shop.tick().await;
            shop.doku.time_passes(super::A_DAY).await;
        }
        let after = shop.read(&payment.id).await;
        let charge = shop.doku.card_charge(&payment).await;
        if accepted {
            assert_eq!(after["status"], "paid", "{after}");
            assert_eq!(after["capturedAmount"], idr(60_000));
            assert_eq!(charge["captured"], 60_000);
        } else {
            assert_eq!(after["status"], "expired", "{after}");
            assert_eq!(after["capturedAmount"], Value::Null);
            assert_eq!(charge["captured"], 0);
        }
    }
}

/// Insists that 40,000 went back once, and that the answer says so.
async fn one_refund(shop: &Shop, doomed: &Doomed<'_>, payment: &Payment, answer: &Answer) {
    assert_eq!(answer.expect(201).body["status"], "succeeded");
    let rows = shop.doku.of_invoice("cardRefunds", payment).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    let request = &answer.body["gateway"]["partnerRefundNo"];
    assert_eq!(&rows[0]["requestId"], request);
    let now = shop.read(&payment.id).await;
    assert_eq!(now["status"], "partially_refunded");
    assert_eq!(now["refundedAmount"], idr(40_000));
    assert_eq!(now["refundableAmount"], idr(20_000));
    assert_eq!(now["flags"], json!([]));
    assert_eq!(shop.doku.card_charge(payment).await["refunded"], 40_000);
    assert_eq!(count(shop, &payment.id, "refund.succeeded").await, 1);
    assert!(doomed.send().await.expect(201).is_replayed());
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refund_killed_after_doku_gave_the_money_back_gave_it_once() {
    for notified in [false, true] {
        let shop = Shop::open().await;
        let payment = shop.captured(AMOUNT, 60_000).await;
        let doomed = refund(&shop, &payment);
        if !notified {
            shop.doku.holds_notifications(1).await;
        }
        shop.doku
            .goes_wrong("card_refund", "accept_then_hang")
            .await;
        doomed.dies_during("card_refund").await;
        if notified {
            shop.wait_until(&payment.id, "partially_refunded").await;
        }
        let answer = doomed.is_repeated().await;
        let calls = if notified { 1 } else { 2 };
        shop.doku.was_asked_again("card_refund", calls).await;
        one_refund(&shop, &doomed, &payment, &answer).await;
        if !notified {
            assert_eq!(shop.doku.releases_notifications().await, 1);
            one_refund(&shop, &doomed, &payment, &answer).await;
        }
    }
}

#[tokio::test]
async fn a_refund_killed_before_doku_gave_the_money_back_gives_it_once() {
    let shop = Shop::open().await;
    let payment = shop.captured(AMOUNT, 60_000).await;
    let doomed = refund(&shop, &payment);
    shop.doku.goes_wrong("card_refund", "hang").await;
    doomed.dies_during("card_refund").await;
    // Until it is known, the money counts as gone.
    let now = shop.read(&payment.id).await;
    assert_eq!(now["refundableAmount"], idr(20_000));
    let answer = doomed.is_repeated().await;
    let calls = shop.doku.calls("card_refund").await;
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert_eq!(calls[0]["requestId"], calls[1]["requestId"]);
    one_refund(&shop, &doomed, &payment, &answer).await;
}
