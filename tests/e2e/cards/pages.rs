//! What the holder does on DOKU's page, and what becomes of the payment.

use std::time::Duration;

use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::{Message, RIGHT_OTP, Shop, count, events, idr};

#[tokio::test]
async fn a_sale_is_paid_on_dokus_page() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let payment = shop.open_page(&body).await;
    let first = &payment.body;
    assert_eq!(first["channel"], "CREDIT_CARD");
    assert_eq!(first["customerId"], "cust-1");
    assert_eq!(first["bindingId"], Value::Null);
    assert_eq!(first["amount"], idr(AMOUNT));
    assert_eq!(first["chargedAmount"], idr(AMOUNT));
    assert_eq!(first["capturedAmount"], Value::Null);
    assert_eq!(first["refundedAmount"], idr(0));
    assert_eq!(first["refundableAmount"], idr(0));
    assert_eq!(first["failure"], Value::Null);
    assert_eq!(first["capture"], Value::Null);
    assert_eq!(first["captureBefore"], Value::Null);
    assert_eq!(
        first["method"],
        json!({
            "type": "card", "paymentType": "SALE", "autoCapture": false, "acquirer": null,
            "tenor": null, "saveCard": false, "savedCard": false, "card": null,
        })
    );
    // DOKU has a page for it, and the address leads there.
    let pages = shop.doku.of_invoice("cardPages", &payment).await;
    assert_eq!(pages.len(), 1, "{pages:?}");
    assert_eq!(pages[0]["amount"], AMOUNT);
    assert_eq!(pages[0]["customerId"], "cust-1");
    assert_eq!(pages[0]["requestId"], first["gateway"]["requestId"]);
    assert!(payment.page().starts_with(&shop.doku.base_url));
    assert!(
        payment
            .page()
            .ends_with(pages[0]["pageId"].as_str().unwrap())
    );
    let page = shop.http.get(payment.page()).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(&shop.read(&payment.id).await, first);

    assert_eq!(shop.holder_pays(&payment, "approve").await, "approved");
    let paid = shop.wait_until_paid(&payment.id).await;
    assert_eq!(paid["nextAction"], Value::Null);
    assert_eq!(paid["refundableAmount"], idr(AMOUNT));
    assert!(paid["paidAt"].is_string());
    assert_eq!(paid["authorizedAt"], Value::Null);
    assert_eq!(
        paid["method"]["card"],
        json!({
            "masked": "411111******1111", "brand": "VISA", "issuer": "BANK EXAMPLE",
            "type": "CREDIT",
        })
    );
    let charge = shop.doku.card_charge(&payment).await;
    assert_eq!(charge["type"], "SALE");
    assert_eq!(charge["captured"], AMOUNT);
    assert_eq!(
        events(&shop, &payment.id).await,
        ["payment.redirect_required", "payment.paid"]
    );
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_same_request_again_opens_no_second_page() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    let first = shop.merchant.post_with("page", "/v1/payments", &body).await;
    let again = shop.merchant.post_with("page", "/v1/payments", &body).await;
    assert!(again.expect(201).is_replayed());
    assert_eq!(again.text, first.text);
    let other_key = shop.merchant.post("/v1/payments", &body).await;
    other_key.expect_problem(409, "invoice_number_used");
    let mut other = body.clone();
    other["method"]["saveCard"] = json!(true);
    let other = shop
        .merchant
        .post_with("page", "/v1/payments", &other)
        .await;
    other.expect_problem(422, "idempotency_key_reused");
    assert_eq!(shop.doku.called("payment_page").await, 1);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn without_a_type_the_page_charges() {
    let shop = Shop::open().await;
    let payment = shop.open_page(&shop.card_body("cust-1", AMOUNT)).await;
    assert_eq!(payment.body["method"]["paymentType"], Value::Null);
    shop.holder_pays(&payment, "mastercard").await;
    let paid = shop.wait_until_paid(&payment.id).await;
    assert_eq!(paid["method"]["card"]["brand"], "MASTERCARD");
    assert_eq!(shop.doku.card_charge(&payment).await["type"], "SALE");
}

#[tokio::test]
async fn an_installment_is_paid_once_whatever_the_tenor() {
    let shop = Shop::open().await;
    let mut body = shop.card_body_of("INSTALLMENT", AMOUNT);
    body["method"]["acquirer"] = json!("BANK_CIMB");
    body["method"]["tenor"] = json!(6);
    body["method"]["page"] = json!({"allowTenors": [3, 6]});
    let payment = shop.open_page(&body).await;
    assert_eq!(payment.body["method"]["tenor"], 6);
    assert_eq!(payment.body["method"]["acquirer"], "BANK_CIMB");
    // The holder chooses another of the two.
    let how = json!({"card": "approve", "tenor": 3});
    assert_eq!(shop.holder_does(&payment, how).await, "approved");
    shop.wait_until_paid(&payment.id).await;
    let charge = shop.doku.card_charge(&payment).await;
    assert_eq!(charge["type"], "INSTALLMENT");
    assert_eq!(charge["tenor"], 3);
    assert_eq!(charge["captured"], AMOUNT);
}

#[tokio::test]
async fn orders_without_the_holder_are_paid_without_a_challenge() {
    let shop = Shop::open().await;
    for kind in ["MOTO", "RECURRING"] {
        let payment = shop.open_page(&shop.card_body_of(kind, AMOUNT)).await;
        assert_eq!(shop.holder_pays(&payment, "challenge").await, "approved");
        let paid = shop.wait_until_paid(&payment.id).await;
        assert_eq!(paid["method"]["paymentType"], kind);
        assert_eq!(shop.doku.card_charge(&payment).await["type"], kind);
    }
}

#[tokio::test]
async fn a_declined_card_leaves_the_page_open_for_another_one() {
    let shop = Shop::open().await;
    let payment = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    // Card, and what its refusal is called.
    let table = [
        ("decline", "declined"),
        ("insufficient", "insufficient_funds"),
    ];
    for (tried, (card, code)) in table.into_iter().enumerate() {
        // DOKU tells an attempt's time to the second.
        shop.doku.time_passes(Duration::from_secs(1)).await;
        assert_eq!(shop.holder_pays(&payment, card).await, "declined");
        shop.doku.falls_silent().await;
        let open = shop.read(&payment.id).await;
        assert_eq!(open["status"], "redirect_required", "{card}");
        assert_eq!(open["failure"]["code"], code, "{card}");
        assert_eq!(open["nextAction"], payment.body["nextAction"], "{card}");
        let attempts = count(&shop, &payment.id, "payment.attempt_failed").await;
        assert_eq!(attempts, tried + 1, "{card}");
    }
    assert_eq!(shop.holder_pays(&payment, "approve").await, "approved");
    let paid = shop.wait_until_paid(&payment.id).await;
    assert_eq!(paid["failure"], Value::Null);
    assert_eq!(paid["method"]["card"]["masked"], "411111******1111");
    assert_eq!(shop.doku.card_charge(&payment).await["captured"], AMOUNT);
    assert_eq!(
        events(&shop, &payment.id).await,
        [
            "payment.redirect_required",
            "payment.attempt_failed",
            "payment.attempt_failed",
            "payment.paid",
        ]
    );
}

#[tokio::test]
async fn the_bank_may_ask_the_holder_first() {
    let shop = Shop::open().await;
    let payment = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    let answer = async |code: Value| {
        let order = json!({"invoiceNumber": payment.invoice(), "code": code});
        let told = shop.doku.order("cards/challenge", order).await;
        told["outcome"].as_str().unwrap().to_owned()
    };
    // Gives up the first time, and errs the second time.
    assert_eq!(shop.holder_pays(&payment, "challenge").await, "challenged");
    assert_eq!(shop.read(&payment.id).await["status"], "redirect_required");
    assert_eq!(answer(Value::Null).await, "declined");
    shop.doku.falls_silent().await;
    assert_eq!(shop.read(&payment.id).await["failure"]["code"], "declined");
    assert_eq!(shop.holder_pays(&payment, "challenge").await, "challenged");
    assert_eq!(answer(json!("999999")).await, "wrong_code");
    assert_eq!(answer(json!(RIGHT_OTP)).await, "approved");
    let paid = shop.wait_until_paid(&payment.id).await;
    assert_eq!(paid["failure"], Value::Null);
    assert_eq!(count(&shop, &payment.id, "payment.attempt_failed").await, 1);
    shop.doku.card_charge(&payment).await;
}

#[tokio::test]
async fn a_promo_lowers_what_is_charged() {
    let shop = Shop::open().await;
    let page = json!({"promos": [
        {"bin": "411111", "discount": "5000.00"},
        {"bin": "400005", "discount": "7000.00"},
    ]});
    // Card, and what it takes off.
    for (card, discount) in [("approve", 5_000), ("debit", 7_000), ("mastercard", 0)] {
        let mut body = shop.card_body_of("SALE", AMOUNT);
        body["method"]["page"] = page.clone();
        let payment = shop.open_page(&body).await;
        assert_eq!(payment.body["chargedAmount"], idr(AMOUNT));
        shop.holder_pays(&payment, card).await;
        let paid = shop.wait_until_paid(&payment.id).await;
        let charged = AMOUNT - discount;
        assert_eq!(paid["amount"], idr(AMOUNT), "{card}");
        assert_eq!(paid["chargedAmount"], idr(charged), "{card}");
        assert_eq!(paid["refundableAmount"], idr(charged), "{card}");
        assert_eq!(paid["flags"], json!([]), "{card}");
        let charge = shop.doku.card_charge(&payment).await;
        assert_eq!(charge["amount"], charged, "{card}");
        assert_eq!(charge["discount"], discount, "{card}");
    }
}

#[tokio::test]
async fn everything_that_may_be_said_of_a_page_reaches_doku() {
    let shop = Shop::open().await;
    let mut body = shop.card_body_of("SALE", AMOUNT);
    body["customer"]["address"] = json!("Jalan Merdeka 1, Bandung");
    body["customer"]["country"] = json!("ID");
    body["items"] = json!([
        {"name": "Kopi Gayo", "price": "40000.00", "quantity": 2},
        {"name": "Ongkos kirim", "price": "10000.00", "quantity": 1},
    ]);
    body["method"]["page"] = json!({
        "autoRedirect": true,
        "failedUrl": "https://shop.example/failed",
        "language": "ID",
        "backgroundColor": "ffffff",
        "fontColor": "101010",
        "buttonBackgroundColor": "E1251B",
        "buttonFontColor": "000000",
        "descriptor": "KEDAI KOPI",
        "disclaimer": {"id": "Setuju", "en": "Agreed"},
        "allowBins": ["411111", "555555"],
        "notificationUrl": "https://hooks.example/v1/doku/notifications",
    });
    let payment = shop.open_page(&body).await;
    let page = shop.http.get(payment.page()).send().await.unwrap();
    let page = page.text().await.unwrap();
    for shown in ["Setuju", "E1251B", "101010"] {
        assert!(page.contains(shown), "{shown} is not on the page");
    }
    let rows = shop.doku.of_invoice("cardPages", &payment).await;
    assert_eq!(
        rows[0]["notificationUrl"],
        "https://hooks.example/v1/doku/notifications"
    );
    // What goes to that host comes on to us under the same path.
    shop.holder_pays(&payment, "mastercard").await;
    let order = json!({"invoiceNumber": payment.invoice()});
    let message = Message::of_card(&shop, &order).await;
    message.to(&shop).await.expect(200);
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_page_that_expires_ends_the_payment() {
    let shop = Shop::open().await;
    let payment = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    shop.holder_pays(&payment, "decline").await;
    let order = json!({"invoiceNumber": payment.invoice()});
    shop.doku.order("cards/expire", order).await;
    let expired = shop.wait_until(&payment.id, "expired").await;
    assert_eq!(expired["failure"]["code"], "expired");
    assert_eq!(expired["nextAction"], Value::Null);
    assert_eq!(expired["paidAt"], Value::Null);
    assert_eq!(count(&shop, &payment.id, "payment.expired").await, 1);
    let charges = shop.doku.of_invoice("cardCharges", &payment).await;
    assert_eq!(charges, [] as [Value; 0]);
    let refused = shop.refund(&payment.id, AMOUNT).await;
    refused.expect_problem(409, "illegal_transition");
}
