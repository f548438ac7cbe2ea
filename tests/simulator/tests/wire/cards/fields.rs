//! A card call with one field of its body changed or left out, and signed again.

use serde_json::{Value, json};

use super::client::{self, CAPTURE, DELETE, OLD_DELETE, PAGE, REFUND, TOKENS};
use crate::world::World;

/// Why, where in the body, the new value (null: left out), part of the message when it differs
/// from the path.
type Row = (&'static str, &'static str, fn() -> Value, &'static str);

const GONE: fn() -> Value = || Value::Null;

/// Rules of single fields. The page they are tried on has every member.
const PAGE_FIELDS: &[Row] = &[
    ("left out", "/order", GONE, ""),
    ("text", "/order", || json!("x"), ""),
    ("left out", "/order/invoice_number", GONE, ""),
    ("empty", "/order/invoice_number", || json!(""), ""),
    ("a number", "/order/invoice_number", || json!(1), ""),
    (
        "65 characters",
        "/order/invoice_number",
        || json!("i".repeat(65)),
        "",
    ),
    (
        "28 characters with Mandiri",
        "/order/invoice_number",
        || json!("i".repeat(28)),
        "",
    ),
    ("left out", "/order/amount", GONE, ""),
    ("text", "/order/amount", || json!("90000"), ""),
    ("decimals", "/order/amount", || json!(90_000.0), ""),
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
        || json!(90_001),
        "line_items",
    ),
    ("no array", "/order/line_items", || json!({}), ""),
    ("empty", "/order/line_items", || json!([]), ""),
    ("no object", "/order/line_items", || json!(["x"]), ""),
    (
        "256 characters",
        "/order/line_items/0/name",
        || json!("n".repeat(256)),
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
        || json!("40000"),
        "order.line_items[0].price",
    ),
    (
        "another price",
        "/order/line_items/0/price",
        || json!(40_001),
        "order.line_items",
    ),
    (
        "zero",
        "/order/line_items/1/quantity",
        || json!(0),
        "order.line_items[1].quantity",
    ),
    (
        "a fraction",
        "/order/line_items/1/quantity",
        || json!(1.5),
        "order.line_items[1].quantity",
    ),
    (
        "unknown",
        "/order/line_items/1/sku",
        || json!("x"),
        "order.line_items[1].sku",
    ),
    ("with auto_redirect", "/order/callback_url", GONE, ""),
    ("no address", "/order/callback_url", || json!("shop"), ""),
    ("no address", "/order/failed_url", || json!("ftp://x"), ""),
    ("left out", "/order/auto_redirect", GONE, ""),
    ("text", "/order/auto_redirect", || json!("true"), ""),
    ("a number", "/order/auto_redirect", || json!(1), ""),
    (
        "256 characters",
        "/order/descriptor",
        || json!("d".repeat(256)),
        "",
    ),
    ("unknown", "/order/currency", || json!("IDR"), ""),
    ("text", "/card/save", || json!("true"), ""),
    ("a number", "/card/token", || json!(1), ""),
    ("of nobody", "/card/token", || json!("abc"), ""),
    ("unknown", "/card/number", || json!("x"), ""),
    ("left out", "/customer", GONE, ""),
    ("to save a card", "/customer/id", GONE, ""),
    (
        "51 characters",
        "/customer/id",
        || json!("c".repeat(51)),
        "",
    ),
    ("a number", "/customer/name", || json!(1), ""),
    ("no mail", "/customer/email", || json!("siti"), ""),
    ("a plus", "/customer/phone", || json!("+6281200000"), ""),
    ("a zero", "/customer/phone", || json!("081200000000"), ""),
    (
        "17 digits",
        "/customer/phone",
        || json!("62812000000000000"),
        "",
    ),
    ("three letters", "/customer/country", || json!("IDN"), ""),
    ("small letters", "/customer/country", || json!("id"), ""),
    (
        "513 characters",
        "/customer/address",
        || json!("a".repeat(513)),
        "",
    ),
    ("unknown", "/customer/city", || json!("Jakarta"), ""),
    (
        "another word",
        "/payment/type",
        || json!("AUTHORIZATION"),
        "",
    ),
    ("small letters", "/payment/type", || json!("sale"), ""),
    (
        "not with INSTALLMENT",
        "/payment/auto_capture",
        || json!(true),
        "",
    ),
    ("text", "/payment/auto_capture", || json!("true"), ""),
    ("left out", "/payment/acquirer", GONE, ""),
    ("unknown", "/payment/acquirer", || json!("MANDIRI"), ""),
    ("left out", "/payment/tenor", GONE, ""),
    ("text", "/payment/tenor", || json!("3"), ""),
    ("zero", "/payment/tenor", || json!(0), ""),
    ("not offered", "/payment/tenor", || json!(12), ""),
    ("unknown", "/payment/method", || json!("x"), ""),
    (
        "unknown",
        "/override_configuration/themes/language",
        || json!("FR"),
        "",
    ),
    (
        "a hash",
        "/override_configuration/themes/font_color",
        || json!("#ffffff"),
        "",
    ),
    (
        "a word",
        "/override_configuration/themes/background_color",
        || json!("silver"),
        "",
    ),
    (
        "three digits",
        "/override_configuration/themes/button_font_color",
        || json!("fff"),
        "",
    ),
    (
        "unknown",
        "/override_configuration/themes/colour",
        || json!("ffffff"),
        "",
    ),
    (
        "a number",
        "/override_configuration/promo/0/bin",
        || json!(411_111),
        "promo[0].bin",
    ),
    (
        "five digits",
        "/override_configuration/promo/0/bin",
        || json!("41111"),
        "promo[0].bin",
    ),
    (
        "text",
        "/override_configuration/promo/0/discount_amount",
        || json!("5000"),
        "promo[0].discount_amount",
    ),
    (
        "everything",
        "/override_configuration/promo/0/discount_amount",
        || json!(90_000),
        "promo",
    ),
    (
        "left out",
        "/override_configuration/promo/0/discount_amount",
        GONE,
        "promo[0].discount_amount",
    ),
    (
        "numbers",
        "/override_configuration/allow_bin",
        || json!([411_111]),
        "",
    ),
    (
        "text",
        "/override_configuration/allow_bin",
        || json!("411111"),
        "",
    ),
    (
        "texts",
        "/override_configuration/allow_tenor",
        || json!(["3"]),
        "",
    ),
    ("unknown", "/override_configuration/x", || json!(1), ""),
    (
        "another path",
        "/additional_info/override_notification_url",
        || json!("https://hooks.example.com/other"),
        "",
    ),
    (
        "a query",
        "/additional_info/override_notification_url",
        || json!("https://hooks.example.com/v1/doku/notifications?x=1"),
        "",
    ),
    (
        "a text",
        "/additional_info/disclaimer",
        || json!("No refunds"),
        "",
    ),
    (
        "unknown",
        "/additional_info/disclaimer/fr",
        || json!("x"),
        "",
    ),
    ("unknown", "/additional_info/x", || json!(1), ""),
    ("unknown", "/metadata", || json!({}), ""),
];

const CAPTURE_FIELDS: &[Row] = &[
    ("left out", "/payment", GONE, ""),
    ("left out", "/payment/authorize_id", GONE, ""),
    ("a number", "/payment/authorize_id", || json!(1), ""),
    ("text", "/payment/capture_amount", || json!("1"), ""),
    ("zero", "/payment/capture_amount", || json!(0), ""),
    ("too much", "/payment/capture_amount", || json!(90_001), ""),
    ("unknown", "/payment/amount", || json!(1), ""),
    ("unknown", "/order", || json!({}), ""),
];

const REFUND_FIELDS: &[Row] = &[
    ("left out", "/order/invoice_number", GONE, ""),
    ("left out", "/payment/original_request_id", GONE, ""),
    (
        "129 characters",
        "/payment/original_request_id",
        || json!("r".repeat(129)),
        "",
    ),
    ("left out", "/refund/amount", GONE, ""),
    ("text", "/refund/amount", || json!("1"), ""),
    ("zero", "/refund/amount", || json!(0), ""),
    ("too much", "/refund/amount", || json!(90_001), ""),
    ("unknown", "/refund/reason", || json!("x"), ""),
    ("unknown", "/order/amount", || json!(1), ""),
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
    ("left out", "/channel", GONE, ""),
    ("another", "/channel/id", || json!("DIRECT_DEBIT"), ""),
    ("a text", "/issuer", || json!("BCA"), ""),
    ("unknown", "/token_data", || json!({}), ""),
];

const DELETE_FIELDS: &[Row] = &[
    ("left out", "/token", GONE, ""),
    ("left out", "/token/id", GONE, ""),
    ("unknown", "/token_id", || json!("x"), ""),
];

const OLD_DELETE_FIELDS: &[Row] = &[
    ("left out", "/token_id", GONE, ""),
    ("a number", "/token_id", || json!(1), ""),
    (
        "51 characters",
        "/customer_id",
        || json!("c".repeat(51)),
        "",
    ),
    ("unknown", "/token", || json!({"id": "x"}), ""),
];

/// A page with every member there is, that is accepted.
fn full_page() -> Value {
    let mut order = client::page_of(
        "INV-FULL",
        json!({"type": "INSTALLMENT", "acquirer": "BANK_MANDIRI", "tenor": 3}),
    );
    order["order"]["descriptor"] = json!("TOKO CONTOH");
    order["card"] = json!({"save": true});
    order["override_configuration"] = json!({
        "themes": {
            "language": "ID",
            "background_color": "ffffff",
            "font_color": "000000",
            "button_background_color": "E1251B",
            "button_font_color": "FFFFFF",
        },
        "promo": [{"bin": "411111", "discount_amount": 5_000}],
        "allow_bin": ["411111", "40000000"],
        "allow_tenor": [3, 6],
    });
    order["additional_info"] = json!({
        "override_notification_url": "https://hooks.example.com/v1/doku/notifications",
        "disclaimer": {"id": "Tidak dapat dikembalikan", "en": "No refunds"},
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
    let paid = world.charged(&client::page("INV-1")).await;
    world.charged(&client::authorize("INV-2")).await;
    let authorised = world.rows("cardCharges").await[1]["authorizeId"].clone();
    let mut before = world.ledger().await;

    let capture = client::capture(authorised.as_str().unwrap(), Some(1));
    let refund = client::refund("INV-1", &paid, 1);
    let delete = json!({"token": {"id": "x"}});
    let old_delete = json!({"token_id": "x", "customer_id": "cust-001"});
    let mut rows = check(&world, PAGE, &full_page(), PAGE_FIELDS).await;
    rows += check(&world, CAPTURE, &capture, CAPTURE_FIELDS).await;
    rows += check(&world, REFUND, &refund, REFUND_FIELDS).await;
    rows += check(&world, TOKENS, &client::tokens("cust-001"), TOKEN_FIELDS).await;
    rows += check(&world, DELETE, &delete, DELETE_FIELDS).await;
    rows += check(&world, OLD_DELETE, &old_delete, OLD_DELETE_FIELDS).await;
    assert_eq!(rows, 110);

    let mut after = world.ledger().await;
    let violations = after["violations"].take();
    assert_eq!(violations.as_array().unwrap().len(), 1, "{violations}");
    assert_eq!(violations[0]["kind"], "capture_beyond_the_authorisation");
    before["violations"].take();
    assert_eq!(after, before, "a refused call changes nothing");
    let accepted = world.card(PAGE, &full_page()).await;
    assert_eq!(accepted.status, 200, "{accepted:?}");
    assert_eq!(
        accepted.body["additional_info"],
        full_page()["additional_info"]
    );
}

#[tokio::test]
async fn what_may_be_left_out_or_must_go_together() {
    let world = World::start().await;
    let payment = |payment: Value| client::page_of("INV-1", payment);
    let without = |pointers: &[&str]| {
        let mut order = client::page("INV-1");
        for pointer in pointers {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = order.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(name);
        }
        order
    };
    let by_hand = || {
        let mut order = without(&["/order/callback_url"]);
        order["order"]["auto_redirect"] = json!(false);
        order
    };
    let no_payment_tenor = json!({"type": "SALE", "tenor": 3});
    let no_authorize = json!({"type": "SALE", "auto_capture": false});
    let table = [
        ("no items", without(&["/order/line_items"]), 200),
        ("no redirect and no address", by_hand(), 200),
        ("mail only", without(&["/customer/phone"]), 200),
        ("phone only", without(&["/customer/email"]), 200),
        (
            "neither",
            without(&["/customer/phone", "/customer/email"]),
            400,
        ),
        ("no customer id", without(&["/customer/id"]), 200),
        ("an acquirer", payment(json!({"acquirer": "BCA"})), 200),
        ("a tenor for a sale", payment(no_payment_tenor), 400),
        ("auto_capture for a sale", payment(no_authorize), 400),
        (
            "auto_capture",
            payment(json!({"type": "AUTHORIZE", "auto_capture": false})),
            200,
        ),
        (
            "no acquirer",
            payment(json!({"type": "INSTALLMENT", "tenor": 3})),
            400,
        ),
        (
            "no tenor",
            payment(json!({"type": "INSTALLMENT", "acquirer": "BCA"})),
            400,
        ),
    ];
    for (why, order, status) in table {
        let answer = world.card(PAGE, &order).await;
        assert_eq!(answer.status, status, "{why}: {answer:?}");
    }
}

#[tokio::test]
async fn a_card_number_in_a_call_is_a_violation() {
    let world = World::start().await;
    let mut order = client::page("INV-1");
    order["order"]["descriptor"] = json!("4111111111111111");
    world.card(PAGE, &order).await;
    assert_eq!(world.violations().await, ["card_number_in_a_call"]);
}
