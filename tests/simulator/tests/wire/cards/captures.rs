//! Authorisations and their captures.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{self, CAPTURE};
use crate::world::World;

/// An authorised page: its `Request-Id` and the authorisation as the ledger has it.
async fn authorised(world: &World, invoice: &str) -> (String, String) {
    let page = world.charged(&client::authorize(invoice)).await;
    let charges = world.rows("cardCharges").await;
    let charge = charges
        .iter()
        .find(|row| row["invoiceNumber"] == invoice)
        .unwrap();
    assert_eq!(charge["status"], "authorized");
    (page, charge["authorizeId"].as_str().unwrap().to_owned())
}

async fn outcomes(world: &World) -> Vec<(Value, Value)> {
    let rows = world.rows("cardCaptures").await;
    rows.iter()
        .map(|row| (row["amount"].clone(), row["status"].clone()))
        .collect()
}

#[tokio::test]
async fn an_authorisation_is_captured_once_and_not_beyond() {
    let world = World::start().await;
    let (page, id) = authorised(&world, "INV-1").await;
    let told = world.told(1).await;
    assert_eq!(told[0]["transaction"]["type"], "AUTHORIZE");
    assert_eq!(told[0]["authorize_id"], id.as_str());
    assert!(told[0]["card_payment"].get("authorize_id").is_none());
    assert_eq!(world.stands("INV-1").await.1, "AUTHORIZE");

    let beyond = world
        .card(CAPTURE, &client::capture(&id, Some(90_001)))
        .await;
    assert_eq!(beyond.status, 400, "{beyond:?}");
    let unknown = world.card(CAPTURE, &client::capture("1", None)).await;
    assert_eq!(unknown.status, 404);

    let draft = world.card_draft(CAPTURE, Some(&client::capture(&id, Some(60_000))));
    let answer = world.send_card(&draft).await.unwrap();
    assert_eq!(answer.at("/payment/status"), "SUCCESS", "{answer:?}");
    assert_eq!(answer.at("/payment/type"), "CAPTURE");
    assert_eq!(
        answer.at("/payment/response_code"),
        "01",
        "as in the sample"
    );
    assert_eq!(answer.at("/payment/request_id"), draft.id());
    assert_eq!(answer.at("/payment/authorize_id"), id);
    assert_eq!(answer.at("/card/masked"), "411111******1111");
    assert_eq!(answer.at("/order/invoice_number"), "INV-1");

    let told = world.told(2).await;
    assert_eq!(told[1]["transaction"]["type"], "CAPTURE");
    assert_eq!(told[1]["transaction"]["original_request_id"], page);
    assert_eq!(told[1]["card_payment"]["request_id"], draft.id());
    assert_eq!(told[1]["order"]["amount"], 60_000);

    let again = world.card(CAPTURE, &client::capture(&id, None)).await;
    assert_eq!(again.status, 200);
    assert_eq!(again.at("/payment/status"), "FAILED");
    let captured = (json!(60_000), json!("SUCCESS"));
    let refused = (json!(90_000), json!("FAILED"));
    assert_eq!(outcomes(&world).await, [captured, refused]);
    let expected = ["capture_beyond_the_authorisation", "captured_again"];
    assert_eq!(world.violations().await, expected);
    for id in ["INV-1", &draft.id()] {
        let capture = ("SUCCESS".to_owned(), "CAPTURE".to_owned());
        assert_eq!(world.stands(id).await, capture);
    }
    assert_eq!(world.rows("cardCharges").await[0]["captured"], 60_000);
}

#[tokio::test]
async fn an_authorisation_lapses_after_seven_days() {
    let mut world = World::start().await;
    let (_, early) = authorised(&world, "INV-1").await;
    let (_, late) = authorised(&world, "INV-2").await;
    world.advance(Duration::from_hours(7 * 24 - 1)).await;
    let answer = world.card(CAPTURE, &client::capture(&early, None)).await;
    assert_eq!(answer.at("/payment/status"), "SUCCESS");
    world.advance(Duration::from_hours(2)).await;
    let answer = world.card(CAPTURE, &client::capture(&late, None)).await;
    assert_eq!(answer.at("/payment/status"), "FAILED");
    assert_eq!(
        answer.at("/payment/response_message"),
        "AUTHORIZATION EXPIRED"
    );
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_bank_refuses_or_takes_its_time() {
    let world = World::start().await;
    let (_, id) = authorised(&world, "INV-1").await;
    world
        .fault(json!({"operation": "capture", "kind": "decline"}))
        .await;
    let refused = world.card(CAPTURE, &client::capture(&id, None)).await;
    assert_eq!(refused.at("/payment/status"), "FAILED");
    assert_eq!(world.told(2).await[1]["transaction"]["status"], "FAILED");

    world
        .fault(json!({"operation": "capture", "kind": "pending"}))
        .await;
    let draft = world.card_draft(CAPTURE, Some(&client::capture(&id, None)));
    let pending = world.send_card(&draft).await.unwrap();
    assert_eq!(pending.at("/payment/status"), "PENDING");
    assert_eq!(world.stands(&draft.id()).await.0, "PENDING");
    let meanwhile = world.card(CAPTURE, &client::capture(&id, None)).await;
    assert_eq!(meanwhile.at("/payment/status"), "FAILED");

    let complete = json!({"requestId": draft.id()});
    world.admin("/admin/cards/complete", &complete).await;
    assert_eq!(world.stands(&draft.id()).await.0, "SUCCESS");
    assert_eq!(world.told(3).await[2]["transaction"]["type"], "CAPTURE");
    let (again, _) = world.try_admin("/admin/cards/complete", &complete).await;
    assert_eq!(again, 409);
}

#[tokio::test]
async fn doku_captures_by_itself_at_once_or_by_order() {
    let world = World::start().await;
    let automatic = |invoice: &str| {
        client::page_of(invoice, json!({"type": "AUTHORIZE", "auto_capture": true}))
    };
    world.charged(&automatic("INV-1")).await;
    world.told(2).await;
    let setting = json!({"autoCaptureAtOnce": false});
    world.admin("/admin/settings", &setting).await;
    world.charged(&automatic("INV-2")).await;
    world.told(3).await;
    assert_eq!(world.stands("INV-2").await.1, "AUTHORIZE");
    let order = json!({"invoiceNumber": "INV-2", "amount": 50_000});
    world.admin("/admin/cards/capture", &order).await;
    world.told(4).await;
    assert_eq!(world.stands("INV-2").await.1, "CAPTURE");

    let rows = world.rows("cardCaptures").await;
    assert!(rows.iter().all(|row| row["by"] == "doku"));
    assert_eq!(rows[0]["amount"], 90_000);
    assert_eq!(rows[1]["amount"], 50_000);
    let (again, _) = world.try_admin("/admin/cards/capture", &order).await;
    assert_eq!(again, 409);
}

#[tokio::test]
async fn the_authorisation_is_told_where_the_setting_says() {
    let world = World::start().await;
    let table = [
        ("top", "/authorize_id"),
        ("card_payment", "/card_payment/authorize_id"),
        ("payment", "/payment/authorize_id"),
    ];
    for (number, (position, pointer)) in table.into_iter().enumerate() {
        let setting = json!({"authorizeIdPosition": position});
        world.admin("/admin/settings", &setting).await;
        world
            .charged(&client::authorize(&format!("INV-{number}")))
            .await;
        let told = world.told(number + 1).await;
        for (_, other) in table {
            let is_there = told[number].pointer(other).is_some();
            assert_eq!(is_there, other == pointer, "{position}: {other}");
        }
    }
}
