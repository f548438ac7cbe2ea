//! What is nobody's decline: our own faults, DOKU's, late news, and numbers that are used.

use serde_json::json;

use super::club::Club;
use crate::support::{Shop, idr};

/// DOKU tells that a payment was taken, which it had declined before.
async fn taken_after_all(shop: &Shop, payment: &str) {
    let payment = shop.read(payment).await;
    let news = json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": "00",
        "amount": payment["amount"]["value"],
    });
    let answer = shop.doku.order("notifications", news).await;
    assert_eq!(answer["body"]["responseCode"], "2005600", "{answer}");
}

#[tokio::test]
async fn a_try_that_was_not_sent_is_not_sent_once_another_was_taken() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-05").await;
    club.shop.doku.declines(&customer, 1).await;
    club.goes_to("2032-01-05T09:00").await;
    let declined = club.until(&id, "2032-01-05", "past_due").await;
    let first = declined["paymentId"].as_str().unwrap().to_owned();
    club.goes_to("2032-01-06T09:02").await;
    club.shop.doku.refuses("payment", "4295400").await;
    club.ticks().await;
    let charge = club.charge(&id, "2032-01-05").await.unwrap();
    assert_eq!(charge["status"], "charging");
    assert_eq!(charge["paymentIds"].as_array().unwrap().len(), 2);

    club.shop.doku.recovers().await;
    taken_after_all(&club.shop, &first).await;
    let paid = club.until(&id, "2032-01-05", "paid").await;
    club.goes_to("2032-01-06T12:00").await;
    club.ticks().await;
    club.goes_to("2032-01-09T12:00").await;
    club.ticks().await;
    assert_eq!(
        club.debits(&customer).await.len(),
        0,
        "the second was not sent"
    );
    let second = club.shop.read(paid["paymentId"].as_str().unwrap()).await;
    assert_eq!(second["status"], "failed", "{second}");
    assert_eq!(second["failure"]["code"], "not_sent");
    let charge = club.charge(&id, "2032-01-05").await.unwrap();
    assert_eq!(charge["chargedTwice"], false);
    let events = club.events(&id).await;
    assert!(
        events.contains(&"subscription.charged".to_owned()),
        "{events:?}"
    );
    assert_eq!(club.read(&id).await["status"], "active");
}

#[tokio::test]
async fn numbers_that_another_payment_used_stop_no_charge() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-05").await;
    let binding = club.read(&id).await["method"]["bindingId"].clone();
    let ulid = id.strip_prefix("sub_").unwrap();
    let mut body = club.shop.payment_body(binding.as_str().unwrap(), 10_000);
    body["invoiceNumber"] = json!(format!("{ulid}-20320105"));
    club.merchant.post("/v1/payments", &body).await.expect(201);
    club.goes_to("2032-01-05T09:00").await;
    let paid = club.until(&id, "2032-01-05", "paid").await;
    let payment = club.shop.read(paid["paymentId"].as_str().unwrap()).await;
    let invoice = payment["invoiceNumber"].as_str().unwrap();
    assert!(
        invoice.starts_with(&format!("{ulid}-20320105-")),
        "{invoice}"
    );
    assert_eq!(club.debits(&customer).await.len(), 1);
}

#[tokio::test]
async fn an_outage_does_not_use_up_the_tries() {
    let club = Club::open().await;
    let more = json!({"retry": {"then": "cancel"}});
    let (customer, id) = club.member_with("2032-01-05", more).await;
    club.shop.doku.declines(&customer, 2).await;
    club.goes_to("2032-01-05T09:00").await;
    club.until(&id, "2032-01-05", "past_due").await;
    for minute in ["00", "01", "02", "03"] {
        club.goes_to(&format!("2032-01-15T09:{minute}")).await;
        club.ticks().await;
    }
    let charge = club.charge(&id, "2032-01-05").await.unwrap();
    assert_eq!(charge["tries"], 2, "{charge}");
    let next = charge["nextTryAt"].as_str().unwrap();
    assert!(next.starts_with("2032-01-17"), "{next}");
    assert_eq!(club.read(&id).await["status"], "past_due");
    club.goes_to("2032-01-17T09:10").await;
    club.until(&id, "2032-01-05", "paid").await;
}

#[tokio::test]
async fn what_is_not_the_customers_fault_is_postponed() {
    let club = Club::open().await;
    for (day, code, failure) in [
        ("2032-01-05", "4005402", "gateway_rejected"),
        ("2032-01-06", "4035401", "not_allowed"),
        ("2032-01-07", "4035406", "try_later"),
    ] {
        let (customer, id) = club.member(day).await;
        club.goes_to(&format!("{day}T09:00")).await;
        club.shop.doku.refuses("payment", code).await;
        let charge = club.until(&id, day, "postponed").await;
        assert_eq!(charge["tries"], 0, "{code}");
        assert_eq!(charge["failure"]["code"], failure);
        let subscription = club.read(&id).await;
        assert_eq!(subscription["status"], "active", "{code}");
        assert_eq!(subscription["pastDue"], json!([]));
        club.shop.doku.recovers().await;
        club.goes_to(&format!("{day}T10:01")).await;
        let paid = club.until(&id, day, "paid").await;
        assert_eq!(paid["failure"], json!(null));
        assert_eq!(club.debits(&customer).await.len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_subscription_that_nothing_is_left_of_ends_by_itself() {
    let club = Club::open().await;
    let (customer, id) = club.member_with("2032-01-05", json!({"count": 1})).await;
    club.shop.doku.declines(&customer, 1).await;
    club.goes_to("2032-01-05T09:00").await;
    club.until(&id, "2032-01-05", "past_due").await;
    let path = format!("/v1/subscriptions/{id}?at=period_end");
    let ending = club.merchant.delete_with("end", &path).await;
    assert_eq!(ending.expect(200).body["status"], "past_due");
    assert_eq!(ending.body["endsWithPeriod"], true);
    club.goes_to("2032-01-06T09:02").await;
    club.until(&id, "2032-01-05", "paid").await;
    let over = club.read(&id).await;
    assert_eq!(over["status"], "completed", "{over}");
    assert_eq!(over["amount"], idr(super::club::PRICE));
}
