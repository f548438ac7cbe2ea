//! A card number typed where it does not belong goes no further than the door.

use std::time::Duration;

use serde_json::{Value, json};

use super::{A_WEEK, AMOUNT};
use crate::support::leaks::{holds, leak_in, plant};
use crate::support::{Message, Payment, Shop, Untouched, fresh};

/// Numbers that pass Luhn, as they are printed on cards, and used nowhere else.
const NUMBERS: [&str; 3] = [
    "4929318477218834",
    "5425 2334 3010 9903",
    "4539-1488-0343-6467",
];

/// Every place for text in a card payment: where it is put, and the field that is named.
const PLACES: [(&str, &str); 11] = [
    ("/customer/name", "customer.name"),
    ("/customer/address", "customer.address"),
    ("/customer/email", "customer.email"),
    ("/method/page/descriptor", "method.page.descriptor"),
    ("/method/page/disclaimer/id", "method.page.disclaimer.id"),
    ("/method/page/disclaimer/en", "method.page.disclaimer.en"),
    ("/method/page/failedUrl", "method.page.failedUrl"),
    ("/items/0/name", "items[0].name"),
    ("/returnUrl", "returnUrl"),
    ("/description", "description"),
    ("/metadata/note", "metadata.note"),
];

/// A shop at the most talkative level that can be set.
async fn talkative() -> Shop {
    Shop::open_with(|options| {
        let level = ("LogLevel".to_owned(), "DEBUG".to_owned());
        options.parameters.extend([level]);
        options.doku_timeout = Some(Duration::from_secs(1));
    })
    .await
}

/// A body with something at every place.
fn full_body(shop: &Shop) -> Value {
    let mut body = shop.card_body("cust-1", AMOUNT);
    body["customer"]["address"] = json!("Jalan Merdeka 1");
    body["method"]["page"] = json!({
        "failedUrl": "https://shop.example/failed",
        "descriptor": "KEDAI KOPI",
        "disclaimer": {"id": "Setuju", "en": "Agreed"},
    });
    body["items"] = json!([{"name": "Kopi", "price": "90000.00", "quantity": 1}]);
    body["description"] = json!("Kopi");
    body["metadata"] = json!({"note": "cepat"});
    body
}

/// How a number looks in a place of that kind.
fn dressed(pointer: &str, number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    match pointer {
        "/customer/email" => format!("{digits}@pos.example"),
        "/method/page/failedUrl" | "/returnUrl" => {
            format!("https://shop.example/{digits}")
        }
        "/method/page/descriptor" => number.to_owned(),
        _ => format!("kartu {number} ya"),
    }
}

#[tokio::test]
async fn a_card_number_in_any_text_is_refused_and_seen_nowhere() {
    let shop = talkative().await;
    shop.open_page(&full_body(&shop)).await;
    let untouched = Untouched::so_far(&shop).await;
    for number in NUMBERS {
        plant(number);
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        plant(&*digits);
        for (pointer, field) in PLACES {
            let mut body = full_body(&shop);
            let text = dressed(pointer, number);
            *body.pointer_mut(pointer).unwrap() = json!(text);
            let answer = shop.merchant.post("/v1/payments", &body).await;
            assert_eq!(answer.status, 400, "{text} in {field}: {}", answer.text);
            answer.expect_problem(400, "invalid_request");
            assert_eq!(answer.fields(), [field], "{}", answer.text);
            assert!(!holds(&answer.text, &digits), "{field}: {}", answer.text);
        }
        // Nor where a card number would be expected by whoever mistakes this for another API.
        for member in ["number", "card", "cardNumber"] {
            let mut body = full_body(&shop);
            body["method"][member] = json!(number);
            let answer = shop.merchant.post("/v1/payments", &body).await;
            answer.expect_problem(400, "invalid_request");
            assert!(answer.fields().contains(&&*format!("method.{member}")));
            assert!(!holds(&answer.text, &digits), "{}", answer.text);
        }
    }
    untouched.still(&shop, "card numbers").await;
    shop.logs_hold_no_secret();
    let logs = shop.world.logs_text();
    for number in NUMBERS {
        assert!(!logs.contains(number));
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_card_number_beside_a_capture_or_a_refund_is_refused_too() {
    let shop = Shop::open().await;
    let held = shop.authorised(AMOUNT).await;
    let paid = shop.card_paid(AMOUNT).await;
    let number = plant("4916338506082832");
    let untouched = Untouched::so_far(&shop).await;
    let path = format!("/v1/payments/{}/refunds", paid.id);
    let reason = json!({"reason": format!("kartu {number}")});
    let answer = shop.merchant.post(&path, &reason).await;
    answer.expect_problem(400, "invalid_request");
    assert_eq!(answer.fields(), ["reason"]);
    let path = format!("/v1/payments/{}/capture", held.id);
    for member in ["reason", "card"] {
        let answer = shop.merchant.post(&path, &json!({member: number})).await;
        answer.expect_problem(400, "invalid_request");
        assert!(answer.fields().iter().all(|field| *field == member));
    }
    untouched.still(&shop, "card numbers").await;
}

#[tokio::test]
async fn what_the_table_keeps_of_a_card_is_no_card_number_and_nobodys_address() {
    let shop = Shop::open().await;
    let mut body = full_body(&shop);
    body["method"]["saveCard"] = json!(true);
    let payment = shop.open_page(&body).await;
    shop.holder_does(&payment, json!({"card": "approve", "save": true}))
        .await;
    shop.wait_until_paid(&payment.id).await;
    let token = shop.doku.card_charge(&payment).await["tokenId"].clone();
    let table = Value::from(shop.table().await).to_string();
    for unkept in [
        "4111111111111111",
        "Anton Budiman",
        "anton.budiman@pos.example",
        "6281234567890",
        "Jalan Merdeka",
        token.as_str().unwrap(),
        payment.page(),
    ] {
        assert!(!table.contains(unkept), "the table holds {unkept}");
    }
    assert!(table.contains("411111******1111"), "the masked number");
    shop.logs_hold_no_secret();
    let logs = shop.world.logs_text();
    assert!(!logs.contains(token.as_str().unwrap()), "a card's token");
}

#[tokio::test]
async fn the_whole_story_of_a_card_told_at_debug_gives_nobody_away() {
    let shop = talkative().await;
    // What DOKU issued, for the functions' eyes only.
    let see = |payment: &Payment| plant(payment.page());
    let mut body = full_body(&shop);
    body["method"]["saveCard"] = json!(true);
    let saving = shop.open_page(&body).await;
    see(&saving);
    shop.holder_pays(&saving, "decline").await;
    shop.holder_does(&saving, json!({"card": "approve", "save": true}))
        .await;
    shop.wait_until_paid(&saving.id).await;
    let charge = shop.doku.card_charge(&saving).await;
    let token = plant(charge["tokenId"].as_str().unwrap());
    let cards = "/v1/customers/cust-1/cards";

    // The good way, then everything that can go wrong on the way to DOKU and back.
    let kinds = [
        "slow",
        "reset",
        "garbage",
        "accept_then_bad_gateway",
        "accept_then_hang",
        "no_signature",
        "wrong_signature",
        "wrong_echo",
    ];
    for kind in kinds {
        let held = shop.authorised(AMOUNT).await;
        let paid = shop.captured(AMOUNT, AMOUNT).await;
        see(&held);
        for operation in [
            "payment_page",
            "capture",
            "card_refund",
            "card_tokens",
            "card_token_deletion",
        ] {
            shop.doku.goes_wrong(operation, kind).await;
            match operation {
                "payment_page" => {
                    let mut body = full_body(&shop);
                    body["method"]["cardTokenId"] = json!(token);
                    shop.merchant.post("/v1/payments", &body).await
                }
                "capture" => shop.capture(&held.id, None).await,
                "card_refund" => shop.refund(&paid.id, 1_000).await,
                "card_tokens" => shop.merchant.get(cards).await,
                _ => {
                    let path = format!("{cards}/{token}");
                    shop.merchant.delete_with(&fresh("key"), &path).await
                }
            };
            shop.doku.recovers().await;
        }
        shop.doku
            .order("cards/tokens", json!({"customerId": "cust-1"}))
            .await;
    }
    shop.doku.time_passes(A_WEEK).await;
    shop.doku.refuses("order_status", "503").await;
    shop.tick().await;
    shop.tick().await;

    // Calls in DOKU's name that are refused.
    let order = json!({"invoiceNumber": saving.invoice()});
    let good = Message::of_card(&shop, &order).await;
    for name in ["Client-Id", "Request-Id", "Request-Timestamp", "Signature"] {
        let altered = format!("{}x", good.header(name));
        let answer = good.clone().with(name, altered).to(&shop).await;
        // A time that cannot be read is refused as such.
        let refused = if name == "Request-Timestamp" {
            400
        } else {
            401
        };
        assert_eq!(answer.status, refused, "{name}");
        assert_eq!(leak_in(&shop.world, &answer.text), None, "{name}");
    }
    shop.doku.falls_silent().await;
    let lines = shop.world.logs();
    let speaking = |function: &str| lines.iter().any(|line| line.function == function);
    for function in [
        "bind",
        "pay",
        "capture",
        "refund",
        "notify-webhook",
        "reconcile",
    ] {
        assert!(
            speaking(function),
            "{function} wrote nothing, so this proves nothing"
        );
    }
    shop.logs_hold_no_secret();
}
