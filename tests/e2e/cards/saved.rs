//! Cards that customers save on DOKU's page, to pay with again.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::{Payment, Shop, Untouched, fresh};

/// A customer pays and saves the card; gives the card's token.
async fn save_card(shop: &Shop, customer: &str, card: &str) -> String {
    let mut body = shop.card_body(customer, AMOUNT);
    body["method"]["saveCard"] = json!(true);
    let payment = shop.open_page(&body).await;
    assert_eq!(payment.body["method"]["saveCard"], true);
    let how = json!({"card": card, "save": true});
    assert_eq!(shop.holder_does(&payment, how).await, "approved");
    shop.wait_until_paid(&payment.id).await;
    let token = shop.doku.card_charge(&payment).await["tokenId"].clone();
    token.as_str().unwrap().to_owned()
}

/// A page for a saved card.
fn body_with(shop: &Shop, customer: &str, token: &str) -> Value {
    let mut body = shop.card_body(customer, AMOUNT);
    body["method"]["cardTokenId"] = json!(token);
    body
}

fn path_of(customer: &str, token: &str) -> String {
    format!("/v1/customers/{customer}/cards/{token}")
}

async fn paid_with(shop: &Shop, customer: &str, token: &str) -> Payment {
    let payment = shop.open_page(&body_with(shop, customer, token)).await;
    assert_eq!(payment.body["method"]["savedCard"], true);
    assert_eq!(shop.holder_does(&payment, json!({})).await, "approved");
    let paid = shop.wait_until_paid(&payment.id).await;
    assert_eq!(paid["method"]["card"]["masked"], "411111******1111");
    let charge = shop.doku.card_charge(&payment).await;
    assert_eq!(charge["tokenId"], token);
    payment
}

#[tokio::test]
async fn a_card_is_saved_listed_paid_with_and_deleted_by_either_of_dokus_calls() {
    for deletion in ["v2", "credit-card"] {
        let shop = Shop::open_with(|options| {
            let choice = ("CardTokenDeletion".to_owned(), deletion.to_owned());
            options.parameters.extend([choice]);
        })
        .await;
        assert_eq!(shop.cards_of("cust-1").await, [] as [Value; 0]);
        let token = save_card(&shop, "cust-1", "approve").await;
        let other = save_card(&shop, "cust-1", "mastercard").await;
        let listed = shop.cards_of("cust-1").await;
        assert_eq!(
            listed[0],
            json!({
                "tokenId": token, "masked": "411111******1111", "brand": "VISA",
                "issuer": "BANK EXAMPLE", "cardholderName": "SITI AMINAH", "expiry": "1230",
                "country": "ID",
            })
        );
        assert_eq!(listed[1]["tokenId"], other);
        assert_eq!(listed.len(), 2);
        let app = shop
            .app_of("cust-1")
            .get("/v1/customers/cust-1/cards")
            .await;
        assert_eq!(
            app.expect(200).body,
            json!({"items": listed, "nextCursor": null})
        );
        assert_eq!(shop.cards_of("cust-2").await, [] as [Value; 0]);

        paid_with(&shop, "cust-1", &token).await;

        let path = path_of("cust-1", &token);
        let answer = shop.merchant.delete_with("delete", &path).await;
        assert_eq!(
            answer.expect(200).body,
            json!({"tokenId": token, "customerId": "cust-1", "status": "deleted"})
        );
        let again = shop.merchant.delete_with("delete", &path).await;
        assert!(again.expect(200).is_replayed());
        let rows = shop.doku.rows("cardTokens", "tokenId", &json!(token)).await;
        assert_eq!(rows[0]["status"], "INACTIVE", "{deletion}");
        assert_eq!(shop.doku.called("card_token_deletion").await, 1);
        let left = shop.cards_of("cust-1").await;
        assert_eq!(left, [listed[1].clone()], "{deletion}");

        // What is gone can neither be deleted again nor paid with.
        let gone = shop.merchant.delete_with(&fresh("key"), &path).await;
        gone.expect_problem(404, "card_not_found");
        let pages = shop.doku.called("payment_page").await;
        let body = body_with(&shop, "cust-1", &token);
        let refused = shop.merchant.post("/v1/payments", &body).await;
        refused.expect_problem(404, "card_not_found");
        assert_eq!(shop.doku.called("payment_page").await, pages);
        shop.doku.saw_no_violation().await;
    }
}

#[tokio::test]
async fn a_customers_app_deletes_its_own_cards() {
    let shop = Shop::open().await;
    let token = save_card(&shop, "cust-1", "approve").await;
    let app = shop.app_of("cust-1");
    let path = path_of("cust-1", &token);
    app.delete_with("own", &path).await.expect(200);
    assert_eq!(shop.cards_of("cust-1").await, [] as [Value; 0]);
}

#[tokio::test]
async fn somebody_elses_cards_look_like_none() {
    let shop = Shop::open().await;
    let token = save_card(&shop, "cust-1", "approve").await;
    let own = save_card(&shop, "cust-2", "approve").await;
    let untouched = Untouched::so_far(&shop).await;
    let stranger = shop.app_of("cust-2");
    let list = stranger.get("/v1/customers/cust-1/cards").await;
    list.expect_problem(404, "card_not_found");
    let path = path_of("cust-1", &token);
    let delete = stranger.delete_with(&fresh("key"), &path).await;
    delete.expect_problem(404, "card_not_found");
    untouched.still(&shop, "somebody else's cards").await;

    // A token under another customer's name is none of that customer's.
    let calls = shop.doku.called("card_token_deletion").await;
    let table = shop.table().await;
    for caller in [&stranger, &shop.merchant] {
        let path = path_of("cust-2", &token);
        let delete = caller.delete_with(&fresh("key"), &path).await;
        delete.expect_problem(404, "card_not_found");
    }
    assert_eq!(shop.doku.called("card_token_deletion").await, calls);
    assert_eq!(shop.table().await, table);
    assert_eq!(shop.cards_of("cust-1").await.len(), 1);
    assert_eq!(shop.cards_of("cust-2").await[0]["tokenId"], own);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn nobody_pays_with_another_customers_card() {
    let shop = Shop::open_for_top_ups().await;
    let token = save_card(&shop, "cust-1", "approve").await;
    save_card(&shop, "cust-2", "mastercard").await;
    shop.doku.falls_silent().await;
    let pages = shop.doku.called("payment_page").await;
    let table = shop.table().await;
    let body = body_with(&shop, "cust-2", &token);
    for caller in [&shop.merchant, &shop.app_of("cust-2")] {
        let refused = caller.post("/v1/payments", &body).await;
        refused.expect_problem(404, "card_not_found");
    }
    let nobodys = body_with(&shop, "cust-1", "NoSuchToken0000000000000000000001");
    let refused = shop.merchant.post("/v1/payments", &nobodys).await;
    refused.expect_problem(404, "card_not_found");
    // Not even the stranger's app in the owner's name.
    let owners = body_with(&shop, "cust-1", &token);
    let refused = shop.app_of("cust-2").post("/v1/payments", &owners).await;
    refused.expect_problem(403, "forbidden");
    assert_eq!(shop.doku.called("payment_page").await, pages);
    assert_eq!(shop.table().await, table);
    shop.doku.saw_no_violation().await;
    // The refusals did not use the owner's own request up.
    paid_with(&shop, "cust-1", &token).await;
}

#[tokio::test]
async fn a_request_with_a_saved_card_is_repeated_without_asking_for_the_card_again() {
    let shop = Shop::open().await;
    let token = save_card(&shop, "cust-1", "approve").await;
    let body = body_with(&shop, "cust-1", &token);
    let first = shop
        .merchant
        .post_with("again", "/v1/payments", &body)
        .await;
    first.expect(201);
    let path = path_of("cust-1", &token);
    shop.merchant.delete_with("gone", &path).await.expect(200);
    shop.doku.forget_calls().await;
    let again = shop
        .merchant
        .post_with("again", "/v1/payments", &body)
        .await;
    assert!(again.expect(201).is_replayed());
    assert_eq!(again.text, first.text);
    assert_eq!(shop.doku.call_count().await, 0);
}

#[tokio::test]
async fn a_deletion_that_doku_does_not_do_is_no_deletion() {
    for deletion in ["v2", "credit-card"] {
        let shop = Shop::open_with(|options| {
            let choice = ("CardTokenDeletion".to_owned(), deletion.to_owned());
            options.parameters.extend([choice]);
        })
        .await;
        let token = save_card(&shop, "cust-1", "approve").await;
        shop.doku.goes_wrong("card_token_deletion", "decline").await;
        let path = path_of("cust-1", &token);
        let refused = shop.merchant.delete_with("delete", &path).await;
        refused.expect_problem(409, "illegal_transition");
        assert_eq!(shop.cards_of("cust-1").await.len(), 1);
        // The same request works once DOKU does it, when the first one can no longer be running.
        shop.doku.time_passes(Duration::from_secs(30)).await;
        let deleted = shop.merchant.delete_with("delete", &path).await;
        assert_eq!(deleted.expect(200).body["status"], "deleted");
        assert_eq!(shop.cards_of("cust-1").await, [] as [Value; 0]);
    }
}

#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_found_done() {
    let shop = Shop::open_impatient().await;
    for kind in [
        "accept_then_hang",
        "accept_then_reset",
        "accept_then_bad_gateway",
        "no_signature",
        "wrong_signature",
    ] {
        let token = save_card(&shop, "cust-1", "approve").await;
        shop.doku.goes_wrong("card_token_deletion", kind).await;
        let path = path_of("cust-1", &token);
        let deleted = shop.merchant.delete_with(&fresh("key"), &path).await;
        assert_eq!(deleted.expect(200).body["status"], "deleted", "{kind}");
        assert_eq!(shop.cards_of("cust-1").await, [] as [Value; 0], "{kind}");
    }
}

#[tokio::test]
async fn a_list_that_doku_did_not_sign_is_not_believed() {
    let shop = Shop::open().await;
    save_card(&shop, "cust-1", "approve").await;
    for kind in ["no_signature", "wrong_signature", "garbage", "bad_gateway"] {
        shop.doku.goes_wrong("card_tokens", kind).await;
        let path = "/v1/customers/cust-1/cards";
        let answer = shop.merchant.send(Method::GET, path, None, None).await;
        answer.expect_problem(502, "gateway_unreachable");
    }
    assert_eq!(shop.cards_of("cust-1").await.len(), 1);
}
