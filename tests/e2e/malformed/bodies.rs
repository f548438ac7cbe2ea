//! Bodies: wrong types, lengths, amounts, spellings, and what readers of JSON disagree about.

#![allow(clippy::too_many_lines, reason = "tables")]

use serde_json::{Value, json};

use super::{Case, Door, good};

use Door::{Bind, Capture, Otp, Pay, Refund};

/// A number that passes Luhn, as it is printed on cards.
const CARD: &str = "4111111111111111";
const CARD_IN_GROUPS: &str = "5500 0000 0000 0004";

fn many(what: char, count: usize) -> Value {
    what.to_string().repeat(count).into()
}

pub fn bind() -> Vec<Case> {
    let alter = |why, changes: &[(&str, Value)], fields: &[&'static str]| {
        Case::altered(why, Bind, changes, fields)
    };
    vec![
        Case::raw(
            "nothing in it",
            Bind,
            "{}",
            &["customer", "channel", "returnUrl"],
        ),
        alter(
            "customer is text",
            &[("/customer", json!("cust-9"))],
            &["customer"],
        ),
        alter(
            "an empty customer",
            &[("/customer", json!({}))],
            &["customer.id", "customer.phone"],
        ),
        alter(
            "every type wrong",
            &[
                ("/customer/id", json!(1)),
                ("/customer/name", json!(["Siti"])),
                ("/customer/email", json!(false)),
                ("/customer/phone", json!(6_281_200_000_001_u64)),
                ("/channel", json!({})),
                ("/returnUrl", json!(7)),
            ],
            &[
                "customer.id",
                "customer.name",
                "customer.email",
                "customer.phone",
                "channel",
                "returnUrl",
            ],
        ),
        alter(
            "a long id",
            &[("/customer/id", many('c', 65))],
            &["customer.id"],
        ),
        alter(
            "a space in the id",
            &[("/customer/id", json!("a b"))],
            &["customer.id"],
        ),
        alter(
            "the index' own sign in the id",
            &[("/customer/id", json!("a#b"))],
            &["customer.id"],
        ),
        alter(
            "a long name",
            &[("/customer/name", many('n', 71))],
            &["customer.name"],
        ),
        alter(
            "an empty name",
            &[("/customer/name", json!(""))],
            &["customer.name"],
        ),
        alter(
            "a line break in the name",
            &[("/customer/name", json!("a\r\nb"))],
            &["customer.name"],
        ),
        alter(
            "a long address",
            &[("/customer/email", json!(format!("{}@b.id", "a".repeat(60))))],
            &["customer.email"],
        ),
        alter(
            "no address",
            &[("/customer/email", json!("siti.example.com"))],
            &["customer.email"],
        )
        .unseen(&["siti.example.com"]),
        alter(
            "a phone without its country and without the zero",
            &[("/customer/phone", json!("81200000009"))],
            &["customer.phone"],
        )
        .unseen(&["81200000009"]),
        alter(
            "another country's phone",
            &[("/customer/phone", json!("4915112345678"))],
            &["customer.phone"],
        )
        .unseen(&["4915112345678"]),
        alter(
            "a short phone",
            &[("/customer/phone", json!("62812"))],
            &["customer.phone"],
        ),
        alter(
            "a phone as long as a card number",
            &[("/customer/phone", json!("6281234567890123"))],
            &["customer.phone"],
        )
        .unseen(&["6281234567890123"]),
        alter(
            "full-width digits",
            &[("/customer/phone", json!("６２８１２００００００１"))],
            &["customer.phone"],
        ),
        alter(
            "an unknown channel",
            &[("/channel", json!("DIRECT_DEBIT_NOWHERE"))],
            &["channel"],
        )
        .unseen(&["DIRECT_DEBIT_NOWHERE"]),
        alter(
            "a script as the address",
            &[("/returnUrl", json!("javascript:alert(1)"))],
            &["returnUrl"],
        )
        .unseen(&["javascript"]),
        alter(
            "an open address",
            &[("/returnUrl", json!("http://shop.example/linked"))],
            &["returnUrl"],
        ),
        alter(
            "credentials in the address",
            &[("/returnUrl", json!("https://user:hunter2@shop.example/"))],
            &["returnUrl"],
        )
        .unseen(&["hunter2"]),
        alter(
            "a long address back",
            &[(
                "/returnUrl",
                json!(format!("https://shop.example/{}", "a".repeat(300))),
            )],
            &["returnUrl"],
        ),
        alter(
            "unknown fields at both levels",
            &[("/surprise", json!(1)), ("/customer/card", json!("x"))],
            &["surprise", "customer.card"],
        ),
    ]
}

pub fn pay() -> Vec<Case> {
    let alter = |why, changes: &[(&str, Value)], fields: &[&'static str]| {
        Case::altered(why, Pay, changes, fields)
    };
    let amount = |why, value: Value| {
        // Items would not add up either; that cannot be told of an amount that is none.
        alter(why, &[("/amount/value", value)], &["amount.value"])
    };
    let quantity =
        |why, value: Value| alter(why, &[("/items/0/quantity", value)], &["items[0].quantity"]);
    let item = json!({"name": "x", "price": "1.00", "quantity": 1});
    let notes: serde_json::Map<String, Value> =
        (0..21).map(|n| (format!("k{n}"), json!("v"))).collect();
    vec![
        Case::raw(
            "nothing in it",
            Pay,
            "{}",
            // Whether an address to return to is needed depends on the method.
            &["invoiceNumber", "amount", "method"],
        ),
        amount("a JSON number", json!(10_000)),
        amount("a float", json!(10_000.0)),
        amount("negative", json!("-10000.00")),
        amount("negative nothing", json!("-0.00")),
        amount("a plus", json!("+10000.00")),
        amount("fractions of a rupiah", json!("10000.50")),
        amount("one decimal", json!("10000.0")),
        amount("three decimals", json!("10000.000")),
        amount("no decimals", json!("10000")),
        amount("a comma", json!("10000,00")),
        amount("thousands apart", json!("10,000.00")),
        amount("an exponent", json!("1e4")),
        amount("an exponent in SNAP's form", json!("1e4.00")),
        amount("spaces around", json!(" 10000.00 ")),
        amount("nothing", json!("0.00")),
        amount("leading zeros", json!("0010000.00")),
        amount("14 digits", json!("10000000000000.00")),
        amount("hexadecimal", json!("0x2710.00")),
        amount("not a number", json!("NaN")),
        amount("infinite", json!("Infinity")),
        amount("Arabic digits", json!("١٠٠٠٠.00")),
        amount("empty", json!("")),
        alter(
            "dollars",
            &[("/amount/currency", json!("USD"))],
            &["amount.currency"],
        ),
        alter(
            "rupiah in lower case",
            &[("/amount/currency", json!("idr"))],
            &["amount.currency"],
        ),
        alter(
            "no currency",
            &[("/amount/currency", Value::Null)],
            &["amount.currency"],
        ),
        alter(
            "the amount is text",
            &[("/amount", json!("10000.00"))],
            &["amount"],
        ),
        alter(
            "the amount is a list",
            &[("/amount", json!(["10000.00", "IDR"]))],
            &["amount"],
        ),
        alter(
            "items that add up to more",
            &[("/items/0/quantity", json!(3))],
            &["items"],
        ),
        alter(
            "items that add up to less",
            &[("/items/0/price", json!("4999.00"))],
            &["items"],
        ),
        alter(
            "items beyond all numbers",
            &[
                ("/items/0/price", json!("9999999999999.00")),
                ("/items/0/quantity", json!(9999)),
            ],
            &["items"],
        ),
        alter("51 items", &[("/items", json!(vec![item; 51]))], &["items"]),
        alter("items in an object", &[("/items", json!({}))], &["items"]),
        alter(
            "an item that is text",
            &[("/items/0", json!("x"))],
            &["items[0]"],
        ),
        quantity("half a piece", json!(0.5)),
        quantity("two pieces and a half", json!(2.5)),
        quantity("pieces as text", json!("2")),
        quantity("no piece", json!(0)),
        quantity("pieces owed", json!(-2)),
        quantity("too many pieces", json!(10_000)),
        alter(
            "a long item",
            &[("/items/0/name", many('n', 256))],
            &["items[0].name"],
        ),
        alter(
            "a negative price",
            &[("/items/0/price", json!("-5000.00"))],
            &["items[0].price"],
        ),
        alter(
            "a long invoice number",
            &[("/invoiceNumber", many('I', 65))],
            &["invoiceNumber"],
        ),
        alter(
            "an empty invoice number",
            &[("/invoiceNumber", json!(""))],
            &["invoiceNumber"],
        ),
        alter(
            "a zero byte in the invoice number",
            &[("/invoiceNumber", json!("INV\u{0}1"))],
            &["invoiceNumber"],
        ),
        alter(
            "an invoice number that is none",
            &[("/invoiceNumber", json!(7))],
            &["invoiceNumber"],
        ),
        alter("cash", &[("/method/type", json!("cash"))], &["method.type"]),
        alter(
            "no such confirmation",
            &[("/method/confirmation", json!("face"))],
            &["method.confirmation"],
        ),
        alter(
            "a payment's id for a binding's",
            &[("/method/bindingId", json!("pay_01JD0000000000000000000000"))],
            &["method.bindingId"],
        ),
        alter(
            "a long description",
            &[("/description", many('d', 41))],
            &["description"],
        ),
        alter(
            "a bell in the description",
            &[("/description", json!("ding\u{7}"))],
            &["description"],
        ),
        alter(
            "21 notes",
            &[("/metadata", Value::Object(notes))],
            &["metadata"],
        ),
        alter(
            "notes that are a list",
            &[("/metadata", json!([]))],
            &["metadata"],
        ),
        alter(
            "notes that are no text",
            &[("/metadata", json!({"a": 1, "b": {"c": "d"}, "e": null}))],
            &["metadata.a", "metadata.b", "metadata.e"],
        ),
        alter(
            "a long note",
            &[("/metadata/cart", many('v', 201))],
            &["metadata.cart"],
        ),
        alter(
            "our own members",
            &[("/status", json!("paid")), ("/paymentId", json!("x"))],
            &["status", "paymentId"],
        ),
        alter(
            "__proto__",
            &[("/__proto__", json!({"status": "paid"}))],
            &["__proto__"],
        ),
        alter(
            "many things at once",
            &[
                ("/invoiceNumber", json!(true)),
                ("/amount/value", json!(1.5)),
                ("/amount/currency", json!("EUR")),
                ("/amount/scale", json!(2)),
                ("/method/type", json!([])),
                ("/method/bindingId", Value::Null),
                ("/items/0/name", json!("")),
                ("/returnUrl", json!("/paid")),
                ("/description", json!("")),
            ],
            &[
                "invoiceNumber",
                "amount.value",
                "amount.currency",
                "amount.scale",
                "method.type",
                "items[0].name",
                "returnUrl",
                "description",
            ],
        ),
    ]
}

pub fn otp_and_refund() -> Vec<Case> {
    let otp = |why, value: Value| Case::altered(why, Otp, &[("/otp", value)], &["otp"]);
    let back = |why, changes: &[(&str, Value)], fields: &[&'static str]| {
        Case::altered(why, Refund, changes, fields)
    };
    vec![
        Case::raw("nothing in it", Otp, "{}", &["otp"]),
        otp("a number", json!(111_000)),
        otp("five digits", json!("71830")).unseen(&["71830"]),
        otp("seven digits", json!("7183046")).unseen(&["7183046"]),
        otp("letters", json!("71B304")).unseen(&["71B304"]),
        otp("spaces", json!("718 304")).unseen(&["718 304"]),
        otp("full-width digits", json!("１１１０００")),
        otp("a list", json!(["1", "1", "1", "0", "0", "0"])),
        Case::altered(
            "another member",
            Otp,
            &[("/pin", json!("718304"))],
            &["pin"],
        )
        .unseen(&["718304"]),
        back(
            "a float",
            &[("/amount/value", json!(1_000.5))],
            &["amount.value"],
        ),
        back(
            "less than nothing",
            &[("/amount/value", json!("-1000.00"))],
            &["amount.value"],
        ),
        back(
            "nothing",
            &[("/amount/value", json!("0.00"))],
            &["amount.value"],
        ),
        back(
            "fractions",
            &[("/amount/value", json!("0.01"))],
            &["amount.value"],
        ),
        back(
            "no value",
            &[("/amount", json!({"currency": "IDR"}))],
            &["amount.value"],
        ),
        back(
            "a bare amount",
            &[("/amount", json!("1000.00"))],
            &["amount"],
        ),
        back("a long reason", &[("/reason", many('r', 256))], &["reason"]),
        back("an empty reason", &[("/reason", json!(""))], &["reason"]),
        back(
            "a reason that is none",
            &[("/reason", json!({"text": "x"}))],
            &["reason"],
        ),
        back("an unknown member", &[("/all", json!(true))], &["all"]),
    ]
}

/// What is wrong with the JSON itself, whatever it means.
pub fn json() -> Vec<Case> {
    let nested = |depth: usize| format!("{}{}", "{\"a\":".repeat(depth), "1") + &"}".repeat(depth);
    let with_bom = format!("\u{feff}{}", good(Pay));
    let twice = good(Pay).to_string().replacen(
        "\"currency\":\"IDR\"",
        "\"currency\":\"IDR\",\"currency\":\"IDR\"",
        1,
    );
    let escaped = r#"{"otp":"111000","\u006ftp":"222000"}"#;
    let padded = |door, length: usize| {
        let body = good(door).to_string();
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    let mut cases = vec![
        Case::raw("65 levels", Pay, nested(65), &["body"]),
        Case::raw("30,000 open lists", Pay, "[".repeat(30_000), &["body"]),
        Case::raw("65 KiB", Pay, padded(Pay, 65 * 1024), &[]).status(413),
        Case::raw("a byte more than 64 KiB", Bind, padded(Bind, 65_537), &[]).status(413),
        Case::raw(
            "1 MiB of one text",
            Refund,
            format!("{{\"reason\":\"{}\"}}", "r".repeat(1 << 20)),
            &[],
        )
        .status(413),
        Case::raw(
            "a byte that is not UTF-8",
            Pay,
            b"{\"invoiceNumber\":\"\xff\"}".to_vec(),
            &["body"],
        ),
        Case::raw(
            "an overlong slash",
            Bind,
            b"{\"channel\":\"\xc0\xaf\"}".to_vec(),
            &["body"],
        ),
        Case::raw(
            "half a surrogate pair",
            Pay,
            r#"{"description":"\ud800"}"#,
            &["body"],
        ),
        Case::raw(
            "UTF-16",
            Otp,
            "{\0\"\0o\0t\0p\0\"\0:\0\"\0\"\0}\0",
            &["body"],
        ),
        Case::raw("a byte order mark", Pay, with_bom, &["body"]),
        Case::raw("a member twice", Pay, twice, &["amount.currency"]),
        Case::raw("a member twice, once escaped", Otp, escaped, &["otp"]).unseen(&["222000"]),
        Case::raw(
            "two documents",
            Otp,
            r#"{"otp":"111000"}{"otp":"111000"}"#,
            &["body"],
        ),
        Case::raw("a comma too many", Otp, r#"{"otp":"111000",}"#, &["body"]),
        Case::raw(
            "a comment",
            Otp,
            r#"{"otp":"111000"/* right */}"#,
            &["body"],
        ),
        Case::raw("single quotes", Otp, "{'otp':'111000'}", &["body"]),
        Case::raw("NaN", Refund, r#"{"amount":NaN}"#, &["body"]),
        Case::raw(
            "a number beyond all floats",
            Refund,
            r#"{"amount":1e999}"#,
            &["body"],
        ),
        Case::raw("a form", Otp, "otp=111000", &["body"]),
        Case::raw("markup", Otp, "<otp>111000</otp>", &["body"]),
    ];
    for door in [Bind, Pay, Capture, Otp, Refund] {
        for (why, body) in [
            ("no body", ""),
            ("cut short", "{\"amount\":{"),
            ("a list", "[]"),
            ("null", "null"),
            ("text", "\"x\""),
        ] {
            cases.push(Case::raw(why, door, body, &["body"]));
        }
    }
    cases
}

/// Card numbers, in every field that takes free text.
pub fn card_numbers() -> Vec<Case> {
    let places: [(Door, &str, &'static str); 9] = [
        (Bind, "/customer/name", "customer.name"),
        (Bind, "/customer/email", "customer.email"),
        (Bind, "/returnUrl", "returnUrl"),
        (Pay, "/description", "description"),
        (Pay, "/metadata/cart", "metadata.cart"),
        (Pay, "/items/0/name", "items[0].name"),
        (Pay, "/returnUrl", "returnUrl"),
        (Refund, "/reason", "reason"),
        (Pay, "/unknown", "unknown"),
    ];
    let mut cases = Vec::new();
    for (door, pointer, field) in places {
        let text = match pointer {
            "/returnUrl" => format!("https://shop.example/{CARD}"),
            "/customer/email" => format!("{CARD}@example.com"),
            "/reason" | "/description" => CARD_IN_GROUPS.to_owned(),
            _ => format!("card {CARD}"),
        };
        let fields: &[&'static str] = match pointer {
            "/unknown" => &["unknown", "unknown"],
            _ => &[field],
        };
        cases.push(
            Case::altered("a card number", door, &[(pointer, text.into())], fields)
                .unseen(&[CARD, CARD_IN_GROUPS]),
        );
    }
    let name = "a card number as a name";
    cases.push(
        Case::altered(
            name,
            Pay,
            &[("/metadata", json!({CARD: "x"}))],
            &["metadata.(unprintable name)"],
        )
        .unseen(&[CARD]),
    );
    cases
}
