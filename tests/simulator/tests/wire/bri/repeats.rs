//! The same `Request-Id` again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::client::{self, RECURRING};
use crate::world::World;

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_charges_nothing() {
    let mut world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let order = client::order("SUB-1", "cust-001", &token);
    let mut draft = world.card_draft(RECURRING, Some(&order));
    let first = world.send_card(&draft).await.unwrap();
    world.advance(Duration::from_hours(30)).await;
    draft.set("Request-Timestamp", &world.timestamp());
    draft.sign();
    for _ in 0..2 {
        let again = world.send_card(&draft).await.unwrap();
        assert_eq!(again.status, 409);
        assert_eq!(again.text, first.text, "to the byte");
        assert!(again.is_signed(&draft, true), "signed afresh");
    }
    assert_eq!(world.rows("charges").await.len(), 1);
    assert_eq!(world.violations().await, Vec::<String>::new());
    let calls = world.look("/admin/calls").await;
    let calls = calls.as_array().unwrap().iter();
    let seen: Vec<_> = calls
        .filter(|call| call["operation"] == "bri_recurring")
        .map(|call| json!([call["responseCode"], call["httpStatus"], call["reference"]]))
        .collect();
    let expected = [
        json!(["SUCCESS", 201, "SUB-1"]),
        json!(["REPEATED", 409, "SUB-1"]),
        json!(["REPEATED", 409, "SUB-1"]),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_refusal_is_repeated_and_another_call_under_its_id_is_a_violation() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let order = client::order("SUB-1", "cust-001", "tok-9");
    let mut draft = world.card_draft(RECURRING, Some(&order));
    for status in [404, 409] {
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(answer.at("/error/code"), "TOKEN_NOT_FOUND");
    }
    draft.edit("/payment/token_id", &json!(token));
    draft.sign();
    let answer = world.send_card(&draft).await.unwrap();
    assert_eq!(answer.status, 409);
    assert_eq!(answer.at("/error/code"), "REQUEST_ID_CONFLICT");
    assert_eq!(world.violations().await, ["request_id_of_another_call"]);
    assert_eq!(world.rows("payments").await.len(), 0);
}

#[tokio::test]
async fn a_forgotten_request_id_still_charges_an_invoice_once() {
    let mut world = World::start().await;
    let setting = json!({"requestIdsKeptSeconds": 60});
    world.admin("/admin/settings", &setting).await;
    let token = world.bri_token("cust-001").await;
    let order = client::order("SUB-1", "cust-001", &token);
    let mut draft = world.card_draft(RECURRING, Some(&order));
    world.send_card(&draft).await.unwrap();
    world.advance(Duration::from_mins(2)).await;
    draft.set("Request-Timestamp", &world.timestamp());
    draft.sign();
    let answer = world.send_card(&draft).await.unwrap();
    assert_eq!(answer.at("/error/code"), "DUPLICATE_INVOICE_NUMBER");
    assert_eq!(world.rows("charges").await.len(), 1);
    assert_eq!(
        world.violations().await,
        Vec::<String>::new(),
        "the same call"
    );
}

#[tokio::test]
async fn a_hundred_equal_calls_at_once_have_one_effect() {
    let world = Arc::new(World::start().await);
    let token = world.bri_token("cust-001").await;
    let order = client::order("SUB-1", "cust-001", &token);
    let draft = world.card_draft(RECURRING, Some(&order));
    let mut tasks = JoinSet::new();
    for _ in 0..100 {
        let (world, draft) = (Arc::clone(&world), draft.clone());
        tasks.spawn(async move {
            let answer = world.send_card(&draft).await.unwrap();
            (answer.status, answer.text)
        });
    }
    let answers = tasks.join_all().await;
    let made = answers.iter().filter(|(status, _)| *status == 201);
    assert_eq!(made.count(), 1);
    let texts: HashSet<_> = answers.into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts.len(), 1);
    assert_eq!(world.rows("charges").await.len(), 1);
}
