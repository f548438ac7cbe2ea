//! Where a payment stands, and where it may go from there.

/// Where a payment stands. It only moves forward: see [`PaymentStatus::may_become`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// Stored; DOKU has not answered yet.
    Created,
    /// DOKU waits for an OTP.
    OtpRequired,
    /// DOKU waits for the customer on its page.
    RedirectRequired,
    /// The customer confirmed, the bank has not decided.
    Processing,
    /// Something was sent and its answer was lost.
    Unknown,
    /// Money is held, to be captured.
    Authorized,
    /// Money was taken.
    Paid,
    /// Some of it went back.
    PartiallyRefunded,
    /// All of it went back.
    Refunded,
    /// The hold was given up.
    Voided,
    /// No money was taken.
    Failed,
    /// Nobody confirmed in time.
    Expired,
    /// Cancelled by the customer or the bank.
    Cancelled,
}

impl PaymentStatus {
    /// Every status.
    pub const ALL: [Self; 13] = [
        Self::Created,
        Self::OtpRequired,
        Self::RedirectRequired,
        Self::Processing,
        Self::Unknown,
        Self::Authorized,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Voided,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];

    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::OtpRequired => "otp_required",
            Self::RedirectRequired => "redirect_required",
            Self::Processing => "processing",
            Self::Unknown => "unknown",
            Self::Authorized => "authorized",
            Self::Paid => "paid",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }

    /// The word that callers see: before and after the customer's confirmation, a payment that
    /// only needs time is `pending`.
    pub const fn public(self) -> &'static str {
        match self {
            Self::Created | Self::Processing => "pending",
            other => other.as_str(),
        }
    }

    /// True while the outcome is still open.
    pub const fn is_open(self) -> bool {
        matches!(
            self,
            Self::Created
                | Self::OtpRequired
                | Self::RedirectRequired
                | Self::Processing
                | Self::Unknown
        )
    }

    /// True when money was taken, whatever became of it.
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Paid | Self::PartiallyRefunded | Self::Refunded)
    }

    /// True when a payment in this status may move to `next`.
    ///
    /// A failure may still turn into a success (a verified success means that money moved, and the
    /// truth about money wins); a success never turns into a failure.
    pub const fn may_become(self, next: Self) -> bool {
        use PaymentStatus::{
            Authorized, Cancelled, Created, Expired, Failed, OtpRequired, Paid, PartiallyRefunded,
            Processing, RedirectRequired, Refunded, Unknown, Voided,
        };
        match self {
            Created => !matches!(next, Created),
            Unknown => !matches!(next, Created | Unknown),
            OtpRequired | RedirectRequired => {
                !matches!(next, Created | OtpRequired | RedirectRequired)
            }
            Processing => !matches!(
                next,
                Created | OtpRequired | RedirectRequired | Processing | Unknown
            ),
            Authorized => matches!(
                next,
                Paid | PartiallyRefunded | Refunded | Voided | Failed | Expired | Cancelled
            ),
            Paid => matches!(next, PartiallyRefunded | Refunded | Voided),
            PartiallyRefunded => matches!(next, Refunded),
            Failed | Expired | Cancelled => {
                matches!(next, Authorized | Paid | PartiallyRefunded | Refunded)
            }
            Refunded | Voided => false,
        }
    }
}
