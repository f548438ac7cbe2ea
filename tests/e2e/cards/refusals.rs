//! Steps that are impossible: refused with their reason, written nowhere, and not told to DOKU.

use serde_json::{Value, json};

use super::{A_WEEK, AMOUNT};
use crate::support::{Answer, Payment, Shop, Untouched, idr};

/// Insists on a refusal of this step, for this reason.
#[track_caller]
fn expect_illegal(answer: &Answer, reason: &str) {
    answer.expect_problem(409, "illegal_transition");
    let detail = answer.word("detail");
    assert!(detail.contains(reason), "{reason}: {detail}");
    assert_eq!(answer.body["outcome"], "none", "{}", answer.text);
}

#[tokio::test]
async fn what_cannot_be_captured_is_refused_with_its_reason() {
    let shop = Shop::open().await;
    let open = shop
        .open_page(&shop.card_body_of("AUTHORIZE", AMOUNT))
        .await;
    let held = shop.authorised(AMOUNT).await;
    let sale = shop.card_paid(AMOUNT).await;
    let taken = shop.captured(AMOUNT, 60_000).await;
    let partly = shop.captured(AMOUNT, 60_000).await;
    shop.refund(&partly.id, 10_000).await.expect(201);
    let untouched = Untouched::so_far(&shop).await;
    let table: [(&str, &Payment, Option<u64>, &str); 7] = [
        ("nothing held yet", &open, None, "Only an authorised"),
        ("a rupiah too much", &held, Some(AMOUNT + 1), "more than"),
        ("far too much", &held, Some(999_999_999_999), "more than"),
        ("a sale", &sale, None, "not merely authorised"),
        ("captured", &taken, None, "captured already"),
        ("the rest", &taken, Some(30_000), "captured already"),
        ("given back", &partly, Some(10_000), "captured already"),
    ];
    for (why, payment, rupiah, reason) in table {
        println!("{why}");
        expect_illegal(&shop.capture(&payment.id, rupiah).await, reason);
    }
    untouched.still(&shop, "captures that are impossible").await;
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn after_seven_days_nothing_is_captured() {
    let shop = Shop::open().await;
    let held = shop.authorised(AMOUNT).await;
    shop.doku.time_passes(A_WEEK).await;
    let untouched = Untouched::so_far(&shop).await;
    // Whether or not anybody has looked after it since.
    expect_illegal(&shop.capture(&held.id, None).await, "lapsed");
    untouched.still(&shop, "a capture that is too late").await;
    shop.tick().await;
    let untouched = Untouched::so_far(&shop).await;
    expect_illegal(&shop.capture(&held.id, None).await, "lapsed");
    untouched.still(&shop, "a capture that is too late").await;
    assert_eq!(shop.doku.called("capture").await, 0);
}

#[tokio::test]
async fn an_account_has_nothing_to_capture() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let waiting = shop.pay(&binding, AMOUNT).await.id;
    let paid = shop.paid(&binding, AMOUNT).await;
    let untouched = Untouched::so_far(&shop).await;
    for payment in [waiting, paid] {
        let refused = shop.capture(&payment, Some(1_000)).await;
        refused.expect_problem(400, "operation_not_supported");
    }
    untouched.still(&shop, "captures of an account").await;
}

#[tokio::test]
async fn a_card_takes_no_otp() {
    let shop = Shop::open().await;
    let open = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    let untouched = Untouched::so_far(&shop).await;
    let refused = shop.give_otp(&open.id, "829374").await;
    assert!([400, 409].contains(&refused.status), "{}", refused.text);
    untouched.still(&shop, "an OTP for a card").await;
}

#[tokio::test]
async fn what_was_not_taken_is_not_given_back() {
    let shop = Shop::open().await;
    let open = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    let held = shop.authorised(AMOUNT).await;
    let taken = shop.captured(AMOUNT, 60_000).await;
    let untouched = Untouched::so_far(&shop).await;
    for rupiah in [1, AMOUNT] {
        expect_illegal(&shop.refund(&open.id, rupiah).await, "paid");
        expect_illegal(&shop.refund(&held.id, rupiah).await, "paid");
    }
    // What was held counts for nothing once less was captured.
    for rupiah in [60_001, AMOUNT] {
        let refused = shop.refund(&taken.id, rupiah).await;
        expect_illegal(&refused, "left to refund");
    }
    untouched.still(&shop, "refunds that are impossible").await;

    shop.refund(&taken.id, 50_000).await.expect(201);
    let untouched = Untouched::so_far(&shop).await;
    let refused = shop.refund(&taken.id, 10_001).await;
    expect_illegal(&refused, "left to refund");
    untouched.still(&shop, "refunds that are impossible").await;
    let payment = shop.read(&taken.id).await;
    assert_eq!(payment["refundableAmount"], idr(10_000));
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_customers_app_neither_captures_nor_refunds() {
    const EVERYTHING: &str = "bindings:write bindings:read payments:write payments:read \
         captures:write refunds:write";
    let shop = Shop::open().await;
    let held = shop.authorised(AMOUNT).await;
    let paid = shop.card_paid(AMOUNT).await;
    let untouched = Untouched::so_far(&shop).await;
    for customer in ["cust-1", "cust-2"] {
        let app = shop.caller("app", Some(customer), EVERYTHING);
        let path = format!("/v1/payments/{}/capture", held.id);
        let refused = app.post(&path, &json!({})).await;
        refused.expect_problem(403, "merchant_only");
        let path = format!("/v1/payments/{}/refunds", paid.id);
        let refused = app.post(&path, &json!({})).await;
        refused.expect_problem(403, "merchant_only");
    }
    let without = "payments:write payments:read refunds:write";
    let caller = shop.caller("m", None, without);
    let path = format!("/v1/payments/{}/capture", held.id);
    let refused = caller.post(&path, &json!({})).await;
    refused.expect_problem(403, "missing_scope");
    untouched.still(&shop, "captures by customers").await;
}

#[tokio::test]
async fn a_customers_app_pays_by_card_for_itself_only() {
    let shop = Shop::open_for_top_ups().await;
    let own = shop.app_of("cust-1");
    let body = shop.card_body_of("SALE", AMOUNT);
    let payment = own.post("/v1/payments", &body).await;
    assert_eq!(payment.expect(201).body["customerId"], "cust-1");
    let path = format!("/v1/payments/{}", payment.word("paymentId"));
    own.get(&path).await.expect(200);
    let untouched = Untouched::so_far(&shop).await;
    let stranger = shop.app_of("cust-2");
    let unseen = stranger.get(&path).await;
    unseen.expect_problem(404, "payment_not_found");
    let body = shop.card_body_of("SALE", AMOUNT);
    let refused = stranger.post("/v1/payments", &body).await;
    refused.expect_problem(403, "forbidden");
    untouched.still(&shop, "a card payment for another").await;
}

#[tokio::test]
async fn a_customers_app_does_not_decide_what_is_the_merchants_to_decide() {
    let shop = Shop::open_for_top_ups().await;
    let app = shop.app_of("cust-1");
    let untouched = Untouched::so_far(&shop).await;
    for method in [
        json!({"paymentType": "MOTO"}),
        json!({"paymentType": "RECURRING"}),
        json!({"page": {"promos": [{"bin": "411111", "discount": "5000.00"}]}}),
        json!({"page": {"allowBins": ["411111"]}}),
        json!({
            "paymentType": "INSTALLMENT", "acquirer": "BANK_CIMB", "tenor": 6,
            "page": {"allowTenors": [3, 6]},
        }),
        json!({"page": {"notificationUrl": "https://hooks.example/v1/doku/notifications"}}),
        json!({"page": {"descriptor": "KEDAI KOPI"}}),
        json!({"page": {"disclaimer": {"id": "Setuju", "en": "Agreed"}}}),
    ] {
        let body = with_method(&shop, &method);
        let refused = app.post("/v1/payments", &body).await;
        println!("{method}");
        refused.expect_problem(403, "merchant_only");
        assert_eq!(refused.body["outcome"], "none", "{method}");
    }
    untouched
        .still(&shop, "what only the merchant decides")
        .await;
}

#[tokio::test]
async fn a_customers_app_decides_what_the_holder_may_decide() {
    let shop = Shop::open_for_top_ups().await;
    let app = shop.app_of("cust-1");
    for method in [
        json!({"paymentType": "SALE"}),
        json!({"paymentType": "AUTHORIZE"}),
        json!({"paymentType": "INSTALLMENT", "acquirer": "BANK_CIMB", "tenor": 6}),
        json!({"saveCard": true}),
        json!({"page": {"language": "ID", "failedUrl": "https://shop.example/failed"}}),
    ] {
        let body = with_method(&shop, &method);
        let answer = app.post("/v1/payments", &body).await;
        assert_eq!(answer.status, 201, "{method}: {}", answer.text);
        assert_eq!(answer.body["status"], "redirect_required", "{method}");
    }
    shop.doku.saw_no_violation().await;
}

/// A card payment of cust-1's, with this said of the method.
fn with_method(shop: &Shop, method: &Value) -> Value {
    let mut body = shop.card_body("cust-1", AMOUNT);
    for (name, value) in method.as_object().unwrap() {
        body["method"][name] = value.clone();
    }
    body
}

#[tokio::test]
async fn a_page_that_doku_refuses_is_a_payment_that_failed() {
    let shop = Shop::open().await;
    for (status, code) in [("400", "gateway_rejected"), ("403", "not_allowed")] {
        shop.doku.refuses("payment_page", status).await;
        let body = shop.card_body_of("SALE", AMOUNT);
        let answer = shop.merchant.post("/v1/payments", &body).await;
        assert_eq!(answer.expect(201).body["status"], "failed", "{status}");
        assert_eq!(answer.body["failure"]["code"], code, "{status}");
        assert_eq!(answer.body["nextAction"], Value::Null, "{status}");
    }
    assert_eq!(shop.doku.ledger().await["cardPages"], json!([]));
}
