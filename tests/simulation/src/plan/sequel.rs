//! What follows at once on what just happened: trouble is worth little that nobody meets.

use super::past::{Past, Paying, fitting, how};
use super::{Action, Weather};

/// What just happened, as far as something may follow at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Just {
    /// Nothing that asks for it.
    #[default]
    Other,
    /// AWS works otherwise.
    Weather,
    /// AWS says "not now" inside its answers.
    Busy,
    /// Calls of this kind go wrong.
    Fault(&'static str),
    /// The next answer of this kind is not true.
    Lie(&'static str),
    /// There are more shards, or fewer.
    Shards,
    /// Money was to go back for that payment.
    Refund(usize),
    /// The table, or some of it, is gone.
    Forgotten,
}

impl Just {
    pub const fn of(action: &Action) -> Self {
        match action {
            Action::Weather {
                weather: Weather::Busy(_),
                ..
            } => Self::Busy,
            Action::Weather { .. } => Self::Weather,
            Action::Lie {
                operation,
                seconds: None,
                ..
            } => Self::Lie(operation),
            Action::Fault { operation, .. } | Action::Lie { operation, .. } => {
                Self::Fault(operation)
            }
            Action::Shards { .. } => Self::Shards,
            Action::Restore { .. } | Action::Month => Self::Forgotten,
            Action::Refund { pay, .. } => Self::Refund(*pay),
            _ => Self::Other,
        }
    }
}

impl Past {
    /// The step that meets what just happened, often.
    pub(super) fn sequel(&self, chance: &mut fastrand::Rng) -> Option<Action> {
        let (percent, just) = match self.just {
            Just::Other => return None,
            just @ (Just::Weather | Just::Fault(_) | Just::Shards) => (50, just),
            just @ (Just::Lie(_) | Just::Busy) => (95, just),
            just @ Just::Forgotten => (80, just),
            just @ Just::Refund(_) => (15, just),
        };
        if chance.u8(0..100) >= percent {
            return None;
        }
        let how = how(chance);
        Some(match just {
            Just::Other => return None,
            // Not the functions, but DOKU begins: with news that cannot be stored.
            Just::Weather if chance.bool() => Action::Release,
            Just::Weather => Action::Decide {
                pay: fitting(chance, &self.pays, Paying::waits_on_page)?.number,
                yes: chance.u8(0..100) < 85,
            },
            Just::Lie(operation) => return self.meets(chance, operation),
            Just::Busy if chance.bool() => return self.tick(chance, how),
            Just::Busy => return self.refund(chance, how),
            Just::Fault("payment" | "b2b" | "b2b2c") => return self.pay(chance, how),
            // Callers who got no answer, or not the one they expect, ask again.
            Just::Forgotten if chance.u8(0..4) > 0 => return self.repeat(chance, how),
            Just::Fault("payment_page") => Self::page(chance, how),
            Just::Fault("otp" | "capture") => return self.go_on(chance, how),
            Just::Forgotten | Just::Fault("refund" | "card_refund") => {
                return self.refund(chance, how);
            }
            Just::Fault("binding" | "unbinding") => return self.agree(chance, how),
            Just::Fault("status" | "order_status") => self.reconcile(chance, how),
            // What is due is put on a queue, and the payments of a charge are read in one batch.
            Just::Shards | Just::Fault(_) => return self.tick(chance, how),
            Just::Refund(pay) => Action::Refund {
                pay,
                part: None,
                how,
            },
        })
    }
}
