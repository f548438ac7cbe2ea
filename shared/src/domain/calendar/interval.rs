//! How far apart periods are.

use crate::domain::error::Rule;

/// What an interval is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Days.
    Day,
    /// Weeks of seven days.
    Week,
    /// Months of the calendar.
    Month,
    /// Years of the calendar.
    Year,
}

impl Unit {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        [Self::Day, Self::Week, Self::Month, Self::Year]
            .into_iter()
            .find(|unit| unit.as_str() == raw)
            .ok_or(Rule("must be day, week, month or year"))
    }
}

/// Every so many days, weeks, months or years: 1 to 365 days, 1 to 52 weeks, 1 to 24 months, 1 to 5
/// years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Interval {
    /// What it is counted in.
    pub unit: Unit,
    /// How many of them, from 1.
    pub every: u16,
}

impl Interval {
    /// An interval, if it is neither nothing nor too long.
    pub fn new(unit: Unit, every: u16) -> Result<Self, Rule> {
        let (most, rule) = match unit {
            Unit::Day => (365, "must be 1 to 365 for days"),
            Unit::Week => (52, "must be 1 to 52 for weeks"),
            Unit::Month => (24, "must be 1 to 24 for months"),
            Unit::Year => (5, "must be 1 to 5 for years"),
        };
        if (1..=most).contains(&every) {
            Ok(Self { unit, every })
        } else {
            Err(Rule(rule))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_have_limits() {
        for (unit, most) in [("day", 365), ("week", 52), ("month", 24), ("year", 5)] {
            let unit = Unit::parse(unit).unwrap();
            let table = [
                ("nothing", 0, false),
                ("the shortest", 1, true),
                ("the longest", most, true),
                ("longer", most + 1, false),
                ("as long as it can be said", u16::MAX, false),
            ];
            for (why, every, good) in table {
                let interval = Interval::new(unit, every).ok();
                assert_eq!(
                    interval,
                    good.then_some(Interval { unit, every }),
                    "{why}: {unit:?}"
                );
            }
        }
    }

    #[test]
    fn units_have_one_spelling() {
        for raw in ["day", "week", "month", "year"] {
            assert_eq!(Unit::parse(raw).map(Unit::as_str), Ok(raw));
        }
        for raw in ["Day", "days", "hour", "quarter", " day", ""] {
            assert!(Unit::parse(raw).is_err(), "{raw:?}");
        }
    }
}
