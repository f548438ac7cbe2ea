//! What DOKU tells us: believed when DOKU signed it, once, in any order, and never against our own
//! record of the amount.

mod effects;
mod forgeries;
mod rotation;
mod tokens;

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{Answer, Shop};

const TOKEN_PATH: &str = "/v1.0/access-token/b2b";

/// A call of DOKU's, ready to be sent or to be altered first.
#[derive(Debug, Clone)]
struct Message {
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    /// A notification that the simulator has signed and not sent.
    async fn signed(shop: &Shop, order: &Value) -> Self {
        let built = shop.doku.order("notifications/build", order.clone()).await;
        let headers = built["headers"].as_object().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            path: text(&built["path"]),
            headers: headers.iter().map(|(n, v)| (n.clone(), text(v))).collect(),
            body: text(&built["body"]),
        }
    }

    fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        &found.unwrap().1
    }

    fn token(&self) -> &str {
        self.header("authorization")
            .strip_prefix("Bearer ")
            .unwrap()
    }

    fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    async fn send(&self, http: &Client, base_url: &str) -> Answer {
        let mut request = http.post(format!("{base_url}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Answer::read(request.body(self.body.clone()).send().await.unwrap()).await
    }

    async fn to(&self, shop: &Shop) -> Answer {
        self.send(&shop.http, shop.world.base_url()).await
    }
}

/// Insists on SNAP's answer.
#[track_caller]
fn expect_code(answer: &Answer, code: &str, why: &str) {
    assert_eq!(answer.body["responseCode"], code, "{why}: {}", answer.text);
    let status: u16 = code[..3].parse().unwrap();
    assert_eq!(answer.status, status, "{why}: {}", answer.text);
}

/// Insists that it was taken.
#[track_caller]
fn expect_taken(answer: &Answer, why: &str) {
    expect_code(answer, "2005600", why);
}

/// Sends a notification the ordinary way, which must be taken.
async fn tell(shop: &Shop, order: Value) {
    let answer = shop.doku.order("notifications", order.clone()).await;
    assert_eq!(
        answer["body"]["responseCode"], "2005600",
        "{order}: {answer}"
    );
}

/// An order for a notification about a payment.
fn about(payment: &Value, status: &str) -> Value {
    json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": status,
    })
}

/// The types of a payment's events, oldest first.
async fn events(shop: &Shop, payment: &str) -> Vec<String> {
    let path = format!("/v1/payments/{payment}/events?limit=100");
    let answer = shop.merchant.get(&path).await;
    let items = answer.expect(200).body["items"].as_array().unwrap().clone();
    let kind = |event: &Value| event["type"].as_str().unwrap().to_owned();
    items.iter().map(kind).collect()
}

/// How many of them are of that type.
async fn count(shop: &Shop, payment: &str, kind: &str) -> usize {
    let events = events(shop, payment).await;
    events.iter().filter(|event| *event == kind).count()
}

/// A payment that waits for its OTP.
async fn waiting_payment(shop: &Shop) -> Value {
    let binding = shop.link_account("cust-1").await;
    shop.pay(&binding, 10_000).await.body
}

fn id(payment: &Value) -> &str {
    payment["paymentId"].as_str().unwrap()
}
