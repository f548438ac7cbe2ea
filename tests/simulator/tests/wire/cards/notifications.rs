//! Card notifications: delivery, faults, order, and ones made to order.

use std::collections::HashSet;
use std::time::Duration;

use doku_simulator::keys;
use serde_json::{Value, json};

use super::client::{self, CAPTURE};
use crate::merchant::{CARD_PATH, Merchant};
use crate::world::World;

async fn hold(world: &World, times: u32) {
    world
        .fault(json!({"operation": "notification", "kind": "hold", "times": times}))
        .await;
}

async fn release(world: &World, which: Value) -> u64 {
    let answer = world.admin("/admin/notifications/release", &which).await;
    answer["released"].as_u64().unwrap()
}

fn types(told: &[Value]) -> Vec<&str> {
    told.iter()
        .map(|body| body["transaction"]["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn a_notification_without_2xx_is_sent_three_times_more() {
    let mut world = World::start().await;
    world.merchant.answer_with(Some(500));
    world.charged(&client::page("INV-1")).await;
    world.told(1).await;
    world.advance(Duration::from_hours(24)).await;
    assert_eq!(world.deliveries(4).await.len(), 4);
    let taken = world.merchant.cards();
    let ids: HashSet<_> = taken.iter().map(|(_, id)| id.clone()).collect();
    assert_eq!(ids.len(), 4, "each attempt has its own Request-Id");

    let setting = json!({"retryKeepsRequestId": true});
    world.admin("/admin/settings", &setting).await;
    world.charged(&client::page("INV-2")).await;
    world.told(5).await;
    world.advance(Duration::from_hours(24)).await;
    let taken = world.merchant.cards();
    let ids: HashSet<_> = taken[4..].iter().map(|(_, id)| id.clone()).collect();
    assert_eq!((taken.len(), ids.len()), (8, 1));
    let delivery = &world.deliveries(8).await[0];
    assert_eq!(delivery["invoiceNumber"], "INV-1");
    assert_eq!(delivery["type"], "SALE");
    assert_eq!(delivery["status"], "SUCCESS");
    assert!(delivery.get("partnerReferenceNo").is_none());
    assert_eq!(world.merchant.tokens_issued(), 0, "no token is needed");
}

#[tokio::test]
async fn they_are_lost_duplicated_and_reordered() {
    let mut world = World::start().await;
    for fault in [
        json!({"operation": "notification", "kind": "lose"}),
        json!({"operation": "notification", "kind": "duplicate", "times": 2}),
        json!({"operation": "notification", "kind": "reorder"}),
    ] {
        world.fault(fault).await;
    }
    world.charged(&client::page("INV-1")).await;
    world.charged(&client::page("INV-2")).await;
    world.deliveries(4).await;
    let told = world.merchant.cards();
    assert!(told.iter().all(|message| *message == told[0]));
    world.charged(&client::page("INV-3")).await;
    world.charged(&client::page("INV-4")).await;
    let told = world.told(5).await;
    let invoices: Vec<_> = told
        .iter()
        .map(|body| body["order"]["invoice_number"].as_str().unwrap())
        .collect();
    assert_eq!(invoices, ["INV-2", "INV-2", "INV-2", "INV-4", "INV-3"]);
    world.advance(Duration::from_mins(30)).await;
    assert_eq!(world.told(6).await[5]["order"]["invoice_number"], "INV-1");
}

#[tokio::test]
async fn held_ones_are_released_in_any_order() {
    let world = World::start().await;
    hold(&world, 9).await;
    world.opened(&client::authorize("INV-1")).await;
    world.pays("INV-1", "decline").await;
    world.pays("INV-1", "approve").await;
    let id = world.rows("cardCharges").await[0]["authorizeId"].clone();
    let order = client::capture(id.as_str().unwrap(), None);
    let capture = world.card_draft(CAPTURE, Some(&order));
    world.send_card(&capture).await.unwrap();
    world.charged(&client::page("INV-2")).await;

    let waiting = world.look("/admin/notifications/waiting").await;
    let waiting = waiting["waiting"].as_array().unwrap();
    assert_eq!(waiting.len(), 4);
    assert_eq!(waiting[0]["status"], "FAILED");
    assert_eq!(waiting[2]["requestId"], capture.id());

    let steps = [
        (json!({"invoiceNumber": "INV-9"}), 0),
        (json!({"invoiceNumber": "INV-1", "type": "CAPTURE"}), 1),
        (json!({"type": "SALE"}), 1),
        (json!({"invoiceNumber": "INV-1", "status": "SUCCESS"}), 1),
        (json!({"atMost": 1}), 1),
        (json!({}), 0),
    ];
    for (which, released) in steps {
        assert_eq!(release(&world, which.clone()).await, released, "{which}");
    }
    let told = world.told(4).await;
    let expected = ["CAPTURE", "SALE", "AUTHORIZE", "AUTHORIZE"];
    assert_eq!(types(&told), expected);
    assert_eq!(told[3]["transaction"]["status"], "FAILED");
    let (status, _) = world
        .try_admin("/admin/notifications/release", &json!({"invoice": "INV-1"}))
        .await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn an_order_of_its_own_address_is_followed() {
    let world = World::start().await;
    let keys = keys::generate().unwrap();
    let elsewhere = Merchant::start(&keys.public).await;
    let mut order = client::page("INV-1");
    let url = format!("{}{CARD_PATH}", elsewhere.base_url);
    order["additional_info"] = json!({"override_notification_url": url});
    world.charged(&order).await;
    world.deliveries(1).await;
    assert_eq!(elsewhere.cards().len(), 1);
    assert_eq!(world.merchant.cards().len(), 0);
    assert_eq!(world.rows("cardPages").await[0]["notificationUrl"], url);
}

#[tokio::test]
async fn one_made_to_order_says_what_it_is_told_to() {
    let world = World::start().await;
    world.charged(&client::page("INV-1")).await;
    world.told(1).await;
    let order = json!({
        "invoiceNumber": "INV-1",
        "requestId": "doku-1",
        "set": {
            "order": {"amount": 1},
            "transaction": {"status": "FAILED"},
            "card_payment": null,
        },
    });
    let sent = world.admin("/admin/cards/notifications", &order).await;
    assert_eq!(sent["status"], 200);
    assert_eq!(sent["request"]["headers"]["Request-Id"], "doku-1");
    let (body, id) = &world.merchant.cards()[1];
    assert_eq!(id, "doku-1");
    assert_eq!(
        body["order"],
        json!({"amount": 1, "invoice_number": "INV-1"})
    );
    assert_eq!(body["transaction"]["status"], "FAILED");
    assert!(body.get("card_payment").is_none());

    let unknown = json!({"invoiceNumber": "INV-9"});
    let built = world
        .admin("/admin/cards/notifications/build", &unknown)
        .await;
    assert_eq!(built["path"], CARD_PATH);
    let signature = built["headers"]["Signature"].as_str().unwrap();
    assert!(signature.starts_with("HMACSHA256="));
    assert!(built["body"].as_str().unwrap().contains("INV-9"));
    assert_eq!(world.merchant.cards().len(), 2, "built, not sent");
}
