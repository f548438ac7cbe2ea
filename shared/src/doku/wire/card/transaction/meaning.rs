//! The meaning of a transaction's status and type.

use super::super::super::super::non_snap::declined;
use super::Transaction;
use crate::domain::failure::Failure;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::Verdict;

/// What a transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// The payment, or its capture.
    Payment(Verdict),
    /// Money went back, or did not.
    Refund {
        /// How, where it says so.
        kind: Option<RefundKind>,
        /// Why not.
        failed: Option<Failure>,
    },
    /// DOKU works on it, or waits for the customer.
    Open,
}

impl Transaction {
    /// What it says. A status that DOKU does not document leaves everything as it is.
    pub fn meaning(&self) -> Meaning {
        let failure = declined(self.response_code.as_deref());
        let kind = self.kind.as_deref().unwrap_or_default();
        let refund_kind = match kind {
            "VOID" => Some(RefundKind::Void),
            other => RefundKind::parse(other),
        };
        let refund = kind == "REFUND" || refund_kind.is_some();
        let payment = Meaning::Payment;
        match (self.status.as_str(), kind) {
            ("SUCCESS", _) if refund => Meaning::Refund {
                kind: refund_kind,
                failed: None,
            },
            ("FAILED", _) if refund => Meaning::Refund {
                kind: refund_kind,
                failed: Some(failure),
            },
            ("SUCCESS", "AUTHORIZE" | "AUTHORIZATION") => payment(Verdict::Authorized),
            ("SUCCESS", "CAPTURE") => payment(Verdict::Captured),
            // Without a type, "success" is said of a payment that was not merely authorised.
            (
                "SUCCESS",
                "" | "SALE" | "INSTALLMENT" | "MOTO" | "RECURRING" | "AUTHORIZE_CAPTURE",
            ) => payment(Verdict::Paid),
            ("FAILED", "CAPTURE") => payment(Verdict::CaptureFailed(failure)),
            ("FAILED", _) => payment(Verdict::AttemptFailed(failure)),
            ("EXPIRED", _) => payment(Verdict::Expired),
            ("REFUNDED", _) => Meaning::Refund {
                kind: refund_kind,
                failed: None,
            },
            ("VOIDED", _) => Meaning::Refund {
                kind: Some(RefundKind::Void),
                failed: None,
            },
            ("PENDING" | "REDIRECT" | "TIMEOUT", _) => Meaning::Open,
            _ => payment(Verdict::Unrecognised),
        }
    }
}
