//! Allo Bank: wants to know the customer's device and what is bought.

use serde_json::{Value, json};

use super::scene::{ALLO_CORE, IP_ADDRESS};
use crate::support::leaks::plant;
use crate::support::{Shop, idr};

/// The members of `device`, as a caller sends them, with one of them another.
fn device(member: &str, value: Value) -> Value {
    let mut device = json!({
        "id": "0123456789abcdef",
        "ipAddress": IP_ADDRESS,
        "model": "Pixel 9",
        "os": "android",
        "app": "app",
    });
    device[member] = value;
    device
}

#[tokio::test]
async fn what_is_missing_or_odd_is_refused_before_allo_hears_of_it() {
    let shop = Shop::open().await;
    let binding = ALLO_CORE.link(&shop, "cust-1").await;
    let calls = shop.doku.call_count().await;
    let bindings: [(&str, Value, &[&str]); 6] = [
        (
            "no device",
            Value::Null,
            &[
                "device.id",
                "device.ipAddress",
                "device.model",
                "device.os",
                "device.app",
            ],
        ),
        (
            "an address shorter than DOKU takes",
            device("ipAddress", json!("8.8.8.8")),
            &["device.ipAddress"],
        ),
        (
            "an address of IPv6",
            device("ipAddress", json!("2001:db8::1234")),
            &["device.ipAddress"],
        ),
        (
            "a system that Allo does not know",
            device("os", json!("plan9")),
            &["device.os"],
        ),
        (
            "neither app nor site",
            device("app", json!("phone")),
            &["device.app"],
        ),
        (
            "an id with other signs than DOKU takes",
            device("id", json!("01-23")),
            &["device.id"],
        ),
    ];
    for (why, device, fields) in bindings {
        let mut body = ALLO_CORE.binding_body(&shop, "cust-1");
        body["device"] = device;
        let refused = shop.merchant.post("/v1/bindings", &body).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), fields, "{why}");
    }
    let long_name = json!([{"name": "n".repeat(33), "price": "10000.00", "quantity": 1}]);
    let payments = [
        ("no items", "items", Value::Null, "items"),
        ("none of them", "items", json!([]), "items"),
        ("a name too long", "items", long_name, "items[0].name"),
        ("no device", "device", Value::Null, "device.ipAddress"),
        (
            "the id is known from the linking, the address has to be of now",
            "device",
            json!({"id": "0123456789abcdef"}),
            "device.ipAddress",
        ),
        (
            "an address shorter than DOKU takes",
            "device",
            json!({"ipAddress": "8.8.8.8"}),
            "device.ipAddress",
        ),
    ];
    for (why, member, value, field) in payments {
        let mut body = ALLO_CORE.payment_body(&shop, &binding);
        body[member] = value;
        let refused = shop.merchant.post("/v1/payments", &body).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), [field], "{why}");
    }
    assert_eq!(shop.doku.call_count().await, calls);
}

/// The simulator refuses a balance, a refund and an unlinking without the customer's address, and
/// nobody gives one with them.
#[tokio::test]
async fn the_device_is_kept_for_what_is_done_without_the_customer() {
    let shop = Shop::open().await;
    let binding = ALLO_CORE.link(&shop, "cust-1").await;
    let path = format!("/v1/bindings/{binding}");
    let balance = shop.merchant.get(&format!("{path}/balance")).await;
    let kinds = balance.expect(200).body["balances"].as_array().unwrap();
    let kinds: Vec<_> = kinds.iter().map(|part| &part["type"]).collect();
    assert_eq!(kinds, ["BALANCE", "POINT", "PAYLATER"]);

    let mut body = ALLO_CORE.payment_body(&shop, &binding);
    body["device"] = json!({"ipAddress": plant("203.0.113.188")});
    body["method"]["payOptions"] = json!([
        {"method": "BALANCE", "amount": idr(4_000)},
        {"method": "POINT", "amount": idr(6_000)},
    ]);
    let payment = ALLO_CORE.pay(&shop, &body, "page").await;
    let paid = ALLO_CORE.confirm(&shop, &payment).await;
    shop.doku.charged_once(&paid).await;
    for rupiah in [4_000, 6_000] {
        let refund = shop.refund(&payment.id, rupiah).await;
        assert_eq!(refund.expect(201).body["status"], "succeeded");
    }
    shop.wait_until(&payment.id, "refunded").await;
    let unbound = shop.merchant.delete_with("unbind", &path).await;
    assert_eq!(unbound.expect(200).body["status"], "unbound");
    shop.doku.saw_no_violation().await;
}

/// What a caller may learn of a payment or binding, the device is no part of.
#[tokio::test]
async fn the_device_is_not_told_to_anybody() {
    let shop = Shop::open().await;
    let binding = ALLO_CORE.link(&shop, "cust-1").await;
    let paid = ALLO_CORE.paid(&shop, &binding).await;
    let id = paid["paymentId"].as_str().unwrap();
    for path in [
        format!("/v1/bindings/{binding}"),
        "/v1/customers/cust-1/bindings".to_owned(),
        format!("/v1/payments/{id}"),
        format!("/v1/payments/{id}/events"),
    ] {
        let answer = shop.merchant.get(&path).await;
        let text = &answer.expect(200).text;
        assert!(
            !text.contains(IP_ADDRESS) && !text.contains("Pixel"),
            "{text}"
        );
    }
    let table = json!(shop.table().await).to_string();
    assert!(!table.contains(IP_ADDRESS), "it lies in the table unsealed");
}
