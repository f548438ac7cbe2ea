//! The main job by card, and what check status says on the way.

use serde_json::json;

use super::client::{self, PAGE};
use crate::world::World;

#[tokio::test]
async fn a_page_is_ordered_and_paid() {
    let world = World::start().await;
    let order = client::page("INV-1");
    let answer = world.card(PAGE, &order).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.at("/order/invoice_number"), "INV-1");
    assert_eq!(
        answer.body["order"]["line_items"],
        order["order"]["line_items"]
    );
    assert!(!answer.at("/order/session_id").is_empty());
    assert_eq!(answer.body["additional_info"], json!({}));
    let url = answer.at("/credit_card_payment_page/url");
    assert!(url.starts_with(world.base()), "{url}");
    let page_id = answer.header("request-id").to_owned();

    let waiting = world.order_status("INV-1").await;
    assert_eq!(waiting.at("/transaction/status"), "PENDING");
    assert!(waiting.body["transaction"].get("type").is_none());
    assert_eq!(waiting.at("/transaction/original_request_id"), page_id);

    let pay = json!({"invoiceNumber": "INV-1", "card": "approve"});
    let paid = world.admin("/admin/cards/pay", &pay).await;
    assert_eq!(paid["outcome"], "approved");
    assert_eq!(paid["redirect"], "https://merchant.example.com/cards/ok");

    for id in ["INV-1", &page_id] {
        let status = world.order_status(id).await;
        assert_eq!(status.at("/transaction/status"), "SUCCESS");
        assert_eq!(status.at("/transaction/type"), "SALE");
        assert_eq!(status.body["order"]["amount"], 90_000);
        assert_eq!(status.at("/order/currency"), "IDR");
        assert_eq!(status.at("/service/id"), "CREDIT_CARD");
        assert_eq!(status.at("/card_payment/card_masked"), "411111******1111");
        assert_eq!(status.at("/card_payment/three_dsecure_status"), "TRUE");
        assert_eq!(status.at("/card_payment/response_code"), "00");
    }

    let told = world.told(1).await;
    assert_eq!(told[0]["transaction"]["type"], "SALE");
    assert_eq!(told[0]["transaction"]["status"], "SUCCESS");
    assert_eq!(told[0]["transaction"]["original_request_id"], page_id);
    assert_eq!(told[0]["customer"]["id"], "cust-001");
    assert_eq!(told[0]["order"]["amount"], 90_000);

    let (again, _) = world.try_admin("/admin/cards/pay", &pay).await;
    assert_eq!(again, 409, "paid already");
    let charges = world.rows("cardCharges").await;
    assert_eq!(charges.len(), 1);
    assert_eq!(charges[0]["invoiceNumber"], "INV-1");
    assert_eq!(charges[0]["requestId"], page_id);
    assert_eq!(charges[0]["amount"], 90_000);
    assert_eq!(charges[0]["captured"], 90_000);
    assert_eq!(charges[0]["status"], "captured");
    assert_eq!(world.violations().await, Vec::<String>::new());
    let ledger = world.ledger().await.to_string();
    assert!(!ledger.contains("4111111111111111"), "masked");
}

#[tokio::test]
async fn a_refused_card_leaves_the_page_open() {
    let world = World::start().await;
    world.opened(&client::page("INV-1")).await;
    let table = [
        ("decline", "05"),
        ("insufficient", "51"),
        ("expired", "54"),
        ("unavailable", "91"),
    ];
    for (number, (card, code)) in table.into_iter().enumerate() {
        assert_eq!(world.pays("INV-1", card).await, "declined", "{card}");
        let told = world.told(number + 1).await;
        assert_eq!(told[number]["transaction"]["status"], "FAILED", "{card}");
        assert_eq!(told[number]["card_payment"]["response_code"], code);
        let stands = world.stands("INV-1").await;
        assert_eq!(stands, ("FAILED".to_owned(), "SALE".to_owned()));
    }
    assert_eq!(world.pays("INV-1", "approve").await, "approved");
    assert_eq!(world.stands("INV-1").await.0, "SUCCESS");
    assert_eq!(world.rows("cardPages").await[0]["declined"], 4);
    assert_eq!(world.rows("cardCharges").await.len(), 1);
}

#[tokio::test]
async fn the_bank_asks_the_holder() {
    let world = World::start().await;
    world.opened(&client::page("INV-1")).await;
    let challenge = |code: Option<&str>| json!({"invoiceNumber": "INV-1", "code": code});
    let path = "/admin/cards/challenge";

    assert_eq!(world.pays("INV-1", "challenge").await, "challenged");
    assert_eq!(world.stands("INV-1").await.0, "REDIRECT");
    let gave_up = world.admin(path, &challenge(None)).await;
    assert_eq!(gave_up["outcome"], "declined");
    assert_eq!(world.stands("INV-1").await.0, "FAILED");

    assert_eq!(world.pays("INV-1", "challenge").await, "challenged");
    for outcome in ["wrong_code", "wrong_code", "declined"] {
        let wrong = world.admin(path, &challenge(Some("000000"))).await;
        assert_eq!(wrong["outcome"], outcome);
    }
    assert_eq!(world.pays("INV-1", "challenge").await, "challenged");
    let right = world.admin(path, &challenge(Some("111000"))).await;
    assert_eq!(right["outcome"], "approved");
    assert_eq!(world.stands("INV-1").await.0, "SUCCESS");

    for kind in ["MOTO", "RECURRING"] {
        let order = client::page_of(kind, json!({"type": kind}));
        world.opened(&order).await;
        assert_eq!(world.pays(kind, "challenge").await, "approved", "{kind}");
        let status = world.order_status(kind).await;
        assert_eq!(status.at("/transaction/type"), kind);
        assert_eq!(status.at("/card_payment/three_dsecure_status"), "FALSE");
    }
}

#[tokio::test]
async fn instalments_promotions_and_allowed_cards() {
    let world = World::start().await;
    let fixed = json!({"type": "INSTALLMENT", "acquirer": "BCA", "tenor": 6});
    world.charged(&client::page_of("INV-1", fixed)).await;

    let mut chosen = client::page("INV-2");
    chosen["override_configuration"] = json!({
        "promo": [{"bin": "411111", "discount_amount": 5_000}],
        "allow_bin": ["411111", "400000"],
        "allow_tenor": [3, 6],
    });
    world.opened(&chosen).await;
    let mut pay = json!({"invoiceNumber": "INV-2", "card": "mastercard", "tenor": 3});
    assert_eq!(world.try_admin("/admin/cards/pay", &pay).await.0, 409);
    pay["card"] = json!("approve");
    pay["tenor"] = json!(12);
    assert_eq!(world.try_admin("/admin/cards/pay", &pay).await.0, 409);
    pay["tenor"] = json!(3);
    world.admin("/admin/cards/pay", &pay).await;

    let rows = world.rows("cardCharges").await;
    let seen: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row["type"].as_str().unwrap(),
                row["tenor"].as_u64(),
                row["amount"].as_u64().unwrap(),
                row["discount"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("INSTALLMENT", Some(6), 90_000, 0),
        ("INSTALLMENT", Some(3), 85_000, 5_000),
    ];
    assert_eq!(seen, expected);
    let told = world.told(2).await;
    assert_eq!(told[1]["order"]["amount"], 85_000);
    assert_eq!(told[0]["acquirer"]["id"], "BCA");
}

#[tokio::test]
async fn an_invoice_is_paid_once() {
    let world = World::start().await;
    let (first, _) = world.opened(&client::page("INV-1")).await;
    world.opened(&client::page("INV-1")).await;
    assert_eq!(world.violations().await, ["second_page_for_an_invoice"]);
    assert_eq!(world.pays("INV-1", "approve").await, "approved");
    let pay = json!({"invoiceNumber": "INV-1", "requestId": first});
    assert_eq!(world.try_admin("/admin/cards/pay", &pay).await.0, 409);

    let third = world.card(PAGE, &client::page("INV-1")).await;
    assert_eq!(third.status, 400);
    assert_eq!(third.at("/error/code"), "DUPLICATE_INVOICE_NUMBER");
    assert_eq!(world.violations().await.len(), 2);
    assert_eq!(world.rows("cardCharges").await.len(), 1);
}

#[tokio::test]
async fn a_page_expires_by_order() {
    let world = World::start().await;
    for (invoice, notify) in [("INV-1", true), ("INV-2", false)] {
        world.opened(&client::page(invoice)).await;
        let order = json!({"invoiceNumber": invoice, "notify": notify});
        world.admin("/admin/cards/expire", &order).await;
        assert_eq!(world.stands(invoice).await.0, "EXPIRED");
        let pay = json!({"invoiceNumber": invoice});
        assert_eq!(world.try_admin("/admin/cards/pay", &pay).await.0, 409);
    }
    assert_eq!(world.told(1).await[0]["transaction"]["status"], "EXPIRED");
    assert_eq!(world.deliveries(1).await.len(), 1);
    world.opened(&client::page("INV-1")).await;
    assert_eq!(world.pays("INV-1", "approve").await, "approved");
    assert_eq!(world.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_known_is_not_found() {
    let world = World::start().await;
    let answer = world.order_status("INV-9").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.at("/error/code"), "TRANSACTION_NOT_FOUND");
    world.charged(&client::page("INV/2026 1+1")).await;
    let stands = world.stands("INV%2F2026%201+1").await;
    assert_eq!(stands.0, "SUCCESS");
}
