use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::tests::{CARD, CARDS, altered, channels, rules, shown};
use super::*;
use crate::domain::money::Rupiah;

const BINDING: &str = "bnd_01KASZDRH0FAXQMQNQW3M8QH7J";

/// As little as a subscription takes.
fn least() -> Value {
    json!({
        "customerId": "cust-001",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "method": {"type": "direct_debit", "bindingId": BINDING},
        "interval": {"unit": "month"},
    })
}

/// Every member that goes together with the others.
fn whole() -> Value {
    json!({
        "customerId": "cust-001",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "method": {"type": "direct_debit", "bindingId": BINDING},
        "items": [{"name": "Vitamin C", "price": "5000.00", "quantity": 2}],
        "description": "Vitamins",
        "metadata": {"plan": "gold"},
        "invoicePrefix": "SUB/2026.1",
        "interval": {"unit": "month", "every": 3},
        "anchorDay": 31,
        "startDate": "2026-12-31",
        "endDate": "2028-12-31",
        "chargeTime": "07:30",
        "timeZone": "Asia/Jayapura",
        "retry": {"afterDays": [2, 4], "then": "cancel"},
        "catchUp": "charge_latest",
    })
}

fn read(body: &Value) -> Parsed<SubscribeCommand> {
    subscribe(body, &rules(&channels()))
}

fn change(body: &Value) -> Parsed<Change> {
    let id = SubscriptionId::parse("sub_01KASZDRH0FAXQMQNQW3M8QH7J").unwrap();
    change_subscription(body, id).map(|command| command.change)
}

/// The name of the field in the place of a pointer.
fn field(place: &str) -> String {
    place[1..].replace('/', ".")
}

#[test]
fn the_least_that_is_needed() {
    let command = read(&least()).unwrap();
    assert_eq!(command.customer.as_str(), "cust-001");
    assert_eq!(command.amount, Rupiah::new(10_000));
    let StandingMethod::Binding(binding) = command.method else {
        panic!("no binding");
    };
    assert_eq!(binding.to_string(), BINDING);
    assert_eq!(
        command.plan.interval,
        Interval::new(Unit::Month, 1).unwrap()
    );
    assert_eq!(command.plan.time, TimeOfDay::DEFAULT);
    assert_eq!(command.plan.zone, Zone::default());
    assert_eq!(command.retry, RetryPolicy::default());
    assert_eq!(command.catch_up, CatchUp::ChargeAll);
    let plan = &command.plan;
    assert_eq!((plan.start, plan.anchor, plan.end), (None, None, None));
    assert!(plan.count.is_none() && command.prefix.is_none() && command.items.is_empty());
}

#[test]
fn everything_there_is() {
    let command = read(&whole()).unwrap();
    let plan = &command.plan;
    assert_eq!(plan.interval, Interval::new(Unit::Month, 3).unwrap());
    assert_eq!(plan.anchor, Some(31));
    assert_eq!(plan.start, Some(Date::parse("2026-12-31").unwrap()));
    assert_eq!(plan.end, Some(Date::parse("2028-12-31").unwrap()));
    assert_eq!(plan.time.to_string(), "07:30");
    assert_eq!(plan.zone.as_str(), "Asia/Jayapura");
    assert_eq!(command.retry.after_days, [2, 4]);
    assert_eq!(command.retry.then, DunningEnd::Cancel);
    assert_eq!(command.catch_up, CatchUp::ChargeLatest);
    assert_eq!(command.prefix.unwrap().as_str(), "SUB/2026.1");
    assert_eq!(command.items[0].quantity, 2);
    assert_eq!(command.metadata["plan"], "gold");
    assert_eq!(command.description.unwrap().as_str(), "Vitamins");
}

#[test]
fn a_number_of_charges_stands_in_place_of_an_end() {
    let with = |count: u64| {
        altered(
            whole(),
            &[("/endDate", json!(null)), ("/count", json!(count))],
        )
    };
    for count in [1, 10_000] {
        let plan = read(&with(count)).unwrap().plan;
        assert_eq!((plan.end, plan.count.map(u64::from)), (None, Some(count)));
    }
}

#[test]
fn a_token_is_a_secret_and_no_card_number() {
    let with = |method: Value| altered(least(), &[("/method", method)]);
    for token in ["a4111111111111bc", "c3f1a7e09b5d4826", &"t".repeat(128)] {
        let body = with(json!({"type": "bri_token", "tokenId": token}));
        let command = read(&body).unwrap();
        assert!(!format!("{command:?}").contains(token), "{command:?}");
        let StandingMethod::Token(read) = command.method else {
            panic!("no token");
        };
        assert_eq!(read.expose_secret(), token);
    }
    let form = "must be 1 to 128 printable characters without spaces";
    let wrong = [
        ("none", json!(null), "is required"),
        ("a card number", json!(CARD), "must not hold a card number"),
        ("empty", json!(""), form),
        ("too long", json!("t".repeat(129)), form),
        ("spaces", json!("a b"), form),
        ("not ASCII", json!("é"), form),
        ("a number", json!(7), "must be text"),
    ];
    for (why, token, rule) in wrong {
        let body = with(json!({"type": "bri_token", "tokenId": token}));
        let errors = shown(read(&body));
        assert_eq!(errors, [format!("method.tokenId {rule}")], "{why}");
    }
}

#[test]
fn a_method_is_one_of_two() {
    let table = [
        (
            "no type",
            json!({"bindingId": BINDING}),
            vec!["method.type is required"],
        ),
        (
            "a payment's, which a customer has to confirm",
            json!({"type": "card"}),
            vec!["method.type must be direct_debit or bri_token"],
        ),
        (
            "an unknown type: what belongs to it, nobody can say",
            json!({"type": "cash", "bindingId": 7, "tokenId": ""}),
            vec!["method.type must be direct_debit or bri_token"],
        ),
        (
            "both, as an account",
            json!({"type": "direct_debit", "bindingId": BINDING, "tokenId": "t"}),
            vec!["method.tokenId is for bri_token only"],
        ),
        (
            "both, as a token",
            json!({"type": "bri_token", "bindingId": BINDING, "tokenId": "t"}),
            vec!["method.bindingId is for direct_debit only"],
        ),
        (
            "an account that a customer would confirm",
            json!({"type": "direct_debit", "bindingId": BINDING, "confirmation": "otp"}),
            vec!["method.confirmation is not a known field"],
        ),
        ("text", json!("bri_token"), vec!["method must be an object"]),
    ];
    for (why, method, errors) in table {
        let body = altered(least(), &[("/method", method.clone())]);
        assert_eq!(shown(read(&body)), errors, "{why}");
        assert_eq!(shown(change(&json!({"method": method}))), errors, "{why}");
    }
}

/// Insists that a member, replaced, is what is named.
fn named_alone(table: &[(&str, Value, &str)]) {
    for (place, value, rule) in table {
        let errors = shown(read(&altered(whole(), &[(*place, value.clone())])));
        let why = format!("{place}: {value}");
        assert_eq!(errors, [format!("{} {rule}", field(place))], "{why}");
    }
}

#[test]
fn each_member_of_what_is_charged_has_its_rule() {
    named_alone(&[
        ("/customerId", json!(null), "is required"),
        ("/customerId", json!(1), "must be text"),
        ("/customerId", json!(""), "must not be empty"),
        (
            "/customerId",
            json!("a b"),
            "may hold letters, digits, '.', '_' and '-'",
        ),
        (
            "/customerId",
            json!("c".repeat(65)),
            "must have at most 64 characters",
        ),
        ("/amount", json!(null), "is required"),
        ("/amount", json!("10000.00"), "must be an object"),
        ("/amount/currency", json!("USD"), "must be IDR"),
        ("/method", json!(null), "is required"),
        ("/method/bindingId", json!(null), "is required"),
        ("/items", json!({}), "must be a list"),
        ("/items", json!(vec![json!({}); 51]), "has too many entries"),
        (
            "/items",
            json!([{"name": "Vitamin C", "price": "5000.00", "quantity": 1}]),
            "must add up to the amount",
        ),
        (
            "/description",
            json!("d".repeat(41)),
            "must have at most 40 characters",
        ),
        ("/description", json!(""), "must not be empty"),
        ("/metadata", json!([]), "must be an object"),
        ("/metadata/plan", json!(1), "must be text"),
        ("/invoicePrefix", json!(7), "must be text"),
        ("/invoicePrefix", json!(""), "must not be empty"),
        (
            "/invoicePrefix",
            json!("P".repeat(49)),
            "must have at most 46 characters",
        ),
        (
            "/invoicePrefix",
            json!("P".repeat(65)),
            "must have at most 46 characters",
        ),
        (
            "/invoicePrefix",
            json!("A B"),
            "may hold letters, digits, '.', '_', '/' and '-'",
        ),
    ]);
}

#[test]
fn each_member_of_when_it_is_charged_has_its_rule() {
    let date = "must be a date of the years 2000 to 9999, YYYY-MM-DD";
    named_alone(&[
        ("/interval", json!(null), "is required"),
        ("/interval", json!("month"), "must be an object"),
        ("/interval/unit", json!(null), "is required"),
        (
            "/interval/unit",
            json!("quarter"),
            "must be day, week, month or year",
        ),
        ("/interval/every", json!(25), "must be 1 to 24 for months"),
        ("/interval/every", json!(0), "is out of range"),
        ("/interval/every", json!(65_536), "is out of range"),
        ("/interval/every", json!("1"), "must be a whole number"),
        ("/interval/every", json!(1.0), "must be a whole number"),
        ("/interval/day", json!(1), "is not a known field"),
        ("/anchorDay", json!(0), "is out of range"),
        ("/anchorDay", json!(32), "is out of range"),
        ("/anchorDay", json!("31"), "must be a whole number"),
        ("/startDate", json!("2026-12-32"), date),
        ("/startDate", json!("31-12-2026"), date),
        ("/startDate", json!("2026-12-31T09:00:00Z"), date),
        ("/startDate", json!(20_261_231), "must be text"),
        ("/endDate", json!("2028-02-30"), date),
        (
            "/endDate",
            json!("2026-12-30"),
            "must not be before startDate",
        ),
        ("/chargeTime", json!("7:30"), "must be a time of day, HH:MM"),
        (
            "/chargeTime",
            json!("24:00"),
            "must be a time of day, HH:MM",
        ),
        (
            "/timeZone",
            json!("WIB"),
            "must be an IANA time zone, for example Asia/Jakarta",
        ),
        ("/retry", json!([1, 3, 5]), "must be an object"),
        ("/retry/afterDays", json!(1), "must be a list"),
        (
            "/retry/afterDays",
            json!([3, 1]),
            "must be at most 10 ascending days from 1 to 60",
        ),
        (
            "/retry/afterDays",
            json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
            "has too many entries",
        ),
        ("/retry/then", json!("stop"), "must be pause or cancel"),
        ("/retry/times", json!(3), "is not a known field"),
        (
            "/catchUp",
            json!("all"),
            "must be charge_all, charge_latest or skip",
        ),
        ("/status", json!("paused"), "is not a known field"),
        ("/skipNext", json!(true), "is not a known field"),
        ("/channel", json!("EMONEY_OVO_SNAP"), "is not a known field"),
    ]);
}

#[test]
fn each_entry_of_the_retries_has_its_rule() {
    let table = [
        ("the same day", json!([1]), None),
        ("the last day", json!([60]), None),
        ("nothing, for no retry", json!([]), None),
        ("zero", json!([0, 1]), Some("[0] is out of range")),
        ("too late", json!([1, 61]), Some("[1] is out of range")),
        ("text", json!([1, "3"]), Some("[1] must be a whole number")),
        ("twice", json!([3, 3]), Some("[1] is in the list already")),
    ];
    for (why, days, error) in table {
        let read = read(&altered(least(), &[("/retry", json!({"afterDays": days}))]));
        match (read, error) {
            (Ok(command), None) => {
                assert_eq!(json!(command.retry.after_days), days, "{why}");
                assert_eq!(command.retry.then, DunningEnd::Pause, "{why}");
            }
            (read, error) => {
                let error = error.map(|error| format!("retry.afterDays{error}"));
                assert_eq!(shown(read), Vec::from_iter(error), "{why}");
            }
        }
    }
    let body = altered(least(), &[("/retry", json!({"then": "cancel"}))]);
    let retry = read(&body).unwrap().retry;
    assert_eq!(retry.after_days, RetryPolicy::default().after_days);
    assert_eq!(retry.then, DunningEnd::Cancel);
}

#[test]
fn an_anchor_suits_its_unit() {
    let days = "anchorDay must be left out where the unit is day";
    let weeks = "anchorDay must be 1 to 7, Monday to Sunday";
    let table = [
        ("day", 1, Some(days)),
        ("week", 1, None),
        ("week", 7, None),
        ("week", 8, Some(weeks)),
        ("month", 31, None),
        ("year", 31, None),
    ];
    for (unit, anchor, error) in table {
        let body = altered(
            least(),
            &[
                ("/interval/unit", json!(unit)),
                ("/anchorDay", json!(anchor)),
            ],
        );
        let errors: Vec<_> = error.into_iter().map(str::to_owned).collect();
        assert_eq!(shown(read(&body)), errors, "{unit} {anchor}");
    }
}

#[test]
fn intervals_have_limits_by_their_unit() {
    for (unit, most) in [("day", 365), ("week", 52), ("month", 24), ("year", 5)] {
        let with = |every: u64| {
            let interval = json!({"unit": unit, "every": every});
            read(&altered(least(), &[("/interval", interval)]))
        };
        let interval = with(most).unwrap().plan.interval;
        assert_eq!(u64::from(interval.every), most, "{unit}");
        let rule = format!("interval.every must be 1 to {most} for {unit}s");
        assert_eq!(shown(with(most + 1)), [rule]);
    }
}

#[test]
fn an_end_comes_once() {
    let body = altered(whole(), &[("/count", json!(12))]);
    assert_eq!(
        shown(read(&body)),
        ["count must not come together with endDate"]
    );
    for (count, rule) in [
        (json!(0), "is out of range"),
        (json!(10_001), "is out of range"),
        (json!("12"), "must be a whole number"),
    ] {
        let body = altered(least(), &[("/count", count)]);
        assert_eq!(shown(read(&body)), [format!("count {rule}")]);
    }
}

#[test]
fn everything_wrong_is_named_at_once() {
    let body = json!({
        "customerId": "a b",
        "amount": {"value": "10000.5", "currency": "USD", "extra": 1},
        "method": {"type": "cash"},
        "items": [{"name": "", "price": "1", "quantity": 0}],
        "description": "",
        "metadata": {"plan": 1},
        "invoicePrefix": "A B",
        "interval": {"unit": "day", "every": 366},
        "anchorDay": 32,
        "startDate": "tomorrow",
        "endDate": "never",
        "count": 0,
        "chargeTime": "noon",
        "timeZone": "here",
        "retry": {"afterDays": [0], "then": "stop"},
        "catchUp": "none",
        "surprise": true,
    });
    let mut named: Vec<_> = read(&body)
        .unwrap_err()
        .into_iter()
        .map(|error| error.field)
        .collect();
    named.sort();
    assert_eq!(
        named,
        [
            "amount.currency",
            "amount.extra",
            "amount.value",
            "anchorDay",
            "catchUp",
            "chargeTime",
            "count",
            "customerId",
            "description",
            "endDate",
            "interval.every",
            "invoicePrefix",
            "items[0].name",
            "items[0].price",
            "items[0].quantity",
            "metadata.plan",
            "method.type",
            "retry.afterDays[0]",
            "retry.then",
            "startDate",
            "surprise",
            "timeZone",
        ]
    );
}

#[test]
fn nothing_is_four_errors() {
    assert_eq!(
        shown(read(&json!({}))),
        [
            "amount is required",
            "customerId is required",
            "interval is required",
            "method is required",
        ]
    );
    let rule = ["body must be a JSON object"];
    assert_eq!(shown(read(&json!([]))), rule);
    assert_eq!(shown(change(&json!([]))), rule);
}

#[test]
fn a_card_number_is_refused_wherever_it_stands() {
    let places = [
        "/description",
        "/metadata/plan",
        "/items/0/name",
        "/method/card",
        "/interval/unit",
        "/startDate",
        "/chargeTime",
        "/timeZone",
        "/retry/then",
        "/catchUp",
        "/number",
    ];
    for place in places {
        for text in CARDS {
            let mut errors = shown(read(&altered(whole(), &[(place, json!(text))])));
            let refused = |error: &String| error.ends_with("must not hold a card number");
            assert!(errors.iter().any(refused), "{place}: {text}: {errors:?}");
            errors.retain(|error| error.contains(CARD));
            assert!(errors.is_empty(), "{place}: {errors:?}");
        }
    }
}

#[test]
fn a_change_says_only_what_changes() {
    let read = change(&json!({"amount": {"value": "12000.00", "currency": "IDR"}})).unwrap();
    assert_eq!(read.amount, Some(Rupiah::new(12_000)));
    assert!(read.items.is_none() && read.method.is_none() && read.retry.is_none());
    assert!(read.description.is_none() && read.metadata.is_none() && read.catch_up.is_none());
    assert!(read.paused.is_none() && !read.skip_next);

    let read = change(&json!({
        "items": [],
        "method": {"type": "bri_token", "tokenId": "t"},
        "description": "Vitamins",
        "metadata": {},
        "retry": {"then": "cancel"},
        "catchUp": "skip",
        "status": "active",
        "skipNext": true,
    }))
    .unwrap();
    assert!(read.amount.is_none());
    assert_eq!(read.items, Some(Vec::new()), "nothing is bought any more");
    assert!(matches!(read.method, Some(StandingMethod::Token(_))));
    assert_eq!(read.metadata, Some(text::Metadata::new()));
    assert_eq!(read.retry.unwrap().after_days, [1, 3, 5], "replaced whole");
    assert_eq!(read.catch_up, Some(CatchUp::Skip));
    assert_eq!((read.paused, read.skip_next), (Some(false), true));
    let paused = change(&json!({"status": "paused"})).unwrap().paused;
    assert_eq!(paused, Some(true));
}

#[test]
fn a_change_changes_something() {
    let table = [
        ("nothing", json!({})),
        ("what counts as nothing", json!({"amount": null})),
        ("nothing skipped", json!({"skipNext": false})),
        (
            "both",
            json!({"skipNext": false, "status": null, "retry": null}),
        ),
    ];
    for (why, body) in table {
        let errors = shown(change(&body));
        assert_eq!(errors, ["body must change something"], "{why}");
    }
}

#[test]
fn each_member_of_a_change_has_its_rule() {
    let items = json!([{"name": "Vitamin C", "price": "5000.00", "quantity": 1}]);
    let table = [
        ("/amount", json!("1.00"), "amount must be an object"),
        (
            "/amount",
            json!({"currency": "IDR"}),
            "amount.value is required",
        ),
        ("/items", json!("x"), "items must be a list"),
        ("/description", json!(""), "description must not be empty"),
        ("/metadata", json!(1), "metadata must be an object"),
        ("/retry", json!("never"), "retry must be an object"),
        (
            "/catchUp",
            json!("never"),
            "catchUp must be charge_all, charge_latest or skip",
        ),
        (
            "/status",
            json!("cancelled"),
            "status must be active or paused",
        ),
        ("/status", json!(true), "status must be text"),
        ("/skipNext", json!("yes"), "skipNext must be true or false"),
        // What a subscription is made with, and keeps.
        (
            "/customerId",
            json!("cust-002"),
            "customerId is not a known field",
        ),
        (
            "/interval",
            json!({"unit": "day"}),
            "interval is not a known field",
        ),
        ("/anchorDay", json!(1), "anchorDay is not a known field"),
        (
            "/startDate",
            json!("2026-12-31"),
            "startDate is not a known field",
        ),
        ("/count", json!(1), "count is not a known field"),
    ];
    for (place, value, error) in table {
        let errors = shown(change(&altered(json!({}), &[(place, value)])));
        assert_eq!(errors, [error]);
    }
    // Which amount goods without one are compared with, the subscription says.
    change(&json!({"items": items})).unwrap();
    let amount = json!({"value": "6000.00", "currency": "IDR"});
    let both = json!({"items": items, "amount": amount});
    assert_eq!(shown(change(&both)), ["items must add up to the amount"]);
}

#[test]
fn when_a_subscription_ends_is_one_of_two() {
    assert_eq!(at_period_end("now"), Ok(false));
    assert_eq!(at_period_end("period_end"), Ok(true));
    for raw in ["", "Now", "period-end", "later"] {
        assert!(at_period_end(raw).is_err(), "{raw:?}");
    }
}
