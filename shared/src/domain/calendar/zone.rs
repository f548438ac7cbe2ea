//! A time zone, and the moments that a clock on its walls shows.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp as Moment;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::{Date, TimeOfDay};
use crate::clock::Timestamp;
use crate::domain::error::Rule;

/// 2000-01-01T00:00:00Z, from which dates count their days.
const DAY_ZERO_MS: i64 = 946_684_800_000;
const DAY_MS: i64 = 86_400_000;

/// A time zone of the IANA database, such as `Asia/Jakarta`, which is the default. The rules are those
/// that the program was built with. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: Arc<str>,
    rules: TimeZone,
}

impl Zone {
    /// Reads the name of a zone, in the database's spelling.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be an IANA time zone, for example Asia/Jakarta");
        // The database has a place for machines that nobody has told where they are.
        if raw == "Factory" {
            return Err(FORM);
        }
        let rules = TimeZoneDatabase::bundled().get(raw).map_err(|_| FORM)?;
        // Case does not matter to the library; a zone has one spelling.
        if rules.iana_name() == Some(raw) {
            Ok(Self {
                name: raw.into(),
                rules,
            })
        } else {
            Err(FORM)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The first moment at which this date and time are reached here: the first of two where clocks
    /// are put back, the end of the gap where they are put forward over it.
    pub(super) fn first_moment(&self, date: Date, time: TimeOfDay) -> Timestamp {
        let civil = date.at(time.civil());
        let shown = DAY_ZERO_MS + date.days() * DAY_MS + time.millis();
        // By hand, as the library's moments end a day before the last date does.
        Timestamp::from_millis(match self.rules.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => shown - millis(offset),
            AmbiguousOffset::Fold { before, .. } => shown - millis(before),
            AmbiguousOffset::Gap { before, .. } => self.last_change(shown - millis(before)),
        })
    }

    /// The date here at a moment, or the nearest that is one.
    pub fn date(&self, at: Timestamp) -> Date {
        let moment = Moment::from_millisecond(at.millis()).unwrap_or(Moment::MAX);
        let shown = at.millis() + millis(self.rules.to_offset(moment));
        match (shown - DAY_ZERO_MS).div_euclid(DAY_MS) {
            ..0 => Date::MIN,
            days => Date::from_days(days).unwrap_or(Date::MAX),
        }
    }

    /// When clocks were last changed at or before a moment; itself where they never were.
    fn last_change(&self, millis: i64) -> i64 {
        let after = Moment::from_millisecond(millis + 1).unwrap_or(Moment::MAX);
        let change = self.rules.preceding(after).next();
        change.map_or(millis, |change| change.timestamp().as_millisecond())
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::parse("Asia/Jakarta").expect("the bundled database has Asia/Jakarta")
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

/// How far ahead of UTC, in milliseconds.
fn millis(offset: Offset) -> i64 {
    i64::from(offset.seconds()) * 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones() {
        let table = [
            ("western Indonesia", "Asia/Jakarta", true),
            ("central Indonesia", "Asia/Makassar", true),
            ("eastern Indonesia", "Asia/Jayapura", true),
            ("daylight saving", "Europe/Berlin", true),
            ("three parts", "America/Argentina/Buenos_Aires", true),
            ("none of its own", "UTC", true),
            ("an old name of another", "Asia/Calcutta", true),
            ("lower case", "asia/jakarta", false),
            ("upper case", "ASIA/JAKARTA", false),
            ("lower case of what needs no rules", "utc", false),
            ("an abbreviation", "WIB", false),
            ("an offset", "+07:00", false),
            ("a rule of POSIX", "WIB-7", false),
            ("rules of POSIX by name", "posix/Asia/Jakarta", false),
            ("rules with leap seconds", "right/Asia/Jakarta", false),
            ("the machine's own", "localtime", false),
            ("the machine's own, shorter", "local", false),
            ("a machine that nobody set up", "Factory", false),
            ("unknown", "Etc/Unknown", false),
            ("a city that is none", "Asia/Atlantis", false),
            ("a path", "../Asia/Jakarta", false),
            ("a space behind", "Asia/Jakarta ", false),
            ("a zero behind", "Asia/Jakarta\0", false),
            ("empty", "", false),
        ];
        for (why, raw, good) in table {
            let read = Zone::parse(raw);
            let name = read.as_ref().map(Zone::as_str).ok();
            assert_eq!(name, good.then_some(raw), "{why}: {raw:?}");
        }
        assert_eq!(Zone::default().as_str(), "Asia/Jakarta");
    }

    #[test]
    fn a_moment_has_a_date_in_each_zone() {
        let table = [
            (
                "before midnight",
                "Asia/Jakarta",
                "2026-12-31T16:59:59Z",
                "2026-12-31",
            ),
            (
                "midnight",
                "Asia/Jakarta",
                "2026-12-31T17:00:00Z",
                "2027-01-01",
            ),
            ("no offset", "UTC", "2026-12-31T23:59:59Z", "2026-12-31"),
            (
                "the other side",
                "Pacific/Kiritimati",
                "2026-12-31T10:00:00Z",
                "2027-01-01",
            ),
            (
                "winter",
                "Europe/Berlin",
                "2026-12-31T22:30:00Z",
                "2026-12-31",
            ),
            (
                "summer",
                "Europe/Berlin",
                "2026-07-31T22:30:00Z",
                "2026-08-01",
            ),
            (
                "before the first date",
                "UTC",
                "1999-12-31T23:59:59Z",
                "2000-01-01",
            ),
            (
                "long before",
                "Asia/Jakarta",
                "0000-01-01T00:00:00Z",
                "2000-01-01",
            ),
            ("the last date", "UTC", "9999-12-31T23:59:59Z", "9999-12-31"),
            (
                "the day before it",
                "America/New_York",
                "9999-12-31T04:59:59Z",
                "9999-12-30",
            ),
            (
                "after the last date",
                "Asia/Jakarta",
                "9999-12-31T23:59:59Z",
                "9999-12-31",
            ),
        ];
        for (why, zone, at, date) in table {
            let at = Timestamp::parse_rfc3339(at).unwrap();
            let shown = Zone::parse(zone).unwrap().date(at).to_string();
            assert_eq!(shown, date, "{why}");
        }
    }

    /// Rows of a reason, a date and time, and the moment that they are.
    fn shows(zone: &str, table: &[(&str, &str, &str)]) {
        let zone = Zone::parse(zone).unwrap();
        for (why, civil, moment) in table {
            let (date, time) = civil.split_once(' ').unwrap();
            let (date, time) = (Date::parse(date).unwrap(), TimeOfDay::parse(time).unwrap());
            let at = zone.first_moment(date, time).rfc3339();
            assert_eq!(&at, moment, "{why}: {civil} {zone:?}");
        }
    }

    #[test]
    fn jakarta_is_seven_hours_ahead() {
        shows(
            "Asia/Jakarta",
            &[
                ("the morning", "2026-12-31 09:00", "2026-12-31T02:00:00Z"),
                (
                    "the day before, in UTC",
                    "2026-12-31 06:59",
                    "2026-12-30T23:59:00Z",
                ),
                ("the first date", "2000-01-01 00:00", "1999-12-31T17:00:00Z"),
                ("the last date", "9999-12-31 23:59", "9999-12-31T16:59:00Z"),
            ],
        );
    }

    #[test]
    fn a_time_that_clocks_skip_is_the_end_of_the_gap() {
        shows(
            "Europe/Berlin",
            &[
                ("the day before", "2026-03-28 02:30", "2026-03-28T01:30:00Z"),
                (
                    "the last minute",
                    "2026-03-29 01:59",
                    "2026-03-29T00:59:00Z",
                ),
                ("the gap begins", "2026-03-29 02:00", "2026-03-29T01:00:00Z"),
                ("in the gap", "2026-03-29 02:30", "2026-03-29T01:00:00Z"),
                (
                    "the gap is over",
                    "2026-03-29 03:00",
                    "2026-03-29T01:00:00Z",
                ),
                ("the day after", "2026-03-30 02:30", "2026-03-30T00:30:00Z"),
                (
                    "as far as rules foretell",
                    "2200-03-30 02:30",
                    "2200-03-30T01:00:00Z",
                ),
            ],
        );
        shows(
            "Australia/Lord_Howe",
            &[("half an hour", "2026-10-04 02:15", "2026-10-03T15:30:00Z")],
        );
        shows(
            "Africa/Cairo",
            &[("midnight", "2026-04-24 00:30", "2026-04-23T22:00:00Z")],
        );
        shows(
            "Pacific/Apia",
            &[("a whole day", "2011-12-30 09:00", "2011-12-30T10:00:00Z")],
        );
    }

    #[test]
    fn a_time_that_occurs_twice_is_the_first_of_the_two() {
        shows(
            "Europe/Berlin",
            &[
                ("before", "2026-10-25 01:59", "2026-10-24T23:59:00Z"),
                ("it begins", "2026-10-25 02:00", "2026-10-25T00:00:00Z"),
                ("in between", "2026-10-25 02:30", "2026-10-25T00:30:00Z"),
                ("after it", "2026-10-25 03:00", "2026-10-25T02:00:00Z"),
                ("the day after", "2026-10-26 02:30", "2026-10-26T01:30:00Z"),
            ],
        );
    }

    #[test]
    fn west_of_greenwich_the_last_date_ends_with_all_moments() {
        shows(
            "America/New_York",
            &[
                ("still in it", "9999-12-31 18:59", "9999-12-31T23:59:00Z"),
                ("after it", "9999-12-31 23:59", "9999-12-31T23:59:59Z"),
            ],
        );
    }
}
