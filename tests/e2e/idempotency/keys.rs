//! The key itself: a doubled header, and quotation marks around it.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Shop, Untouched, fresh, idr};

/// A refund under that header, sent as often as the values say.
async fn refund_under(shop: &Shop, payment: &str, keys: &[&str]) -> Answer {
    let url = format!("{}/v1/payments/{payment}/refunds", shop.merchant.base_url);
    let mut request = shop
        .http
        .request(Method::POST, url)
        .bearer_auth(&shop.merchant.token)
        .header("content-type", "application/json")
        .body(json!({"amount": idr(2_000)}).to_string());
    for key in keys {
        request = request.header("Idempotency-Key", *key);
    }
    Answer::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_doubled_key_is_refused_before_anything_is_done() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    let untouched = Untouched::so_far(&shop).await;
    for keys in [
        &["K", "K"][..],
        &["K,K"],
        &["K, K"],
        &["\"K\"", "\"K\""],
        &["\"K,K\""],
        &["\"\""],
        &["\"K"],
    ] {
        let answer = refund_under(&shop, &payment, keys).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), ["Idempotency-Key"], "{keys:?}");
    }
    untouched.still(&shop, "no key could be used").await;
    refund_under(&shop, &payment, &["K"]).await.expect(201);
    assert_eq!(shop.read(&payment).await["refundedAmount"], idr(2_000));
    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["refunds"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_key_in_quotation_marks_is_the_bare_key() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    for (first, again) in [
        ("K1", "\"K1\""),
        ("\"K2\"", "K2"),
        (r#"a"b\c"#, r#""a\"b\\c""#),
    ] {
        let first = refund_under(&shop, &payment, &[first]).await;
        let again = refund_under(&shop, &payment, &[again]).await;
        assert!(again.expect(201).is_replayed());
        assert_eq!(first.expect(201).text, again.text);
    }
    assert_eq!(shop.doku.calls("refund").await.len(), 3);
    assert_eq!(shop.read(&payment).await["refundedAmount"], idr(6_000));
}

#[tokio::test]
async fn a_content_type_that_came_twice_is_refused_for_that() {
    let shop = Shop::open().await;
    let url = format!("{}/v1/payments", shop.merchant.base_url);
    let request = shop
        .http
        .post(url)
        .bearer_auth(&shop.merchant.token)
        .header("Idempotency-Key", fresh("key"))
        .header("content-type", "application/json")
        .header("content-type", "application/json")
        .body("{}");
    let answer = Answer::read(request.send().await.unwrap()).await;
    answer.expect_problem(400, "invalid_request");
    let error = &answer.body["errors"][0];
    assert_eq!(error["field"], "Content-Type", "{}", answer.text);
    assert_eq!(error["rule"], "must come once and hold no comma");
}
