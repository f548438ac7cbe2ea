//! Which refusals may be about earlier work that is not remembered.
//!
//! A table that was restored to an earlier moment, or a claim that expired, makes a repeat look like a
//! first attempt. DOKU's refusal is then about the attempt before: "known already" does not say
//! that nothing was done. For such a refusal DOKU is asked before anything is concluded, and it is never a
//! reason to try again under another name. Every other refusal stands: a decline is an answer.
//!
//! Sources: SNAP (ASPI), "Responses Code", as republished by DOKU; DOKU developers, "Response code" of
//! cards (read 2026-11-20). What non-SNAP errors there are is not documented in full: words are matched.

use super::non_snap;
use super::reading;
use crate::domain::channel::Family;
use crate::domain::operation::OperationKind;

/// The reason for which a refusal may be about an earlier attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// DOKU knows the reference, the invoice number or the request already.
    KnownAlready,
    /// DOKU knows the reference with other parameters.
    Inconsistent,
    /// The transaction is in a state that the work itself may have brought about.
    WrongState,
    /// The amount is more than what is left, of which the work itself may have taken its part.
    MoreThanIsLeft,
}

/// The doubt about a refusal of a first attempt; `None` where the refusal stands.
///
/// `response_code` is SNAP's seven digits, the code of a non-SNAP error, or the code of a card
/// decision inside an answer.
pub fn doubt(family: Family, kind: OperationKind, response_code: Option<&str>) -> Option<Doubt> {
    let code = response_code?;
    match family {
        Family::Snap => snap(kind, code),
        Family::NonSnap => other(kind, code),
    }
}

fn snap(kind: OperationKind, code: &str) -> Option<Doubt> {
    match reading::parts(code)? {
        (400, 3) | (409, 1) => Some(Doubt::KnownAlready),
        (404, 18) => Some(Doubt::Inconsistent),
        (404, 0) | (405, _) => Some(Doubt::WrongState),
        // No code of its own is named for more than is left: this one says that the amount does not
        // agree with what DOKU holds.
        (404, 13) if kind == OperationKind::Refund => Some(Doubt::MoreThanIsLeft),
        _ => None,
    }
}

fn other(kind: OperationKind, code: &str) -> Option<Doubt> {
    use OperationKind::{Bind, BindingOtp, Capture, Otp, Pay, Refund, Unbind};
    let word = code.to_ascii_uppercase();
    if non_snap::is_duplicate(&word) || word.contains("ALREADY") || word.contains("CONFLICT") {
        return Some(Doubt::KnownAlready);
    }
    match (kind, word.as_str()) {
        // ISO 8583: duplicate transmission.
        (Capture | Pay | Refund, "94") => Some(Doubt::KnownAlready),
        // ISO 8583: invalid transaction. What is captured, or was given back, cannot be again.
        (Capture | Refund, "12") => Some(Doubt::WrongState),
        (Capture | Refund, state)
            if state.contains("INVALID_TRANSACTION") || state.contains("STATE") =>
        {
            Some(Doubt::WrongState)
        }
        // No code of its own is named for more than is left.
        (Refund, "INVALID_PARAMETER" | "13") => Some(Doubt::MoreThanIsLeft),
        (Bind | BindingOtp | Capture | Otp | Pay | Refund | Unbind, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snap_refusals_that_may_be_about_an_earlier_attempt() {
        use Doubt as D;
        use Family::Snap;
        use OperationKind::{Pay, Refund};
        let table = [
            (
                "reference done",
                Snap,
                Pay,
                "4095401",
                Some(D::KnownAlready),
            ),
            ("id used", Snap, Pay, "4095400", None),
            (
                "already success",
                Snap,
                Refund,
                "4005803",
                Some(D::KnownAlready),
            ),
            ("inconsistent", Snap, Pay, "4045418", Some(D::Inconsistent)),
            (
                "inconsistent refund",
                Snap,
                Refund,
                "4045818",
                Some(D::Inconsistent),
            ),
            (
                "invalid status",
                Snap,
                Refund,
                "4045800",
                Some(D::WrongState),
            ),
            ("not allowed now", Snap, Pay, "4055401", Some(D::WrongState)),
            (
                "more than is left",
                Snap,
                Refund,
                "4045813",
                Some(D::MoreThanIsLeft),
            ),
            ("an amount of a payment", Snap, Pay, "4045413", None),
            ("a decline", Snap, Pay, "4035405", None),
            ("too little money", Snap, Pay, "4035414", None),
            ("expired", Snap, Pay, "4035400", None),
            ("a bad field", Snap, Pay, "4005401", None),
            ("no such transaction", Snap, Refund, "4045801", None),
            ("no journey", Snap, Pay, "4045407", None),
            ("not digits", Snap, Pay, "DUPLICATE", None),
        ];
        for (why, family, kind, code, wanted) in table {
            assert_eq!(doubt(family, kind, Some(code)), wanted, "{why}");
            assert_eq!(doubt(family, kind, None), None, "no code");
        }
    }

    #[test]
    fn non_snap_refusals_that_may_be_about_an_earlier_attempt() {
        use Doubt as D;
        use Family::NonSnap;
        use OperationKind::{Capture, Pay, Refund};
        let table = [
            (
                "invoice used",
                NonSnap,
                Pay,
                "DUPLICATE_INVOICE_NUMBER",
                Some(D::KnownAlready),
            ),
            (
                "glossary",
                NonSnap,
                Refund,
                "DUPLICATE_TRANSACTION",
                Some(D::KnownAlready),
            ),
            (
                "v3 word",
                NonSnap,
                Capture,
                "idempotency_id_conflict",
                Some(D::KnownAlready),
            ),
            (
                "another body under an id",
                NonSnap,
                Pay,
                "REQUEST_ID_CONFLICT",
                Some(D::KnownAlready),
            ),
            (
                "done already",
                NonSnap,
                Capture,
                "ALREADY_CAPTURED",
                Some(D::KnownAlready),
            ),
            (
                "duplicate at the bank",
                NonSnap,
                Pay,
                "94",
                Some(D::KnownAlready),
            ),
            ("captured", NonSnap, Capture, "12", Some(D::WrongState)),
            ("a payment's 12", NonSnap, Pay, "12", None),
            (
                "a state",
                NonSnap,
                Refund,
                "INVALID_TRANSACTION_STATUS",
                Some(D::WrongState),
            ),
            (
                "beyond what is left",
                NonSnap,
                Refund,
                "INVALID_PARAMETER",
                Some(D::MoreThanIsLeft),
            ),
            ("a bad member", NonSnap, Pay, "INVALID_PARAMETER", None),
            ("do not honour", NonSnap, Capture, "05", None),
            ("too little money", NonSnap, Pay, "51", None),
            ("unknown", NonSnap, Capture, "TRANSACTION_NOT_FOUND", None),
        ];
        for (why, family, kind, code, wanted) in table {
            assert_eq!(doubt(family, kind, Some(code)), wanted, "{why}");
            assert_eq!(doubt(family, kind, None), None, "no code");
        }
    }
}
