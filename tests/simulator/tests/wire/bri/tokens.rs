//! Registered cards.

use serde_json::{Value, json};

use super::client::{self, RECURRING, TOKENS};
use crate::world::World;

fn list(customer: &str) -> Value {
    json!({"customer": {"id": customer, "name": "Siti Aminah"}})
}

async fn refuses(world: &World, invoice: &str, customer: &str, token: &str) {
    let order = client::order(invoice, customer, token);
    let answer = world.card(RECURRING, &order).await;
    assert_eq!(answer.status, 404, "{answer:?}");
    assert_eq!(answer.at("/error/code"), "TOKEN_NOT_FOUND");
    assert!(answer.at("/error/message").contains("payment.token_id"));
}

#[tokio::test]
async fn a_card_is_listed_charged_and_deleted() {
    let world = World::start().await;
    let first = world.bri_token("cust-001").await;
    let second = world.bri_token("cust-001").await;
    world.bri_token("cust-002").await;
    let listed = world.card(TOKENS, &list("cust-001")).await;
    assert_eq!(listed.status, 200, "{listed:?}");
    assert_eq!(listed.at("/customer/id"), "cust-001");
    let tokens = listed.body["tokens"].as_array().unwrap();
    let ids: Vec<_> = tokens.iter().map(|token| &token["id"]).collect();
    assert_eq!(ids, [&first, &second]);
    let masked = tokens[0]["masked_account"].as_str().unwrap();
    assert!(masked.starts_with("522184******"), "{masked}");

    let delete = json!({"tokenId": first});
    world.admin("/admin/bri/tokens/delete", &delete).await;
    let (again, _) = world.try_admin("/admin/bri/tokens/delete", &delete).await;
    assert_eq!(again, 409);
    let listed = world.card(TOKENS, &list("cust-001")).await;
    assert_eq!(listed.at("/tokens/0/id"), second);
    refuses(&world, "SUB-1", "cust-001", &first).await;
    assert_eq!(world.recurs("SUB-2", "cust-001", &second).await, "PENDING");
    let rows = world.look("/admin/bri/tokens").await;
    assert_eq!(rows, world.ledger().await["briTokens"]);
    assert_eq!(rows[0]["status"], "INACTIVE");
    assert_eq!(rows[1]["status"], "ACTIVE");
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_card_belongs_to_one_customer() {
    let world = World::start().await;
    let token = world.bri_token("cust-002").await;
    refuses(&world, "SUB-1", "cust-001", &token).await;
    refuses(&world, "SUB-2", "cust-001", "of-nobody").await;
    assert_eq!(world.violations().await, ["bri_token_of_another_customer"]);
    assert_eq!(world.rows("payments").await, Vec::<Value>::new());
    let double = json!({"customerId": "cust-001", "tokenId": token});
    assert_eq!(world.try_admin("/admin/bri/tokens", &double).await.0, 409);
}

#[tokio::test]
async fn a_token_out_of_place_is_recorded() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let mut order = client::order("SUB-1", "cust-001", &token);
    order["customer"]["address"] = json!(format!("Jalan {token}"));
    world.card(RECURRING, &order).await;
    world.order_status(&token).await;
    let expected = ["bri_token_outside_its_field", "token_in_path"];
    assert_eq!(world.violations().await, expected);
}
