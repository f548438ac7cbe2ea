use super::*;
use crate::app::PayMethod;
use serde_json::json;

const PATH: &str = "/v1/doku/notifications";

fn payment() -> Value {
    json!({
        "invoiceNumber": "INV-0001",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "method": {"type": "direct_debit", "bindingId": "bnd_01KASZDRH0FAXQMQNQW3M8QH7J"},
        "items": [{"name": "Vitamin C", "price": "5000.00", "quantity": 2}],
        "returnUrl": "https://shop.example/paid",
    })
}

#[test]
fn a_payment_is_read() {
    let command = pay(&payment(), PATH).unwrap();
    assert_eq!(command.amount, Rupiah::new(10_000));
    assert_eq!(command.items[0].price, Rupiah::new(5_000));
    assert_eq!(command.items[0].quantity, 2);
    assert!(matches!(command.method, PayMethod::Account(order) if order.confirmation.is_none()));
}

#[test]
fn every_wrong_field_is_named() {
    let body = json!({
        "invoiceNumber": 7,
        "amount": {"value": 10000.0, "currency": "USD", "extra": 1},
        "method": {"type": "cash"},
        "items": [{"name": "", "price": "1", "quantity": 0.5}],
        "metadata": {"cart": 1},
        "surprise": true,
    });
    let mut named: Vec<_> = pay(&body, PATH)
        .unwrap_err()
        .into_iter()
        .map(|e| e.field)
        .collect();
    named.sort();
    assert_eq!(
        named,
        [
            "amount.currency",
            "amount.extra",
            "amount.value",
            "invoiceNumber",
            "items[0].name",
            "items[0].price",
            "items[0].quantity",
            "metadata.cart",
            "method.type",
            "surprise"
        ]
    );
}

#[test]
fn items_must_add_up() {
    let mut body = payment();
    body["items"][0]["quantity"] = json!(3);
    assert_eq!(pay(&body, PATH).unwrap_err()[0].field, "items");
}

#[test]
fn a_card_number_is_refused_wherever_it_stands() {
    for (field, value) in [
        ("description", json!("4111 1111 1111 1111")),
        ("metadata", json!({"note": "4111-1111-1111-1111"})),
        (
            "items",
            json!([{"name": "4111111111111111", "price": "10000.00", "quantity": 1}]),
        ),
    ] {
        let mut body = payment();
        body[field] = value;
        let errors = pay(&body, PATH).unwrap_err();
        assert!(errors[0].field.starts_with(field), "{field}: {errors:?}");
    }
}

#[test]
fn an_unknown_method_is_one_error() {
    let customer = json!({"id": "cust-1", "name": 7, "more": true});
    for kind in [json!("cash"), json!(""), json!(7), json!(null)] {
        let mut body = payment();
        body["method"] = json!({
            "type": kind, "bindingId": 7, "tenor": "x", "page": {"autoRedirect": true},
        });
        body["customer"] = customer.clone();
        body["returnUrl"] = json!(null);
        let errors = pay(&body, PATH).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["method.type"], "{kind}");
    }
}

#[test]
fn nothing_of_a_card_goes_with_an_account() {
    let mut body = payment();
    body["customer"] = json!({"id": "cust-1"});
    for (name, value) in [
        ("paymentType", json!("SALE")),
        ("autoCapture", json!(false)),
        ("acquirer", json!("BRI")),
        ("tenor", json!(3)),
        ("saveCard", json!(true)),
        ("cardTokenId", json!("t")),
        ("page", json!({})),
    ] {
        body["method"][name] = value;
    }
    let errors = pay(&body, PATH).unwrap_err();
    assert!(errors.iter().all(|e| e.rule == "is for cards only"));
    let mut named: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            "customer",
            "method.acquirer",
            "method.autoCapture",
            "method.cardTokenId",
            "method.page",
            "method.paymentType",
            "method.saveCard",
            "method.tenor",
        ]
    );
}

#[test]
fn items_are_not_added_up_where_one_has_no_price() {
    let mut body = payment();
    body["items"] = json!([{"name": "", "price": "1.00", "quantity": 1}, "x"]);
    let errors = pay(&body, PATH).unwrap_err();
    let mut named: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["items[0].name", "items[1]"]);
}
