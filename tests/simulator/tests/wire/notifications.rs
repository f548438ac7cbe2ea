//! Notifications: delivery, retries, faults, and ones made to order.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client;
use crate::world::World;

fn outcomes(deliveries: &[Value]) -> Vec<(u64, &str)> {
    deliveries
        .iter()
        .map(|row| {
            (
                row["attempt"].as_u64().unwrap(),
                row["outcome"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_notification_without_2xx_is_sent_three_times_more_and_signed_afresh() {
    let mut world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.merchant.answer_with(Some(500));
    world.paid("INV-1", &token).await;
    world.deliveries(1).await;
    let steps = [
        (29, 1),
        (1, 2),
        (5 * 60 + 29, 2),
        (1, 3),
        (6 * 60, 4),
        (7 * 24 * 60, 4),
    ];
    for (minutes, attempts) in steps {
        world.advance(Duration::from_mins(minutes)).await;
        assert_eq!(
            world
                .look("/admin/notifications")
                .await
                .as_array()
                .unwrap()
                .len(),
            attempts
        );
    }
    let taken = world.merchant.taken();
    assert_eq!(taken.len(), 4);
    let ids: std::collections::HashSet<_> = taken.iter().map(|(_, id)| id.clone()).collect();
    assert_eq!(ids.len(), 4, "each attempt has its own external id");
    assert_eq!(
        world.merchant.tokens_issued(),
        4,
        "the token had expired each time"
    );
}

#[tokio::test]
async fn one_jump_of_the_clock_makes_up_for_every_retry_and_stops_at_the_first_success() {
    let mut world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world
        .fault(json!({"operation": "notification", "kind": "lose", "times": 2}))
        .await;
    world.paid("INV-1", &token).await;
    world.deliveries(1).await;
    world.advance(Duration::from_hours(24)).await;
    let deliveries = world.look("/admin/notifications").await;
    let expected = [(1, "lost"), (2, "lost"), (3, "delivered")];
    assert_eq!(outcomes(deliveries.as_array().unwrap()), expected);
}

#[tokio::test]
async fn the_merchants_token_is_kept_until_it_is_refused() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.paid("INV-1", &token).await;
    world.deliveries(1).await;
    world.paid("INV-2", &token).await;
    world.deliveries(2).await;
    assert_eq!(world.merchant.tokens_issued(), 1);
    world.merchant.forget_token();
    world.paid("INV-3", &token).await;
    let deliveries = world.deliveries(3).await;
    assert_eq!(deliveries[2]["outcome"], "delivered");
    assert_eq!(world.merchant.tokens_issued(), 2);
}

#[tokio::test]
async fn a_duplicate_is_the_same_message_several_times() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world
        .fault(json!({"operation": "notification", "kind": "duplicate", "times": 20}))
        .await;
    world.paid("INV-1", &token).await;
    assert_eq!(world.deliveries(21).await.len(), 21);
    let taken = world.merchant.taken();
    assert!(taken.iter().all(|message| *message == taken[0]));
}

#[tokio::test]
async fn held_and_reordered_ones_come_later() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world
        .fault(json!({"operation": "notification", "kind": "reorder"}))
        .await;
    world.paid("INV-1", &token).await;
    let waiting = world.look("/admin/notifications/waiting").await;
    assert_eq!(waiting["waiting"][0]["state"], "reordered");
    let refund = client::refund("INV-1", "RFD-1", "1.00");
    world.call(client::REFUND, &refund, Some(&token)).await;
    let order: Vec<_> = world
        .deliveries(2)
        .await
        .iter()
        .map(|row| row["latestTransactionStatus"].clone())
        .collect();
    assert_eq!(order, ["04", "00"]);

    world
        .fault(json!({"operation": "notification", "kind": "hold"}))
        .await;
    world.paid("INV-2", &token).await;
    assert_eq!(world.deliveries(2).await.len(), 2);
    let released = world
        .admin("/admin/notifications/release", &json!({}))
        .await;
    assert_eq!(released["released"], 1);
    assert_eq!(
        world
            .look("/admin/notifications")
            .await
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn one_made_to_order_says_what_it_is_told_to() {
    let world = World::start().await;
    let (token, _) = world.bound("cust-001").await;
    world.initiated("INV-1", &token).await;
    let order = json!({
        "partnerReferenceNo": "INV-1",
        "latestTransactionStatus": "06",
        "amount": "1.00",
        "currency": "USD",
    });
    let sent = world.admin("/admin/notifications", &order).await;
    assert_eq!(sent["status"], 200);
    assert_eq!(sent["body"]["responseCode"], "2005600");
    assert!(
        sent["request"]["headers"]["X-SIGNATURE"]
            .as_str()
            .unwrap()
            .len()
            == 88
    );
    let (taken, _) = &world.merchant.taken()[0];
    assert_eq!(taken["latestTransactionStatus"], "06");
    assert_eq!(taken["amount"], json!({"value": "1.00", "currency": "USD"}));

    let unknown = json!({"partnerReferenceNo": "INV-9"});
    let built = world.admin("/admin/notifications/build", &unknown).await;
    assert_eq!(built["path"], "/v1.0/debit/notify");
    assert!(built["body"].as_str().unwrap().contains("INV-9"));
    assert_eq!(world.merchant.taken().len(), 1, "built, not sent");

    world
        .admin("/admin/merchant", &json!({"baseUrl": "http://127.0.0.1:1"}))
        .await;
    let (status, answer) = world.try_admin("/admin/notifications", &unknown).await;
    assert_eq!(status, 502, "{answer}");
    assert_eq!(world.deliveries(2).await[1]["outcome"], "unreachable");
}
