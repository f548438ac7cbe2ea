//! "Not now", in all the ways in which AWS says it inside an answer: no other caller notices, and each
//! operation has its one effect at DOKU.

mod batches;
mod conditions;
mod limits;
mod writes;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::recurring::club::Club;
use crate::support::{NotNow, Relay};

/// Reasons of a cancelled transaction that time mends.
const REASONS: [&str; 4] = [
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "TransactionConflict",
    "RequestLimitExceeded",
];

const TRANSACTION: &str = "TransactWriteItems";

/// A merchant, whose functions reach the database over a line that can put them off.
async fn behind_a_relay() -> (Club, Arc<Relay>) {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let club = Club::open_with(move |options| {
        options.dynamodb_endpoint = Some(url);
        let shards = ("DueShards".to_owned(), "1".to_owned());
        options.parameters.extend([shards]);
    })
    .await;
    relay.leads_to(club.shop.world.dynamodb_url());
    (club, relay)
}

/// Does something as often as it writes, and once more; each time another of its writes is put off, once
/// and then several times.
async fn at_each_write<T>(
    relay: &Relay,
    what: &str,
    begin: impl AsyncFn() -> T,
    act: impl AsyncFn(T),
) {
    for times in [1, 4] {
        let mut position = 0;
        loop {
            let ready = begin().await;
            let how = NotNow::Cancelled(position * 2 + times, REASONS[(position + times) % 4]);
            relay.puts_off(TRANSACTION, position, times, how);
            act(ready).await;
            if !relay.puts_nothing_off() {
                break;
            }
            position += 1;
        }
        println!("{what}: {position} writes, each put off {times} times");
        assert!(position > 0, "{what} wrote nothing");
    }
}

/// The rows of DOKU's ledger about a payment's refunds.
async fn refunds_of(club: &Club, payment: &Value) -> Vec<Value> {
    let reference = &payment["gateway"]["partnerReferenceNo"];
    let doku = &club.shop.doku;
    doku.rows("refunds", "originalPartnerReferenceNo", reference)
        .await
}

fn description(text: &str) -> Value {
    json!({ "description": text })
}
