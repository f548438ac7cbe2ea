//! Charges that wait, are refused by order, or whose answer fails.

use serde_json::json;

use super::client::{self, RECURRING};
use crate::world::World;

#[tokio::test]
async fn a_charge_waits_until_the_bank_decides() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let pending = json!({"operation": "bri_recurring", "kind": "pending", "times": 3});
    world.fault(pending).await;
    for invoice in ["SUB-1", "SUB-2", "SUB-3"] {
        let answered = world.recurs(invoice, "cust-001", &token).await;
        assert_eq!(answered, "PENDING");
        let stands = world.stands(invoice).await;
        assert_eq!(stands, ("PENDING".to_owned(), String::new()), "no type yet");
    }
    assert_eq!(world.rows("charges").await.len(), 0);
    let decline = json!({"custIdMerchant": "cust-001", "times": 1});
    world.admin("/admin/declines", &decline).await;

    let table = [
        ("SUB-1", true, "FAILED"),
        ("SUB-2", true, "SUCCESS"),
        ("SUB-3", false, "FAILED"),
    ];
    for (number, (invoice, success, status)) in table.into_iter().enumerate() {
        let order = json!({"invoiceNumber": invoice, "success": success});
        world.admin("/admin/bri/complete", &order).await;
        assert_eq!(world.stands(invoice).await.0, status, "{invoice}");
        let told = world.told(number + 1).await;
        assert_eq!(told[number]["transaction"]["status"], status);
        let (again, _) = world.try_admin("/admin/bri/complete", &order).await;
        assert_eq!(again, 409, "{invoice}");
    }
    assert_eq!(world.rows("charges").await.len(), 1);
}

#[tokio::test]
async fn a_bank_refuses_the_next_charge_whoevers_it_is() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    world
        .fault(json!({"operation": "bri_recurring", "kind": "decline"}))
        .await;
    for (invoice, status) in [("SUB-1", "FAILED"), ("SUB-2", "SUCCESS")] {
        world.recurs(invoice, "cust-001", &token).await;
        assert_eq!(world.stands(invoice).await.0, status);
    }
    assert_eq!(world.rows("payments").await[0]["declined"], "do_not_honour");
}

#[tokio::test]
async fn after_a_lost_answer_the_same_call_gets_it() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    // What the client sees, none for a broken connection; whether the charge was made before.
    let table = [
        ("reset", None, false),
        ("accept_then_reset", None, true),
        ("bad_gateway", Some(502), false),
        ("accept_then_garbage", Some(200), true),
    ];
    for (number, (kind, status, made)) in table.into_iter().enumerate() {
        let fault = json!({"operation": "bri_recurring", "kind": kind});
        world.fault(fault).await;
        let order = client::order(&format!("SUB-{number}"), "cust-001", &token);
        let draft = world.card_draft(RECURRING, Some(&order));
        let lost = world.send_card(&draft).await;
        let seen = lost.as_ref().ok().map(|answer| answer.status);
        assert_eq!(seen, status, "{kind}");
        assert_eq!(
            world.rows("charges").await.len(),
            number + usize::from(made),
            "{kind}"
        );
        let again = world.send_card(&draft).await.unwrap();
        assert_eq!(again.status, if made { 409 } else { 201 }, "{kind}");
        assert_eq!(again.at("/payment/status"), "PENDING", "{kind}");
        assert_eq!(world.rows("charges").await.len(), number + 1, "{kind}");
    }
}

#[tokio::test]
async fn answers_are_spoilt_on_request() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let success = json!({"payment": {"status": "SUCCESS"}});
    let table = [
        (json!({"kind": "no_signature"}), false, "PENDING", "SUB-0"),
        (
            json!({"kind": "wrong_signature"}),
            false,
            "PENDING",
            "SUB-1",
        ),
        (
            json!({"kind": "wrong_echo"}),
            true,
            "PENDING",
            "OF-ANOTHER-CALL",
        ),
        (
            json!({"kind": "alter", "set": success}),
            true,
            "SUCCESS",
            "SUB-3",
        ),
    ];
    for (number, (mut fault, signed, status, invoice)) in table.into_iter().enumerate() {
        let kind = fault["kind"].clone();
        fault["operation"] = json!("bri_recurring");
        world.fault(fault).await;
        let order = client::order(&format!("SUB-{number}"), "cust-001", &token);
        let draft = world.card_draft(RECURRING, Some(&order));
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, 201, "{kind}");
        assert_eq!(answer.is_signed(&draft, true), signed, "{kind}");
        assert_eq!(answer.at("/payment/status"), status, "{kind}");
        assert_eq!(answer.at("/order/invoice_number"), invoice, "{kind}");
    }
    let reject = json!({
        "operation": "bri_recurring", "kind": "reject", "responseCode": "403",
        "errorCode": "MERCHANT_NOT_ACTIVE",
    });
    world.fault(reject).await;
    let order = client::order("SUB-4", "cust-001", &token);
    let answer = world.card(RECURRING, &order).await;
    assert_eq!(
        (answer.status, &*answer.at("/error/code")),
        (403, "MERCHANT_NOT_ACTIVE")
    );
    assert_eq!(world.rows("charges").await.len(), 4);
}
