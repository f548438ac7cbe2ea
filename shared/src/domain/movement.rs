//! How far a movement of money beyond the charge itself got: a refund, or a capture.

/// Where a refund or a capture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MovementStatus {
    /// Stored, or taken by DOKU and not done yet.
    Pending,
    /// The money moved.
    Succeeded,
    /// It did not.
    Failed,
    /// Sent, and its answer was lost.
    Unknown,
}

impl MovementStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Succeeded, Self::Failed, Self::Unknown];

    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }

    /// True when the movement's outcome is known.
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed)
    }

    /// True when a movement in this status may move to `next`. As with payments, a success that
    /// comes after a failure is believed, and never the other way round.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => matches!(next, Self::Succeeded | Self::Failed | Self::Unknown),
            Self::Unknown => matches!(next, Self::Succeeded | Self::Failed | Self::Pending),
            Self::Failed => matches!(next, Self::Succeeded),
            Self::Succeeded => false,
        }
    }
}

/// The party that had a movement made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// The merchant, by a request to this deployment.
    #[default]
    Merchant,
    /// DOKU: its Back Office, or DOKU by itself.
    Gateway,
}

impl Origin {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Gateway => "gateway",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        [Self::Merchant, Self::Gateway]
            .into_iter()
            .find(|origin| origin.as_str() == raw)
    }
}

/// How DOKU gives the money of a card back.
///
/// Source: DOKU developers, "Cards: refund" (read 2026-11-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundKind {
    /// The charge is taken back before it is settled; always the whole amount.
    Void,
    /// Part of it goes back.
    Partial,
    /// All of it goes back.
    Full,
    /// Part of it, by DOKU's staff, over some days.
    ManualPartial,
    /// All of it, by DOKU's staff, over some days.
    ManualFull,
}

impl RefundKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Void,
        Self::Partial,
        Self::Full,
        Self::ManualPartial,
        Self::ManualFull,
    ];

    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Void => "void",
            Self::Partial => "partial_refund",
            Self::Full => "full_refund",
            Self::ManualPartial => "manual_partial_refund",
            Self::ManualFull => "manual_full_refund",
        }
    }

    /// Reads the word, in our spelling or in DOKU's (`FULL_REFUND`).
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(raw))
    }

    /// True when people do it: "taken" is then all that an answer can say.
    pub const fn is_manual(self) -> bool {
        matches!(self, Self::ManualPartial | Self::ManualFull)
    }
}
