//! Tokens and personal data seen where they do not belong, and calls no careful merchant makes.

use serde::Serialize;

use super::World;
use crate::operation::Operation;

/// One misuse. A correct merchant causes none.
#[derive(Debug, Clone, Serialize)]
pub struct Violation {
    /// What went wrong, e.g. `customer_token_of_another_customer`.
    pub kind: &'static str,
    /// In which call.
    pub operation: Operation,
    /// Where in the call, and which references it concerns. Holds no token, card or
    /// phone number.
    pub detail: String,
    /// When.
    pub at: String,
}

impl World {
    /// Takes note of a misuse.
    pub fn violation(
        &mut self,
        kind: &'static str,
        operation: Operation,
        detail: impl Into<String>,
        at: doku_shared::clock::Timestamp,
    ) {
        self.violations.push(Violation {
            kind,
            operation,
            detail: detail.into(),
            at: at.rfc3339_millis(),
        });
    }
}
