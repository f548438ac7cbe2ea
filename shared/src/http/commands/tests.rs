use super::*;
use crate::app::{AccountOrder, PayCommand, PayMethod};
use crate::domain::channel::{ChannelSettings, Channels, Confirmation, PathVersion};
use crate::domain::device::Device;
use secrecy::ExposeSecret;
use serde_json::json;

/// The path of the registered address for notifications.
pub(super) const PATH: &str = "/v1/doku/notifications";
/// Passes for a card number.
pub(super) const CARD: &str = "4111111111111111";
/// A card number in each of the forms that people and programs write.
pub(super) const CARDS: [&str; 3] = [
    CARD,
    "4111 1111 1111 1111",
    "card 3782-822463-10005, please",
];

/// The channels of a deployment that decided nothing.
pub(super) fn channels() -> Channels {
    Channels::new(&ChannelSettings::default()).unwrap()
}

/// The channels of a deployment that speaks to `code` under `version`.
pub(super) fn channels_with(code: &str, version: PathVersion) -> Channels {
    let versions = vec![(code.to_owned(), version)];
    Channels::new(&ChannelSettings {
        versions,
        ..ChannelSettings::default()
    })
    .unwrap()
}

/// Puts values where pointers say. Null counts as missing.
pub(super) fn altered(mut body: Value, changes: &[(&str, Value)]) -> Value {
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match body.pointer_mut(parent).unwrap() {
            Value::Array(entries) => entries[name.parse::<usize>().unwrap()] = value.clone(),
            parent => parent[name] = value.clone(),
        }
    }
    body
}

/// The errors as text, sorted; none where there is a command.
pub(super) fn shown<T>(read: Parsed<T>) -> Vec<String> {
    let mut errors: Vec<_> = match read {
        Ok(_) => return Vec::new(),
        Err(errors) => errors.iter().map(ToString::to_string).collect(),
    };
    errors.sort();
    errors
}

/// What a deployment decides that has these channels and nothing else of its own.
pub(super) fn rules(channels: &Channels) -> InputRules<'_> {
    InputRules {
        channels,
        notification_path: PATH,
        fields: FieldRules::default(),
    }
}

fn read(body: &Value) -> Parsed<PayCommand> {
    pay(body, &rules(&channels()))
}

fn account(body: &Value) -> AccountOrder {
    match read(body).unwrap().method {
        PayMethod::Account(order) => order,
        PayMethod::Wallet(_) | PayMethod::Card(_) | PayMethod::Recurring(_) => {
            panic!("no linked account")
        }
    }
}

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
    let command = read(&payment()).unwrap();
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
    let mut named: Vec<_> = read(&body)
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
    assert_eq!(read(&body).unwrap_err()[0].field, "items");
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
        let errors = read(&body).unwrap_err();
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
            "channel": 7, "validUntil": "soon", "chargeToken": [],
        });
        body["device"] = json!("none");
        body["customer"] = customer.clone();
        body["returnUrl"] = json!(null);
        let errors = read(&body).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["method.type"], "{kind}");
    }
}

#[test]
fn nothing_of_another_method_goes_with_an_account() {
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
        ("channel", json!("EMONEY_DANA_SNAP")),
        ("deepLink", json!("myshop://paid")),
        ("pointOfInitiation", json!("app")),
        ("validUntil", json!("2026-11-20T01:15:30Z")),
    ] {
        body["method"][name] = value;
    }
    assert_eq!(
        shown(read(&body)),
        [
            "customer is not for direct_debit",
            "method.acquirer is for cards only",
            "method.autoCapture is for cards only",
            "method.cardTokenId is for cards only",
            "method.channel is for wallets only",
            "method.deepLink is for wallets only",
            "method.page is for cards only",
            "method.paymentType is for cards only",
            "method.pointOfInitiation is for wallets only",
            "method.saveCard is for cards only",
            "method.tenor is for cards only",
            "method.validUntil is for wallets only",
        ]
    );
}

#[test]
fn nothing_of_another_method_goes_with_a_card() {
    let body = json!({
        "invoiceNumber": "INV-0001",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "customer": {"id": "cust-1", "email": "siti@example.com"},
        "method": {
            "type": "card", "bindingId": "bnd_01KASZDRH0FAXQMQNQW3M8QH7J", "chargeToken": "t",
            "confirmation": "page", "payOptions": [], "feeType": "OUR",
            "channel": "EMONEY_DANA_SNAP", "validUntil": "2026-11-20T01:15:30Z",
        },
        "device": {"id": "0123456789abcdef"},
    });
    assert_eq!(
        shown(read(&body)),
        [
            "device is not for cards",
            "method.bindingId is for direct_debit only",
            "method.channel is for wallets only",
            "method.chargeToken is for direct_debit only",
            "method.confirmation is for direct_debit only",
            "method.feeType is for direct_debit only",
            "method.payOptions is for direct_debit only",
            "method.validUntil is for wallets only",
        ]
    );
}

#[test]
fn every_way_to_confirm_is_read() {
    for (word, confirmation) in [
        ("otp", Confirmation::Otp),
        ("page", Confirmation::Page),
        ("none", Confirmation::Unasked),
    ] {
        let body = altered(payment(), &[("/method/confirmation", json!(word))]);
        assert_eq!(account(&body).confirmation, Some(confirmation));
    }
    let body = altered(payment(), &[("/method/confirmation", json!("unasked"))]);
    let errors = shown(read(&body));
    assert_eq!(errors, ["method.confirmation must be otp, page or none"]);
}

#[test]
fn a_charge_token_is_a_secret_and_no_card_number() {
    let with = |token: Value| altered(payment(), &[("/method/chargeToken", token)]);
    for token in ["7992739871300002", "c3f1a7e09b5d4826"] {
        let read = account(&with(json!(token))).charge_token.unwrap();
        assert_eq!(read.expose_secret(), token);
    }
    let rule = "method.chargeToken must be 1 to 40 printable characters without spaces";
    let wrong = [
        (
            "a card number",
            json!(CARD),
            "method.chargeToken must not hold a card number",
        ),
        ("empty", json!(""), rule),
        ("too long", json!("t".repeat(41)), rule),
        ("spaces", json!("a b"), rule),
        ("not ASCII", json!("é"), rule),
        ("a number", json!(7), "method.chargeToken must be text"),
    ];
    for (why, token, rule) in wrong {
        assert_eq!(shown(read(&with(token))), [rule], "{why}");
    }
}

#[test]
fn what_an_account_wants_of_the_device_is_not_judged_here() {
    let with = |device: Value| altered(payment(), &[("/device", device)]);
    let device = json!({"id": "0123456789abcdef", "ipAddress": "203.0.113.10"});
    let command = read(&with(device)).unwrap();
    assert_eq!(command.device.id.as_deref(), Some("0123456789abcdef"));
    assert_eq!(command.device.ip_address.as_deref(), Some("203.0.113.10"));
    for nothing in [json!(null), json!({})] {
        assert_eq!(read(&with(nothing)).unwrap().device, Device::default());
    }
    let errors = shown(read(&with(json!({"ipAddress": "::1"}))));
    assert_eq!(
        errors,
        ["device.ipAddress must be an IPv4 address of 10 to 15 characters"]
    );
}

#[test]
fn an_otp_is_digits() {
    let table = [
        ("six", json!("111000"), true),
        ("one", json!("7"), true),
        ("18", json!("123456789012345678"), true),
        ("16 that pass for a card number", json!(CARD), false),
        ("none", json!(""), false),
        ("19", json!("1234567890123456789"), false),
        ("a letter", json!("71B304"), false),
        ("spaces", json!("718 304"), false),
        ("full-width", json!("１１１０００"), false),
    ];
    let payment = PaymentId::parse("pay_01KASZDRH0FAXQMQNQW3M8QH7J").unwrap();
    let binding = BindingId::parse("bnd_01KASZDRH0FAXQMQNQW3M8QH7J").unwrap();
    for (why, code, good) in table {
        let body = json!({"otp": code});
        let of_payment = otp(&body, payment).map(|command| command.otp);
        let of_binding = binding_otp(&body, binding).map(|command| command.otp);
        for read in [of_payment, of_binding] {
            match read {
                Ok(read) => assert_eq!((Some(read.expose_secret()), good), (code.as_str(), true)),
                Err(errors) => {
                    assert!(!good, "{why}");
                    let rule = match code.as_str() {
                        Some(CARD) => "otp must not hold a card number",
                        _ => "otp must be 1 to 18 digits",
                    };
                    assert_eq!(errors[0].to_string(), rule, "{why}");
                    assert_eq!(errors.len(), 1, "{why}");
                }
            }
        }
    }
}

#[test]
fn an_otp_comes_alone() {
    let binding = BindingId::parse("bnd_01KASZDRH0FAXQMQNQW3M8QH7J").unwrap();
    let table = [
        ("nothing", json!({}), vec!["otp is required"]),
        (
            "a number",
            json!({"otp": 111_000}),
            vec!["otp must be text"],
        ),
        (
            "more",
            json!({"otp": "111000", "pin": "1", "bindingId": "bnd_1"}),
            vec!["bindingId is not a known field", "pin is not a known field"],
        ),
        (
            "a list",
            json!(["111000"]),
            vec!["body must be a JSON object"],
        ),
    ];
    for (why, body, errors) in table {
        assert_eq!(shown(binding_otp(&body, binding)), errors, "{why}");
    }
    let command = binding_otp(&json!({"otp": "1"}), binding).unwrap();
    assert_eq!(command.binding, binding);
}

#[test]
fn items_are_not_added_up_where_one_has_no_price() {
    let mut body = payment();
    body["items"] = json!([{"name": "", "price": "1.00", "quantity": 1}, "x"]);
    let errors = read(&body).unwrap_err();
    let mut named: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["items[0].name", "items[1]"]);
}
