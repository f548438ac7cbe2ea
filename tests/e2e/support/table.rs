//! The table from below, and a counter of what the functions ask it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use local::http_client;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Shop;

/// The embedded database checks no signature, but wants to see one.
const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=local/20261120/ap-southeast-1/dynamodb/aws4_request, \
     SignedHeaders=host, Signature=0";

impl Shop {
    /// Every item of the table, in the order of its keys.
    pub async fn table(&self) -> Vec<Value> {
        let mut items = Vec::new();
        let mut request = json!({"TableName": self.world.table_name(), "ConsistentRead": true});
        loop {
            let response = self
                .http
                .post(self.world.dynamodb_url())
                .header("content-type", "application/x-amz-json-1.0")
                .header("x-amz-target", "DynamoDB_20120810.Scan")
                .header("authorization", CREDENTIAL)
                .header("x-amz-date", "20261120T000000Z")
                .body(request.to_string())
                .send()
                .await
                .unwrap();
            let text = response.text().await.unwrap();
            let page: Value = serde_json::from_str(&text).unwrap();
            items.extend(page["Items"].as_array().unwrap().iter().cloned());
            match &page["LastEvaluatedKey"] {
                Value::Null => break,
                key => request["ExclusiveStartKey"] = key.clone(),
            }
        }
        items.sort_by_key(|item| (item["pk"].to_string(), item["sk"].to_string()));
        items
    }

    /// The items whose partition key begins with `prefix`.
    pub async fn items(&self, prefix: &str) -> Vec<Value> {
        let all = self.table().await.into_iter();
        all.filter(|item| {
            let key = item["pk"]["S"].as_str().unwrap_or_default();
            key.starts_with(prefix)
        })
        .collect()
    }
}

/// The table and DOKU's list of calls as they were; nothing may have come to either since.
pub struct Untouched {
    table: Vec<Value>,
    calls: usize,
}

impl Untouched {
    /// Waits for what is still on its way, and remembers.
    pub async fn so_far(shop: &Shop) -> Self {
        shop.doku.has_told_all().await;
        Self {
            table: shop.table().await,
            calls: shop.doku.call_count().await,
        }
    }

    /// Insists that nothing has happened; `why` is for the failure.
    pub async fn still(&self, shop: &Shop, why: &str) {
        let calls = shop.doku.call_count().await;
        assert_eq!(calls, self.calls, "{why}: DOKU was called");
        let table = shop.table().await;
        let differs = |item: &&Value| !self.table.contains(item);
        let new: Vec<_> = table.iter().filter(differs).collect();
        assert!(new.is_empty(), "{why}: written: {new:?}");
        assert_eq!(table.len(), self.table.len(), "{why}: something is gone");
    }
}

/// Stands between the functions and the database and counts what passes.
#[derive(Clone)]
pub struct Counter(Arc<Counting>);

struct Counting {
    http: Client,
    database: OnceLock<String>,
    requests: AtomicUsize,
}

impl Counter {
    /// How many requests there were so far.
    pub fn requests(&self) -> usize {
        self.0.requests.load(Ordering::SeqCst)
    }

    /// A bundle whose functions reach the database through a counter.
    pub async fn shop() -> (Shop, Self) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let front = format!("http://{}", listener.local_addr().unwrap());
        let counter = Self(Arc::new(Counting {
            http: http_client().unwrap(),
            database: OnceLock::new(),
            requests: AtomicUsize::new(0),
        }));
        let app = Router::new().fallback(pass).with_state(counter.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let shop = Shop::open_with(|options| options.dynamodb_front = Some(front)).await;
        let database = shop.world.dynamodb_url().to_owned();
        counter.0.database.set(database).unwrap();
        (shop, counter)
    }
}

async fn pass(
    State(Counter(counting)): State<Counter>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    counting.requests.fetch_add(1, Ordering::SeqCst);
    let mut request = counting.http.post(counting.database.get().unwrap());
    for name in [
        "content-type",
        "x-amz-target",
        "authorization",
        "x-amz-date",
    ] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let answer = request.body(body).send().await.unwrap();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    for name in ["content-type", "x-amzn-errortype", "x-amz-crc32"] {
        if let Some(value) = answer.headers().get(name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    *response.body_mut() = Body::from(answer.bytes().await.unwrap());
    response
}
