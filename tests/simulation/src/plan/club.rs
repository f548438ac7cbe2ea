//! The life of subscriptions: days pass, charges come due, and merchants change their minds.

use super::past::{Past, how, meeting, recent};
use super::{Action, How, Meanwhile, Turn};

/// The words of `catchUp`.
pub(super) fn catch_up(chance: &mut fastrand::Rng) -> &'static str {
    chance
        .choice(["charge_all", "charge_latest", "skip"])
        .unwrap_or("charge_all")
}

impl Past {
    /// A step of a world that is mostly about subscriptions.
    pub(super) fn club(&self, chance: &mut fastrand::Rng) -> Option<Action> {
        let how = how(chance);
        // More would only make the same take longer.
        let enough = self.subscriptions.len() >= 3;
        Some(match chance.u8(0..100) {
            0..=19 if !enough => return self.subscribe(chance, how),
            0..=54 => return self.tick(chance, how),
            55..=69 => return self.turned(chance, how),
            70..=79 => Action::Wait {
                seconds: *chance.choice(&[3_700, 30_000, 200_000])?,
            },
            80..=85 => Action::Decline {
                customer: chance.u8(0..3),
                times: chance.u8(1..=3),
            },
            86..=93 => {
                let operations = [
                    "payment",
                    "bri_recurring",
                    "b2b2c",
                    "status",
                    "order_status",
                ];
                let kinds = ["hang", "accept_then_hang", "reset", "bad_gateway", "slow"];
                Action::Fault {
                    operation: chance.choice(operations)?,
                    kind: chance.choice(kinds)?,
                    times: chance.u8(1..=2),
                }
            }
            _ => self.reconcile(chance, how),
        })
    }

    /// Something is done with a subscription.
    pub(super) fn turned(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        Some(Action::Turn {
            subscription: recent(chance, &self.subscriptions)?,
            turn: turn(chance),
            how,
        })
    }

    /// What is due is charged, and something is done with a subscription meanwhile, perhaps.
    pub(super) fn tick(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        let subscription = recent(chance, &self.subscriptions)?;
        let after = *chance.choice(&[0, 0, 3_700, 7_300, 86_400, 86_400, 86_400, 170_000])?;
        let meanwhile = (chance.u8(0..4) > 0).then(|| Meanwhile {
            subscription,
            turn: stopping(chance),
            meeting: meeting(chance),
        });
        Some(Action::Tick {
            after,
            deliveries: chance.choice([0, 1, 1, 1, 2, 3])?,
            meanwhile,
            how,
        })
    }
}

/// What matters most while somebody is charging.
fn stopping(chance: &mut fastrand::Rng) -> Turn {
    match chance.u8(0..10) {
        0..=2 => Turn::Cancel,
        3..=4 => Turn::Pause,
        _ => turn(chance),
    }
}

fn turn(chance: &mut fastrand::Rng) -> Turn {
    match chance.u8(0..14) {
        0..=2 => Turn::Cancel,
        3 => Turn::CancelWithPeriod,
        4..=5 => Turn::Pause,
        6..=8 => Turn::Resume,
        9..=10 => Turn::SkipNext,
        _ => Turn::Amount(chance.u64(1..=9) * 1_000),
    }
}
