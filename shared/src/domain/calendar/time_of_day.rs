//! A time of day, to the minute.

use std::fmt;

use jiff::civil;

use crate::domain::error::Rule;

/// A time of day without a zone. Written `09:00`; from `00:00` to `23:59`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(civil::Time);

impl TimeOfDay {
    /// When nothing is said: nine in the morning.
    pub const DEFAULT: Self = Self(civil::time(9, 0, 0, 0));

    /// Reads a time, exactly as we print it.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be a time of day, HH:MM");
        let time = Self(raw.parse().map_err(|_| FORM)?);
        // The library takes seconds and shorter forms too; a time has one spelling.
        if time.to_string() == raw {
            Ok(time)
        } else {
            Err(FORM)
        }
    }

    /// Milliseconds since midnight.
    pub(super) fn millis(self) -> i64 {
        (i64::from(self.0.hour()) * 60 + i64::from(self.0.minute())) * 60_000
    }

    /// The time as the library's.
    pub(super) const fn civil(self) -> civil::Time {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day() {
        let table = [
            ("the default", "09:00", true),
            ("the first", "00:00", true),
            ("the last", "23:59", true),
            ("midnight at the end", "24:00", false),
            ("no minute 60", "09:60", false),
            ("seconds", "09:00:00", false),
            ("no leading zero", "9:00", false),
            ("no colon", "0900", false),
            ("hours only", "09", false),
            ("a T before", "T09:00", false),
            ("an offset behind", "09:00+07:00", false),
            ("twelve hours", "09:00 PM", false),
            ("empty", "", false),
        ];
        for (why, raw, good) in table {
            let read = TimeOfDay::parse(raw).map(|time| time.to_string()).ok();
            assert_eq!(read, good.then(|| raw.to_owned()), "{why}: {raw:?}");
        }
        assert_eq!(TimeOfDay::DEFAULT.to_string(), "09:00");
    }
}
