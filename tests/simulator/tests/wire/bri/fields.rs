//! A call with one field of its body changed or left out, and signed again.

use serde_json::{Value, json};

use super::client::{self, RECURRING, TOKENS};
use crate::world::World;

/// Why, where in the body, the new value (null: left out), part of the message when it differs
/// from the path.
type Row = (&'static str, &'static str, fn() -> Value, &'static str);

const GONE: fn() -> Value = || Value::Null;

const CHARGE_FIELDS: &[Row] = &[
    ("left out", "/customer", GONE, ""),
    ("text", "/customer", || json!("cust-001"), ""),
    ("left out", "/customer/id", GONE, ""),
    ("empty", "/customer/id", || json!(""), ""),
    ("a number", "/customer/id", || json!(1), ""),
    (
        "51 characters",
        "/customer/id",
        || json!("c".repeat(51)),
        "",
    ),
    ("71 letters", "/customer/name", || json!("n".repeat(71)), ""),
    ("a digit", "/customer/name", || json!("Siti 2"), ""),
    ("no mail", "/customer/email", || json!("siti"), ""),
    (
        "65 characters",
        "/customer/email",
        || json!(format!("{}@example.com", "s".repeat(53))),
        "",
    ),
    ("a plus", "/customer/phone", || json!("+6281200000"), ""),
    ("a zero", "/customer/phone", || json!("081200000000"), ""),
    (
        "21 digits",
        "/customer/phone",
        || json!(format!("62{}", "8".repeat(19))),
        "",
    ),
    (
        "256 characters",
        "/customer/address",
        || json!("a".repeat(256)),
        "",
    ),
    ("three letters", "/customer/country", || json!("IDN"), ""),
    ("small letters", "/customer/country", || json!("id"), ""),
    (
        "21 characters",
        "/customer/id_card",
        || json!("1".repeat(21)),
        "",
    ),
    (
        "the year first",
        "/customer/date_of_birth",
        || json!("1999-12-31"),
        "",
    ),
    (
        "no month",
        "/customer/date_of_birth",
        || json!("31-13-1999"),
        "",
    ),
    ("unknown", "/customer/city", || json!("Jakarta"), ""),
    ("left out", "/order", GONE, ""),
    ("left out", "/order/amount", GONE, ""),
    ("text", "/order/amount", || json!("15000"), ""),
    ("decimals", "/order/amount", || json!(15_000.0), ""),
    ("zero", "/order/amount", || json!(0), ""),
    ("negative", "/order/amount", || json!(-1), ""),
    (
        "thirteen digits",
        "/order/amount",
        || json!(1_000_000_000_000_u64),
        "",
    ),
    (
        "another sum",
        "/order/amount",
        || json!(15_001),
        "line_items",
    ),
    ("left out", "/order/invoice_number", GONE, ""),
    ("a number", "/order/invoice_number", || json!(1), ""),
    (
        "65 characters",
        "/order/invoice_number",
        || json!("i".repeat(65)),
        "",
    ),
    ("empty", "/order/line_items", || json!([]), ""),
    ("no object", "/order/line_items", || json!(["x"]), ""),
    (
        "a number",
        "/order/line_items/0/name",
        || json!(1),
        "order.line_items[0].name",
    ),
    (
        "left out",
        "/order/line_items/0/price",
        GONE,
        "order.line_items[0].price",
    ),
    (
        "text",
        "/order/line_items/0/price",
        || json!("5000"),
        "order.line_items[0].price",
    ),
    (
        "another price",
        "/order/line_items/0/price",
        || json!(5_001),
        "order.line_items",
    ),
    (
        "another quantity",
        "/order/line_items/1/quantity",
        || json!(2),
        "order.line_items",
    ),
    (
        "a fraction",
        "/order/line_items/1/quantity",
        || json!(0.5),
        "order.line_items[1].quantity",
    ),
    (
        "unknown",
        "/order/line_items/1/sku",
        || json!("x"),
        "order.line_items[1].sku",
    ),
    ("a number", "/order/session_id", || json!(1), ""),
    ("unknown", "/order/currency", || json!("IDR"), ""),
    ("left out", "/payment", GONE, ""),
    ("left out", "/payment/token_id", GONE, ""),
    ("a number", "/payment/token_id", || json!(1), ""),
    ("the table's name", "/payment/card_token", || json!("x"), ""),
    ("another", "/channel/id", || json!("CREDIT_CARD"), ""),
    ("unknown", "/channel/name", || json!("x"), ""),
    ("another", "/acquirer/id", || json!("MANDIRI"), ""),
    ("a text", "/additional_info", || json!("x"), ""),
    (
        "another path",
        "/additional_info/override_notification_url",
        || json!("https://hooks.example.com/other"),
        "",
    ),
    ("unknown", "/card", || json!({}), ""),
];

const TOKEN_FIELDS: &[Row] = &[
    ("left out", "/customer", GONE, ""),
    ("left out", "/customer/id", GONE, ""),
    (
        "51 characters",
        "/customer/id",
        || json!("c".repeat(51)),
        "",
    ),
    ("a digit", "/customer/name", || json!("Siti 2"), ""),
    ("unknown", "/customer/email", || json!("a@b.example"), ""),
    ("the cards' field", "/channel", || json!({"id": "BRI"}), ""),
];

/// A charge with every member there is, that is accepted.
fn full_order(token: &str) -> Value {
    let mut order = client::order("SUB-FULL", "cust-001", token);
    order["customer"] = json!({
        "id": "cust-001",
        "name": "Siti Aminah",
        "email": "siti@example.com",
        "phone": "6281200000000",
        "address": "Jalan Contoh 1",
        "country": "ID",
        "id_card": "3171000000000001",
        "date_of_birth": "31-12-1999",
        "additional_info": "x",
    });
    order["order"]["line_items"] = json!([
        {"name": "Vitamin C", "price": 5_000, "quantity": 2},
        {"name": "Delivery", "price": 5_000, "quantity": 1},
    ]);
    order["order"]["session_id"] = json!("s-1");
    order["payment"]["otp_expiration_timestamp"] = json!(1_800_000_000);
    order["channel"] = json!({"id": "DIRECT_DEBIT"});
    order["acquirer"] = json!({"id": "BRI"});
    order["additional_info"] = json!({
        "note": "x",
        "override_notification_url": "https://hooks.example.com/v1/doku/notifications",
    });
    order
}

async fn check(world: &World, path: &str, right: &Value, rows: &[Row]) -> usize {
    for (why, pointer, value, told) in rows {
        let mut draft = world.card_draft(path, Some(right));
        draft.edit(pointer, &value());
        draft.sign();
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, 400, "{path} {pointer}, {why}: {answer:?}");
        assert_eq!(answer.at("/error/code"), "INVALID_PARAMETER");
        assert!(answer.is_signed(&draft, true));
        let name = pointer.trim_start_matches('/').replace('/', ".");
        let told = if told.is_empty() { &*name } else { told };
        let message = answer.at("/error/message");
        assert!(message.contains(told), "{pointer}, {why}: {message:?}");
    }
    rows.len()
}

#[tokio::test]
async fn a_call_with_one_field_wrong_is_refused_by_name_and_changes_nothing() {
    let world = World::start().await;
    let token = world.bri_token("cust-001").await;
    let before = world.ledger().await;
    let list = json!({"customer": {"id": "cust-001", "name": "Siti Aminah"}});
    let mut rows = check(&world, RECURRING, &full_order(&token), CHARGE_FIELDS).await;
    rows += check(&world, TOKENS, &list, TOKEN_FIELDS).await;
    assert_eq!(rows, 58);
    assert_eq!(
        world.ledger().await,
        before,
        "a refused call changes nothing"
    );
    let accepted = world.card(RECURRING, &full_order(&token)).await;
    assert_eq!(accepted.status, 201, "{accepted:?}");
    assert_eq!(accepted.body["order"], full_order(&token)["order"]);
    assert_eq!(world.card(TOKENS, &list).await.status, 200);
}

#[tokio::test]
async fn lengths_are_taken_to_their_ends() {
    let world = World::start().await;
    let customer = "c".repeat(50);
    let token = world.bri_token(&customer).await;
    let table: [(&str, Value); 8] = [
        ("/customer/name", json!("n".repeat(70))),
        (
            "/customer/email",
            json!(format!("{}@example.com", "s".repeat(52))),
        ),
        ("/customer/phone", json!(format!("62{}", "8".repeat(18)))),
        ("/customer/address", json!("a".repeat(255))),
        ("/customer/id_card", json!("1".repeat(20))),
        ("/order/amount", json!(999_999_999_999_u64)),
        ("/order/amount", json!(1)),
        ("/order/invoice_number", json!("i".repeat(64))),
    ];
    for (number, (pointer, value)) in table.into_iter().enumerate() {
        let order = client::order(&format!("SUB-{number}"), &customer, &token);
        let mut draft = world.card_draft(RECURRING, Some(&order));
        draft.edit(pointer, &value);
        draft.sign();
        let answer = world.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, 201, "{pointer}: {answer:?}");
    }
}
