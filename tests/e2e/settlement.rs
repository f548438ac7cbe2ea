//! An operator settles what was escalated: once, by a stated outcome, and never against DOKU's ledger.

mod captures;
mod payments;
mod refunds;
mod refusals;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Shop;

const A_DAY: Duration = Duration::from_hours(24);

impl Shop {
    /// A shop of which DOKU's status checks say nothing, with one shard to go through.
    async fn unanswered() -> Self {
        let shop = Self::open_with(|options| {
            let shards = ("DueShards".to_owned(), "1".to_owned());
            options.parameters.extend([shards]);
        })
        .await;
        let fault = json!({"operation": "status", "kind": "bad_gateway", "times": 1_000_000});
        shop.doku.order("faults", fault).await;
        shop
    }

    /// No notification arrives by itself any more.
    async fn notifies_no_more(&self) {
        self.doku.falls_silent().await;
        let fault = json!({"operation": "notification", "kind": "lose", "times": 1_000_000});
        self.doku.order("faults", fault).await;
    }

    /// More than a week passes, and the schedule with it.
    async fn is_escalated(&self) {
        for _ in 0..9 {
            self.doku.time_passes(A_DAY + Duration::from_secs(61)).await;
            self.tick().await;
        }
        assert_eq!(self.escalated().await.len(), 1);
    }

    /// What is on the list.
    async fn escalated(&self) -> Vec<Value> {
        let event = json!({"attention": "list"});
        let list = self.world.tick_with("reconcile", &event).await.unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// What `reconcile` says to a settlement.
    async fn settles(&self, settlement: &Value) -> Value {
        let event = json!({"settle": settlement});
        self.world.tick_with("reconcile", &event).await.unwrap()
    }
}

/// A settlement, with an operator and a reason.
fn settlement(id: &str, outcome: &str, amount: Option<u64>) -> Value {
    let mut settlement = json!({
        "id": id,
        "outcome": outcome,
        "by": "Ayu, operations",
        "reason": "Seen in the dashboard of DOKU, ticket 4711",
    });
    if let Some(amount) = amount {
        settlement["amount"] = crate::support::idr(amount);
        settlement["referenceNo"] = json!("DOKU-4711");
    }
    settlement
}

/// Insists that the timeline of a payment tells of one settlement like this.
async fn recorded(shop: &Shop, payment: &str, kind: &str, outcome: &str) {
    let path = format!("/v1/payments/{payment}/events?limit=100");
    let answer = shop.merchant.get(&path).await;
    let events = answer.expect(200).body["items"].as_array().unwrap();
    let settled: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == kind)
        .collect();
    assert_eq!(settled.len(), 1, "{events:?}");
    let text = settled[0].to_string();
    for word in [outcome, "Ayu, operations", "ticket 4711"] {
        assert!(text.contains(word), "{word}: {text}");
    }
}
