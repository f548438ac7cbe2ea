//! The code that buys a customer's token: forty digits, which not every JSON library carries.

use serde_json::{Value, json};

use crate::support::{Shop, fresh};

#[tokio::test]
async fn all_forty_digits_of_a_code_arrive() {
    let shop = Shop::open().await;
    let settings = shop.doku.settings().await;
    let page = |with: &str| json!({"set": {"redirectUrl": with}});
    let strange = page("https://sandbox.doku.com/direct-debit/ui/binding/core/x");
    // How DOKU prints it, and what else is different about the answer.
    let table = [
        ("text", json!({}), json!({})),
        ("an integer", json!({"authCodeAsInteger": true}), json!({})),
        (
            "an integer, and no digits in the page",
            json!({"authCodeAsInteger": true}),
            strange,
        ),
        (
            "a float, and the page has all of them",
            json!({"authCodeAsFloat": true}),
            json!({}),
        ),
    ];
    for (why, change, alter) in table {
        shop.doku.order("settings", change).await;
        order(&shop, &alter).await;
        shop.doku.forget_calls().await;
        let linking = shop.begin_link(&fresh("cust")).await;
        let id = linking["bindingId"].as_str().unwrap();
        let row = newest(&shop).await;
        let agreed = format!("bindings/{}/approve", row["authCode"].as_str().unwrap());
        let back = shop.doku.order(&agreed, json!({})).await;
        let back = back["redirect"].as_str().unwrap();
        shop.http.get(back).send().await.unwrap();
        assert_eq!(status(&shop, id).await, "active", "{why}");
        let bought = shop.doku.calls("b2b2c").await;
        assert_eq!(bought.len(), 1, "{why}: {bought:?}");
        assert_eq!(bought[0]["accepted"], true, "{why}");
        assert_eq!(shop.pay(id, 10_000).await.status, "otp_required", "{why}");
        shop.doku.order("settings", settings.clone()).await;
    }
}

#[tokio::test]
async fn a_code_with_lost_digits_buys_nothing_and_another_one_is_asked_for() {
    let shop = Shop::open().await;
    let settings = shop.doku.settings().await;
    let literal = |code: &str| json!({"literals": {"authCode": code}});
    let other = "https://sandbox.doku.com/direct-debit/ui/binding/core/";
    let other = format!("{other}{}", "9".repeat(40));
    let float = json!({"authCodeAsFloat": true});
    let plain = json!({});
    let table = [
        (
            "a float and another page",
            &float,
            json!({"set": {"redirectUrl": other}}),
        ),
        (
            "a float and no page",
            &float,
            json!({"set": {"redirectUrl": null}}),
        ),
        ("a float with few digits", &plain, literal("2.2e+39")),
        (
            "a float with a small exponent",
            &plain,
            literal("2.238261120001534e-39"),
        ),
        (
            "a fraction",
            &plain,
            literal("2238261120001534401107183161486001168389.0"),
        ),
        ("a truth", &plain, literal("true")),
        ("a list", &plain, literal("[1]")),
        ("empty", &plain, literal("\"\"")),
        (
            "no code",
            &plain,
            json!({"set": {"additionalInfo": {"authCode": null}}}),
        ),
        (
            "nothing to hold it",
            &plain,
            json!({"set": {"additionalInfo": null}}),
        ),
        (
            "text that should hold it",
            &plain,
            json!({"set": {"additionalInfo": ""}}),
        ),
    ];
    for (why, change, alter) in table {
        shop.doku.order("settings", change.clone()).await;
        order(&shop, &alter).await;
        shop.doku.forget_calls().await;
        let (key, body) = (fresh("link"), shop.binding_body(&fresh("cust")));
        let answer = shop.merchant.post_with(&key, "/v1/bindings", &body).await;
        assert_eq!(answer.expect(202).body["status"], "pending", "{why}");
        assert_eq!(answer.body["nextAction"], json!({"type": "wait"}), "{why}");
        assert_eq!(answer.body["failure"], Value::Null, "{why}");
        assert!(answer.retry_after().is_some(), "{why}");
        let id = answer.word("bindingId");
        // The customer agrees at DOKU all the same.
        let code = newest(&shop).await["authCode"].clone();
        let agreed = format!("bindings/{}/approve", code.as_str().unwrap());
        let back = shop.doku.order(&agreed, json!({})).await;
        let back = back["redirect"].as_str().unwrap();
        assert_eq!(shop.http.get(back).send().await.unwrap().status(), 302);
        assert_eq!(status(&shop, &id).await, "pending", "{why}");
        assert!(shop.doku.calls("b2b2c").await.is_empty(), "{why}");
        let charge = shop.payment_body(&id, 10_000);
        let charge = shop.merchant.post("/v1/payments", &charge).await;
        charge.expect_problem(409, "illegal_transition");

        shop.doku.order("settings", settings.clone()).await;
        let again = shop.merchant.post_with(&key, "/v1/bindings", &body).await;
        assert_eq!(again.expect(201).body["bindingId"], id, "{why}");
        shop.agree(&again.body).await.expect(302);
        assert_eq!(status(&shop, &id).await, "active", "{why}");
        assert_eq!(shop.pay(&id, 10_000).await.status, "otp_required", "{why}");
    }
}

async fn order(shop: &Shop, alter: &Value) {
    let mut fault = alter.clone();
    fault["operation"] = json!("binding");
    fault["kind"] = json!("alter");
    shop.doku.order("faults", fault).await;
}

/// The binding that DOKU wrote down last.
async fn newest(shop: &Shop) -> Value {
    let ledger = shop.doku.ledger().await;
    ledger["bindings"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone()
}

async fn status(shop: &Shop, binding: &str) -> String {
    let now = shop.merchant.get(&format!("/v1/bindings/{binding}")).await;
    now.expect(200).word("status")
}
