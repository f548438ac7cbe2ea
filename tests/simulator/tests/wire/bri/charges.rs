//! A charge from the call to the notification.

use serde_json::{Value, json};

use super::client::{self, RECURRING, TOKENS};
use crate::world::World;

#[tokio::test]
async fn a_charge_is_made_told_and_known() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let order = client::order("SUB-20261231", "cust-001", &token);
    let draft = world.card_draft(RECURRING, Some(&order));
    let answer = world.send_card(&draft).await.unwrap();
    assert!(answer.is_signed(&draft, true), "{answer:?}");
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.at("/payment/status"), "PENDING");
    assert_eq!(answer.at("/payment/token"), token);
    assert_eq!(answer.at("/acquirer/id"), "BRI");
    assert_eq!(answer.body["customer"], order["customer"], "echoed");
    assert_eq!(answer.body["order"], order["order"], "echoed");
    let payment_id = answer.at("/payment/payment_id");
    assert!(!payment_id.is_empty());

    for id in ["SUB-20261231", &draft.id()] {
        let status = world.order_status(id).await;
        assert_eq!(status.at("/transaction/status"), "SUCCESS", "{id}");
        assert_eq!(status.at("/transaction/type"), "RECURRING");
        assert_eq!(status.body["order"]["amount"], 15_000);
        assert_eq!(status.at("/order/currency"), "IDR");
    }
    let told = &world.told(1).await[0];
    assert_eq!(told["transaction"]["status"], "SUCCESS");
    assert_eq!(told["transaction"]["type"], "RECURRING");
    assert_eq!(told["transaction"]["original_request_id"], draft.id());
    assert_eq!(
        told["order"],
        json!({"invoice_number": "SUB-20261231", "amount": 15_000})
    );
    assert_eq!(told["service"]["id"], "DIRECT_DEBIT");
    assert_eq!(told["channel"]["id"], "DIRECT_DEBIT");
    assert_eq!(told["acquirer"]["id"], "BRI");
    let members: Vec<_> = told.as_object().unwrap().keys().collect();
    assert_eq!(members.len(), 5, "no block of its own: {members:?}");

    let payment = &world.rows("payments").await[0];
    assert_eq!(payment["partnerReferenceNo"], "SUB-20261231");
    assert_eq!(payment["requestId"], draft.id());
    assert_eq!(payment["referenceNo"], payment_id);
    assert_eq!(payment["tokenId"], token);
    assert_eq!(payment["kind"], "RECURRING");
    assert_eq!(payment["status"], "paid");
    assert!(payment["paidAt"].is_string());
    let charges = world.rows("charges").await;
    assert_eq!(charges.len(), 1);
    assert_eq!(charges[0]["partnerReferenceNo"], "SUB-20261231");
    assert_eq!(charges[0]["custIdMerchant"], "cust-001");
    assert_eq!(charges[0]["amount"], "15000.00");
    assert_eq!(charges[0]["tokenId"], token);
    assert_eq!(charges[0]["kind"], "RECURRING");
    assert_eq!(world.violations().await, Vec::<String>::new());
}

/// The call of the golden vector `ns-05-bri-recurring`, at the moment it was signed.
#[tokio::test]
async fn the_vectors_own_call_is_accepted() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../../vectors/doku.json")).unwrap();
    let vectors = vectors["non_snap_request"].as_array().unwrap();
    let vector = vectors
        .iter()
        .find(|vector| vector["id"] == "ns-05-bri-recurring")
        .unwrap();
    let text = |name: &str| vector[name].as_str().unwrap();
    let world = World::start_with(|config| {
        text("client_id").clone_into(&mut config.client_id);
        text("secret_key").clone_into(&mut config.secret_key);
    })
    .await;
    let moment = doku_shared::clock::Timestamp::parse_rfc3339(text("request_timestamp")).unwrap();
    let now = doku_shared::clock::Clock::system().now();
    let offset = moment.millis() - now.millis();
    world
        .admin("/admin/clock", &json!({"offsetMs": offset}))
        .await;
    let card = json!({"customerId": "CUST-0001", "tokenId": "tok-1"});
    world.admin("/admin/bri/tokens", &card).await;

    let mut draft = world.card_draft(text("request_target"), Some(&Value::Null));
    draft.body = Some(text("body").to_owned());
    draft.set("Client-Id", text("client_id"));
    draft.set("Request-Id", text("request_id"));
    draft.set("Request-Timestamp", text("request_timestamp"));
    draft.set("Signature", text("signature"));
    let answer = world.send_card(&draft).await.unwrap();
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(world.rows("charges").await.len(), 1);
}

#[tokio::test]
async fn a_refused_charge_is_told_and_the_next_one_is_paid() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let other = world.bri_token("cust-001").await;
    let decline = json!({"tokenId": token, "times": 2});
    world.admin("/admin/declines", &decline).await;
    let steps = [
        ("SUB-1", &token, "FAILED"),
        ("SUB-2", &other, "SUCCESS"),
        ("SUB-1-2", &token, "FAILED"),
        ("SUB-1-3", &token, "SUCCESS"),
    ];
    for (number, (invoice, token, status)) in steps.into_iter().enumerate() {
        let answered = world.recurs(invoice, "cust-001", token).await;
        assert_eq!(answered, "PENDING", "{invoice}");
        let stands = world.stands(invoice).await;
        assert_eq!(stands, (status.to_owned(), "RECURRING".to_owned()));
        let told = world.told(number + 1).await;
        assert_eq!(told[number]["order"]["invoice_number"], invoice);
        assert_eq!(told[number]["transaction"]["status"], status, "{invoice}");
    }
    let payments = world.rows("payments").await;
    assert_eq!(payments[0]["status"], "failed");
    assert_eq!(payments[0]["declined"], "insufficient_funds");
    assert!(payments[0]["paidAt"].is_null());
    assert_eq!(world.rows("charges").await.len(), 2);

    let poor = json!({"custIdMerchant": "cust-001", "balance": 14_999});
    world.admin("/admin/accounts", &poor).await;
    world.recurs("SUB-4", "cust-001", &token).await;
    assert_eq!(world.stands("SUB-4").await.0, "FAILED");
}

#[tokio::test]
async fn the_answer_says_how_it_ended_where_that_is_set() {
    let world = World::start().await;
    let setting = json!({"briRecurringDecidedAtOnce": true});
    world.admin("/admin/settings", &setting).await;
    let token = world.bri_token("cust-001").await;
    let decline = json!({"custIdMerchant": "cust-001", "times": 1});
    world.admin("/admin/declines", &decline).await;
    for (invoice, status) in [("SUB-1", "FAILED"), ("SUB-2", "SUCCESS")] {
        assert_eq!(world.recurs(invoice, "cust-001", &token).await, status);
    }
}

#[tokio::test]
async fn an_invoice_is_good_for_one_charge() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let decline = json!({"custIdMerchant": "cust-001", "times": 1});
    world.admin("/admin/declines", &decline).await;
    world.recurs("SUB-1", "cust-001", &token).await;
    world.recurs("SUB-2", "cust-001", &token).await;
    world.opened(&crate::cards::client::page("INV-1")).await;
    let table = [
        ("refused", "SUB-1"),
        ("paid", "SUB-2"),
        ("of a page", "INV-1"),
    ];
    for (why, invoice) in table {
        let order = client::order(invoice, "cust-001", &token);
        let answer = world.card(RECURRING, &order).await;
        assert_eq!(answer.status, 400, "{why}: {answer:?}");
        assert_eq!(
            answer.at("/error/code"),
            "DUPLICATE_INVOICE_NUMBER",
            "{why}"
        );
    }
    assert_eq!(world.violations().await, ["second_charge_of_an_invoice"; 3]);
    let page = crate::cards::client::page("SUB-2");
    let answer = world.card(crate::cards::client::PAGE, &page).await;
    assert_eq!(answer.at("/error/code"), "DUPLICATE_INVOICE_NUMBER");
    assert_eq!(world.violations().await[3], "page_for_a_recurring_charge");
    assert_eq!(world.rows("charges").await.len(), 1);
}

#[tokio::test]
async fn a_notification_made_to_order_is_about_the_charge() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    world.recurs("SUB-1", "cust-001", &token).await;
    world.told(1).await;
    let order = json!({"invoiceNumber": "SUB-1", "set": {"transaction": {"status": "FAILED"}}});
    world.admin("/admin/cards/notifications", &order).await;
    let told = world.told(2).await;
    assert_eq!(told[1]["transaction"]["type"], "RECURRING");
    assert_eq!(told[1]["transaction"]["status"], "FAILED");
    let row = &world.deliveries(2).await[1];
    assert_eq!(row["invoiceNumber"], "SUB-1");
    assert_eq!(
        row["requestId"],
        told[0]["transaction"]["original_request_id"]
    );
}

#[tokio::test]
async fn a_list_of_cards_is_no_order() {
    let world = World::start().await;
    let answer = world
        .card(TOKENS, &json!({"customer": {"id": "cust-001"}}))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(world.rows("payments").await, Vec::<Value>::new());
    assert_eq!(world.order_status("SUB-9").await.status, 404);
}
