//! Lists, page by page.

use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn a_customers_subscriptions_are_listed_newest_first() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let other = shop.link_wallet("cust-2").await;
    let mut made = Vec::new();
    for _ in 0..5 {
        let body = shop.subscription_body("cust-1", &wallet);
        let answer = shop.merchant.post("/v1/subscriptions", &body).await;
        made.insert(0, answer.expect(201).word("subscriptionId"));
        let body = shop.subscription_body("cust-2", &other);
        shop.merchant.post("/v1/subscriptions", &body).await;
    }
    // What has ended stays in the list.
    let path = format!("/v1/subscriptions/{}", made[2]);
    shop.merchant.delete_with("end", &path).await.expect(200);
    let of = "/v1/subscriptions?customerId=cust-1";
    for limit in [1, 2, 5, 100] {
        let listed = shop.merchant.walk(of, "subscriptionId", limit).await;
        assert_eq!(listed, made, "{limit} on a page");
    }
    let own = shop.app_of("cust-1");
    for list in ["/v1/subscriptions", of] {
        assert_eq!(own.walk(list, "subscriptionId", 3).await, made, "{list}");
    }
    let nobody = shop
        .merchant
        .get("/v1/subscriptions?customerId=cust-3")
        .await;
    let nothing = json!({"items": [], "nextCursor": null});
    assert_eq!(nobody.expect(200).body, nothing);
}

#[tokio::test]
async fn charges_are_listed_latest_first_and_events_oldest_first() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let path = format!("/v1/subscriptions/{}", made.word("subscriptionId"));
    for _ in 0..4 {
        let skipped = shop.merchant.patch(&path, &json!({"skipNext": true})).await;
        skipped.expect(200);
    }
    let periods = ["2096-04-30", "2096-03-31", "2096-02-29", "2096-01-31"];
    let kinds = [&["created"][..], &["skipped"; 4]].concat();
    let kinds: Vec<_> = kinds.iter().map(|k| format!("subscription.{k}")).collect();
    for limit in [1, 3, 100] {
        let list = format!("{path}/charges");
        let charges = shop.merchant.walk(&list, "period", limit).await;
        assert_eq!(charges, periods, "{limit} on a page");
        let list = format!("{path}/events");
        let events = shop.merchant.walk(&list, "type", limit).await;
        assert_eq!(events, kinds, "{limit} on a page");
    }
    let events = shop.merchant.get(&format!("{path}/events")).await;
    let skipped = &events.body["items"][1]["detail"];
    assert_eq!(skipped["period"], "2096-01-31");
    assert_eq!(skipped["chargeStatus"], "skipped");
    assert_eq!(skipped["customerId"], "cust-1");

    // A page of one list is no page of the other.
    let cursor = shop.merchant.get(&format!("{path}/events?limit=1")).await;
    let cursor = cursor.word("nextCursor");
    let charges = format!("{path}/charges?limit=1&cursor={cursor}");
    let charges = shop.merchant.get(&charges).await;
    charges.expect_problem(400, "invalid_request");
    assert_eq!(charges.fields(), ["cursor"]);
}
