//! Disorder: a table that is restored, answers that are not true, claims that expire,
//! shards that change, a newer release beside this one, and an AWS that says "not now".

use super::past::{Past, how, spelling};
use super::{Action, Weather};

const DAY: u64 = 86_400;

impl Past {
    /// How a world's check status is from its beginning, where it is not as it should be: behind by
    /// always the same, or without any refund.
    pub(super) fn habit(chance: &mut fastrand::Rng) -> Option<Action> {
        let operation = chance.choice(["status", "order_status"])?;
        let kind = chance.choice(["lag", "no_history", "empty_history"])?;
        Some(Action::Lie {
            operation,
            kind,
            code: "",
            times: 1,
            behind: Some(chance.choice([90, 400])?),
            seconds: Some(40 * DAY),
        })
    }

    /// A step of that kind.
    pub(super) fn disorder(&self, chance: &mut fastrand::Rng) -> Option<Action> {
        Some(match chance.u8(0..100) {
            0..=17 => Action::Restore {
                steps: chance.usize(1..=6),
                stated: chance.bool(),
            },
            18..=51 => return self.lie(chance),
            52..=57 => Action::Month,
            58..=63 => Action::Shards {
                count: chance.u8(1..=3),
            },
            64..=66 => Action::OldWriter {
                nth: chance.usize(0..1_000),
            },
            67..=74 => Action::NewAttribute {
                nth: chance.usize(0..1_000),
            },
            75..=79 => Action::NewWord {
                nth: chance.usize(0..1_000),
            },
            80..=86 => Action::Repeat {
                of: super::past::recent(chance, self.requests())?,
                stranger: true,
                spelling: spelling(chance),
                how: how(chance),
            },
            87..=92 => Action::Operator {
                nth: chance.usize(0..1_000),
                wrongly: chance.u8(0..3) == 0,
            },
            _ => Action::Weather {
                weather: Weather::Busy(25),
                seconds: 3_600,
            },
        })
    }
}
