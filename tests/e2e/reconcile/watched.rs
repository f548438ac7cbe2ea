//! What is not finished stays watched, by the plan, until it is; and only what DOKU says outright ends it.

use std::time::Duration;

use serde_json::{Value, json};

use super::{A_DAY, AMOUNT, MAY_ASK};
use crate::support::{Shop, count, fresh, idr};

/// DOKU does not answer these calls in a way that says anything.
async fn says_nothing(shop: &Shop, operation: &str) {
    let fault = json!({"operation": operation, "kind": "bad_gateway", "times": 1_000_000});
    shop.doku.order("faults", fault).await;
}

/// Time passes in steps of a minute; how often DOKU was asked meanwhile.
async fn asked_by_the_minute(shop: &Shop, operation: &str, minutes: u64) -> usize {
    let before = shop.doku.called(operation).await;
    for _ in 0..minutes {
        shop.looks_after(Duration::from_mins(1)).await;
    }
    shop.doku.called(operation).await - before
}

/// Days pass; how often a person was told, in the end, and whether anything is left to do.
async fn told_after(shop: &Shop, days: u32, told: impl AsyncFn() -> usize) -> (usize, Value) {
    for _ in 0..days {
        shop.looks_after(A_DAY + MAY_ASK).await;
    }
    let swept = shop.looks_after(MAY_ASK).await;
    (told().await, swept["due"].clone())
}

/// How many events of that type there are, whatever they are about.
async fn told_of(shop: &Shop, kind: &str) -> usize {
    let table = shop.table().await;
    let told = |item: &&Value| item["type"]["S"] == kind;
    table.iter().filter(told).count()
}

#[tokio::test]
async fn a_lost_unlinking_stays_one_when_the_next_attempt_does_not_leave() {
    let shop = Shop::reconciled().await;
    for kind in ["accept_then_reset", "reset"] {
        let binding = shop.link_account(&fresh("cust")).await;
        let path = format!("/v1/bindings/{binding}");
        shop.doku.goes_wrong("unbinding", kind).await;
        let lost = shop.merchant.delete_with(&fresh("unlink"), &path).await;
        lost.expect(202);
        shop.doku.refuses("unbinding", "4290500").await;
        let swept = shop.looks_after(MAY_ASK).await;
        assert_eq!(swept["finished"], 0, "{kind}: {swept}");
        let now = shop.read_binding(&binding).await;
        assert_eq!(now["status"], "unbinding", "{kind}: {now}");
        shop.looks_after(Duration::from_mins(2)).await;
        let now = shop.read_binding(&binding).await;
        assert_eq!(now["status"], "unbound", "{kind}: {now}");
    }
}

#[tokio::test]
async fn who_was_promised_an_unlinking_is_told_that_doku_refused() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    let path = format!("/v1/bindings/{binding}");
    shop.doku.goes_wrong("unbinding", "reset").await;
    let key = fresh("unlink");
    let lost = shop.merchant.delete_with(&key, &path).await;
    lost.expect(202);
    shop.doku.refuses("unbinding", "4030505").await;
    shop.looks_after(MAY_ASK).await;
    let now = shop.read_binding(&binding).await;
    assert_eq!(now["status"], "active", "{now}");
    assert_eq!(now["failure"]["code"], "declined", "{now}");
    assert_eq!(told_of(&shop, "binding.unbind_failed").await, 1);
}

#[tokio::test]
async fn a_refund_is_not_given_up_because_doku_lists_no_refunds() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.hears_nothing().await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    let lost = shop.refund(&id, 4_000).await;
    lost.expect(202);
    let silent = json!({
        "operation": "status", "kind": "alter", "times": 3,
        "set": {"latestTransactionStatus": "00", "refundHistory": null},
    });
    shop.doku.order("faults", silent).await;
    let path = format!("/v1/payments/{id}/refunds/{}", lost.word("refundId"));
    for minutes in [0, 5, 10] {
        shop.looks_after(MAY_ASK + Duration::from_mins(minutes))
            .await;
        let refund = shop.merchant.get(&path).await;
        assert_eq!(refund.expect(200).body["status"], "unknown");
    }
    let payment = shop.read(&id).await;
    assert_eq!(payment["refundableAmount"], idr(AMOUNT - 4_000), "held");
    shop.looks_after(Duration::from_mins(30)).await;
    let refund = shop.merchant.get(&path).await;
    assert_eq!(refund.expect(200).body["status"], "succeeded");
    assert_eq!(shop.read(&id).await["refundedAmount"], idr(4_000));
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refund_that_may_be_done_stays_set_aside_when_the_next_attempt_comes_to_nothing() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    // The next attempt is not taken, does not arrive, or is refused.
    for next in ["4295800", "reset", "4035814"] {
        let id = shop.paid(&binding, AMOUNT).await;
        shop.hears_nothing().await;
        let path = format!("/v1/payments/{id}/refunds");
        let (key, body) = (fresh("refund"), json!({"amount": idr(6_000)}));
        let send = || shop.merchant.post_with(&key, &path, &body);
        shop.doku.goes_wrong("refund", "accept_then_reset").await;
        send().await.expect(202);
        let silent = json!({
            "operation": "status", "kind": "alter", "times": 3,
            "set": {"latestTransactionStatus": "00", "refundHistory": null},
        });
        shop.doku.order("faults", silent).await;
        shop.doku.time_passes(MAY_ASK).await;
        send().await.expect(202);
        shop.doku.time_passes(Duration::from_mins(6)).await;
        if next == "reset" {
            shop.doku.goes_wrong("refund", next).await;
        } else {
            shop.doku.refuses("refund", next).await;
        }
        let calls = shop.doku.called("refund").await;
        send().await.expect(202);
        assert_eq!(shop.doku.called("refund").await, calls + 1, "{next}");
        let payment = shop.read(&id).await;
        assert_eq!(payment["refundableAmount"], idr(AMOUNT - 6_000), "{next}");
        let more = shop.refund(&id, 6_000).await;
        more.expect_problem(409, "illegal_transition");
        shop.doku.recovers().await;
        shop.doku.time_passes(Duration::from_mins(2)).await;
        let done = send().await;
        assert_eq!(done.expect(201).body["status"], "succeeded", "{next}");
        assert_eq!(shop.read(&id).await["refundedAmount"], idr(6_000));
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn no_refund_and_no_capture_is_made_that_nobody_asks_for_any_more() {
    let shop = Shop::reconciled().await;
    let paid = shop.card_paid(AMOUNT).await;
    shop.settle(&paid).await;
    let held = shop.authorised(AMOUNT).await;
    shop.hears_nothing().await;
    shop.doku.goes_wrong("card_refund", "reset").await;
    let refund = shop.refund(&paid.id, 4_000).await;
    refund.expect(202);
    shop.doku.goes_wrong("capture", "reset").await;
    shop.capture(&held.id, None).await.expect(202);
    for minutes in [0, 5, 10] {
        shop.looks_after(MAY_ASK + Duration::from_mins(minutes))
            .await;
    }
    let refund = shop.read_refund(&paid, &refund.body).await;
    assert_eq!(refund["status"], "failed");
    assert_eq!(refund["failure"]["code"], "not_sent");
    assert_eq!(shop.read(&paid.id).await["refundableAmount"], idr(AMOUNT));
    let capture = shop.read(&held.id).await;
    assert_eq!(capture["status"], "authorized");
    assert_eq!(capture["capture"]["status"], "failed", "{capture}");
    assert_eq!(capture["capture"]["failure"]["code"], "not_sent");
    for (operation, calls) in [("card_refund", 1), ("capture", 1)] {
        assert_eq!(shop.doku.called(operation).await, calls, "{operation}");
    }
    // Whoever still wants it asks anew.
    shop.refund(&paid.id, 4_000).await.expect(201);
    shop.capture(&held.id, None).await.expect(200);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn what_is_sent_late_is_looked_at_as_soon_as_any() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    let mut body = shop.payment_body(&binding, AMOUNT);
    body["method"]["confirmation"] = json!("page");
    let key = fresh("late");
    let send = || shop.merchant.post_with(&key, "/v1/payments", &body);
    shop.doku.refuses("payment", "4295400").await;
    send().await.expect_problem(503, "throttled");
    shop.looks_after(MAY_ASK).await;
    shop.hears_nothing().await;
    let repeated = send().await;
    assert_eq!(repeated.expect(201).body["status"], "redirect_required");
    let invoice = repeated.word("invoiceNumber");
    let path = format!("payments/{invoice}/approve");
    shop.doku.order(&path, json!({})).await;
    shop.looks_after(MAY_ASK).await;
    let now = shop.read(&repeated.word("paymentId")).await;
    assert_eq!(now["status"], "paid", "{now}");
}

#[tokio::test]
async fn a_capture_beyond_its_lapse_is_asked_about_by_plan_and_told_of_once() {
    let shop = Shop::reconciled().await;
    let held = shop.authorised(AMOUNT).await;
    shop.looks_after(A_DAY * 6 + A_DAY / 2).await;
    shop.hears_nothing().await;
    shop.doku.goes_wrong("capture", "accept_then_reset").await;
    shop.capture(&held.id, None).await.expect(202);
    says_nothing(&shop, "order_status").await;
    shop.looks_after(A_DAY * 2).await;
    let asked = asked_by_the_minute(&shop, "order_status", 5).await;
    assert_eq!(asked, 0, "once a day by now");
    let told = async || count(&shop, &held.id, "payment.needs_attention").await;
    assert_eq!(told_after(&shop, 9, told).await, (1, json!(0)));
}

#[tokio::test]
async fn a_lapse_that_doku_says_nothing_of_is_asked_about_by_plan_and_told_of_once() {
    let shop = Shop::reconciled().await;
    let held = shop.authorised(AMOUNT).await;
    shop.looks_after(A_DAY * 6 + MAY_ASK).await;
    says_nothing(&shop, "order_status").await;
    shop.looks_after(A_DAY).await;
    let asked = asked_by_the_minute(&shop, "order_status", 12).await;
    assert_eq!(asked, 2, "after two minutes and after five");
    assert_eq!(shop.read(&held.id).await["status"], "authorized");
    let told = async || count(&shop, &held.id, "payment.needs_attention").await;
    assert_eq!(told_after(&shop, 9, told).await, (1, json!(0)));
}

#[tokio::test]
async fn a_linking_that_doku_says_nothing_of_is_asked_about_by_plan_and_told_of_once() {
    let shop = Shop::reconciled().await;
    let unfinished = shop.begin_link("cust-1").await;
    let id = unfinished["bindingId"].as_str().unwrap();
    says_nothing(&shop, "b2b2c").await;
    shop.looks_after(A_DAY + MAY_ASK).await;
    let asked = asked_by_the_minute(&shop, "b2b2c", 12).await;
    assert_eq!(asked, 2, "after two minutes and after five");
    assert_eq!(shop.read_binding(id).await["status"], "pending");
    let told = async || told_of(&shop, "binding.needs_attention").await;
    assert_eq!(told_after(&shop, 9, told).await, (1, json!(0)));
}

#[tokio::test]
async fn a_capture_that_never_left_ends_after_a_day() {
    let shop = Shop::reconciled().await;
    let held = shop.authorised(AMOUNT).await;
    shop.doku.refuses("capture", "429").await;
    let key = fresh("capture");
    let path = format!("/v1/payments/{}/capture", held.id);
    let everything = json!({});
    let send = || shop.merchant.post_with(&key, &path, &everything);
    send().await.expect_problem(503, "throttled");
    shop.looks_after(Duration::from_hours(23)).await;
    assert_eq!(shop.read(&held.id).await["capture"]["status"], "pending");
    shop.looks_after(Duration::from_hours(2)).await;
    let now = shop.read(&held.id).await;
    assert_eq!(now["status"], "authorized", "{now}");
    assert_eq!(now["capture"]["failure"]["code"], "not_sent", "{now}");
    let repeated = send().await;
    let capture = &repeated.expect(200).body["capture"];
    assert_eq!(capture["status"], "failed", "{capture}");
    shop.capture(&held.id, None).await.expect(200);
}
