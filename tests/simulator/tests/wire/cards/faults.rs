//! Card calls whose answer fails, before and after the work.

use serde_json::json;

use super::client::{self, CAPTURE, PAGE, TOKENS};
use crate::world::World;

#[tokio::test]
async fn after_a_lost_answer_the_same_call_gets_it() {
    let world = World::start().await;
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
        let invoice = format!("INV-{number}");
        world
            .fault(json!({"operation": "payment_page", "kind": kind, "delayMs": 50}))
            .await;
        let draft = world.card_draft(PAGE, Some(&client::page(&invoice)));
        let answer = world.send_card(&draft).await;
        let seen = answer.as_ref().ok().map(|answer| answer.status);
        assert_eq!(seen, status, "{kind}");
        if let Ok(answer) = answer {
            assert!(answer.body.is_null(), "{kind}: {answer:?}");
        }
        let again = world.send_card(&draft).await.unwrap();
        let expected = if accepted { 409 } else { 200 };
        assert_eq!(again.status, expected, "{kind}");
        assert_eq!(again.at("/order/invoice_number"), invoice, "{kind}");
        assert!(again.is_signed(&draft, true), "{kind}");
        assert_eq!(world.rows("cardPages").await.len(), number + 1, "{kind}");
    }
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_is_made_once() {
    let world = World::start().await;
    world.charged(&client::authorize("INV-1")).await;
    let id = world.rows("cardCharges").await[0]["authorizeId"].clone();
    world
        .fault(json!({"operation": "capture", "kind": "accept_then_reset"}))
        .await;
    let order = client::capture(id.as_str().unwrap(), None);
    let draft = world.card_draft(CAPTURE, Some(&order));
    assert!(world.send_card(&draft).await.is_err());
    let again = world.send_card(&draft).await.unwrap();
    assert_eq!(again.status, 409);
    assert_eq!(again.at("/payment/status"), "SUCCESS");
    assert_eq!(world.rows("cardCaptures").await.len(), 1);
}

#[tokio::test]
async fn answers_are_signed_wrongly_or_not_at_all_on_request() {
    let world = World::start().await;
    for kind in ["no_signature", "wrong_signature"] {
        world
            .fault(json!({"operation": "card_tokens", "kind": kind}))
            .await;
        let draft = world.card_draft(TOKENS, Some(&client::tokens("cust-001")));
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, 200, "{kind}");
        assert!(!answer.is_signed(&draft, true), "{kind}");
        let has_signature = answer.headers.contains_key("signature");
        assert_eq!(has_signature, kind == "wrong_signature");
        let again = world.send_card(&draft).await.unwrap();
        assert_eq!(again.status, 409, "{kind}");
        assert!(again.is_signed(&draft, true), "{kind}");
    }
    world
        .admin("/admin/settings", &json!({"digestOnGetAnswers": true}))
        .await;
    world.opened(&client::page("INV-1")).await;
    let draft = world.card_draft("/orders/v1/status/INV-1", None);
    let answer = world.send_card(&draft).await.unwrap();
    assert!(answer.is_signed(&draft, true) && !answer.is_signed(&draft, false));
}

#[tokio::test]
async fn an_answer_speaks_of_another_call_on_request() {
    let world = World::start().await;
    world
        .fault(json!({"operation": "payment_page", "kind": "wrong_echo"}))
        .await;
    let draft = world.card_draft(PAGE, Some(&client::page("INV-1")));
    let answer = world.send_card(&draft).await.unwrap();
    assert!(answer.is_signed(&draft, true));
    assert_eq!(answer.at("/order/invoice_number"), "OF-ANOTHER-CALL");
    assert_eq!(world.rows("cardPages").await[0]["invoiceNumber"], "INV-1");
}

#[tokio::test]
async fn an_answer_is_altered_on_request() {
    let world = World::start().await;
    world.charged(&client::page("INV-1")).await;
    let set = json!({
        "transaction": {"status": "TIMEOUT"},
        "card_payment": null,
        "order": {"amount": "90000"},
    });
    world
        .fault(json!({"operation": "order_status", "kind": "alter", "set": set}))
        .await;
    let altered = world.order_status("INV-1").await;
    assert_eq!(altered.at("/transaction/status"), "TIMEOUT");
    assert_eq!(altered.at("/order/invoice_number"), "INV-1");
    assert_eq!(altered.at("/order/amount"), "90000");
    assert!(altered.body.get("card_payment").is_none());
    assert_eq!(world.stands("INV-1").await.0, "SUCCESS");
}

#[tokio::test]
async fn a_refusal_by_order_has_dokus_form() {
    let world = World::start().await;
    let table = [
        (json!({"responseCode": "400"}), 400, "REJECTED_BY_ORDER"),
        (
            json!({"responseCode": "403", "errorCode": "MERCHANT_NOT_ACTIVE"}),
            403,
            "MERCHANT_NOT_ACTIVE",
        ),
        (json!({"responseCode": "500"}), 500, ""),
    ];
    for (mut fault, status, code) in table {
        fault["operation"] = json!("payment_page");
        fault["kind"] = json!("reject");
        world.fault(fault).await;
        let answer = world.card(PAGE, &client::page("INV-1")).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.at("/error/code"), code);
        assert_eq!(answer.body["path"].is_string(), status == 500);
    }
    assert_eq!(world.rows("cardPages").await.len(), 0);
}
