//! What comes twice: external ids, payments, OTPs, refunds.

use std::time::Duration;

use serde_json::json;

use crate::client::{self, OTP, PAYMENT, REFUND, STATUS, UNBINDING};
use crate::world::World;

#[tokio::test]
async fn an_external_id_is_good_once_a_day() {
    let mut world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    let first = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    assert_eq!(world.send(&first).await.unwrap().code(), "2005400");
    assert_eq!(world.send(&first).await.unwrap().code(), "4095400");
    let id = first.headers["X-EXTERNAL-ID"].clone();
    let mut other = world.draft(STATUS, &client::status("INV-1"), None);
    other.set("X-EXTERNAL-ID", &id);
    assert_eq!(
        world.send(&other).await.unwrap().code(),
        "4095500",
        "another operation"
    );
    world.advance(Duration::from_hours(24)).await;
    world.mint_b2b().await;
    let mut other = world.draft(STATUS, &client::status("INV-1"), None);
    other.set("X-EXTERNAL-ID", &id);
    assert_eq!(
        world.send(&other).await.unwrap().code(),
        "2005500",
        "another day"
    );
}

#[tokio::test]
async fn a_payment_repeated_is_one_payment() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    let first = world.initiated("INV-1", &token).await;
    let again = world.initiated("INV-1", &token).await;
    assert_eq!(again.body, first.body, "the same answer");

    let mut other = world.draft(PAYMENT, &client::payment("INV-1", "10001.00"), Some(&token));
    other.set("X-CHANNEL-ID", "H2H");
    assert_eq!(
        world.send(&other).await.unwrap().code(),
        "4045418",
        "another amount"
    );

    let otp = client::otp("INV-1", &token, "111000");
    assert_eq!(world.call(OTP, &otp, Some(&token)).await.code(), "2000400");
    assert_eq!(
        world.call(OTP, &otp, Some(&token)).await.code(),
        "4040400",
        "paid already"
    );
    let mut repeat = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    repeat.set("X-CHANNEL-ID", "H2H");
    assert_eq!(
        world.send(&repeat).await.unwrap().code(),
        "4095401",
        "paid already"
    );

    let ledger = world.ledger().await;
    assert_eq!(ledger["payments"].as_array().unwrap().len(), 1);
    assert_eq!(ledger["payments"][0]["attempts"], 2);
    assert_eq!(ledger["charges"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn three_wrong_otps_end_a_payment() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.initiated("INV-1", &token).await;
    for (otp, code) in [
        ("000000", "4040415"),
        ("000001", "4040415"),
        ("000002", "4030411"),
        ("111000", "4030411"),
    ] {
        let answer = world
            .call(OTP, &client::otp("INV-1", &token, otp), Some(&token))
            .await;
        assert_eq!(answer.code(), code, "{otp}");
    }
    assert_eq!(
        world.deliveries(1).await[0]["latestTransactionStatus"],
        "06"
    );
    let status = world.call(STATUS, &client::status("INV-1"), None).await;
    assert_eq!(status.text("/latestTransactionStatus"), "06");
    assert_eq!(world.ledger().await["charges"], json!([]));
}

#[tokio::test]
async fn too_little_money_ends_a_payment() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    let account = json!({"custIdMerchant": "cust-001", "balance": "9999.99"});
    world.admin("/admin/accounts", &account).await;
    world.initiated("INV-1", &token).await;
    let answer = world
        .call(OTP, &client::otp("INV-1", &token, "111000"), Some(&token))
        .await;
    assert_eq!(answer.code(), "4030414");
    assert_eq!(
        world.deliveries(1).await[0]["latestTransactionStatus"],
        "06"
    );
    assert_eq!(world.ledger().await["payments"][0]["status"], "failed");
}

#[tokio::test]
async fn an_otp_for_dokus_page_is_refused() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world
        .call(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token))
        .await;
    let answer = world
        .call(OTP, &client::otp("INV-1", &token, "111000"), Some(&token))
        .await;
    assert_eq!(answer.code(), "4040400");
}

#[tokio::test]
async fn refunds_never_exceed_the_payment_and_are_made_once() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.initiated("INV-1", &token).await;
    let early = client::refund("INV-1", "RFD-0", "1.00");
    assert_eq!(
        world.call(REFUND, &early, Some(&token)).await.code(),
        "4045800",
        "not paid"
    );
    world
        .call(OTP, &client::otp("INV-1", &token, "111000"), Some(&token))
        .await;
    world.paid("INV-2", &token).await;

    let table = [
        ("part", "INV-1", "RFD-1", "6000.00", "2005800"),
        ("the same again", "INV-1", "RFD-1", "6000.00", "2005800"),
        (
            "the same number, another amount",
            "INV-1",
            "RFD-1",
            "5000.00",
            "4045818",
        ),
        (
            "the same number, another payment",
            "INV-2",
            "RFD-1",
            "6000.00",
            "4045818",
        ),
        ("more than is left", "INV-1", "RFD-2", "4000.01", "4045813"),
        ("what is left", "INV-1", "RFD-3", "4000.00", "2005800"),
        ("nothing is left", "INV-1", "RFD-4", "1.00", "4045813"),
    ];
    for (why, reference, number, amount, code) in table {
        let order = client::refund(reference, number, amount);
        let answer = world.call(REFUND, &order, Some(&token)).await;
        assert_eq!(answer.code(), code, "{why}");
    }
    let ledger = world.ledger().await;
    assert_eq!(ledger["payments"][0]["refunded"], "10000.00");
    assert_eq!(ledger["refunds"].as_array().unwrap().len(), 2);
    assert_eq!(ledger["refunds"][0]["attempts"], 2);
}

#[tokio::test]
async fn an_unbinding_comes_once() {
    let world = World::start().await;
    let (token, auth_code) = world.bound("cust-001").await;
    let order = client::unbinding(&token);
    assert_eq!(world.call(UNBINDING, &order, None).await.code(), "2000500");
    assert_eq!(world.call(UNBINDING, &order, None).await.code(), "4010502");
    let (status, _) = world
        .try_admin(&format!("/admin/bindings/{auth_code}/approve"), &json!({}))
        .await;
    assert_eq!(status, 409);
}

#[tokio::test]
async fn a_hundred_equal_payments_at_once_are_one() {
    let world = std::sync::Arc::new(World::start().await);
    let (token, _) = world.bound("cust-001").await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (world, token) = (std::sync::Arc::clone(&world), token.clone());
        tasks.spawn(async move { world.initiated("INV-1", &token).await.text("/referenceNo") });
    }
    let references: std::collections::HashSet<_> = tasks.join_all().await.into_iter().collect();
    assert_eq!(references.len(), 1);
    assert_eq!(world.ledger().await["payments"][0]["attempts"], 100);
}
