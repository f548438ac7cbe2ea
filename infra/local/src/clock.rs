//! The machine's own time. The functions read theirs through `CLOCK_OFFSET_FILE`; what Lambda and
//! API Gateway do (deadlines, token lifetimes, request times) stays on real time.

use std::time::{Duration, UNIX_EPOCH};

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods)] // the one place of this crate that reads the time of day
pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
