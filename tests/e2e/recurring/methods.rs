//! What a subscription can be charged to, beside a wallet.

use serde_json::json;

use super::club::{Club, PRICE};
use crate::support::{fresh, idr};

#[tokio::test]
async fn a_token_of_bris_is_charged_in_dokus_own_protocol() {
    let club = Club::open().await;
    let customer = fresh("cust");
    let token = club.shop.doku.bri_token(&customer).await;
    let mut plan = Club::plan(&customer, "", "2032-01-31");
    plan["method"] = json!({"type": "bri_token", "tokenId": token});
    plan["items"] = json!([{"name": "Plan", "price": format!("{PRICE}.00"), "quantity": 1}]);
    let id = club.subscribes(&plan).await;
    let subscription = club.read(&id).await;
    assert_eq!(subscription["method"], json!({"type": "bri_token"}));

    club.goes_to("2032-01-31T09:00").await;
    let charge = club.until(&id, "2032-01-31", "paid").await;
    let payment = club.shop.read(charge["paymentId"].as_str().unwrap()).await;
    assert_eq!(payment["status"], "paid");
    assert_eq!(payment["method"], json!({"type": "bri_token"}));
    assert_eq!(payment["amount"], idr(PRICE));
    club.shop.doku.charged_once(&payment).await;
    let path = format!(
        "/v1/payments/{}/refunds",
        charge["paymentId"].as_str().unwrap()
    );
    let refund = club.merchant.post(&path, &json!({})).await;
    refund.expect_problem(400, "operation_not_supported");

    club.shop.doku.deletes_bri_token(&token).await;
    club.goes_to("2032-02-29T09:00").await;
    let declined = club.until(&id, "2032-02-29", "past_due").await;
    assert_eq!(declined["failure"]["code"], "binding_lost");
    assert_eq!(club.debits(&customer).await.len(), 1);
    let events = club.events(&id).await;
    assert_eq!(events.last().unwrap(), "subscription.action_required");
}

#[tokio::test]
async fn a_token_has_to_be_the_customers_own() {
    let club = Club::open().await;
    let token = club.shop.doku.bri_token("cust-1").await;
    let mut plan = Club::plan("cust-2", "", "2032-01-31");
    plan["method"] = json!({"type": "bri_token", "tokenId": token});
    let refused = club.merchant.post("/v1/subscriptions", &plan).await;
    refused.expect_problem(404, "token_not_found");
    plan["customerId"] = json!("cust-1");
    let answer = club.merchant.post("/v1/subscriptions", &plan).await;
    answer.expect(201);
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_charge_by_token_whose_answer_was_lost_is_asked_about() {
    let club = Club::open().await;
    for (kind, day, debits) in [
        ("accept_then_reset", "2032-01-05", 1),
        ("accept_then_bad_gateway", "2032-01-06", 1),
        ("reset", "2032-01-07", 1),
        ("bad_gateway", "2032-01-08", 1),
    ] {
        let customer = fresh("cust");
        let token = club.shop.doku.bri_token(&customer).await;
        let mut plan = Club::plan(&customer, "", day);
        plan["method"] = json!({"type": "bri_token", "tokenId": token});
        let id = club.subscribes(&plan).await;
        club.goes_to(&format!("{day}T09:00")).await;
        club.shop.doku.holds_notifications(10).await;
        club.shop.doku.goes_wrong("bri_recurring", kind).await;
        club.ticks().await;
        let charge = club.charge(&id, day).await.unwrap();
        assert_eq!(charge["status"], "charging", "{kind}");
        for minute in ["02", "10", "20"] {
            club.goes_to(&format!("{day}T09:{minute}")).await;
            club.ticks().await;
        }
        club.shop.doku.releases_notifications().await;
        club.until(&id, day, "paid").await;
        assert_eq!(club.debits(&customer).await.len(), debits, "{kind}");
    }
}

#[tokio::test]
async fn a_recurring_charge_says_that_it_is_one() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-31").await;
    club.goes_to("2032-01-31T09:00").await;
    club.until(&id, "2032-01-31", "paid").await;
    let debit = &club.debits(&customer).await[0];
    assert_eq!(debit["kind"], "RECURRING", "{debit}");
}

#[tokio::test]
async fn a_charge_that_stays_open_for_a_week_is_told_of_and_paid_when_it_is_decided() {
    let club = Club::open().await;
    let customer = fresh("cust");
    let token = club.shop.doku.bri_token(&customer).await;
    let mut plan = Club::plan(&customer, "", "2032-01-05");
    plan["method"] = json!({"type": "bri_token", "tokenId": token});
    let id = club.subscribes(&plan).await;
    club.shop.doku.leaves_bri_charges_open(1).await;
    for moment in [
        "05T09:00", "05T09:02", "06T10:00", "12T08:00", "13T10:00", "14T11:00",
    ] {
        club.goes_to(&format!("2032-01-{moment}")).await;
        club.ticks().await;
        let charge = club.charge(&id, "2032-01-05").await.unwrap();
        assert_eq!(charge["status"], "charging", "{moment}");
    }
    let events = club.events(&id).await;
    let told = "subscription.needs_attention";
    let told = events.iter().filter(|kind| *kind == told).count();
    assert_eq!(told, 1, "{events:?}");
    let charge = club.charge(&id, "2032-01-05").await.unwrap();
    let payment = club.shop.read(charge["paymentId"].as_str().unwrap()).await;
    let invoice = payment["gateway"]["partnerReferenceNo"].as_str().unwrap();
    club.shop.doku.decides_bri_charge(invoice, true).await;
    club.until(&id, "2032-01-05", "paid").await;
    assert_eq!(club.debits(&customer).await.len(), 1);
}
