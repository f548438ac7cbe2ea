//! What a believed card notification does: once, and never against our own record of the amount.

use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::{Message, Payment, Shop, at_once, count, events, idr};

/// DOKU's notification about a payment, with these changes.
fn about(payment: &Payment, set: &Value) -> Value {
    json!({"invoiceNumber": payment.invoice(), "set": set})
}

/// A page that nobody has paid.
async fn open(shop: &Shop, kind: &str) -> Payment {
    shop.open_page(&shop.card_body_of(kind, AMOUNT)).await
}

#[tokio::test]
async fn the_same_one_many_times_has_one_effect() {
    let shop = Shop::open().await;
    let payment = open(&shop, "SALE").await;
    let success = about(&payment, &json!({"transaction": {"status": "SUCCESS"}}));
    let message = Message::of_card(&shop, &success).await;
    let answers = at_once(50, |_| {
        let (message, shop) = (message.clone(), shop.clone());
        async move { message.to(&shop).await }
    })
    .await;
    // Of those that collide some may be asked to come again; none may be refused for good.
    for answer in &answers {
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
    }
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid");
    let table = shop.table().await;
    for _ in 0..50 {
        message.to(&shop).await.expect(200);
    }
    // The same news under a new Request-Id and a new time is no news either.
    shop.told_of_card(success).await;
    assert_eq!(shop.table().await, table, "a repeat writes nothing");
    assert_eq!(shop.read(&payment.id).await, paid);
    assert_eq!(count(&shop, &payment.id, "payment.paid").await, 1);
}

#[tokio::test]
async fn what_doku_itself_sends_twice_has_one_effect() {
    let shop = Shop::open().await;
    for keeps_id in [false, true] {
        shop.doku
            .is_set(json!({"retryKeepsRequestId": keeps_id}))
            .await;
        let fault = json!({"operation": "notification", "kind": "duplicate", "times": 5});
        shop.doku.order("faults", fault).await;
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.falls_silent().await;
        let authorised = count(&shop, &payment.id, "payment.authorized").await;
        assert_eq!(authorised, 1);
        assert_eq!(shop.read(&payment.id).await["status"], "authorized");
    }
}

#[tokio::test]
async fn a_status_or_type_that_nobody_knows_leaves_the_payment_open() {
    let shop = Shop::open().await;
    for (status, kind) in [
        ("SETTLED", "SALE"),
        ("success", "SALE"),
        ("00", "SALE"),
        ("SUCCESS", "FAST_PAY"),
        ("SUCCESS", "sale"),
        ("PENDING", "SALE"),
        ("REDIRECT", "SALE"),
        ("TIMEOUT", "SALE"),
        ("OK", "AUTHORIZE"),
    ] {
        let payment = open(&shop, "SALE").await;
        let set = json!({"transaction": {"status": status, "type": kind}});
        shop.told_of_card(about(&payment, &set)).await;
        let after = shop.read(&payment.id).await;
        let why = format!("{status} {kind}");
        assert_eq!(after["status"], "redirect_required", "{why}");
        assert_eq!(after["nextAction"], payment.body["nextAction"], "{why}");
        assert_eq!(after["flags"], json!([]), "{why}");
        // It can still be paid.
        shop.holder_pays(&payment, "approve").await;
        shop.wait_until_paid(&payment.id).await;
    }
}

#[tokio::test]
async fn fields_that_nobody_knows_are_ignored() {
    let shop = Shop::open().await;
    let payment = open(&shop, "SALE").await;
    let set = json!({
        "transaction": {"status": "SUCCESS", "settlement": {"batch": [1, 2.5, null]}},
        "order": {"memo": "x".repeat(500)},
        "security": null,
        "wallet": {"token": "eyJhbGciOiJub25lIn0"},
        "emoji": "\u{1F4B8}",
    });
    shop.told_of_card(about(&payment, &set)).await;
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
}

#[tokio::test]
async fn an_amount_may_be_text_or_number() {
    let shop = Shop::open().await;
    for amount in [json!(AMOUNT), json!("90000"), json!("90000.00")] {
        let payment = open(&shop, "SALE").await;
        let set = json!({"transaction": {"status": "SUCCESS"}, "order": {"amount": amount}});
        shop.told_of_card(about(&payment, &set)).await;
        let paid = shop.read(&payment.id).await;
        assert_eq!(paid["status"], "paid", "{amount}");
        assert_eq!(paid["chargedAmount"], idr(AMOUNT), "{amount}");
    }
}

#[tokio::test]
async fn the_authorisation_is_named_in_any_of_three_places() {
    let shop = Shop::open().await;
    for position in ["top", "card_payment", "payment"] {
        let settings = json!({"authorizeIdPosition": position});
        shop.doku.is_set(settings).await;
        let payment = shop.authorised(AMOUNT).await;
        let statuses = shop.doku.called("order_status").await;
        let answer = shop.capture(&payment.id, Some(60_000)).await;
        assert_eq!(answer.expect(200).body["status"], "paid", "{position}");
        let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
        let charge = shop.doku.card_charge(&payment).await;
        assert_eq!(captures[0]["authorizeId"], charge["authorizeId"]);
        // Before the capture is sent, and not for the name.
        assert_eq!(shop.doku.called("order_status").await, statuses + 1);
    }
}

#[tokio::test]
async fn an_authorisation_without_a_name_is_asked_for_it() {
    let shop = Shop::open().await;
    let payment = open(&shop, "AUTHORIZE").await;
    shop.doku.holds_notifications(1).await;
    shop.holder_pays(&payment, "approve").await;
    let nameless = json!({"authorize_id": null});
    shop.told_of_card(about(&payment, &nameless)).await;
    assert_eq!(shop.read(&payment.id).await["status"], "authorized");
    let answer = shop.capture(&payment.id, None).await;
    assert_eq!(answer.expect(200).body["status"], "paid");
    // Before the page was opened, for the name, and before the capture was sent.
    assert_eq!(shop.doku.called("order_status").await, 3);
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], AMOUNT);
}

#[tokio::test]
async fn an_amount_that_was_not_asked_for_is_flagged_and_not_believed() {
    let shop = Shop::open().await;
    let page = json!({"promos": [{"bin": "411111", "discount": "5000.00"}]});
    for (kind, before) in [("SALE", "paid"), ("AUTHORIZE", "authorized")] {
        for amount in [
            json!(1),
            json!(90_001),
            json!(85_001),
            json!(80_000),
            json!("90000.01"),
            json!("-90000"),
            json!("9.00005e4"),
        ] {
            let why = format!("{kind} {amount}");
            let mut body = shop.card_body_of(kind, AMOUNT);
            body["method"]["page"] = page.clone();
            let payment = shop.open_page(&body).await;
            let set = json!({"transaction": {"status": "SUCCESS"}, "order": {"amount": amount}});
            shop.told_of_card(about(&payment, &set)).await;
            shop.told_of_card(about(&payment, &set)).await;
            let flagged = shop.read(&payment.id).await;
            assert_eq!(flagged["status"], "redirect_required", "{why}");
            assert_eq!(flagged["flags"], json!(["amount_mismatch"]), "{why}");
            assert_eq!(flagged["chargedAmount"], idr(AMOUNT), "{why}");
            let flags = count(&shop, &payment.id, "payment.amount_mismatch").await;
            assert_eq!(flags, 1, "{why}");

            let right = json!({"transaction": {"status": "SUCCESS"}, "order": {"amount": 85_000}});
            shop.told_of_card(about(&payment, &right)).await;
            let after = shop.read(&payment.id).await;
            assert_eq!(after["status"], before, "{why}: a right one afterwards");
            assert_eq!(after["chargedAmount"], idr(85_000), "{why}");
            assert_eq!(after["flags"], json!(["amount_mismatch"]), "{why}");
        }
    }
}

#[tokio::test]
async fn a_failure_after_a_success_changes_nothing() {
    let shop = Shop::open().await;
    let paid = shop.card_paid(AMOUNT).await;
    let held = shop.authorised(AMOUNT).await;
    let late: [(Payment, &str, &[&str]); 2] = [
        (paid, "SALE", &["FAILED", "EXPIRED", "PENDING", "REDIRECT"]),
        // That a hold expired may be true.
        (held, "AUTHORIZE", &["FAILED", "PENDING", "REDIRECT"]),
    ];
    for (payment, kind, statuses) in late {
        let before = shop.read(&payment.id).await;
        for status in statuses {
            let set = json!({"transaction": {"status": status, "type": kind}});
            shop.told_of_card(about(&payment, &set)).await;
            let after = shop.read(&payment.id).await;
            assert_eq!(after["status"], before["status"], "{status} after success");
            assert_eq!(after["failure"], Value::Null, "{status} after success");
        }
    }
}

#[tokio::test]
async fn a_success_after_an_expiry_is_the_truth_about_the_money() {
    let shop = Shop::open().await;
    let payment = open(&shop, "SALE").await;
    let expired = json!({"transaction": {"status": "EXPIRED"}});
    shop.told_of_card(about(&payment, &expired)).await;
    assert_eq!(shop.read(&payment.id).await["status"], "expired");
    let success = json!({"transaction": {"status": "SUCCESS"}});
    shop.told_of_card(about(&payment, &success)).await;
    let paid = shop.read(&payment.id).await;
    assert_eq!(paid["status"], "paid");
    assert_eq!(paid["failure"], Value::Null);
}

/// How many notifications wait for their payment.
fn waiting(kept: &[Value]) -> usize {
    let waits = |item: &&Value| !item["waiting"].is_null();
    kept.iter().filter(waits).count()
}

#[tokio::test]
async fn what_comes_before_its_payment_is_kept_and_joined() {
    let shop = Shop::open().await;
    // What DOKU tells, and what the payment is at once.
    for (kind, status) in [("SALE", "paid"), ("AUTHORIZE", "authorized")] {
        let body = shop.card_body_of(kind, AMOUNT);
        let early = json!({
            "invoiceNumber": body["invoiceNumber"],
            "set": {
                "order": {"amount": AMOUNT},
                "transaction": {"type": kind},
                "customer": {"name": "Anton Budiman", "email": "anton.budiman@pos.example"},
                "authorize_id": "12345678901234",
            },
        });
        shop.told_of_card(early.clone()).await;
        shop.told_of_card(early).await;
        let kept = shop.items("NOTIFICATION#").await;
        assert_eq!(waiting(&kept), 1, "{kept:?}");
        let kept = Value::from(kept).to_string();
        assert!(!kept.contains("Anton"), "{kept}");
        shop.doku.forget_calls().await;

        let answer = shop.merchant.post("/v1/payments", &body).await;
        let payment = answer.expect(201).body.clone();
        assert_eq!(payment["status"], status, "{payment}");
        assert_eq!(shop.doku.call_count().await, 0, "a second page");
        let id = payment["paymentId"].as_str().unwrap();
        assert_eq!(count(&shop, id, &format!("payment.{status}")).await, 1);
        let kept = shop.items("NOTIFICATION#").await;
        assert!(!kept.is_empty());
        assert_eq!(waiting(&kept), 0, "{kept:?}");
    }
}

#[tokio::test]
async fn another_amount_that_came_before_its_payment_is_not_believed_either() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let early = json!({"invoiceNumber": body["invoiceNumber"], "set": {"order": {"amount": 99}}});
    shop.told_of_card(early).await;
    let payment = shop.open_page(&body).await;
    let now = shop.read(&payment.id).await;
    assert_eq!(now["flags"], json!(["amount_mismatch"]), "{now}");
    assert_eq!(now["status"], "redirect_required");
    shop.holder_pays(&payment, "approve").await;
    shop.wait_until_paid(&payment.id).await;
    assert_eq!(
        events(&shop, &payment.id).await,
        [
            "payment.amount_mismatch",
            "payment.redirect_required",
            "payment.paid",
        ]
    );
}

#[tokio::test]
async fn a_direct_debits_notification_says_nothing_of_a_card_and_the_other_way_round() {
    let shop = Shop::open().await;
    let card = open(&shop, "SALE").await;
    let order = json!({
        "partnerReferenceNo": card.invoice(), "latestTransactionStatus": "00",
        "amount": "90000.00",
    });
    shop.doku.order("notifications", order).await;
    let after = shop.read(&card.id).await;
    assert_eq!(after["status"], "redirect_required", "{after}");

    let binding = shop.link_account("cust-1").await;
    let debit = shop.pay(&binding, AMOUNT).await;
    let order = json!({
        "invoiceNumber": debit.body["gateway"]["partnerReferenceNo"],
        "set": {"order": {"amount": AMOUNT}},
    });
    shop.told_of_card(order).await;
    assert_eq!(shop.read(&debit.id).await["status"], "otp_required");
}
