//! A small merchant: a token endpoint and a notification endpoint that check what DOKU signs.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use doku_shared::signing::asymmetric::{self, VerifyingKey};
use doku_shared::signing::{non_snap, snap};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{CLIENT_ID, SECRET};

pub const CARD_PATH: &str = "/v1/doku/notifications";

pub struct Merchant {
    pub base_url: String,
    pub memory: Arc<Memory>,
}

pub struct Memory {
    doku_key: VerifyingKey,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    token: String,
    tokens_issued: u32,
    /// Bodies and external ids of verified notifications.
    taken: Vec<(Value, String)>,
    /// The same of verified card notifications, with their `Request-Id`.
    cards: Vec<(Value, String)>,
    /// Status of the answer; 200 when none.
    answer: Option<u16>,
}

impl Merchant {
    pub async fn start(doku_public_key: &str) -> Self {
        let memory = Arc::new(Memory {
            doku_key: VerifyingKey::from_pem(doku_public_key).unwrap(),
            inner: Mutex::default(),
        });
        let router = Router::new()
            .route("/v1.0/access-token/b2b", post(token))
            .route("/v1.0/debit/notify", post(notify))
            .route(CARD_PATH, post(notify_of_card))
            .with_state(Arc::clone(&memory));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { base_url, memory }
    }

    pub fn taken(&self) -> Vec<(Value, String)> {
        self.memory.inner.lock().unwrap().taken.clone()
    }

    pub fn cards(&self) -> Vec<(Value, String)> {
        self.memory.inner.lock().unwrap().cards.clone()
    }

    pub fn tokens_issued(&self) -> u32 {
        self.memory.inner.lock().unwrap().tokens_issued
    }

    pub fn answer_with(&self, status: Option<u16>) {
        self.memory.inner.lock().unwrap().answer = status;
    }

    pub fn forget_token(&self) {
        self.memory.inner.lock().unwrap().token = String::from("another");
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

async fn token(State(memory): State<Arc<Memory>>, headers: HeaderMap) -> (StatusCode, String) {
    let text = asymmetric::token_string(CLIENT_ID, header(&headers, "x-timestamp"));
    let signed = memory
        .doku_key
        .verify(&text, header(&headers, "x-signature"))
        .is_ok();
    if header(&headers, "x-client-key") != CLIENT_ID || !signed {
        return (
            StatusCode::UNAUTHORIZED,
            json!({"responseCode": "4017300"}).to_string(),
        );
    }
    let mut inner = memory.inner.lock().unwrap();
    inner.tokens_issued += 1;
    inner.token = format!("merchant-token-{}", inner.tokens_issued);
    let body = json!({
        "responseCode": "2007300",
        "accessToken": inner.token,
        "tokenType": "Bearer",
        "expiresIn": 900,
    });
    (StatusCode::OK, body.to_string())
}

async fn notify(
    State(memory): State<Arc<Memory>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut inner = memory.inner.lock().unwrap();
    let refuse = |code: &str| {
        (
            StatusCode::UNAUTHORIZED,
            json!({"responseCode": code}).to_string(),
        )
    };
    let token = header(&headers, "authorization").trim_start_matches("Bearer ");
    if token != inner.token {
        return refuse("4015601");
    }
    let timestamp = header(&headers, "x-timestamp");
    let text = snap::string_to_sign("POST", "/v1.0/debit/notify", token, &body, timestamp);
    let signature = header(&headers, "x-signature");
    if snap::verify(&SecretString::from(SECRET), &text, signature).is_err() {
        return refuse("4015600");
    }
    let id = header(&headers, "x-external-id").to_owned();
    inner
        .taken
        .push((serde_json::from_slice(&body).unwrap(), id));
    let status = StatusCode::from_u16(inner.answer.unwrap_or(200)).unwrap();
    (status, json!({"responseCode": "2005600"}).to_string())
}

async fn notify_of_card(
    State(memory): State<Arc<Memory>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut inner = memory.inner.lock().unwrap();
    let component = non_snap::request_component(&non_snap::Parts {
        client_id: CLIENT_ID,
        request_id: header(&headers, "request-id"),
        timestamp: header(&headers, "request-timestamp"),
        target: CARD_PATH,
        body: Some(&body),
    });
    let signature = header(&headers, "signature");
    let signed = non_snap::verify(&SecretString::from(SECRET), &component, signature).is_ok();
    if header(&headers, "client-id") != CLIENT_ID || !signed {
        let body = json!({"message": "not signed by DOKU"});
        return (StatusCode::UNAUTHORIZED, body.to_string());
    }
    let id = header(&headers, "request-id").to_owned();
    inner
        .cards
        .push((serde_json::from_slice(&body).unwrap(), id));
    let status = StatusCode::from_u16(inner.answer.unwrap_or(200)).unwrap();
    (status, json!({"message": "OK"}).to_string())
}
