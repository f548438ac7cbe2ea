//! Saved cards.

use serde_json::{Value, json};

use super::client::{self, DELETE, OLD_DELETE, PAGE, TOKENS};
use crate::world::World;

fn saving(invoice: &str) -> Value {
    let mut order = client::page(invoice);
    order["card"] = json!({"save": true});
    order
}

/// The id of a card that the customer of the sample saved while paying.
async fn saved(world: &World, invoice: &str) -> String {
    world.opened(&saving(invoice)).await;
    let pay = json!({"invoiceNumber": invoice, "card": "approve", "save": true});
    world.admin("/admin/cards/pay", &pay).await;
    let tokens = world.card(TOKENS, &client::tokens("cust-001")).await;
    tokens.at("/tokens/0/id")
}

#[tokio::test]
async fn a_card_is_saved_listed_used_and_deleted() {
    let world = World::start().await;
    let id = saved(&world, "INV-1").await;
    assert_eq!(world.told(1).await[0]["card_payment"]["token_id"], id);
    let listed = world.card(TOKENS, &client::tokens("cust-001")).await;
    assert_eq!(listed.at("/customer/id"), "cust-001");
    assert_eq!(listed.at("/tokens/0/masked_account"), "411111******1111");
    assert_eq!(listed.at("/tokens/0/card/brand"), "VISA");
    assert_eq!(listed.at("/tokens/0/card/bin"), "411111");
    assert_eq!(listed.at("/tokens/0/card/expiry"), "1230");
    let mut of_issuer = client::tokens("cust-001");
    of_issuer["issuer"] = json!({"id": "BANK CONTOH"});
    let others = world.card(TOKENS, &of_issuer).await;
    assert_eq!(others.body["tokens"], json!([]));

    let mut order = client::page("INV-2");
    order["card"] = json!({"token": id});
    world.opened(&order).await;
    let pay = json!({"invoiceNumber": "INV-2"});
    world.admin("/admin/cards/pay", &pay).await;
    assert_eq!(world.rows("cardCharges").await[1]["tokenId"], id);
    let again = saved(&world, "INV-3").await;
    assert_eq!(again, id, "the same card is saved once");

    let delete = json!({"token": {"id": id}});
    let deleted = world.card(DELETE, &delete).await;
    assert_eq!(deleted.at("/token/status"), "INACTIVE", "{deleted:?}");
    assert_eq!(world.card(DELETE, &delete).await.status, 404);
    let listed = world.card(TOKENS, &client::tokens("cust-001")).await;
    assert_eq!(listed.body["tokens"], json!([]));
    order["order"]["invoice_number"] = json!("INV-4");
    assert_eq!(world.card(PAGE, &order).await.status, 400, "deleted");
    assert_eq!(world.violations().await, Vec::<String>::new());
    assert_eq!(world.rows("cardTokens").await[0]["status"], "INACTIVE");
}

#[tokio::test]
async fn a_card_is_saved_only_when_both_ask_for_it() {
    let world = World::start().await;
    world.opened(&saving("INV-1")).await;
    world.pays("INV-1", "approve").await;
    world.opened(&client::page("INV-2")).await;
    let pay = json!({"invoiceNumber": "INV-2", "save": true});
    world.admin("/admin/cards/pay", &pay).await;
    assert_eq!(world.rows("cardTokens").await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_card_belongs_to_one_customer() {
    let world = World::start().await;
    let save = json!({"customerId": "cust-002", "card": "debit"});
    let id = world.admin("/admin/cards/tokens", &save).await["tokenId"].clone();
    let mut order = client::page("INV-1");
    order["card"] = json!({"token": id});
    let answer = world.card(PAGE, &order).await;
    assert_eq!(answer.status, 400);
    assert!(answer.at("/error/message").contains("card.token"));
    let delete = json!({"token_id": id, "customer_id": "cust-001"});
    let answer = world.card(OLD_DELETE, &delete).await;
    assert_eq!(answer.at("/status"), "DELETE FAILED");
    assert_eq!(world.violations().await, ["card_of_another_customer"; 2]);
}

#[tokio::test]
async fn the_older_path_fails_inside_a_success() {
    let world = World::start().await;
    let id = saved(&world, "INV-1").await;
    let order = json!({"token_id": id, "customer_id": "cust-001"});
    world
        .fault(json!({"operation": "card_token_deletion", "kind": "decline"}))
        .await;
    let table = ["DELETE FAILED", "DELETE SUCCESS", "DELETE FAILED"];
    for status in table {
        let answer = world.card(OLD_DELETE, &order).await;
        assert_eq!((answer.status, &*answer.at("/status")), (200, status));
    }
    let save = json!({"customerId": "cust-001"});
    let id = world.admin("/admin/cards/tokens", &save).await["tokenId"].clone();
    world
        .fault(json!({"operation": "card_token_deletion", "kind": "decline"}))
        .await;
    let answer = world.card(DELETE, &json!({"token": {"id": id}})).await;
    assert_eq!(answer.at("/token/status"), "ACTIVE");
}
