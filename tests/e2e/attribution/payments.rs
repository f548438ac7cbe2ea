//! Payments, captures, and what becomes of a request whose function died.

use serde_json::json;

use crate::support::{A_MINUTE, Doomed, Shop, fresh, idr};

fn name(id: &str) -> String {
    format!("PAYMENT#{id}")
}

const SCOPES: &str = "payments:write payments:read captures:write";

#[tokio::test]
async fn the_merchant_orders_the_customer_confirms_and_doku_reports() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let app = shop.app_of("cust-1");
    let id = shop.pay(&binding, 10_000).await.id;
    let path = format!("/v1/payments/{id}/otp");
    for otp in ["000000", crate::support::RIGHT_OTP] {
        app.post(&path, &json!({"otp": otp})).await.expect(200);
    }
    shop.wait_until_paid(&id).await;
    assert_eq!(
        shop.attributed(&name(&id)).await,
        [
            "payment.otp_required: merchant merchant-backend, request",
            "payment.otp_rejected: customer cust-1, request",
            "payment.processing: customer cust-1, request",
            "payment.paid: doku, notification",
        ]
    );
}

#[tokio::test]
async fn a_decline_is_the_requests_and_a_top_up_the_customers() {
    let shop = Shop::open_for_top_ups().await;
    let binding = shop.link_account("cust-1").await;
    let app = shop.app_of("cust-1");
    shop.doku.refuses("payment", "4035414").await;
    let body = shop.payment_body(&binding, 10_000);
    let answer = app.post("/v1/payments", &body).await;
    let id = answer.expect(201).body["paymentId"].as_str().unwrap();
    let lines = shop.attributed(&name(id)).await;
    assert_eq!(lines, ["payment.failed: customer cust-1, request"]);
}

#[tokio::test]
async fn a_hold_is_captured_by_the_token_that_asks_for_it() {
    let shop = Shop::open().await;
    let warehouse = shop.caller("warehouse", None, SCOPES);
    let held = shop.authorised(50_000).await;
    let path = format!("/v1/payments/{}/capture", held.id);
    let body = json!({"amount": idr(40_000)});
    warehouse.post(&path, &body).await.expect(200);
    shop.doku.falls_silent().await;
    assert_eq!(
        shop.attributed(&name(&held.id)).await,
        [
            "payment.redirect_required: merchant merchant-backend, request",
            "payment.authorized: doku, notification",
            "payment.paid: merchant warehouse, request",
        ]
    );
}

#[tokio::test]
async fn a_capture_whose_answer_was_lost_becomes_known_by_a_status_check() {
    let shop = Shop::open().await;
    let warehouse = shop.caller("warehouse", None, SCOPES);
    let held = shop.authorised(50_000).await;
    shop.doku.falls_silent().await;
    shop.doku.holds_notifications(3).await;
    shop.doku.goes_wrong("capture", "accept_then_reset").await;
    let path = format!("/v1/payments/{}/capture", held.id);
    warehouse.post(&path, &json!({})).await.expect(202);
    shop.doku.time_passes(A_MINUTE).await;
    shop.tick().await;
    let lines = shop.attributed(&name(&held.id)).await;
    assert_eq!(
        lines[2..],
        [
            "payment.capture_unknown: merchant warehouse, request",
            "payment.paid: schedule, status_check, for merchant warehouse",
        ]
    );
}

#[tokio::test]
async fn a_hold_that_nobody_captures_lapses_by_the_schedule() {
    let shop = Shop::open().await;
    let held = shop.authorised(50_000).await;
    for _ in 0..8 {
        shop.doku
            .time_passes(std::time::Duration::from_hours(24))
            .await;
        shop.tick().await;
    }
    let lines = shop.attributed(&name(&held.id)).await;
    assert_eq!(
        lines[2..],
        [
            "payment.capture_due: schedule, schedule",
            "payment.expired: schedule, schedule",
        ]
    );
}

/// A payment whose function dies while DOKU answers; its order and its key.
async fn dies(shop: &Shop, binding: &str) -> serde_json::Value {
    let body = shop.payment_body(binding, 10_000);
    let doomed = Doomed {
        shop,
        function: "pay",
        path: "/v1/payments".to_owned(),
        body: body.clone(),
        key: "doomed",
    };
    shop.doku.goes_wrong("payment", "accept_then_hang").await;
    doomed.dies_during("payment").await;
    shop.doku.recovers().await;
    shop.doku.time_passes(A_MINUTE).await;
    body
}

async fn id_of(shop: &Shop, body: &serde_json::Value) -> String {
    let invoice = body["invoiceNumber"].as_str().unwrap();
    let path = format!("/v1/payments?invoiceNumber={invoice}");
    let found = shop.merchant.get(&path).await;
    let found = &found.expect(200).body["items"][0]["paymentId"];
    found.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_repeats_a_request_is_not_who_made_it() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = dies(&shop, &binding).await;
    let staff = shop.caller("staff", None, SCOPES);
    let answer = staff.post_with("doomed", "/v1/payments", &body).await;
    answer.expect(201);
    assert_eq!(
        shop.attributed(&name(&answer.word("paymentId"))).await,
        ["payment.otp_required: merchant staff, status_check, for merchant merchant-backend"]
    );
}

#[tokio::test]
async fn what_nobody_repeats_the_schedule_completes_for_who_asked() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = dies(&shop, &binding).await;
    shop.tick().await;
    let id = id_of(&shop, &body).await;
    assert_eq!(
        shop.attributed(&name(&id)).await,
        ["payment.otp_required: schedule, status_check, for merchant merchant-backend"]
    );
}

#[tokio::test]
async fn news_that_came_before_the_payment_was_known_is_still_dokus() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let mut body = shop.payment_body(&binding, 10_000);
    let invoice = fresh("EARLY");
    body["invoiceNumber"] = json!(invoice);
    let order = json!({
        "partnerReferenceNo": invoice, "latestTransactionStatus": "00", "amount": "10000.00",
    });
    let message = crate::support::Message::signed(&shop, &order).await;
    message.to(&shop).await.expect(200);
    let answer = shop.merchant.post("/v1/payments", &body).await;
    let id = answer.expect(201).body["paymentId"].as_str().unwrap();
    let lines = shop.attributed(&name(id)).await;
    let news = [
        "payment.paid: doku, notification",
        "payment.adopted: doku, notification",
    ];
    assert_eq!(lines, news);
}

#[tokio::test]
async fn a_long_subject_is_stored_as_its_hash() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let subject = "s".repeat(500);
    let caller = shop.caller(&subject, None, SCOPES);
    let body = shop.payment_body(&binding, 10_000);
    let answer = caller.post("/v1/payments", &body).await;
    let id = answer.expect(201).body["paymentId"].as_str().unwrap();
    let lines = shop.attributed(&name(id)).await;
    let hash = "sha256:";
    let expected = format!("payment.otp_required: merchant {hash}");
    assert!(lines[0].starts_with(&expected), "{lines:?}");
    assert!(lines[0].len() < 150, "{lines:?}");
}
