//! What one payment costs at the database, as it is billed: round trips, read and write units.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::support::{Relay, Shop, Use};

/// One step of the main job, and the most it may cost.
struct Limit {
    step: &'static str,
    round_trips: usize,
    read_units: f64,
    write_units: f64,
}

const fn limit(step: &'static str, round_trips: usize, read_units: f64, write_units: f64) -> Limit {
    Limit {
        step,
        round_trips,
        read_units,
        write_units,
    }
}

/// A payment that is open lies in the index of what is due as well: one unit more when it is put there,
/// two when its place changes, one when it leaves. For 30 days after the upgrade each new key is looked up
/// under the two names that the release before may have given it: a round trip and two units.
const LIMITS: [Limit; 6] = [
    limit("payment, the first of a process", 5, 5.0, 16.0),
    limit("payment", 4, 3.0, 16.0),
    limit("OTP", 5, 4.0, 14.0),
    limit("notification", 3, 3.0, 7.0),
    limit("read", 1, 1.0, 0.0),
    limit("refund", 5, 4.0, 16.0),
];

#[tokio::test]
async fn a_payment_costs_few_round_trips_and_units() {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let shop = Shop::open_with(move |options| options.dynamodb_endpoint = Some(url)).await;
    relay.leads_to(shop.world.dynamodb_url());
    let binding = shop.link_account("cust-1").await;
    let mut costs = BTreeMap::new();
    let mut spent = |step: &'static str| {
        costs.insert(step, relay.uses());
    };

    spent("linking");
    shop.pay(&binding, 10_000).await;
    spent("payment, the first of a process");
    // Once everything, so that what is measured then finds warm processes.
    let id = shop.paid(&binding, 10_000).await;
    shop.refund(&id, 1_000).await.expect(201);
    shop.doku.falls_silent().await;

    shop.doku.holds_notifications(2).await;
    relay.uses();
    let id = shop.pay(&binding, 10_000).await.id;
    spent("payment");
    shop.confirm(&id).await;
    spent("OTP");
    assert_eq!(shop.doku.releases_notifications().await, 1);
    spent("notification");
    assert_eq!(shop.read(&id).await["status"], "paid");
    spent("read");
    shop.refund(&id, 1_000).await.expect(201);
    spent("refund");

    for limit in &LIMITS {
        let uses = &costs[limit.step];
        let (reads, writes) = units(uses);
        println!(
            "{:<32} {:>2} round trips, {reads:>4} read units, {writes:>4} write units   {}",
            limit.step,
            uses.len(),
            operations(uses)
        );
        assert!(uses.len() <= limit.round_trips, "{}", limit.step);
        assert!(reads <= limit.read_units, "{}", limit.step);
        assert!(writes <= limit.write_units, "{}", limit.step);
    }
    let whole: Vec<Use> = ["payment", "OTP", "notification"]
        .iter()
        .flat_map(|step| costs[step].clone())
        .collect();
    let (reads, writes) = units(&whole);
    println!(
        "a payment from order to notification: {} round trips, {reads} read units, {writes} write units",
        whole.len()
    );
}

fn units(uses: &[Use]) -> (f64, f64) {
    let reads: f64 = uses.iter().map(|one| one.read_units).sum();
    let writes: f64 = uses.iter().map(|one| one.write_units).sum();
    // A sum of nothing is minus zero.
    (reads.abs(), writes.abs())
}

/// `GetItem 2, TransactWriteItems 1`
fn operations(uses: &[Use]) -> String {
    let mut counted = BTreeMap::<&str, usize>::new();
    for one in uses {
        *counted.entry(&one.operation).or_default() += 1;
    }
    let words: Vec<_> = counted
        .iter()
        .map(|(name, times)| format!("{name} {times}"))
        .collect();
    words.join(", ")
}
