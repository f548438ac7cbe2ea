//! Whose subscriptions they are: the merchant's to decide on, the customer's to read.

use serde_json::json;

use crate::support::{Shop, Untouched, fresh};

const EVERYTHING: &str = "bindings:write bindings:read payments:write payments:read \
     subscriptions:write subscriptions:read";

#[tokio::test]
async fn a_customers_app_reads_its_own_and_decides_nothing() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let path = format!("/v1/subscriptions/{}", made.word("subscriptionId"));
    // Even with the scope, which its issuer may have given it.
    let own = shop.caller("app-1", Some("cust-1"), EVERYTHING);
    let stranger = shop.caller("app-2", Some("cust-2"), EVERYTHING);
    let untouched = Untouched::so_far(&shop).await;

    let reads = [
        path.clone(),
        format!("{path}/charges"),
        format!("{path}/events"),
        "/v1/subscriptions?customerId=cust-1".to_owned(),
    ];
    for read in &reads {
        own.get(read).await.expect(200);
        let answer = stranger.get(read).await;
        answer.expect_problem(404, "subscription_not_found");
    }
    let theirs = stranger.get("/v1/subscriptions").await;
    assert_eq!(theirs.expect(200).body["items"], json!([]));

    for caller in [&own, &stranger] {
        let attempts = [
            caller.post("/v1/subscriptions", &body).await,
            caller.patch(&path, &json!({"status": "paused"})).await,
            caller.patch(&path, &json!({"skipNext": true})).await,
            caller.delete_with(&fresh("end"), &path).await,
        ];
        for attempt in attempts {
            attempt.expect_problem(403, "merchant_only");
        }
    }
    untouched.still(&shop, "customers' apps").await;
}
