//! Tokens and personal data where they do not belong.

use serde_json::json;

use crate::client::{self, OTP, PAYMENT, REFUND, STATUS, UNBINDING};
use crate::world::World;

#[tokio::test]
async fn a_token_of_another_customer_is_refused_and_recorded() {
    let world = World::start().await;
    let (siti, _) = world.bound("siti").await;
    let (budi, _) = world.bound("budi").await;
    world.paid("INV-1", &siti).await;
    world.initiated("INV-2", &siti).await;

    let calls = [
        (OTP, client::otp("INV-2", &budi, "111000"), "4010402"),
        (OTP, client::otp("INV-2", &siti, "111000"), "4010402"),
        (REFUND, client::refund("INV-1", "RFD-1", "1.00"), "4015802"),
        (PAYMENT, client::payment("INV-2", "10000.00"), "4015402"),
    ];
    for (path, body, code) in calls {
        assert_eq!(
            world.call(path, &body, Some(&budi)).await.code(),
            code,
            "{path}"
        );
    }
    let violations = world.ledger().await["violations"].clone();
    let violations = violations.as_array().unwrap();
    assert_eq!(violations.len(), 4);
    for violation in violations {
        assert_eq!(violation["kind"], "customer_token_of_another_customer");
    }
}

#[tokio::test]
async fn tokens_and_phone_numbers_out_of_place_are_recorded() {
    let world = World::start().await;
    let (token, auth_code) = world.bound("cust-001").await;
    let mut draft = world.draft(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token));
    draft.edit("/additionalInfo/remarks", json!("call 6281200000000"));
    draft.edit(
        "/additionalInfo/successPaymentUrl",
        json!(format!("https://a.example/{token}")),
    );
    draft.edit(
        "/additionalInfo/failedPaymentUrl",
        json!(format!("https://a.example/{auth_code}")),
    );
    draft.sign();
    world.send(&draft).await.unwrap();
    world
        .call(STATUS, &client::status("INV-1"), Some(&token))
        .await;
    let mut draft = world.draft(UNBINDING, &client::unbinding(&token), None);
    draft.set("Authorization", &format!("Bearer {token}"));
    draft.sign();
    assert_eq!(world.send(&draft).await.unwrap().code(), "4010501");

    let ledger = world.ledger().await;
    let mut kinds: Vec<_> = ledger["violations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|violation| violation["kind"].as_str().unwrap())
        .collect();
    kinds.sort_unstable();
    let expected = [
        "auth_code_outside_its_field",
        "customer_token_as_merchant_token",
        "customer_token_not_asked_for",
        "phone_outside_its_field",
        "token_outside_its_field",
    ];
    assert_eq!(kinds, expected);
    assert!(!ledger["violations"].to_string().contains(&token));
}
