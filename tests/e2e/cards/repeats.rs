//! The same request again after a lost answer, when the second attempt goes wrong too: that it was
//! not taken says nothing of the first.

use serde_json::{Value, json};

use super::AMOUNT;
use super::lost::Lost;
use crate::support::{A_MINUTE, Answer, Payment, Relay, Shop, idr};

const PAGE_PATH: &str = "/credit-card/v1/payment-page";
const CAPTURE_PATH: &str = "/credit-card/capture";
const REFUND_PATH: &str = "/cancellation/credit-card/refund";

/// What the second attempt meets.
#[derive(Debug, Clone, Copy)]
enum Obstacle {
    /// Nobody takes the connection.
    NoConnection,
    /// Something before DOKU answers with that status.
    Refusal(u16),
}

const OBSTACLES: [Obstacle; 3] = [
    Obstacle::NoConnection,
    Obstacle::Refusal(429),
    Obstacle::Refusal(401),
];

/// A shop whose line to DOKU can be cut.
async fn open() -> (Relay, Shop) {
    open_repeating_within("86400").await
}

/// One that repeats a request for so many seconds, and asks how it stands after that.
async fn open_repeating_within(seconds: &str) -> (Relay, Shop) {
    let relay = Relay::start().await;
    let parameters = [
        ("DokuBaseUrl", relay.url()),
        ("RepeatWithinSeconds", seconds.to_owned()),
    ];
    let shop = Shop::open_with(move |options| {
        let named = parameters.map(|(name, value)| (name.to_owned(), value));
        options.parameters.extend(named);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    relay.signs_with(shop.world.secrets().field("secretKey"));
    (relay, shop)
}

/// Loses the first answer, though DOKU does the work; gives what the repeat that does not reach DOKU
/// is answered.
async fn hindered(
    relay: &Relay,
    lost: &Lost<'_>,
    (function, path): (&str, &str),
    obstacle: Obstacle,
) -> Answer {
    lost.is_lost("accept_then_reset").await;
    lost.shop.doku.time_passes(A_MINUTE).await;
    match obstacle {
        Obstacle::NoConnection => {
            relay.hangs_up().await;
            // A process that is new has no connection left over.
            lost.shop.world.kill(function).await;
        }
        Obstacle::Refusal(status) => relay.refuses(path, status),
    }
    let answer = lost.send().await;
    assert_eq!(answer.status, 202, "{obstacle:?}: {}", answer.text);
    assert!(answer.retry_after().is_some_and(|seconds| seconds > 0));
    assert!(!answer.is_replayed(), "{obstacle:?}");
    assert_eq!(lost.shop.doku.called(lost.operation).await, 1);
    answer
}

/// The line is back, and so is the answer: DOKU's first, under the same `Request-Id`.
async fn unhindered(relay: &Relay, lost: &Lost<'_>, obstacle: Obstacle) -> Answer {
    match obstacle {
        Obstacle::NoConnection => relay.picks_up().await,
        Obstacle::Refusal(_) => relay.refuses_nothing(),
    }
    lost.shop.doku.time_passes(A_MINUTE).await;
    let answer = lost.send().await;
    lost.shop.doku.was_asked_again(lost.operation, 2).await;
    assert!(lost.send().await.is_replayed(), "{obstacle:?}");
    answer
}

/// The payment that an answer is about.
fn answered(answer: Answer) -> Payment {
    Payment {
        id: answer.word("paymentId"),
        status: answer.word("status"),
        body: answer.body,
    }
}

#[tokio::test]
async fn a_page_stays_unknown_when_the_repeat_does_not_reach_doku() {
    let (relay, shop) = open().await;
    for obstacle in OBSTACLES {
        let lost = Lost::page(&shop);
        let answer = hindered(&relay, &lost, ("pay", PAGE_PATH), obstacle).await;
        assert_eq!(answer.body["status"], "unknown", "{obstacle:?}");

        let answer = unhindered(&relay, &lost, obstacle).await;
        assert_eq!(answer.expect(201).body["status"], "redirect_required");
        let payment = answered(answer);
        assert_eq!(shop.doku.of_invoice("cardPages", &payment).await.len(), 1);
        shop.holder_pays(&payment, "approve").await;
        shop.wait_until_paid(&payment.id).await;
        shop.doku.card_charge(&payment).await;
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_capture_stays_unknown_when_the_repeat_does_not_reach_doku() {
    let (relay, shop) = open().await;
    for obstacle in OBSTACLES {
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.holds_notifications(1).await;
        let lost = Lost::capture(&shop, &payment);
        let answer = hindered(&relay, &lost, ("capture", CAPTURE_PATH), obstacle).await;
        assert_eq!(answer.body["status"], "authorized", "{obstacle:?}");
        assert_eq!(answer.body["capture"]["status"], "unknown", "{obstacle:?}");
        if matches!(obstacle, Obstacle::NoConnection) {
            // Nobody takes it a second time, while nobody can ask what became of the first.
            let other = shop.capture(&payment.id, Some(10_000)).await;
            other.expect_problem(409, "illegal_transition");
        }

        let answer = unhindered(&relay, &lost, obstacle).await;
        assert_eq!(answer.expect(200).body["status"], "paid", "{obstacle:?}");
        assert_eq!(answer.body["capturedAmount"], idr(60_000), "{obstacle:?}");
        assert_eq!(shop.doku.releases_notifications().await, 1);
        let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
        assert_eq!(captures.len(), 1, "{obstacle:?}: {captures:?}");
        assert_eq!(shop.doku.card_charge(&payment).await["captured"], 60_000);
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refund_stays_set_aside_when_the_repeat_does_not_reach_doku() {
    let (relay, shop) = open().await;
    for obstacle in OBSTACLES {
        let payment = shop.captured(AMOUNT, 60_000).await;
        shop.doku.holds_notifications(1).await;
        let lost = Lost::refund(&shop, &payment);
        let answer = hindered(&relay, &lost, ("refund", REFUND_PATH), obstacle).await;
        assert_eq!(answer.body["status"], "unknown", "{obstacle:?}");
        let meanwhile = shop.read(&payment.id).await;
        assert_eq!(meanwhile["refundableAmount"], idr(20_000), "{obstacle:?}");
        assert_eq!(meanwhile["refundedAmount"], idr(0), "{obstacle:?}");
        let too_much = shop.refund(&payment.id, 20_001).await;
        too_much.expect_problem(409, "illegal_transition");

        let answer = unhindered(&relay, &lost, obstacle).await;
        assert_eq!(answer.expect(201).body["status"], "succeeded");
        assert_eq!(shop.doku.releases_notifications().await, 1);
        let after = shop.read(&payment.id).await;
        assert_eq!(after["refundedAmount"], idr(40_000), "{obstacle:?}");
        assert_eq!(after["refundableAmount"], idr(20_000), "{obstacle:?}");
        assert_eq!(after["flags"], json!([]), "{obstacle:?}");
        let refunds = shop.doku.of_invoice("cardRefunds", &payment).await;
        assert_eq!(refunds.len(), 1, "{obstacle:?}: {refunds:?}");
        assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 40_000);
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn what_doku_cannot_be_asked_about_stays_unknown() {
    let (relay, shop) = open_repeating_within("30").await;
    let held = shop.authorised(AMOUNT).await;
    let paid = shop.captured(AMOUNT, 60_000).await;
    shop.doku.falls_silent().await;
    for (function, lost, status) in [
        ("capture", Lost::capture(&shop, &held), "paid"),
        ("refund", Lost::refund(&shop, &paid), "succeeded"),
    ] {
        shop.doku.holds_notifications(1).await;
        lost.is_lost("accept_then_reset").await;
        shop.doku.time_passes(A_MINUTE).await;
        relay.hangs_up().await;
        shop.world.kill(function).await;
        let answer = lost.send().await;
        assert_eq!(answer.status, 202, "{function}: {}", answer.text);
        let refundable = shop.read(&paid.id).await["refundableAmount"].clone();
        let set_aside = if function == "refund" { 40_000 } else { 0 };
        assert_eq!(refundable, idr(60_000 - set_aside), "{function}");

        relay.picks_up().await;
        shop.doku.time_passes(A_MINUTE).await;
        let answer = lost.send().await;
        assert_eq!(answer.body["status"], status, "{}", answer.text);
        assert_eq!(shop.doku.called(lost.operation).await, 1, "{function}");
        assert_eq!(shop.doku.releases_notifications().await, 1);
    }
    assert_eq!(shop.doku.card_charge(&held).await["captured"], 60_000);
    assert_eq!(shop.doku.card_charge(&paid).await["refunded"], 40_000);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn an_attempt_that_was_lost_counts_whatever_was_not_taken_before_and_after_it() {
    let (relay, shop) = open().await;
    let held = shop.authorised(AMOUNT).await;
    let paid = shop.captured(AMOUNT, 60_000).await;
    shop.doku.falls_silent().await;
    for (path, lost, status) in [
        (PAGE_PATH, Lost::page(&shop), 201),
        (CAPTURE_PATH, Lost::capture(&shop, &held), 200),
        (REFUND_PATH, Lost::refund(&shop, &paid), 201),
    ] {
        relay.refuses(path, 429);
        for _ in 0..2 {
            let answer = lost.send().await;
            assert_eq!(answer.body["outcome"], "none", "{path}: {}", answer.text);
        }
        relay.refuses_nothing();
        shop.doku.holds_notifications(1).await;
        lost.is_lost("accept_then_reset").await;
        shop.doku.time_passes(A_MINUTE).await;
        relay.refuses(path, 429);
        let answer = lost.send().await;
        assert_eq!(answer.status, 202, "{path}: {}", answer.text);
        relay.refuses_nothing();
        shop.doku.time_passes(A_MINUTE).await;
        lost.send().await.expect(status);
        shop.doku.was_asked_again(lost.operation, 2).await;
        shop.doku.releases_notifications().await;
        shop.doku.recovers().await;
    }
    assert_eq!(shop.doku.card_charge(&held).await["captured"], 60_000);
    assert_eq!(shop.doku.card_charge(&paid).await["refunded"], 40_000);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_manual_refund_whose_answer_is_lost_is_done_when_dokus_staff_have_done_it() {
    let shop = Shop::open().await;
    shop.doku.is_set(json!({"manualRefunds": true})).await;
    // Whether we hear that it was taken before or after it is done.
    for repeated_first in [true, false] {
        let payment = shop.captured(AMOUNT, 60_000).await;
        let lost = Lost::refund(&shop, &payment);
        let refund = lost.is_lost("accept_then_reset").await.body;
        assert_eq!(refund["status"], "unknown");
        shop.doku.time_passes(A_MINUTE).await;
        if repeated_first {
            let answer = lost.send().await;
            assert_eq!(answer.expect(201).body["status"], "pending");
            assert_eq!(answer.body["manual"], true);
        }
        let request = &refund["gateway"]["partnerRefundNo"];
        let order = json!({"requestId": request, "success": true});
        shop.doku.order("cards/complete", order).await;
        shop.doku.falls_silent().await;
        let answer = lost.send().await;
        let refund = shop.read_refund(&payment, &refund).await;
        assert_eq!(refund["status"], "succeeded", "{}", answer.text);
        let calls = if repeated_first { 2 } else { 1 };
        shop.doku.was_asked_again("card_refund", calls).await;
        let after = shop.read(&payment.id).await;
        assert_eq!(after["refundedAmount"], idr(40_000));
        assert_eq!(after["refundableAmount"], idr(20_000));
        assert_eq!(after["flags"], json!([]));
    }
}

#[tokio::test]
async fn a_page_without_an_address_of_dokus_is_asked_for_again() {
    const URL: &str = "/credit_card_payment_page/url";
    let (relay, shop) = open().await;
    for address in [
        Value::Null,
        json!(""),
        json!("https://elsewhere.example/credit-card/ui/payment/abc"),
    ] {
        shop.doku.forget_calls().await;
        let lost = Lost::page(&shop);
        relay.misquotes(PAGE_PATH, URL, address.clone());
        let answer = lost.send().await;
        assert_eq!(answer.status, 202, "{address}: {}", answer.text);
        assert_eq!(answer.body["status"], "unknown", "{address}");
        assert_ne!(answer.body["nextAction"]["type"], "redirect", "{address}");
        assert!(!answer.text.contains("elsewhere"), "{}", answer.text);

        shop.doku.time_passes(A_MINUTE).await;
        let answer = lost.send().await;
        assert_eq!(answer.expect(201).body["status"], "redirect_required");
        shop.doku.was_asked_again("payment_page", 2).await;
        let payment = answered(answer);
        let pages = shop.doku.of_invoice("cardPages", &payment).await;
        assert_eq!(pages.len(), 1, "{address}: {pages:?}");
        let id = pages[0]["pageId"].as_str().unwrap();
        assert!(payment.page().ends_with(id), "{address}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refusal_that_nobody_heard_is_a_refusal_when_it_is_heard_again() {
    let shop = Shop::open().await;
    // DOKU's staff gave most of it back, and nobody told us: what we ask for is too much.
    let payment = shop.captured(AMOUNT, 60_000).await;
    shop.doku.holds_notifications(1).await;
    let order = json!({"invoiceNumber": payment.invoice(), "amount": 50_000});
    shop.doku.order("cards/refund", order).await;
    let lost = Lost::refund(&shop, &payment);
    lost.is_lost("accept_then_reset").await;
    assert_eq!(
        shop.read(&payment.id).await["refundableAmount"],
        idr(20_000)
    );
    shop.doku.time_passes(A_MINUTE).await;
    let answer = lost.send().await;
    shop.doku.was_asked_again("card_refund", 2).await;
    assert_eq!(answer.expect(201).body["status"], "failed");
    assert_eq!(
        shop.read(&payment.id).await["refundableAmount"],
        idr(60_000)
    );
    assert_eq!(shop.doku.card_charge(&payment).await["refunded"], 50_000);
    assert!(lost.send().await.is_replayed());
}

#[tokio::test]
async fn a_refused_capture_that_nobody_heard_is_refused_when_it_is_heard_again() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("AUTHORIZE", AMOUNT);
    let payment = shop.open_page(&body).await;
    shop.doku.holds_notifications(1).await;
    shop.holder_pays(&payment, "approve").await;
    // The authorisation has a name that DOKU does not know.
    let order = json!({"invoiceNumber": payment.invoice(), "set": {"authorize_id": "404"}});
    shop.told_of_card(order).await;
    let lost = Lost::capture(&shop, &payment);
    lost.is_lost("accept_then_reset").await;
    shop.doku.time_passes(A_MINUTE).await;
    let answer = lost.send().await;
    shop.doku.was_asked_again("capture", 2).await;
    assert_eq!(answer.expect(200).body["status"], "authorized");
    assert_eq!(answer.body["capture"]["status"], "failed");
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], 0);
}

#[tokio::test]
async fn a_refund_that_is_known_already_and_not_found_is_no_failure() {
    let shop = Shop::open_impatient().await;
    let paid = shop.captured(AMOUNT, 60_000).await;
    let lost = Lost::refund(&shop, &paid);
    lost.is_lost("reset").await;
    shop.doku.time_passes(A_MINUTE).await;
    // DOKU is still at the first one, as far as anybody knows.
    let fault = json!({
        "operation": "card_refund", "kind": "reject",
        "responseCode": "409", "errorCode": "DUPLICATE_TRANSACTION",
    });
    shop.doku.order("faults", fault).await;
    let answer = lost.send().await;
    assert_eq!(answer.expect(202).body["status"], "unknown");
    assert_eq!(
        shop.read(&paid.id).await["refundableAmount"],
        idr(20_000),
        "the amount stays set aside"
    );
    shop.doku.recovers().await;
    shop.doku.time_passes(A_MINUTE).await;
    let answer = lost.send().await;
    assert_eq!(answer.expect(201).body["status"], "succeeded");
    assert_eq!(shop.doku.card_charge(&paid).await["refunded"], 40_000);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_capture_of_a_hold_that_is_gone_fails_instead_of_staying_unknown() {
    for gone in ["EXPIRED", "VOIDED"] {
        let shop = Shop::open_impatient().await;
        let held = shop.authorised(AMOUNT).await;
        let lost = Lost::capture(&shop, &held);
        lost.is_lost("reset").await;
        shop.doku.time_passes(A_MINUTE).await;
        shop.doku.refuses("capture", "400").await;
        let fault = json!({
            "operation": "order_status", "kind": "alter",
            "set": {"transaction": {"status": gone, "type": null}},
        });
        shop.doku.order("faults", fault).await;
        let answer = lost.send().await;
        assert_eq!(answer.expect(200).body["capture"]["status"], "failed");
        assert_eq!(answer.body["capturedAmount"], Value::Null, "{gone}");
        assert_eq!(shop.doku.card_charge(&held).await["captured"], 0, "{gone}");
    }
}
