//! Requests that must not get past the door: each is refused with a 4xx that names every wrong
//! field and repeats no value, writes nothing, and does not reach DOKU.

mod bodies;
mod cards;
mod channels;
mod headers;
mod subscriptions;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, CHANNEL, RIGHT_OTP, Shop, Untouched, fresh, idr, routes};

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    Bind,
    BindingOtp,
    Pay,
    Wallet,
    Card,
    Capture,
    Otp,
    Refund,
    Subscribe,
    Change,
}

/// One request, and how it is refused.
pub struct Case {
    pub why: &'static str,
    pub door: Door,
    pub body: Vec<u8>,
    /// Content types and idempotency keys: none, one or several.
    pub content_types: Vec<Vec<u8>>,
    pub keys: Vec<Vec<u8>>,
    pub status: u16,
    pub fields: Vec<&'static str>,
    /// What of the request must not be seen in the answer or in a log.
    pub unseen: Vec<&'static str>,
}

impl Case {
    /// A body under decent headers.
    pub fn raw(
        why: &'static str,
        door: Door,
        body: impl Into<Vec<u8>>,
        fields: &[&'static str],
    ) -> Self {
        Self {
            why,
            door,
            body: body.into(),
            content_types: vec![b"application/json".to_vec()],
            keys: vec![fresh("corpus").into_bytes()],
            status: 400,
            fields: fields.to_vec(),
            unseen: Vec::new(),
        }
    }

    /// A good body with some members (by JSON pointer) replaced; `null` as the value removes one.
    pub fn altered(
        why: &'static str,
        door: Door,
        changes: &[(&str, Value)],
        fields: &[&'static str],
    ) -> Self {
        let mut body = good(door);
        for (pointer, value) in changes {
            put(&mut body, pointer, value.clone());
        }
        Self::raw(why, door, body.to_string(), fields)
    }

    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn unseen(self, unseen: &[&'static str]) -> Self {
        let unseen = unseen.to_vec();
        Self { unseen, ..self }
    }
}

/// Puts a value where a JSON pointer says, making the last member when it is not there.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(members), Value::Null) => {
            members.remove(name);
        }
        (Value::Object(members), value) => {
            members.insert(name.to_owned(), value);
        }
        (Value::Array(items), value) => items[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer} leads nowhere"),
    }
}

/// A body that would be taken.
pub fn good(door: Door) -> Value {
    match door {
        Door::Bind => json!({
            "customer": {
                "id": "cust-9",
                "name": "Siti Aminah",
                "email": "siti@example.com",
                "phone": "6281200000001",
            },
            "channel": CHANNEL,
            "returnUrl": "https://shop.example/linked",
        }),
        Door::Pay => json!({
            "invoiceNumber": "INV-CORPUS",
            "amount": idr(10_000),
            "method": {
                "type": "direct_debit",
                "bindingId": "bnd_01JD0000000000000000000000",
                "confirmation": "otp",
            },
            "items": [{"name": "Vitamin C", "price": "5000.00", "quantity": 2}],
            "returnUrl": "https://shop.example/paid",
            "description": "Vitamins",
            "metadata": {"cart": "42"},
        }),
        Door::Wallet => json!({
            "invoiceNumber": "INV-CORPUS-WALLET",
            "amount": idr(10_000),
            "customer": {"id": "cust-9"},
            "method": {
                "type": "wallet",
                "channel": "EMONEY_DANA_SNAP",
                "deepLink": "myshop://paid",
                "pointOfInitiation": "app",
            },
            "device": {"id": "0123456789abcdef", "ipAddress": "203.0.113.10"},
            "returnUrl": "https://shop.example/paid",
            "description": "Vitamins",
            "metadata": {"cart": "42"},
        }),
        Door::Card => json!({
            "invoiceNumber": "INV-CORPUS-CARD",
            "amount": idr(10_000),
            "customer": {
                "id": "cust-9",
                "name": "Siti Aminah",
                "email": "siti@example.com",
                "phone": "6281200000001",
                "address": "Jalan Merdeka 1, Jakarta",
                "country": "ID",
            },
            "method": {
                "type": "card",
                "paymentType": "INSTALLMENT",
                "acquirer": "BCA",
                "tenor": 3,
                "page": {
                    "autoRedirect": true,
                    "language": "ID",
                    "disclaimer": {"id": "Setuju", "en": "Agreed"},
                    "promos": [{"bin": "411111", "discount": "1000.00"}],
                    "allowTenors": [3, 6],
                },
            },
            "items": [{"name": "Vitamin C", "price": "5000.00", "quantity": 2}],
            "returnUrl": "https://shop.example/paid",
            "description": "Vitamins",
            "metadata": {"cart": "42"},
        }),
        Door::Capture => json!({"amount": idr(1_000)}),
        Door::Otp | Door::BindingOtp => json!({"otp": RIGHT_OTP}),
        Door::Refund => json!({"amount": idr(1_000), "reason": "Broken"}),
        Door::Subscribe => json!({
            "customerId": "cust-1",
            "amount": idr(10_000),
            "method": {"type": "direct_debit", "bindingId": "bnd_01JD0000000000000000000000"},
            "items": [{"name": "Vitamin C", "price": "5000.00", "quantity": 2}],
            "description": "Vitamins",
            "metadata": {"plan": "gold"},
            "invoicePrefix": "GOLD",
            "interval": {"unit": "month", "every": 1},
            "anchorDay": 31,
            "startDate": "2096-01-31",
            "endDate": "2097-01-31",
            "chargeTime": "09:00",
            "timeZone": "Asia/Jakarta",
            "retry": {"afterDays": [1, 3, 5], "then": "pause"},
            "catchUp": "charge_all",
        }),
        Door::Change => json!({
            "amount": idr(12_000),
            "items": [{"name": "Vitamin C", "price": "6000.00", "quantity": 2}],
            "description": "Vitamins",
            "metadata": {"plan": "gold"},
            "retry": {"afterDays": [2], "then": "cancel"},
            "catchUp": "skip",
            "status": "active",
            "skipNext": false,
        }),
    }
}

fn corpus() -> Vec<Case> {
    let mut cases = bodies::bind();
    cases.extend(bodies::pay());
    cases.extend(bodies::otp_and_refund());
    cases.extend(bodies::json());
    cases.extend(bodies::card_numbers());
    cases.extend(cards::members());
    cases.extend(cards::together());
    cases.extend(cards::numbers());
    cases.extend(cards::captures());
    cases.extend(channels::bind());
    cases.extend(channels::pay());
    cases.extend(channels::otp());
    cases.extend(channels::numbers());
    cases.extend(subscriptions::create());
    cases.extend(subscriptions::change());
    cases.extend(subscriptions::numbers());
    cases.extend(headers::all());
    cases
}

/// The path of a door, and its name in the template. `id` is that of the payment, the binding or the
/// subscription.
fn path(door: Door, id: &str) -> (String, &'static str) {
    match door {
        Door::Bind => ("/v1/bindings".into(), "/v1/bindings"),
        Door::BindingOtp => (
            format!("/v1/bindings/{id}/otp"),
            "/v1/bindings/{bindingId}/otp",
        ),
        Door::Pay | Door::Wallet | Door::Card => ("/v1/payments".into(), "/v1/payments"),
        Door::Capture => (
            format!("/v1/payments/{id}/capture"),
            "/v1/payments/{paymentId}/capture",
        ),
        Door::Otp => (
            format!("/v1/payments/{id}/otp"),
            "/v1/payments/{paymentId}/otp",
        ),
        Door::Refund => (
            format!("/v1/payments/{id}/refunds"),
            "/v1/payments/{paymentId}/refunds",
        ),
        Door::Subscribe => ("/v1/subscriptions".into(), "/v1/subscriptions"),
        Door::Change => (
            format!("/v1/subscriptions/{id}"),
            "/v1/subscriptions/{subscriptionId}",
        ),
    }
}

/// The method of a door.
const fn method(door: Door) -> Method {
    match door {
        Door::Change => Method::PATCH,
        _ => Method::POST,
    }
}

async fn send(shop: &Shop, case: &Case, path: &str) -> Answer {
    let url = format!("{}{path}", shop.world.base_url());
    let request = shop.http.request(method(case.door), url);
    let mut request = request.bearer_auth(&shop.merchant.token);
    for value in &case.content_types {
        request = request.header("content-type", value.as_slice());
    }
    for value in &case.keys {
        request = request.header("idempotency-key", value.as_slice());
    }
    Answer::read(request.body(case.body.clone()).send().await.unwrap()).await
}

#[tokio::test]
async fn nothing_malformed_gets_past_the_door() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let waiting = shop.pay(&binding, 10_000).await;
    let paid = shop.paid(&binding, 10_000).await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let subscription = shop.merchant.post("/v1/subscriptions", &body).await;
    let subscription = subscription.expect(201).word("subscriptionId");
    let described = routes::described();
    let untouched = Untouched::so_far(&shop).await;

    let cases = corpus();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let id = match case.door {
            Door::BindingOtp => &binding,
            Door::Otp => &waiting.id,
            Door::Change => &subscription,
            _ => &paid,
        };
        let (path, pattern) = path(case.door, id);
        let answer = send(&shop, case, &path).await;
        let mut named = answer.fields();
        named.sort_unstable();
        let mut expected = case.fields.clone();
        expected.sort_unstable();
        if answer.status != case.status || named != expected {
            wrong.push(format!(
                "{:?}, {}: {} instead of {}, {named:?} instead of {expected:?}",
                case.door, case.why, answer.status, case.status
            ));
            continue;
        }
        let code = match case.status {
            413 => "payload_too_large",
            _ => "invalid_request",
        };
        answer.expect_problem(case.status, code);
        assert_eq!(answer.body["outcome"], "none", "{}", case.why);
        assert_eq!(answer.body["retryable"], false, "{}", case.why);
        let route = described
            .iter()
            .find(|(r, _)| r.method == method(case.door).as_str() && r.path == pattern);
        let statuses = &route.unwrap().1.statuses;
        assert!(
            statuses.contains(&case.status),
            "{pattern}: {}",
            case.status
        );
        for value in &case.unseen {
            assert!(
                !answer.text.contains(value),
                "{}: {}",
                case.why,
                answer.text
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );

    untouched.still(&shop, "the corpus").await;
    let logs = shop.world.logs_text();
    for case in &cases {
        for value in &case.unseen {
            assert!(!logs.contains(value), "{}: in the logs", case.why);
        }
    }
    assert!(!logs.contains("panicked"));
}

/// The corpus proves nothing if its good bodies are refused too.
#[tokio::test]
async fn the_bodies_that_the_corpus_alters_are_good() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let post = async |path: &str, body: &Value| shop.merchant.post(path, body).await;

    post("/v1/bindings", &good(Door::Bind)).await.expect(201);
    post("/v1/payments", &good(Door::Wallet)).await.expect(201);
    // Well-formed, but nobody waits for it: an account is linked on DOKU's page.
    post(&path(Door::BindingOtp, &binding).0, &good(Door::BindingOtp))
        .await
        .expect_problem(400, "operation_not_supported");
    let by_card = post("/v1/payments", &good(Door::Card))
        .await
        .expect(201)
        .word("paymentId");
    let capture = path(Door::Capture, &by_card).0;
    post(&capture, &good(Door::Capture))
        .await
        .expect_problem(409, "illegal_transition");
    let mut body = good(Door::Pay);
    post("/v1/payments", &body)
        .await
        .expect_problem(404, "binding_not_found");
    put(&mut body, "/method/bindingId", json!(binding));
    let payment = post("/v1/payments", &body)
        .await
        .expect(201)
        .word("paymentId");
    let path_of = |door| path(door, &payment).0;
    post(&path_of(Door::Otp), &good(Door::Otp))
        .await
        .expect(200);
    shop.wait_until_paid(&payment).await;
    post(&path_of(Door::Refund), &good(Door::Refund))
        .await
        .expect(201);
    let mut body = good(Door::Subscribe);
    post("/v1/subscriptions", &body)
        .await
        .expect_problem(404, "binding_not_found");
    let wallet = shop.link_wallet("cust-1").await;
    put(&mut body, "/method/bindingId", json!(wallet));
    let subscription = post("/v1/subscriptions", &body)
        .await
        .expect(201)
        .word("subscriptionId");
    let change = path(Door::Change, &subscription).0;
    shop.merchant
        .patch(&change, &good(Door::Change))
        .await
        .expect(200);
}

#[tokio::test]
async fn an_end_wants_a_key_and_no_body() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let wallet = shop.link_wallet("cust-1").await;
    let body = shop.subscription_body("cust-1", &wallet);
    let subscription = shop.merchant.post("/v1/subscriptions", &body).await;
    let subscription = subscription.expect(201).word("subscriptionId");
    let untouched = Untouched::so_far(&shop).await;
    let table = [
        ("no key", None, None, "Idempotency-Key"),
        ("a long key", Some("k".repeat(256)), None, "Idempotency-Key"),
        (
            "a body",
            Some("k".to_owned()),
            Some("{}".to_owned()),
            "body",
        ),
    ];
    let paths = [
        format!("/v1/bindings/{binding}"),
        format!("/v1/subscriptions/{subscription}"),
        format!("/v1/subscriptions/{subscription}?at=period_end"),
    ];
    for path in &paths {
        for (why, key, body, field) in &table {
            let (key, body) = (key.as_deref(), body.clone());
            let answer = shop.merchant.send(Method::DELETE, path, key, body).await;
            assert_eq!(answer.fields(), [*field], "{path}: {why}");
            answer.expect_problem(400, "invalid_request");
        }
    }
    untouched.still(&shop, "an end").await;
}
