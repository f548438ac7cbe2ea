//! Signs as DOKU does, with any key: for calls that the simulator would never make.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// DOKU's RSA key pair.
pub struct DokuKey(KeyPair);

impl DokuKey {
    pub fn generate() -> Self {
        Self(KeyPair::generate(KeySize::Rsa2048).unwrap())
    }

    /// The public half, as it stands in the secret.
    pub fn public_pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().unwrap();
        let text = STANDARD.encode(der.as_ref());
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    /// `SHA256withRSA` in base64: 344 characters.
    pub fn sign(&self, text: &str) -> String {
        let mut signature = vec![0; self.0.public_modulus_len()];
        let chance = SystemRandom::new();
        self.0
            .sign(&RSA_PKCS1_SHA256, &chance, text.as_bytes(), &mut signature)
            .unwrap();
        STANDARD.encode(signature)
    }
}

/// The hash of a compact body, in lower-case hexadecimal.
fn body_hash(body: &str) -> String {
    hex::encode(digest::digest(&digest::SHA256, body.as_bytes()))
}

/// JSON without the whitespace between its tokens.
pub fn minified(body: &str) -> String {
    let (mut kept, mut in_text, mut is_escaped) = (String::new(), false, false);
    for c in body.chars() {
        if in_text {
            in_text = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_text = c == '"';
        }
        kept.push(c);
    }
    kept
}

/// SNAP's symmetric signature of a `POST` with a compact body.
pub fn symmetric(secret: &str, path: &str, token: &str, body: &str, timestamp: &str) -> String {
    let text = format!("POST:{path}:{token}:{}:{timestamp}", body_hash(body));
    let key = hmac::Key::new(hmac::HMAC_SHA512, secret.as_bytes());
    STANDARD.encode(hmac::sign(&key, text.as_bytes()))
}

/// What SNAP's asymmetric signature of a `POST` with a compact body is made of.
pub fn transaction_text(path: &str, body: &str, timestamp: &str) -> String {
    format!("POST:{path}:{}:{timestamp}", body_hash(body))
}

/// What a signature of DOKU's older family is made of.
pub struct Lines<'a> {
    /// `Request-Timestamp`, or `Response-Timestamp` in answers.
    pub stamp: &'a str,
    pub client_id: &'a str,
    pub request_id: &'a str,
    pub timestamp: &'a str,
    pub path: &'a str,
    pub body: &'a [u8],
}

impl Lines<'_> {
    /// The `Signature` header: `HMACSHA256=` and base64.
    pub fn sign(&self, secret: &str) -> String {
        let digest = STANDARD.encode(digest::digest(&digest::SHA256, self.body));
        let text = format!(
            "Client-Id:{}\nRequest-Id:{}\n{}:{}\nRequest-Target:{}\nDigest:{digest}",
            self.client_id, self.request_id, self.stamp, self.timestamp, self.path
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, text.as_bytes());
        format!("HMACSHA256={}", STANDARD.encode(tag))
    }
}
