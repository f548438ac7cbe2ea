//! The simulator's clock, which the admin API moves.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::{fs, io};

use doku_shared::clock::{Clock, Timestamp};

use crate::world::settings::TimeForm;

/// System time plus an offset that lives in memory or in a file shared with the functions; or the time
/// that somebody else tells.
#[derive(Debug)]
pub struct MovableClock {
    place: Place,
}

#[derive(Debug)]
enum Place {
    Memory(AtomicI64),
    File { path: PathBuf, clock: Clock },
    Elsewhere(Clock),
}

impl MovableClock {
    /// With a file the offset is read from it at every call, and this clock is what writes it.
    pub fn new(file: Option<PathBuf>) -> Self {
        let place = match file {
            None => Place::Memory(AtomicI64::new(0)),
            Some(path) => Place::File {
                clock: Clock::with_offset_file(path.clone()),
                path,
            },
        };
        Self { place }
    }

    /// The time of `clock`, which only its owner moves.
    pub const fn elsewhere(clock: Clock) -> Self {
        Self {
            place: Place::Elsewhere(clock),
        }
    }

    /// The time as the simulator sees it.
    pub fn now(&self) -> Timestamp {
        match &self.place {
            Place::Memory(offset) => Timestamp::from_millis(
                Clock::system()
                    .now()
                    .millis()
                    .saturating_add(offset.load(Ordering::SeqCst)),
            ),
            Place::File { clock, .. } | Place::Elsewhere(clock) => clock.now(),
        }
    }

    /// Distance from the system's time in milliseconds; negative is the past.
    pub fn offset_ms(&self) -> i64 {
        match &self.place {
            Place::Memory(offset) => offset.load(Ordering::SeqCst),
            Place::File { path, .. } => fs::read_to_string(path)
                .ok()
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(0),
            Place::Elsewhere(_) => 0,
        }
    }

    /// Sets the distance.
    ///
    /// The file is replaced by a rename, so that a reader never sees half a number; the error is
    /// the file system's. A clock that somebody else moves refuses any distance but none.
    pub fn set_offset_ms(&self, offset_ms: i64) -> io::Result<()> {
        match &self.place {
            Place::Memory(offset) => offset.store(offset_ms, Ordering::SeqCst),
            Place::File { path, .. } => {
                let mut beside = path.clone().into_os_string();
                beside.push(".new");
                fs::write(&beside, offset_ms.to_string())?;
                fs::rename(&beside, path)?;
            }
            Place::Elsewhere(_) if offset_ms == 0 => {}
            Place::Elsewhere(_) => return Err(io::ErrorKind::Unsupported.into()),
        }
        Ok(())
    }
}

/// The moment in western Indonesian time, as DOKU's answers print it: `2026-11-20T08:15:30+07:00`.
pub fn wib(moment: Timestamp) -> String {
    const SEVEN_HOURS_MS: i64 = 7 * 3600 * 1000;
    let shifted = Timestamp::from_millis(moment.millis().saturating_add(SEVEN_HOURS_MS)).rfc3339();
    format!("{}+07:00", shifted.trim_end_matches('Z'))
}

/// The same moment in the form that answers are told to use.
pub fn printed(moment: Timestamp, form: TimeForm) -> String {
    match form {
        TimeForm::Wib => wib(moment),
        TimeForm::Zoneless => format!("{}.000", wib(moment).trim_end_matches("+07:00")),
        TimeForm::Utc => moment.rfc3339(),
    }
}

/// The calendar day in western Indonesian time, counted from 1970.
pub fn wib_day(moment: Timestamp) -> i64 {
    (moment.seconds() + 7 * 3600).div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wib_is_seven_hours_ahead() {
        let moment = Timestamp::parse_rfc3339("2026-11-20T18:15:30Z").unwrap();
        assert_eq!(wib(moment), "2026-11-21T01:15:30+07:00");
        assert_eq!(
            printed(moment, TimeForm::Zoneless),
            "2026-11-21T01:15:30.000"
        );
        assert_eq!(printed(moment, TimeForm::Utc), "2026-11-20T18:15:30Z");
        let midday = Timestamp::parse_rfc3339("2026-11-20T12:00:00Z").unwrap();
        assert_eq!(wib_day(moment), wib_day(midday) + 1);
    }

    #[test]
    fn the_offset_file_is_written_and_read() {
        let folder = tempfile::tempdir().unwrap();
        let clock = MovableClock::new(Some(folder.path().join("offset")));
        let before = clock.now().millis();
        clock.set_offset_ms(3_600_000).unwrap();
        assert_eq!(clock.offset_ms(), 3_600_000);
        assert!(clock.now().millis() - before >= 3_600_000);
    }
}
