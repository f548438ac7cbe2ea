//! Changes that race with a charge that is under way.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use serde_json::{Value, json};

use super::club::{Club, PRICE};
use super::once::club_behind_a_relay;
use crate::support::{Moment, Relay, eventually, idr};

/// How long DOKU takes, so that a charge is under way for a while.
const A_WHILE: Duration = Duration::from_millis(400);

/// A change that called the database so often waits for something.
const WAITING: usize = 6;

/// The charges that DOKU took of a customer, as rupiah.
async fn amounts(club: &Club, customer: &str) -> Vec<u64> {
    let debits = club.debits(customer).await;
    let amount = |debit: &Value| debit["amount"].as_str().unwrap().parse::<f64>();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole rupiah of a test"
    )]
    let whole = |debit: &Value| amount(debit).unwrap() as u64;
    debits.iter().map(whole).collect()
}

/// Sends `change` while `recurring` stands before its nth call of the database, and lets it go on once
/// the change is answered, or waits for the charge to be over. False when there are fewer calls than n.
async fn in_between(
    club: &Club,
    relay: &Relay,
    n: usize,
    change: impl Future<Output = ()>,
) -> bool {
    relay.stops_at(n, Moment::Before);
    let ticking = async {
        club.ticks_whatever_happens().await;
        relay.goes_on();
    };
    let changing = async {
        let reached = relay.is_stopped().await;
        relay.uses();
        let mut change = pin!(change);
        let mut calls = 0;
        loop {
            tokio::select! {
                () = &mut change => break,
                () = eventually("a call of the database", async || {
                    let more = relay.uses().len();
                    calls += more;
                    (more > 0).then_some(())
                }) => {}
            }
            if calls >= WAITING {
                relay.goes_on();
                change.await;
                break;
            }
        }
        relay.goes_on();
        reached
    };
    tokio::join!(ticking, changing).1
}

/// Stops a subscription before every call of its charge: nothing is charged once that is answered.
async fn stopped(status: &str) {
    let (club, relay) = club_behind_a_relay().await;
    let mut charged = BTreeSet::new();
    for n in 1.. {
        let day = format!("2032-01-{:02}", n + 1);
        let (customer, id) = club.member_with(&day, json!({"count": 1})).await;
        club.goes_to(&format!("{day}T09:00")).await;
        club.shop.doku.falls_silent().await;
        club.shop.doku.holds_notifications(10).await;
        let before = club.shop.doku.calls("payment").await.len();
        let mut at_answer = 0;
        let reached = in_between(&club, &relay, n, async {
            let answer = if status == "cancelled" {
                club.cancel(&id).await
            } else {
                club.change(&id, &json!({"status": status})).await
            };
            if answer.status == 409 {
                // It was over: the charge is the last.
                answer.expect_problem(409, "illegal_transition");
            } else {
                assert_eq!(answer.expect(200).body["status"], status, "{n}");
            }
            at_answer = club.shop.doku.calls("payment").await.len();
        })
        .await;
        club.shop.doku.releases_notifications().await;
        for minute in ["02", "10", "20"] {
            club.queue().return_now();
            club.goes_to(&format!("{day}T09:{minute}")).await;
            club.ticks().await;
        }
        let after = club.shop.doku.calls("payment").await.len();
        assert_eq!(after, at_answer, "{status} before call {n}");
        let debits = club.debits(&customer).await.len();
        assert_eq!(debits, after - before, "{status} before call {n}");
        assert!(debits <= 1);
        charged.insert(debits);
        let now = club.read(&id).await["status"].clone();
        assert!(now == status || debits == 1, "{n}: {now}");
        if !reached {
            break;
        }
    }
    assert_eq!(charged, [0, 1].into(), "both orders happened");
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn after_a_cancel_was_answered_nothing_is_charged() {
    stopped("cancelled").await;
}

#[tokio::test]
async fn after_a_pause_was_answered_nothing_is_charged() {
    stopped("paused").await;
}

#[tokio::test]
async fn a_pause_is_kept_and_resumed_from_the_next_period() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-05").await;
    club.goes_to("2032-01-05T09:00").await;
    club.until(&id, "2032-01-05", "paid").await;
    let paused = club.change(&id, &json!({"status": "paused"})).await;
    assert_eq!(paused.expect(200).body["status"], "paused");
    let charged = club.debits(&customer).await.len();
    club.goes_to("2032-03-06T09:00").await;
    club.ticks().await;
    assert_eq!(club.debits(&customer).await.len(), charged);
    let resumed = club.change(&id, &json!({"status": "active"})).await;
    let next = &resumed.expect(200).body["nextCharge"];
    assert_eq!(next["period"], "2032-04-05", "what passed is not charged");
    club.goes_to("2032-04-05T09:00").await;
    club.until(&id, "2032-04-05", "paid").await;
    assert_eq!(club.debits(&customer).await.len(), charged + 1);
}

#[tokio::test]
async fn the_amount_is_the_old_one_or_the_new_one() {
    let (club, relay) = club_behind_a_relay().await;
    let more = PRICE + 5_000;
    let items =
        |price: u64| json!([{"name": "Plan", "price": format!("{price}.00"), "quantity": 1}]);
    let mut taken = BTreeSet::new();
    for n in 1.. {
        let day = format!("2032-01-{:02}", n + 1);
        let (customer, id) = club.member_with(&day, json!({"items": items(PRICE)})).await;
        club.goes_to(&format!("{day}T09:00")).await;
        club.shop.doku.falls_silent().await;
        club.shop.doku.holds_notifications(10).await;
        let reached = in_between(&club, &relay, n, async {
            let change = json!({"amount": idr(more), "items": items(more)});
            club.change(&id, &change).await.expect(200);
        })
        .await;
        club.shop.doku.releases_notifications().await;
        club.queue().return_now();
        let charge = club.until(&id, &day, "paid").await;
        let debits = amounts(&club, &customer).await;
        assert!(debits == [PRICE] || debits == [more], "{debits:?}");
        let shown = club.shop.read(charge["paymentId"].as_str().unwrap()).await;
        assert_eq!(shown["amount"], idr(debits[0]), "changed before call {n}");
        assert_eq!(charge["amount"], idr(debits[0]));
        assert_eq!(club.read(&id).await["amount"], idr(more));
        taken.extend(debits);
        if !reached {
            break;
        }
    }
    assert_eq!(taken, [PRICE, more].into(), "both orders happened");
}

#[tokio::test]
async fn a_skipped_period_is_not_charged_and_the_one_after_it_is() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-31").await;
    let skipped = club.change(&id, &json!({"skipNext": true})).await;
    let next = &skipped.expect(200).body["nextCharge"];
    assert_eq!(next["period"], "2032-02-29");
    club.goes_to("2032-01-31T09:00").await;
    club.ticks().await;
    let charge = club.charge(&id, "2032-01-31").await.unwrap();
    assert_eq!(charge["status"], "skipped");
    assert_eq!(charge["skipReason"], "requested");
    assert_eq!(club.debits(&customer).await.len(), 0);

    // While the charge is on its way, the next one is skipped.
    club.goes_to("2032-02-29T09:00").await;
    club.shop.doku.is_slow("payment", A_WHILE).await;
    let skip = json!({"skipNext": true});
    let (_, answer) = tokio::join!(club.ticks(), club.change(&id, &skip));
    answer.expect(200);
    club.goes_to("2032-03-31T09:00").await;
    club.ticks().await;
    club.goes_to("2032-04-30T09:00").await;
    club.until(&id, "2032-04-30", "paid").await;
    let charges = club.charges(&id).await;
    let skipped = charges
        .iter()
        .filter(|charge| charge["status"] == "skipped");
    assert_eq!(skipped.count(), 2, "{charges:?}");
    assert_eq!(club.debits(&customer).await.len(), 2);
}

#[tokio::test]
async fn it_ends_with_its_period_or_goes_on_after_all() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-31").await;
    club.goes_to("2032-01-31T09:00").await;
    club.until(&id, "2032-01-31", "paid").await;
    let path = format!("/v1/subscriptions/{id}?at=period_end");
    let ending = club.merchant.delete_with("end-1", &path).await;
    assert_eq!(ending.expect(200).body["status"], "active");
    assert_eq!(ending.body["endsWithPeriod"], true);
    assert_eq!(ending.body["nextCharge"], json!(null));
    let on = club.change(&id, &json!({"status": "active"})).await;
    assert_eq!(on.expect(200).body["nextCharge"]["period"], "2032-02-29");
    club.merchant.delete_with("end-2", &path).await.expect(200);
    club.goes_to("2032-02-29T09:00").await;
    club.ticks().await;
    assert_eq!(club.read(&id).await["status"], "cancelled");
    assert_eq!(club.debits(&customer).await.len(), 1);
    let again = club.cancel(&id).await;
    again.expect_problem(409, "illegal_transition");
}
