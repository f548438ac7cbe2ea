//! A payment's timeline.

use super::Shop;

/// The types of a payment's events, oldest first.
pub async fn events(shop: &Shop, payment: &str) -> Vec<String> {
    let path = format!("/v1/payments/{payment}/events?limit=100");
    let answer = shop.merchant.get(&path).await;
    let items = answer.expect(200).body["items"].as_array().unwrap().clone();
    let kind = |event: &serde_json::Value| event["type"].as_str().unwrap().to_owned();
    items.iter().map(kind).collect()
}

/// How many of them are of that type.
pub async fn count(shop: &Shop, payment: &str, kind: &str) -> usize {
    let events = events(shop, payment).await;
    events.iter().filter(|event| *event == kind).count()
}
