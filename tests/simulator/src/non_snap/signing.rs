//! The labelled signature, written down here a second time so that a mistake in the bundle's own
//! copy shows.

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

const PREFIX: &str = "HMACSHA256=";

/// Which label the timestamp has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Calls and notifications.
    Request,
    /// Answers.
    Response,
}

/// What the lines are made of.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a> {
    /// Which label the timestamp has.
    pub side: Side,
    /// `Client-Id`.
    pub client_id: &'a str,
    /// `Request-Id`.
    pub request_id: &'a str,
    /// The timestamp header's exact text.
    pub timestamp: &'a str,
    /// Path, without scheme and host.
    pub target: &'a str,
    /// The exact bytes; none leaves the last line out.
    pub body: Option<&'a [u8]>,
}

impl Lines<'_> {
    /// The text that is signed: lines joined by LF, none at the end.
    ///
    /// Source: DOKU API reference, "Signature Component: Non-SNAP" (read 2026-11-20).
    fn text(&self) -> String {
        let stamp = match self.side {
            Side::Request => "Request-Timestamp",
            Side::Response => "Response-Timestamp",
        };
        let mut lines = vec![
            format!("Client-Id:{}", self.client_id),
            format!("Request-Id:{}", self.request_id),
            format!("{stamp}:{}", self.timestamp),
            format!("Request-Target:{}", self.target),
        ];
        if let Some(body) = self.body {
            let digest = digest::digest(&digest::SHA256, body);
            lines.push(format!("Digest:{}", STANDARD.encode(digest)));
        }
        lines.join("\n")
    }

    /// The `Signature` header.
    pub fn sign(&self, secret: &SecretString) -> String {
        let tag = hmac::sign(&key(secret), self.text().as_bytes());
        format!("{PREFIX}{}", STANDARD.encode(tag))
    }

    /// Whether the `Signature` header is right; exact case, canonical base64, constant time.
    pub fn verify(&self, secret: &SecretString, signature: &str) -> bool {
        let Some(tag) = signature
            .strip_prefix(PREFIX)
            .and_then(|encoded| STANDARD.decode(encoded).ok())
        else {
            return false;
        };
        hmac::verify(&key(secret), self.text().as_bytes(), &tag).is_ok()
    }
}

fn key(secret: &SecretString) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn vectors(part: &str) -> Vec<Value> {
        let all: Value = serde_json::from_str(include_str!("../../../vectors/doku.json")).unwrap();
        all[part].as_array().unwrap().clone()
    }

    fn check(vector: &Value, side: Side, stamp: &str) {
        let text = |name: &str| vector[name].as_str().unwrap_or_default();
        let body = text("body");
        let lines = Lines {
            side,
            client_id: text("client_id"),
            request_id: text("request_id"),
            timestamp: text(stamp),
            target: text("request_target"),
            body: (!vector["digest"].is_null()).then_some(body.as_bytes()),
        };
        let secret = SecretString::from(text("secret_key"));
        let right = vector["expect"] != "reject";
        let signature = text("signature");
        assert_eq!(lines.verify(&secret, signature), right, "{}", text("id"));
        if right {
            assert_eq!(lines.sign(&secret), signature, "{}", text("id"));
        }
    }

    #[test]
    fn every_vector_agrees() {
        let requests = vectors("non_snap_request");
        assert_eq!(requests.len(), 11);
        for vector in &requests {
            check(vector, Side::Request, "request_timestamp");
        }
        let responses = vectors("non_snap_response");
        assert_eq!(responses.len(), 5);
        for vector in &responses {
            check(vector, Side::Response, "response_timestamp");
        }
    }
}
