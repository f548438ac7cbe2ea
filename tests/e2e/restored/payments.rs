//! Payments that the table has forgotten.

use serde_json::{Value, json};

use crate::support::{A_MINUTE, Answer, Doomed, Shop, count, fresh, idr};

const AMOUNT: u64 = 10_000;
const PAYMENTS: &str = "/v1/payments";

/// Insists that an answer shows a payment that was found at DOKU, and that its timeline says so.
async fn is_adopted(shop: &Shop, answer: &Answer) {
    let payment = &answer.expect(201).body;
    assert_eq!(payment["status"], "paid", "{payment}");
    assert_eq!(payment["adopted"], true, "{payment}");
    assert_eq!(payment["flags"], json!([]));
    let id = answer.word("paymentId");
    assert_eq!(count(shop, &id, "payment.adopted").await, 1);
    assert_eq!(count(shop, &id, "payment.paid").await, 1);
    let read = shop.read(&id).await;
    assert_eq!(read["adopted"], true);
}

/// Insists that an answer shows a payment of which DOKU has something else: open, flagged, never paid.
async fn is_contradicted(shop: &Shop, answer: &Answer) {
    let payment = &answer.expect(202).body;
    assert_eq!(payment["status"], "unknown", "{payment}");
    assert_eq!(payment["flags"], json!(["amount_mismatch"]));
    assert_eq!(payment.get("adopted"), None);
    let id = answer.word("paymentId");
    assert_eq!(count(shop, &id, "payment.amount_mismatch").await, 1);
    for _ in 0..8 {
        shop.doku.time_passes(20 * A_MINUTE).await;
        shop.tick().await;
    }
    let after = shop.read(&id).await;
    assert_eq!(after["status"], "unknown", "{after}");
}

#[tokio::test]
async fn a_direct_debit_that_was_paid_is_paid() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, AMOUNT);
    let key = fresh("pay");
    let backup = shop.backs_up().await;
    let first = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    let id = first.expect(201).word("paymentId");
    shop.confirm(&id).await;
    shop.wait_until_paid(&id).await;
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let again = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    is_adopted(&shop, &again).await;
    assert_ne!(again.word("paymentId"), id);
    shop.doku.charged_once(&again.body).await;
    let replayed = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    assert_eq!(replayed.text, again.text);
}

#[tokio::test]
async fn a_direct_debit_that_waits_for_its_otp_goes_on() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, AMOUNT);
    let key = fresh("pay");
    let backup = shop.backs_up().await;
    shop.merchant
        .post_with(&key, PAYMENTS, &body)
        .await
        .expect(201);
    shop.is_restored(&backup).await;

    let again = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    assert_eq!(again.expect(201).body["status"], "otp_required");
    let id = again.word("paymentId");
    shop.confirm(&id).await;
    let paid = shop.wait_until_paid(&id).await;
    shop.doku.charged_once(&paid).await;
}

#[tokio::test]
async fn a_direct_debit_of_another_amount_is_not_taken_for_it() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let mut body = shop.payment_body(&binding, AMOUNT);
    let key = fresh("pay");
    let backup = shop.backs_up().await;
    let first = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    let id = first.expect(201).word("paymentId");
    shop.confirm(&id).await;
    shop.wait_until_paid(&id).await;
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    body["amount"] = idr(AMOUNT + 1_000);
    let other = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    is_contradicted(&shop, &other).await;
    let reference = &other.body["gateway"]["partnerReferenceNo"];
    let charges = shop.doku.rows("charges", "partnerReferenceNo", reference);
    assert_eq!(charges.await.len(), 1);
}

#[tokio::test]
async fn a_decline_is_an_answer() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    shop.doku.refuses("payment", "4035414").await;
    let body = shop.payment_body(&binding, AMOUNT);
    let answer = shop.merchant.post(PAYMENTS, &body).await;
    assert_eq!(answer.expect(201).body["status"], "failed");
    assert_eq!(answer.body["failure"]["code"], "insufficient_funds");
    assert_eq!(shop.doku.called("status").await, 0);
}

#[tokio::test]
async fn a_card_page_that_was_paid_is_paid() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let key = fresh("page");
    let backup = shop.backs_up().await;
    let first = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    let order = json!({"card": "approve", "invoiceNumber": body["invoiceNumber"]});
    first.expect(201);
    shop.doku.order("cards/pay", order).await;
    shop.wait_until_paid(&first.word("paymentId")).await;
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let again = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    is_adopted(&shop, &again).await;
    assert_eq!(
        again.body["gateway"]["requestId"],
        first.body["gateway"]["requestId"]
    );
    let invoice = &body["invoiceNumber"];
    let pages = shop.doku.rows("cardPages", "invoiceNumber", invoice).await;
    assert_eq!(pages.len(), 1, "{pages:?}");
    let charges = shop
        .doku
        .rows("cardCharges", "invoiceNumber", invoice)
        .await;
    assert_eq!(charges.len(), 1, "{charges:?}");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_card_page_that_is_open_gets_no_second_one() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let key = fresh("page");
    let backup = shop.backs_up().await;
    shop.merchant
        .post_with(&key, PAYMENTS, &body)
        .await
        .expect(201);
    shop.is_restored(&backup).await;

    let again = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    assert_eq!(again.expect(201).body["status"], "pending");
    assert_eq!(again.body["adopted"], true);
    let order = json!({"card": "approve", "invoiceNumber": body["invoiceNumber"]});
    shop.doku.order("cards/pay", order).await;
    shop.wait_until_paid(&again.word("paymentId")).await;
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_card_page_that_is_asked_for_again_after_a_kill_is_the_same_request() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let doomed = Doomed {
        shop: &shop,
        function: "pay",
        path: PAYMENTS.to_owned(),
        body: body.clone(),
        key: "page-key",
    };
    let backup = shop.backs_up().await;
    doomed.send().await.expect(201);
    shop.is_restored(&backup).await;
    shop.doku
        .goes_wrong("order_status", "accept_then_hang")
        .await;
    doomed.dies_during("order_status").await;

    let again = doomed.is_repeated().await;
    again.expect(201);
    let order = json!({"card": "approve", "invoiceNumber": body["invoiceNumber"]});
    shop.doku.order("cards/pay", order).await;
    shop.wait_until_paid(&again.word("paymentId")).await;
    let invoice = &body["invoiceNumber"];
    let pages = shop.doku.rows("cardPages", "invoiceNumber", invoice).await;
    assert_eq!(pages.len(), 1, "{pages:?}");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_card_page_of_another_amount_is_not_taken_for_it() {
    let shop = Shop::open().await;
    let mut body = shop.card_body_of("SALE", AMOUNT);
    let key = fresh("page");
    let backup = shop.backs_up().await;
    let first = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    first.expect(201);
    let order = json!({"card": "approve", "invoiceNumber": body["invoiceNumber"]});
    shop.doku.order("cards/pay", order).await;
    shop.wait_until_paid(&first.word("paymentId")).await;
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    body["amount"] = idr(AMOUNT + 1_000);
    let other = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    is_contradicted(&shop, &other).await;
    assert_eq!(shop.doku.called("payment_page").await, 1);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_card_page_is_not_sent_while_doku_cannot_be_asked() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let key = fresh("page");
    shop.doku.goes_wrong("order_status", "bad_gateway").await;
    let refused = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    assert!(refused.status >= 500, "{}", refused.text);
    assert_eq!(shop.doku.called("payment_page").await, 0);
    let again = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    assert_eq!(again.expect(201).body["status"], "redirect_required");
}

#[tokio::test]
async fn what_could_not_be_asked_about_again_is_asked_about_before_it_ends() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let key = fresh("page");
    let backup = shop.backs_up().await;
    let first = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    first.expect(201);
    let order = json!({"card": "approve", "invoiceNumber": body["invoiceNumber"]});
    shop.doku.order("cards/pay", order).await;
    shop.wait_until_paid(&first.word("paymentId")).await;
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;
    shop.doku.goes_wrong("order_status", "bad_gateway").await;
    let refused = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    assert!(refused.status >= 500, "{}", refused.text);
    shop.doku.recovers().await;

    // The merchant does not repeat it.
    for _ in 0..26 {
        shop.doku.time_passes(60 * A_MINUTE).await;
        shop.tick().await;
    }
    let path = format!(
        "{PAYMENTS}?invoiceNumber={}",
        body["invoiceNumber"].as_str().unwrap()
    );
    let found = shop.merchant.get(&path).await;
    let payment = &found.expect(200).body["items"][0];
    assert_eq!(payment["status"], "paid", "{payment}");
    assert_eq!(payment["adopted"], true, "{payment}");
}

#[tokio::test]
async fn a_table_restored_to_between_claim_and_answer_asks() {
    let shop = Shop::open_impatient().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, AMOUNT);
    let key = fresh("pay");
    shop.doku.goes_wrong("payment", "accept_then_reset").await;
    let lost = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    let id = lost.expect(202).word("paymentId");
    let backup = shop.backs_up().await;
    shop.doku.time_passes(A_MINUTE).await;
    let found = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    assert_eq!(found.expect(201).body["status"], "otp_required");
    shop.confirm(&id).await;
    shop.wait_until_paid(&id).await;
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let again = shop.merchant.post_with(&key, PAYMENTS, &body).await;
    let payment: &Value = &again.expect(201).body;
    assert_eq!(payment["status"], "paid");
    shop.doku.charged_once(payment).await;
}
