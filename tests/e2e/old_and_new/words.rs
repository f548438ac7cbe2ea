//! A word that only a newer release knows keeps money where it is, and hides nothing.

use std::time::Duration;

use serde_json::{Value, json};

use crate::recurring::club::Club;
use crate::support::{RIGHT_OTP, Shop, fresh, idr};

/// Long enough for everything that is open to be due.
const A_WHILE: Duration = Duration::from_mins(3);

impl Shop {
    /// The item under that key.
    async fn item(&self, pk: &str, sk: &str) -> Value {
        let items = self.items(pk).await;
        let found = items.iter().find(|item| item["sk"]["S"] == sk);
        found.unwrap_or_else(|| panic!("no {pk} {sk}")).clone()
    }

    /// Puts a word into an item, by the path within it; gives the item as it is now and as it was.
    async fn writes(&self, pk: &str, sk: &str, path: &str, value: &Value) -> (Value, Value) {
        let before = self.item(pk, sk).await;
        let mut item = before.clone();
        let mut place = &mut item;
        for name in path.split('.') {
            if place["M"].is_object() {
                place = &mut place["M"];
            }
            place = &mut place[name];
        }
        *place = value.clone();
        self.put_item(item).await;
        (self.item(pk, sk).await, before)
    }
}

fn word(word: &str) -> Value {
    json!({"S": word})
}

fn flags() -> Value {
    json!({"L": [word("sanctioned")]})
}

/// Words of a payment: where they are stored, and where the API shows them.
fn of_a_payment() -> Vec<(&'static str, Value, &'static str, Value)> {
    vec![
        ("status", word("disputed"), "/status", json!("disputed")),
        ("failure", word("frozen"), "/failure/code", json!("frozen")),
        ("flags", flags(), "/flags/0", json!("sanctioned")),
        (
            "confirmation",
            word("face"),
            "/method/confirmation",
            json!("face"),
        ),
        (
            "invoiceScope",
            word("reseller"),
            "/invoiceScope",
            json!("reseller"),
        ),
        ("pathVersion", word("v9"), "/gateway/requestId", Value::Null),
        (
            "operation.state",
            word("parked"),
            "/gateway/requestId",
            Value::Null,
        ),
    ]
}

#[tokio::test]
async fn a_payment_with_an_unknown_word_is_shown_and_left_alone() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    for (path, stored, pointer, shown) in of_a_payment() {
        shop.doku.holds_notifications(10).await;
        let payment = shop.pay(&binding, 10_000).await;
        let pk = format!("PAYMENT#{}", payment.id);
        let (blocked, before) = shop.writes(&pk, "PAYMENT", path, &stored).await;

        let read = shop.read(&payment.id).await;
        assert_eq!(
            read.pointer(pointer).unwrap_or(&Value::Null),
            &shown,
            "{path}: {read}"
        );
        assert_eq!(read["nextAction"]["type"], "wait", "{path}");
        let invoice = payment.body["invoiceNumber"].as_str().unwrap();
        for list in [
            "/v1/payments?customerId=cust-1".to_owned(),
            format!("/v1/payments?invoiceNumber={invoice}"),
        ] {
            let listed = shop.merchant.get(&list).await;
            let items = listed.expect(200).body["items"].as_array().unwrap();
            // A number of an unknown name space is none of the merchant's.
            let found = path != "invoiceScope" || !list.contains("invoiceNumber");
            assert_eq!(
                items.contains(&read),
                found,
                "{path}: {list}: {}",
                listed.text
            );
        }
        let timeline = format!("/v1/payments/{}/events", payment.id);
        shop.merchant.get(&timeline).await.expect(200);

        shop.doku.forget_calls().await;
        for body in [json!({"otp": RIGHT_OTP}), json!({"otp": "000000"})] {
            let otp = format!("/v1/payments/{}/otp", payment.id);
            let answer = shop.merchant.post(&otp, &body).await;
            answer.expect_problem(503, "newer_version");
            assert!(answer.retry_after().is_some(), "{path}");
        }
        shop.refund(&payment.id, 1_000)
            .await
            .expect_problem(503, "newer_version");
        let told = shop.doku.order(
            "notifications",
            json!({
                "partnerReferenceNo": payment.body["gateway"]["partnerReferenceNo"],
                "latestTransactionStatus": "06",
            }),
        );
        assert_ne!(told.await["body"]["responseCode"], "2005600", "{path}");
        shop.doku.time_passes(A_WHILE).await;
        shop.tick().await;
        assert_eq!(shop.doku.call_count().await, 0, "{path}");
        assert_eq!(shop.item(&pk, "PAYMENT").await, blocked, "{path}");

        // The newer release runs again.
        shop.put_item(before).await;
        shop.confirm(&payment.id).await;
        shop.doku.releases_notifications().await;
        let paid = shop.wait_until_paid(&payment.id).await;
        shop.doku.charged_once(&paid).await;
    }
    assert!(shop.world.logs_text().contains("\"NewerVersion\""));
}

#[tokio::test]
async fn money_that_was_taken_does_not_go_back_by_an_unknown_word() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, 10_000).await;
    let pk = format!("PAYMENT#{id}");
    for (path, stored, _, _) in of_a_payment() {
        let (blocked, before) = shop.writes(&pk, "PAYMENT", path, &stored).await;
        let refused = shop.refund(&id, 1_000).await;
        refused.expect_problem(503, "newer_version");
        assert_eq!(shop.item(&pk, "PAYMENT").await, blocked, "{path}");
        shop.put_item(before).await;
    }
    assert_eq!(shop.doku.called("refund").await, 0);
    shop.refund(&id, 1_000).await.expect(201);
}

#[tokio::test]
async fn a_hold_is_not_captured_by_an_unknown_word() {
    let shop = Shop::open().await;
    let held = shop.authorised(50_000).await;
    let pk = format!("PAYMENT#{}", held.id);
    for (path, stored) in [
        ("status", word("disputed")),
        ("card.paymentType", word("DEFERRED")),
        ("card.keeping", word("vaulted")),
        ("card.acquirer", word("BANK_NEW")),
    ] {
        let (blocked, before) = shop.writes(&pk, "PAYMENT", path, &stored).await;
        let refused = shop.capture(&held.id, Some(20_000)).await;
        refused.expect_problem(503, "newer_version");
        assert_eq!(shop.item(&pk, "PAYMENT").await, blocked, "{path}");
        shop.read(&held.id).await;
        shop.put_item(before).await;
    }
    assert_eq!(shop.doku.called("capture").await, 0);
    shop.capture(&held.id, Some(20_000)).await.expect(200);
    for (path, stored) in [
        ("capture.status", word("queued")),
        ("capture.failure", word("frozen")),
        ("capture.operation.state", word("parked")),
    ] {
        let (blocked, before) = shop.writes(&pk, "PAYMENT", path, &stored).await;
        let refused = shop.refund(&held.id, 1_000).await;
        refused.expect_problem(503, "newer_version");
        assert_eq!(shop.item(&pk, "PAYMENT").await, blocked, "{path}");
        let read = shop.read(&held.id).await;
        if path == "capture.status" {
            assert_eq!(read["capture"]["status"], "queued");
        }
        shop.put_item(before).await;
    }
}

#[tokio::test]
async fn a_refund_with_an_unknown_word_is_shown_and_left_alone() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, 10_000).await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(10).await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    let refund = shop.refund(&id, 1_000).await.expect(202).word("refundId");
    let (pk, sk) = (format!("PAYMENT#{id}"), format!("REFUND#{refund}"));
    let list = format!("/v1/payments/{id}/refunds");
    for (path, shown) in [
        ("status", "/status"),
        ("failure", "/failure/code"),
        ("kind", "/type"),
    ] {
        let (blocked, before) = shop.writes(&pk, &sk, path, &word("disputed")).await;
        let read = shop.merchant.get(&format!("{list}/{refund}")).await;
        assert_eq!(
            read.expect(200).body.pointer(shown),
            Some(&json!("disputed"))
        );
        let listed = shop.merchant.get(&list).await;
        assert_eq!(
            listed.expect(200).body["items"],
            json!([read.body]),
            "{path}"
        );
        shop.doku.forget_calls().await;
        shop.doku.time_passes(A_WHILE).await;
        shop.tick().await;
        assert_eq!(shop.doku.call_count().await, 0, "{path}");
        assert_eq!(shop.item(&pk, &sk).await, blocked, "{path}");
        shop.put_item(before).await;
    }
    shop.doku.time_passes(A_WHILE).await;
    shop.tick().await;
    let read = shop.merchant.get(&format!("{list}/{refund}")).await;
    assert_eq!(read.expect(200).body["status"], "succeeded");
}

#[tokio::test]
async fn a_binding_with_an_unknown_word_is_shown_and_not_charged() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let (pk, own) = (
        format!("BINDING#{binding}"),
        format!("/v1/bindings/{binding}"),
    );
    for path in [
        "status",
        "failure",
        "pathVersion",
        "beforeUnbinding",
        "operation.state",
    ] {
        let (blocked, before) = shop.writes(&pk, "BINDING", path, &word("frozen")).await;
        let read = shop.merchant.get(&own).await;
        read.expect(200);
        if path == "status" {
            assert_eq!(read.body["status"], "frozen");
        }
        let listed = shop.merchant.get("/v1/customers/cust-1/bindings").await;
        assert_eq!(
            listed.expect(200).body["items"],
            json!([read.body]),
            "{path}"
        );
        let body = shop.payment_body(&binding, 10_000);
        let refused = shop.merchant.post("/v1/payments", &body).await;
        refused.expect_problem(503, "newer_version");
        let refused = shop.merchant.delete_with(&fresh("unlink"), &own).await;
        refused.expect_problem(503, "newer_version");
        assert_eq!(shop.item(&pk, "BINDING").await, blocked, "{path}");
        shop.put_item(before).await;
    }
    assert_eq!(shop.doku.called("payment").await, 0);
    assert_eq!(shop.doku.called("unbinding").await, 0);
    shop.paid(&binding, 10_000).await;
}

#[tokio::test]
async fn a_subscription_with_an_unknown_word_is_charged_by_the_release_that_knows_it() {
    for (path, stored, shown) in [
        ("status", "trialing", "/status"),
        ("failure", "frozen", "/failure/code"),
        ("catchUp", "ask", "/catchUp"),
        ("retryThen", "mail", "/retry/then"),
        ("calendar.unit", "quarter", "/interval/unit"),
        ("calendar.zone", "Mars/Olympus", "/timeZone"),
    ] {
        let club = Club::open().await;
        let shop = &club.shop;
        let (customer, id) = club.member("2032-01-31").await;
        let pk = format!("SUBSCRIPTION#{id}");
        let (blocked, before) = shop.writes(&pk, "SUBSCRIPTION", path, &word(stored)).await;
        let read = club.read(&id).await;
        assert_eq!(read.pointer(shown), Some(&json!(stored)), "{path}: {read}");
        assert_eq!(read["nextCharge"], Value::Null, "{path}");
        let list = format!("/v1/subscriptions?customerId={customer}");
        let listed = club.merchant.get(&list).await;
        assert_eq!(listed.expect(200).body["items"], json!([read]), "{path}");
        let changed = club.change(&id, &json!({"amount": idr(1_000)})).await;
        changed.expect_problem(503, "newer_version");
        club.goes_to("2032-01-31T09:00").await;
        club.ticks().await;
        assert_eq!(club.debits(&customer).await.len(), 0, "{path}");
        assert_eq!(shop.item(&pk, "SUBSCRIPTION").await, blocked, "{path}");
        assert!(club.queue().dead_letters().is_empty(), "{path}");

        shop.put_item(before).await;
        club.goes_to("2032-01-31T09:10").await;
        club.ticks().await;
        club.until(&id, "2032-01-31", "paid").await;
        assert_eq!(club.debits(&customer).await.len(), 1, "{path}");
    }
}

#[tokio::test]
async fn a_charge_with_an_unknown_word_is_not_tried_again() {
    let club = Club::open().await;
    let shop = &club.shop;
    let (customer, id) = club.member("2032-01-31").await;
    shop.doku.declines(&customer, 1).await;
    club.goes_to("2032-01-31T09:00").await;
    club.ticks().await;
    club.until(&id, "2032-01-31", "past_due").await;
    let (pk, sk) = (format!("SUBSCRIPTION#{id}"), "CHARGE#2032-01-31");
    for (minute, path, shown) in [
        ("05", "status", "/status"),
        ("15", "failure", "/failure/code"),
        ("25", "skipped", "/skipReason"),
    ] {
        let (blocked, before) = shop.writes(&pk, sk, path, &word("disputed")).await;
        let charge = &club.charges(&id).await[0];
        assert_eq!(charge.pointer(shown), Some(&json!("disputed")), "{path}");
        club.goes_to(&format!("2032-02-01T09:{minute}")).await;
        club.ticks().await;
        assert_eq!(shop.item(&pk, sk).await, blocked, "{path}");
        assert_eq!(club.debits(&customer).await.len(), 0, "{path}");
        shop.put_item(before).await;
    }
    club.goes_to("2032-02-01T09:35").await;
    club.ticks().await;
    club.until(&id, "2032-01-31", "paid").await;
    assert_eq!(club.debits(&customer).await.len(), 1);
}

#[tokio::test]
async fn a_key_that_began_what_only_a_newer_release_does_begins_nothing_here() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, 10_000).await;
    let (key, path) = (fresh("refund"), format!("/v1/payments/{id}/refunds"));
    let body = json!({"amount": idr(1_000)});
    shop.merchant
        .post_with(&key, &path, &body)
        .await
        .expect(201);
    let claims = shop.items("CLAIM#").await;
    let claim = claims
        .iter()
        .find(|claim| claim["work"]["S"] == "refund")
        .unwrap();
    let pk = claim["pk"]["S"].as_str().unwrap();
    let (blocked, before) = shop.writes(pk, "CLAIM", "work", &word("chargeback")).await;
    let repeated = shop.merchant.post_with(&key, &path, &body).await;
    repeated.expect_problem(503, "newer_version");
    assert_eq!(shop.item(pk, "CLAIM").await, blocked);
    assert_eq!(shop.doku.called("refund").await, 1);
    shop.put_item(before).await;
    let repeated = shop.merchant.post_with(&key, &path, &body).await;
    assert!(repeated.expect(201).is_replayed());
}
