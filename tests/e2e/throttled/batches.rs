//! Answers that succeeded in part.

use super::behind_a_relay;
use crate::recurring::club::Club;
use crate::support::NotNow;

#[tokio::test]
async fn a_list_is_whole_although_the_batch_came_in_parts() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let mut bindings = Vec::new();
    for _ in 0..7 {
        let linking = shop.begin_link("cust-1").await;
        bindings.push(linking["bindingId"].as_str().unwrap().to_owned());
    }
    bindings.reverse();
    for times in [1, 5] {
        relay.puts_off("BatchGetItem", 0, times, NotNow::Unprocessed);
        let list = shop.merchant.get("/v1/customers/cust-1/bindings").await;
        let items = list.expect(200).body["items"].as_array().unwrap().clone();
        let ids: Vec<_> = items
            .iter()
            .map(|item| item["bindingId"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids, bindings);
        assert!(relay.puts_nothing_off());
    }
}

#[tokio::test]
async fn what_sqs_takes_in_part_is_charged_whole() {
    let (club, _relay) = behind_a_relay().await;
    let mut members = Vec::new();
    let binding = club.joins("cust-1").await;
    for _ in 0..12 {
        let plan = Club::plan("cust-1", &binding, "2032-01-31");
        members.push(club.subscribes(&plan).await);
    }
    club.goes_to("2032-01-31T09:00").await;
    // Seven of the first ten; then, of those seven, none and again none.
    club.queue().fail_next(21);
    let swept = club.ticks().await;
    assert_eq!(swept["queued"], 12, "{swept}");
    assert_eq!(swept["complete"], true, "{swept}");
    for id in &members {
        let charge = club.charge(id, "2032-01-31").await;
        assert!(charge.is_some(), "{id} was not charged");
    }
    assert_eq!(club.debits("cust-1").await.len(), 12);
}
