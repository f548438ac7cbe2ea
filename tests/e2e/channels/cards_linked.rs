//! BRI and Mandiri on the present paths: the merchant's app encrypts the card for DOKU, and a
//! `chargeToken` goes along with every payment where DOKU gave one.

use serde_json::{Value, json};

use super::scene::{BRI, BRI_CORE, CIMB_CORE, MANDIRI, MANDIRI_CORE, Scene};
use crate::support::leaks::plant;
use crate::support::{RIGHT_OTP, Shop, fresh};

/// A shop that has confirmed with DOKU what nobody could read.
async fn open() -> Shop {
    Shop::open_with(|options| {
        let confirmed = ("UnconfirmedChannels".to_owned(), format!("{BRI},{MANDIRI}"));
        options.parameters.extend([confirmed]);
    })
    .await
}

/// Asks for a payment with that `chargeToken`.
async fn pay_with(shop: &Shop, scene: Scene, binding: &str, token: &str) -> Value {
    let mut body = scene.payment_body(shop, binding);
    body["method"]["chargeToken"] = json!(plant(token));
    let answer = shop.merchant.post("/v1/payments", &body).await;
    answer.expect(201).body.clone()
}

#[tokio::test]
async fn a_card_is_linked_on_dokus_page_or_by_otp() {
    let shop = open().await;
    for scene in [BRI_CORE, MANDIRI_CORE] {
        for by_otp in [false, true] {
            let linking = scene.begin_link(&shop, &fresh("cust")).await;
            let binding = linking["bindingId"].as_str().unwrap();
            if by_otp {
                let wrong = shop.give_binding_otp(binding, "000000").await;
                assert_eq!(wrong.expect(200).body["status"], "pending");
                assert_eq!(wrong.body["failure"]["code"], "otp_incorrect");
                let right = shop.give_binding_otp(binding, RIGHT_OTP).await;
                assert_eq!(right.expect(200).body["status"], "active");
            } else {
                shop.agree(&linking).await.expect(302);
            }
            let paid = scene.paid(&shop, binding).await;
            shop.doku.charged_once(&paid).await;
        }
        let cards = shop
            .doku
            .rows("bindings", "channel", &json!(scene.code))
            .await;
        assert_eq!(cards.len(), 2);
        assert!(cards.iter().all(|card| card["card"] == "1234"), "{cards:?}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn what_doku_could_not_open_is_refused_here_or_there() {
    let shop = open().await;
    let calls = shop.doku.call_count().await;
    let good = shop.card_data();
    let (text, iv) = good.split_once('|').unwrap();
    let table: [(&str, Value, &str); 5] = [
        ("no IV", json!(text), "cardData"),
        (
            "an IV of three bytes",
            json!(format!("{text}|AAEC")),
            "cardData",
        ),
        (
            "a card number",
            json!(format!("5221840000001234|{iv}")),
            "cardData",
        ),
        ("a number", json!(5), "cardData"),
        ("nothing", Value::Null, "cardData"),
    ];
    for (why, card_data, field) in table {
        let mut body = BRI_CORE.binding_body(&shop, "cust-1");
        body["cardData"] = card_data;
        let refused = shop.merchant.post("/v1/bindings", &body).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), [field], "{why}");
    }
    let mut body = BRI_CORE.binding_body(&shop, "cust-1");
    body["card"] = json!({"lastFour": "1234"});
    let refused = shop.merchant.post("/v1/bindings", &body).await;
    refused.expect_problem(400, "invalid_request");
    assert_eq!(refused.fields(), ["card"]);
    let mut body = CIMB_CORE.binding_body(&shop, "cust-1");
    body["cardData"] = json!(shop.card_data());
    let refused = shop.merchant.post("/v1/bindings", &body).await;
    refused.expect_problem(400, "invalid_request");
    assert_eq!(refused.fields(), ["cardData"]);
    assert_eq!(shop.doku.call_count().await, calls);

    // Well formed, and encrypted with nobody's key: only DOKU can tell.
    let mut body = BRI_CORE.binding_body(&shop, "cust-1");
    body["cardData"] = json!(format!("{}|{iv}", "AAAA".repeat(16)));
    let refused = shop.merchant.post("/v1/bindings", &body).await;
    assert_eq!(refused.expect(201).body["status"], "failed");
}

#[tokio::test]
async fn the_charge_token_of_the_linking_goes_along_unless_another_is_given() {
    let shop = open().await;
    shop.doku
        .is_set(json!({"cardRegistrationAnswersTokens": true}))
        .await;
    for scene in [BRI_CORE, MANDIRI_CORE] {
        let binding = scene.link(&shop, &fresh("cust")).await;
        // The simulator knows the one it gave, and refuses any other.
        let other = pay_with(&shop, scene, &binding, "charge-token-of-nobody").await;
        assert_eq!(other["status"], "failed", "{other}");
        let paid = scene.paid(&shop, &binding).await;
        shop.doku.charged_once(&paid).await;
    }
    let account = CIMB_CORE.link(&shop, "cust-cimb").await;
    let mut body = CIMB_CORE.payment_body(&shop, &account);
    body["method"]["chargeToken"] = json!("charge-token-of-nobody");
    let refused = shop.merchant.post("/v1/payments", &body).await;
    refused.expect_problem(400, "invalid_request");
    assert_eq!(refused.fields(), ["method.chargeToken"]);
    let table = json!(shop.table().await).to_string();
    assert!(!table.contains("charge-token-of-nobody"), "unsealed");
}

/// DOKU is not known to give a `chargeToken`: none of its libraries could hold one.
#[tokio::test]
async fn a_card_is_charged_without_a_charge_token_where_doku_gave_none() {
    let shop = open().await;
    for scene in [BRI_CORE, MANDIRI_CORE] {
        let binding = scene.link(&shop, &fresh("cust")).await;
        let paid = scene.paid(&shop, &binding).await;
        shop.doku.charged_once(&paid).await;
        let given = pay_with(&shop, scene, &binding, "charge-token-from-elsewhere").await;
        assert_eq!(given["status"], "redirect_required", "{given}");
        shop.customer_agrees(&given).await;
        let paid = given["paymentId"].as_str().unwrap();
        let paid = shop.wait_until_paid(paid).await;
        shop.doku.charged_once(&paid).await;
    }
    // A subscription needs none either.
    let customer = fresh("cust");
    let binding = BRI_CORE.link(&shop, &customer).await;
    let body = shop.subscription_body(&customer, &binding);
    let taken = shop.merchant.post("/v1/subscriptions", &body).await;
    assert_eq!(taken.expect(201).body["status"], "active");

    // Where DOKU demands one, as one of its libraries does, its refusal is the payment's answer.
    shop.doku.is_set(json!({"demandsOfLibraries": true})).await;
    let body = BRI_CORE.payment_body(&shop, &binding);
    let refused = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(refused.expect(201).body["status"], "failed");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_charge_token_that_is_too_long_is_refused_here() {
    let shop = open().await;
    shop.doku
        .is_set(json!({"cardRegistrationAnswersTokens": true}))
        .await;
    for scene in [BRI_CORE, MANDIRI_CORE] {
        let kept = scene.link(&shop, &fresh("cust")).await;
        let set = json!({"chargeToken": "t".repeat(33)});
        let order = json!({"operation": "card_binding", "kind": "alter", "set": set});
        shop.doku.order("faults", order).await;
        let too_long = scene.link(&shop, &fresh("cust")).await;
        let calls = shop.doku.call_count().await;
        for (binding, given) in [(&kept, Some(33)), (&too_long, None), (&too_long, Some(33))] {
            let mut body = scene.payment_body(&shop, binding);
            if let Some(length) = given {
                body["method"]["chargeToken"] = json!("t".repeat(length));
            }
            let refused = shop.merchant.post("/v1/payments", &body).await;
            refused.expect_problem(400, "invalid_request");
            assert_eq!(refused.fields(), ["method.chargeToken"], "{given:?}");
        }
        assert_eq!(shop.doku.call_count().await, calls);
        pay_with(&shop, scene, &kept, &"u".repeat(32)).await;
        scene.paid(&shop, &kept).await;
    }
}
