//! What becomes known although nobody asks for it: the schedule ticks, on a clock that is moved.

mod absence;
mod attention;
mod leftovers;
mod lost_news;
mod open_pages;
mod orders;
mod outage;
mod rotation;
mod turns;
mod unsent;
mod watched;

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Shop;

/// After this long DOKU may be asked.
const MAY_ASK: Duration = Duration::from_secs(61);
const A_DAY: Duration = Duration::from_hours(24);

/// What most payments here are about.
const AMOUNT: u64 = 10_000;

impl Shop {
    /// A shop whose reconciliation has one shard to look through, which takes few calls.
    async fn reconciled() -> Self {
        Self::open_with(|options| {
            let shards = ("DueShards".to_owned(), "1".to_owned());
            options.parameters.extend([shards]);
        })
        .await
    }

    /// No notification arrives any more, however often DOKU sends it.
    async fn hears_nothing(&self) {
        self.doku.falls_silent().await;
        let fault = json!({"operation": "notification", "kind": "lose", "times": 1_000_000});
        self.doku.order("faults", fault).await;
    }

    /// Time passes, and the schedule ticks; gives what the last tick did.
    async fn looks_after(&self, time: Duration) -> Value {
        self.doku.time_passes(time).await;
        let swept = self.tick().await;
        assert_eq!(swept["complete"], true, "{swept}");
        swept
    }

    /// A binding as it is now.
    async fn read_binding(&self, id: &str) -> Value {
        let answer = self.merchant.get(&format!("/v1/bindings/{id}")).await;
        answer.expect(200).body.clone()
    }
}
