//! Charges of subscriptions that the table has forgotten.

use serde_json::{Value, json};

use crate::recurring::club::{Club, PRICE};
use crate::support::{count, fresh, idr};

const START: &str = "2032-01-31";

/// A monthly subscription charged to a token of BRI's; the customer and its id.
async fn token_member(club: &Club) -> (String, String) {
    let customer = fresh("cust");
    let token = club.shop.doku.bri_token(&customer).await;
    let mut plan = Club::plan(&customer, "", START);
    plan["method"] = json!({"type": "bri_token", "tokenId": token});
    let id = club.subscribes(&plan).await;
    (customer, id)
}

async fn payment_of(club: &Club, charge: &Value) -> Value {
    club.shop.read(charge["paymentId"].as_str().unwrap()).await
}

/// Charges a subscription, restores the table to before that, changes it if that is wanted, and lets time
/// pass in which every further try would be made.
async fn is_charged_and_forgotten(club: &Club, id: &str, change: Option<Value>) {
    let backup = club.shop.backs_up().await;
    club.goes_to(&format!("{START}T09:00")).await;
    club.until(id, START, "paid").await;
    club.shop.doku.falls_silent().await;
    club.shop.is_restored(&backup).await;
    if let Some(change) = change {
        club.change(id, &change).await.expect(200);
    }
    for hour in ["09", "10", "11", "13", "16", "22"] {
        club.goes_to(&format!("{START}T{hour}:10")).await;
        club.ticks().await;
    }
}

#[tokio::test]
async fn a_charge_by_token_that_was_made_is_not_made_again() {
    let club = Club::open().await;
    let (customer, id) = token_member(&club).await;
    is_charged_and_forgotten(&club, &id, None).await;
    let charge = club.until(&id, START, "paid").await;
    assert_eq!(charge["paymentIds"].as_array().unwrap().len(), 1);
    let payment = payment_of(&club, &charge).await;
    assert_eq!(payment["adopted"], true, "{payment}");
    let id = payment["paymentId"].as_str().unwrap();
    assert_eq!(count(&club.shop, id, "payment.adopted").await, 1);
    assert_eq!(club.debits(&customer).await.len(), 1);
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_charge_that_was_made_and_could_not_be_sent_again_is_found_when_the_subscription_ends() {
    let club = Club::open().await;
    let (customer, id) = token_member(&club).await;
    let backup = club.shop.backs_up().await;
    club.goes_to(&format!("{START}T09:00")).await;
    club.until(&id, START, "paid").await;
    club.shop.doku.falls_silent().await;
    club.shop.is_restored(&backup).await;
    for operation in ["order_status", "bri_recurring"] {
        let fault = json!({
            "operation": operation, "kind": "reject", "responseCode": "401", "times": 1_000,
        });
        club.shop.doku.order("faults", fault).await;
    }
    club.goes_to(&format!("{START}T09:10")).await;
    club.ticks().await;
    let charge = club.charge(&id, START).await.unwrap();
    assert_eq!(charge["status"], "charging", "{charge}");
    club.cancel(&id).await.expect(200);
    club.shop.doku.recovers().await;
    for hour in ["10", "11", "13", "16", "22"] {
        club.goes_to(&format!("{START}T{hour}:10")).await;
        club.ticks().await;
    }
    let charge = club.until(&id, START, "paid").await;
    let payment = payment_of(&club, &charge).await;
    assert_eq!(payment["adopted"], true, "{payment}");
    assert_eq!(club.debits(&customer).await.len(), 1);
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_charge_of_a_wallet_that_was_made_is_not_made_again() {
    let club = Club::open().await;
    let (customer, id) = club.member(START).await;
    is_charged_and_forgotten(&club, &id, None).await;
    let charge = club.until(&id, START, "paid").await;
    assert_eq!(charge["paymentIds"].as_array().unwrap().len(), 1);
    let payment = payment_of(&club, &charge).await;
    assert_eq!(payment["adopted"], true, "{payment}");
    assert_eq!(club.debits(&customer).await.len(), 1);
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_charge_whose_amount_changed_is_not_made_again() {
    for by_token in [true, false] {
        let club = Club::open().await;
        let (customer, id) = if by_token {
            token_member(&club).await
        } else {
            club.member(START).await
        };
        let change = json!({"amount": idr(PRICE + 5_000)});
        is_charged_and_forgotten(&club, &id, Some(change)).await;
        let made = club.charge(&id, START).await.unwrap();
        assert_eq!(made["status"], "charging", "{made}");
        let payment = payment_of(&club, &made).await;
        assert_eq!(payment["status"], "unknown", "{payment}");
        assert_eq!(payment["flags"], json!(["amount_mismatch"]));
        let debits = club.debits(&customer).await;
        assert_eq!(debits.len(), 1, "by token: {by_token}, {debits:?}");
        club.goes_to("2032-02-09T09:00").await;
        club.ticks().await;
        let events = club.events(&id).await;
        assert!(
            events.contains(&"subscription.needs_attention".to_owned()),
            "{events:?}"
        );
        assert_eq!(club.debits(&customer).await.len(), 1);
    }
}

#[tokio::test]
async fn a_number_that_another_payment_has_is_replaced_in_the_same_way_after_a_restore() {
    let club = Club::open().await;
    let customer = fresh("cust");
    let binding = club.joins(&customer).await;
    let token = club.shop.doku.bri_token(&customer).await;
    let mut plan = Club::plan(&customer, "", START);
    plan["method"] = json!({"type": "bri_token", "tokenId": token});
    plan["invoicePrefix"] = json!("GYM");
    let id = club.subscribes(&plan).await;
    let mut other = club.shop.payment_body(&binding, 7_000);
    other["invoiceNumber"] = json!("GYM-20320131");
    club.merchant.post("/v1/payments", &other).await.expect(201);
    is_charged_and_forgotten(&club, &id, None).await;
    let charge = club.until(&id, START, "paid").await;
    let payment = payment_of(&club, &charge).await;
    assert_ne!(payment["invoiceNumber"], "GYM-20320131");
    assert_eq!(payment["adopted"], true, "{payment}");
    let debits = club.debits(&customer).await;
    let recurring = debits.iter().filter(|debit| debit["kind"] == "RECURRING");
    assert_eq!(recurring.count(), 1, "{debits:?}");
}
