//! The main job, from binding to unbinding.

use serde_json::json;

use crate::client::{self, BINDING, OTP, PAYMENT, REFUND, STATUS, UNBINDING};
use crate::world::World;

#[tokio::test]
async fn bind_pay_otp_status_refund_unbind() {
    let world = World::start().await;

    let bound = world
        .call(BINDING, &client::binding("cust-001"), None)
        .await;
    assert_eq!((bound.status, bound.code()), (200, "2000700"), "{bound:?}");
    let auth_code = bound.text("/additionalInfo/authCode");
    assert_eq!(auth_code.len(), 40);
    assert!(bound.text("/redirectUrl").ends_with(&auth_code));
    assert_eq!(bound.text("/additionalInfo/status"), "PENDING");

    assert_eq!(
        world.exchange(&auth_code).await.code(),
        "4017400",
        "before the customer agreed"
    );
    let approved = world
        .admin(&format!("/admin/bindings/{auth_code}/approve"), &json!({}))
        .await;
    assert_eq!(approved["redirect"], "https://merchant.example.com/bind/ok");
    let token = world.exchange(&auth_code).await.text("/accessToken");

    let mut draft = world.draft(
        PAYMENT,
        &client::payment("INV-0001", "10000.00"),
        Some(&token),
    );
    draft.set("X-CHANNEL-ID", "H2H");
    let paying = world.send(&draft).await.unwrap();
    assert_eq!(paying.code(), "2005400", "{paying:?}");
    assert!(!paying.text("/webRedirectUrl").is_empty());
    let waiting = world.call(STATUS, &client::status("INV-0001"), None).await;
    assert_eq!(waiting.text("/latestTransactionStatus"), "03");

    let otp = world
        .call(
            OTP,
            &client::otp("INV-0001", &token, "111000"),
            Some(&token),
        )
        .await;
    assert_eq!(otp.code(), "2000400", "{otp:?}");
    assert_eq!(
        otp.text("/originalReferenceNo"),
        paying.text("/referenceNo")
    );
    let paid = world.call(STATUS, &client::status("INV-0001"), None).await;
    assert_eq!(paid.code(), "2005500");
    assert_eq!(paid.text("/latestTransactionStatus"), "00");
    assert_eq!(paid.text("/transAmount/value"), "10000.00");
    world.deliveries(1).await;
    assert_eq!(world.merchant.taken()[0].0["latestTransactionStatus"], "00");

    let order = client::refund("INV-0001", "RFD-0001", "4000.00");
    let refund = world.call(REFUND, &order, Some(&token)).await;
    assert_eq!(refund.code(), "2005800", "{refund:?}");
    assert_eq!(refund.text("/refundAmount/value"), "4000.00");
    let refunded = world.call(STATUS, &client::status("INV-0001"), None).await;
    assert_eq!(refunded.text("/latestTransactionStatus"), "04");
    assert_eq!(
        refunded.text("/refundHistory/0/partnerRefundNo"),
        "RFD-0001"
    );
    world.deliveries(2).await;
    let (notice, _) = &world.merchant.taken()[1];
    assert_eq!(notice["latestTransactionStatus"], "04");
    assert_eq!(notice["amount"]["value"], "4000.00");
    assert_eq!(notice["additionalInfo"]["partnerRefundNo"], "RFD-0001");

    let unbound = world
        .call(UNBINDING, &client::unbinding(&token), None)
        .await;
    assert_eq!(unbound.code(), "2000500", "{unbound:?}");
    let late = world
        .call(
            PAYMENT,
            &client::payment("INV-0002", "10000.00"),
            Some(&token),
        )
        .await;
    assert_eq!(late.code(), "4015402");
    assert_eq!(
        world.exchange(&auth_code).await.code(),
        "4017400",
        "after unbinding"
    );

    let ledger = world.ledger().await;
    assert_eq!(ledger["payments"].as_array().unwrap().len(), 1);
    assert_eq!(ledger["payments"][0]["status"], "paid");
    assert_eq!(ledger["payments"][0]["refunded"], "4000.00");
    assert_eq!(ledger["charges"].as_array().unwrap().len(), 1);
    assert_eq!(ledger["refunds"].as_array().unwrap().len(), 1);
    assert_eq!(ledger["bindings"][0]["status"], "unbound");
    assert_eq!(ledger["violations"], json!([]));
    let calls = world.look("/admin/calls").await;
    let accepted = |call: &&serde_json::Value| call["accepted"] == true;
    assert_eq!(
        calls.as_array().unwrap().iter().filter(accepted).count(),
        10
    );
    world.simulator.stop().await;
}

#[tokio::test]
async fn a_port_in_use_is_told_in_a_sentence() {
    let world = World::start().await;
    let listen = world.base().trim_start_matches("http://").parse().unwrap();
    let keys = doku_simulator::keys::generate().unwrap();
    let mut config = doku_simulator::Config::new("BRN-1", "SK-1", &keys.public, &keys.private);
    config.listen = listen;
    let error = doku_simulator::Simulator::start(config).await.unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
}

#[tokio::test]
async fn answers_take_the_odd_forms_of_dokus_samples_on_request() {
    let world = World::start().await;
    let switches = json!({
        "authCodeAsInteger": true,
        "otpCodeAsInteger": true,
        "refundSucceedsAsBinding": true,
    });
    world.admin("/admin/settings", &switches).await;
    let draft = world.draft(BINDING, &client::binding("cust-001"), None);
    let mut request = world.http.post(format!("{}{BINDING}", world.base()));
    for (name, value) in &draft.headers {
        request = request.header(*name, value);
    }
    let text = request
        .body(draft.body)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let ledger = world.ledger().await;
    let auth_code = ledger["bindings"][0]["authCode"].as_str().unwrap();
    assert!(
        text.contains(&format!("\"authCode\":{auth_code}")),
        "{text}"
    );

    world
        .admin(&format!("/admin/bindings/{auth_code}/approve"), &json!({}))
        .await;
    let token = world.exchange(auth_code).await.text("/accessToken");
    world.initiated("INV-1", &token).await;
    let otp = world
        .call(OTP, &client::otp("INV-1", &token, "111000"), Some(&token))
        .await;
    assert_eq!(otp.body["responseCode"], 2_000_400);
    let refund = world
        .call(
            REFUND,
            &client::refund("INV-1", "RFD-1", "1.00"),
            Some(&token),
        )
        .await;
    assert_eq!(refund.code(), "2000700");
}
