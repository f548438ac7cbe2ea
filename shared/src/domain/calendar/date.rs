//! A day on the calendar, and counting days and months.

use std::fmt;

use jiff::{SignedDuration, civil};

use crate::domain::error::Rule;

/// A civil date of the years 2000 to 9999. Written `2026-12-31`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// 1 January 2000, from which days and months are counted.
    pub const MIN: Self = Self(civil::date(2000, 1, 1));

    /// 31 December 9999.
    pub const MAX: Self = Self(civil::date(9999, 12, 31));

    /// Reads a date, exactly as we print it.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be a date of the years 2000 to 9999, YYYY-MM-DD");
        let date = Self(raw.parse().map_err(|_| FORM)?);
        // The library takes other forms of ISO 8601 too; a date has one spelling.
        if date >= Self::MIN && date.to_string() == raw {
            Ok(date)
        } else {
            Err(FORM)
        }
    }

    /// Days since 1 January 2000.
    pub(super) fn days(self) -> i64 {
        self.0.duration_since(Self::MIN.0).as_hours() / 24
    }

    /// The date that many days after 1 January 2000, if it is one.
    pub(super) fn from_days(days: i64) -> Option<Self> {
        let since = SignedDuration::from_hours(days.checked_mul(24)?);
        let date = Self(Self::MIN.0.checked_add(since).ok()?);
        (date >= Self::MIN).then_some(date)
    }

    /// Months since January 2000.
    pub(super) fn months(self) -> i64 {
        let years = i64::from(self.0.year()) - i64::from(Self::MIN.0.year());
        years * 12 + i64::from(self.0.month()) - 1
    }

    /// The date with this day, or the last day of a month that is too short for it, in the month that
    /// many months after January 2000; `None` outside the years of dates.
    pub(super) fn in_month(months: i64, day: i8) -> Option<Self> {
        let years = months.div_euclid(12) + i64::from(Self::MIN.0.year());
        let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
        let first = civil::Date::new(i16::try_from(years).ok()?, month, 1).ok()?;
        let last = first.days_in_month();
        let date = civil::Date::new(first.year(), month, day.min(last)).ok()?;
        (date >= Self::MIN.0).then_some(Self(date))
    }

    /// The day of the month, from 1.
    pub(super) fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the week, 1 for Monday to 7 for Sunday.
    pub(super) fn weekday(self) -> i8 {
        self.0.weekday().to_monday_one_offset()
    }

    /// The date with a time of day.
    pub(super) const fn at(self, time: civil::Time) -> civil::DateTime {
        self.0.to_datetime(time)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates() {
        let table = [
            ("plain", "2026-12-31", true),
            ("the first", "2000-01-01", true),
            ("the last", "9999-12-31", true),
            ("a leap year", "2024-02-29", true),
            ("divisible by 400", "2400-02-29", true),
            ("divisible by 100", "2100-02-29", false),
            ("a common year", "2026-02-29", false),
            ("31 April", "2026-04-31", false),
            ("no month 13", "2026-13-01", false),
            ("no month 0", "2026-00-01", false),
            ("no day 0", "2026-01-00", false),
            ("before 2000", "1999-12-31", false),
            ("year 10000", "10000-01-01", false),
            ("six digits", "+002026-12-31", false),
            ("no hyphens", "20261231", false),
            ("no leading zero", "2026-1-31", false),
            ("a time behind", "2026-12-31T09:00", false),
            ("a zone behind", "2026-12-31[Asia/Jakarta]", false),
            ("a week date", "2026-W53-4", false),
            ("a space before", " 2026-12-31", false),
            ("non-ASCII digits", "２０２６-12-31", false),
            ("empty", "", false),
        ];
        for (why, raw, good) in table {
            let read = Date::parse(raw).map(|date| date.to_string()).ok();
            assert_eq!(read, good.then(|| raw.to_owned()), "{why}: {raw:?}");
        }
    }

    #[test]
    fn what_is_outside_its_years_is_no_date() {
        let last = Date::MAX.days();
        assert_eq!(Date::from_days(last), Some(Date::MAX));
        let table = [
            ("the day after the last", Date::from_days(last + 1)),
            ("the day before the first", Date::from_days(-1)),
            ("as far as it goes", Date::from_days(i64::MAX)),
            ("as far back", Date::from_days(i64::MIN)),
            ("January 10000", Date::in_month(Date::MAX.months() + 1, 1)),
            ("December 1999", Date::in_month(-1, 31)),
            ("a far month", Date::in_month(i64::from(u32::MAX) * 60, 1)),
        ];
        for (why, date) in table {
            assert_eq!(date, None, "{why}");
        }
    }

    proptest! {
        #[test]
        fn what_parses_prints_the_same(raw in "[0-9]{4}-[01][0-9]-[0-3][0-9]") {
            if let Ok(date) = Date::parse(&raw) {
                prop_assert_eq!(date.to_string(), raw);
            }
        }

        #[test]
        fn a_day_counted_is_the_same_day_again(days in 0..=Date::MAX.days()) {
            let date = Date::from_days(days).unwrap();
            prop_assert_eq!(date.days(), days);
            prop_assert_eq!(Date::in_month(date.months(), date.day()), Some(date));
        }
    }
}
