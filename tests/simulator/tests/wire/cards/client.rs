//! A merchant's client for cards: signs calls, and checks that answers are signed.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use doku_shared::signing::non_snap::{self, Parts};
use reqwest::Method;
use reqwest::header::HeaderMap;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{CLIENT_ID, SECRET, World};

pub const PAGE: &str = "/credit-card/v1/payment-page";
pub const CAPTURE: &str = "/credit-card/capture";
pub const REFUND: &str = "/cancellation/credit-card/refund";
pub const TOKENS: &str = "/tokenization/v2/get-token";
pub const DELETE: &str = "/tokenization/v2/delete-token";
pub const OLD_DELETE: &str = "/credit-card/delete-tokenization";

static REQUEST_ID: AtomicU64 = AtomicU64::new(1);

pub fn request_id() -> String {
    format!("req-{:08}", REQUEST_ID.fetch_add(1, Ordering::Relaxed))
}

/// A call that is not sent yet. Without a body it is a GET.
#[derive(Clone)]
pub struct Draft {
    pub path: String,
    pub headers: BTreeMap<&'static str, String>,
    pub body: Option<String>,
}

impl Draft {
    pub fn set(&mut self, header: &'static str, value: &str) {
        self.headers.insert(header, value.to_owned());
    }

    pub fn id(&self) -> String {
        self.headers["Request-Id"].clone()
    }

    /// Replaces the value at `pointer`, or adds it; null takes the member away.
    pub fn edit(&mut self, pointer: &str, value: &Value) {
        let mut body: Value = serde_json::from_str(self.body.as_ref().unwrap()).unwrap();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = body.pointer_mut(parent).unwrap();
        match parent.as_object_mut() {
            Some(members) if value.is_null() => {
                members.remove(name);
            }
            Some(members) => {
                members.insert(name.to_owned(), value.clone());
            }
            None => parent[name.parse::<usize>().unwrap()] = value.clone(),
        }
        self.body = Some(body.to_string());
    }

    fn parts<'a>(&'a self, timestamp: &'a str) -> Parts<'a> {
        let part = |name| self.headers.get(name).map_or("", String::as_str);
        Parts {
            client_id: part("Client-Id"),
            request_id: part("Request-Id"),
            timestamp,
            target: &self.path,
            body: self.body.as_deref().map(str::as_bytes),
        }
    }

    /// Signs what the draft holds now.
    pub fn sign(&mut self) {
        let timestamp = self.headers.get("Request-Timestamp").cloned();
        let timestamp = timestamp.unwrap_or_default();
        let component = non_snap::request_component(&self.parts(&timestamp));
        let signature = non_snap::sign(&SecretString::from(SECRET), &component);
        self.set("Signature", &signature);
    }
}

/// An answer; its body is null when it is no JSON.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub text: String,
    pub body: Value,
    pub headers: HeaderMap,
}

impl Answer {
    pub fn at(&self, pointer: &str) -> String {
        let value = self.body.pointer(pointer);
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Whether DOKU signed it as the answer to that call, with a `Digest` line or without.
    pub fn is_signed(&self, draft: &Draft, digest: bool) -> bool {
        let mut parts = draft.parts(self.header("response-timestamp"));
        parts.client_id = self.header("client-id");
        parts.request_id = self.header("request-id");
        parts.body = digest.then_some(self.text.as_bytes());
        let component = non_snap::response_component(&parts);
        let secret = SecretString::from(SECRET);
        non_snap::verify(&secret, &component, self.header("signature")).is_ok()
            && self.header("request-id") == draft.id()
            && self.header("client-id") == CLIENT_ID
    }
}

impl World {
    /// A signed call that DOKU should accept.
    pub fn card_draft(&self, path: &str, body: Option<&Value>) -> Draft {
        let mut draft = Draft {
            path: path.to_owned(),
            headers: BTreeMap::new(),
            body: body.map(Value::to_string),
        };
        if body.is_some() {
            draft.set("Content-Type", "application/json");
        }
        draft.set("Client-Id", CLIENT_ID);
        draft.set("Request-Id", &request_id());
        draft.set("Request-Timestamp", &self.timestamp());
        draft.sign();
        draft
    }

    pub async fn send_card(&self, draft: &Draft) -> Result<Answer, reqwest::Error> {
        let url = format!("{}{}", self.base(), draft.path);
        let mut request = match &draft.body {
            Some(body) => self.http.post(url).body(body.clone()),
            None => self.http.request(Method::GET, url),
        };
        for (name, value) in &draft.headers {
            request = request.header(*name, value);
        }
        let response = request.send().await?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await?;
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
            headers,
        })
    }

    /// A signed call and its answer, which must be signed.
    pub async fn card(&self, path: &str, body: &Value) -> Answer {
        let draft = self.card_draft(path, Some(body));
        let answer = self.send_card(&draft).await.unwrap();
        assert!(answer.is_signed(&draft, true), "{answer:?}");
        answer
    }

    /// Check status of an invoice or a `Request-Id`.
    pub async fn order_status(&self, id: &str) -> Answer {
        let draft = self.card_draft(&format!("/orders/v1/status/{id}"), None);
        let answer = self.send_card(&draft).await.unwrap();
        assert!(answer.is_signed(&draft, false), "{answer:?}");
        answer
    }

    /// `transaction.status` and `transaction.type` of an invoice or a `Request-Id`.
    pub async fn stands(&self, id: &str) -> (String, String) {
        let answer = self.order_status(id).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        (
            answer.at("/transaction/status"),
            answer.at("/transaction/type"),
        )
    }

    /// A page, open; its `Request-Id` and its address.
    pub async fn opened(&self, order: &Value) -> (String, String) {
        let draft = self.card_draft(PAGE, Some(order));
        let answer = self.send_card(&draft).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        (draft.id(), answer.at("/credit_card_payment_page/url"))
    }

    /// The holder pays with a test card; how it went.
    pub async fn pays(&self, invoice: &str, card: &str) -> String {
        let order = json!({"invoiceNumber": invoice, "card": card});
        let told = self.admin("/admin/cards/pay", &order).await;
        told["outcome"].as_str().unwrap().to_owned()
    }

    /// A page that was paid (or authorised); its `Request-Id`.
    pub async fn charged(&self, order: &Value) -> String {
        let (id, _) = self.opened(order).await;
        let invoice = order["order"]["invoice_number"].as_str().unwrap();
        assert_eq!(self.pays(invoice, "approve").await, "approved");
        id
    }

    /// Rows of one part of the ledger.
    pub async fn rows(&self, part: &str) -> Vec<Value> {
        self.ledger().await[part].as_array().unwrap().clone()
    }

    /// The kinds of violations seen.
    pub async fn violations(&self) -> Vec<String> {
        let rows = self.rows("violations").await;
        rows.iter()
            .map(|row| row["kind"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Bodies of card notifications, once there are that many.
    pub async fn told(&self, count: usize) -> Vec<Value> {
        for _ in 0..400 {
            let told = self.merchant.cards();
            if told.len() >= count {
                return told.into_iter().map(|(body, _)| body).collect();
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("fewer than {count} card notifications");
    }
}

/// An order of a page for 90000 rupiah.
pub fn page(invoice: &str) -> Value {
    json!({
        "order": {
            "invoice_number": invoice,
            "amount": 90_000,
            "line_items": [
                {"name": "Vitamin C", "price": 40_000, "quantity": 2},
                {"name": "Delivery", "price": 10_000, "quantity": 1},
            ],
            "callback_url": "https://merchant.example.com/cards/ok",
            "failed_url": "https://merchant.example.com/cards/failed",
            "auto_redirect": true,
        },
        "customer": {
            "id": "cust-001",
            "name": "Siti Aminah",
            "email": "siti@example.com",
            "phone": "6281200000000",
            "address": "Jalan Contoh 1",
            "country": "ID",
        },
    })
}

/// The same with a `payment` object.
pub fn page_of(invoice: &str, payment: Value) -> Value {
    let mut order = page(invoice);
    order["payment"] = payment;
    order
}

pub fn authorize(invoice: &str) -> Value {
    page_of(invoice, json!({"type": "AUTHORIZE"}))
}

pub fn capture(authorize_id: &str, amount: Option<u64>) -> Value {
    let mut order = json!({"payment": {"authorize_id": authorize_id}});
    if let Some(amount) = amount {
        order["payment"]["capture_amount"] = json!(amount);
    }
    order
}

pub fn refund(invoice: &str, original: &str, amount: u64) -> Value {
    json!({
        "order": {"invoice_number": invoice},
        "payment": {"original_request_id": original},
        "refund": {"amount": amount},
    })
}

pub fn tokens(customer: &str) -> Value {
    json!({"customer": {"id": customer}, "channel": {"id": "CREDIT_CARD"}})
}
