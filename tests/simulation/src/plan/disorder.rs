//! Disorder: a table that is restored, answers that are not true, claims that expire,
//! shards that change, a newer release beside this one, and an AWS that says "not now".

use super::past::{Past, how};
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
            0..=23 => Action::Restore {
                steps: chance.usize(1..=6),
                stated: chance.bool(),
            },
            24..=53 => lie(chance)?,
            54..=60 => Action::Month,
            61..=70 => Action::Shards {
                count: chance.u8(1..=3),
            },
            71..=82 => Action::NewAttribute {
                nth: chance.usize(0..1_000),
            },
            83..=87 => Action::NewWord {
                nth: chance.usize(0..1_000),
            },
            88..=95 => Action::Repeat {
                of: super::past::recent(chance, self.requests())?,
                stranger: true,
                how: how(chance),
            },
            _ => Action::Weather {
                weather: Weather::Busy(25),
                seconds: 3_600,
            },
        })
    }
}

/// An answer that is not true, once: of a call that was done and is refused, or of one that is
/// answered and was not done.
fn lie(chance: &mut fastrand::Rng) -> Option<Action> {
    let operations = [
        "payment",
        "payment",
        "otp",
        "refund",
        "refund",
        "payment_page",
        "capture",
        "card_refund",
        "bri_recurring",
        "bri_recurring",
    ];
    let operation = chance.choice(operations)?;
    let codes: &[&str] = match operation {
        "payment" => &["4035414", "4035405", "5005400", "4095401"],
        "otp" => &["5000400", "4030405"],
        "refund" => &["5005800", "4045800", "4045813", "4095801"],
        "bri_recurring" => &["400", "403", "500", "503"],
        _ => &["500", "503"],
    };
    let refused = chance.u8(0..100) < 65;
    Some(Action::Lie {
        operation,
        kind: if refused {
            "accept_then_reject"
        } else {
            "acknowledge_only"
        },
        code: chance.choice(codes.iter().copied())?,
        times: 1,
        behind: None,
        seconds: None,
    })
}
