//! Scenes: steps in a row that meet each other, for what chance alone would hardly ever bring together.
//! A request is made, what the world knows of it is lost or not true, and it is asked for again.

use std::collections::VecDeque;

use super::past::{Past, Paying, fitting, how, recent};
use super::{Action, Bank, FUNCTIONS, How, Spelling, Way, Weather};

const DAY: u64 = 86_400;

/// What may befall a request before it comes again.
#[derive(Clone, Copy)]
enum Loss {
    /// The table forgets it.
    Restore,
    /// Its answer is lost, and the claim is older than any that is kept.
    Month,
}

impl Past {
    /// The steps of a scene, of which the first is number `first`.
    pub(super) fn scene(
        &self,
        first: usize,
        chance: &mut fastrand::Rng,
    ) -> Option<VecDeque<Action>> {
        let kind = chance.u8(0..100);
        let mut steps = Vec::new();
        let mut past = None;
        // Often with a payment or a subscription of its own: what chance has made so far may fit no scene.
        if chance.u8(0..100) < 70 {
            steps = match kind {
                50..=64 => own_account_payment(first, chance),
                65..90 => own_subscription(chance),
                _ => own_payment(first, chance),
            };
            past = Some(Self::of(first, &steps));
        }
        let first = first + steps.len();
        let past = past.as_ref().unwrap_or(self);
        steps.extend(match kind {
            0..=29 => past.forgotten_request(first, chance)?,
            30..=39 => past.forgotten_before_another(chance)?,
            40..=49 => self.hidden_payment(chance)?,
            50..=64 => past.doubted_refund(chance)?,
            65..=81 => past.doubted_charge(chance)?,
            82..=89 => past.busy_charges(chance)?,
            _ => self.settled_and_denied(chance)?,
        });
        Some(steps.into())
    }

    /// Money goes back or is taken, the table or the claim is gone, and the same request comes again.
    fn forgotten_request(&self, first: usize, chance: &mut fastrand::Rng) -> Option<Vec<Action>> {
        let loss = if chance.u8(0..3) == 0 {
            Loss::Month
        } else {
            Loss::Restore
        };
        let paying = self.some_taken(chance, |_| true)?;
        let is_capture = paying.is_held() && chance.bool();
        let part = chance.bool().then(|| chance.u64(1..=4) * 1_000);
        let pay = paying.number;
        let operation = match (is_capture, paying.took_from_account()) {
            (true, _) => "capture",
            (false, true) => "refund",
            (false, false) => "card_refund",
        };
        let request = |how| {
            if is_capture {
                Action::Capture { pay, part, how }
            } else {
                Action::Refund { pay, part, how }
            }
        };
        let mut steps = match loss {
            Loss::Restore => vec![
                request(calm(chance)),
                Action::Restore {
                    steps: 1,
                    stated: chance.bool(),
                },
            ],
            Loss::Month => vec![
                request(calm(chance)),
                fault(operation, "accept_then_hang"),
                request(calm(chance)),
                Action::Month,
            ],
        };
        let of = match loss {
            Loss::Restore => first,
            Loss::Month => first + 2,
        };
        steps.push(Action::Repeat {
            of,
            stranger: false,
            spelling: Spelling::Bare,
            how: calm(chance),
        });
        Some(steps)
    }

    /// What went back is forgotten, and more is to go back under another key.
    fn forgotten_before_another(&self, chance: &mut fastrand::Rng) -> Option<Vec<Action>> {
        let pay = self.some_taken(chance, |_| true)?.number;
        let refund = |part, how| Action::Refund { pay, part, how };
        Some(vec![
            refund(Some(chance.u64(1..=3) * 1_000), calm(chance)),
            Action::Restore {
                steps: 1,
                stated: true,
            },
            refund(Some(1_000), calm(chance)),
        ])
    }

    /// DOKU takes a payment whose answer is lost, denies for hours to know of it, and the customer pays.
    fn hidden_payment(&self, chance: &mut fastrand::Rng) -> Option<Vec<Action>> {
        let agreed: Vec<_> = self.binds.iter().filter(|it| it.agreed).copied().collect();
        let bound = recent(chance, &agreed)?;
        let how = calm(chance);
        let pay = Self::pay_from(chance, bound, how)?;
        Some(vec![
            lie("status", "miss", chance.u64(1..=3) * 3_600),
            Action::Post {
                kind: "lose",
                times: 1,
            },
            fault("payment", "accept_then_reset"),
            pay,
            Action::Wait { seconds: 400 },
            quiet_reconcile(chance),
            Action::Wait { seconds: 900 },
            quiet_reconcile(chance),
        ])
    }

    /// The answer of a refund is lost, DOKU lists none, and the amount is asked for again.
    fn doubted_refund(&self, chance: &mut fastrand::Rng) -> Option<Vec<Action>> {
        let paying = self.some_taken(chance, Paying::took_from_account)?;
        let (pay, part) = (paying.number, Some(chance.u64(1..=4) * 1_000));
        let refund = |how| Action::Refund { pay, part, how };
        let answer = if chance.bool() {
            fault("refund", "accept_then_reset")
        } else {
            lie_once("refund", "4045800")
        };
        Some(vec![
            lie("status", "empty_history", 3 * DAY),
            answer,
            refund(calm(chance)),
            Action::Wait { seconds: 400 },
            quiet_reconcile(chance),
            Action::Wait { seconds: 4_000 },
            quiet_reconcile(chance),
            refund(calm(chance)),
        ])
    }

    /// DOKU takes a charge and says no, and days pass in which it is tried again.
    fn doubted_charge(&self, chance: &mut fastrand::Rng) -> Option<Vec<Action>> {
        recent(chance, &self.subscriptions)?;
        let (operation, code) = if self.by_token.is_empty() {
            ("payment", chance.choice(["4035405", "4035414"])?)
        } else {
            ("bri_recurring", "403")
        };
        let tick = |chance: &mut fastrand::Rng| Action::Tick {
            after: DAY,
            deliveries: 1,
            meanwhile: None,
            how: calm(chance),
        };
        Some(vec![
            Action::Post {
                kind: "lose",
                times: 2,
            },
            lie_once(operation, code),
            tick(chance),
            tick(chance),
            tick(chance),
        ])
    }

    /// What is due is charged while AWS refuses parts of what it is asked.
    fn busy_charges(&self, chance: &mut fastrand::Rng) -> Option<Vec<Action>> {
        recent(chance, &self.subscriptions)?;
        let busy = Action::Weather {
            weather: Weather::Busy(40),
            seconds: 3 * DAY,
        };
        let tick = |chance: &mut fastrand::Rng| Action::Tick {
            after: DAY,
            deliveries: 1,
            meanwhile: None,
            how: calm(chance),
        };
        Some(vec![busy, tick(chance), tick(chance)])
    }

    /// Operators settle what DOKU is silent about, and DOKU's word comes after all.
    fn settled_and_denied(&self, chance: &mut fastrand::Rng) -> Option<Vec<Action>> {
        let paying = fitting(chance, &self.pays, |pay| !pay.taken)?;
        let nth = chance.usize(0..1_000);
        Some(vec![
            Action::Operator {
                nth,
                wrongly: chance.u8(0..3) == 0,
            },
            Action::Release,
            Action::Rumour { pay: paying.number },
            quiet_reconcile(chance),
        ])
    }

    fn some_taken(
        &self,
        chance: &mut fastrand::Rng,
        fits: impl Fn(&Paying) -> bool,
    ) -> Option<Paying> {
        let all = self.pays.iter().filter(|pay| pay.taken && fits(pay));
        let all: Vec<Paying> = all.copied().collect();
        recent(chance, &all)
    }
}

fn quiet_reconcile(chance: &mut fastrand::Rng) -> Action {
    Action::Reconcile {
        meanwhile: None,
        how: calm(chance),
    }
}

/// A payment that is paid: by a card, or from an account whose refunds may be of a part.
fn own_payment(first: usize, chance: &mut fastrand::Rng) -> Vec<Action> {
    let rupiah = chance.u64(5..=20) * 1_000;
    if chance.bool() {
        let page = Action::Page {
            customer: chance.u8(0..3),
            authorize: chance.u8(0..3) == 0,
            rupiah,
            how: calm(chance),
        };
        let pay = first;
        return vec![
            page,
            Action::Decide { pay, yes: true },
            Action::Settle { pay },
        ];
    }
    own_account_payment(first, chance)
}

/// A payment that is paid, from an account.
fn own_account_payment(first: usize, chance: &mut fastrand::Rng) -> Vec<Action> {
    let rupiah = chance.u64(5..=20) * 1_000;
    let pay = first + 2;
    vec![
        Action::Bind {
            customer: chance.u8(0..3),
            bank: if chance.bool() { Bank::Ovo } else { Bank::Cimb },
            how: calm(chance),
        },
        Action::Agree {
            bind: first,
            yes: true,
            returns: true,
            how: calm(chance),
        },
        Action::Pay {
            bind: first,
            way: Way::Page,
            rupiah,
            how: calm(chance),
        },
        Action::Decide { pay, yes: true },
    ]
}

/// A subscription that is charged by token.
fn own_subscription(chance: &mut fastrand::Rng) -> Vec<Action> {
    vec![Action::Subscribe {
        customer: chance.u8(0..3),
        bind: None,
        catch_up: "charge_all",
        how: calm(chance),
    }]
}

/// Mostly by a function that lives.
fn calm(chance: &mut fastrand::Rng) -> How {
    if chance.u8(0..6) == 0 {
        return how(chance);
    }
    How {
        function: chance.usize(0..FUNCTIONS),
        death: None,
        twice: false,
    }
}

const fn fault(operation: &'static str, kind: &'static str) -> Action {
    Action::Fault {
        operation,
        kind,
        times: 1,
    }
}

/// For so many seconds.
const fn lie(operation: &'static str, kind: &'static str, seconds: u64) -> Action {
    Action::Lie {
        operation,
        kind,
        code: "",
        times: 1,
        behind: None,
        seconds: Some(seconds),
    }
}

/// DOKU does as it is asked, and answers with that refusal.
const fn lie_once(operation: &'static str, code: &'static str) -> Action {
    Action::Lie {
        operation,
        kind: "accept_then_reject",
        code,
        times: 1,
        behind: None,
        seconds: None,
    }
}
