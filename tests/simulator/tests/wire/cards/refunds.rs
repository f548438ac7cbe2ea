//! Voids and refunds.

use std::time::Duration;

use serde_json::json;

use super::client::{self, REFUND};
use crate::world::World;

#[tokio::test]
async fn before_it_settles_a_payment_is_voided_as_a_whole() {
    let world = World::start().await;
    let page = world.charged(&client::page("INV-1")).await;
    let part = world.card(REFUND, &client::refund("INV-1", &page, 1)).await;
    assert_eq!(part.at("/refund/status"), "FAILED", "{part:?}");
    assert_eq!(part.at("/refund/type"), "VOID");

    let draft = world.card_draft(REFUND, Some(&client::refund("INV-1", &page, 90_000)));
    let whole = world.send_card(&draft).await.unwrap();
    assert_eq!(whole.at("/refund/status"), "SUCCESS", "{whole:?}");
    assert_eq!(whole.at("/refund/type"), "VOID");
    assert_eq!(whole.body["refund"]["amount"], 90_000);
    let told = world.told(2).await;
    assert_eq!(told[1]["transaction"]["type"], "VOID");
    assert_eq!(told[1]["transaction"]["original_request_id"], page);
    assert_eq!(told[1]["card_payment"]["request_id"], draft.id());
    assert_eq!(told[1]["refund"]["amount"], "90000");
    assert_eq!(world.stands("INV-1").await.0, "VOIDED");
    let void = ("SUCCESS".to_owned(), "VOID".to_owned());
    assert_eq!(world.stands(&draft.id()).await, void);
    assert_eq!(world.rows("cardCharges").await[0]["status"], "voided");
    let more = world.card(REFUND, &client::refund("INV-1", &page, 1)).await;
    assert_eq!(more.status, 400);
}

#[tokio::test]
async fn once_settled_it_is_refunded_and_never_beyond() {
    let mut world = World::start().await;
    let first = world.charged(&client::page("INV-1")).await;
    world.advance(Duration::from_hours(24)).await;
    let second = world.charged(&client::page("INV-2")).await;
    let settle = json!({"invoiceNumber": "INV-2"});
    world.admin("/admin/cards/settle", &settle).await;

    let table = [
        ("INV-1", &first, 30_000, 200, "PARTIAL_REFUND"),
        ("INV-1", &first, 60_001, 400, ""),
        ("INV-1", &first, 60_000, 200, "PARTIAL_REFUND"),
        ("INV-1", &first, 1, 400, ""),
        ("INV-2", &second, 90_000, 200, "FULL_REFUND"),
    ];
    for (invoice, page, amount, status, kind) in table {
        let order = client::refund(invoice, page, amount);
        let answer = world.card(REFUND, &order).await;
        assert_eq!(answer.status, status, "{invoice} {amount}: {answer:?}");
        assert_eq!(answer.at("/refund/type"), kind, "{invoice} {amount}");
    }
    for invoice in ["INV-1", "INV-2"] {
        let status = world.order_status(invoice).await;
        assert_eq!(status.at("/transaction/status"), "REFUNDED");
        assert_eq!(status.at("/refund/amount"), "90000");
    }
    let told = world.told(5).await;
    assert!(
        told[2..]
            .iter()
            .all(|body| body["transaction"]["type"] == "REFUND")
    );
    assert_eq!(world.rows("cardRefunds").await.len(), 3);
}

#[tokio::test]
async fn dokus_staff_take_days() {
    let mut world = World::start().await;
    let page = world.charged(&client::page("INV-1")).await;
    world.advance(Duration::from_hours(25)).await;
    let setting = json!({"manualRefunds": true, "fullRefundNamed": true});
    world.admin("/admin/settings", &setting).await;
    let draft = world.card_draft(REFUND, Some(&client::refund("INV-1", &page, 90_000)));
    let taken = world.send_card(&draft).await.unwrap();
    assert_eq!(taken.at("/refund/type"), "MANUAL_FULL_REFUND", "{taken:?}");
    assert_eq!(taken.at("/refund/status"), "SUCCESS");
    assert_eq!(world.stands(&draft.id()).await.0, "PENDING");
    assert_eq!(world.stands("INV-1").await.0, "SUCCESS", "not yet");
    let more = world.card(REFUND, &client::refund("INV-1", &page, 1)).await;
    assert_eq!(more.status, 400, "taken out of what is left");

    let refused = json!({"requestId": draft.id(), "success": false});
    world.admin("/admin/cards/complete", &refused).await;
    assert_eq!(world.stands(&draft.id()).await.0, "FAILED");
    let again = world.card_draft(REFUND, Some(&client::refund("INV-1", &page, 90_000)));
    world.send_card(&again).await.unwrap();
    let done = json!({"requestId": again.id()});
    world.admin("/admin/cards/complete", &done).await;
    assert_eq!(world.stands("INV-1").await.0, "REFUNDED");
    let told = world.told(3).await;
    assert_eq!(told[1]["transaction"]["status"], "FAILED");
    assert_eq!(told[2]["transaction"]["type"], "FULL_REFUND");
}

#[tokio::test]
async fn what_cannot_be_refunded_is_refused() {
    let world = World::start().await;
    let page = world.charged(&client::page("INV-1")).await;
    let authorised = world.charged(&client::authorize("INV-2")).await;
    let (open, _) = world.opened(&client::page("INV-3")).await;
    let table = [
        ("the wrong call", "INV-1", authorised.as_str(), 404),
        ("the invoice as the call", "INV-1", "INV-1", 404),
        ("no such invoice", "INV-9", page.as_str(), 404),
        ("not captured", "INV-2", authorised.as_str(), 400),
        ("not paid", "INV-3", open.as_str(), 404),
    ];
    for (why, invoice, original, status) in table {
        let order = client::refund(invoice, original, 90_000);
        let answer = world.card(REFUND, &order).await;
        assert_eq!(answer.status, status, "{why}: {answer:?}");
    }
    world
        .fault(json!({"operation": "card_refund", "kind": "decline"}))
        .await;
    let order = client::refund("INV-1", &page, 90_000);
    let refused = world.card(REFUND, &order).await;
    assert_eq!(refused.at("/refund/status"), "FAILED");
    assert_eq!(world.rows("cardCharges").await[0]["refunded"], 0);
}

#[tokio::test]
async fn dokus_staff_give_money_back_unasked() {
    let world = World::start().await;
    world.charged(&client::page("INV-1")).await;
    let order = json!({"invoiceNumber": "INV-1"});
    let answer = world.admin("/admin/cards/refund", &order).await;
    let told = world.told(2).await;
    assert_eq!(told[1]["transaction"]["type"], "VOID");
    assert_eq!(told[1]["card_payment"]["request_id"], answer["requestId"]);
    let (nothing_left, _) = world.try_admin("/admin/cards/refund", &order).await;
    assert_eq!(nothing_left, 409);
}
