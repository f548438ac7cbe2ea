//! DOKU's answers get lost, or are not DOKU's. Nobody is told "failed", and the same request again
//! brings the truth: DOKU knows its `Request-Id`.

use std::time::Duration;

use serde_json::{Value, json};

use super::AMOUNT;
use super::lost::Lost;
use crate::support::{A_MINUTE, Payment, Relay, Shop, idr};

/// How an answer gets lost, and whether DOKU does the work. The caller sees no difference.
const KINDS: [(&str, bool); 10] = [
    ("accept_then_hang", true),
    ("accept_then_reset", true),
    ("accept_then_bad_gateway", true),
    ("accept_then_garbage", true),
    ("no_signature", true),
    ("wrong_signature", true),
    ("hang", false),
    ("reset", false),
    ("bad_gateway", false),
    ("garbage", false),
];

#[tokio::test]
async fn a_page_whose_answer_is_lost_is_the_same_page_when_it_is_asked_for_again() {
    let shop = Shop::open_impatient().await;
    for (kind, accepted) in KINDS {
        let lost = Lost::page(&shop);
        let first = lost.is_lost(kind).await;
        assert_eq!(first.body["status"], "unknown", "{kind}");
        let answer = lost.is_repeated(kind, accepted).await;
        assert_eq!(answer.expect(201).body["status"], "redirect_required");
        assert_eq!(answer.word("paymentId"), first.word("paymentId"));
        let payment = Payment {
            id: answer.word("paymentId"),
            status: answer.word("status"),
            body: answer.body,
        };
        let pages = shop.doku.of_invoice("cardPages", &payment).await;
        assert_eq!(pages.len(), 1, "{kind}: {pages:?}");
        assert!(
            payment
                .page()
                .ends_with(pages[0]["pageId"].as_str().unwrap())
        );
        shop.holder_pays(&payment, "approve").await;
        shop.wait_until_paid(&payment.id).await;
        shop.doku.card_charge(&payment).await;
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_first_answer_again_is_no_refusal_where_it_was_a_servers_error() {
    let shop = Shop::open_impatient().await;
    let lost = Lost::page(&shop);
    let fault = json!({
        "operation": "payment_page",
        "kind": "accept_then_reject",
        "responseCode": "503",
    });
    shop.doku.order("faults", fault).await;
    let first = lost.send().await;
    assert_eq!(first.expect(202).body["status"], "unknown");
    shop.doku.time_passes(A_MINUTE).await;
    let again = lost.send().await;
    let calls = shop.doku.calls("payment_page").await;
    let ids: Vec<_> = calls.iter().map(|call| &call["requestId"]).collect();
    assert_eq!(ids, [ids[0], ids[0]], "the same request");
    assert_eq!(
        again.expect(202).body["status"],
        "unknown",
        "{}",
        again.text
    );
    let id = again.word("paymentId");
    let invoice = shop.read(&id).await["invoiceNumber"].clone();
    let order = json!({"invoiceNumber": invoice, "card": "approve"});
    shop.doku.order("cards/pay", order).await;
    shop.wait_until_paid(&id).await;
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_is_unknown_until_the_truth_comes() {
    let shop = Shop::open_impatient().await;
    for (kind, accepted) in KINDS {
        for notified in [true, false] {
            if notified && !accepted {
                continue; // nothing to be notified of
            }
            let payment = shop.authorised(AMOUNT).await;
            shop.doku.holds_notifications(1).await;
            let lost = Lost::capture(&shop, &payment);
            let first = lost.is_lost(kind).await;
            assert_eq!(first.body["status"], "authorized", "{kind}");
            assert_eq!(first.body["capture"]["status"], "unknown", "{kind}");
            // Nobody else takes it meanwhile.
            let other = shop.capture(&payment.id, Some(10_000)).await;
            assert_eq!(other.status, 409, "{kind}: {}", other.text);

            let answer = if notified {
                assert_eq!(shop.doku.releases_notifications().await, 1);
                assert_eq!(shop.read(&payment.id).await["status"], "paid", "{kind}");
                let answer = lost.send().await;
                assert_eq!(shop.doku.called("capture").await, 1, "{kind}");
                answer
            } else {
                let answer = lost.is_repeated(kind, accepted).await;
                shop.doku.releases_notifications().await;
                answer
            };
            assert_eq!(answer.expect(200).body["status"], "paid", "{kind}");
            assert_eq!(answer.body["capturedAmount"], idr(60_000), "{kind}");
            let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
            assert_eq!(captures.len(), 1, "{kind}: {captures:?}");
            let charge = shop.doku.card_charge(&payment).await;
            assert_eq!(charge["captured"], 60_000, "{kind}");
        }
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_unknown_until_the_truth_comes() {
    let shop = Shop::open_impatient().await;
    for (kind, accepted) in KINDS {
        for notified in [true, false] {
            if notified && !accepted {
                continue;
            }
            let payment = shop.captured(AMOUNT, 60_000).await;
            shop.doku.holds_notifications(1).await;
            let lost = Lost::refund(&shop, &payment);
            let first = lost.is_lost(kind).await;
            assert_eq!(first.body["status"], "unknown", "{kind}");
            // Until it is known, the money counts as gone.
            let meanwhile = shop.read(&payment.id).await;
            assert_eq!(meanwhile["refundableAmount"], idr(20_000), "{kind}");

            let answer = if notified {
                assert_eq!(shop.doku.releases_notifications().await, 1);
                let answer = lost.send().await;
                assert_eq!(shop.doku.called("card_refund").await, 1, "{kind}");
                answer
            } else {
                let answer = lost.is_repeated(kind, accepted).await;
                shop.doku.releases_notifications().await;
                answer
            };
            assert_eq!(answer.expect(201).body["status"], "succeeded", "{kind}");
            let after = shop.read(&payment.id).await;
            assert_eq!(after["refundedAmount"], idr(40_000), "{kind}");
            assert_eq!(after["status"], "partially_refunded", "{kind}");
            assert_eq!(after["flags"], json!([]), "{kind}");
            let refunds = shop.doku.of_invoice("cardRefunds", &payment).await;
            assert_eq!(refunds.len(), 1, "{kind}: {refunds:?}");
            let charge = shop.doku.card_charge(&payment).await;
            assert_eq!(charge["refunded"], 40_000, "{kind}");
        }
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn when_doku_may_have_forgotten_a_request_it_is_asked_instead() {
    let shop = Shop::open_with(|options| {
        options.doku_timeout = Some(Duration::from_secs(1));
        let soon = ("RepeatWithinSeconds".to_owned(), "30".to_owned());
        options.parameters.extend([soon]);
    })
    .await;
    let held = shop.authorised(AMOUNT).await;
    let paid = shop.captured(AMOUNT, 60_000).await;
    for (lost, status) in [
        (Lost::capture(&shop, &held), "paid"),
        (Lost::refund(&shop, &paid), "succeeded"),
    ] {
        shop.doku.holds_notifications(1).await;
        lost.is_lost("accept_then_reset").await;
        shop.doku.time_passes(A_MINUTE).await;
        let answer = lost.send().await;
        assert_eq!(answer.body["status"], status, "{}", answer.text);
        assert_eq!(shop.doku.called(lost.operation).await, 1);
        // Before it was sent, and instead of sending it again.
        assert_eq!(shop.doku.called("order_status").await, 2);
        assert_eq!(shop.doku.releases_notifications().await, 1);
    }
    assert_eq!(shop.doku.card_charge(&held).await["captured"], 60_000);
    assert_eq!(shop.doku.card_charge(&paid).await["refunded"], 40_000);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refused_connection_is_no_outcome_at_all_and_the_same_key_works_later() {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.parameters.insert("DokuBaseUrl".to_owned(), url);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    relay.signs_with(shop.world.secrets().field("secretKey"));
    let held = shop.authorised(AMOUNT).await;
    let paid = shop.captured(AMOUNT, 60_000).await;
    shop.doku.falls_silent().await;
    for (function, lost, status) in [
        ("pay", Lost::page(&shop), 201),
        ("capture", Lost::capture(&shop, &held), 200),
        ("refund", Lost::refund(&shop, &paid), 201),
    ] {
        shop.doku.forget_calls().await;
        relay.hangs_up().await;
        // A process that is new has no connection left over.
        shop.world.kill(function).await;
        for _ in 0..2 {
            let answer = lost.send().await;
            answer.expect_problem(502, "gateway_unreachable");
            assert_eq!(answer.body["outcome"], "none");
            assert_eq!(answer.body["retryable"], true);
        }
        // What was not sent is not set aside.
        let refundable = shop.read(&paid.id).await["refundableAmount"].clone();
        assert_eq!(refundable, idr(60_000), "{function}");
        assert_eq!(shop.doku.call_count().await, 0, "{function}");

        relay.picks_up().await;
        let answer = lost.send().await;
        answer.expect(status);
        assert_eq!(shop.doku.called(lost.operation).await, 1, "{function}");
        assert!(lost.send().await.expect(status).is_replayed());
        if function == "capture" {
            assert_eq!(answer.body["status"], "paid");
            captured_once(&shop, &held, 60_000).await;
        }
    }
    assert_eq!(shop.doku.card_charge(&paid).await["refunded"], 40_000);
    shop.doku.saw_no_violation().await;
}

/// Insists that so much was captured, once.
async fn captured_once(shop: &Shop, payment: &Payment, rupiah: u64) {
    shop.doku.falls_silent().await;
    assert_eq!(shop.doku.card_charge(payment).await["captured"], rupiah);
    let captures = shop.doku.of_invoice("cardCaptures", payment).await;
    assert_eq!(captures.len(), 1, "{captures:?}");
}

#[tokio::test]
async fn a_capture_that_was_not_sent_is_sent_by_nobody_else() {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.parameters.insert("DokuBaseUrl".to_owned(), url);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    relay.signs_with(shop.world.secrets().field("secretKey"));
    let (instead, lapsing) = (shop.authorised(AMOUNT).await, shop.authorised(AMOUNT).await);
    relay.hangs_up().await;
    shop.world.kill("capture").await;
    for payment in [&instead, &lapsing] {
        let answer = shop.capture(&payment.id, Some(60_000)).await;
        answer.expect_problem(502, "gateway_unreachable");
        // Whoever was told this may do something else instead.
        assert_eq!(answer.body["outcome"], "none");
    }
    relay.picks_up().await;
    let answer = shop.capture(&instead.id, Some(50_000)).await;
    assert_eq!(answer.expect(200).body["capturedAmount"], idr(50_000));
    captured_once(&shop, &instead, 50_000).await;

    shop.doku.time_passes(super::A_WEEK).await;
    for _ in 0..3 {
        shop.tick().await;
    }
    assert_eq!(shop.doku.called("capture").await, 1);
    assert_eq!(shop.read(&lapsing.id).await["status"], "expired");
    assert_eq!(shop.doku.card_charge(&lapsing).await["captured"], 0);
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_is_not_sent_for_another_request() {
    let shop = Shop::open().await;
    let held = shop.authorised(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.doku.forget_calls().await;
    shop.doku.goes_wrong("capture", "reset").await;
    shop.capture(&held.id, Some(60_000)).await.expect(202);
    for minutes in [2, 2] {
        shop.doku.time_passes(A_MINUTE * minutes).await;
        let another = shop.capture(&held.id, Some(50_000)).await;
        another.expect_problem(409, "illegal_transition");
        assert_eq!(shop.doku.called("capture").await, 1);
    }
    // DOKU has said for long enough that it never had the first.
    shop.doku.time_passes(A_MINUTE * 6).await;
    let another = shop.capture(&held.id, Some(50_000)).await;
    assert_eq!(another.expect(200).body["capturedAmount"], idr(50_000));
    captured_once(&shop, &held, 50_000).await;
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn an_answer_about_something_else_is_not_believed() {
    let shop = Shop::open().await;
    let page = Lost::page(&shop);
    let answer = page.is_lost("wrong_echo").await;
    assert_eq!(answer.body["status"], "unknown");
    assert_ne!(answer.body["nextAction"]["type"], "redirect");

    let held = shop.authorised(AMOUNT).await;
    shop.doku.holds_notifications(1).await;
    let capture = Lost::capture(&shop, &held);
    let answer = capture.is_lost("wrong_echo").await;
    assert_eq!(answer.body["status"], "authorized");
    assert_eq!(answer.body["capturedAmount"], Value::Null);
    assert_eq!(shop.doku.releases_notifications().await, 1);
    let answer = capture.send().await;
    assert_eq!(answer.expect(200).body["capturedAmount"], idr(60_000));
    captured_once(&shop, &held, 60_000).await;

    let paid = shop.captured(AMOUNT, 60_000).await;
    shop.doku.holds_notifications(1).await;
    shop.doku.goes_wrong("card_refund", "wrong_echo").await;
    let refund = Lost::refund(&shop, &paid);
    let answer = refund.send().await;
    assert_ne!(answer.body["status"], "succeeded", "{}", answer.text);
    let now = shop.read(&paid.id).await;
    assert_eq!(now["flags"], json!(["amount_mismatch"]), "{now}");
    assert_eq!(now["refundedAmount"], idr(0));
    assert_eq!(now["refundableAmount"], idr(20_000));
    assert_eq!(shop.doku.releases_notifications().await, 1);
    assert_eq!(shop.read(&paid.id).await["refundedAmount"], idr(40_000));
    let refunds = shop.doku.of_invoice("cardRefunds", &paid).await;
    assert_eq!(refunds.len(), 1, "{refunds:?}");
}
