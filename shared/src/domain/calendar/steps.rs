//! Dates at equal distances, computed from the first one.

use super::{Date, Interval, Unit};

/// Dates that are the same number of days, or of months, apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Steps {
    scale: Scale,
    /// Where the first is.
    first: i64,
    /// How far apart they are, at least 1.
    step: i64,
}

/// What distances are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scale {
    Days,
    /// Months, in each of which the date is this day or the last one.
    Months {
        day: i8,
    },
}

impl Steps {
    /// The dates of an interval from a start on. The anchor has been checked to suit the interval.
    pub(super) fn new(start: Date, anchor: Option<u8>, interval: Interval) -> Self {
        let anchor = anchor.and_then(|anchor| i8::try_from(anchor).ok());
        let every = i64::from(interval.every);
        match interval.unit {
            Unit::Day => Self {
                scale: Scale::Days,
                first: start.days(),
                step: every,
            },
            Unit::Week => {
                let weekday = anchor.unwrap_or(start.weekday());
                let wait = (weekday - start.weekday()).rem_euclid(7);
                Self {
                    scale: Scale::Days,
                    first: start.days() + i64::from(wait),
                    step: 7 * every,
                }
            }
            Unit::Month => Self::in_months(start, anchor, 1, every),
            Unit::Year => Self::in_months(start, anchor, 12, every),
        }
    }

    fn in_months(start: Date, anchor: Option<i8>, months: i64, every: i64) -> Self {
        let day = anchor.unwrap_or(start.day());
        let this = start.months();
        let still_comes = Date::in_month(this, day).is_some_and(|date| date >= start);
        Self {
            scale: Scale::Months { day },
            // However long the interval is, the first one is the nearest.
            first: if still_comes { this } else { this + months },
            step: months * every,
        }
    }

    /// The date at an index from 0; `None` after the last of all dates.
    pub(super) fn date(self, index: u32) -> Option<Date> {
        let place = self.first + self.step * i64::from(index);
        match self.scale {
            Scale::Days => Date::from_days(place),
            Scale::Months { day } => Date::in_month(place, day),
        }
    }

    /// The index of a date, if it is one of these.
    pub(super) fn index_of(self, date: Date) -> Option<u32> {
        let place = match self.scale {
            Scale::Days => date.days(),
            Scale::Months { .. } => date.months(),
        };
        // Between two of these the division gives the earlier one, which has another date.
        let index = u32::try_from((place - self.first).div_euclid(self.step)).ok()?;
        (self.date(index) == Some(date)).then_some(index)
    }
}
