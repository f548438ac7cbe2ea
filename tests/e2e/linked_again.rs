//! Phone numbers as Indonesians write them, and accounts that are linked already.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, Relay, Shop, fresh};

const OVO: &str = "EMONEY_OVO_SNAP";
const HOUR: Duration = Duration::from_hours(1);

/// Asks to link an account of that number.
async fn link(shop: &Shop, customer: &str, phone: &str, more: &[(&str, Value)]) -> Answer {
    let mut body = shop.binding_body(customer);
    body["customer"]["phone"] = json!(phone);
    for (member, value) in more {
        body[*member] = value.clone();
    }
    shop.merchant.post("/v1/bindings", &body).await
}

#[tokio::test]
async fn every_usual_spelling_of_a_number_is_the_same_number() {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(|options| {
        options.parameters.insert("DokuBaseUrl".to_owned(), url);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    let spellings = [
        "6281234567890",
        "+6281234567890",
        "081234567890",
        "0812-3456-7890",
        "+62 812 3456 7890",
        "(0812) 3456.7890",
        "+62 (0)812-3456-7890",
    ];
    for phone in spellings {
        let answer = link(&shop, &fresh("cust"), phone, &[]).await;
        assert_eq!(answer.expect(201).body["phone"], "6281******890", "{phone}");
    }
    for heard in relay.heard("/direct-debit/core/v1/registration-account-binding") {
        let heard: Value = serde_json::from_str(&heard).unwrap();
        assert_eq!(heard["phoneNo"], "6281234567890");
    }
    for phone in ["81234567890", "+6591234567", "0812345", "0812345678901234"] {
        let refused = link(&shop, &fresh("cust"), phone, &[]).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), ["customer.phone"], "{phone}");
    }
}

#[tokio::test]
async fn an_account_that_is_linked_already_is_given_back() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let calls = shop.doku.call_count().await;
    let table = shop.table().await.len();
    let key = fresh("again");
    let mut body = shop.binding_body("cust-1");
    body["customer"]["phone"] = json!("0812 3456 7890");
    let again = shop.merchant.post_with(&key, "/v1/bindings", &body).await;
    assert_eq!(again.expect(201).word("bindingId"), binding);
    assert_eq!(again.body["status"], "active");
    let repeat = shop.merchant.post_with(&key, "/v1/bindings", &body).await;
    assert!(repeat.expect(201).is_replayed());
    assert_eq!(repeat.text, again.text);
    let app = shop.app_of("cust-1").post("/v1/bindings", &body).await;
    assert_eq!(app.expect(201).word("bindingId"), binding);
    assert_eq!(shop.doku.call_count().await, calls, "DOKU was not asked");
    assert_eq!(shop.table().await.len(), table + 2, "two keys, and no more");
    let stored = json!(shop.table().await).to_string();
    assert!(
        !stored.contains("81234567890"),
        "the number is in the table"
    );

    let wallet = [("channel", json!(OVO))];
    let relink = [("relink", json!(true))];
    let others = [
        ("another customer", "cust-2", "6281234567890", &[][..]),
        ("another number", "cust-1", "6281234567891", &[]),
        ("another channel", "cust-1", "6281234567890", &wallet),
        ("asked for", "cust-1", "6281234567890", &relink),
    ];
    for (why, customer, phone, more) in others {
        let new = link(&shop, customer, phone, more).await;
        assert_ne!(new.expect(201).word("bindingId"), binding, "{why}");
    }
    let odd = link(
        &shop,
        "cust-1",
        "6281234567890",
        &[("relink", json!("yes"))],
    )
    .await;
    odd.expect_problem(400, "invalid_request");
    shop.paid(&binding, 10_000).await;
}

#[tokio::test]
async fn only_what_doku_confirmed_within_a_day_is_given_back() {
    let shop = Shop::open().await;
    let phone = "6281234567890";
    let first = shop.link_account("cust-1").await;
    // A charge confirms it once more.
    shop.doku.time_passes(23 * HOUR).await;
    shop.paid(&first, 10_000).await;
    shop.doku.time_passes(23 * HOUR).await;
    let known = link(&shop, "cust-1", phone, &[]).await;
    assert_eq!(known.expect(201).word("bindingId"), first);
    shop.doku.time_passes(2 * HOUR).await;
    let new = link(&shop, "cust-1", phone, &[]).await;
    assert_ne!(new.expect(201).word("bindingId"), first);
    // One that the customer has not agreed to yet is none.
    let third = link(&shop, "cust-1", phone, &[]).await;
    assert_ne!(third.expect(201).word("bindingId"), new.word("bindingId"));

    let path = format!("/v1/bindings/{first}");
    let gone = shop.merchant.delete_with("unlink", &path).await;
    assert_eq!(gone.expect(200).body["status"], "unbound");
    let after = link(&shop, "cust-1", phone, &[]).await;
    assert_ne!(after.expect(201).word("bindingId"), first);
}

/// The customer unlinks the account in the wallet's app, and DOKU sends no notification of it.
#[tokio::test]
async fn an_account_that_doku_has_given_up_is_linked_anew() {
    let shop = Shop::open().await;
    let phone = "6281234567890";
    let wallet = [("channel", json!(OVO))];
    let linking = link(&shop, "cust-1", phone, &wallet).await;
    shop.agree(&linking.expect(201).body).await.expect(302);
    let binding = linking.word("bindingId");
    let url = linking.body["nextAction"]["url"].as_str().unwrap();
    let code = url.rsplit('/').next().unwrap();
    shop.doku
        .order(&format!("bindings/{code}/end"), json!({}))
        .await;
    let body = shop.payment_body(&binding, 10_000);
    let lost = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(lost.expect(201).body["failure"]["code"], "binding_lost");
    let new = link(&shop, "cust-1", phone, &wallet).await;
    assert_ne!(new.expect(201).word("bindingId"), binding);
}

/// DOKU sold a token a moment ago, and says of the account itself that it cannot be charged.
#[tokio::test]
async fn an_account_that_doku_calls_unavailable_is_linked_anew() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    shop.doku.refuses("payment", "4045411").await;
    let body = shop.payment_body(&binding, 10_000);
    let refused = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(
        refused.expect(201).body["failure"]["code"],
        "account_unavailable"
    );
    let new = link(&shop, "cust-1", "6281234567890", &[]).await;
    assert_ne!(new.expect(201).word("bindingId"), binding);
}
