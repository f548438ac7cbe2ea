//! One key, several tokens: a rotated client, a second service and a member of staff are one merchant.

use serde_json::json;

use crate::support::{Caller, Shop, fresh, idr};

const SCOPES: &str = "payments:write payments:read refunds:write subscriptions:write \
     subscriptions:read bindings:write bindings:read";

/// The merchant's backend, with another token.
fn backends(shop: &Shop) -> [Caller; 3] {
    ["client-1", "client-2", "staff-7"].map(|subject| shop.caller(subject, None, SCOPES))
}

#[tokio::test]
async fn tokens_of_the_merchant_share_their_keys() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let wallet = shop.link_wallet("cust-1").await;
    let paid = shop.paid(&binding, 10_000).await;
    shop.doku.forget_calls().await;
    let subscription = shop.subscription_body("cust-1", &wallet);
    for (path, body, other) in [
        (
            format!("/v1/payments/{paid}/refunds"),
            json!({"amount": idr(4_000)}),
            json!({"amount": idr(4_001)}),
        ),
        (
            "/v1/payments".to_owned(),
            shop.payment_body(&binding, 10_000),
            shop.payment_body(&binding, 10_000),
        ),
        ("/v1/subscriptions".to_owned(), subscription.clone(), {
            let mut other = subscription;
            other["amount"] = idr(20_000);
            other
        }),
    ] {
        let key = fresh("one");
        let mut texts = Vec::new();
        for (nth, caller) in backends(&shop).iter().enumerate() {
            let answer = caller.post_with(&key, &path, &body).await;
            assert_eq!(answer.expect(201).is_replayed(), nth > 0, "{path}");
            texts.push(answer.text);
            let answer = caller.post_with(&key, &path, &other).await;
            answer.expect_problem(422, "idempotency_key_reused");
        }
        texts.dedup();
        assert_eq!(texts.len(), 1, "{path}");
    }
    assert_eq!(shop.doku.calls("refund").await.len(), 1);
    assert_eq!(shop.doku.calls("payment").await.len(), 1);
    assert_eq!(shop.read(&paid).await["refundedAmount"], idr(4_000));
    let list = shop
        .merchant
        .get("/v1/subscriptions?customerId=cust-1")
        .await;
    assert_eq!(list.expect(200).body["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn tokens_of_a_customer_share_their_keys_and_no_other_customer_does() {
    let shop = Shop::open_for_top_ups().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    let phone = shop.caller("phone", Some("cust-1"), SCOPES);
    let web = shop.caller("web", Some("cust-1"), SCOPES);
    let first = phone.post_with("key", "/v1/payments", &body).await;
    let again = web.post_with("key", "/v1/payments", &body).await;
    assert!(again.expect(201).is_replayed());
    assert_eq!(first.expect(201).text, again.text);

    let stranger = shop.caller("phone", Some("cust-2"), SCOPES);
    let answer = stranger.post_with("key", "/v1/payments", &body).await;
    answer.expect_problem(404, "binding_not_found");
    // Named as the merchant's scope is, and no less a customer.
    let named = shop.caller("phone", Some("merchant"), SCOPES);
    let answer = named.post_with("key", "/v1/payments", &body).await;
    answer.expect_problem(404, "binding_not_found");
    assert_eq!(shop.doku.calls("payment").await.len(), 1);
}
