//! How much time an invocation has left.

use std::time::Duration;

use tokio::time::Instant;

/// Kept back from every call to DOKU, to store how it went.
pub(super) const TO_RECORD: Duration = Duration::from_secs(2);

/// When the process will be frozen or killed.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// That long from now.
    pub fn within(duration: Duration) -> Self {
        Self(Instant::now() + duration)
    }

    /// What is left.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// What a call to DOKU may take.
    pub fn for_call(self) -> Duration {
        self.remaining().saturating_sub(TO_RECORD)
    }

    /// What waiting for a turn at DOKU may take: enough must be left for the call itself.
    pub fn to_queue(self) -> Duration {
        self.remaining() / 2
    }

    /// True when there is no time for another round.
    pub fn is_near(self) -> bool {
        self.for_call().is_zero()
    }
}
