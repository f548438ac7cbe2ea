use serde_json::{Value, json};

use super::super::pay;
use super::super::tests::{CARD, PATH, altered, channels, rules, shown};
use super::*;
use crate::app::{PayCommand, PayMethod};
use crate::domain::error::FieldError;

const TOKEN: &str = "1614dc147e404f41f6d2de877fda1f94";

/// As little as a card payment can hold.
fn least() -> Value {
    json!({
        "invoiceNumber": "INV-1",
        "amount": {"value": "90000.00", "currency": "IDR"},
        "customer": {"id": "cust-001", "email": "siti@example.com"},
        "method": {"type": "card"},
    })
}

/// Every member there is, but for those that exclude each other.
fn full() -> Value {
    json!({
        "invoiceNumber": "INV-1",
        "amount": {"value": "90000.00", "currency": "IDR"},
        "customer": {
            "id": "cust-001", "name": "Siti Aminah", "email": "siti@example.com",
            "phone": "6281200000000", "address": "Jalan Merdeka 1, Jakarta", "country": "ID",
        },
        "method": {
            "type": "card", "paymentType": "INSTALLMENT", "autoCapture": false,
            "acquirer": "BANK_MANDIRI", "tenor": 3, "saveCard": false, "cardTokenId": TOKEN,
            "page": {
                "autoRedirect": true, "failedUrl": "https://shop.example/failed",
                "language": "EN", "backgroundColor": "ffffff", "fontColor": "000000",
                "buttonBackgroundColor": "00AAff", "buttonFontColor": "123456",
                "descriptor": "SHOP", "disclaimer": {"id": "Setuju", "en": "Agreed"},
                "promos": [
                    {"bin": "411111", "discount": "5000.00"},
                    {"bin": "55000000", "discount": "89999.00"},
                ],
                "allowBins": ["41111111", "550000"], "allowTenors": [3, 6],
                "notificationUrl": "https://hooks.example/v1/doku/notifications",
            },
        },
        "items": [{"name": "Shirt", "price": "45000.00", "quantity": 2}],
        "returnUrl": "https://shop.example/paid",
        "description": "Shirts",
        "metadata": {"cart": "42"},
    })
}

fn read(body: &Value) -> Result<PayCommand, Vec<FieldError>> {
    pay(body, &rules(&channels()))
}

fn order(body: &Value) -> CardOrder {
    match read(body).unwrap().method {
        PayMethod::Card(order) => *order,
        PayMethod::Account(_) | PayMethod::Wallet(_) | PayMethod::Recurring(_) => {
            panic!("no card")
        }
    }
}

fn errors(body: &Value) -> Vec<String> {
    shown(read(body))
}

#[test]
fn the_least_that_is_needed() {
    let order = order(&least());
    assert_eq!(order.customer.id.as_str(), "cust-001");
    assert_eq!(order.page, PageOptions::default());
    assert_eq!(order.payment_type, None);
    assert!(!order.auto_capture && !order.save_card);
    assert_eq!((order.acquirer, order.tenor), (None, None));
    assert_eq!((order.token, order.return_url), (None, None));
}

#[test]
fn everything_there_is() {
    let command = read(&full()).unwrap();
    assert_eq!(command.items.len(), 1);
    assert_eq!(command.metadata.len(), 1);
    let order = order(&full());
    assert_eq!(order.payment_type, Some(CardPaymentType::Installment));
    assert_eq!(order.acquirer, Some(Acquirer::MANDIRI));
    assert_eq!(order.tenor, Some(3));
    assert_eq!(order.token.as_ref().map(CardTokenId::expose), Some(TOKEN));
    assert_eq!(order.customer.country.as_deref(), Some("ID"));
    let page = order.page;
    assert!(page.auto_redirect);
    assert_eq!(page.promos[1].discount, Rupiah::new(89_999));
    assert_eq!(page.promos[1].bin.as_str(), "55000000");
    assert_eq!(page.allow_tenors, [3, 6]);
    assert_eq!(page.allow_bins.len(), 2);
    assert_eq!(page.language, Some(Language::English));
    assert_eq!(page.button_font_color, Color::parse("123456").ok());
    let disclaimer = page.disclaimer.unwrap();
    assert_eq!(disclaimer.indonesian.as_deref(), Some("Setuju"));
    assert_eq!(disclaimer.english.as_deref(), Some("Agreed"));
    assert_eq!(
        page.notification_url.unwrap().as_str(),
        "https://hooks.example/v1/doku/notifications"
    );
}

#[test]
fn what_says_nothing_goes_with_everything() {
    let body = altered(
        least(),
        &[
            ("/method/paymentType", json!("SALE")),
            ("/method/autoCapture", json!(false)),
            ("/method/saveCard", json!(false)),
            ("/method/cardTokenId", json!(TOKEN)),
            ("/method/tenor", json!(null)),
            (
                "/method/page",
                json!({"allowTenors": [], "autoRedirect": false, "disclaimer": null}),
            ),
        ],
    );
    assert_eq!(errors(&body), [""; 0]);
    let held = altered(
        least(),
        &[
            ("/method/paymentType", json!("AUTHORIZE")),
            ("/method/autoCapture", json!(true)),
        ],
    );
    assert!(order(&held).auto_capture);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_member_has_its_rule() {
    let table = [
        (
            "/customer/id",
            json!("c".repeat(51)),
            "customer.id must have at most 50 characters for cards",
        ),
        ("/customer/id", json!(null), "customer.id is required"),
        (
            "/customer/phone",
            json!("812345678"),
            "customer.phone must be an Indonesian phone number: 62…, +62… or 08…",
        ),
        (
            "/customer/email",
            json!("siti"),
            "customer.email must be an e-mail address",
        ),
        (
            "/customer/address",
            json!(""),
            "customer.address must not be empty",
        ),
        (
            "/customer/address",
            json!("a".repeat(401)),
            "customer.address must have at most 400 characters",
        ),
        (
            "/customer/country",
            json!("id"),
            "customer.country must be two capital letters, for example ID",
        ),
        (
            "/customer/card",
            json!("x"),
            "customer.card is not a known field",
        ),
        ("/customer", json!(null), "customer is required"),
        (
            "/method/paymentType",
            json!("sale"),
            "method.paymentType must be SALE, INSTALLMENT, AUTHORIZE, MOTO or RECURRING",
        ),
        (
            "/method/autoCapture",
            json!("true"),
            "method.autoCapture must be true or false",
        ),
        (
            "/method/acquirer",
            json!("MANDIRI"),
            "method.acquirer must be an acquirer of DOKU's cards",
        ),
        ("/method/tenor", json!(0), "method.tenor is out of range"),
        (
            "/method/tenor",
            json!("3"),
            "method.tenor must be a whole number",
        ),
        (
            "/method/saveCard",
            json!(1),
            "method.saveCard must be true or false",
        ),
        (
            "/method/cardTokenId",
            json!("a b"),
            "method.cardTokenId may hold letters, digits, '-' and '_'",
        ),
        (
            "/method/cardTokenId",
            json!("a".repeat(65)),
            "method.cardTokenId must have at most 64 characters",
        ),
        (
            "/method/bindingId",
            json!("x"),
            "method.bindingId is for direct_debit only",
        ),
        (
            "/method/confirmation",
            json!("otp"),
            "method.confirmation is for direct_debit only",
        ),
        (
            "/method/cvv",
            json!("123"),
            "method.cvv is not a known field",
        ),
        ("/method/page", json!(true), "method.page must be an object"),
        (
            "/method/page/autoRedirect",
            json!("yes"),
            "method.page.autoRedirect must be true or false",
        ),
        (
            "/method/page/failedUrl",
            json!("http://shop.example"),
            "method.page.failedUrl must be an absolute https address",
        ),
        (
            "/method/page/language",
            json!("en"),
            "method.page.language must be EN or ID",
        ),
        (
            "/method/page/backgroundColor",
            json!("#ffffff"),
            "method.page.backgroundColor must be six hexadecimal digits, without #",
        ),
        (
            "/method/page/fontColor",
            json!("fff"),
            "method.page.fontColor must be six hexadecimal digits, without #",
        ),
        (
            "/method/page/descriptor",
            json!("d".repeat(23)),
            "method.page.descriptor must have at most 22 characters",
        ),
        (
            "/method/page/disclaimer",
            json!({}),
            "method.page.disclaimer must have id or en",
        ),
        (
            "/method/page/disclaimer",
            json!({"id": ""}),
            "method.page.disclaimer.id must not be empty",
        ),
        (
            "/method/page/promos",
            json!(vec![0; 21]),
            "method.page.promos has too many entries",
        ),
        (
            "/method/page/promos/0",
            json!("x"),
            "method.page.promos[0] must be an object",
        ),
        (
            "/method/page/promos/0/bin",
            json!("41111"),
            "method.page.promos[0].bin must be the first 6 to 8 digits of a card number",
        ),
        (
            "/method/page/promos/0/bin",
            json!("411112"),
            "method.page.promos[0].bin is none of the BINs in allowBins",
        ),
        (
            "/method/page/promos/1/discount",
            json!("90000.00"),
            "method.page.promos[1].discount must be less than the amount",
        ),
        (
            "/method/page/promos/1/discount",
            json!("0.00"),
            "method.page.promos[1].discount must be at least 1.00",
        ),
        (
            "/method/page/promos/1",
            json!({"bin": "411111", "discount": "1.00"}),
            "method.page.promos[1].bin is in the list already",
        ),
        (
            "/method/page/allowBins",
            json!(vec!["411111"; 51]),
            "method.page.allowBins has too many entries",
        ),
        (
            "/method/page/allowBins/1",
            json!(55_000_000),
            "method.page.allowBins[1] must be text",
        ),
        (
            "/method/page/allowTenors",
            json!([3, 100]),
            "method.page.allowTenors[1] is out of range",
        ),
        (
            "/method/page/allowTenors",
            json!((1..=13).collect::<Vec<_>>()),
            "method.page.allowTenors has too many entries",
        ),
        (
            "/items/0/quantity",
            json!(3),
            "items must add up to the amount",
        ),
        (
            "/amount/value",
            json!("90000.50"),
            "amount.value must be whole rupiah as text ending in .00, for example 10000.00",
        ),
        (
            "/returnUrl",
            json!(null),
            "returnUrl is required with method.page.autoRedirect",
        ),
        (
            "/returnUrl",
            json!("/paid"),
            "returnUrl must be an absolute https address",
        ),
        (
            "/invoiceNumber",
            json!("I".repeat(28)),
            "invoiceNumber must have at most 27 characters with BANK_MANDIRI",
        ),
    ];
    for (pointer, value, expected) in table {
        let body = altered(full(), &[(pointer, value)]);
        let found = errors(&body);
        assert_eq!(
            found.iter().filter(|error| *error == expected).count(),
            1,
            "{pointer}: {expected}: {found:?}"
        );
        // Where one BIN is refused, the other list may no longer fit it.
        let alone = found.len() == 1 || pointer.contains("Bins");
        assert!(alone, "{pointer}: {found:?}");
    }
}

#[test]
fn members_that_depend_on_each_other() {
    type Changes<'a> = &'a [(&'a str, Value)];
    let table: [(&str, Changes<'_>, &[&str]); 11] = [
        (
            "nobody to write to",
            &[("/customer/email", json!(null))],
            &["customer.email is required, or phone"],
        ),
        (
            "a wrong phone is a phone",
            &[("/customer", json!({"id": "c", "phone": "1"}))],
            &["customer.phone must be an Indonesian phone number: 62…, +62… or 08…"],
        ),
        (
            "installments of nothing",
            &[("/method/paymentType", json!("INSTALLMENT"))],
            &[
                "method.acquirer is required with INSTALLMENT",
                "method.tenor is required with INSTALLMENT",
            ],
        ),
        (
            "wrong is not missing",
            &[
                ("/method/paymentType", json!("INSTALLMENT")),
                ("/method/tenor", json!(0)),
                ("/method/acquirer", json!("")),
            ],
            &[
                "method.acquirer must be an acquirer of DOKU's cards",
                "method.tenor is out of range",
            ],
        ),
        (
            "a tenor of a sale",
            &[
                ("/method/paymentType", json!("SALE")),
                ("/method/tenor", json!(3)),
                ("/method/page", json!({"allowTenors": [3]})),
            ],
            &[
                "method.page.allowTenors is for INSTALLMENT only",
                "method.tenor is for INSTALLMENT only",
            ],
        ),
        (
            "a tenor of who knows what",
            &[("/method/tenor", json!(3))],
            &["method.tenor is for INSTALLMENT only"],
        ),
        (
            "a sale is captured anyway",
            &[
                ("/method/paymentType", json!("SALE")),
                ("/method/autoCapture", json!(true)),
            ],
            &["method.autoCapture is for AUTHORIZE only"],
        ),
        (
            "an unknown type says nothing of the rest",
            &[
                ("/method/paymentType", json!("CASH")),
                ("/method/autoCapture", json!(true)),
                ("/method/tenor", json!(3)),
            ],
            &["method.paymentType must be SALE, INSTALLMENT, AUTHORIZE, MOTO or RECURRING"],
        ),
        (
            "a saved card is not saved again",
            &[
                ("/method/saveCard", json!(true)),
                ("/method/cardTokenId", json!(TOKEN)),
            ],
            &["method.saveCard must not be true together with cardTokenId"],
        ),
        (
            "another bank takes more",
            &[
                ("/method/acquirer", json!("BCA")),
                ("/invoiceNumber", json!("I".repeat(64))),
            ],
            &[],
        ),
        (
            "discounts of an amount that is none",
            &[
                ("/amount/value", json!("x")),
                (
                    "/method/page",
                    json!({"promos": [{"bin": "411111", "discount": "5.00"}]}),
                ),
            ],
            &["amount.value must be whole rupiah as text ending in .00, for example 10000.00"],
        ),
    ];
    for (why, changes, expected) in table {
        assert_eq!(errors(&altered(least(), changes)), expected, "{why}");
    }
}

#[test]
fn notifications_go_to_the_registered_path() {
    const PLACE: &str = "must have the path of the registered notification address";
    let table = [
        (
            "as registered",
            "https://hooks.example/v1/doku/notifications",
            None,
        ),
        (
            "another port",
            "https://hooks.example:8443/v1/doku/notifications",
            None,
        ),
        ("another path", "https://hooks.example/hooks", Some(PLACE)),
        ("no path", "https://hooks.example", Some(PLACE)),
        (
            "a slash more",
            "https://hooks.example/v1/doku/notifications/",
            Some(PLACE),
        ),
        (
            "a query",
            "https://hooks.example/v1/doku/notifications?shop=1",
            Some("must not have a query"),
        ),
        (
            "an empty query",
            "https://hooks.example/v1/doku/notifications?",
            Some("must not have a query"),
        ),
        (
            "a fragment",
            "https://hooks.example/v1/doku/notifications#x",
            Some("must not hold a fragment: ReturnUrls of this deployment does not list the host"),
        ),
        (
            "not encrypted",
            "http://localhost/v1/doku/notifications",
            Some("must be an absolute https address"),
        ),
        (
            "credentials",
            "https://a:b@hooks.example/v1/doku/notifications",
            Some("must not hold a user name or password"),
        ),
    ];
    for (why, url, rule) in table {
        let found = notification_url(url, PATH).err();
        assert_eq!(found, rule.map(Rule), "{why}");
    }
}

#[test]
fn a_card_number_is_refused_wherever_it_stands() {
    let forms = [
        json!(CARD),
        json!("4111 1111 1111 1111"),
        json!("3782-822463-10005"),
        json!(format!("card {CARD}, please")),
        json!(4_111_111_111_111_111_u64),
        json!([CARD]),
        json!({"a": {"b": CARD}}),
        json!({CARD: true}),
    ];
    let places = [
        "/customer/name",
        "/customer/email",
        "/customer/address",
        "/customer/country",
        "/customer/unknown",
        "/method/paymentType",
        "/method/autoCapture",
        "/method/acquirer",
        "/method/tenor",
        "/method/saveCard",
        "/method/cardTokenId",
        "/method/bindingId",
        "/method/confirmation",
        "/method/chargeToken",
        "/method/channel",
        "/method/deepLink",
        "/method/pointOfInitiation",
        "/method/validUntil",
        "/method/unknown",
        "/method/page/autoRedirect",
        "/method/page/failedUrl",
        "/method/page/language",
        "/method/page/backgroundColor",
        "/method/page/fontColor",
        "/method/page/buttonBackgroundColor",
        "/method/page/buttonFontColor",
        "/method/page/descriptor",
        "/method/page/disclaimer",
        "/method/page/disclaimer/id",
        "/method/page/disclaimer/en",
        "/method/page/promos",
        "/method/page/promos/0",
        "/method/page/promos/0/bin",
        "/method/page/allowBins",
        "/method/page/allowBins/0",
        "/method/page/allowTenors",
        "/method/page/allowTenors/0",
        "/method/page/notificationUrl",
        "/method/page/unknown",
        "/items/0/name",
        "/returnUrl",
        "/description",
        "/metadata/cart",
        "/device",
        "/unknown",
    ];
    for place in places {
        for form in &forms {
            let body = altered(full(), &[(place, form.clone())]);
            let found = errors(&body);
            let named = found
                .iter()
                .any(|error| error.ends_with("must not hold a card number"));
            assert!(named, "{place}: {form}: {found:?}");
            assert!(!found.join(" ").contains(CARD), "{place}: {found:?}");
        }
    }
    for place in [
        "",
        "/customer",
        "/method",
        "/method/page",
        "/metadata",
        "/items/0",
    ] {
        let body = altered(full(), &[(&format!("{place}/{CARD}"), json!("x"))]);
        let found = errors(&body);
        assert!(
            found
                .iter()
                .any(|error| error.ends_with("must not hold a card number")),
            "{place}: {found:?}"
        );
        assert!(!found.join(" ").contains(CARD), "{place}: {found:?}");
    }
}

#[test]
fn references_may_pass_for_card_numbers_by_chance() {
    let body = altered(
        least(),
        &[
            ("/invoiceNumber", json!(CARD)),
            ("/customer/id", json!(CARD)),
            // 15 digits that pass Luhn.
            ("/customer/phone", json!("628000000000008")),
            (
                "/method/cardTokenId",
                json!("a4111111111111111bcdefabcdefabcd"),
            ),
        ],
    );
    assert_eq!(errors(&body), [""; 0]);
}
