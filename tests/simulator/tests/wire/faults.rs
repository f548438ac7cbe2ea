//! Answers that fail, before and after the work.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::{self, OTP, PAYMENT};
use crate::world::World;

#[tokio::test]
async fn a_fault_spoils_the_answer_before_or_after_the_work() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    // What the client sees: none for a broken connection, otherwise the HTTP status.
    let table = [
        ("reset", None, false),
        ("accept_then_reset", None, true),
        ("hang", None, false),
        ("accept_then_hang", None, true),
        ("bad_gateway", Some(502), false),
        ("accept_then_bad_gateway", Some(502), true),
        ("garbage", Some(200), false),
        ("accept_then_garbage", Some(200), true),
    ];
    for (number, (kind, status, accepted)) in table.into_iter().enumerate() {
        let reference = format!("INV-{number}");
        world
            .fault(json!({"operation": "payment", "kind": kind, "delayMs": 50}))
            .await;
        let draft = world.draft(
            PAYMENT,
            &client::payment(&reference, "10000.00"),
            Some(&token),
        );
        let answer = world.send(&draft).await;
        assert_eq!(
            answer.as_ref().ok().map(|answer| answer.status),
            status,
            "{kind}"
        );
        if let Ok(answer) = &answer {
            assert!(answer.body.is_null(), "{kind}: {answer:?}");
        }
        let ledger = world.ledger().await;
        let payments = ledger["payments"].as_array().unwrap();
        let known = payments
            .iter()
            .any(|row| row["partnerReferenceNo"] == reference.as_str());
        assert_eq!(known, accepted, "{kind}");
        let calls = world.look("/admin/calls").await;
        assert_eq!(
            calls.as_array().unwrap().last().unwrap()["accepted"],
            accepted,
            "{kind}"
        );
        let draft = world.draft(
            PAYMENT,
            &client::payment(&reference, "10000.00"),
            Some(&token),
        );
        assert_eq!(
            world.send(&draft).await.unwrap().code(),
            "2005400",
            "{kind}: used up"
        );
    }
}

#[tokio::test]
async fn a_hanging_answer_ends_when_the_client_goes_or_the_simulator_stops() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world
        .fault(json!({"operation": "payment", "kind": "accept_then_hang"}))
        .await;
    let draft = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    let gone = tokio::time::timeout(Duration::from_millis(200), world.send(&draft)).await;
    assert!(gone.is_err(), "it hangs");
    assert_eq!(
        world.ledger().await["payments"][0]["partnerReferenceNo"],
        "INV-1"
    );

    world
        .fault(json!({"operation": "payment", "kind": "hang"}))
        .await;
    let draft = world.draft(PAYMENT, &client::payment("INV-2", "10000.00"), Some(&token));
    let mut request = world
        .http
        .post(format!("{}{PAYMENT}", world.base()))
        .body(draft.body);
    for (name, value) in &draft.headers {
        request = request.header(*name, value);
    }
    let hanging = tokio::spawn(request.send());
    tokio::time::sleep(Duration::from_millis(100)).await;
    let started = Instant::now();
    world.simulator.stop().await;
    assert!(hanging.await.unwrap().is_err());
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_slow_payment_is_made_although_the_client_gave_up() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world
        .fault(json!({"operation": "payment", "kind": "slow", "delayMs": 300}))
        .await;
    let draft = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    let gave_up = tokio::time::timeout(Duration::from_millis(50), world.send(&draft)).await;
    assert!(gave_up.is_err());
    assert_eq!(world.ledger().await["payments"], json!([]), "not yet");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(
        world.ledger().await["payments"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn an_ordered_refusal_comes_after_verification_and_changes_nothing() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.initiated("INV-1", &token).await;
    let reject = json!({"operation": "otp", "kind": "reject", "responseCode": "4030405"});
    world.fault(reject).await;
    let otp = client::otp("INV-1", &token, "111000");
    let answer = world.call(OTP, &otp, Some(&token)).await;
    assert_eq!((answer.status, answer.code()), (403, "4030405"));
    assert_eq!(world.call(OTP, &otp, Some(&token)).await.code(), "2000400");
}

#[tokio::test]
async fn faults_can_be_listed_and_forgotten() {
    let world = World::start().await;
    world
        .fault(json!({"operation": "refund", "kind": "reset", "times": 3}))
        .await;
    assert_eq!(world.look("/admin/faults").await[0]["times"], 3);
    world
        .http
        .delete(format!("{}/admin/faults", world.base()))
        .send()
        .await
        .unwrap();
    assert_eq!(world.look("/admin/faults").await, json!([]));
    let (status, answer) = world
        .try_admin("/admin/faults", &json!({"kind": "reset"}))
        .await;
    assert_eq!(status, 400);
    assert!(
        answer["error"].as_str().unwrap().contains("operation"),
        "{answer}"
    );
}
