//! Subscriptions: what is charged, when and how often, and what may be changed of it.

use serde_json::{Value, json};

use super::{Case, Door, good};

/// A number that passes Luhn, as it is printed on cards.
const CARD: &str = "4111111111111111";

fn create_with(why: &'static str, changes: &[(&str, Value)], fields: &[&'static str]) -> Case {
    Case::altered(why, Door::Subscribe, changes, fields)
}

fn change_with(why: &'static str, changes: &[(&str, Value)], fields: &[&'static str]) -> Case {
    Case::altered(why, Door::Change, changes, fields)
}

/// One member replaced, and named.
fn each(door: Door, table: Vec<(&'static str, &str, Value, &'static str)>) -> Vec<Case> {
    let cases = table
        .into_iter()
        .map(|(why, place, value, field)| Case::altered(why, door, &[(place, value)], &[field]));
    cases.collect()
}

pub fn create() -> Vec<Case> {
    let mut cases = charged();
    cases.extend(planned());
    cases.extend(policies());
    cases.extend(together());
    cases
}

/// What is charged, and to whom.
fn charged() -> Vec<Case> {
    each(
        Door::Subscribe,
        vec![
            (
                "a space in the customer",
                "/customerId",
                json!("a b"),
                "customerId",
            ),
            (
                "a long customer",
                "/customerId",
                json!("c".repeat(65)),
                "customerId",
            ),
            (
                "nothing charged",
                "/amount/value",
                json!("0.00"),
                "amount.value",
            ),
            (
                "less than nothing",
                "/amount/value",
                json!("-1.00"),
                "amount.value",
            ),
            (
                "half a rupiah",
                "/amount/value",
                json!("10000.50"),
                "amount.value",
            ),
            (
                "a number of rupiah",
                "/amount/value",
                json!(10_000),
                "amount.value",
            ),
            (
                "dollars",
                "/amount/currency",
                json!("USD"),
                "amount.currency",
            ),
            ("a card", "/method/type", json!("card"), "method.type"),
            (
                "a token beside a binding",
                "/method/tokenId",
                json!("t"),
                "method.tokenId",
            ),
            (
                "no such id of a binding",
                "/method/bindingId",
                json!("bnd_1"),
                "method.bindingId",
            ),
            (
                "a way to confirm",
                "/method/confirmation",
                json!("none"),
                "method.confirmation",
            ),
            (
                "goods for another amount",
                "/items/0/quantity",
                json!(3),
                "items",
            ),
            (
                "a long description",
                "/description",
                json!("d".repeat(41)),
                "description",
            ),
            (
                "a long prefix",
                "/invoicePrefix",
                json!("P".repeat(49)),
                "invoicePrefix",
            ),
            (
                "a sign in the prefix",
                "/invoicePrefix",
                json!("A#B"),
                "invoicePrefix",
            ),
        ],
    )
}

/// When it is charged.
fn planned() -> Vec<Case> {
    each(
        Door::Subscribe,
        vec![
            (
                "an unknown unit",
                "/interval/unit",
                json!("quarter"),
                "interval.unit",
            ),
            (
                "every no month",
                "/interval/every",
                json!(0),
                "interval.every",
            ),
            (
                "every 25 months",
                "/interval/every",
                json!(25),
                "interval.every",
            ),
            (
                "every so often",
                "/interval/every",
                json!(1.5),
                "interval.every",
            ),
            ("day 32", "/anchorDay", json!(32), "anchorDay"),
            ("day 0", "/anchorDay", json!(0), "anchorDay"),
            (
                "30 February",
                "/startDate",
                json!("2096-02-30"),
                "startDate",
            ),
            (
                "a moment",
                "/startDate",
                json!("2096-01-31T09:00:00Z"),
                "startDate",
            ),
            (
                "a day before the start",
                "/endDate",
                json!("2096-01-30"),
                "endDate",
            ),
            ("an end and a number", "/count", json!(12), "count"),
            ("24 o'clock", "/chargeTime", json!("24:00"), "chargeTime"),
            ("seconds", "/chargeTime", json!("09:00:00"), "chargeTime"),
            ("an abbreviated zone", "/timeZone", json!("WIB"), "timeZone"),
            (
                "a path for a zone",
                "/timeZone",
                json!("../etc/passwd"),
                "timeZone",
            ),
        ],
    )
}

/// What becomes of it.
fn policies() -> Vec<Case> {
    each(
        Door::Subscribe,
        vec![
            (
                "retries in no order",
                "/retry/afterDays",
                json!([3, 1]),
                "retry.afterDays",
            ),
            (
                "a retry on the spot",
                "/retry/afterDays",
                json!([0]),
                "retry.afterDays[0]",
            ),
            (
                "a retry on the 61st day",
                "/retry/afterDays",
                json!([61]),
                "retry.afterDays[0]",
            ),
            (
                "eleven retries",
                "/retry/afterDays",
                json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
                "retry.afterDays",
            ),
            (
                "an unknown end of retries",
                "/retry/then",
                json!("stop"),
                "retry.then",
            ),
            ("an unknown catch-up", "/catchUp", json!("some"), "catchUp"),
            ("a status", "/status", json!("active"), "status"),
            ("many notes", "/metadata", json!(notes(21)), "metadata"),
        ],
    )
}

/// What only several members together show, and several that are wrong.
fn together() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.push(Case::raw(
        "nothing in it",
        Door::Subscribe,
        "{}",
        &["customerId", "amount", "method", "interval"],
    ));
    cases.push(create_with(
        "every type wrong",
        &[
            ("/customerId", json!(1)),
            ("/amount", json!("10000.00")),
            ("/method", json!("bnd_01JD0000000000000000000000")),
            ("/items", json!({})),
            ("/description", json!(["Vitamins"])),
            ("/metadata", json!("gold")),
            ("/invoicePrefix", json!(7)),
            ("/interval", json!("month")),
            ("/anchorDay", json!("31")),
            ("/startDate", json!(20_960_131)),
            ("/endDate", json!(false)),
            ("/chargeTime", json!(900)),
            ("/timeZone", json!(7)),
            ("/retry", json!([1, 3, 5])),
            ("/catchUp", json!(true)),
        ],
        &[
            "customerId",
            "amount",
            "method",
            "items",
            "description",
            "metadata",
            "invoicePrefix",
            "interval",
            "anchorDay",
            "startDate",
            "endDate",
            "chargeTime",
            "timeZone",
            "retry",
            "catchUp",
        ],
    ));
    cases.push(create_with(
        "the eighth day of the week",
        &[("/interval/unit", json!("week")), ("/anchorDay", json!(8))],
        &["anchorDay"],
    ));
    cases.push(create_with(
        "a day of days",
        &[("/interval/unit", json!("day"))],
        &["anchorDay"],
    ));
    cases.push(create_with(
        "a past start",
        &[("/startDate", json!("2020-01-31"))],
        &["startDate"],
    ));
    cases.push(create_with(
        "a token without a token",
        &[("/method", json!({"type": "bri_token"}))],
        &["method.tokenId"],
    ));
    cases.push(
        create_with(
            "a token with a space",
            &[(
                "/method",
                json!({"type": "bri_token", "tokenId": "token of-bris"}),
            )],
            &["method.tokenId"],
        )
        .unseen(&["token of-bris"]),
    );
    cases
}

pub fn change() -> Vec<Case> {
    let mut cases = changed();
    for (why, body) in [
        ("nothing in it", "{}"),
        ("nothing but null", r#"{"amount":null,"status":null}"#),
        ("nothing skipped", r#"{"skipNext":false}"#),
    ] {
        cases.push(Case::raw(why, Door::Change, body, &["body"]));
    }
    cases.push(Case::raw("a list", Door::Change, "[]", &["body"]));
    cases.push(change_with(
        "everything wrong at once",
        &[
            ("/amount", json!(12_000)),
            ("/items", json!(1)),
            ("/metadata/plan", json!(1)),
            ("/retry/then", json!("stop")),
            ("/catchUp", json!("")),
            ("/status", json!("stopped")),
            ("/skipNext", json!(1)),
            ("/surprise", json!(1)),
        ],
        &[
            "amount",
            "items",
            "metadata.plan",
            "retry.then",
            "catchUp",
            "status",
            "skipNext",
            "surprise",
        ],
    ));
    cases.push(Case {
        keys: Vec::new(),
        ..Case::raw(
            "no key",
            Door::Change,
            good(Door::Change).to_string(),
            &["Idempotency-Key"],
        )
    });
    cases
}

fn changed() -> Vec<Case> {
    each(
        Door::Change,
        vec![
            (
                "nothing charged",
                "/amount/value",
                json!("0.00"),
                "amount.value",
            ),
            (
                "goods for another amount",
                "/items/0/quantity",
                json!(3),
                "items",
            ),
            (
                "an empty description",
                "/description",
                json!(""),
                "description",
            ),
            (
                "a method without a type",
                "/method",
                json!({}),
                "method.type",
            ),
            (
                "a text for a method",
                "/method",
                json!("bri_token"),
                "method",
            ),
            (
                "retries twice a day",
                "/retry/afterDays",
                json!([2, 2]),
                "retry.afterDays[1]",
            ),
            ("an unknown catch-up", "/catchUp", json!("some"), "catchUp"),
            ("an end by status", "/status", json!("cancelled"), "status"),
            ("a text for a flag", "/skipNext", json!("true"), "skipNext"),
            (
                "another customer",
                "/customerId",
                json!("cust-2"),
                "customerId",
            ),
            (
                "another interval",
                "/interval",
                json!({"unit": "day"}),
                "interval",
            ),
            ("another anchor", "/anchorDay", json!(1), "anchorDay"),
            (
                "another start",
                "/startDate",
                json!("2097-01-31"),
                "startDate",
            ),
            ("another end", "/endDate", json!("2099-01-31"), "endDate"),
            ("another number", "/count", json!(3), "count"),
            (
                "another prefix",
                "/invoicePrefix",
                json!("SILVER"),
                "invoicePrefix",
            ),
        ],
    )
}

/// Card numbers in places where something else belongs, and where anything may stand.
pub fn numbers() -> Vec<Case> {
    let mut cases = Vec::new();
    for (door, place, field) in [
        (Door::Subscribe, "/description", "description"),
        (Door::Subscribe, "/metadata/plan", "metadata.plan"),
        (Door::Subscribe, "/items/0/name", "items[0].name"),
        (Door::Change, "/description", "description"),
        (Door::Change, "/metadata/plan", "metadata.plan"),
    ] {
        let case = Case::altered("a card number", door, &[(place, json!(CARD))], &[field]);
        cases.push(case.unseen(&[CARD]));
    }
    cases
}

fn notes(count: usize) -> Value {
    let notes = (0..count).map(|n| (format!("note{n}"), json!("")));
    Value::Object(notes.collect())
}
