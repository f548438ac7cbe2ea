//! What DOKU told and nobody could use: kept with its reason, listed, and delivered again when asked.

use serde_json::{Value, json};

use super::{expect_code, tell};
use crate::support::signer::symmetric;
use crate::support::{Message, Shop, count};

/// Asks the function that keeps them.
pub(super) async fn ask(shop: &Shop, event: Value) -> Value {
    shop.world.tick_with("reconcile", &event).await.unwrap()
}

pub(super) async fn letters(shop: &Shop) -> Vec<Value> {
    let list = ask(shop, json!({"deadLetters": "list"})).await;
    list["items"].as_array().unwrap().clone()
}

pub(super) async fn replay(shop: &Shop, letter: &str) -> Value {
    ask(shop, json!({"replay": letter})).await["replayed"].clone()
}

#[tokio::test]
async fn news_of_a_payment_that_nobody_knows_is_listed_until_it_is_joined() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    let early = json!({
        "partnerReferenceNo": body["invoiceNumber"],
        "latestTransactionStatus": "00",
        "amount": "10000.00",
    });
    assert_eq!(letters(&shop).await, [] as [Value; 0]);
    tell(&shop, early.clone()).await;
    tell(&shop, early).await;
    let kept = letters(&shop).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["reference"], body["invoiceNumber"]);
    assert_eq!(kept[0]["reason"], "its payment is not known");
    let letter = kept[0]["letterId"].as_str().unwrap();
    assert_eq!(replay(&shop, letter).await, "still_unmatched");
    let all = ask(&shop, json!({"replay": "all"})).await;
    assert_eq!([&all["delivered"], &all["left"]], [0, 1], "{all}");
    let stored = shop.items("NOTIFICATION#").await;
    let sealed = stored[0]["waiting"].get("B").is_some();
    assert!(sealed, "what it said lies there in the clear: {stored:?}");

    let paid = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(paid.expect(201).body["status"], "paid", "{}", paid.text);
    assert_eq!(letters(&shop).await, [] as [Value; 0]);
    assert_eq!(replay(&shop, letter).await, "gone");
    let payment = paid.word("paymentId");
    assert_eq!(count(&shop, &payment, "payment.paid").await, 1);
}

#[tokio::test]
async fn a_signed_body_that_cannot_be_read_is_kept_once_and_shown_to_nobody() {
    let shop = Shop::open().await;
    let good =
        json!({"partnerReferenceNo": "INV-1", "latestTransactionStatus": "00", "amount": "1.00"});
    let good = Message::signed(&shop, &good).await;
    let secret = shop.world.secrets().field("secretKey");
    let body = r#"{"originalPartnerReferenceNo":"PLANTED-WORD","latestTransactionStatus":"00"}"#;
    let stamp = good.header("x-timestamp").to_owned();
    let signature = symmetric(&secret, &good.path, good.token(), body, &stamp);
    let message = Message {
        body: body.to_owned(),
        ..good
    };
    let message = message.with("x-signature", signature);
    for _ in 0..3 {
        expect_code(&message.to(&shop).await, "4005602", body);
    }
    let kept = letters(&shop).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(kept[0]["reason"], "amount is missing or is not valid");
    assert!(
        !json!(kept).to_string().contains("PLANTED-WORD"),
        "{kept:?}"
    );
    let stored = shop.items("DEADLETTER").await;
    assert!(!json!(stored).to_string().contains("PLANTED-WORD"));
    let letter = kept[0]["letterId"].as_str().unwrap();
    assert_eq!(replay(&shop, letter).await, "still_unreadable");
    assert_eq!(letters(&shop).await.len(), 1);
    for odd in ["", "nonsense", "UEFZTUVOVCNwYXlfMQpQQVlNRU5U"] {
        assert_eq!(replay(&shop, odd).await, "gone", "{odd}");
    }
}
