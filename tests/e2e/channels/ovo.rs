//! OVO, a linked wallet that the customer confirms in.

use serde_json::json;

use crate::support::Shop;

#[tokio::test]
async fn ovo_from_the_wallet_to_the_refund() {
    let shop = Shop::open().await;
    let mut body = shop.binding_body("cust-ovo");
    body["channel"] = json!("EMONEY_OVO_SNAP");
    let linking = shop.merchant.post("/v1/bindings", &body).await;
    let linking = linking.expect(201).body.clone();
    shop.agree(&linking).await.expect(302);
    let binding = linking["bindingId"].as_str().unwrap();

    let path = format!("/v1/bindings/{binding}/balance");
    let balance = shop.app_of("cust-ovo").get(&path).await;
    let cash = &balance.expect(200).body["balances"][0];
    assert_eq!(cash["type"], "CASH", "{balance:?}");
    assert_eq!(cash["amount"]["currency"], "IDR", "{balance:?}");
    for (other, status, code) in [
        (shop.app_of("cust-other"), 404, "binding_not_found"),
        (
            shop.caller("till", None, "payments:read"),
            403,
            "missing_scope",
        ),
    ] {
        other.get(&path).await.expect_problem(status, code);
    }

    // An invoice number that OVO could take but not refund gets a reference that it can.
    let mut body = shop.payment_body(binding, 10_000);
    body["invoiceNumber"] = json!("INV-WITH-MANY-CHARACTERS-MORE-THAN-THIRTY-TWO");
    body["method"]["payOptions"] = json!([
        {"method": "CASH", "amount": crate::support::idr(7_000)},
        {"method": "POINTS", "amount": crate::support::idr(3_000), "fee": crate::support::idr(0)},
    ]);
    body["method"]["feeType"] = json!("OUR");
    let paying = shop.merchant.post("/v1/payments", &body).await;
    let paying = paying.expect(201).body.clone();
    assert_eq!(paying["status"], "redirect_required", "{paying}");
    let reference = paying["gateway"]["partnerReferenceNo"].as_str().unwrap();
    assert!(reference.len() <= 32, "{reference}");
    let confirm = format!("payments/{reference}/approve");
    shop.doku.order(&confirm, json!({})).await;
    let id = paying["paymentId"].as_str().unwrap();
    let paid = shop.wait_until_paid(id).await;
    shop.doku.charged_once(&paid).await;

    shop.refund(id, 4_000).await.expect(201);
    shop.wait_until(id, "partially_refunded").await;
    let path = format!("/v1/bindings/{binding}");
    let gone = shop.merchant.delete_with("unbind-ovo", &path).await;
    assert_eq!(gone.expect(200).body["status"], "unbound");
    let balance = shop.merchant.get(&format!("{path}/balance")).await;
    balance.expect_problem(409, "illegal_transition");
    shop.doku.saw_no_violation().await;
}

/// DOKU's README demands `remarks`, its page `paymentType`: OVO is told both.
#[tokio::test]
async fn what_any_source_demands_is_sent() {
    let shop = Shop::open().await;
    shop.doku.is_set(json!({"demandsOfLibraries": true})).await;
    let wallet = shop.link_wallet("cust-ovo").await;
    for description in [None, Some("Vitamins")] {
        let mut body = shop.payment_body(&wallet, 10_000);
        if let Some(description) = description {
            body["description"] = json!(description);
        }
        let answer = shop.merchant.post("/v1/payments", &body).await;
        assert_eq!(answer.expect(201).body["status"], "redirect_required");
    }
}

#[tokio::test]
async fn a_wallet_pays_by_itself_where_nothing_is_said_and_refuses_what_it_does_not_know() {
    let shop = Shop::open().await;
    let mut body = shop.binding_body("cust-ovo");
    body["channel"] = json!("EMONEY_OVO_SNAP");
    let linking = shop.merchant.post("/v1/bindings", &body).await.body;
    shop.agree(&linking).await.expect(302);
    let wallet = linking["bindingId"].as_str().unwrap().to_owned();
    let account = shop.link_account("cust-cimb").await;
    let plain = shop.payment_body(&wallet, 10_000);
    shop.merchant.post("/v1/payments", &plain).await.expect(201);
    shop.doku.forget_calls().await;
    let cash = json!([{"method": "CASH", "amount": crate::support::idr(10_000)}]);
    let table = [
        (&account, "payOptions", cash, "method.payOptions"),
        (&account, "feeType", json!("OUR"), "method.feeType"),
        (
            &wallet,
            "payOptions",
            json!([{"method": "PAYLATER", "amount": crate::support::idr(10_000)}]),
            "method.payOptions[0].method",
        ),
        (
            &wallet,
            "payOptions",
            json!([{"method": "CASH", "amount": crate::support::idr(9_999)}]),
            "method.payOptions",
        ),
        (&wallet, "feeType", json!("ALL"), "method.feeType"),
    ];
    for (binding, member, value, field) in table {
        let mut body = shop.payment_body(binding, 10_000);
        body["method"][member] = value;
        let refused = shop.merchant.post("/v1/payments", &body).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), [field], "{}", refused.text);
    }
    let mut body = shop.payment_body(&wallet, 10_000);
    body["method"]["confirmation"] = json!("otp");
    let refused = shop.merchant.post("/v1/payments", &body).await;
    refused.expect_problem(400, "operation_not_supported");
    assert_eq!(shop.doku.call_count().await, 0);
}
