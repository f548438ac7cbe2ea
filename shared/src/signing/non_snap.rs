//! DOKU's older signature: HMAC-SHA256 over labelled lines, for cards, check status by invoice
//! and the notifications of both.

use hmac::Hmac;
use secrecy::SecretString;
use sha2::Sha256;

use super::{SignatureMismatch, digest, sha256_base64};

/// What every signature header starts with; without it the value is refused.
const PREFIX: &str = "HMACSHA256=";

/// The values that a component text is made of.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// `Client-Id`.
    pub client_id: &'a str,
    /// `Request-Id`, at most 128 characters.
    pub request_id: &'a str,
    /// `Request-Timestamp` (or `Response-Timestamp`), byte for byte as in the header.
    pub timestamp: &'a str,
    /// Path of the call, percent-encoded as on the wire, without scheme, host or query. For a
    /// notification: the path of our notification URL.
    pub target: &'a str,
    /// The exact bytes on the wire, which are *not* minified; `None` leaves out the digest line,
    /// as a GET does.
    pub body: Option<&'a [u8]>,
}

/// The text a request (ours, or a notification of DOKU's) is signed over: lines joined by one LF,
/// none at the end.
///
/// Source: DOKU API reference, "Signature Component: Non-SNAP, Request" (read 2026-11-20).
pub fn request_component(parts: &Parts<'_>) -> String {
    component("Request-Timestamp", parts)
}

/// The text an answer of DOKU's is signed over. It differs from a request in one label.
///
/// Source: DOKU API reference, "Signature Component: Non-SNAP, Response" (read 2026-11-20).
pub fn response_component(parts: &Parts<'_>) -> String {
    component("Response-Timestamp", parts)
}

/// The `Signature` header of a component text: `HMACSHA256=` and 44 characters of base64.
pub fn sign(secret: &SecretString, component: &str) -> String {
    format!(
        "{PREFIX}{}",
        digest::mac_base64::<Hmac<Sha256>>(secret, component)
    )
}

/// Checks a `Signature` header, prefix included, in constant time; exact case and canonical
/// base64 only.
pub fn verify(
    secret: &SecretString,
    component: &str,
    signature: &str,
) -> Result<(), SignatureMismatch> {
    let encoded = signature.strip_prefix(PREFIX).ok_or(SignatureMismatch)?;
    digest::verify_mac::<Hmac<Sha256>>(secret, component, encoded)
}

fn component(timestamp_label: &str, parts: &Parts<'_>) -> String {
    let Parts {
        client_id,
        request_id,
        timestamp,
        target,
        body,
    } = *parts;
    let mut text = format!(
        "Client-Id:{client_id}\nRequest-Id:{request_id}\n{timestamp_label}:{timestamp}\nRequest-Target:{target}"
    );
    if let Some(body) = body {
        text.push_str("\nDigest:");
        text.push_str(&sha256_base64(body));
    }
    text
}
