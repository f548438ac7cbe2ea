//! The price of each operation at the database, as it is billed: round trips, read and write units.
//!
//! The table on its own: `cargo test -p tests --test e2e -- units --nocapture`. With
//! `FUNCTIONS_OF` as the folder of other functions, such as those of an earlier version, it is theirs, and no
//! limit holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use crate::recurring::club::Club;
use crate::support::{Relay, Use, fresh, other_functions};

/// One operation, and the most it may cost.
struct Limit {
    operation: &'static str,
    round_trips: usize,
    read_units: f64,
    write_units: f64,
}

const fn limit(
    operation: &'static str,
    round_trips: usize,
    read_units: f64,
    write_units: f64,
) -> Limit {
    Limit {
        operation,
        round_trips,
        read_units,
        write_units,
    }
}

/// A payment that is open lies in the index of what is due as well: one unit more when it is put there,
/// two when its place changes, one when it leaves. For 30 days after the upgrade each new key is looked up
/// under the two names that the release before may have given it: a round trip and two units. A process asks
/// once for the highest number of shards ever used, and each sweep does. Wallets and
/// subscriptions are measured after that. Linking an account looks for the one that the customer may have
/// linked already: a query of the index.
const LIMITS: [Limit; 16] = [
    limit("binding", 9, 4.5, 25.0),
    limit("payment, the first of a process", 6, 6.0, 16.0),
    limit("payment", 4, 3.0, 16.0),
    limit("OTP", 5, 4.0, 14.0),
    limit("notification", 3, 3.0, 7.0),
    limit("read", 1, 1.0, 0.0),
    limit("refund", 5, 4.0, 16.0),
    limit("card page", 3, 2.0, 16.0),
    limit("card notification", 3, 3.0, 8.0),
    limit("capture", 4, 3.0, 19.0),
    limit("card refund", 4, 3.0, 16.0),
    limit("wallet payment", 4, 2.0, 20.0),
    limit("subscription", 3, 2.0, 10.0),
    limit("subscription, changed", 4, 3.0, 8.0),
    limit("subscription, charged", 28, 19.0, 45.0),
    limit("unbinding", 5, 4.0, 14.0),
];

/// A warm process has read the secret and holds DOKU's token; the first of one does both.
#[tokio::test]
async fn an_operation_costs_few_round_trips_and_units() {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let club = Club::open_with(move |options| {
        options.dynamodb_endpoint = Some(url);
        let shards = ("DueShards".to_owned(), "1".to_owned());
        options.parameters.extend([shards]);
    })
    .await;
    relay.leads_to(club.shop.world.dynamodb_url());
    let mut costs = BTreeMap::new();
    // Everything once before it is measured, so that it finds warm processes. Subscriptions come last:
    // they move the clock, and tokens end.
    for nth in 0..2 {
        account(&club, &relay, &mut costs).await;
        cards(&club, &relay, &mut costs, nth).await;
    }
    for _ in 0..2 {
        subscriptions(&club, &relay, &mut costs).await;
    }
    println!(
        "{:<32} {:>11} {:>10} {:>11}",
        "operation", "round trips", "read units", "write units"
    );
    for limit in &LIMITS {
        let uses = &costs[limit.operation];
        let (reads, writes) = units(uses);
        println!(
            "{:<32} {:>11} {reads:>10} {writes:>11}   {}",
            limit.operation,
            uses.len(),
            operations(uses)
        );
    }
    let whole: Vec<Use> = ["payment", "OTP", "notification"]
        .iter()
        .flat_map(|operation| costs[operation].clone())
        .collect();
    let (reads, writes) = units(&whole);
    println!(
        "{:<32} {:>11} {reads:>10} {writes:>11}",
        "from payment to notification",
        whole.len()
    );
    if other_functions().is_some() {
        return;
    }
    for limit in &LIMITS {
        let uses = &costs[limit.operation];
        let (reads, writes) = units(uses);
        assert!(uses.len() <= limit.round_trips, "{}", limit.operation);
        assert!(reads <= limit.read_units, "{}", limit.operation);
        assert!(writes <= limit.write_units, "{}", limit.operation);
    }
}

/// Nothing is on its way any more, and what comes next is measured.
async fn falls_quiet(club: &Club, relay: &Relay) {
    let doku = &club.shop.doku;
    doku.recovers().await;
    doku.releases_notifications().await;
    doku.falls_silent().await;
    relay.uses();
}

type Costs = BTreeMap<&'static str, Vec<Use>>;

/// A linked account, from the binding to its end.
async fn account(club: &Club, relay: &Relay, costs: &mut Costs) {
    let shop = &club.shop;
    falls_quiet(club, relay).await;
    let binding = shop.link_account(&fresh("cust")).await;
    costs.insert("binding", relay.uses());
    shop.doku.holds_notifications(2).await;
    let id = shop.pay(&binding, 10_000).await.id;
    let paid = relay.uses();
    costs
        .entry("payment, the first of a process")
        .or_insert_with(|| paid.clone());
    costs.insert("payment", paid);
    shop.confirm(&id).await;
    costs.insert("OTP", relay.uses());
    assert_eq!(shop.doku.releases_notifications().await, 1);
    costs.insert("notification", relay.uses());
    assert_eq!(shop.read(&id).await["status"], "paid");
    costs.insert("read", relay.uses());
    shop.refund(&id, 1_000).await.expect(201);
    costs.insert("refund", relay.uses());
    falls_quiet(club, relay).await;
    let path = format!("/v1/bindings/{binding}");
    let gone = shop.merchant.delete_with(&fresh("unbind"), &path).await;
    assert!(gone.status < 300, "{}", gone.text);
    costs.insert("unbinding", relay.uses());
}

/// A card's page, and the money that it held.
async fn cards(club: &Club, relay: &Relay, costs: &mut Costs, nth: u32) {
    let shop = &club.shop;
    falls_quiet(club, relay).await;
    shop.doku.holds_notifications(2).await;
    let mut order = shop.card_body_of("AUTHORIZE", 20_000);
    // Of one length in every run: the item is billed by the kilobyte, and has nearly one.
    order["invoiceNumber"] = json!(format!("UNITS-{nth}"));
    let page = shop.open_page(&order).await;
    costs.insert("card page", relay.uses());
    shop.holder_pays(&page, "approve").await;
    assert_eq!(shop.doku.releases_notifications().await, 1);
    costs.insert("card notification", relay.uses());
    shop.doku.holds_notifications(2).await;
    shop.capture(&page.id, Some(15_000)).await.expect(200);
    costs.insert("capture", relay.uses());
    falls_quiet(club, relay).await;
    shop.settle(&page).await;
    shop.doku.holds_notifications(2).await;
    relay.uses();
    let refund = shop.refund(&page.id, 1_000).await;
    assert!(refund.status < 300, "{}", refund.text);
    costs.insert("card refund", relay.uses());
}

/// A wallet that is charged at once, and again every month.
async fn subscriptions(club: &Club, relay: &Relay, costs: &mut Costs) {
    let shop = &club.shop;
    let customer = fresh("cust");
    let binding = shop.link_wallet(&customer).await;
    falls_quiet(club, relay).await;
    shop.doku.holds_notifications(2).await;
    shop.pay(&binding, 10_000).await;
    costs.insert("wallet payment", relay.uses());
    falls_quiet(club, relay).await;
    let first = !costs.contains_key("subscription, charged");
    let period = if first { "2032-01-31" } else { "2032-03-31" };
    let plan = Club::plan(&customer, &binding, period);
    let id = club.subscribes(&plan).await;
    costs.insert("subscription", relay.uses());
    let change = json!({"description": "another"});
    let path = format!("/v1/subscriptions/{id}");
    club.merchant.patch(&path, &change).await.expect(200);
    costs.insert("subscription, changed", relay.uses());
    shop.doku.holds_notifications(2).await;
    club.goes_to(&format!("{period}T09:00")).await;
    relay.uses();
    club.ticks().await;
    costs.insert("subscription, charged", relay.uses());
    // What was measured must not fall due again.
    let ended = club.merchant.delete_with(&fresh("end"), &path).await;
    assert!(ended.status < 300, "{}", ended.text);
    falls_quiet(club, relay).await;
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
