//! Moves the clock that functions, queues and the simulator read.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::client::http_client;
use crate::clock::MovableClock;

/// Why the clock stands where it stood.
#[derive(Debug, thiserror::Error)]
pub enum ClockError {
    /// The simulator, which moves it, did not.
    #[error("the simulator did not move the clock: {0}")]
    Simulator(#[from] reqwest::Error),
    /// The file could not be written.
    #[error("the clock's file cannot be written: {0}")]
    File(#[from] std::io::Error),
    /// Nobody counts so far.
    #[error("the clock does not go that far")]
    TooFar,
}

/// Who moves the clock.
pub struct Mover {
    clock: MovableClock,
    /// Where the simulator is, when there is one: it has notifications to send as time passes.
    simulator: Option<String>,
}

impl Mover {
    /// Moves the clock of this file, through the simulator at this address if there is one.
    pub const fn new(file: PathBuf, simulator: Option<String>) -> Self {
        Self {
            clock: MovableClock::new(file),
            simulator,
        }
    }

    /// Moves it, and returns when the simulator has sent what became due.
    pub async fn forward(&self, by: Duration) -> Result<(), ClockError> {
        let millis = i64::try_from(by.as_millis()).map_err(|_| ClockError::TooFar)?;
        let far = self.clock.now_ms().checked_add(millis);
        far.and_then(rfc3339).ok_or(ClockError::TooFar)?;
        let Some(simulator) = &self.simulator else {
            let offset = self.clock.offset_ms().saturating_add(millis);
            return Ok(self.clock.set_offset_ms(offset)?);
        };
        let request = http_client()?.post(format!("{simulator}/admin/clock"));
        let request = request.json(&json!({ "advanceMs": millis }));
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// The moved time, as RFC 3339 in UTC.
    pub fn now(&self) -> String {
        rfc3339(self.clock.now_ms()).unwrap_or_default()
    }

    /// The distance from the machine's time in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        self.clock.offset_ms()
    }
}

/// `None` after the year 9999.
fn rfc3339(millis: i64) -> Option<String> {
    let moment = OffsetDateTime::from_unix_timestamp(millis.div_euclid(1000)).ok()?;
    moment.format(&Rfc3339).ok()
}
