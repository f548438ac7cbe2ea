//! The main job from end to end, both ways of confirming, and the turns it can take.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{RIGHT_OTP, Shop, Untouched, eventually, idr};

const WRONG_OTP: &str = "718304";

#[tokio::test]
async fn bind_pay_confirm_refund_and_unbind() {
    let shop = Shop::open().await;
    let app = shop.app_of("cust-1");
    let binding = shop.begin_link("cust-1").await;
    let id = binding["bindingId"].as_str().unwrap().to_owned();
    assert_eq!(binding["status"], "pending");
    assert_eq!(binding["nextAction"]["type"], "redirect");
    assert_eq!(binding["phone"], "6281******890", "masked");
    let back = shop.agree(&binding).await;
    let location = back.expect(302).header("location");
    let expected = format!("https://shop.example/linked?bindingId={id}&status=active");
    assert_eq!(location, expected);

    let payment = shop.pay(&id, 100_000).await;
    assert_eq!(
        payment.body["nextAction"],
        json!({"type": "otp", "attemptsLeft": 3})
    );
    let answer = app
        .post(
            &format!("/v1/payments/{}/otp", payment.id),
            &json!({"otp": RIGHT_OTP}),
        )
        .await;
    answer.expect(200);
    let paid = shop.wait_until_paid(&payment.id).await;
    assert_eq!(paid["nextAction"], Value::Null);
    assert_eq!(paid["refundableAmount"], idr(100_000));

    for (rupiah, status) in [(30_000, "partially_refunded"), (70_000, "refunded")] {
        let refund = shop.refund(&payment.id, rupiah).await;
        assert_eq!(refund.expect(201).body["status"], "succeeded");
        assert_eq!(shop.read(&payment.id).await["status"], status);
    }
    let more = shop.refund(&payment.id, 1).await;
    more.expect_problem(409, "illegal_transition");

    let path = format!("/v1/bindings/{id}");
    let gone = app.delete_with("unbind", &path).await;
    assert_eq!(gone.expect(200).body["status"], "unbound");
    let again = app.delete_with("unbind", &path).await;
    assert!(again.expect(200).is_replayed());
    assert_eq!(again.body, gone.body);
    let body = shop.payment_body(&id, 10_000);
    let late = shop.merchant.post("/v1/payments", &body).await;
    late.expect_problem(409, "illegal_transition");

    shop.doku.charged_once(&paid).await;
    shop.doku.saw_no_violation().await;
    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["bindings"][0]["status"], "unbound");
    assert_eq!(ledger["payments"][0]["refunded"], "100000.00");
}

#[tokio::test]
async fn the_page_is_the_other_way_to_confirm() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    for (button, status, failure) in [
        ("approve", "paid", Value::Null),
        ("decline", "failed", json!("declined")),
    ] {
        let mut body = shop.payment_body(&binding, 10_000);
        body["method"]["confirmation"] = json!("page");
        let answer = shop.merchant.post("/v1/payments", &body).await;
        let payment = answer.expect(201).body.clone();
        assert_eq!(payment["status"], "redirect_required");
        assert_eq!(payment["nextAction"]["type"], "redirect");
        let page = payment["nextAction"]["url"].as_str().unwrap();
        assert!(
            shop.http
                .get(page)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );

        let id = payment["paymentId"].as_str().unwrap();
        let otp = shop.give_otp(id, RIGHT_OTP).await;
        otp.expect_problem(409, "illegal_transition");
        let reference = payment["gateway"]["partnerReferenceNo"].as_str().unwrap();
        shop.doku
            .order(&format!("payments/{reference}/{button}"), json!({}))
            .await;
        let after = shop.wait_until(id, status).await;
        assert_eq!(after["nextAction"], Value::Null, "{button}");
        assert_eq!(after["failure"]["code"], failure, "{button}: {after}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_customer_who_says_no_has_no_binding() {
    let shop = Shop::open().await;
    let binding = shop.begin_link("cust-1").await;
    let id = binding["bindingId"].as_str().unwrap();
    let page = binding["nextAction"]["url"].as_str().unwrap();
    let code = page.rsplit('/').next().unwrap();
    let said = shop
        .doku
        .order(&format!("bindings/{code}/decline"), json!({}))
        .await;
    let back = said["redirect"].as_str().unwrap();
    let response = shop.http.get(back).send().await.unwrap();
    assert_eq!(response.status(), 302);
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.ends_with("status=failed"), "{location}");

    let path = format!("/v1/bindings/{id}");
    let now = shop.merchant.get(&path).await;
    assert_eq!(now.body["status"], "failed");
    assert_eq!(now.body["failure"]["code"], "cancelled_by_customer");
    assert_eq!(now.body["nextAction"], Value::Null);
    let body = shop.payment_body(id, 10_000);
    let pay = shop.merchant.post("/v1/payments", &body).await;
    pay.expect_problem(409, "illegal_transition");
    let undo = shop.merchant.delete_with("undo", &path).await;
    undo.expect_problem(409, "illegal_transition");
}

#[tokio::test]
async fn the_return_page_believes_nobody_without_the_state() {
    let shop = Shop::open().await;
    let binding = shop.begin_link("cust-1").await;
    let other = shop.begin_link("cust-2").await;
    let id = binding["bindingId"].as_str().unwrap();
    let code = |binding: &Value| {
        let page = binding["nextAction"]["url"].as_str().unwrap();
        page.rsplit('/').next().unwrap().to_owned()
    };
    // The customer agrees; the browser has not come back yet.
    let approve = format!("bindings/{}/approve", code(&binding));
    let said = shop.doku.order(&approve, json!({})).await;
    let back = said["redirect"].as_str().unwrap().to_owned();
    let theirs = format!("bindings/{}/decline", code(&other));
    let theirs = shop.doku.order(&theirs, json!({})).await;
    let theirs = theirs["redirect"].as_str().unwrap();
    let foreign_state = theirs.split_once("state=").unwrap().1.to_owned();
    let state = back.split_once("state=").unwrap().1.to_owned();

    let untouched = Untouched::so_far(&shop).await;
    let base = format!("{}/v1/bindings/{id}/return", shop.world.base_url());
    for wrong in [
        format!("{base}/success"),
        format!("{base}/success?state="),
        format!("{base}/success?state=x"),
        format!("{base}/success?state={foreign_state}"),
        format!("{base}/success?state={}", &state[1..]),
        format!("{base}/success?state={state}&state={state}"),
        format!("{base}/failed?state={foreign_state}"),
        format!("{base}/else?state={state}"),
        back.replace(id, "bnd_01JD0000000000000000000000"),
    ] {
        let answer = shop.http.get(&wrong).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{wrong}");
        let text = answer.text().await.unwrap();
        assert!(text.starts_with("<!doctype html>") && !text.contains(&state));
    }
    untouched.still(&shop, "wrong states").await;

    // Twice, and the second time with the wrong outcome in its path: it is what it is.
    for address in [
        back.clone(),
        back.clone(),
        back.replace("/success", "/failed"),
    ] {
        let answer = shop.http.get(&address).send().await.unwrap();
        assert_eq!(answer.status(), 302, "{address}");
        let headers = answer.headers();
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(
            headers["location"]
                .to_str()
                .unwrap()
                .ends_with("status=active")
        );
    }
    let now = shop.merchant.get(&format!("/v1/bindings/{id}")).await;
    assert_eq!(now.body["status"], "active");
    assert_eq!(
        shop.doku.calls("b2b2c").await.len(),
        1,
        "the code was sold once"
    );
}

#[tokio::test]
async fn coming_back_without_having_agreed_changes_nothing_yet() {
    let shop = Shop::open().await;
    let binding = shop.begin_link("cust-1").await;
    let page = binding["nextAction"]["url"].as_str().unwrap();
    let code = page.rsplit('/').next().unwrap();
    let id = binding["bindingId"].as_str().unwrap();
    let read = async || shop.merchant.get(&format!("/v1/bindings/{id}")).await.body;
    // The address is learnt from the page's own form: the simulator shows it only after a choice,
    // so the choice is made and its effect undone by asking for a token that DOKU will not sell.
    shop.doku.refuses("b2b2c", "4007400").await;
    let said = shop
        .doku
        .order(&format!("bindings/{code}/approve"), json!({}))
        .await;
    let back = said["redirect"].as_str().unwrap();
    let answer = shop.http.get(back).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    assert_eq!(read().await["status"], "pending");
    shop.doku.recovers().await;
    shop.http.get(back).send().await.unwrap();
    assert_eq!(read().await["status"], "active");
}

#[tokio::test]
async fn three_wrong_otps_end_it_and_a_fourth_does_not_reach_doku() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    // The bank may block the payment by then, or leave it to us to stop.
    for (code, expected) in [
        ("4030411", "otp_blocked"),
        ("4040415", "otp_attempts_exceeded"),
    ] {
        let payment = shop.pay(&binding, 10_000).await;
        shop.doku.forget_calls().await;
        for left in [2, 1] {
            let answer = shop.give_otp(&payment.id, WRONG_OTP).await;
            let body = &answer.expect(200).body;
            assert_eq!(body["status"], "otp_required");
            assert_eq!(
                body["nextAction"],
                json!({"type": "otp", "attemptsLeft": left})
            );
            assert_eq!(body["failure"]["code"], "otp_incorrect");
        }
        shop.doku.refuses("otp", code).await;
        let last = shop.give_otp(&payment.id, WRONG_OTP).await;
        assert_eq!(last.expect(200).body["status"], "failed");
        assert_eq!(last.word_at("/failure/code"), expected);
        let fourth = shop.give_otp(&payment.id, RIGHT_OTP).await;
        fourth.expect_problem(409, "illegal_transition");
        let calls = shop.doku.calls("otp").await;
        assert_eq!(calls.len(), 3, "{calls:?}");
    }
    assert_eq!(shop.doku.ledger().await["charges"], json!([]));
}

#[tokio::test]
async fn an_empty_account_pays_nothing() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-poor").await;
    let account = json!({"custIdMerchant": "cust-poor", "balance": "5000.00"});
    shop.doku.order("accounts", account).await;
    let payment = shop.pay(&binding, 10_000).await;
    shop.doku.holds_notifications(1).await;
    let answer = shop.give_otp(&payment.id, RIGHT_OTP).await;
    assert_eq!(answer.expect(200).body["status"], "failed");
    assert_eq!(answer.body["failure"]["code"], "insufficient_funds");
    shop.doku.releases_notifications().await;
    shop.doku.falls_silent().await;
    let after = shop.read(&payment.id).await;
    assert_eq!(after["status"], "failed");
    assert_eq!(
        after["failure"]["code"], "insufficient_funds",
        "the notification says less"
    );
    assert_eq!(after["refundableAmount"], idr(0));
}

#[tokio::test]
async fn a_bank_that_refused_twice_pays_the_third_time() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    shop.doku.declines("cust-1", 2).await;
    // A notification that overtakes the answer would say less of the reason.
    shop.doku.holds_notifications(2).await;
    for _ in 0..2 {
        let payment = shop.pay(&binding, 10_000).await;
        let answer = shop.give_otp(&payment.id, RIGHT_OTP).await;
        assert_eq!(answer.expect(200).body["status"], "failed");
        assert_eq!(answer.word_at("/failure/code"), "insufficient_funds");
    }
    let paid = shop.paid(&binding, 10_000).await;
    shop.doku.charged_once(&shop.read(&paid).await).await;

    let expired = json!({"custIdMerchant": "cust-1", "reason": "card_expired"});
    shop.doku.declines_so(expired).await;
    shop.doku.holds_notifications(1).await;
    let payment = shop.pay(&binding, 10_000).await;
    let answer = shop.give_otp(&payment.id, RIGHT_OTP).await;
    assert_eq!(answer.word_at("/failure/code"), "account_unavailable");
}

#[tokio::test]
async fn lists_come_in_pages_without_gaps_or_repeats() {
    let shop = Shop::open().await;
    let mut bindings = Vec::new();
    for _ in 0..5 {
        let binding = shop.begin_link("cust-1").await;
        bindings.push(binding["bindingId"].as_str().unwrap().to_owned());
    }
    let elsewhere = shop.link_account("cust-2").await;
    let binding = shop.link_account("cust-1").await;
    bindings.push(binding.clone());
    let mut payments = Vec::new();
    for _ in 0..5 {
        payments.push(shop.pay(&binding, 10_000).await.id);
    }
    shop.pay(&elsewhere, 10_000).await;
    let paid = payments[4].clone();
    shop.confirm(&paid).await;
    shop.wait_until_paid(&paid).await;
    let mut refunds = Vec::new();
    for _ in 0..4 {
        refunds.push(shop.refund(&paid, 1_000).await.expect(201).word("refundId"));
    }
    bindings.reverse();
    payments.reverse();
    shop.doku.falls_silent().await;

    for limit in [1, 2, 3, 100] {
        let list = "/v1/customers/cust-1/bindings";
        assert_eq!(
            shop.merchant.walk(list, "bindingId", limit).await,
            bindings,
            "by {limit}"
        );
        let list = "/v1/payments?customerId=cust-1";
        assert_eq!(
            shop.merchant.walk(list, "paymentId", limit).await,
            payments,
            "by {limit}"
        );
        let list = format!("/v1/payments/{paid}/refunds");
        assert_eq!(
            shop.merchant.walk(&list, "refundId", limit).await,
            refunds,
            "by {limit}"
        );
        let list = format!("/v1/payments/{paid}/events");
        let events = shop.merchant.walk(&list, "eventId", limit).await;
        let distinct: BTreeSet<_> = events.iter().collect();
        assert_eq!(events.len(), distinct.len(), "by {limit}");
        assert!(events.len() >= 6, "by {limit}: {}", events.len());
        assert!(events.is_sorted(), "by {limit}: oldest first");
    }
    // A cursor of one list is no way into another.
    let page = shop
        .merchant
        .get("/v1/payments?customerId=cust-1&limit=1")
        .await;
    let cursor = page.word("nextCursor");
    let path = format!("/v1/payments?customerId=cust-2&limit=10&cursor={cursor}");
    let other = shop.merchant.get(&path).await;
    for item in other.body["items"].as_array().into_iter().flatten() {
        assert_eq!(item["customerId"], "cust-2");
    }
    assert!(other.status < 500, "{}", other.text);
}

#[tokio::test]
async fn a_payment_is_found_by_its_invoice_number() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.pay(&binding, 10_000).await;
    let invoice = payment.body["invoiceNumber"].as_str().unwrap();
    let find = async |number: &str| {
        let path = format!("/v1/payments?invoiceNumber={number}");
        let answer = shop.merchant.get(&path).await;
        answer.expect(200).body.clone()
    };
    let found = find(invoice).await;
    assert_eq!(found["items"], json!([shop.read(&payment.id).await]));
    assert_eq!(found["nextCursor"], Value::Null);
    assert_eq!(find("INV-UNKNOWN_ID").await["items"], json!([]));
    let mut same = shop.payment_body(&binding, 20_000);
    same["invoiceNumber"] = json!(invoice);
    let second = shop.merchant.post("/v1/payments", &same).await;
    second.expect_problem(409, "invoice_number_used");
    let calls = eventually("the calls", async || Some(shop.doku.calls("payment").await)).await;
    assert_eq!(calls.len(), 1);
}
