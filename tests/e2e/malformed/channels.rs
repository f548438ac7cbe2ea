//! Bodies for channels that are not like the first one: linked cards, devices, wallets to jump to,
//! OTPs of bindings.

use serde_json::{Value, json};

use super::{Case, Door, good};

use Door::{Bind, BindingOtp, Card, Pay, Wallet};

/// A number that passes Luhn, as it is printed on cards.
const CARD: &str = "4111111111111111";
const CARD_IN_GROUPS: &str = "5500 0000 0000 0004";
/// A card, encrypted for DOKU.
const CARD_DATA: &str = "YLAqG+Kg7oe1K63pSMH+FQ==|ABEiM0RVZneImaq7zN3u/w==";

const ALLO: &str = "DIRECT_DEBIT_ALLO_SNAP";
const BRI: &str = "DIRECT_DEBIT_BRI_SNAP";

fn many(what: char, count: usize) -> Value {
    what.to_string().repeat(count).into()
}

#[allow(clippy::too_many_lines, reason = "a table")]
pub fn bind() -> Vec<Case> {
    let alter = |why, changes: &[(&str, Value)], fields: &[&'static str]| {
        Case::altered(why, Bind, changes, fields)
    };
    let channel = |code: &str| ("/channel", json!(code));
    let device = || {
        let device = json!({
            "id": "0123456789abcdef", "ipAddress": "203.0.113.10", "model": "Pixel 9",
            "os": "android", "app": "app",
        });
        ("/device", device)
    };
    // Allo knows everything but what the case changes.
    let allo = |why, pointer: &str, value: Value, field: &'static str| {
        alter(why, &[channel(ALLO), device(), (pointer, value)], &[field])
    };
    let bri = |why, data: Value| alter(why, &[channel(BRI), ("/cardData", data)], &["cardData"]);
    vec![
        alter(
            "every type wrong",
            &[
                ("/customer/idCard", json!(3_171_234_567_890_123_u64)),
                ("/customer/country", json!(["ID"])),
                ("/customer/address", json!({"street": "Jalan Merdeka"})),
                ("/customer/dateOfBirth", json!(19_990_131)),
                ("/device", json!("0123456789abcdef")),
            ],
            &[
                "customer.idCard",
                "customer.country",
                "customer.address",
                "customer.dateOfBirth",
                "device",
            ],
        )
        .unseen(&["3171234567890123"]),
        alter(
            "everything of the customer too long",
            &[
                ("/customer/idCard", many('3', 21)),
                ("/customer/country", many('c', 61)),
                ("/customer/address", many('a', 256)),
            ],
            &["customer.idCard", "customer.country", "customer.address"],
        ),
        alter(
            "a birthday that never was",
            &[("/customer/dateOfBirth", json!("1999-02-29"))],
            &["customer.dateOfBirth"],
        )
        .unseen(&["1999-02-29"]),
        alter(
            "a birthday as DOKU writes it",
            &[("/customer/dateOfBirth", json!("19990131"))],
            &["customer.dateOfBirth"],
        ),
        alter(
            "an encrypted card for an account",
            &[("/cardData", json!(CARD_DATA))],
            &["cardData"],
        )
        .unseen(&["YLAqG"]),
        alter(
            "a card's digits for an account",
            &[("/card", json!({"lastFour": "1234"}))],
            &["card"],
        ),
        alter("no card", &[channel(BRI)], &["cardData"]),
        alter(
            "a card's digits instead of an encrypted card",
            &[channel(BRI), ("/card", json!({"lastFour": "1234"}))],
            &["card", "cardData"],
        ),
        alter(
            "a card in two ways",
            &[
                channel(BRI),
                ("/cardData", json!(CARD_DATA)),
                ("/card", json!({"lastFour": "1234"})),
            ],
            &["card"],
        ),
        bri(
            "no initialisation vector",
            json!("YLAqG+Kg7oe1K63pSMH+FQ=="),
        )
        .unseen(&["YLAqG"]),
        bri(
            "a short initialisation vector",
            json!("YLAqG+Kg7oe1K63pSMH+FQ==|AAEC"),
        ),
        bri(
            "half a block",
            json!("YLAqG+Kg7oc=|ABEiM0RVZneImaq7zN3u/w=="),
        ),
        bri("nothing encrypted", json!("|ABEiM0RVZneImaq7zN3u/w==")),
        bri("not base64", json!("not|base64")),
        bri("a card in the clear", json!(CARD)).unseen(&[CARD]),
        bri(
            "a card in the clear before a vector",
            json!(format!("{CARD}|ABEiM0RVZneImaq7zN3u/w==")),
        )
        .unseen(&[CARD]),
        bri("4097 characters", many('A', 4097)),
        bri("a list", json!([CARD_DATA])),
        alter(
            "no device where it is asked for",
            &[channel(ALLO)],
            &[
                "device.id",
                "device.ipAddress",
                "device.model",
                "device.os",
                "device.app",
            ],
        ),
        allo(
            "no address of it",
            "/device/ipAddress",
            Value::Null,
            "device.ipAddress",
        ),
        allo(
            "an address of version 6",
            "/device/ipAddress",
            json!("2001:db8::1"),
            "device.ipAddress",
        )
        .unseen(&["2001:db8::1"]),
        allo(
            "an address too short for DOKU",
            "/device/ipAddress",
            json!("8.8.8.8"),
            "device.ipAddress",
        ),
        allo(
            "a hyphen in its id",
            "/device/id",
            json!("0123-4567"),
            "device.id",
        )
        .unseen(&["0123-4567"]),
        allo("a long id", "/device/id", many('a', 65), "device.id"),
        allo("an empty model", "/device/model", json!(""), "device.model"),
        allo(
            "another system",
            "/device/os",
            json!("symbian"),
            "device.os",
        ),
        allo("another app", "/device/app", json!("mweb"), "device.app"),
        allo("more of it", "/device/imei", json!("1"), "device.imei"),
        alter(
            "a wrong device, though nobody asks",
            &[("/device", json!({"os": "symbian", "model": 9}))],
            &["device.os", "device.model"],
        ),
        alter(
            "an unknown channel, of which nothing can be said",
            &[
                channel("DIRECT_DEBIT_NOWHERE"),
                ("/cardData", json!(7)),
                ("/card", json!(7)),
            ],
            &["channel", "card"],
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
pub fn pay() -> Vec<Case> {
    let wallet = |why, changes: &[(&str, Value)], fields: &[&'static str]| {
        Case::altered(why, Wallet, changes, fields)
    };
    let token = |why, token: Value| {
        let changes = [("/method/chargeToken", token)];
        Case::altered(why, Pay, &changes, &["method.chargeToken"])
    };
    let is_none = &["method.channel"];
    vec![
        token("an empty chargeToken", json!("")),
        token("a long chargeToken", many('t', 41)),
        token("a space in the chargeToken", json!("c3f1a7e0 9b5d4826")).unseen(&["c3f1a7e0"]),
        token("a chargeToken that is none", json!(true)),
        Case::altered(
            "a wallet's members for an account",
            Pay,
            &[
                ("/method/channel", json!("EMONEY_DANA_SNAP")),
                ("/method/deepLink", json!("myshop://paid")),
                ("/method/validUntil", json!("2099-01-01T00:00:00Z")),
                ("/customer", json!({"id": "cust-9"})),
                ("/device", json!({"ipAddress": "localhost"})),
            ],
            &[
                "method.channel",
                "method.deepLink",
                "method.validUntil",
                "customer",
                "device.ipAddress",
            ],
        ),
        Case::altered(
            "a wallet's members and a device for a card",
            Card,
            &[
                ("/method/channel", json!("EMONEY_DANA_SNAP")),
                ("/method/pointOfInitiation", json!("app")),
                ("/method/chargeToken", json!("t")),
                ("/device", json!({"id": "0123456789abcdef"})),
            ],
            &[
                "method.channel",
                "method.pointOfInitiation",
                "method.chargeToken",
                "device",
            ],
        ),
        Case::raw(
            "nothing but its type",
            Wallet,
            r#"{"method":{"type":"wallet"}}"#,
            &[
                "invoiceNumber",
                "amount",
                "method.channel",
                "customer",
                "returnUrl",
            ],
        ),
        wallet(
            "no wallet named",
            &[("/method/channel", Value::Null)],
            is_none,
        ),
        wallet(
            "an unknown wallet",
            &[("/method/channel", json!("EMONEY_NOWHERE_SNAP"))],
            is_none,
        )
        .unseen(&["EMONEY_NOWHERE_SNAP"]),
        wallet(
            "a wallet that is linked",
            &[("/method/channel", json!("EMONEY_OVO_SNAP"))],
            is_none,
        ),
        wallet(
            "a bank",
            &[("/method/channel", json!("DIRECT_DEBIT_CIMB_SNAP"))],
            is_none,
        ),
        wallet(
            "cards",
            &[("/method/channel", json!("CREDIT_CARD"))],
            is_none,
        ),
        wallet(
            "an account's and a card's members",
            &[
                ("/method/bindingId", json!("bnd_01JD0000000000000000000000")),
                ("/method/confirmation", json!("page")),
                ("/method/chargeToken", json!("t")),
                ("/method/saveCard", json!(true)),
                ("/customer/email", json!("siti@example.com")),
            ],
            &[
                "method.bindingId",
                "method.confirmation",
                "method.chargeToken",
                "method.saveCard",
                "customer.email",
            ],
        ),
        wallet(
            "a script that opens no app",
            &[("/method/deepLink", json!("javascript://x"))],
            &["method.deepLink"],
        )
        .unseen(&["javascript"]),
        wallet(
            "a deep link into nothing",
            &[("/method/deepLink", json!("/paid"))],
            &["method.deepLink"],
        ),
        wallet(
            "a long deep link",
            &[(
                "/method/deepLink",
                json!(format!("myshop://{}", "a".repeat(250))),
            )],
            &["method.deepLink"],
        ),
        wallet(
            "a start nowhere",
            &[("/method/pointOfInitiation", json!("tv"))],
            &["method.pointOfInitiation"],
        ),
        wallet(
            "an end that is a day",
            &[("/method/validUntil", json!("2099-01-01"))],
            &["method.validUntil"],
        ),
        wallet(
            "an end without a zone",
            &[("/method/validUntil", json!("2099-01-01T00:00:00"))],
            &["method.validUntil"],
        ),
        wallet(
            "an end in seconds",
            &[("/method/validUntil", json!(4_070_908_800_u64))],
            &["method.validUntil"],
        ),
        wallet(
            "no customer's id",
            &[("/customer", json!({}))],
            &["customer.id"],
        ),
        wallet(
            "nowhere to return to",
            &[("/returnUrl", Value::Null)],
            &["returnUrl"],
        ),
        wallet(
            "no flag",
            &[("/method/supportDeepLinkCheckoutUrl", json!("true"))],
            &["method.supportDeepLinkCheckoutUrl"],
        ),
        wallet(
            "another wallet's member",
            &[("/method/metadata", json!("order 1"))],
            &["method.metadata"],
        ),
        wallet(
            "half a device, and that half wrong",
            &[("/device", json!({"ipAddress": "8.8.8.8"}))],
            &["device.ipAddress"],
        ),
        wallet(
            "another amount of items",
            &[(
                "/items",
                json!([{"name": "Tea", "price": "1.00", "quantity": 1}]),
            )],
            &["items"],
        ),
    ]
}

pub fn otp() -> Vec<Case> {
    let otp = |why, value: Value| Case::altered(why, BindingOtp, &[("/otp", value)], &["otp"]);
    let mut cases = vec![
        Case::raw("nothing in it", BindingOtp, "{}", &["otp"]),
        otp("a number", json!(718_304)),
        otp("none", json!("")),
        otp("19 digits", json!("1234567890123456789")).unseen(&["1234567890123456789"]),
        otp("letters", json!("71B304")).unseen(&["71B304"]),
        otp("a line break", json!("718304\n")).unseen(&["718304"]),
        otp("full-width digits", json!("７１８３０４")),
        Case::altered(
            "another member",
            BindingOtp,
            &[("/chargeToken", json!("c3f1a7e09b5d4826"))],
            &["chargeToken"],
        )
        .unseen(&["c3f1a7e09b5d4826"]),
        Case::altered(
            "19 digits for a payment",
            Door::Otp,
            &[("/otp", json!("1234567890123456789"))],
            &["otp"],
        ),
    ];
    for (why, body) in [("no body", ""), ("a list", "[]"), ("a form", "otp=718304")] {
        cases.push(Case::raw(why, BindingOtp, body, &["body"]));
    }
    cases
}

/// Card numbers, in every new field that takes text of a free form.
pub fn numbers() -> Vec<Case> {
    let places: [(Door, &str, &'static [&'static str]); 11] = [
        (Bind, "/customer/address", &["customer.address"]),
        (Bind, "/customer/country", &["customer.country"]),
        (
            Bind,
            "/customer/dateOfBirth",
            &["customer.dateOfBirth", "customer.dateOfBirth"],
        ),
        (Bind, "/device/model", &["device.model"]),
        (Bind, "/device/id", &["device.id"]),
        (Bind, "/device/pan", &["device.pan", "device.pan"]),
        (Wallet, "/method/deepLink", &["method.deepLink"]),
        (
            Wallet,
            "/method/validUntil",
            &["method.validUntil", "method.validUntil"],
        ),
        (Wallet, "/device/model", &["device.model"]),
        (
            Wallet,
            "/customer/name",
            &["customer.name", "customer.name"],
        ),
        (
            Pay,
            "/method/deepLink",
            &["method.deepLink", "method.deepLink"],
        ),
    ];
    let mut cases = Vec::new();
    for (door, pointer, fields) in places {
        let mut body = good(door);
        if body.get("device").is_none() {
            body["device"] = json!({});
        }
        let text = match pointer {
            "/method/deepLink" => format!("myshop://paid?card={CARD}"),
            "/device/id" => CARD.to_owned(),
            "/customer/country" => CARD_IN_GROUPS.to_owned(),
            _ => format!("card {CARD}"),
        };
        super::put(&mut body, pointer, json!(text));
        let case = Case::raw("a card number", door, body.to_string(), fields);
        cases.push(case.unseen(&[CARD, CARD_IN_GROUPS]));
    }
    cases
}
