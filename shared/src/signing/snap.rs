//! SNAP symmetric signatures: every SNAP call but the token endpoints, and SNAP notifications.

use hmac::Hmac;
use secrecy::SecretString;
use sha2::Sha512;

use super::{SignatureMismatch, digest, minify, sha256_hex};

/// Builds `METHOD:PATH:ACCESS_TOKEN:lowerhex(SHA-256(minify(body))):X-TIMESTAMP`.
///
/// - `method` in upper case; `path` from the first `/`, with its query if there is one.
/// - `access_token` is the B2B token without `Bearer `. The B2B2C token takes no part.
/// - `body` as it is on the wire: it is minified and hashed here; empty for no body.
/// - `timestamp` byte for byte as in the `X-TIMESTAMP` header.
///
/// Source: DOKU API reference, "Symmetric Signature" (read 2026-11-20).
pub fn string_to_sign(
    method: &str,
    path: &str,
    access_token: &str,
    body: &[u8],
    timestamp: &str,
) -> String {
    let hash = sha256_hex(&minify(body));
    format!("{method}:{path}:{access_token}:{hash}:{timestamp}")
}

/// The `X-SIGNATURE` of a string to sign: HMAC-SHA512 in padded base64, 88 characters.
pub fn sign(secret: &SecretString, string_to_sign: &str) -> String {
    digest::mac_base64::<Hmac<Sha512>>(secret, string_to_sign)
}

/// Checks an `X-SIGNATURE`, in constant time; exact case and canonical base64 only.
pub fn verify(
    secret: &SecretString,
    string_to_sign: &str,
    signature: &str,
) -> Result<(), SignatureMismatch> {
    digest::verify_mac::<Hmac<Sha512>>(secret, string_to_sign, signature)
}
