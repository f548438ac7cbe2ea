//! Answers that are not true, and the calls that meet them at once: a lie that no call meets is none.

use super::Action;
use super::past::{Past, Paying, how, recent};

const DAY: u64 = 86_400;

/// Of which kind an answer is that is not true.
const OF_STATUS: [&str; 4] = ["miss", "lag", "no_history", "empty_history"];

impl Past {
    /// An answer that is not true, once, where the world can meet it: of a call that was done and is
    /// refused, of one that is answered and was not done, or of a status that is not so.
    pub(super) fn lie(&self, chance: &mut fastrand::Rng) -> Option<Action> {
        let pays = |fits: fn(&Paying) -> bool| self.pays.iter().any(fits);
        let possible = [
            ("payment", 2, self.binds.iter().any(|bind| bind.agreed)),
            ("otp", 2, pays(Paying::waits_for_otp)),
            ("refund", 4, pays(Paying::took_from_account)),
            ("card_refund", 3, pays(Paying::took_from_card)),
            ("capture", 3, pays(Paying::is_held)),
            ("bri_recurring", 4, !self.by_token.is_empty()),
            ("payment_page", 1, true),
            ("status", 1, !self.pays.is_empty()),
            ("order_status", 1, !self.pays.is_empty()),
        ];
        let all = possible.into_iter().filter(|(_, _, fits)| *fits);
        let all: Vec<&str> = all
            .flat_map(|(operation, often, _)| std::iter::repeat_n(operation, often))
            .collect();
        let operation = chance.choice(all)?;
        let codes: &[&str] = match operation {
            "payment" => &["4035414", "4035405", "5005400", "4095401"],
            "otp" => &["5000400", "4030405"],
            "refund" => &["5005800", "4045800", "4045813", "4095801"],
            "bri_recurring" => &["400", "403", "500", "503"],
            "status" | "order_status" => &[""],
            _ => &["500", "503"],
        };
        let of_status = codes == [""];
        let kind = if of_status {
            chance.choice(OF_STATUS)?
        } else if chance.u8(0..100) < 65 {
            "accept_then_reject"
        } else {
            "acknowledge_only"
        };
        Some(Action::Lie {
            operation,
            kind,
            code: chance.choice(codes.iter().copied())?,
            times: 1,
            behind: of_status.then_some(90),
            seconds: None,
        })
    }

    /// The call that meets it.
    pub(super) fn meets(
        &self,
        chance: &mut fastrand::Rng,
        operation: &'static str,
    ) -> Option<Action> {
        let how = how(chance);
        let paying = |chance: &mut fastrand::Rng, fits: fn(&Paying) -> bool| {
            let all = self.pays.iter().filter(|pay| fits(pay));
            let all: Vec<usize> = all.map(|pay| pay.number).collect();
            recent(chance, &all)
        };
        Some(match operation {
            "payment" => {
                let agreed = self.binds.iter().filter(|bind| bind.agreed);
                let agreed: Vec<_> = agreed.copied().collect();
                let bound = recent(chance, &agreed)?;
                return Self::pay_from(chance, bound, how);
            }
            "otp" => Action::Otp {
                pay: paying(chance, Paying::waits_for_otp)?,
                right: true,
                how,
            },
            "refund" | "card_refund" => {
                let fits = if operation == "refund" {
                    Paying::took_from_account
                } else {
                    Paying::took_from_card
                };
                Action::Refund {
                    pay: paying(chance, fits)?,
                    part: chance.bool().then(|| chance.u64(1..=4) * 1_000),
                    how,
                }
            }
            "capture" => Action::Capture {
                pay: paying(chance, Paying::is_held)?,
                part: None,
                how,
            },
            "bri_recurring" => Action::Tick {
                after: DAY,
                deliveries: 1,
                meanwhile: None,
                how,
            },
            "payment_page" => Self::page(chance, how),
            _ => self.reconcile(chance, how),
        })
    }
}
