//! Card numbers, in every script, and where an identifier looks like one.

use serde_json::{Value, json};

use super::ULID;
use crate::support::{Answer, Shop, fresh};

/// The digits of a card in several spellings.
const SPELLINGS: [&str; 8] = [
    "4111 1111 1111 1111",
    "4111/1111/1111/1111",
    "4111\u{a0}1111\u{2013}1111\u{b7}1111",
    "4\u{200b}111111111111111",
    "４１１１１１１１１１１１１１１１",
    "٤١١١١١١١١١١١١١١١",
    "४१११११११११११११११",
    "3782-822463-10005",
];

#[tokio::test]
async fn card_numbers_are_refused_in_every_script() {
    let shop = Shop::open().await;
    let refused = |answer: Answer, field: &str, text: &str| {
        answer.expect_problem(400, "invalid_request");
        let named = answer.body["errors"]
            .as_array()
            .unwrap()
            .iter()
            .any(|error| error["field"] == field && error["rule"] == "must not hold a card number");
        assert!(named, "{field}, {text}: {}", answer.text);
        assert!(!answer.text.contains("1111"), "{}", answer.text);
    };
    for text in SPELLINGS {
        let mut body = shop.binding_body("cust-1");
        body["customer"]["name"] = json!(text);
        let answer = shop.merchant.post("/v1/bindings", &body).await;
        refused(answer, "customer.name", text);
        let mut body = shop.payment_body(&format!("bnd_{ULID}"), 10_000);
        body["metadata"] = json!({"note": text});
        let answer = shop.merchant.post("/v1/payments", &body).await;
        refused(answer, "metadata.note", text);
    }
    let mut body = shop.binding_body("cust-1");
    body["customer"]["idCard"] = json!("4111111111111111");
    let answer = shop.merchant.post("/v1/bindings", &body).await;
    refused(answer, "customer.idCard", "idCard");
    let otp = format!("/v1/payments/pay_{ULID}/otp");
    let answer = shop
        .merchant
        .post(&otp, &json!({"otp": "4111111111111111"}))
        .await;
    refused(answer, "otp", "otp");

    // What is no card: too short for its range, outside every network's range, or a telephone number.
    let mut body = shop.binding_body("cust-1");
    body["customer"]["address"] = json!("Order 7992739871300002, call 6281234567890");
    shop.merchant.post("/v1/bindings", &body).await.expect(201);
}

#[tokio::test]
async fn identifiers_that_look_like_cards_are_refused_where_the_deployment_says_so() {
    const CARD: &str = "4111-1111-1111-1111";
    let strict = |on: bool| {
        Shop::open_with(move |options| {
            let set = ("RefuseCardsInIdentifiers".to_owned(), on.to_string());
            options.parameters.extend([set]);
        })
    };
    let requests = async |shop: &Shop| {
        let post = async |key: &str, path: &str, body: Value| {
            shop.merchant.post_with(key, path, &body).await
        };
        let mut of_customer = shop.binding_body(CARD);
        of_customer["relink"] = json!(true);
        let mut invoice = shop.payment_body(&format!("bnd_{ULID}"), 10_000);
        invoice["invoiceNumber"] = json!(CARD);
        let otp = format!("/v1/payments/pay_{ULID}/otp");
        let mut subscription = shop.subscription_body(CARD, &format!("bnd_{ULID}"));
        subscription["invoicePrefix"] = json!(CARD);
        let gone = format!("/v1/bindings/bnd_{ULID}");
        [
            (
                "customer.id",
                post(&fresh("id"), "/v1/bindings", of_customer).await,
            ),
            (
                "invoiceNumber",
                post(&fresh("id"), "/v1/payments", invoice).await,
            ),
            (
                "customerId",
                post(&fresh("id"), "/v1/subscriptions", subscription).await,
            ),
            (
                "Idempotency-Key",
                post(CARD, &otp, json!({"otp": "111000"})).await,
            ),
            (
                "Idempotency-Key",
                shop.merchant.delete_with(CARD, &gone).await,
            ),
        ]
    };
    let shop = strict(true).await;
    for (field, answer) in requests(&shop).await {
        answer.expect_problem(400, "invalid_request");
        assert!(answer.fields().contains(&field), "{field}: {}", answer.text);
        assert!(!answer.text.contains("1111"), "{}", answer.text);
    }
    let listed = [
        (format!("/v1/customers/{CARD}/bindings"), "customerId"),
        (format!("/v1/customers/{CARD}/cards"), "customerId"),
        (
            format!("/v1/payments?invoiceNumber={CARD}"),
            "invoiceNumber",
        ),
        (format!("/v1/payments?customerId={CARD}"), "customerId"),
        (format!("/v1/subscriptions?customerId={CARD}"), "customerId"),
    ];
    for (path, field) in &listed {
        let answer = shop.merchant.get(path).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), [*field], "{path}: {}", answer.text);
    }
    let own = shop.app_of(CARD).get("/v1/payments").await;
    own.expect_problem(403, "forbidden");
    assert_eq!(shop.doku.called("card_tokens").await, 0);
    let shop = strict(false).await;
    for (path, _) in &listed {
        shop.merchant.get(path).await.expect(200);
    }
    for (field, answer) in requests(&shop).await {
        assert_ne!(answer.status, 400, "{field}: {}", answer.text);
    }
}
