//! Payments that a customer's app creates: never, unless `CustomersMayPay` says so; and then under numbers
//! that are the customer's own.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Caller, RIGHT_OTP, Shop, Untouched, idr};

/// A body like this one, with that invoice number.
fn numbered(mut body: Value, invoice: &str) -> Value {
    body["invoiceNumber"] = json!(invoice);
    body
}

/// The ids of the payments that a caller finds.
async fn found(caller: &Caller, query: &str) -> Vec<String> {
    let list = caller.get(&format!("/v1/payments?{query}")).await;
    let items = list.expect(200).body["items"].as_array().unwrap().clone();
    let id = |item: &Value| item["paymentId"].as_str().unwrap().to_owned();
    items.iter().map(id).collect()
}

#[tokio::test]
async fn a_customers_app_sets_no_price() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let untouched = Untouched::so_far(&shop).await;
    let wallet = json!({
        "invoiceNumber": "INV-7", "amount": idr(1), "customer": {"id": "cust-1"},
        "method": {"type": "wallet", "channel": "EMONEY_DANA_SNAP"},
        "returnUrl": "https://shop.example/paid",
    });
    let bodies = [
        numbered(shop.payment_body(&binding, 1), "INV-7"),
        numbered(shop.card_body("cust-1", 1), "INV-7"),
        wallet,
        // What is wrong with a request is not answered to a caller who may not make it.
        json!({"surprise": 1}),
    ];
    let both = "merchant payments:write payments:read";
    for app in [
        shop.app_of("cust-1"),
        shop.app_of("cust-2"),
        shop.caller("app", Some("cust-1"), both),
    ] {
        for body in &bodies {
            let refused = app.post("/v1/payments", body).await;
            refused.expect_problem(403, "merchant_only");
        }
    }
    untouched.still(&shop, "payments by customers").await;

    // The merchant's next number is still free, and the customer confirms what the merchant ordered.
    let order = numbered(shop.payment_body(&binding, 90_000), "INV-7");
    let order = shop.merchant.post("/v1/payments", &order).await;
    assert_eq!(order.expect(201).body["invoiceScope"], "merchant");
    let id = order.word("paymentId");
    let app = shop.app_of("cust-1");
    let confirmed = app
        .post(
            &format!("/v1/payments/{id}/otp"),
            &json!({"otp": RIGHT_OTP}),
        )
        .await;
    confirmed.expect(200);
    shop.wait_until_paid(&id).await;
    assert_eq!(found(&app, "invoiceNumber=INV-7").await, [id]);
}

#[tokio::test]
async fn one_number_serves_the_merchant_and_every_customer() {
    let shop = Shop::open_for_top_ups().await;
    let mut payments = Vec::new();
    let mut bindings = Vec::new();
    for customer in ["cust-1", "cust-2"] {
        let binding = shop.link_account(customer).await;
        let body = numbered(shop.payment_body(&binding, 25_000), "1");
        // The same key and the same number of three callers are three requests.
        let answer = shop
            .app_of(customer)
            .post_with("1", "/v1/payments", &body)
            .await;
        assert!(!answer.expect(201).is_replayed());
        assert_eq!(answer.body["invoiceScope"], "customer");
        assert_eq!(answer.body["invoiceNumber"], "1");
        payments.push(answer.body);
        bindings.push(binding);
    }
    let body = numbered(shop.payment_body(&bindings[0], 25_000), "1");
    let merchants = shop.merchant.post_with("1", "/v1/payments", &body).await;
    assert_eq!(merchants.expect(201).body["invoiceScope"], "merchant");
    payments.push(merchants.body);

    let texts = |pointer: &str| -> Vec<String> {
        let text = |payment: &Value| {
            payment
                .pointer(pointer)
                .unwrap()
                .as_str()
                .unwrap()
                .to_owned()
        };
        payments.iter().map(text).collect()
    };
    let references = texts("/gateway/partnerReferenceNo");
    assert_eq!(references.iter().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(references[2], "1", "the merchant's number as it is");
    for reference in &references[..2] {
        assert_eq!(reference.len(), 12, "hashed: {reference}");
    }
    let ids = texts("/paymentId");
    for (id, scope) in ids.iter().zip(["customer", "customer", "merchant"]) {
        shop.confirm(id).await;
        let paid = shop.wait_until_paid(id).await;
        shop.doku.charged_once(&paid).await;
        let events = shop
            .merchant
            .get(&format!("/v1/payments/{id}/events"))
            .await;
        for event in events.expect(200).body["items"].as_array().unwrap() {
            assert_eq!(event["detail"]["invoiceScope"], scope, "{event}");
        }
    }

    // The merchant's number finds the merchant's payment; a customer's is found by the customer's id.
    let merchant = &shop.merchant;
    assert_eq!(found(merchant, "invoiceNumber=1").await, [ids[2].clone()]);
    let of_two = found(merchant, "customerId=cust-2").await;
    assert_eq!(of_two, [ids[1].clone()]);
    let one = shop.app_of("cust-1");
    let own = [ids[2].clone(), ids[0].clone()];
    assert_eq!(found(&one, "invoiceNumber=1").await, own, "newest first");
    let two = shop.app_of("cust-2");
    assert_eq!(found(&two, "invoiceNumber=1").await, of_two);

    // Each number is used up in its own name space.
    for (caller, binding) in [
        (&one, &bindings[0]),
        (&two, &bindings[1]),
        (merchant, &bindings[0]),
    ] {
        let again = numbered(shop.payment_body(binding, 1_000), "1");
        let refused = caller.post("/v1/payments", &again).await;
        refused.expect_problem(409, "invoice_number_used");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn no_answer_tells_a_customer_which_numbers_are_taken_by_others() {
    let shop = Shop::open_for_top_ups().await;
    let owner = shop.link_account("cust-1").await;
    let body = |binding: &str, number: &str| numbered(shop.payment_body(binding, 10_000), number);
    let taken = body(&owner, "INV-100");
    shop.merchant.post("/v1/payments", &taken).await.expect(201);
    let taken = body(&owner, "TOP-UP-9");
    let app = shop.app_of("cust-1");
    app.post("/v1/payments", &taken).await.expect(201);

    let prober = shop.app_of("cust-2");
    let own = shop.link_account("cust-2").await;
    let mut seen = BTreeSet::new();
    for number in ["INV-100", "TOP-UP-9", "UNUSED"] {
        let list = prober
            .get(&format!("/v1/payments?invoiceNumber={number}"))
            .await;
        assert_eq!(list.expect(200).body["items"], json!([]), "{number}");
        let mut answer = prober.post("/v1/payments", &body(&own, number)).await;
        answer.expect(201);
        for member in [
            "paymentId",
            "createdAt",
            "updatedAt",
            "gateway",
            "invoiceNumber",
        ] {
            answer.body.as_object_mut().unwrap().remove(member);
        }
        seen.insert(answer.body.to_string());
        // With another customer's account it is the account that does not exist, whatever the number.
        let refused = prober.post("/v1/payments", &body(&owner, number)).await;
        refused.expect_problem(404, "binding_not_found");
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[tokio::test]
async fn a_customers_card_payment_is_a_request_of_its_own() {
    let shop = Shop::open_for_top_ups().await;
    let mut seen = Vec::new();
    for customer in ["cust-1", "cust-2"] {
        let body = numbered(shop.card_body(customer, 50_000), "TOP-UP");
        let answer = shop
            .app_of(customer)
            .post_with("same", "/v1/payments", &body)
            .await;
        assert_eq!(answer.expect(201).body["status"], "redirect_required");
        assert_eq!(answer.body["customerId"], customer);
        seen.push([
            answer.word_at("/gateway/requestId"),
            answer.word_at("/gateway/partnerReferenceNo"),
            answer.word_at("/nextAction/url"),
        ]);
    }
    for (one, other) in seen[0].iter().zip(&seen[1]) {
        assert_ne!(one, other);
    }
    assert!(seen.iter().all(|[_, reference, _]| reference != "TOP-UP"));
    assert_eq!(shop.doku.called("payment_page").await, 2);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_customers_payment_whose_answer_was_lost_is_continued() {
    let shop = Shop::open_for_top_ups().await;
    let binding = shop.link_account("cust-1").await;
    let body = numbered(shop.payment_body(&binding, 10_000), "TOP-UP-1");
    let app = shop.app_of("cust-1");
    shop.doku.goes_wrong("payment", "accept_then_reset").await;
    let lost = app.post_with("key", "/v1/payments", &body).await;
    assert_eq!(lost.expect(202).body["invoiceScope"], "customer");
    shop.doku
        .time_passes(std::time::Duration::from_secs(61))
        .await;
    let again = app.post_with("key", "/v1/payments", &body).await;
    assert_eq!(again.word("paymentId"), lost.word("paymentId"));
    assert_eq!(shop.doku.calls("payment").await.len(), 1);
    let reference = &again.body["gateway"]["partnerReferenceNo"];
    assert_eq!(*reference, lost.body["gateway"]["partnerReferenceNo"]);
}
