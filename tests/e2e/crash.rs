//! `kill -9` at the worst moment, and the same request again.

use std::time::Duration;

use serde_json::json;

use crate::support::{A_MINUTE, Answer, Doomed, RIGHT_OTP, Shop, at_once, idr, statuses};

/// How long DOKU must have known nothing of a request before it is sent again.
const FIVE_MINUTES: Duration = Duration::from_secs(301);
/// Longer than any token lives.
const TOKENS_GONE: Duration = Duration::from_secs(901);

fn payment<'s>(shop: &'s Shop, binding: &str) -> Doomed<'s> {
    Doomed {
        shop,
        function: "pay",
        path: "/v1/payments".to_owned(),
        body: shop.payment_body(binding, 10_000),
        key: "pay-key",
    }
}

fn otp<'s>(shop: &'s Shop, payment: &str) -> Doomed<'s> {
    Doomed {
        shop,
        function: "otp",
        path: format!("/v1/payments/{payment}/otp"),
        body: json!({"otp": RIGHT_OTP}),
        key: "otp-key",
    }
}

fn refund<'s>(shop: &'s Shop, payment: &str) -> Doomed<'s> {
    Doomed {
        shop,
        function: "refund",
        path: format!("/v1/payments/{payment}/refunds"),
        body: json!({"amount": idr(4_000)}),
        key: "refund-key",
    }
}

#[tokio::test]
async fn a_payment_killed_after_doku_took_it_is_found_and_not_made_again() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let doomed = payment(&shop, &binding);
    shop.doku.goes_wrong("payment", "accept_then_hang").await;
    doomed.dies_during("payment").await;

    let answer = doomed.is_repeated().await;
    assert_eq!(answer.expect(201).body["status"], "otp_required");
    assert_eq!(answer.body["nextAction"]["type"], "otp");
    assert_eq!(shop.doku.payment_of(&answer.body).await["attempts"], 1);
    assert_eq!(shop.doku.calls("payment").await.len(), 1);

    let id = answer.word("paymentId");
    shop.confirm(&id).await;
    let paid = shop.wait_until_paid(&id).await;
    shop.doku.charged_once(&paid).await;
    let again = doomed.send().await;
    assert!(again.expect(201).is_replayed());
    assert_eq!(again.text, answer.text);
}

#[tokio::test]
async fn a_payment_killed_and_confirmed_on_dokus_page_meanwhile_is_answered_as_paid() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let mut doomed = payment(&shop, &binding);
    doomed.body["method"]["confirmation"] = json!("page");
    shop.doku.goes_wrong("payment", "accept_then_hang").await;
    doomed.dies_during("payment").await;

    let reference = doomed.body["invoiceNumber"].as_str().unwrap();
    shop.doku
        .order(&format!("payments/{reference}/approve"), json!({}))
        .await;
    shop.wait_until_paid(&id_of(&shop, reference).await).await;
    let answer = doomed.is_repeated().await;
    assert_eq!(answer.expect(201).body["status"], "paid");
    assert_eq!(shop.doku.calls("payment").await.len(), 1);
    shop.doku.charged_once(&answer.body).await;
}

/// The id of the payment with that invoice number.
async fn id_of(shop: &Shop, invoice: &str) -> String {
    let path = format!("/v1/payments?invoiceNumber={invoice}");
    let found = shop.merchant.get(&path).await;
    let id = found.expect(200).body["items"][0]["paymentId"].as_str();
    id.unwrap().to_owned()
}

#[tokio::test]
async fn a_payment_killed_twice_the_second_time_while_asking_is_still_one() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let doomed = payment(&shop, &binding);
    shop.doku.goes_wrong("payment", "accept_then_hang").await;
    doomed.dies_during("payment").await;
    shop.doku.time_passes(A_MINUTE).await;
    shop.doku.goes_wrong("status", "hang").await;
    doomed.dies_during("status").await;

    let answer = doomed.is_repeated().await;
    assert_eq!(answer.expect(201).body["status"], "otp_required");
    assert_eq!(shop.doku.payment_of(&answer.body).await["attempts"], 1);
}

#[tokio::test]
async fn a_payment_killed_before_it_was_sent_is_sent_once_when_doku_has_denied_it_twice() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let doomed = payment(&shop, &binding);
    shop.doku.time_passes(TOKENS_GONE).await;
    shop.doku.goes_wrong("b2b", "hang").await;
    doomed.dies_during("b2b").await;
    assert!(shop.doku.calls("payment").await.is_empty());

    // Asked: DOKU does not know it. It might be late, so that is not believed yet.
    let answer = doomed.is_repeated().await;
    assert_eq!(answer.expect(202).body["status"], "unknown");
    assert!(answer.retry_after().is_some());
    let reference = answer.body["gateway"]["partnerReferenceNo"].clone();
    shop.doku.time_passes(A_MINUTE).await;
    let answer = doomed.send().await;
    assert_eq!(answer.expect(202).body["status"], "unknown");
    assert_eq!(shop.doku.calls("status").await.len(), 2);
    assert!(shop.doku.calls("payment").await.is_empty());

    shop.doku.time_passes(FIVE_MINUTES).await;
    let answer = doomed.send().await;
    assert_eq!(answer.expect(201).body["status"], "otp_required");
    assert_eq!(answer.body["gateway"]["partnerReferenceNo"], reference);
    let calls = shop.doku.calls("payment").await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!(calls[0]["reference"], reference);
    assert_eq!(shop.doku.payment_of(&answer.body).await["attempts"], 1);
}

#[tokio::test]
async fn an_otp_killed_after_doku_took_it_is_answered_with_what_became_of_it() {
    for notified in [false, true] {
        let shop = Shop::open().await;
        let binding = shop.link_account("cust-1").await;
        let id = shop.pay(&binding, 10_000).await.id;
        let doomed = otp(&shop, &id);
        if !notified {
            shop.doku.holds_notifications(1).await;
        }
        shop.doku.goes_wrong("otp", "accept_then_hang").await;
        doomed.dies_during("otp").await;
        if notified {
            shop.wait_until_paid(&id).await;
        }

        let answer = doomed.is_repeated().await;
        assert_eq!(answer.expect(200).body["status"], "paid");
        assert_eq!(shop.doku.calls("otp").await.len(), 1);
        if !notified {
            assert_eq!(shop.doku.releases_notifications().await, 1);
        }
        let payment = shop.read(&id).await;
        assert_eq!(payment["status"], "paid");
        shop.doku.charged_once(&payment).await;
        let again = doomed.send().await;
        assert!(again.expect(200).is_replayed());
    }
}

#[tokio::test]
async fn an_otp_killed_before_it_was_sent_is_not_sent_again_but_asked_for_again() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.pay(&binding, 10_000).await;
    let doomed = otp(&shop, &payment.id);
    shop.doku.time_passes(TOKENS_GONE).await;
    shop.doku.goes_wrong("b2b", "hang").await;
    doomed.dies_during("b2b").await;

    let answer = doomed.is_repeated().await;
    assert_eq!(answer.expect(200).body["status"], "otp_required");
    let before = payment.body["nextAction"]["attemptsLeft"].as_u64().unwrap();
    assert_eq!(answer.body["nextAction"]["attemptsLeft"], before - 1);
    assert!(shop.doku.calls("otp").await.is_empty());

    shop.confirm(&payment.id).await;
    let paid = shop.wait_until_paid(&payment.id).await;
    shop.doku.charged_once(&paid).await;
}

#[tokio::test]
async fn a_refund_killed_after_doku_took_it_is_found_and_not_made_again() {
    for notified in [false, true] {
        let shop = Shop::open().await;
        let binding = shop.link_account("cust-1").await;
        let id = shop.paid(&binding, 10_000).await;
        let doomed = refund(&shop, &id);
        if !notified {
            shop.doku.holds_notifications(1).await;
        }
        shop.doku.goes_wrong("refund", "accept_then_hang").await;
        doomed.dies_during("refund").await;
        if notified {
            shop.wait_until(&id, "partially_refunded").await;
        }

        let answer = doomed.is_repeated().await;
        assert_eq!(answer.expect(201).body["status"], "succeeded");
        one_refund(&shop, &id, &answer).await;
        if !notified {
            assert_eq!(shop.doku.releases_notifications().await, 1);
            one_refund(&shop, &id, &answer).await;
        }
        assert!(doomed.send().await.expect(201).is_replayed());
    }
}

#[tokio::test]
async fn repeats_at_once_after_a_crash_send_it_once() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let doomed = payment(&shop, &binding);
    shop.doku.time_passes(TOKENS_GONE).await;
    shop.doku.goes_wrong("b2b", "hang").await;
    doomed.dies_during("b2b").await;
    assert_eq!(doomed.is_repeated().await.status, 202);
    shop.doku.time_passes(FIVE_MINUTES).await;
    // DOKU takes its time now, so that all of them meet.
    let slow = json!({"operation": "payment", "kind": "slow", "delayMs": 500});
    shop.doku.order("faults", slow).await;
    let answers = at_once(25, |_| {
        let (merchant, body) = (shop.merchant.clone(), doomed.body.clone());
        async move { merchant.post_with("pay-key", "/v1/payments", &body).await }
    })
    .await;
    assert!(answers.iter().any(|answer| answer.status == 201));
    for answer in &answers {
        match answer.status {
            201 => assert_eq!(answer.body["status"], "otp_required"),
            202 => assert_eq!(answer.body["status"], "unknown"),
            _ => _ = answer.expect_problem(409, "in_progress"),
        }
    }
    println!("25 repeats at once after a crash: {:?}", statuses(&answers));
    let answer = doomed.send().await;
    assert!(answer.expect(201).is_replayed());
    assert_eq!(shop.doku.calls("payment").await.len(), 1);
    assert_eq!(shop.doku.payment_of(&answer.body).await["attempts"], 1);
}

#[tokio::test]
async fn a_refund_killed_before_it_was_sent_is_sent_once_when_doku_has_denied_it_twice() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, 10_000).await;
    let doomed = refund(&shop, &id);
    shop.doku.time_passes(TOKENS_GONE).await;
    shop.doku.goes_wrong("b2b", "hang").await;
    doomed.dies_during("b2b").await;

    let answer = doomed.is_repeated().await;
    assert_eq!(answer.expect(202).body["status"], "unknown");
    let payment = shop.read(&id).await;
    // Until it is known, the money counts as gone.
    assert_eq!(payment["refundableAmount"], idr(6_000));
    assert!(shop.doku.calls("refund").await.is_empty());
    shop.doku.time_passes(FIVE_MINUTES).await;
    let answer = doomed.send().await;
    assert_eq!(answer.expect(201).body["status"], "succeeded");
    one_refund(&shop, &id, &answer).await;
}

/// DOKU gave back 4,000 once, and the payment says so.
async fn one_refund(shop: &Shop, payment: &str, answer: &Answer) {
    let reference = &answer.body["gateway"]["partnerRefundNo"];
    let rows = shop
        .doku
        .rows("refunds", "partnerRefundNo", reference)
        .await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["attempts"], 1);
    assert_eq!(shop.doku.calls("refund").await.len(), 1);
    let payment = shop.read(payment).await;
    assert_eq!(payment["status"], "partially_refunded");
    assert_eq!(payment["refundedAmount"], idr(4_000));
    assert_eq!(
        shop.doku.payment_of(&payment).await["refunded"],
        payment["refundedAmount"]["value"]
    );
}
