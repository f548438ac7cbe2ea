//! What a subscription looks like, and that the document says the same.

use std::collections::BTreeSet;

use local::template::Node;
use serde_json::{Value, json};

use crate::recurring::club::Club;
use crate::support::{Shop, idr, routes};

/// The members that the document requires of an object.
fn required(schema: &str) -> BTreeSet<String> {
    let document = routes::document();
    let path = ["components", "schemas", schema, "required"];
    let node = path
        .iter()
        .fold(&document, |node, key| node.get(key).unwrap());
    let Node::List(names) = node else {
        panic!("{schema} requires nothing");
    };
    names.iter().filter_map(Node::as_text).collect()
}

fn members(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn the_least_that_is_said_is_filled_in() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    let id = made.expect(201).word("subscriptionId");
    let ulid = id.strip_prefix("sub_").unwrap();
    let mut expected = json!({
        "subscriptionId": id,
        "customerId": "cust-1",
        "status": "active",
        "method": {"type": "direct_debit", "bindingId": wallet},
        "channel": "EMONEY_OVO_SNAP",
        "amount": idr(10_000),
        "items": [],
        "description": null,
        "metadata": {},
        "invoicePrefix": ulid,
        "interval": {"unit": "month", "every": 1},
        "anchorDay": null,
        "startDate": "2096-01-31",
        "endDate": null,
        "count": null,
        "chargesBegun": 0,
        "chargeTime": "09:00",
        "timeZone": "Asia/Jakarta",
        "retry": {"afterDays": [1, 3, 5], "then": "pause"},
        "catchUp": "charge_all",
        // Jakarta is seven hours ahead.
        "nextCharge": {
            "period": "2096-01-31", "at": "2096-01-31T02:00:00.000Z", "amount": idr(10_000),
        },
        "pastDue": [],
        "endsWithPeriod": false,
        "failure": null,
    });
    for time in ["createdAt", "updatedAt"] {
        expected[time] = json!(made.word(time));
    }
    assert_eq!(made.body, expected);

    let path = format!("/v1/subscriptions/{id}");
    let read = shop.merchant.get(&path).await;
    assert_eq!(read.expect(200).body, expected, "read as it was made");
    let own = shop.app_of("cust-1").get(&path).await;
    assert_eq!(own.expect(200).body, expected, "its customer's app");
    let charges = shop.merchant.get(&format!("{path}/charges")).await;
    let nothing = json!({"items": [], "nextCursor": null});
    assert_eq!(charges.expect(200).body, nothing);
}

#[tokio::test]
async fn everything_that_is_said_is_kept() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let more = json!({
        "items": [{"name": "Vitamin C", "price": "5000.00", "quantity": 2}],
        "description": "Vitamins",
        "metadata": {"plan": "gold"},
        "invoicePrefix": "GOLD/1",
        "interval": {"unit": "week", "every": 2},
        "anchorDay": 7,
        "endDate": "2097-01-31",
        "chargeTime": "23:30",
        "timeZone": "Asia/Jayapura",
        "retry": {"afterDays": [], "then": "cancel"},
        "catchUp": "skip",
    });
    let mut body = shop.subscription_body("cust-1", &wallet);
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let made = shop.merchant.post("/v1/subscriptions", &body).await;
    made.expect(201);
    for (name, value) in more.as_object().unwrap() {
        assert_eq!(made.body[name], *value, "{name}");
    }
    // The first Sunday from that Tuesday on, where clocks are nine hours ahead.
    let next = &made.body["nextCharge"];
    assert_eq!(next["period"], "2096-02-05");
    assert_eq!(next["at"], "2096-02-05T14:30:00.000Z");
}

#[tokio::test]
async fn what_is_answered_is_what_the_document_requires() {
    let club = Club::open().await;
    let (_, id) = club.member("2032-01-31").await;
    club.goes_to("2032-01-31T09:00").await;
    let charge = club.until(&id, "2032-01-31", "paid").await;
    assert_eq!(members(&charge), required("SubscriptionCharge"));
    assert_eq!(members(&club.read(&id).await), required("Subscription"));
    let payment = club.shop.read(charge["paymentId"].as_str().unwrap()).await;
    // Answers that a release before it stored are repeated without it.
    let mut of_payments = required("Payment");
    of_payments.insert("invoiceScope".to_owned());
    assert_eq!(members(&payment), of_payments);
    assert_eq!(payment["subscriptionId"], id.as_str());
    assert_eq!(payment["period"], "2032-01-31");
    let path = format!("/v1/subscriptions/{id}/events");
    let events = club.merchant.get(&path).await;
    let event = &events.expect(200).body["items"][0];
    assert_eq!(members(event), required("Event"));
    let channels = club.shop.channels().await;
    assert_eq!(members(&channels[0]), required("ChannelDescription"));
}

#[tokio::test]
async fn a_next_try_is_named_while_one_is_to_come() {
    let club = Club::open().await;
    let token = club.shop.doku.bri_token("cust-1").await;
    let mut plan = Club::plan("cust-1", "", "2032-01-05");
    plan["method"] = json!({"type": "bri_token", "tokenId": token});
    let id = club.subscribes(&plan).await;
    club.shop.doku.declines("cust-1", 1).await;
    club.goes_to("2032-01-05T09:00").await;
    let declined = club.until(&id, "2032-01-05", "past_due").await;
    let next = declined["nextTryAt"].as_str().unwrap();
    assert!(next.starts_with("2032-01-06T02:0"), "{next}");
    assert_eq!(club.read(&id).await["pastDue"], json!(["2032-01-05"]));

    // The bank takes its time over the second one.
    club.shop.doku.leaves_bri_charges_open(1).await;
    club.goes_to("2032-01-06T09:10").await;
    club.ticks().await;
    let open = club.charge(&id, "2032-01-05").await.unwrap();
    assert_eq!(open["status"], "charging", "{open}");
    assert_eq!(open["tries"], 2, "{open}");
    assert_eq!(open["failure"], declined["failure"], "of the first");
    assert_eq!(open["nextTryAt"], json!(null), "none is to come: {open}");
}
