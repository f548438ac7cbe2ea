//! More of something than one call, or one answer, of AWS's holds.

use serde_json::{Value, json};

use super::behind_a_relay;
use crate::recurring::club::Club;

#[tokio::test]
async fn everything_that_waits_for_a_payment_is_joined_however_many_pages_it_fills() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    for amount in ["97.00", "98.00", "99.00", "10000.00"] {
        let early = json!({
            "partnerReferenceNo": body["invoiceNumber"],
            "latestTransactionStatus": "00",
            "amount": amount,
        });
        let answer = shop.doku.order("notifications", early).await;
        assert_eq!(answer["body"]["responseCode"], "2005600", "{answer}");
    }
    relay.cuts_pages(1);
    let payment = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(payment.expect(201).body["status"], "paid");
    let kept = shop.items("NOTIFICATION#").await;
    assert_eq!(kept.len(), 4);
    for one in &kept {
        assert!(one["waiting"].is_null(), "{one}");
    }
}

/// A member whose first charge was declined; the subscription's id, its charge and the charge's payment,
/// as they lie in the table.
async fn declined(club: &Club, period: &str) -> (String, String, Value, Value) {
    let (customer, id) = club.member(period).await;
    club.shop.doku.declines(&customer, 1).await;
    club.goes_to(&format!("{period}T09:00")).await;
    club.ticks().await;
    let charge = club.charge(&id, period).await.unwrap();
    assert_eq!(charge["status"], "past_due", "{charge}");
    let items = club.shop.table().await;
    let of = |sk: &str, part: &Value| {
        let item = items.iter().find(|item| {
            let key = item["sk"]["S"].as_str().unwrap();
            key.starts_with(sk) && item.to_string().contains(part.as_str().unwrap())
        });
        item.cloned().unwrap()
    };
    let payment = of("PAYMENT", &charge["paymentIds"][0]);
    (customer, id.clone(), of("CHARGE#", &json!(id)), payment)
}

#[tokio::test]
async fn a_charge_with_more_payments_than_one_call_reads_is_tried_again() {
    let (club, _relay) = behind_a_relay().await;
    let (customer, id, mut charge, payment) = declined(&club, "2032-01-05").await;
    let first = payment["id"]["S"].as_str().unwrap().to_owned();
    let mut payments = Vec::new();
    for number in 0..150 {
        let name = format!("{}{number:03}", &first[..first.len() - 3]);
        let mut copy = payment.clone();
        copy["id"] = json!({"S": name});
        copy["ownerSort"] = json!({"S": name});
        copy["pk"] = json!({"S": format!("PAYMENT#{name}")});
        club.shop.put_item(copy).await;
        payments.push(json!({"S": name}));
    }
    payments.push(json!({"S": first}));
    charge["payments"] = json!({ "L": payments });
    club.shop.put_item(charge).await;
    club.goes_to("2032-01-06T09:01").await;
    club.ticks().await;
    let charge = club.until(&id, "2032-01-05", "paid").await;
    assert_eq!(charge["paymentIds"].as_array().unwrap().len(), 152);
    assert_eq!(club.debits(&customer).await.len(), 1);
}

#[tokio::test]
async fn a_resumed_subscription_tries_all_of_its_open_charges_again_however_many() {
    const OPEN: usize = 64;
    let (club, _relay) = behind_a_relay().await;
    let (customer, id, charge, _) = declined(&club, "2032-01-05").await;
    let paused = club.change(&id, &json!({"status": "paused"})).await;
    paused.expect(200);
    club.ticks().await;
    // So many were open when it was paused, and wait for its end.
    let mut open = serde_json::Map::from_iter([("2032-01-05".to_owned(), json!({"BOOL": true}))]);
    for number in 1..OPEN {
        let period = format!("2031-{:02}-{:02}", 1 + number / 28, 1 + number % 28);
        let mut copy = charge.clone();
        copy["sk"] = json!({"S": format!("CHARGE#{period}")});
        copy["period"] = json!({"S": period});
        copy["date"] = json!({"S": period});
        let members = copy.as_object_mut().unwrap();
        members.remove("duePartition");
        members.remove("dueAt");
        club.shop.put_item(copy).await;
        open.insert(period, json!({"BOOL": true}));
    }
    let items = club.shop.items(&format!("SUBSCRIPTION#{id}")).await;
    let item = items
        .into_iter()
        .find(|item| item["sk"]["S"] == "SUBSCRIPTION");
    let mut item = item.unwrap();
    item["open"] = json!({ "M": open });
    club.shop.put_item(item).await;

    let resumed = club.change(&id, &json!({"status": "active"})).await;
    resumed.expect(200);
    for _ in 0..3 {
        club.ticks().await;
    }
    assert_eq!(club.debits(&customer).await.len(), OPEN);
    let dead = club.queue().dead_letters();
    assert!(dead.is_empty(), "{dead:?}");
}
