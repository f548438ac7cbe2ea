//! Card payments and captures: members with rules of their own, members that depend on each other,
//! and card numbers, which must get in nowhere.

#![allow(clippy::too_many_lines, reason = "tables")]

use serde_json::{Value, json};

use super::{Case, Door};

use Door::{Capture, Card};

/// Numbers that pass Luhn, as they are printed on cards.
const CARD: &str = "4111111111111111";
const CARD_IN_GROUPS: &str = "5500 0000 0000 0004";
const CARD_WITH_DASHES: &str = "3782-822463-10005";

fn alter(why: &'static str, changes: &[(&str, Value)], fields: &[&'static str]) -> Case {
    Case::altered(why, Card, changes, fields)
}

fn many(what: char, count: usize) -> Value {
    what.to_string().repeat(count).into()
}

pub fn members() -> Vec<Case> {
    let one = |why, pointer: &'static str, value: Value, field: &'static str| {
        alter(why, &[(pointer, value)], &[field])
    };
    vec![
        one("no customer", "/customer", Value::Null, "customer"),
        one("no id", "/customer/id", Value::Null, "customer.id"),
        one(
            "51 characters",
            "/customer/id",
            many('c', 51),
            "customer.id",
        ),
        one("a space", "/customer/id", json!("a b"), "customer.id"),
        one(
            "a phone of nowhere",
            "/customer/phone",
            json!("8120000001"),
            "customer.phone",
        )
        .unseen(&["8120000001"]),
        one(
            "no place",
            "/customer/address",
            json!(""),
            "customer.address",
        ),
        one(
            "two lines",
            "/customer/address",
            json!("a\nb"),
            "customer.address",
        ),
        one(
            "a long way",
            "/customer/address",
            many('a', 401),
            "customer.address",
        ),
        one(
            "a small country",
            "/customer/country",
            json!("id"),
            "customer.country",
        ),
        one(
            "a long country",
            "/customer/country",
            json!("IDN"),
            "customer.country",
        ),
        one(
            "an unknown type",
            "/method/paymentType",
            json!("REFUND"),
            "method.paymentType",
        ),
        one(
            "captured by text",
            "/method/autoCapture",
            json!("false"),
            "method.autoCapture",
        ),
        one(
            "captured by number",
            "/method/autoCapture",
            json!(0),
            "method.autoCapture",
        ),
        one(
            "an unknown bank",
            "/method/acquirer",
            json!("MANDIRI"),
            "method.acquirer",
        ),
        one("no month", "/method/tenor", json!(0), "method.tenor"),
        one("100 months", "/method/tenor", json!(100), "method.tenor"),
        one("half a month", "/method/tenor", json!(0.5), "method.tenor"),
        one(
            "months as text",
            "/method/tenor",
            json!("3"),
            "method.tenor",
        ),
        one(
            "a token of signs",
            "/method/cardTokenId",
            json!("a/b#c"),
            "method.cardTokenId",
        )
        .unseen(&["a/b#c"]),
        one(
            "a long token",
            "/method/cardTokenId",
            many('t', 65),
            "method.cardTokenId",
        ),
        one(
            "no token",
            "/method/cardTokenId",
            json!(""),
            "method.cardTokenId",
        ),
        one(
            "a linked account",
            "/method/bindingId",
            json!("bnd_1"),
            "method.bindingId",
        ),
        one(
            "an OTP",
            "/method/confirmation",
            json!("otp"),
            "method.confirmation",
        ),
        one(
            "the number behind",
            "/method/cvv",
            json!("737"),
            "method.cvv",
        ),
        one("a page of text", "/method/page", json!("EN"), "method.page"),
        one(
            "a small language",
            "/method/page/language",
            json!("en"),
            "method.page.language",
        ),
        one(
            "a colour with its sign",
            "/method/page/backgroundColor",
            json!("#ffffff"),
            "method.page.backgroundColor",
        ),
        one(
            "a named colour",
            "/method/page/fontColor",
            json!("red"),
            "method.page.fontColor",
        ),
        one(
            "no statement",
            "/method/page/descriptor",
            json!(""),
            "method.page.descriptor",
        ),
        one(
            "a long statement",
            "/method/page/descriptor",
            many('d', 23),
            "method.page.descriptor",
        ),
        one(
            "nothing to agree to",
            "/method/page/disclaimer",
            json!({}),
            "method.page.disclaimer",
        ),
        one(
            "too much to agree to",
            "/method/page/disclaimer/en",
            many('d', 256),
            "method.page.disclaimer.en",
        ),
        one(
            "a script after a failure",
            "/method/page/failedUrl",
            json!("javascript:alert(1)"),
            "method.page.failedUrl",
        )
        .unseen(&["javascript"]),
        one(
            "a redirect in words",
            "/method/page/autoRedirect",
            json!("yes"),
            "method.page.autoRedirect",
        ),
        one(
            "21 promos",
            "/method/page/promos",
            json!(vec![0; 21]),
            "method.page.promos",
        ),
        one(
            "a promo of text",
            "/method/page/promos/0",
            json!("x"),
            "method.page.promos[0]",
        ),
        one(
            "nine digits",
            "/method/page/promos/0/bin",
            json!("411111111"),
            "method.page.promos[0].bin",
        ),
        one(
            "a discount of nothing",
            "/method/page/promos/0/discount",
            json!("0.00"),
            "method.page.promos[0].discount",
        ),
        one(
            "a discount as a number",
            "/method/page/promos/0/discount",
            json!(1_000),
            "method.page.promos[0].discount",
        ),
        one(
            "51 BINs",
            "/method/page/allowBins",
            json!(vec!["411111"; 51]),
            "method.page.allowBins",
        ),
        one(
            "a BIN as a number",
            "/method/page/allowBins",
            json!(["411111", 550_000]),
            "method.page.allowBins[1]",
        ),
        one(
            "13 tenors",
            "/method/page/allowTenors",
            json!((1..=13).collect::<Vec<_>>()),
            "method.page.allowTenors",
        ),
        one(
            "a tenor as text",
            "/method/page/allowTenors",
            json!([3, "6"]),
            "method.page.allowTenors[1]",
        ),
        one(
            "notifications in the open",
            "/method/page/notificationUrl",
            json!("http://hooks.example/v1/doku/notifications"),
            "method.page.notificationUrl",
        ),
        one(
            "notifications to another path",
            "/method/page/notificationUrl",
            json!("https://hooks.example/elsewhere"),
            "method.page.notificationUrl",
        ),
        one(
            "notifications with a query",
            "/method/page/notificationUrl",
            json!("https://hooks.example/v1/doku/notifications?shop=1"),
            "method.page.notificationUrl",
        ),
        one(
            "half a rupiah",
            "/amount/value",
            json!("10000.50"),
            "amount.value",
        ),
        one(
            "items that do not add up",
            "/items/0/quantity",
            json!(3),
            "items",
        ),
    ]
}

pub fn together() -> Vec<Case> {
    vec![
        Case::raw(
            "nothing but a card",
            Card,
            r#"{"method":{"type":"card"}}"#,
            &["invoiceNumber", "amount", "customer"],
        ),
        alter(
            "nobody to write to",
            &[
                ("/customer/email", Value::Null),
                ("/customer/phone", Value::Null),
            ],
            &["customer.email"],
        ),
        alter(
            "installments without bank and months",
            &[
                ("/method/acquirer", Value::Null),
                ("/method/tenor", Value::Null),
            ],
            &["method.acquirer", "method.tenor"],
        ),
        alter(
            "a sale in parts",
            &[("/method/paymentType", json!("SALE"))],
            &["method.tenor", "method.page.allowTenors"],
        ),
        alter(
            "parts of nothing in particular",
            &[("/method/paymentType", Value::Null)],
            &["method.tenor", "method.page.allowTenors"],
        ),
        alter(
            "captured without being held",
            &[("/method/autoCapture", json!(true))],
            &["method.autoCapture"],
        ),
        alter(
            "saving a saved card",
            &[
                ("/method/saveCard", json!(true)),
                ("/method/cardTokenId", json!("token-1")),
            ],
            &["method.saveCard"],
        ),
        alter(
            "an invoice number that Mandiri does not take",
            &[
                ("/method/acquirer", json!("BANK_MANDIRI")),
                ("/invoiceNumber", many('I', 28)),
            ],
            &["invoiceNumber"],
        ),
        alter(
            "a redirect to nowhere",
            &[("/returnUrl", Value::Null)],
            &["returnUrl"],
        ),
        alter(
            "a discount of everything",
            &[("/method/page/promos/0/discount", json!("10000.00"))],
            &["method.page.promos[0].discount"],
        ),
        alter(
            "a BIN twice",
            &[(
                "/method/page/promos",
                json!([
                    {"bin": "411111", "discount": "1.00"},
                    {"bin": "411111", "discount": "2.00"},
                ]),
            )],
            &["method.page.promos[1].bin"],
        ),
        alter(
            "a promo for cards that are not taken",
            &[("/method/page/allowBins", json!(["550000"]))],
            &["method.page.promos[0].bin"],
        ),
        alter(
            "what a card needs, for no method that is known",
            &[
                ("/method/type", json!("cheque")),
                ("/customer", json!({"id": 1})),
            ],
            &["method.type"],
        ),
        alter(
            "a card's members for a linked account",
            &[(
                "/method",
                json!({
                    "type": "direct_debit", "bindingId": "bnd_01JD0000000000000000000000",
                    "saveCard": true, "cardTokenId": "token-1", "page": {"language": "XX"},
                }),
            )],
            &[
                "customer",
                "method.saveCard",
                "method.cardTokenId",
                "method.page",
            ],
        ),
        alter(
            "many things at once",
            &[
                ("/invoiceNumber", json!("")),
                ("/customer/id", json!(1)),
                ("/customer/country", json!("Indonesia")),
                ("/method/tenor", json!(-1)),
                ("/method/saveCard", json!("no")),
                ("/method/page/language", json!("FR")),
                ("/method/page/theme", json!("dark")),
                ("/method/page/promos/0/bin", json!("")),
                ("/returnUrl", json!("/paid")),
            ],
            &[
                "invoiceNumber",
                "customer.id",
                "customer.country",
                "method.tenor",
                "method.saveCard",
                "method.page.language",
                "method.page.theme",
                "method.page.promos[0].bin",
                "returnUrl",
            ],
        ),
    ]
}

/// Places that hold free text, where a number may stand in any form.
pub fn numbers() -> Vec<Case> {
    let places: [(&'static str, &'static str); 10] = [
        ("/customer/name", "customer.name"),
        ("/customer/address", "customer.address"),
        ("/method/page/descriptor", "method.page.descriptor"),
        ("/method/page/disclaimer/id", "method.page.disclaimer.id"),
        ("/method/page/disclaimer/en", "method.page.disclaimer.en"),
        ("/items/0/name", "items[0].name"),
        ("/description", "description"),
        ("/metadata/cart", "metadata.cart"),
        ("/method/cardTokenId", "method.cardTokenId"),
        ("/customer/email", "customer.email"),
    ];
    let mut cases = Vec::new();
    for (pointer, field) in places {
        for number in [CARD, CARD_IN_GROUPS, CARD_WITH_DASHES] {
            let text = match pointer {
                "/customer/email" => format!("{}@example.com", number.replace(' ', "-")),
                _ => number.to_owned(),
            };
            // A token is refused for the number alone, though it may hold no spaces either.
            let case = alter("a card number", &[(pointer, text.into())], &[field]);
            cases.push(case.unseen(&[CARD, CARD_IN_GROUPS, CARD_WITH_DASHES]));
        }
        let number = json!(4_111_111_111_111_111_u64);
        // Neither text nor harmless: two rules.
        let case = alter(
            "a card number as a number",
            &[(pointer, number)],
            &[field, field],
        );
        cases.push(case.unseen(&[CARD]));
    }
    let key = "a card number as a name";
    for (pointer, field) in [
        ("/customer", "customer.(unprintable name)"),
        ("/method", "method.(unprintable name)"),
        ("/method/page", "method.page.(unprintable name)"),
    ] {
        let change = (format!("{pointer}/{CARD}"), json!("x"));
        let change = [(change.0.as_str(), change.1)];
        cases.push(alter(key, &change, &[field, field]).unseen(&[CARD]));
    }
    for pan in [
        "/card",
        "/customer/card",
        "/method/card",
        "/method/page/card",
    ] {
        let field = match pan {
            "/card" => ["card", "card.number"],
            "/customer/card" => ["customer.card", "customer.card.number"],
            "/method/card" => ["method.card", "method.card.number"],
            _ => ["method.page.card", "method.page.card.number"],
        };
        let card = json!({"number": CARD, "expiry": "1228", "cvv": "737"});
        cases.push(alter("a whole card", &[(pan, card)], &field).unseen(&[CARD]));
    }
    cases
}

pub fn captures() -> Vec<Case> {
    let alter = |why, changes: &[(&str, Value)], fields: &[&'static str]| {
        Case::altered(why, Capture, changes, fields)
    };
    let value = |why, value: Value| alter(why, &[("/amount/value", value)], &["amount.value"]);
    vec![
        value("a number", json!(1_000)),
        value("less than nothing", json!("-1000.00")),
        value("nothing", json!("0.00")),
        value("half a rupiah", json!("1000.50")),
        alter(
            "dollars",
            &[("/amount/currency", json!("USD"))],
            &["amount.currency"],
        ),
        alter(
            "a bare amount",
            &[("/amount", json!("1000.00"))],
            &["amount"],
        ),
        alter("a reason", &[("/reason", json!("shipped"))], &["reason"]),
        alter(
            "a card number",
            &[("/note", json!(CARD))],
            &["note", "note"],
        )
        .unseen(&[CARD]),
    ]
}
