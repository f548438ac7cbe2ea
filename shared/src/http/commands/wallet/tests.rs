use serde_json::{Value, json};

use super::super::pay;
use super::super::tests::{CARD, CARDS, altered, channels, channels_with, rules, shown};
use super::*;
use crate::app::{PayCommand, PayMethod};
use crate::domain::channel::PathVersion;
use crate::domain::error::FieldError;

const DEVICE: &str = "0123456789abcdef";

/// As little as DANA takes.
fn least() -> Value {
    json!({
        "invoiceNumber": "INV-1",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "customer": {"id": "cust-001"},
        "method": {"type": "wallet", "channel": "EMONEY_DANA_SNAP"},
        "device": {"id": DEVICE, "ipAddress": "203.0.113.10"},
        "returnUrl": "https://shop.example/paid",
    })
}

/// Every member there is.
fn full() -> Value {
    altered(
        least(),
        &[
            ("/method/deepLink", json!("myshop://paid")),
            ("/method/pointOfInitiation", json!("mweb")),
            ("/method/validUntil", json!("2026-11-20T08:15:30+07:00")),
            ("/method/supportDeepLinkCheckoutUrl", json!(true)),
            ("/method/metadata", json!("order 1")),
            ("/device/model", json!("Pixel 9")),
            (
                "/items",
                json!([{"name": "Tea", "price": "5000.00", "quantity": 2}]),
            ),
            ("/description", json!("Tea")),
            ("/metadata", json!({"cart": "42"})),
        ],
    )
}

fn read(body: &Value) -> Result<PayCommand, Vec<FieldError>> {
    pay(body, &rules(&channels()))
}

fn order(body: &Value) -> WalletOrder {
    match read(body).unwrap().method {
        PayMethod::Wallet(order) => order,
        PayMethod::Account(_) | PayMethod::Card(_) | PayMethod::Recurring(_) => {
            panic!("no wallet")
        }
    }
}

#[test]
fn the_least_that_is_needed() {
    let order = order(&least());
    assert_eq!(order.channel.code, "EMONEY_DANA_SNAP");
    assert_eq!(order.customer.as_str(), "cust-001");
    assert_eq!(order.return_url.as_str(), "https://shop.example/paid");
    assert!(order.deep_link.is_none() && order.from.is_none() && order.valid_until.is_none());
    assert_eq!(read(&least()).unwrap().device.id.as_deref(), Some(DEVICE));
}

#[test]
fn everything_there_is() {
    let command = read(&full()).unwrap();
    assert_eq!(command.items.len(), 1);
    assert_eq!(command.device.model.as_deref(), Some("Pixel 9"));
    let order = order(&full());
    assert_eq!(
        order.deep_link.as_ref().map(DeepLink::as_str),
        Some("myshop://paid")
    );
    assert_eq!(order.from, Some(StartingPoint::MobileWeb));
    let until = Timestamp::parse_rfc3339("2026-11-20T01:15:30Z");
    assert_eq!(order.valid_until, until);
    assert!(order.deep_link_checkout);
    assert_eq!(order.metadata.as_deref(), Some("order 1"));
}

#[test]
fn each_member_has_its_rule() {
    let binding = "is not a wallet; pay through a binding";
    let table = [
        ("/method/channel", json!(null), "is required"),
        (
            "/method/channel",
            json!("EMONEY_NOWHERE_SNAP"),
            "must be a channel this service offers",
        ),
        ("/method/channel", json!("DIRECT_DEBIT_CIMB_SNAP"), binding),
        ("/method/channel", json!("EMONEY_OVO_SNAP"), binding),
        ("/method/channel", json!("CREDIT_CARD"), binding),
        ("/method/channel", json!(7), "must be text"),
        (
            "/method/deepLink",
            json!("javascript:alert(1)"),
            "must be an absolute address that opens an app",
        ),
        (
            "/method/deepLink",
            json!("/paid"),
            "must be an absolute address that opens an app",
        ),
        (
            "/method/pointOfInitiation",
            json!("tv"),
            "must be app, pc or mweb",
        ),
        (
            "/method/validUntil",
            json!("2026-11-20"),
            "must be a date-time of RFC 3339",
        ),
        (
            "/method/validUntil",
            json!("2026-11-20T08:15:30"),
            "must be a date-time of RFC 3339",
        ),
        ("/method/validUntil", json!(1_795_136_130), "must be text"),
        (
            "/method/supportDeepLinkCheckoutUrl",
            json!("true"),
            "must be true or false",
        ),
        ("/method/metadata", json!(""), "must not be empty"),
        (
            "/method/metadata",
            json!("m".repeat(256)),
            "must have at most 255 characters",
        ),
        (
            "/method/confirmation",
            json!("page"),
            "is for direct_debit only",
        ),
        (
            "/method/bindingId",
            json!("bnd_1"),
            "is for direct_debit only",
        ),
        (
            "/method/chargeToken",
            json!("t"),
            "is for direct_debit only",
        ),
        ("/method/saveCard", json!(true), "is for cards only"),
        ("/method/surprise", json!(1), "is not a known field"),
        ("/customer", json!(null), "is required"),
        ("/customer", json!("cust-001"), "must be an object"),
        ("/customer/id", json!(null), "is required"),
        ("/customer/name", json!("Siti"), "is for cards only"),
        (
            "/customer/phone",
            json!("6281200000000"),
            "is for cards only",
        ),
        ("/customer/surprise", json!(1), "is not a known field"),
        ("/returnUrl", json!(null), "is required"),
        (
            "/returnUrl",
            json!("/paid"),
            "must be an absolute https address",
        ),
        (
            "/description",
            json!("d".repeat(41)),
            "must have at most 40 characters",
        ),
        ("/items/0/name", json!(""), "must not be empty"),
        ("/items/0/quantity", json!(0), "is out of range"),
    ];
    for (place, value, rule) in table {
        let errors = shown(read(&altered(full(), &[(place, value.clone())])));
        let field = place[1..].replace("/0/", "[0]/").replace('/', ".");
        assert_eq!(errors, [format!("{field} {rule}")], "{value}");
    }
}

#[test]
fn a_wallet_wants_to_know_what_its_description_says_of_the_device() {
    let shopee = "EMONEY_SHOPEE_PAY_SNAP";
    let present = channels();
    let archived = channels_with(shopee, PathVersion::Archived);
    let table = [
        ("DANA", "EMONEY_DANA_SNAP", &present, &[][..]),
        ("ShopeePay", shopee, &present, &[]),
        ("ShopeePay, archived", shopee, &archived, &["device.id"]),
        // Nobody can say what it would want.
        (
            "unknown",
            "EMONEY_NOWHERE_SNAP",
            &present,
            &["method.channel"],
        ),
        (
            "no wallet",
            "DIRECT_DEBIT_ALLO_SNAP",
            &present,
            &["method.channel"],
        ),
    ];
    for (why, code, channels, named) in table {
        let changes = [("/method/channel", json!(code)), ("/device", json!(null))];
        let errors = pay(&altered(least(), &changes), &rules(channels)).err();
        let fields = errors.into_iter().flatten().map(|error| error.field);
        assert_eq!(fields.collect::<Vec<_>>(), named, "{why}");
    }
}

#[test]
fn a_card_number_is_refused_wherever_it_stands() {
    let places = [
        "/method/channel",
        "/method/deepLink",
        "/method/pointOfInitiation",
        "/method/validUntil",
        "/method/chargeToken",
        "/method/metadata",
        "/method/unknown",
        "/customer/name",
        "/customer/phone",
        "/customer/unknown",
        "/device/model",
        "/items/0/name",
        "/returnUrl",
        "/description",
        "/metadata/cart",
    ];
    let addresses = [
        "myshop://paid?card=4111111111111111",
        "https://shop.example/4111-1111-1111-1111",
    ];
    for place in places {
        for text in CARDS.iter().chain(&addresses) {
            let errors = shown(read(&altered(full(), &[(place, json!(text))])));
            let named = errors
                .iter()
                .any(|error| error.ends_with("must not hold a card number"));
            assert!(named, "{place}: {text}: {errors:?}");
            assert!(!errors.join(" ").contains(CARD), "{place}: {errors:?}");
        }
    }
}
