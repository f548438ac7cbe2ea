//! What callers see of it.

use serde_json::{Value, json};

use crate::support::{Caller, Shop};

/// The events of a payment, as such a caller sees them.
async fn seen(caller: &Caller, payment: &str) -> Vec<Value> {
    let path = format!("/v1/payments/{payment}/events");
    let answer = caller.get(&path).await;
    answer.expect(200).body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn names_are_for_the_merchant_and_not_for_the_customer() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let app = shop.app_of("cust-1");
    let id = shop.pay(&binding, 10_000).await.id;
    let path = format!("/v1/payments/{id}/otp");
    let otp = json!({"otp": crate::support::RIGHT_OTP});
    app.post(&path, &otp).await.expect(200);
    shop.wait_until_paid(&id).await;
    let actor = |kind: &str, subject: Option<&str>, customer: Option<&str>| json!({"kind": kind, "subject": subject, "customerId": customer});
    let merchant = actor("merchant", Some("merchant-backend"), None);
    let customer = actor("customer", None, Some("cust-1"));
    let events = seen(&shop.merchant, &id).await;
    assert_eq!(events[0]["actor"], merchant);
    assert_eq!(events[0]["cause"], "request");
    assert_eq!(events[0]["requestedBy"], Value::Null);
    assert_eq!(events[1]["actor"], customer);
    assert_eq!(events[2]["actor"], actor("doku", None, None));
    assert_eq!(events[2]["cause"], "notification");

    let events = seen(&app, &id).await;
    assert_eq!(events[0]["actor"], actor("merchant", None, None));
    assert_eq!(events[1]["actor"], customer);
    for event in &events {
        assert!(!event.to_string().contains("merchant-backend"), "{event}");
        assert!(!event.to_string().contains("app-cust-1"), "{event}");
    }
    // Nor is the subject of a customer's token stored, anywhere.
    for item in shop.table().await {
        assert!(!item.to_string().contains("app-cust-1"), "{item}");
    }
    for line in shop.world.logs() {
        for subject in ["merchant-backend", "app-cust-1", "cust-1\""] {
            assert!(!line.text.contains(subject), "{}", line.text);
        }
    }
}

#[tokio::test]
async fn names_in_a_subscriptions_timeline_are_for_the_merchant_only() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let id = made.expect(201).word("subscriptionId");
    let path = format!("/v1/subscriptions/{id}/events");
    let own = shop.merchant.get(&path).await;
    assert!(own.expect(200).text.contains("merchant-backend"));
    let seen = shop.app_of("cust-1").get(&path).await;
    let events = seen.expect(200).body["items"].as_array().unwrap();
    assert!(!events.is_empty());
    assert!(!seen.text.contains("merchant-backend"), "{}", seen.text);
}

#[tokio::test]
async fn events_of_earlier_releases_have_no_author_and_are_read() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.pay(&binding, 10_000).await.id;
    for mut item in shop.items(&format!("PAYMENT#{id}")).await {
        let members = item.as_object_mut().unwrap();
        for member in ["actor", "cause", "requestedBy"] {
            members.remove(member);
        }
        shop.put_item(item).await;
    }
    let events = seen(&shop.merchant, &id).await;
    assert_eq!(events.len(), 1);
    for member in ["actor", "cause", "requestedBy"] {
        assert_eq!(events[0].get(member), Some(&Value::Null));
    }
    shop.confirm(&id).await;
    shop.wait_until_paid(&id).await;
    let lines = shop.attributed(&format!("PAYMENT#{id}")).await;
    assert_eq!(lines.last().unwrap(), "payment.paid: doku, notification");
}
