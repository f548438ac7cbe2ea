use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::tests::{CARD, CARDS, altered, channels, channels_with, rules, shown};
use super::*;
use crate::domain::channel::PathVersion;
use crate::domain::device::{AppKind, Device, Os};

const BASE: &str = "https://api.example";
const CARD_DATA: &str = "5cg2G719+jxU1RfcGmeCyQrLagUaAWJWWhLpmmb0wm4=|ABEiM0RVZneImaq7zN3u/w==";
/// An identity number that passes for a card number.
/// Passes Luhn, and lies in a range of Mastercard's.
const NIK: &str = "5171015506850007";
const BRI: &str = "DIRECT_DEBIT_BRI_SNAP";

/// As little as a linked account takes.
fn least() -> Value {
    json!({
        "customer": {"id": "cust-001", "phone": "6281200000000"},
        "channel": "DIRECT_DEBIT_CIMB_SNAP",
        "returnUrl": "https://shop.example/linked",
    })
}

/// With a channel and more.
fn with(channel: &str, changes: &[(&str, Value)]) -> Value {
    altered(altered(least(), &[("/channel", json!(channel))]), changes)
}

fn card() -> Value {
    json!({
        "lastFour": "1234", "type": "debit", "expiry": "1228",
        "identification": {"type": "01", "number": NIK},
    })
}

fn read(body: &Value) -> Parsed<BindCommand> {
    bind(body, BASE.to_owned(), &rules(&channels()))
}

/// Reads what goes to BRI under its own archived paths.
fn read_archived(body: &Value) -> Parsed<BindCommand> {
    let channels = channels_with(BRI, PathVersion::ArchivedBri);
    bind(body, BASE.to_owned(), &rules(&channels))
}

#[test]
fn the_least_that_is_needed() {
    let command = read(&least()).unwrap();
    assert_eq!(command.customer.as_str(), "cust-001");
    assert_eq!(command.phone.expose(), "6281200000000");
    assert_eq!(command.channel.code, "DIRECT_DEBIT_CIMB_SNAP");
    assert_eq!(command.profile, Profile::default());
    assert_eq!(command.device, Device::default());
    assert!(command.card.is_none());
    assert_eq!(command.public_base_url, BASE);
}

#[test]
fn everything_there_is_of_a_customer() {
    let customer = json!({
        "id": "cust-001", "phone": "6281200000000", "name": "Siti Aminah",
        "email": "siti@example.com", "idCard": NIK, "country": "Indonesia",
        "address": "Jalan Merdeka 1, Jakarta", "dateOfBirth": "1999-01-31",
    });
    let command = read(&altered(least(), &[("/customer", customer)])).unwrap();
    let profile = command.profile;
    assert_eq!(profile.name.unwrap().expose(), "Siti Aminah");
    assert_eq!(profile.email.unwrap().expose(), "siti@example.com");
    assert_eq!(profile.id_card.unwrap().expose(), NIK);
    assert_eq!(profile.country.unwrap().expose(), "Indonesia");
    assert_eq!(
        profile.address.unwrap().expose(),
        "Jalan Merdeka 1, Jakarta"
    );
    assert_eq!(profile.date_of_birth.unwrap().expose(), "19990131");
}

#[test]
fn an_encrypted_card_is_read() {
    let body = with(BRI, &[("/cardData", json!(CARD_DATA))]);
    let Some(LinkedCard::Encrypted(data)) = read(&body).unwrap().card else {
        panic!("no encrypted card");
    };
    assert_eq!(data.expose_secret(), CARD_DATA);
}

#[test]
fn the_last_digits_of_a_card_are_read() {
    let device = ("/device", json!({"id": "0123456789abcdef"}));
    let body = with(BRI, &[("/card", card()), device.clone()]);
    let Some(LinkedCard::Digits(digits)) = read_archived(&body).unwrap().card else {
        panic!("no digits");
    };
    assert_eq!(digits.last_four, "1234");
    assert_eq!(digits.kind, Some(CardKind::Debit));
    assert_eq!(digits.expiry.as_deref(), Some("1228"));
    let paper = digits.identification.unwrap();
    assert_eq!((paper.kind.as_str(), paper.number.as_str()), ("01", NIK));

    let body = with(BRI, &[("/card", json!({"lastFour": "1234"})), device]);
    let Some(LinkedCard::Digits(digits)) = read_archived(&body).unwrap().card else {
        panic!("no digits");
    };
    assert!(digits.kind.is_none() && digits.expiry.is_none() && digits.identification.is_none());
}

#[test]
fn a_device_is_read() {
    let device = json!({
        "id": "0123456789abcdef", "ipAddress": "203.0.113.10", "model": "Pixel 9", "os": "ios",
        "app": "app",
    });
    let body = with("DIRECT_DEBIT_ALLO_SNAP", &[("/device", device)]);
    let device = read(&body).unwrap().device;
    assert_eq!((device.os, device.app), (Some(Os::Ios), Some(AppKind::App)));
    assert_eq!(device.ip_address.as_deref(), Some("203.0.113.10"));
}

#[test]
fn each_channel_has_its_way_to_name_a_card() {
    let data = || ("/cardData", json!(CARD_DATA));
    let digits = || ("/card", json!({"lastFour": "1234"}));
    let not_for = |name: &str| format!("{name} is not for this channel");
    let together = || "card must not come together with cardData".to_owned();
    let account = "DIRECT_DEBIT_CIMB_SNAP";
    let table = [
        ("an account: neither", account, vec![], vec![]),
        (
            "an account: cardData",
            account,
            vec![data()],
            vec![not_for("cardData")],
        ),
        (
            "an account: card",
            account,
            vec![digits()],
            vec![not_for("card")],
        ),
        (
            "an account: both",
            account,
            vec![data(), digits()],
            vec![together(), not_for("cardData")],
        ),
        (
            "encrypted: neither",
            BRI,
            vec![],
            vec!["cardData is required".to_owned()],
        ),
        ("encrypted: cardData", BRI, vec![data()], vec![]),
        (
            "encrypted: card",
            BRI,
            vec![digits()],
            vec![not_for("card"), "cardData is required".to_owned()],
        ),
        (
            "encrypted: both",
            BRI,
            vec![data(), digits()],
            vec![together()],
        ),
        // Refused by the use case: nothing is linked there.
        ("a wallet: either", "EMONEY_DANA_SNAP", vec![data()], vec![]),
        ("a card page: either", "CREDIT_CARD", vec![digits()], vec![]),
    ];
    for (why, channel, changes, errors) in table {
        assert_eq!(shown(read(&with(channel, &changes))), errors, "{why}");
    }
}

#[test]
fn by_the_last_digits_no_encrypted_card_is_taken() {
    let device = || ("/device", json!({"id": "0123456789abcdef"}));
    let table = [
        ("neither", vec![device()], vec!["card is required"]),
        ("card", vec![device(), ("/card", card())], vec![]),
        (
            "cardData",
            vec![device(), ("/cardData", json!(CARD_DATA))],
            vec!["card is required", "cardData is not for this channel"],
        ),
        (
            "both",
            vec![device(), ("/card", card()), ("/cardData", json!(CARD_DATA))],
            vec![
                "card must not come together with cardData",
                "cardData is not for this channel",
            ],
        ),
    ];
    for (why, changes, errors) in table {
        assert_eq!(shown(read_archived(&with(BRI, &changes))), errors, "{why}");
    }
}

#[test]
fn each_channel_wants_to_know_what_its_description_says_of_the_device() {
    let allo = "DIRECT_DEBIT_ALLO_SNAP";
    let shared = channels_with(BRI, PathVersion::Archived);
    let own = channels_with(BRI, PathVersion::ArchivedBri);
    let archived = channels_with(allo, PathVersion::Archived);
    let present = channels();
    let table = [
        ("CIMB", "DIRECT_DEBIT_CIMB_SNAP", &present, &[][..]),
        (
            "Allo",
            allo,
            &present,
            &[
                "device.id",
                "device.ipAddress",
                "device.model",
                "device.os",
                "device.app",
            ],
        ),
        ("Allo, archived", allo, &archived, &["device.id"]),
        ("BRI", BRI, &present, &["cardData"]),
        ("BRI, its own archived", BRI, &own, &["card", "device.id"]),
        ("BRI, archived", BRI, &shared, &[]),
        // Nothing of it is judged.
        ("unknown", "DIRECT_DEBIT_NOWHERE", &present, &["channel"]),
    ];
    for (why, channel, channels, named) in table {
        let errors = bind(&with(channel, &[]), BASE.to_owned(), &rules(channels)).err();
        let fields = errors.into_iter().flatten().map(|error| error.field);
        assert_eq!(fields.collect::<Vec<_>>(), named, "{why}");
    }
}

#[test]
fn each_member_has_its_rule() {
    let form = "must be base64 of the encrypted card, '|', base64 of a 16-byte IV";
    let table = [
        ("/customer/idCard", json!(""), "must not be empty"),
        (
            "/customer/idCard",
            json!("3".repeat(21)),
            "must have at most 20 characters",
        ),
        (
            "/customer/idCard",
            json!(3_171_234_567_890_123_u64),
            "must be text",
        ),
        (
            "/customer/country",
            json!("c".repeat(61)),
            "must have at most 60 characters",
        ),
        (
            "/customer/address",
            json!("a".repeat(256)),
            "must have at most 255 characters",
        ),
        (
            "/customer/address",
            json!("a\nb"),
            "must not hold control characters",
        ),
        (
            "/customer/dateOfBirth",
            json!("31-01-1999"),
            "must be a date, YYYY-MM-DD",
        ),
        (
            "/customer/dateOfBirth",
            json!("1999-02-29"),
            "must be a date, YYYY-MM-DD",
        ),
        ("/cardData", json!(""), form),
        ("/cardData", json!("AAAA|AAAA"), form),
        ("/cardData", json!(NIK), form),
        ("/cardData", json!({}), "must be text"),
        (
            "/cardData",
            json!("A".repeat(4097)),
            "must have at most 4096 characters",
        ),
        ("/returnUrl", json!(null), "is required"),
    ];
    for (place, value, rule) in table {
        let body = with(BRI, &[("/cardData", json!(CARD_DATA)), (place, value)]);
        let field = place[1..].replace('/', ".");
        assert_eq!(shown(read(&body)), [format!("{field} {rule}")]);
    }
}

#[test]
fn each_member_of_the_digits_has_its_rule() {
    let table = [
        ("/lastFour", json!(null), "is required"),
        (
            "/lastFour",
            json!("123"),
            "must be the last 4 digits of the card",
        ),
        (
            "/lastFour",
            json!(CARD),
            "must be the last 4 digits of the card",
        ),
        ("/lastFour", json!(1234), "must be text"),
        ("/type", json!("D"), "must be credit, debit or electronic"),
        ("/expiry", json!("1328"), "must be month and year, MMYY"),
        ("/expiry", json!("12/28"), "must be month and year, MMYY"),
        ("/identification/type", json!(null), "is required"),
        (
            "/identification/type",
            json!("05"),
            "must be 01, 02, 03 or 04",
        ),
        ("/identification/number", json!(null), "is required"),
        ("/identification/number", json!(""), "must not be empty"),
        (
            "/identification/number",
            json!("3".repeat(21)),
            "must have at most 20 characters",
        ),
        ("/identification", json!("01"), "must be an object"),
        ("/number", json!("1"), "is not a known field"),
    ];
    for (place, value, rule) in table {
        let card = altered(card(), &[(place, value)]);
        let device = ("/device", json!({"id": "0123456789abcdef"}));
        let errors = shown(read_archived(&with(BRI, &[("/card", card), device])));
        let field = format!("card{}", place.replace('/', "."));
        assert_eq!(errors, [format!("{field} {rule}")]);
    }
}

#[test]
fn a_card_number_is_refused_wherever_it_stands() {
    let full = || {
        let device = json!({"id": "0123456789abcdef"});
        with(BRI, &[("/card", card()), ("/device", device)])
    };
    let places = [
        "/customer/name",
        "/customer/idCard",
        "/customer/email",
        "/customer/country",
        "/customer/address",
        "/customer/dateOfBirth",
        "/customer/unknown",
        "/card/type",
        "/card/expiry",
        "/card/identification/type",
        "/card/identification/number",
        "/card/identification/unknown",
        "/card/number",
        "/device/id",
        "/device/model",
        "/returnUrl",
        "/number",
    ];
    for place in places {
        for text in CARDS {
            let errors = shown(read_archived(&altered(full(), &[(place, json!(text))])));
            let named = errors
                .iter()
                .any(|error| error.ends_with("must not hold a card number"));
            assert!(named, "{place}: {text}: {errors:?}");
            assert!(!errors.join(" ").contains(CARD), "{place}: {errors:?}");
        }
    }
}

#[test]
fn what_stands_in_place_of_a_card_is_never_repeated() {
    for place in ["/cardData", "/card"] {
        for channel in [
            "DIRECT_DEBIT_CIMB_SNAP",
            BRI,
            "DIRECT_DEBIT_NOWHERE",
            "CREDIT_CARD",
        ] {
            for text in CARDS {
                let errors = shown(read(&with(channel, &[(place, json!(text))])));
                let what = format!("{channel}, {place}");
                assert!(!errors.is_empty(), "{what}: {text}");
                assert!(!errors.join(" ").contains("4111"), "{what}: {errors:?}");
            }
        }
    }
}
