//! Time: the machine's own, and the one that can be moved.
//!
//! The functions read theirs through `CLOCK_OFFSET_FILE`, and so do the queues. What Lambda and
//! API Gateway do (deadlines, token lifetimes, request times) stays on real time.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

/// Milliseconds since 1970.
#[allow(clippy::disallowed_methods)] // the one place of this crate that reads the time of day
pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The machine's time and the distance that a file holds, in milliseconds. No file means none.
#[derive(Debug)]
pub struct MovableClock {
    file: PathBuf,
    /// What was read last: kept while the file is being written and holds no number.
    last: AtomicI64,
}

impl MovableClock {
    /// A clock that this file moves.
    pub const fn new(file: PathBuf) -> Self {
        Self {
            file,
            last: AtomicI64::new(0),
        }
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        let machine = i64::try_from(now_ms()).unwrap_or(i64::MAX);
        machine.saturating_add(self.offset_ms())
    }

    /// The distance from the machine's time in milliseconds; negative is the past.
    pub fn offset_ms(&self) -> i64 {
        let read = std::fs::read_to_string(&self.file);
        let gone = matches!(&read, Err(error) if error.kind() == std::io::ErrorKind::NotFound);
        let read = read.ok().and_then(|text| text.trim().parse().ok());
        if let Some(offset) = read.or(gone.then_some(0)) {
            self.last.store(offset, Ordering::Relaxed);
        }
        self.last.load(Ordering::Relaxed)
    }

    /// Sets the distance. The file is replaced as a whole, so that nobody reads half a number.
    pub fn set_offset_ms(&self, offset: i64) -> std::io::Result<()> {
        let mut beside = self.file.clone().into_os_string();
        beside.push(".new");
        std::fs::write(&beside, offset.to_string())?;
        std::fs::rename(&beside, &self.file)
    }
}
