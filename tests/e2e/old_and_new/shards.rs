//! `DueShards`, raised and taken back: what lies in the shards that are left out is found all the same.

use std::time::Duration;

use local::Options;
use serde_json::Value;

use crate::recurring::club::Club;
use crate::support::{Shop, fresh};

const PERIOD: &str = "2032-01-31";

fn shards(count: u32) -> impl FnOnce(&mut Options) {
    move |options| {
        let shards = ("DueShards".to_owned(), count.to_string());
        options.parameters.extend([shards]);
    }
}

/// The highest number of shards that is stored.
async fn highest(shop: &Shop) -> Value {
    let items = shop.items("DEPLOYMENT").await;
    let found = items.iter().find(|item| item["sk"]["S"] == "SHARDS");
    found.map_or(Value::Null, |item| item["highest"]["N"].clone())
}

impl Club {
    /// The same members after a deployment with another number of shards.
    async fn with_shards(&self, count: u32) -> Self {
        let shop = self.shop.another_deployment(shards(count)).await;
        let merchant = shop.caller(
            "merchant-backend",
            None,
            "bindings:write bindings:read payments:write payments:read refunds:write \
             subscriptions:write subscriptions:read",
        );
        Self { shop, merchant }
    }
}

#[tokio::test]
async fn every_subscription_is_charged_after_shards_were_raised_and_taken_back() {
    let few = Club::open_with(shards(2)).await;
    let mut members = Vec::new();
    for _ in 0..4 {
        members.push(few.member(PERIOD).await);
    }
    assert_eq!(highest(&few.shop).await, "2");
    let many = few.with_shards(16).await;
    for _ in 0..20 {
        members.push(many.member(PERIOD).await);
    }
    assert_eq!(highest(&few.shop).await, "16");

    few.goes_to(&format!("{PERIOD}T09:00")).await;
    few.ticks().await;
    for (customer, id) in &members {
        few.until(id, PERIOD, "paid").await;
        assert_eq!(few.debits(customer).await.len(), 1);
    }
    assert_eq!(highest(&few.shop).await, "16", "the number never falls");
}

#[tokio::test]
async fn payments_are_reconciled_after_shards_were_raised_and_taken_back() {
    let few = Shop::open_with(shards(1)).await;
    let many = few.another_deployment(shards(16)).await;
    let binding = many.link_account(&fresh("cust")).await;
    let mut lost = Vec::new();
    for _ in 0..8 {
        many.doku.goes_wrong("payment", "accept_then_reset").await;
        let body = many.payment_body(&binding, 10_000);
        let answer = many.merchant.post("/v1/payments", &body).await;
        lost.push(answer.expect(202).word("paymentId"));
    }
    few.doku.time_passes(Duration::from_secs(61)).await;
    let swept = few.tick().await;
    assert_eq!(swept["complete"], true, "{swept}");
    for id in &lost {
        assert_eq!(few.read(id).await["status"], "otp_required", "{id}");
    }
}
