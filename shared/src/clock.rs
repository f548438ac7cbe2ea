//! The time of day, passed in wherever it is needed.
//!
//! Everything reads the time through a [`Clock`], so that a test can move it, also for the real
//! binaries: the clock can add an offset that is held in a file outside the process.

mod lenient;

use std::{
    fmt, fs,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// 0000-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what RFC 3339 can write.
const EARLIEST_MS: i64 = -62_167_219_200_000;
const LATEST_MS: i64 = 253_402_300_799_999;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, within the years 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From Unix milliseconds; a value outside the years 0 to 9999 becomes the nearest inside.
    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < EARLIEST_MS {
            EARLIEST_MS
        } else if millis > LATEST_MS {
            LATEST_MS
        } else {
            millis
        })
    }

    /// Unix milliseconds.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole Unix seconds, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// `2026-11-20T01:15:30Z`: UTC, whole seconds. What DOKU's headers carry.
    pub fn rfc3339(self) -> String {
        format!("{}Z", self.date_and_time())
    }

    /// `2026-11-20T01:15:30.123Z`: UTC, milliseconds. Sorts as text in order of time.
    pub fn rfc3339_millis(self) -> String {
        format!("{}.{:03}Z", self.date_and_time(), self.0.rem_euclid(1000))
    }

    /// `2026-11-20T08:15:30+07:00`: western Indonesian time, whole seconds. What DOKU's bodies carry.
    /// In the last seven hours of year 9999 it says the end of that year.
    pub fn rfc3339_west_indonesia(self) -> String {
        const AHEAD: Duration = Duration::from_hours(7);
        format!("{}+07:00", self.plus(AHEAD).date_and_time())
    }

    /// Reads an RFC 3339 date-time with any offset; finer than a millisecond is cut off. `None`
    /// for anything else, and for a moment outside the years 0 to 9999 in UTC.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let millis = i64::try_from(moment.unix_timestamp_nanos().div_euclid(1_000_000)).ok()?;
        (EARLIEST_MS..=LATEST_MS)
            .contains(&millis)
            .then_some(Self(millis))
    }

    /// That much later, at most the end of year 9999.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(millis_of(duration)))
    }

    /// That much earlier, at least the beginning of year 0.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(millis_of(duration)))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn date_and_time(self) -> String {
        // In range by construction, so the fallback is never taken.
        let moment = OffsetDateTime::from_unix_timestamp(self.seconds())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(UtcOffset::UTC);
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            moment.year(),
            u8::from(moment.month()),
            moment.day(),
            moment.hour(),
            moment.minute(),
            moment.second()
        )
    }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Where the time comes from. Cheap to clone; clones share the same source.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System,
    Offset(Arc<OffsetFile>),
    Told(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

struct OffsetFile {
    path: PathBuf,
    /// What was read last: kept while the file is being rewritten and holds no number.
    last: AtomicI64,
}

impl Clock {
    /// The machine's own clock.
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// The machine's clock plus the decimal milliseconds in a file, which may be negative.
    ///
    /// The file is read at every [`Clock::now`], so whoever writes it moves the time of every
    /// process that reads it. No file means no offset.
    pub fn with_offset_file(path: PathBuf) -> Self {
        Self(Source::Offset(Arc::new(OffsetFile {
            path,
            last: AtomicI64::new(0),
        })))
    }

    /// The time that `tell` gives, whatever the machine's clock says: for a world within one process,
    /// whose time goes as a test wants it.
    pub fn told_by(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Source::Told(Arc::new(tell)))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        let offset = match &self.0 {
            Source::System => 0,
            Source::Offset(file) => file.read(),
            Source::Told(tell) => return tell(),
        };
        Timestamp::from_millis(machine_millis().saturating_add(offset))
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::System => f.write_str("Clock::system"),
            Source::Offset(file) => write!(f, "Clock::with_offset_file({})", file.path.display()),
            Source::Told(_) => f.write_str("Clock::told_by"),
        }
    }
}

impl OffsetFile {
    fn read(&self) -> i64 {
        match fs::read_to_string(&self.path) {
            Ok(text) => {
                if let Ok(offset) = text.trim().parse() {
                    self.last.store(offset, Ordering::Relaxed);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.last.store(0, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        self.last.load(Ordering::Relaxed)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is where the time of day comes in"
)]
fn machine_millis() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, millis_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: i64 = 1_795_137_330_123; // 2026-11-20T01:15:30.123Z

    #[test]
    fn writes_utc() {
        let moment = Timestamp::from_millis(MOMENT);
        assert_eq!(moment.rfc3339(), "2026-11-20T01:15:30Z");
        assert_eq!(moment.rfc3339_millis(), "2026-11-20T01:15:30.123Z");
        assert_eq!(moment.seconds(), 1_795_137_330);
        assert_eq!(
            Timestamp::from_millis(-1).rfc3339_millis(),
            "1969-12-31T23:59:59.999Z"
        );
        assert_eq!(
            Timestamp::from_millis(i64::MAX).rfc3339(),
            "9999-12-31T23:59:59Z"
        );
        assert_eq!(
            Timestamp::from_millis(i64::MIN).rfc3339(),
            "0000-01-01T00:00:00Z"
        );
    }

    #[test]
    fn writes_western_indonesian_time() {
        let table = [
            ("the same day", MOMENT, "2026-11-20T08:15:30+07:00"),
            (
                "the next day, month and year",
                1_798_736_400_000, // 2026-12-31T17:00:00Z
                "2027-01-01T00:00:00+07:00",
            ),
            ("before 1970", -1, "1970-01-01T06:59:59+07:00"),
            ("the end", i64::MAX, "9999-12-31T23:59:59+07:00"),
        ];
        for (why, millis, wanted) in table {
            let text = Timestamp::from_millis(millis).rfc3339_west_indonesia();
            assert_eq!(text, wanted, "{why}");
        }
    }

    #[test]
    fn what_is_written_for_indonesia_is_the_same_moment() {
        let moment = Timestamp::from_millis(MOMENT - 123);
        let text = moment.rfc3339_west_indonesia();
        assert_eq!(Timestamp::parse_rfc3339(&text), Some(moment));
    }

    #[test]
    fn reads_any_offset() {
        let table = [
            ("UTC", "2026-11-20T01:15:30Z", Some(MOMENT - 123)),
            ("Jakarta", "2026-11-20T08:15:30+07:00", Some(MOMENT - 123)),
            (
                "west of Greenwich",
                "2026-11-19T20:15:30.123-05:00",
                Some(MOMENT),
            ),
            (
                "microseconds are cut",
                "2026-11-20T01:15:30.123999Z",
                Some(MOMENT),
            ),
            ("before 1970", "1969-12-31T23:59:59.999Z", Some(-1)),
            ("no offset", "2026-11-20T01:15:30", None),
            ("no such day", "2026-02-30T01:15:30Z", None),
            ("something behind", "2026-11-20T01:15:30Z ", None),
            ("empty", "", None),
            ("year 10000 in UTC", "9999-12-31T23:59:59-01:00", None),
        ];
        for (why, text, millis) in table {
            assert_eq!(
                Timestamp::parse_rfc3339(text).map(Timestamp::millis),
                millis,
                "{why}"
            );
        }
    }

    #[test]
    fn arithmetic_saturates() {
        let moment = Timestamp::from_millis(MOMENT);
        let minute = Duration::from_mins(1);
        assert_eq!(moment.plus(minute).since(moment), minute);
        assert_eq!(moment.minus(minute).since(moment), Duration::ZERO);
        assert_eq!(moment.plus(Duration::MAX), Timestamp::from_millis(i64::MAX));
        assert_eq!(
            moment.minus(Duration::MAX),
            Timestamp::from_millis(i64::MIN)
        );
    }

    #[test]
    fn a_clock_that_is_told_says_nothing_else() {
        let told = Arc::new(AtomicI64::new(MOMENT));
        let source = Arc::clone(&told);
        let clock = Clock::told_by(move || Timestamp::from_millis(source.load(Ordering::Relaxed)));
        assert_eq!(clock.now(), Timestamp::from_millis(MOMENT));
        told.store(0, Ordering::Relaxed);
        assert_eq!(clock.clone().now(), Timestamp::from_millis(0));
        assert_eq!(format!("{clock:?}"), "Clock::told_by");
    }

    #[test]
    fn an_offset_file_moves_the_time_at_once() {
        let path = std::env::temp_dir().join(format!("clock-offset-{}", std::process::id()));
        let clock = Clock::with_offset_file(path.clone());
        let system = Clock::system();
        let hours = |clock: &Clock| clock.now().since(system.now()).as_secs().div_ceil(3600);
        assert_eq!(hours(&clock), 0, "no file, no offset");
        fs::write(&path, "7200000\n").unwrap();
        assert_eq!(hours(&clock), 2);
        fs::write(&path, "").unwrap();
        assert_eq!(
            hours(&clock.clone()),
            2,
            "a file being rewritten keeps the last offset"
        );
        fs::write(&path, "-3600000").unwrap();
        assert!(system.now().since(clock.now()) >= Duration::from_mins(59));
        fs::remove_file(&path).unwrap();
        assert_eq!(hours(&clock), 0);
    }
}
