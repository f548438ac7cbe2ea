//! DOKU's Back Office, and news of other transactions than those of this deployment.

use super::past::{Kind, Past, fitting};
use super::{Action, Deed, Foreign};

/// Other services (cards) and other channels (SNAP) under which the same reference may be used.
const SERVICES: [&str; 4] = [
    "VIRTUAL_ACCOUNT",
    "ONLINE_TO_OFFLINE",
    "QRIS",
    "PEER_TO_PEER",
];

impl Past {
    /// A step of that kind.
    pub(super) fn news(&self, chance: &mut fastrand::Rng) -> Option<Action> {
        Some(match chance.u8(0..100) {
            0..=59 => {
                let paying = fitting(chance, &self.pays, |pay| pay.taken)?;
                let part = chance.bool().then(|| chance.u64(1..=12) * 1_000);
                let deed = match (paying.kind, chance.u8(0..100)) {
                    (Kind::Authorize, 0..=39) => Deed::Capture(part),
                    (Kind::Authorize, 40..=59) | (Kind::Sale, 0..=24) => Deed::Void,
                    (Kind::Authorize | Kind::Sale | Kind::Account(_), _) => Deed::Refund(part),
                };
                Action::BackOffice {
                    pay: paying.number,
                    deed,
                }
            }
            60..=84 => Action::ForeignNews {
                pay: fitting(chance, &self.pays, |_| true)?.number,
                foreign: foreign(chance)?,
            },
            _ => Action::UnknownNews {
                foreign: if chance.bool() {
                    Some(foreign(chance)?)
                } else {
                    None
                },
            },
        })
    }
}

fn foreign(chance: &mut fastrand::Rng) -> Option<Foreign> {
    Some(Foreign {
        service: chance.choice(SERVICES)?,
        success: chance.bool(),
    })
}
