//! The same `Request-Id` again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::client::{self, CAPTURE, PAGE, REFUND};
use crate::world::World;

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_changes_nothing() {
    let mut world = World::start().await;
    let first = world.card_draft(PAGE, Some(&client::page("INV-1")));
    let answer = world.send_card(&first).await.unwrap();
    assert_eq!(answer.status, 200);

    world.advance(Duration::from_hours(30)).await;
    let mut again = first.clone();
    again.set("Request-Timestamp", &world.timestamp());
    again.sign();
    for _ in 0..2 {
        let repeated = world.send_card(&again).await.unwrap();
        assert_eq!(repeated.status, 409);
        assert_eq!(repeated.text, answer.text, "to the byte");
        assert!(repeated.is_signed(&again, true), "signed afresh");
    }
    assert_eq!(world.rows("cardPages").await.len(), 1);
    assert_eq!(world.violations().await, Vec::<String>::new());

    let calls = world.look("/admin/calls").await;
    let pages: Vec<_> = calls
        .as_array()
        .unwrap()
        .iter()
        .filter(|call| call["operation"] == "payment_page")
        .collect();
    assert_eq!(pages.len(), 3);
    assert!(pages.iter().all(|call| call["requestId"] == first.id()));
    assert!(pages.iter().all(|call| call["reference"] == "INV-1"));
    let codes: Vec<_> = pages.iter().map(|call| &call["responseCode"]).collect();
    assert_eq!(codes, ["SUCCESS", "REPEATED", "REPEATED"]);
    assert_eq!(pages[0]["accepted"], true);
    assert_eq!(pages[1]["accepted"], false);
    assert_eq!(pages[1]["httpStatus"], 409);
}

#[tokio::test]
async fn another_body_or_path_under_a_used_id_is_a_violation() {
    let world = World::start().await;
    let first = world.card_draft(PAGE, Some(&client::page("INV-1")));
    world.send_card(&first).await.unwrap();
    let mut other = first.clone();
    other.edit("/order/descriptor", &json!("x"));
    other.sign();
    let mut status = world.card_draft("/orders/v1/status/INV-1", None);
    status.set("Request-Id", &first.id());
    status.sign();
    for draft in [&other, &status] {
        let answer = world.send_card(draft).await.unwrap();
        assert_eq!(answer.status, 409);
        assert_eq!(answer.at("/error/code"), "REQUEST_ID_CONFLICT");
    }
    assert_eq!(world.violations().await, ["request_id_of_another_call"; 2]);
}

#[tokio::test]
async fn a_repeat_without_the_right_signature_learns_nothing() {
    let world = World::start().await;
    let mut draft = world.card_draft(PAGE, Some(&client::page("INV-1")));
    world.send_card(&draft).await.unwrap();
    draft.set("Signature", "HMACSHA256=AAAA");
    let answer = world.send_card(&draft).await.unwrap();
    assert_eq!(answer.status, 401);
    assert!(!answer.text.contains("credit_card_payment_page"));
}

#[tokio::test]
async fn a_refusal_is_repeated_too_but_not_one_by_order() {
    let world = World::start().await;
    let refused = world.card_draft(CAPTURE, Some(&client::capture("1", None)));
    for status in [404, 409] {
        let answer = world.send_card(&refused).await.unwrap();
        assert_eq!(answer.status, status);
        assert_eq!(answer.at("/error/code"), "TRANSACTION_NOT_FOUND");
    }
    world
        .fault(json!({"operation": "payment_page", "kind": "reject", "responseCode": "503"}))
        .await;
    let draft = world.card_draft(PAGE, Some(&client::page("INV-1")));
    for status in [503, 200, 409] {
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn a_request_id_that_was_forgotten_has_its_effect_again() {
    let mut world = World::start().await;
    let page = world.charged(&client::page("INV-1")).await;
    world.advance(Duration::from_hours(25)).await;
    let setting = json!({"requestIdsKeptSeconds": 86_400});
    world.admin("/admin/settings", &setting).await;
    let order = client::refund("INV-1", &page, 10_000);
    let mut draft = world.card_draft(REFUND, Some(&order));
    for (hours, status, refunds) in [(0, 200, 1), (23, 409, 1), (2, 200, 2)] {
        world.advance(Duration::from_hours(hours)).await;
        draft.set("Request-Timestamp", &world.timestamp());
        draft.sign();
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(world.rows("cardRefunds").await.len(), refunds);
    }
}

#[tokio::test]
async fn a_hundred_equal_calls_at_once_have_one_effect() {
    let world = Arc::new(World::start().await);
    let page = world.charged(&client::authorize("INV-1")).await;
    let id = world.rows("cardCharges").await[0]["authorizeId"].clone();
    let capture = client::capture(id.as_str().unwrap(), None);
    let refund = client::refund("INV-1", &page, 90_000);
    for (path, order) in [(CAPTURE, capture), (REFUND, refund)] {
        let draft = world.card_draft(path, Some(&order));
        let mut tasks = JoinSet::new();
        for _ in 0..100 {
            let (world, draft) = (Arc::clone(&world), draft.clone());
            tasks.spawn(async move {
                let answer = world.send_card(&draft).await.unwrap();
                (answer.status, answer.text)
            });
        }
        let answers = tasks.join_all().await;
        let taken = answers.iter().filter(|(status, _)| *status == 200);
        assert_eq!(taken.count(), 1, "{path}");
        let texts: HashSet<_> = answers.into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts.len(), 1, "{path}");
    }
    assert_eq!(world.rows("cardCaptures").await.len(), 1);
    assert_eq!(world.rows("cardRefunds").await.len(), 1);
}
