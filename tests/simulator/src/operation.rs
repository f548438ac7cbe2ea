//! DOKU's operations: their paths, names and service digits.

use axum::http::Method;
use serde::{Deserialize, Serialize};

/// Which of DOKU's two ways of signing, refusing and repeating a call an operation follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Bank Indonesia's standard: tokens, seven-digit codes, `X-EXTERNAL-ID`.
    Snap,
    /// DOKU's older family, here the cards and BRI's recurring charges: signed lines, `{"error": …}`, `Request-Id`.
    NonSnap,
}

/// One operation of DOKU's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Get Token B2B.
    B2b,
    /// Get Token B2B2C.
    B2b2c,
    /// Account binding.
    Binding,
    /// Payment host to host.
    Payment,
    /// OTP verification.
    Otp,
    /// Refund.
    Refund,
    /// Account unbinding.
    Unbinding,
    /// Card registration.
    CardBinding,
    /// Card unbinding.
    CardUnbinding,
    /// Balance inquiry.
    Balance,
    /// Check status.
    Status,
    /// Cards: the hosted payment page.
    PaymentPage,
    /// Cards: capture of an authorisation.
    Capture,
    /// Cards: refund or void.
    CardRefund,
    /// Cards: a customer's saved cards.
    CardTokens,
    /// Cards: deletion of a saved card, under both of its paths.
    CardTokenDeletion,
    /// Check status of the non-SNAP family.
    OrderStatus,
    /// BRI: a recurring charge of a registered card.
    BriRecurring,
    /// BRI: a customer's registered cards.
    BriTokens,
}

impl Operation {
    /// Every operation, in the order a payment meets them.
    pub const ALL: [Self; 19] = [
        Self::B2b,
        Self::B2b2c,
        Self::Binding,
        Self::CardBinding,
        Self::Balance,
        Self::Payment,
        Self::Otp,
        Self::Refund,
        Self::Unbinding,
        Self::CardUnbinding,
        Self::Status,
        Self::PaymentPage,
        Self::Capture,
        Self::CardRefund,
        Self::CardTokens,
        Self::CardTokenDeletion,
        Self::OrderStatus,
        Self::BriRecurring,
        Self::BriTokens,
    ];

    /// The paths DOKU serves it under today. One that ends in a slash is followed by an id.
    pub const fn paths(self) -> &'static [&'static str] {
        match self {
            Self::B2b => &["/authorization/v1/access-token/b2b"],
            Self::B2b2c => &["/authorization/v1/access-token/b2b2c"],
            Self::Binding => &["/direct-debit/core/v1/registration-account-binding"],
            Self::Payment => &["/direct-debit/core/v1/debit/payment-host-to-host"],
            Self::Otp => &["/direct-debit/core/v1/otp-verification"],
            Self::Refund => &["/direct-debit/core/v1/debit/refund"],
            Self::Unbinding => &["/direct-debit/core/v1/registration-account-unbinding"],
            Self::CardBinding => &["/direct-debit/core/v1/registration-card-bind"],
            Self::CardUnbinding => &["/direct-debit/core/v1/registration-card-unbind"],
            Self::Balance => &["/direct-debit/core/v1/balance-inquiry"],
            Self::Status => &["/orders/v1.0/debit/status"],
            Self::PaymentPage => &["/credit-card/v1/payment-page"],
            Self::Capture => &["/credit-card/capture"],
            Self::CardRefund => &["/cancellation/credit-card/refund"],
            Self::CardTokens => &["/tokenization/v2/get-token"],
            Self::CardTokenDeletion => &[
                "/tokenization/v2/delete-token",
                "/credit-card/delete-tokenization",
            ],
            Self::OrderStatus => &["/orders/v1/status/"],
            Self::BriRecurring => &["/direct-debit/v1/payment-recurring"],
            Self::BriTokens => &["/direct-debit/v1/tokens"],
        }
    }

    /// The method DOKU serves it with.
    pub const fn method(self) -> Method {
        match self {
            Self::OrderStatus => Method::GET,
            _ => Method::POST,
        }
    }

    /// The family it belongs to.
    pub const fn family(self) -> Family {
        match self {
            Self::PaymentPage
            | Self::Capture
            | Self::CardRefund
            | Self::CardTokens
            | Self::CardTokenDeletion
            | Self::OrderStatus
            | Self::BriRecurring
            | Self::BriTokens => Family::NonSnap,
            _ => Family::Snap,
        }
    }

    /// The two service digits of its response codes. DOKU answers account unbinding with the
    /// service of card unbinding (05), where the standard says 09. The non-SNAP family has no
    /// such codes: 00, as for what belongs to no operation.
    pub const fn service(self) -> &'static str {
        match self {
            Self::B2b => "73",
            Self::B2b2c => "74",
            Self::Binding => "07",
            Self::Payment => "54",
            Self::Otp => "04",
            Self::Refund => "58",
            Self::Unbinding | Self::CardUnbinding => "05",
            Self::CardBinding => "01",
            Self::Balance => "11",
            Self::Status => "55",
            Self::PaymentPage
            | Self::Capture
            | Self::CardRefund
            | Self::CardTokens
            | Self::CardTokenDeletion
            | Self::OrderStatus
            | Self::BriRecurring
            | Self::BriTokens => "00",
        }
    }

    /// The operation served under `path`, archived paths aside.
    pub fn from_path(path: &str) -> Option<Self> {
        let serves = |served: &str| match path.strip_prefix(served) {
            Some("") => !served.ends_with('/'),
            Some(id) => served.ends_with('/') && !id.contains('/'),
            None => false,
        };
        Self::ALL
            .into_iter()
            .find(|operation| operation.paths().iter().any(|served| serves(served)))
    }

    /// Whether it is one of the two token operations, which are signed asymmetrically.
    pub const fn is_token(self) -> bool {
        matches!(self, Self::B2b | Self::B2b2c)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        let table = [
            ("/credit-card/capture", Some(Operation::Capture)),
            ("/credit-card/capture/", None),
            (
                "/credit-card/delete-tokenization",
                Some(Operation::CardTokenDeletion),
            ),
            ("/orders/v1/status/INV-1", Some(Operation::OrderStatus)),
            ("/orders/v1/status/", None),
            ("/orders/v1/status/INV-1/x", None),
            ("/orders/v1.0/debit/status", Some(Operation::Status)),
        ];
        for (path, operation) in table {
            assert_eq!(Operation::from_path(path), operation, "{path}");
        }
    }

    #[test]
    fn names_are_those_of_the_admin_api() {
        assert_eq!(serde_json::json!(Operation::B2b2c), "b2b2c");
        assert_eq!(
            serde_json::json!(Operation::CardTokenDeletion),
            "card_token_deletion"
        );
    }
}
