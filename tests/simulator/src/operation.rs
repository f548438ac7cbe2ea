//! DOKU's operations: their paths, names and service digits.

use serde::{Deserialize, Serialize};

/// One operation of DOKU's SNAP family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// Check status.
    Status,
}

impl Operation {
    /// Every operation, in the order a payment meets them.
    pub const ALL: [Self; 8] = [
        Self::B2b,
        Self::B2b2c,
        Self::Binding,
        Self::Payment,
        Self::Otp,
        Self::Refund,
        Self::Unbinding,
        Self::Status,
    ];

    /// The path DOKU serves it under; always POST.
    pub const fn path(self) -> &'static str {
        match self {
            Self::B2b => "/authorization/v1/access-token/b2b",
            Self::B2b2c => "/authorization/v1/access-token/b2b2c",
            Self::Binding => "/direct-debit/core/v1/registration-account-binding",
            Self::Payment => "/direct-debit/core/v1/debit/payment-host-to-host",
            Self::Otp => "/direct-debit/core/v1/otp-verification",
            Self::Refund => "/direct-debit/core/v1/debit/refund",
            Self::Unbinding => "/direct-debit/core/v1/registration-account-unbinding",
            Self::Status => "/orders/v1.0/debit/status",
        }
    }

    /// The two service digits of its response codes. CIMB answers account unbinding with the
    /// service of card unbinding (05), where the standard says 09.
    pub const fn service(self) -> &'static str {
        match self {
            Self::B2b => "73",
            Self::B2b2c => "74",
            Self::Binding => "07",
            Self::Payment => "54",
            Self::Otp => "04",
            Self::Refund => "58",
            Self::Unbinding => "05",
            Self::Status => "55",
        }
    }

    /// The operation served under `path`.
    pub fn from_path(path: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operation| operation.path() == path)
    }

    /// Whether it is one of the two token operations, which are signed asymmetrically.
    pub const fn is_token(self) -> bool {
        matches!(self, Self::B2b | Self::B2b2c)
    }
}
