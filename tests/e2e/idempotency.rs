//! One key, one effect, whatever comes at once and however often.

mod earlier_release;
mod expiry;
mod identities;
mod keys;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, RIGHT_OTP, Shop, at_once, fresh, idr, statuses};

/// A request that changes something, as often as one likes.
#[derive(Clone)]
struct Change {
    method: Method,
    path: String,
    body: Option<Value>,
    /// Status of its answer.
    status: u16,
    /// What DOKU is asked to do for it.
    operation: &'static str,
}

impl Change {
    fn post(path: &str, body: Value, status: u16, operation: &'static str) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            body: Some(body),
            status,
            operation,
        }
    }

    async fn send(&self, caller: &Caller, key: Option<&str>) -> Answer {
        let body = self.body.as_ref().map(Value::to_string);
        caller
            .send(self.method.clone(), &self.path, key, body)
            .await
    }
}

/// One request of each kind that is ready to be made.
async fn changes(shop: &Shop) -> Vec<Change> {
    let binding = shop.link_account(&fresh("cust")).await;
    let waiting = shop.pay(&binding, 10_000).await;
    let paid = shop.paid(&binding, 10_000).await;
    let unwanted = shop.link_account(&fresh("cust")).await;
    vec![
        Change::post(
            "/v1/bindings",
            shop.binding_body(&fresh("cust")),
            201,
            "binding",
        ),
        Change::post(
            "/v1/payments",
            shop.payment_body(&binding, 10_000),
            201,
            "payment",
        ),
        Change::post(
            &format!("/v1/payments/{}/otp", waiting.id),
            json!({"otp": RIGHT_OTP}),
            200,
            "otp",
        ),
        Change::post(
            &format!("/v1/payments/{paid}/refunds"),
            json!({"amount": idr(4_000)}),
            201,
            "refund",
        ),
        Change {
            method: Method::DELETE,
            path: format!("/v1/bindings/{unwanted}"),
            body: None,
            status: 200,
            operation: "unbinding",
        },
    ]
}

/// Insists that every answer is the same one or says "still running", and counts both.
fn one_answer(answers: &[Answer], status: u16) -> (usize, usize) {
    let (given, running): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.status == status);
    for answer in &running {
        answer.expect_problem(409, "in_progress");
        assert!(answer.retry_after().is_some_and(|seconds| seconds > 0));
    }
    let first = given.first().unwrap();
    assert!(given.iter().all(|answer| answer.text == first.text));
    let originals = given.iter().filter(|answer| !answer.is_replayed()).count();
    assert!(originals <= 1, "{originals} answers claim to be the first");
    (given.len(), running.len())
}

#[tokio::test]
async fn two_hundred_identical_payments_at_once_are_one_charge() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    // How long DOKU takes, and the fewest answers that can have come before its own.
    for (took_ms, running_least) in [(0, 0), (1_000, 1)] {
        let body = shop.payment_body(&binding, 10_000);
        let key = fresh("the-key");
        shop.doku.forget_calls().await;
        if took_ms > 0 {
            let slow = json!({"operation": "payment", "kind": "slow", "delayMs": took_ms});
            shop.doku.order("faults", slow).await;
        }
        let answers = at_once(200, |_| {
            let (merchant, key, body) = (shop.merchant.clone(), key.clone(), body.clone());
            async move { merchant.post_with(&key, "/v1/payments", &body).await }
        })
        .await;
        let (created, running) = one_answer(&answers, 201);
        println!(
            "200 at once, DOKU takes {took_ms} ms: {created} × the same 201, {running} × 409 with Retry-After"
        );
        assert_eq!(created + running, 200);
        assert!(running >= running_least);
        let calls = shop.doku.calls("payment").await;
        assert_eq!(calls.len(), 1, "{calls:?}");

        let again = shop.merchant.post_with(&key, "/v1/payments", &body).await;
        assert!(again.expect(201).is_replayed());
        assert_eq!(shop.doku.payment_of(&again.body).await["attempts"], 1);
        let id = again.word("paymentId");
        shop.confirm(&id).await;
        let paid = shop.wait_until_paid(&id).await;
        shop.doku.charged_once(&paid).await;
    }
    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["payments"].as_array().map(Vec::len), Some(2));
    assert_eq!(ledger["charges"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn identical_requests_of_any_kind_at_once_have_one_effect() {
    let shop = Shop::open().await;
    for change in changes(&shop).await {
        shop.doku.forget_calls().await;
        let answers = at_once(25, |_| {
            let (merchant, change) = (shop.merchant.clone(), change.clone());
            async move { change.send(&merchant, Some("one-key")).await }
        })
        .await;
        let (given, running) = one_answer(&answers, change.status);
        let what = change.operation;
        println!("25 × {what} at once: {given} answers, {running} × 409 with Retry-After");
        let calls = shop.doku.calls(what).await;
        assert_eq!(calls.len(), 1, "{what}: {calls:?}");

        let again = change.send(&shop.merchant, Some("one-key")).await;
        assert!(again.expect(change.status).is_replayed(), "{what}");
        assert_eq!(shop.doku.calls(what).await.len(), 1, "{what}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_same_key_with_another_body_is_refused_and_doku_hears_nothing() {
    let shop = Shop::open().await;
    let elsewhere = shop.link_account(&fresh("cust")).await;
    for change in changes(&shop).await {
        change
            .send(&shop.merchant, Some("taken"))
            .await
            .expect(change.status);
        shop.doku.forget_calls().await;
        for other in others(&change, &elsewhere) {
            for _ in 0..3 {
                let answer = other.send(&shop.merchant, Some("taken")).await;
                answer.expect_problem(422, "idempotency_key_reused");
                assert!(!answer.is_replayed());
            }
        }
        assert_eq!(shop.doku.call_count().await, 0, "{}", change.operation);
        // The first request is none the worse for it.
        let again = change.send(&shop.merchant, Some("taken")).await;
        assert!(again.expect(change.status).is_replayed());
    }
}

/// Requests of the same kind that ask for something else.
fn others(change: &Change, elsewhere: &str) -> Vec<Change> {
    let with = |pointer: &str, value: Value| {
        let mut other = change.clone();
        let body = other.body.as_mut().unwrap();
        match pointer.rsplit_once('/') {
            Some((parent, member)) => body.pointer_mut(parent).unwrap()[member] = value,
            None => *body = value,
        }
        other
    };
    match change.operation {
        "binding" => vec![
            with("/customer/phone", json!("6281234567891")),
            with("/returnUrl", json!("https://shop.example/elsewhere")),
        ],
        "payment" => vec![
            with("/amount", idr(10_001)),
            with("/invoiceNumber", json!(fresh("INV"))),
            with("/method/bindingId", json!(elsewhere)),
            with("/method/confirmation", json!("page")),
            with("/metadata", json!({"cart": "42"})),
        ],
        "otp" => vec![with("/otp", json!("111001"))],
        "refund" => vec![
            with("/amount", idr(4_001)),
            with("/reason", json!("It broke")),
            with("", json!({})),
        ],
        _ => vec![Change {
            path: format!("/v1/bindings/{elsewhere}"),
            ..change.clone()
        }],
    }
}

#[tokio::test]
async fn without_a_usable_key_nothing_is_done() {
    let shop = Shop::open().await;
    let long = "k".repeat(256);
    for change in changes(&shop).await {
        shop.doku.forget_calls().await;
        for key in [None, Some(""), Some(long.as_str())] {
            let answer = change.send(&shop.merchant, key).await;
            answer.expect_problem(400, "invalid_request");
            let field = &answer.body["errors"][0]["field"];
            assert_eq!(field, "Idempotency-Key", "{}", answer.text);
        }
        assert_eq!(shop.doku.call_count().await, 0);
        let longest = &long[..255];
        let answer = change.send(&shop.merchant, Some(longest)).await;
        answer.expect(change.status);
    }
}

#[tokio::test]
async fn the_same_request_in_other_words_is_the_same_request() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let words = [
        format!(
            r#"{{"invoiceNumber":"INV-W","amount":{{"value":"10000.00","currency":"IDR"}},"method":{{"type":"direct_debit","bindingId":"{binding}"}},"returnUrl":"https://shop.example/paid"}}"#
        ),
        format!(
            "{{ \"returnUrl\" : \"https://shop.example/paid\",\r\n\t\"method\":{{\"bindingId\":\"{binding}\", \"type\":\"direct_debit\"}},\n \"amount\":{{\"currency\":\"IDR\",\"value\":\"10000.00\"}},\"invoiceNumber\":\"INV-W\" }}\n"
        ),
        format!(
            r#"{{"invoiceNumber":"\u0049NV-W","amount":{{"value":"10000.00","currency":"IDR"}},"method":{{"type":"direct_debit","bindingId":"{binding}"}},"returnUrl":"https:\/\/shop.example\/paid"}}"#
        ),
    ];
    let mut first: Option<Answer> = None;
    for text in words {
        let answer = shop
            .merchant
            .send(Method::POST, "/v1/payments", Some("words"), Some(text))
            .await;
        answer.expect(201);
        assert_eq!(answer.is_replayed(), first.is_some());
        let first = first.get_or_insert_with(|| answer.clone());
        assert_eq!(first.text, answer.text);
    }
    assert_eq!(shop.doku.calls("payment").await.len(), 1);
}

#[tokio::test]
async fn a_key_is_its_callers_own_and_its_routes_own() {
    let shop = Shop::open_for_top_ups().await;
    let customers = ["cust-1", "cust-2"];
    let mut ids = Vec::new();
    for customer in customers {
        let binding = shop.link_account(customer).await;
        for caller in [shop.app_of(customer), shop.merchant.clone()] {
            // The merchant uses the key once only.
            if ids.len() == 3 {
                continue;
            }
            let body = shop.payment_body(&binding, 10_000);
            let answer = caller.post_with("shared", "/v1/payments", &body).await;
            assert!(!answer.expect(201).is_replayed());
            assert_eq!(answer.body["customerId"], customer);
            ids.push(answer.word("paymentId"));
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3, "three callers, three payments");

    // Another route does not know the key either.
    let path = format!("/v1/payments/{}/otp", ids[0]);
    let otp = json!({"otp": RIGHT_OTP});
    let answer = shop.merchant.post_with("shared", &path, &otp).await;
    assert!(!answer.expect(200).is_replayed());
}

#[tokio::test]
async fn the_first_answer_is_given_again_when_the_world_has_moved_on() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    let first = shop.merchant.post_with("key", "/v1/payments", &body).await;
    let id = first.expect(201).word("paymentId");
    shop.confirm(&id).await;
    shop.wait_until_paid(&id).await;
    let unbound = shop
        .merchant
        .delete_with("off", &format!("/v1/bindings/{binding}"))
        .await;
    unbound.expect(200);
    let again = shop.merchant.post_with("key", "/v1/payments", &body).await;
    assert!(again.expect(201).is_replayed());
    assert_eq!(again.text, first.text);
    assert_eq!(again.body["status"], "otp_required");

    // A refusal before anything was stored is none: the key is still free.
    let refused = shop.payment_body(&binding, 10_000);
    for _ in 0..2 {
        let answer = shop
            .merchant
            .post_with("free", "/v1/payments", &refused)
            .await;
        answer.expect_problem(409, "illegal_transition");
        assert!(!answer.is_replayed());
    }
    assert_eq!(statuses(&[first, again]).len(), 1);
}
