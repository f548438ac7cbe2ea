//! Many subscriptions due at once, at a DOKU that takes its time.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinSet;

use super::club::Club;
use crate::support::eventually;

const DAY: &str = "2032-01-31";
const ANSWERS_AFTER: Duration = Duration::from_millis(200);

/// Each of them has a wallet of its own.
async fn members(club: &Club, count: usize) -> Vec<(String, String)> {
    let mut running = JoinSet::new();
    for _ in 0..count {
        let club = club.clone();
        running.spawn(async move { club.member(DAY).await });
    }
    running.join_all().await
}

/// How many payment calls DOKU worked on at the same time, at the worst moment. Each takes as long as
/// DOKU was told, from when it arrived.
async fn most_at_a_time(club: &Club) -> usize {
    let calls = club.shop.doku.calls("payment").await;
    let arrived = |call: &Value| OffsetDateTime::parse(call["at"].as_str().unwrap(), &Rfc3339);
    let arrived: Vec<_> = calls.iter().map(|call| arrived(call).unwrap()).collect();
    let at_work = |moment: &OffsetDateTime| {
        let span =
            |began: &&OffsetDateTime| **began <= *moment && *moment < **began + ANSWERS_AFTER;
        arrived.iter().filter(span).count()
    };
    arrived.iter().map(at_work).max().unwrap()
}

/// So many subscriptions fall due at once; all of them are charged once, and DOKU is kept as busy as
/// it may be.
async fn charged_at_once(count: usize, concurrency: usize) {
    let club = Club::open_with(|options| {
        let limit = ("RecurringConcurrency".to_owned(), concurrency.to_string());
        options.parameters.extend([limit]);
    })
    .await;
    let members = members(&club, count).await;
    club.goes_to(&format!("{DAY}T09:00")).await;
    let millis = u64::try_from(ANSWERS_AFTER.as_millis()).unwrap();
    let slow = json!({"operation": "payment", "kind": "slow", "delayMs": millis, "times": count});
    club.shop.doku.order("faults", slow).await;
    let swept = club.ticks().await;
    assert_eq!(swept, json!({"queued": count, "complete": true}));

    let payments = club.shop.doku.calls("payment").await;
    assert_eq!(payments.len(), count, "one call for each");
    assert_eq!(most_at_a_time(&club).await, concurrency);
    club.shop.doku.falls_silent().await;
    eventually("nothing being due", async || {
        let swept = club.ticks().await;
        (swept["queued"] == 0).then_some(())
    })
    .await;
    for (customer, id) in &members {
        let charge = club.charge(id, DAY).await.unwrap();
        assert_eq!(charge["status"], "paid", "{id}");
        assert_eq!(club.debits(customer).await.len(), 1, "{id}");
    }
    let dead = club.queue().dead_letters();
    assert!(dead.is_empty(), "{dead:?}");
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_hundred_at_once_are_charged_once_each_and_five_at_a_time() {
    charged_at_once(100, 5).await;
}

#[tokio::test]
async fn a_lower_concurrency_is_kept_to_as_well() {
    charged_at_once(20, 2).await;
}
