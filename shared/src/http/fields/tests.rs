use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::http::strict_json;

const CARD: &str = "4111111111111111";

fn any_text(raw: &str) -> Result<String, Rule> {
    if raw.is_empty() {
        Err(Rule("must not be empty"))
    } else {
        Ok(raw.to_owned())
    }
}

/// Reads everything there is to read, as a route would.
fn read(value: &Value) -> Result<(), Vec<String>> {
    let mut fields = Fields::new(value);
    fields.required_reference("invoice", any_text);
    fields.optional("description", any_text);
    fields.optional_reference("phone", any_text);
    fields.object("amount", |amount| amount.required("value", any_text));
    fields.optional_object("customer", |customer| customer.optional("name", any_text));
    fields.array("items", 2, |item| {
        (
            item.required("price", any_text),
            item.integer("quantity", 1..=9999),
        )
    });
    fields.flag("save");
    fields.optional_integer("tenor", 1..=99);
    fields.text_list("bins", 2, any_text);
    fields.integer_list("tenors", 2, 1..=99);
    fields.forbid(&["pin"], "does not belong here");
    fields.texts("metadata", 2, |key, _| {
        if key.len() > 3 {
            Err(Rule("has a name of more than 3 characters"))
        } else {
            Ok(())
        }
    });
    fields
        .finish()
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn sample() -> Value {
    json!({"invoice": "1", "amount": {"value": "1"}})
}

#[test]
fn a_good_document_has_no_errors() {
    let full = json!({
        "invoice": CARD, "phone": "6281234567890", "description": null,
        "amount": {"value": "1"}, "customer": {"name": "Siti"},
        "items": [{"price": "1", "quantity": 9999}, {"price": "1", "quantity": 1}],
        "metadata": {"a": "1", "b": "2"},
        "save": true, "tenor": 99, "bins": ["1", "2"], "tenors": [1, 99], "pin": null,
    });
    assert_eq!(read(&full), Ok(()));
    assert_eq!(read(&sample()), Ok(()));
}

#[test]
fn every_wrong_field_is_named_at_once() {
    let wrong = json!({
        "description": "",
        "amount": {"value": 1.5, "extra": true},
        "items": [{"price": "1", "quantity": 0}, {"quantity": "1"}],
        "metadata": {"long": "1", "b": 2},
        "unknown": {"deep": CARD},
    });
    let mut errors = read(&wrong).unwrap_err();
    errors.sort();
    assert_eq!(
        errors,
        [
            "amount.extra is not a known field",
            "amount.value must be text",
            "description must not be empty",
            "invoice is required",
            "items[0].quantity is out of range",
            "items[1].price is required",
            "items[1].quantity must be a whole number",
            "metadata.b must be text",
            "metadata.long has a name of more than 3 characters",
            "unknown is not a known field",
            "unknown.deep must not hold a card number",
        ]
    );
}

#[test]
fn kinds_and_limits() {
    let many = json!([{}, {}, {}]);
    let table = [
        ("amount", json!(null), "amount is required"),
        ("amount", json!([]), "amount must be an object"),
        ("customer", json!("x"), "customer must be an object"),
        ("items", json!({}), "items must be a list"),
        ("items", many, "items has too many entries"),
        ("items", json!([1]), "items[0] must be an object"),
        (
            "items",
            json!([{"price": "1", "quantity": 1.0}]),
            "items[0].quantity must be a whole number",
        ),
        (
            "items",
            json!([{"price": "1", "quantity": -1}]),
            "items[0].quantity must be a whole number",
        ),
        ("metadata", json!([]), "metadata must be an object"),
        (
            "metadata",
            json!({"a": "", "b": "", "c": ""}),
            "metadata has too many entries",
        ),
        ("description", json!(true), "description must be text"),
        ("save", json!("true"), "save must be true or false"),
        ("save", json!(1), "save must be true or false"),
        ("tenor", json!("3"), "tenor must be a whole number"),
        ("tenor", json!(100), "tenor is out of range"),
        ("bins", json!("1"), "bins must be a list"),
        ("bins", json!(["1", 2]), "bins[1] must be text"),
        ("bins", json!(["1", null]), "bins[1] must be text"),
        ("bins", json!(["", "1"]), "bins[0] must not be empty"),
        ("bins", json!(["1", "1"]), "bins[1] is in the list already"),
        ("bins", json!(["1", "2", "3"]), "bins has too many entries"),
        ("tenors", json!({}), "tenors must be a list"),
        ("tenors", json!([3.0]), "tenors[0] must be a whole number"),
        ("tenors", json!([3, 0]), "tenors[1] is out of range"),
        ("tenors", json!([3, 3]), "tenors[1] is in the list already"),
        ("pin", json!(false), "pin does not belong here"),
    ];
    for (field, value, expected) in table {
        let mut document = sample();
        document[field] = value;
        assert_eq!(read(&document), Err(vec![expected.to_owned()]), "{field}");
    }
    assert_eq!(
        read(&json!([])),
        Err(vec!["body must be a JSON object".to_owned()])
    );
}

#[test]
fn card_numbers_are_refused_wherever_they_hide() {
    let card_name = json!({CARD: "x"});
    let table = [
        (
            "description",
            json!(format!("pay {CARD}")),
            "description must not hold a card number",
        ),
        (
            "customer",
            json!({"name": CARD}),
            "customer.name must not hold a card number",
        ),
        (
            "metadata",
            json!({"a": CARD}),
            "metadata.a must not hold a card number",
        ),
        (
            "amount",
            json!({"value": "1", "pan": CARD}),
            "amount.pan must not hold a card number",
        ),
        ("amount", json!(CARD), "amount must not hold a card number"),
        (
            "phone",
            json!([CARD]),
            "phone[0] must not hold a card number",
        ),
        (
            "other",
            json!(4_111_111_111_111_111_u64),
            "other must not hold a card number",
        ),
        (
            "bins",
            json!([4_111_111_111_111_111_u64]),
            "bins[0] must not hold a card number",
        ),
        (
            "tenors",
            json!([{"a": CARD}]),
            "tenors[0].a must not hold a card number",
        ),
        ("save", json!(CARD), "save must not hold a card number"),
        (
            "pin",
            json!({"a": {"b": "4111-1111-1111-1111"}}),
            "pin.a.b must not hold a card number",
        ),
        (
            "other",
            card_name.clone(),
            "other.(unprintable name) must not hold a card number",
        ),
        (
            "customer",
            card_name,
            "customer.(unprintable name) must not hold a card number",
        ),
    ];
    for (field, value, expected) in table {
        let mut document = sample();
        document[field] = value;
        let errors = read(&document).unwrap_err();
        assert!(
            errors.iter().any(|error| error == expected),
            "{expected}: {errors:?}"
        );
        assert!(!errors.join(" ").contains(CARD), "{errors:?}");
    }
}

#[test]
fn an_element_that_is_none_keeps_its_place() {
    let document = json!({"items": [1, {"quantity": 7}]});
    let mut fields = Fields::new(&document);
    let read = fields.array("items", 2, |item| item.integer("quantity", 1..=9));
    assert_eq!(read, Some(vec![None, Some(Some(7))]));
}

#[test]
fn what_is_left_unread_is_searched_all_the_same() {
    let document = json!({"a": 1, "b": {"c": CARD}, "d": {"e": 2}});
    let mut fields = Fields::new(&document);
    assert!(fields.has("a") && !fields.has("z"));
    fields.leave(&["a", "b", "z"]);
    let errors = fields.finish().unwrap_err();
    let named: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        named,
        ["b.c must not hold a card number", "d is not a known field"]
    );
}

#[test]
fn a_name_is_repeated_only_when_it_is_harmless() {
    let table = [
        ("invoiceNumber", "invoiceNumber"),
        ("", "(unprintable name)"),
        ("a b", "(unprintable name)"),
        ("<script>", "(unprintable name)"),
        ("é", "(unprintable name)"),
        (CARD, "(unprintable name)"),
    ];
    for (name, expected) in table {
        assert_eq!(shown(name), expected, "{name}");
    }
    assert_eq!(shown(&"a".repeat(65)), "(unprintable name)");
}

proptest! {
    #[test]
    fn no_bytes_get_the_door_to_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        if let Ok(value) = strict_json::parse(&bytes) {
            let _ = read(&value);
        }
    }

    #[test]
    fn no_document_gets_the_door_to_panic(
        invoice in any::<String>(),
        name in any::<String>(),
        inner in "[0-9 a-z-]{0,40}",
        number in any::<f64>(),
    ) {
        let document = json!({
            "invoice": invoice, name: inner, "amount": {"value": inner, "n": number},
            "items": [{"price": inner, "quantity": number}], "metadata": {"a": inner},
        });
        let bytes = document.to_string();
        if let Ok(value) = strict_json::parse(bytes.as_bytes()) {
            let _ = read(&value);
        }
    }

    #[test]
    fn no_error_repeats_a_value(secret in "[G-Z]{12,20}") {
        let document = json!({
            "invoice": [secret], "description": {"x": secret}, "amount": {"value": 1, "b": secret},
            "items": [{"price": [secret], "quantity": secret}], "metadata": {"a": [secret]},
        });
        for error in read(&document).unwrap_err() {
            prop_assert!(!error.contains(&secret), "{}", error);
        }
    }
}
