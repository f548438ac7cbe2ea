//! What can be charged without asking the customer, and what cannot.

use serde_json::{Value, json};

use crate::support::{Answer, Shop, Untouched, fresh, idr};

/// Makes a subscription with a method, and changes one to it.
async fn try_both(shop: &Shop, subscription: &str, method: &Value) -> [Answer; 2] {
    let mut body = shop.subscription_body("cust-1", "");
    body["method"] = method.clone();
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let path = format!("/v1/subscriptions/{subscription}");
    let change = json!({ "method": method });
    [made, shop.merchant.patch(&path, &change).await]
}

#[tokio::test]
async fn only_the_customers_own_active_binding_that_can_recur_is_taken() {
    let shop = Shop::open().await;
    let unbound = shop.link_wallet("cust-1").await;
    let path = format!("/v1/bindings/{unbound}");
    let gone = shop.merchant.delete_with(&fresh("unbind"), &path).await;
    assert_eq!(gone.expect(200).body["status"], "unbound");
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let subscription = made.expect(201).word("subscriptionId");

    let others = shop.link_wallet("cust-2").await;
    let account = shop.link_account("cust-1").await;
    let mut linking = shop.binding_body("cust-1");
    linking["channel"] = json!("EMONEY_OVO_SNAP");
    linking["customer"]["phone"] = json!(crate::support::leaks::plant("6281234567891"));
    let pending = shop.merchant.post("/v1/bindings", &linking).await;
    let pending = pending.expect(201).word("bindingId");

    let untouched = Untouched::so_far(&shop).await;
    let nobodys = "bnd_01JD0000000000000000000000".to_owned();
    let table = [
        ("nobody's", nobodys, 404, "binding_not_found"),
        ("another customer's", others, 404, "binding_not_found"),
        (
            "a bank that asks every time",
            account,
            400,
            "operation_not_supported",
        ),
        ("not agreed to yet", pending, 409, "illegal_transition"),
        ("unlinked", unbound, 409, "illegal_transition"),
    ];
    for (why, binding, status, code) in table {
        let method = json!({"type": "direct_debit", "bindingId": binding});
        for answer in try_both(&shop, &subscription, &method).await {
            assert_eq!(answer.status, status, "{why}: {}", answer.text);
            answer.expect_problem(status, code);
            assert_eq!(answer.body["outcome"], "none", "{why}");
        }
    }
    untouched.still(&shop, "methods").await;
    let second = shop.link_wallet("cust-1").await;
    let method = json!({"type": "direct_debit", "bindingId": second});
    let [made, changed] = try_both(&shop, &subscription, &method).await;
    made.expect(201);
    assert_eq!(changed.expect(200).body["method"], method);
}

#[tokio::test]
async fn a_token_of_bris_is_checked_and_never_told_again() {
    let shop = Shop::open().await;
    let own = shop.doku.bri_token("cust-1").await;
    let others = shop.doku.bri_token("cust-2").await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let subscription = made.expect(201).word("subscriptionId");
    let by = |token: &str| json!({"type": "bri_token", "tokenId": token});

    for (why, token) in [("another's", others.as_str()), ("nobody's", "nobodys")] {
        for answer in try_both(&shop, &subscription, &by(token)).await {
            assert_eq!(answer.status, 404, "{why}: {}", answer.text);
            answer.expect_problem(404, "token_not_found");
        }
    }
    for answer in try_both(&shop, &subscription, &by(&own)).await {
        assert!(answer.status < 300, "{}", answer.text);
        assert_eq!(answer.body["method"], json!({"type": "bri_token"}));
        assert_eq!(answer.body["channel"], "DIRECT_DEBIT_BRI");
        assert!(!answer.text.contains(&own), "told again");
    }
    let table = shop.table().await;
    let kept = serde_json::to_string(&table).unwrap();
    assert!(!kept.contains(&own), "kept as it is");

    // DOKU takes no longer name of a customer there.
    let long = "c".repeat(51);
    let token = shop.doku.bri_token(&long).await;
    let mut body = shop.subscription_body(&long, "");
    body["method"] = by(&token);
    let refused = shop.merchant.post("/v1/subscriptions", &body).await;
    refused.expect_problem(400, "invalid_request");
    assert_eq!(refused.fields(), ["customerId"]);
    shop.doku.saw_no_violation().await;
}

/// The card's channel under BRI's archived paths takes shorter names of goods than the document does.
#[tokio::test]
async fn goods_fit_the_channel_when_they_are_ordered_and_when_they_are_changed() {
    let channel = "DIRECT_DEBIT_BRI_SNAP";
    let shop = Shop::open_with(|options| {
        let archived = "DIRECT_DEBIT_BRI_SNAP=archived-bri".to_owned();
        options
            .parameters
            .insert("ChannelPaths".to_owned(), archived);
    })
    .await;
    let mut linking = shop.binding_body("cust1");
    linking["channel"] = json!(channel);
    linking["card"] = json!({"lastFour": "1234"});
    linking["device"] = json!({"id": crate::support::leaks::plant("0123456789abcdef")});
    let card = shop.merchant.post("/v1/bindings", &linking).await;
    let card = card.expect(201).word("bindingId");
    let otp = json!({"otp": crate::support::RIGHT_OTP});
    let path = format!("/v1/bindings/{card}/otp");
    let active = shop.merchant.post(&path, &otp).await;
    assert_eq!(active.expect(200).body["status"], "active");

    let of = |length: usize| {
        let price = idr(10_000)["value"].clone();
        json!([{"name": "n".repeat(length), "price": price, "quantity": 1}])
    };
    let mut body = shop.subscription_body("cust1", &card);
    body["items"] = of(33);
    let refused = shop.merchant.post("/v1/subscriptions", &body).await;
    refused.expect_problem(400, "invalid_request");
    assert_eq!(refused.fields(), ["items[0].name"]);
    body["items"] = of(32);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let path = format!(
        "/v1/subscriptions/{}",
        made.expect(201).word("subscriptionId")
    );
    let refused = shop.merchant.patch(&path, &json!({"items": of(33)})).await;
    refused.expect_problem(400, "invalid_request");
    assert_eq!(refused.fields(), ["items[0].name"]);
}
