//! The life of a till: money is taken, captured and given back, and the line breaks in between.

use super::Action;
use super::past::{Past, how, recent};

impl Past {
    /// A step of a world that is mostly about money that moves.
    pub(super) fn till(&self, chance: &mut fastrand::Rng) -> Option<Action> {
        let how = how(chance);
        Some(match chance.u8(0..100) {
            0..=9 => return self.agree(chance, how),
            10..=21 => return self.pay(chance, how),
            22..=29 => Self::page(chance, how),
            30..=54 => return self.go_on(chance, how),
            55..=76 => return self.refund(chance, how),
            77..=81 => return self.repeat(chance, how),
            82..=91 => {
                let operations = ["refund", "card_refund", "capture", "status", "order_status"];
                let kinds = ["reset", "accept_then_reset", "accept_then_hang", "garbage"];
                Action::Fault {
                    operation: chance.choice(operations)?,
                    kind: chance.choice(kinds)?,
                    times: chance.u8(1..=2),
                }
            }
            92..=94 => Action::Wait {
                seconds: chance.u64(60..=400),
            },
            95 => Self::weather(chance),
            96 => Action::Rumour {
                pay: recent(chance, &self.pays)?.number,
            },
            _ => self.reconcile(chance, how),
        })
    }
}
