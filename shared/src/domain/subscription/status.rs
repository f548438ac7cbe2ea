//! Where a subscription stands.

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionStatus {
    /// Charges are made as they fall due.
    Active,
    /// The same, and one was declined and will be tried again.
    PastDue,
    /// No charge is made until it is resumed.
    Paused,
    /// The last charge was made.
    Completed,
    /// No charge is made any more.
    Cancelled,
}

impl SubscriptionStatus {
    const ALL: [Self; 5] = [
        Self::Active,
        Self::PastDue,
        Self::Paused,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }

    /// True while charges are made.
    pub const fn is_running(self) -> bool {
        matches!(self, Self::Active | Self::PastDue)
    }

    /// True when nothing changes it any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }
}
