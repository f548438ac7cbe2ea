//! DOKU's signatures: bytes and keys in, text out.
//!
//! Nothing here knows HTTP or what a payment is, so the same code signs our calls, verifies what
//! DOKU sends, and lets the simulator play DOKU's side.
//!
//! - [`snap`]: SNAP symmetric (HMAC-SHA512 over method, path, token, body hash and timestamp).
//! - [`asymmetric`]: RSA with SHA-256, for the token endpoints and the transactional form.
//! - [`non_snap`]: DOKU's older family (HMAC-SHA256 over labelled lines).
//!
//! Every `verify` compares in constant time and takes canonical base64 only: a signature has
//! exactly one spelling, so a re-encoded one is refused.

pub mod asymmetric;
mod digest;
mod minify;
pub mod non_snap;
mod reserialise;
pub mod snap;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod vectors;

pub use digest::{sha256_base64, sha256_hex};
pub use minify::minify;
pub use reserialise::reserialise;

/// The signature is not the one this text and this key give.
///
/// Deliberately says nothing about what differed: whoever sent it learns only that it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match")]
pub struct SignatureMismatch;
