//! How long one thing may keep the others waiting, and whether all of them have their turn.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{AMOUNT, MAY_ASK};
use crate::channels::scene::{CIMB, OVO_CORE};
use crate::support::{Shop, at_once};

/// More than a function that has six seconds can ask about, eight at a time, when each takes one.
const MANY: usize = 44;

#[tokio::test]
async fn an_answer_that_takes_its_time_is_waited_for_as_long_as_the_deployment_says() {
    let shop = Shop::reconciled().await;
    let binding = shop.link_account("cust-1").await;
    shop.doku.goes_wrong("payment", "accept_then_reset").await;
    let body = shop.payment_body(&binding, AMOUNT);
    let lost = shop.merchant.post("/v1/payments", &body).await;
    let id = lost.expect(202).word("paymentId");
    let slow = json!({"operation": "status", "kind": "slow", "delayMs": 7_500});
    shop.doku.order("faults", slow).await;
    shop.looks_after(MAY_ASK).await;
    assert_eq!(shop.read(&id).await["status"], "otp_required");
}

#[tokio::test]
async fn payments_that_hang_keep_no_refund_and_no_binding_waiting() {
    let shop = Shop::open_hurried(6, |options| {
        options.doku_timeout = Some(Duration::from_secs(1));
    })
    .await;
    let wallet = OVO_CORE.link(&shop, "cust-1").await;
    let paid = OVO_CORE.paid(&shop, &wallet).await;
    let paid = paid["paymentId"].as_str().unwrap();
    let unlinking = shop.link_account("cust-2").await;
    let binding = shop.link_account("cust-3").await;
    shop.hears_nothing().await;
    let paying = at_once(MANY, |_| {
        let (merchant, body) = (shop.merchant.clone(), shop.payment_body(&binding, AMOUNT));
        async move { merchant.post("/v1/payments", &body).await }
    })
    .await;
    assert!(paying.iter().all(|answer| answer.status == 201));
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    let refund = shop.refund(paid, 4_000).await;
    assert_eq!(refund.expect(202).body["status"], "unknown");
    shop.doku.goes_wrong("unbinding", "accept_then_reset").await;
    let unlinking = format!("/v1/bindings/{unlinking}");
    let unlinked = shop.merchant.delete_with("unlink", &unlinking).await;
    assert_eq!(unlinked.expect(202).body["status"], "unbinding");

    shop.doku.time_passes(MAY_ASK).await;
    let hang = json!({
        "operation": "status", "channel": CIMB, "kind": "hang", "times": 1_000, "delayMs": 3_000,
    });
    shop.doku.order("faults", hang).await;
    let began = Instant::now();
    let swept = shop.tick().await;
    assert_eq!(swept["complete"], false, "{swept}");
    assert!(began.elapsed() < Duration::from_secs(6), "{swept}");
    let now = shop.merchant.get(&unlinking).await;
    assert_eq!(now.expect(200).body["status"], "unbound", "{swept}");
    let path = format!("/v1/payments/{paid}/refunds/{}", refund.word("refundId"));
    let now = shop.merchant.get(&path).await;
    assert_eq!(now.expect(200).body["status"], "succeeded", "{swept}");
}

#[tokio::test]
async fn what_cannot_be_read_is_left_and_counted_once() {
    let shop = Shop::open_with(|options| {
        let more = json!([{"code": "DIRECT_DEBIT_ANGAN_SNAP", "like": CIMB, "acquirer": "ANGAN"}]);
        options.parameters.extend([
            ("MoreChannels".to_owned(), more.to_string()),
            ("DueShards".to_owned(), "1".to_owned()),
        ]);
    })
    .await;
    let bank = json!({"code": "DIRECT_DEBIT_ANGAN_SNAP", "like": CIMB, "acquirer": "ANGAN"});
    shop.doku.order("channels", bank).await;
    let mut body = shop.binding_body("cust-1");
    body["channel"] = json!("DIRECT_DEBIT_ANGAN_SNAP");
    let binding = shop.merchant.post("/v1/bindings", &body).await;
    shop.agree(&binding.expect(201).body).await.expect(302);
    let payment = shop.pay(&binding.word("bindingId"), AMOUNT).await;
    let without = shop
        .another_deployment(|options| {
            let shards = ("DueShards".to_owned(), "1".to_owned());
            options.parameters.extend([shards]);
        })
        .await;
    shop.doku.time_passes(MAY_ASK).await;
    std::fs::copy(
        shop.world.clock_offset_file(),
        without.world.clock_offset_file(),
    )
    .unwrap();
    let swept = without.tick().await;
    assert_eq!([&swept["due"], &swept["left"]], [1, 1], "{swept}");
    let logs = without.world.logs_text();
    assert!(logs.contains(&payment.id), "nobody can find it: {logs}");
    assert_eq!(shop.tick().await["left"], 0, "with the channel back");
}
