//! When the periods of something recurring fall due: civil dates, at a time of day, in a time zone.
//!
//! A calendar has a start and an interval, and often an anchor: the day on which periods fall. Period
//! `n` is always computed from these, never from the period before, so that nothing can drift.
//!
//! **The month-end rule.** Where periods are months or years, one falls on the anchor's day, or on the
//! last day of a month that is too short for it: an anchor of 31 gives 31 January, 28 February,
//! 31 March, 30 April. Years keep the start's month, so that 29 February becomes the 28th in a common
//! year and the 29th again in a leap year. Without an anchor it is the start's own day.
//!
//! **The first period** is the first such day on or after the start: in the start's month, or else in
//! the next one (for years: in the start's year, or else the next one), however long the interval is.
//! Weeks begin at the first such weekday on or after the start, days at the start itself.
//!
//! **A period is due** at the first moment at which a clock on the wall shows its date and time of day,
//! or later. So a time that occurs twice, when clocks are put back, is the first of the two; and a time
//! that clocks skip is the moment after the gap.
//!
//! Time zones come with the program: what the machine knows about them does not matter.

mod date;
mod interval;
mod steps;
mod time_of_day;
mod zone;

pub use date::Date;
pub use interval::{Interval, Unit};
pub use time_of_day::TimeOfDay;
pub use zone::Zone;

use crate::clock::Timestamp;

use super::error::{FieldError, Rule};
use steps::Steps;

/// The periods of something recurring, numbered from 0. There are none after year 9999.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    start: Date,
    anchor: Option<u8>,
    interval: Interval,
    time: TimeOfDay,
    zone: Zone,
    steps: Steps,
}

impl Calendar {
    /// A calendar whose periods begin on or after `start`.
    ///
    /// `anchor` is a day of the month, 1 to 31, for months and years; a day of the week, 1 for Monday
    /// to 7 for Sunday, for weeks; and nothing for days. Left out, it is the start's. An error names
    /// `anchorDay` or `interval.every`.
    pub fn new(
        start: Date,
        anchor: Option<u8>,
        interval: Interval,
        time: TimeOfDay,
        zone: Zone,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Vec::new();
        if let Err(rule) = Interval::new(interval.unit, interval.every) {
            errors.push(FieldError::new("interval.every", rule.0));
        }
        if let Some(Err(rule)) = anchor.map(|anchor| Self::anchored(interval.unit, anchor)) {
            errors.push(FieldError::new("anchorDay", rule.0));
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Self {
            start,
            anchor,
            interval,
            time,
            zone,
            steps: Steps::new(start, anchor, interval),
        })
    }

    /// Whether periods counted in this unit may be anchored to that day.
    pub fn anchored(unit: Unit, anchor: u8) -> Result<(), Rule> {
        let (good, rule) = match unit {
            Unit::Day => (false, "must be left out where the unit is day"),
            Unit::Week => (
                (1..=7).contains(&anchor),
                "must be 1 to 7, Monday to Sunday",
            ),
            Unit::Month | Unit::Year => ((1..=31).contains(&anchor), "must be 1 to 31"),
        };
        good.then_some(()).ok_or(Rule(rule))
    }

    /// The date that no period is before.
    pub const fn start(&self) -> Date {
        self.start
    }

    /// The day on which periods fall, where it was said.
    pub const fn anchor(&self) -> Option<u8> {
        self.anchor
    }

    /// How far apart periods are.
    pub const fn interval(&self) -> Interval {
        self.interval
    }

    /// The time of day at which a period is due.
    pub const fn time(&self) -> TimeOfDay {
        self.time
    }

    /// Where dates and the time of day are told.
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// The date of a period; `None` after year 9999.
    pub fn date(&self, index: u32) -> Option<Date> {
        self.steps.date(index)
    }

    /// When a period of that date is due. A later date is never due earlier.
    pub fn due_at(&self, date: Date) -> Timestamp {
        self.zone.first_moment(date, self.time)
    }

    /// The period that has this date, if one has.
    pub fn index_of(&self, date: Date) -> Option<u32> {
        self.steps.index_of(date)
    }

    /// The first period due at or after a moment; `None` after year 9999.
    pub fn first_due_from(&self, at: Timestamp) -> Option<u32> {
        let index = self.count(|due| due < at);
        self.date(index).map(|_| index)
    }

    /// The last period due at or before a moment; `None` before the first.
    pub fn last_due_until(&self, at: Timestamp) -> Option<u32> {
        self.count(|due| due <= at).checked_sub(1)
    }

    /// The date that a moment has in the calendar's zone; at least 2000-01-01.
    pub fn today(&self, at: Timestamp) -> Date {
        self.zone.date(at)
    }

    /// How many periods are due while `early` holds, which it must no more once it has ceased to.
    /// Halves the interval, as an estimate would have to know how a zone's offset may change.
    fn count(&self, early: impl Fn(Timestamp) -> bool) -> u32 {
        let (mut low, mut high) = (0, u32::MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.date(middle) {
                Some(date) if early(self.due_at(date)) => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
