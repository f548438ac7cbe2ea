//! Answers that disagree with the truth.

use std::time::Duration;

use serde_json::{Value, json};

use crate::bri::client as bri;
use crate::cards::client as cards;
use crate::client::{self, BINDING, OTP, PAYMENT, REFUND, STATUS};
use crate::world::World;

impl World {
    async fn snap_status(&self, reference: &str) -> client::Answer {
        self.call(STATUS, &client::status(reference), None).await
    }
}

#[tokio::test]
async fn snap_takes_it_and_says_no() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    let order = |operation: &str, code: &str| json!({"operation": operation, "kind": "accept_then_reject", "responseCode": code});

    world.fault(order("payment", "5005400")).await;
    let draft = client::payment("INV-1", "10000.00");
    let answer = world.call(PAYMENT, &draft, Some(&token)).await;
    assert_eq!((answer.status, answer.code()), (500, "5005400"));
    assert_eq!(world.snap_status("INV-1").await.code(), "2005500", "known");

    world.initiated("INV-2", &token).await;
    world.fault(order("otp", "4030405")).await;
    let otp = client::otp("INV-2", &token, "111000");
    let answer = world.call(OTP, &otp, Some(&token)).await;
    assert_eq!((answer.status, answer.code()), (403, "4030405"));
    assert_eq!(world.rows("charges").await.len(), 1);
    let calls = world.look("/admin/calls").await;
    let call = calls.as_array().unwrap().last().unwrap();
    assert_eq!(call["accepted"], true, "{call}");
    assert_eq!(call["responseCode"], "4030405", "{call}");

    world.fault(order("refund", "4045813")).await;
    let refund = client::refund("INV-2", "REF-1", "4000.00");
    assert_eq!(
        world.call(REFUND, &refund, Some(&token)).await.code(),
        "4045813"
    );
    assert_eq!(world.rows("refunds").await.len(), 1);
    assert_eq!(
        world.call(REFUND, &refund, Some(&token)).await.code(),
        "2005800"
    );
    assert_eq!(world.rows("refunds").await.len(), 1);

    world.fault(order("binding", "4030705")).await;
    let answer = world
        .call(BINDING, &client::binding("cust-002"), None)
        .await;
    assert_eq!(answer.code(), "4030705");
    assert_eq!(world.rows("bindings").await.len(), 2);
}

#[tokio::test]
async fn snap_says_yes_and_does_nothing() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    let order = |operation: &str| json!({"operation": operation, "kind": "acknowledge_only"});
    world.fault(order("payment")).await;
    let draft = client::payment("INV-1", "10000.00");
    let answer = world.call(PAYMENT, &draft, Some(&token)).await;
    assert_eq!(answer.code(), "2005400");
    assert_eq!(world.snap_status("INV-1").await.code(), "4045501");

    world.initiated("INV-2", &token).await;
    world.fault(order("otp")).await;
    let otp = client::otp("INV-2", &token, "111000");
    assert_eq!(world.call(OTP, &otp, Some(&token)).await.code(), "2000400");
    assert_eq!(world.rows("charges").await.len(), 0);
    assert_eq!(world.call(OTP, &otp, Some(&token)).await.code(), "2000400");
    assert_eq!(world.rows("charges").await.len(), 1);

    world.fault(order("refund")).await;
    let refund = client::refund("INV-2", "REF-1", "4000.00");
    assert_eq!(
        world.call(REFUND, &refund, Some(&token)).await.code(),
        "2005800"
    );
    assert_eq!(world.rows("refunds").await.len(), 0);
    let deliveries = world.deliveries(1).await;
    assert_eq!(deliveries.len(), 1, "the payment only: {deliveries:?}");

    world.fault(order("b2b")).await;
    let minted = world
        .token(client::B2B, &json!({"grantType": "client_credentials"}))
        .await;
    assert_eq!(minted.code(), "2007300");
    assert_eq!(
        world.snap_status("INV-2").await.code(),
        "2005500",
        "the older token is the newest that DOKU knows"
    );
}

#[tokio::test]
async fn a_snap_status_misses_lags_or_lists_no_refunds() {
    let mut world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.paid("INV-1", &token).await;
    world.advance(Duration::from_mins(10)).await;
    world.mint_b2b().await;
    let refund = client::refund("INV-1", "REF-1", "4000.00");
    assert_eq!(
        world.call(REFUND, &refund, Some(&token)).await.code(),
        "2005800"
    );
    let entry = |status: &client::Answer| status.body["refundHistory"].clone();

    let table = [
        (json!({"kind": "miss"}), "4045501", "", None),
        (json!({"kind": "lag"}), "2005500", "03", Some(0)),
        (
            json!({"kind": "lag", "delayMs": 60_000}),
            "2005500",
            "00",
            Some(0),
        ),
        (
            json!({"kind": "lag", "delayMs": 3_600_000}),
            "4045501",
            "",
            None,
        ),
        (json!({"kind": "empty_history"}), "2005500", "00", Some(0)),
        (json!({"kind": "no_history"}), "2005500", "00", None),
        (
            json!({"kind": "lag", "delayMs": 0}),
            "2005500",
            "04",
            Some(1),
        ),
    ];
    for (mut fault, code, status, listed) in table {
        fault["operation"] = json!("status");
        world.fault(fault.clone()).await;
        let answer = world.snap_status("INV-1").await;
        assert_eq!(answer.code(), code, "{fault}");
        let latest = answer.text("/latestTransactionStatus");
        assert_eq!(latest, status, "{fault}");
        let count = entry(&answer).as_array().map(Vec::len);
        assert_eq!(count, listed, "{fault}");
        let truth = world.snap_status("INV-1").await;
        assert_eq!(truth.text("/latestTransactionStatus"), "04", "{fault}");
        assert_eq!(entry(&truth)[0]["partnerRefundNo"], "REF-1", "{fault}");
    }

    world
        .fault(json!({"operation": "status", "kind": "miss", "forMs": 60_000}))
        .await;
    for _ in 0..3 {
        assert_eq!(world.snap_status("INV-1").await.code(), "4045501");
    }
    world.advance(Duration::from_mins(1)).await;
    assert_eq!(world.snap_status("INV-1").await.code(), "2005500");
}

#[tokio::test]
async fn a_lagging_status_leaves_the_truth_and_what_is_announced_alone() {
    let mut world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.paid("INV-1", &token).await;
    world.deliveries(1).await;
    for kind in ["lag", "empty_history"] {
        world
            .fault(json!({"operation": "status", "kind": kind}))
            .await;
        world.snap_status("INV-1").await;
    }
    world.advance(Duration::from_mins(1)).await;
    assert_eq!(world.deliveries(1).await.len(), 1);
    assert_eq!(world.rows("charges").await.len(), 1);
}

#[tokio::test]
async fn cards_take_it_and_say_no_or_say_yes_and_do_nothing() {
    let mut world = World::start().await;
    let reject = |operation: &str| {
        json!({
            "operation": operation, "kind": "accept_then_reject",
            "responseCode": "400", "errorCode": "INVALID_PARAMETER",
        })
    };
    let forget = |operation: &str| json!({"operation": operation, "kind": "acknowledge_only"});
    world.fault(reject("payment_page")).await;
    let answer = world.card(cards::PAGE, &cards::page("INV-1")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.at("/error/code"), "INVALID_PARAMETER");
    assert_eq!(world.rows("cardPages").await.len(), 1);

    world.charged(&cards::authorize("INV-2")).await;
    let id = world.rows("cardCharges").await[0]["authorizeId"].clone();
    let capture = cards::capture(id.as_str().unwrap(), None);
    world.fault(forget("capture")).await;
    let draft = world.card_draft(cards::CAPTURE, Some(&capture));
    let answer = world.send_card(&draft).await.unwrap();
    assert_eq!(answer.at("/payment/status"), "SUCCESS");
    assert_eq!(world.rows("cardCaptures").await.len(), 0);
    assert_eq!(world.order_status(&draft.id()).await.status, 404);
    world.fault(reject("capture")).await;
    let answer = world.send_card(&draft).await.unwrap();
    assert_eq!(answer.status, 400, "the id is free");
    assert_eq!(world.rows("cardCaptures").await.len(), 1);
    let again = world.send_card(&draft).await.unwrap();
    assert_eq!(again.status, 409, "the first answer");
    assert_eq!(again.at("/error/code"), "INVALID_PARAMETER");

    let page = world.charged(&cards::page("INV-3")).await;
    world.advance(Duration::from_hours(24)).await;
    let refund = cards::refund("INV-3", &page, 30_000);
    world.fault(forget("card_refund")).await;
    let answer = world.card(cards::REFUND, &refund).await;
    assert_eq!(answer.at("/refund/status"), "SUCCESS");
    assert_eq!(world.rows("cardRefunds").await.len(), 0);
    world.fault(reject("card_refund")).await;
    assert_eq!(world.card(cards::REFUND, &refund).await.status, 400);
    assert_eq!(world.rows("cardRefunds").await.len(), 1);

    for kind in ["no_history", "empty_history"] {
        let fault = json!({"operation": "order_status", "kind": kind});
        world.fault(fault).await;
        let status = world.order_status("INV-3").await;
        assert_eq!(status.body["refund"], Value::Null, "{kind}");
    }
    let status = world.order_status("INV-3").await;
    assert_eq!(status.at("/refund/amount"), "30000");
    world
        .fault(json!({"operation": "order_status", "kind": "miss"}))
        .await;
    assert_eq!(world.order_status("INV-3").await.status, 404);
    world
        .fault(json!({"operation": "order_status", "kind": "lag"}))
        .await;
    let first = world.order_status("INV-3").await;
    assert_eq!(first.at("/transaction/status"), "PENDING", "a page only");
}

#[tokio::test]
async fn bri_takes_a_charge_and_says_no_or_says_yes_and_does_nothing() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let order = bri::order("SUB-1", "cust-001", &token);
    world
        .fault(json!({"operation": "bri_recurring", "kind": "acknowledge_only"}))
        .await;
    assert_eq!(world.recurs("SUB-1", "cust-001", &token).await, "PENDING");
    assert_eq!(world.rows("charges").await.len(), 0);
    assert_eq!(world.order_status("SUB-1").await.status, 404);
    let reject = json!({
        "operation": "bri_recurring", "kind": "accept_then_reject", "responseCode": "403",
    });
    world.fault(reject).await;
    assert_eq!(world.card(bri::RECURRING, &order).await.status, 403);
    assert_eq!(world.rows("charges").await.len(), 1);
    assert_eq!(world.stands("SUB-1").await.0, "SUCCESS");
    world
        .fault(json!({"operation": "order_status", "kind": "lag"}))
        .await;
    assert_eq!(world.stands("SUB-1").await.0, "PENDING");
}
