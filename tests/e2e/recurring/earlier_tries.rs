//! A charge that DOKU declined and took all the same is found before another try is made.

use serde_json::{Value, json};

use super::club::Club;
use crate::support::fresh;

const START: &str = "2032-01-05";
const NEXT_DAY: &str = "2032-01-06";

/// DOKU takes the next charge of a wallet and answers "do not honour".
async fn takes_and_refuses(club: &Club) {
    let fault = json!({
        "operation": "payment",
        "kind": "alter",
        "set": {"responseCode": "4035405", "responseMessage": "Do Not Honor"},
        "httpStatus": 403,
    });
    club.shop.doku.order("faults", fault).await;
}

async fn payments(club: &Club, id: &str) -> Vec<Value> {
    let charge = club.charge(id, START).await.unwrap();
    charge["paymentIds"].as_array().unwrap().clone()
}

/// A wallet's subscription whose first charge was taken and declined, without a notification.
async fn taken_but_declined(club: &Club) -> (String, String) {
    let (customer, id) = club.member(START).await;
    club.goes_to(&format!("{START}T09:00")).await;
    club.shop.doku.holds_notifications(10).await;
    takes_and_refuses(club).await;
    club.ticks().await;
    let charge = club.charge(&id, START).await.unwrap();
    assert_eq!(charge["status"], "past_due", "{charge}");
    assert_eq!(club.debits(&customer).await.len(), 1);
    (customer, id)
}

#[tokio::test]
async fn a_declined_try_that_was_taken_pays_the_period() {
    let club = Club::open().await;
    let (customer, id) = taken_but_declined(&club).await;
    club.goes_to(&format!("{NEXT_DAY}T09:05")).await;
    let charge = club.until(&id, START, "paid").await;
    assert_eq!(charge["chargedTwice"], false);
    assert_eq!(payments(&club, &id).await.len(), 1);
    assert_eq!(club.debits(&customer).await.len(), 1);
    let payment = club.shop.read(charge["paymentId"].as_str().unwrap()).await;
    assert_eq!(payment["status"], "paid");
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_next_try_waits_while_doku_cannot_be_asked() {
    let club = Club::open().await;
    let (customer, id) = taken_but_declined(&club).await;
    club.shop.doku.goes_wrong("status", "bad_gateway").await;
    club.goes_to(&format!("{NEXT_DAY}T09:05")).await;
    club.ticks().await;
    let charge = club.charge(&id, START).await.unwrap();
    assert_eq!(charge["status"], "past_due", "{charge}");
    assert_eq!(payments(&club, &id).await.len(), 1);
    club.goes_to(&format!("{NEXT_DAY}T10:10")).await;
    club.until(&id, START, "paid").await;
    assert_eq!(club.debits(&customer).await.len(), 1);
}

#[tokio::test]
async fn a_declined_try_that_was_taken_pays_the_period_also_of_a_subscription_that_ended() {
    let club = Club::open().await;
    let (customer, id) = taken_but_declined(&club).await;
    assert_eq!(club.cancel(&id).await.status, 200);
    club.goes_to(&format!("{NEXT_DAY}T09:05")).await;
    let charge = club.until(&id, START, "paid").await;
    let payment = club.shop.read(charge["paymentId"].as_str().unwrap()).await;
    assert_eq!(payment["status"], "paid");
    assert_eq!(club.debits(&customer).await.len(), 1);
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_declined_try_that_took_nothing_is_followed_by_another() {
    let club = Club::open().await;
    let (customer, id) = club.member(START).await;
    club.shop.doku.declines(&customer, 1).await;
    club.goes_to(&format!("{START}T09:00")).await;
    club.until(&id, START, "past_due").await;
    club.goes_to(&format!("{NEXT_DAY}T09:05")).await;
    club.until(&id, START, "paid").await;
    assert_eq!(payments(&club, &id).await.len(), 2);
    assert_eq!(club.debits(&customer).await.len(), 1);
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_declined_try_by_token_that_was_taken_pays_the_period() {
    let club = Club::open().await;
    let customer = fresh("cust");
    let token = club.shop.doku.bri_token(&customer).await;
    let mut plan = Club::plan(&customer, "", START);
    plan["method"] = json!({"type": "bri_token", "tokenId": token});
    let id = club.subscribes(&plan).await;
    club.goes_to(&format!("{START}T09:00")).await;
    club.shop.doku.holds_notifications(10).await;
    let fault = json!({
        "operation": "bri_recurring",
        "kind": "alter",
        "set": {"error": {"code": "DECLINED", "message": "Declined", "type": "Payment"}},
    });
    club.shop.doku.order("faults", fault).await;
    club.ticks().await;
    let charge = club.charge(&id, START).await.unwrap();
    assert_eq!(charge["status"], "past_due", "{charge}");
    club.goes_to(&format!("{NEXT_DAY}T09:05")).await;
    club.until(&id, START, "paid").await;
    assert_eq!(payments(&club, &id).await.len(), 1);
    assert_eq!(club.debits(&customer).await.len(), 1);
    club.shop.doku.saw_no_violation().await;
}
