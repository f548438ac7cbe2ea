//! What an app learns of the channels, and that it is true.

use serde_json::json;

use crate::support::{CHANNEL, Shop, idr};

#[tokio::test]
async fn every_channel_says_what_it_can_do() {
    let shop = Shop::open().await;
    let page = shop.app_of("cust-1").get("/v1/channels").await;
    let page = page.expect(200);
    assert_eq!(page.body["nextCursor"], json!(null));
    let items = page.body["items"].as_array().unwrap();
    let of = |code: &str| items.iter().find(|item| item["channel"] == code).unwrap();
    let account = of(CHANNEL);
    assert_eq!(account["methodType"], "direct_debit");
    assert_eq!(account["confirmations"], json!(["otp", "page"]));
    let card = of("CREDIT_CARD");
    assert_eq!(card["methodType"], "card");
    assert_eq!(card["limits"]["otpMaxDigits"], json!(null));

    // What it says is refused is refused, and what it says is taken is taken.
    let says = |item: &serde_json::Value, operation: &str| {
        let operations = item["operations"].as_array().unwrap();
        operations.contains(&json!(operation))
    };
    assert!(says(account, "bind_account") && !says(card, "bind_account"));
    let mut body = shop.binding_body("cust-1");
    shop.merchant.post("/v1/bindings", &body).await.expect(201);
    body["channel"] = json!("CREDIT_CARD");
    let refused = shop.merchant.post("/v1/bindings", &body).await;
    refused.expect_problem(400, "operation_not_supported");
    assert!(says(card, "capture") && !says(account, "capture"));
    let binding = shop.link_account("cust-2").await;
    assert!(says(of("EMONEY_OVO_SNAP"), "balance") && !says(account, "balance"));
    let path = format!("/v1/bindings/{binding}/balance");
    let refused = shop.merchant.get(&path).await;
    refused.expect_problem(400, "operation_not_supported");
    let paid = shop.paid(&binding, 10_000).await;
    let path = format!("/v1/payments/{paid}/capture");
    let refused = shop.merchant.post(&path, &json!({})).await;
    refused.expect_problem(400, "operation_not_supported");
    assert!(of("EMONEY_OVO_SNAP")["recurring"] == true && account["recurring"] == false);
    let wallet = shop.link_wallet("cust-2").await;
    let body = shop.subscription_body("cust-2", &wallet);
    let taken = shop.merchant.post("/v1/subscriptions", &body).await;
    assert_eq!(taken.expect(201).body["channel"], "EMONEY_OVO_SNAP");
    let body = shop.subscription_body("cust-2", &binding);
    let refused = shop.merchant.post("/v1/subscriptions", &body).await;
    refused.expect_problem(400, "operation_not_supported");
    let longest = account["limits"]["descriptionMaxLength"].as_u64().unwrap();
    for (length, status) in [(longest, 201), (longest + 1, 400)] {
        let mut body = shop.payment_body(&binding, 10_000);
        body["description"] = json!("d".repeat(usize::try_from(length).unwrap()));
        let answer = shop.merchant.post("/v1/payments", &body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

/// What only a merchant's token opens is no channel to link, to pay by or to ask about.
#[tokio::test]
async fn a_channel_that_is_charged_by_token_is_named_by_nobody() {
    let shop = Shop::open().await;
    let by_token = "DIRECT_DEBIT_BRI";
    let listed = shop.merchant.get("/v1/channels").await;
    let items = listed.expect(200).body["items"].as_array().unwrap();
    assert!(items.iter().all(|item| item["channel"] != by_token));

    let mut linking = shop.binding_body("cust-1");
    linking["channel"] = json!(by_token);
    let wallet = json!({
        "invoiceNumber": "INV-1",
        "amount": idr(10_000),
        "customer": {"id": "cust-1"},
        "method": {"type": "wallet", "channel": by_token},
        "returnUrl": "https://shop.example/paid",
    });
    let mut token = shop.payment_body("bnd_01JD0000000000000000000000", 10_000);
    token["method"] = json!({"type": "bri_token", "tokenId": "t"});
    for (path, body, field) in [
        ("/v1/bindings", &linking, "channel"),
        ("/v1/payments", &wallet, "method.channel"),
        ("/v1/payments", &token, "method.type"),
    ] {
        let refused = shop.merchant.post(path, body).await;
        refused.expect_problem(400, "invalid_request");
        assert!(refused.fields().contains(&field), "{}", refused.text);
    }
}
