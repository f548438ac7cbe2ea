//! When somebody looks at what is not finished, although nobody asks for it.

use std::time::Duration;

use crate::clock::Timestamp;

/// DOKU's own plan for status checks, as ages of what is asked about: minutes, then hours, then days.
const MINUTES: [u64; 6] = [1, 2, 5, 15, 30, 60];
const A_DAY: u64 = 24 * 60;
/// After this long a person is told.
pub const TELL_AFTER: Duration = Duration::from_hours(7 * 24);

/// How long what did not reach DOKU may be asked for again by whoever asked for it.
pub const UNSENT_FOR: Duration = Duration::from_hours(24);

/// Who looks after something that is not finished, and when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watch {
    /// When it is looked at again; `None` for the first look.
    pub look_at: Option<Timestamp>,
    /// True when a person was told of it.
    pub told: bool,
    /// Since when it is looked after anew, because somebody asked for that; `None` for since it began.
    pub since: Option<Timestamp>,
}

impl Watch {
    /// When to look at what began at `began`; `None` when a person has been told.
    pub fn due_at(&self, began: Timestamp) -> Option<Timestamp> {
        let first = began.plus(Duration::from_mins(MINUTES[0]));
        (!self.told).then(|| self.look_at.unwrap_or(first))
    }

    /// When to look at what was due at `first` for the first time; `None` when a person has been told.
    pub fn due_from(&self, first: Timestamp) -> Option<Timestamp> {
        (!self.told).then(|| self.look_at.map_or(first, |again| again.max(first)))
    }

    /// Notes a look at `now` that did not finish it, and when to look again, at the earliest after
    /// `wait`. True when a person has to be told instead, which is once, and never after one look only:
    /// "DOKU does not know it" is believed the second time.
    pub fn note_look(&mut self, began: Timestamp, now: Timestamp, wait: Duration) -> bool {
        let began = self.since.map_or(began, |since| since.max(began));
        let age = now.since(began);
        let known = self.told;
        self.told = known || age >= TELL_AFTER && self.look_at.is_some();
        self.look_at = (!self.told).then(|| began.plus(next(age)).max(now.plus(wait)));
        self.told && !known
    }

    /// Brings the next check forward to `now`, but not before the first one of the plan. What was
    /// escalated to an operator stays so.
    pub fn bring_forward(&mut self, began: Timestamp, now: Timestamp) {
        let first = began.plus(Duration::from_mins(MINUTES[0]));
        if !self.told
            && let Some(planned) = self.look_at
        {
            self.look_at = Some(planned.min(now.max(first)));
        }
    }

    /// Has it looked at `now`, whenever it was to be. What a person was told of is looked after anew, as
    /// if it had just begun.
    pub fn look_now(&mut self, now: Timestamp) {
        if self.told {
            self.since = Some(now);
        }
        self.told = false;
        self.look_at = Some(now);
    }
}

/// How long to wait, by the plan, before what is `age` old is looked at again.
pub fn wait(age: Duration) -> Duration {
    next(age).saturating_sub(age)
}

/// The next age of the plan after `age`.
fn next(age: Duration) -> Duration {
    let minutes = age.as_secs() / 60;
    let hour = 60;
    let next = match MINUTES.iter().find(|planned| **planned > minutes) {
        Some(planned) => *planned,
        None if minutes < A_DAY => (minutes / hour + 1) * hour,
        None => (minutes / A_DAY + 1) * A_DAY,
    };
    Duration::from_mins(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_follow_the_plan_and_end_after_a_week() {
        let began = Timestamp::from_millis(0);
        let mut watch = Watch::default();
        let mut ages = Vec::new();
        while let Some(due) = watch.due_at(began) {
            ages.push(due.since(began).as_secs() / 60);
            watch.note_look(began, due, Duration::ZERO);
        }
        let hours = (2..=24).map(|hour| hour * 60);
        let days = (2..=7).map(|day| day * A_DAY);
        let plan: Vec<u64> = MINUTES.into_iter().chain(hours).chain(days).collect();
        assert_eq!(ages, plan);
        assert!(watch.told);
    }

    #[test]
    fn what_a_person_asks_about_is_looked_after_for_another_week() {
        let began = Timestamp::from_millis(0);
        let after = |days: u64| began.plus(Duration::from_hours(24 * days));
        let mut watch = Watch::default();
        watch.look_now(after(1));
        assert_eq!(
            watch.due_at(began),
            Some(after(1)),
            "before anybody was told"
        );
        assert!(watch.note_look(began, after(7), Duration::ZERO));
        watch.look_now(after(30));
        assert_eq!(watch.due_at(began), Some(after(30)));
        assert!(!watch.note_look(began, after(30), Duration::ZERO));
        let a_minute = Duration::from_mins(1);
        assert_eq!(watch.due_at(began), Some(after(30).plus(a_minute)));
        assert!(!watch.note_look(began, after(36), Duration::ZERO));
        assert!(watch.note_look(began, after(37), Duration::ZERO));
    }

    #[test]
    fn a_check_is_brought_forward_and_never_put_off() {
        let began = Timestamp::from_millis(0);
        let minute = |n| began.plus(Duration::from_mins(n));
        let mut watch = Watch::default();
        watch.bring_forward(began, minute(0));
        assert_eq!(watch.due_at(began), Some(minute(1)), "not before the first");
        watch.note_look(began, minute(60), Duration::ZERO);
        assert_eq!(watch.due_at(began), Some(minute(120)));
        watch.bring_forward(began, minute(70));
        assert_eq!(watch.due_at(began), Some(minute(70)));
        watch.bring_forward(began, minute(80));
        assert_eq!(watch.due_at(began), Some(minute(70)));
        let mut told = Watch {
            told: true,
            ..watch
        };
        told.bring_forward(began, minute(65));
        assert_eq!(told.due_at(began), None);
    }

    #[test]
    fn a_late_look_goes_on_with_the_plan_and_a_wait_is_kept() {
        let began = Timestamp::from_millis(0);
        let minute = |n| began.plus(Duration::from_mins(n));
        let mut watch = Watch::default();
        assert!(!watch.note_look(began, minute(7), Duration::ZERO));
        assert_eq!(watch.look_at, Some(minute(15)));
        assert!(!watch.note_look(began, minute(15), Duration::from_mins(40)));
        assert_eq!(watch.look_at, Some(minute(55)));
        assert!(watch.note_look(began, minute(7 * 24 * 60), Duration::ZERO));
        assert!(!watch.note_look(began, minute(7 * 24 * 60), Duration::ZERO));

        let mut first_after_a_week = Watch::default();
        let eighth = minute(8 * 24 * 60);
        assert!(!first_after_a_week.note_look(began, minute(7 * 24 * 60), Duration::ZERO));
        assert_eq!(first_after_a_week.look_at, Some(eighth));
        assert!(first_after_a_week.note_look(began, eighth, Duration::ZERO));
        assert_eq!(watch.due_at(began), None);
    }
}
