//! Whoever calls the API.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::{Client, Method};
use serde_json::Value;

use super::Answer;

/// A name that nothing else in this run has: for idempotency keys, invoice numbers, customers.
pub fn fresh(what: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    format!("{what}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A caller with a token.
#[derive(Debug, Clone)]
pub struct Caller {
    pub http: Client,
    pub base_url: String,
    pub token: String,
}

impl Caller {
    /// A read.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// The members of that name on every page of a list, in order. No page but the first is empty.
    pub async fn walk(&self, list: &str, name: &str, limit: usize) -> Vec<String> {
        let sign = if list.contains('?') { '&' } else { '?' };
        let mut words = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{list}{sign}limit={limit}{cursor}");
            let page = self.get(&path).await;
            let items = page.expect(200).body["items"].as_array().unwrap();
            assert!(items.len() <= limit, "{path}: {}", items.len());
            assert!(cursor.is_empty() || !items.is_empty(), "{path} is empty");
            let own = items.iter().map(|item| item[name].as_str().unwrap());
            words.extend(own.map(str::to_owned));
            match page.body["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return words,
            }
            assert!(words.len() < 100, "{list} has no end");
        }
    }

    /// A change under a key of its own.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(&fresh("key"), path, body).await
    }

    /// A change under that key.
    pub async fn post_with(&self, key: &str, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, Some(key), Some(body.to_string()))
            .await
    }

    /// A change of what exists, under a key of its own.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        let key = fresh("key");
        self.send(Method::PATCH, path, Some(&key), Some(body.to_string()))
            .await
    }

    /// A removal under that key.
    pub async fn delete_with(&self, key: &str, path: &str) -> Answer {
        self.send(Method::DELETE, path, Some(key), None).await
    }

    /// Anything: with or without a key, any text as the body.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<String>,
    ) -> Answer {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base_url))
            .bearer_auth(&self.token);
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body);
        }
        Answer::read(request.send().await.unwrap()).await
    }
}
