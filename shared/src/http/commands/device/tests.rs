use serde_json::{Value, json};

use super::super::tests::{CARD, CARDS, shown};
use super::*;
use crate::domain::error::FieldError;

fn read(body: &Value, needed: &[&str]) -> Result<Device, Vec<FieldError>> {
    let mut fields = Fields::new(body);
    let device = device(&mut fields, needed);
    fields.finish().map(|()| device)
}

fn full() -> Value {
    json!({
        "id": "0123456789abcdef", "ipAddress": "203.0.113.10", "model": "Pixel 9", "os": "android",
        "app": "web",
    })
}

#[test]
fn all_of_it_is_read_whoever_needs_it() {
    for needed in [&[][..], &["id", "ipAddress", "model", "os", "app"]] {
        let device = read(&json!({"device": full()}), needed).unwrap();
        assert_eq!(device.id.as_deref(), Some("0123456789abcdef"));
        assert_eq!(device.ip_address.as_deref(), Some("203.0.113.10"));
        assert_eq!(device.model.as_deref(), Some("Pixel 9"));
        assert_eq!(device.os, Some(Os::Android));
        assert_eq!(device.app, Some(AppKind::Web));
    }
}

#[test]
fn what_is_needed_has_to_be_there() {
    let needed = &["id", "ipAddress"][..];
    let both = &[
        "device.id is required by this channel",
        "device.ipAddress is required by this channel",
    ][..];
    let table = [
        ("no device", json!({}), needed, both),
        ("null", json!({"device": null}), needed, both),
        ("empty", json!({"device": {}}), needed, both),
        (
            "null in it",
            json!({"device": {"id": null, "ipAddress": "203.0.113.10"}}),
            needed,
            &both[..1],
        ),
        (
            "something else",
            json!({"device": {"id": "0", "os": "ios"}}),
            needed,
            &both[1..],
        ),
        (
            "wrong, and so there",
            json!({"device": {"id": "a-b", "ipAddress": "203.0.113.10"}}),
            needed,
            &["device.id must be 1 to 64 letters and digits"],
        ),
        (
            "no object",
            json!({"device": "0123456789abcdef"}),
            needed,
            &["device must be an object"],
        ),
        ("nothing needed", json!({}), &[], &[]),
    ];
    for (why, body, needed, errors) in table {
        assert_eq!(shown(read(&body, needed)), errors, "{why}");
    }
}

#[test]
fn each_member_has_its_rule() {
    let table = [
        ("id", json!(""), "must be 1 to 64 letters and digits"),
        (
            "id",
            json!("a".repeat(65)),
            "must be 1 to 64 letters and digits",
        ),
        ("id", json!(7), "must be text"),
        (
            "ipAddress",
            json!("2001:db8::1"),
            "must be an IPv4 address of 10 to 15 characters",
        ),
        (
            "model",
            json!("m".repeat(65)),
            "must have at most 64 characters",
        ),
        ("model", json!(""), "must not be empty"),
        ("model", json!("a\r\nb"), "must not hold control characters"),
        ("os", json!("Android"), "must be ios or android"),
        ("app", json!("mweb"), "must be app or web"),
        ("imei", json!("1"), "is not a known field"),
    ];
    for (name, value, rule) in table {
        let mut device = full();
        device[name] = value;
        let errors = shown(read(&json!({"device": device}), &[]));
        assert_eq!(errors, [format!("device.{name} {rule}")]);
    }
}

#[test]
fn a_card_number_is_refused_wherever_it_stands() {
    for name in ["id", "ipAddress", "model", "os", "app", "unknown"] {
        for text in CARDS {
            let mut device = full();
            device[name] = json!(text);
            let errors = shown(read(&json!({"device": device}), &[]));
            // What of an id has letters in it is refused for its form.
            let form = "device.id must be 1 to 64 letters and digits";
            let named = format!("device.{name} must not hold a card number");
            assert!(
                errors.contains(&named) || errors == [form],
                "{name}: {text}: {errors:?}"
            );
        }
    }
    let errors = shown(read(&json!({"device": CARD}), &[]));
    assert!(errors.contains(&"device must not hold a card number".to_owned()));
}

#[test]
fn an_id_with_letters_may_hold_such_digits_by_chance() {
    let id = "a4111111111111111bcdefabcdefabcd";
    let device = read(&json!({"device": {"id": id}}), &[]).unwrap();
    assert_eq!(device.id.as_deref(), Some(id));
}
