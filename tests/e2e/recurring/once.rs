//! One charge per period, whatever is repeated, delivered twice or killed.

use std::sync::Arc;

use serde_json::json;

use super::club::Club;
use crate::support::{Moment, Relay, eventually};

/// A club whose functions reach the database over a line that can be cut. One shard makes few calls.
pub async fn club_behind_a_relay() -> (Club, Arc<Relay>) {
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

#[tokio::test]
async fn ticks_and_messages_that_come_again_charge_nothing_again() {
    let club = Club::open().await;
    let mut members = Vec::new();
    for _ in 0..12 {
        members.push(club.member("2032-01-31").await);
    }
    club.queue().deliver_each(3);
    for day in ["2032-01-31", "2032-02-29", "2032-03-31"] {
        club.goes_to(&format!("{day}T09:00")).await;
        let world = &club.shop.world;
        let (one, other) = tokio::join!(world.tick("recurring"), world.tick("recurring"));
        one.unwrap();
        other.unwrap();
        club.queue().drained().await.unwrap();
        for (_, id) in &members {
            club.until(id, day, "paid").await;
        }
    }
    for (customer, id) in &members {
        assert_eq!(club.debits(customer).await.len(), 3);
        assert_eq!(club.charges(id).await.len(), 3);
    }
    let dead = club.queue().dead_letters();
    assert!(dead.is_empty(), "{dead:?}");
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_tick_looks_into_the_shard_that_it_is_told() {
    let club = Club::open_with(|options| {
        let shards = ("DueShards".to_owned(), "2".to_owned());
        options.parameters.extend([shards]);
    })
    .await;
    for _ in 0..6 {
        club.member("2032-01-31").await;
    }
    club.goes_to("2032-01-31T09:00").await;
    club.queue().hold();
    let mut queued = 0;
    for shard in [0, 1, 7] {
        let event = json!({"shard": shard});
        let swept = club.shop.world.tick_with("recurring", &event).await;
        queued += swept.unwrap()["queued"].as_u64().unwrap();
    }
    assert_eq!(queued, 6);
}

#[tokio::test]
async fn what_no_sweep_wrote_ends_with_the_dead_letters() {
    let club = Club::open().await;
    let queue = club.queue();
    let message = json!({
        "QueueUrl": format!("{}/queue/{}", club.shop.world.sqs_url(), queue.spec().name),
        "MessageBody": "hello",
        "MessageGroupId": "nobody",
        "MessageDeduplicationId": "once",
    });
    let sent = club
        .shop
        .http
        .post(club.shop.world.sqs_url())
        .header("X-Amz-Target", "AmazonSQS.SendMessage")
        .header("Content-Type", "application/x-amz-json-1.0")
        .body(message.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(sent.status(), 200);
    eventually("the message being given up", async || {
        queue.drained().await.unwrap();
        queue.return_now();
        (!queue.dead_letters().is_empty()).then_some(())
    })
    .await;
    assert_eq!(queue.dead_letters(), ["hello"]);
}

/// The nth day after New Year.
fn day(n: usize) -> String {
    let new_year = time::Date::from_calendar_date(2032, time::Month::January, 1).unwrap();
    let days = time::Duration::days(i64::try_from(n).unwrap());
    (new_year + days).to_string()
}

/// Kills `recurring` at its nth call of the database, for every n that a charge has: its first try, or
/// the next one after a decline.
async fn killed_at_every_call(moment: Moment, declines: u32) {
    let (club, relay) = club_behind_a_relay().await;
    let mut killed = 0;
    for n in 1.. {
        let start = day(2 * n);
        let (customer, id) = club.member_with(&start, json!({"count": 1})).await;
        club.shop.doku.declines(&customer, declines).await;
        club.goes_to(&format!("{start}T09:00")).await;
        let mut now = start.clone();
        if declines > 0 {
            club.until(&id, &start, "past_due").await;
            now = day(2 * n + 1);
            club.goes_to(&format!("{now}T09:05")).await;
        }
        club.shop.doku.falls_silent().await;
        club.shop.doku.holds_notifications(10).await;
        relay.stops_at(n, moment);
        let ticking = async {
            club.ticks_whatever_happens().await;
            relay.goes_on();
        };
        let killing = async {
            let reached = relay.is_stopped().await;
            if reached {
                // The tick's own call may not have ended yet.
                assert!(club.shop.world.kill_busy("recurring").await >= 1);
                relay.goes_on();
            }
            reached
        };
        let ((), reached) = tokio::join!(ticking, killing);
        killed += u32::from(reached);
        for minute in ["10", "20", "30", "40"] {
            club.queue().return_now();
            club.goes_to(&format!("{now}T09:{minute}")).await;
            club.ticks().await;
        }
        club.shop.doku.releases_notifications().await;
        club.until(&id, &start, "paid").await;
        let debits = club.debits(&customer).await;
        assert_eq!(debits.len(), 1, "killed {moment:?} call {n}: {debits:?}");
        if !reached {
            break; // The charge has no more calls than that.
        }
    }
    println!("killed {moment:?} each of {killed} calls of the database: one charge each time");
    assert!(killed >= 8, "a charge has more calls than {killed}");
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn killed_before_any_of_its_calls_it_charges_once() {
    killed_at_every_call(Moment::Before, 0).await;
}

#[tokio::test]
async fn killed_before_any_call_of_a_retry_it_charges_once() {
    killed_at_every_call(Moment::Before, 1).await;
}

#[tokio::test]
async fn killed_after_any_call_of_a_retry_it_charges_once() {
    killed_at_every_call(Moment::After, 1).await;
}

#[tokio::test]
async fn killed_after_any_of_its_calls_it_charges_once() {
    killed_at_every_call(Moment::After, 0).await;
}

#[tokio::test]
async fn killed_while_doku_works_it_charges_once() {
    for kind in ["hang", "accept_then_hang"] {
        let club = Club::open().await;
        let (customer, id) = club.member("2032-01-05").await;
        club.goes_to("2032-01-05T09:00").await;
        club.shop.doku.holds_notifications(10).await;
        club.shop.doku.goes_wrong("payment", kind).await;
        let ticking = club.ticks_whatever_happens();
        let killing = async {
            club.shop.doku.was_called("payment", 1).await;
            assert!(club.shop.world.kill_busy("recurring").await >= 1);
        };
        tokio::join!(ticking, killing);
        club.shop.doku.recovers().await;
        for minute in ["02", "10", "20"] {
            club.queue().return_now();
            club.goes_to(&format!("2032-01-05T09:{minute}")).await;
            club.ticks().await;
        }
        club.shop.doku.releases_notifications().await;
        club.until(&id, "2032-01-05", "paid").await;
        assert_eq!(club.debits(&customer).await.len(), 1, "{kind}");
        club.shop.doku.saw_no_violation().await;
    }
}
