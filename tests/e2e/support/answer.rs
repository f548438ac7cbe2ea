//! What came back.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::leaks::leak;

/// An HTTP answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body, byte for byte.
    pub text: String,
    /// The body; null when it is not JSON.
    pub body: Value,
}

impl Answer {
    /// Reads an answer; a problem among them must not hold anything secret.
    pub async fn read(response: reqwest::Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let answer = Self {
            status,
            headers,
            text,
            body,
        };
        if answer.header("content-type") == "application/problem+json" {
            assert_eq!(leak(&answer.text), None, "{}", answer.text);
        }
        answer
    }

    /// Insists on a status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Insists on a problem: its status, its code, and the shape that every problem has.
    #[track_caller]
    pub fn expect_problem(&self, status: u16, code: &str) -> &Self {
        self.expect(status);
        assert_eq!(self.body["code"], code, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status, "{}", self.text);
        for member in ["type", "title", "detail", "outcome", "requestId"] {
            assert!(self.body[member].is_string(), "{member}: {}", self.text);
        }
        self
    }

    /// The fields that a problem names, in its order.
    pub fn fields(&self) -> Vec<&str> {
        let errors = self.body["errors"].as_array().into_iter().flatten();
        errors.filter_map(|error| error["field"].as_str()).collect()
    }

    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Whether the answer says that it is a repeat.
    pub fn is_replayed(&self) -> bool {
        self.header("idempotent-replayed") == "true"
    }

    /// `Retry-After` in seconds.
    pub fn retry_after(&self) -> Option<u64> {
        self.header("retry-after").parse().ok()
    }

    /// A text anywhere in the body, by its JSON pointer.
    #[track_caller]
    pub fn word_at(&self, pointer: &str) -> String {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        assert!(found.is_some(), "no text at {pointer} in {}", self.text);
        found.unwrap_or_default().to_owned()
    }

    /// A text of the body.
    #[track_caller]
    pub fn word(&self, member: &str) -> String {
        let found = self.body[member].as_str();
        assert!(found.is_some(), "no text {member} in {}", self.text);
        found.unwrap_or_default().to_owned()
    }
}
