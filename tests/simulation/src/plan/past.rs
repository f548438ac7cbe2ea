//! What happens next, by what happened before.

use std::collections::VecDeque;
use std::time::Duration;

use super::club::catch_up;
use super::sequel::Just;
use super::{Action, Bank, Death, FUNCTIONS, How, Key, Spelling, Way, Weather};
use crate::reaper::Meeting;

/// What can go wrong with a call, and with which.
const OPERATIONS: [&str; 14] = [
    "payment",
    "payment",
    "otp",
    "refund",
    "status",
    "b2b",
    "b2b2c",
    "binding",
    "unbinding",
    "payment_page",
    "capture",
    "card_refund",
    "order_status",
    "bri_recurring",
];
const KINDS: [&str; 13] = [
    "slow",
    "late",
    "hang",
    "accept_then_hang",
    "reset",
    "accept_then_reset",
    "bad_gateway",
    "accept_then_bad_gateway",
    "garbage",
    "accept_then_garbage",
    "reject",
    "accept_then_reset",
    "accept_then_hang",
];
const NON_SNAP_KINDS: [&str; 5] = [
    "decline",
    "pending",
    "no_signature",
    "wrong_signature",
    "wrong_echo",
];

/// What a world is mostly about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Theme {
    /// A little of everything.
    #[default]
    Shop,
    /// Subscriptions.
    Club,
    /// Money that is taken and given back.
    Till,
    /// Keys that change.
    Keys,
}

/// What later steps may be about.
#[derive(Default)]
pub(super) struct Past {
    theme: Theme,
    pub(super) just: Just,
    /// What is left of a scene.
    scene: VecDeque<Action>,
    pub(super) binds: Vec<Bound>,
    pub(super) pays: Vec<Paying>,
    pub(super) subscriptions: Vec<usize>,
    /// Those of them that are charged by token.
    pub(super) by_token: Vec<usize>,
    requests: Vec<usize>,
}

#[derive(Clone, Copy)]
pub(super) struct Bound {
    number: usize,
    bank: Bank,
    customer: u8,
    /// The customer agreed, as far as a plan can tell.
    pub agreed: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Paying {
    pub number: usize,
    pub(super) kind: Kind,
    /// Money was taken or is held, as far as a plan can tell.
    pub(super) taken: bool,
}

impl Paying {
    /// The customer's OTP is waited for.
    pub fn waits_for_otp(&self) -> bool {
        !self.taken && self.kind == Kind::Account(Way::Otp)
    }

    /// Money was taken from an account.
    pub fn took_from_account(&self) -> bool {
        self.taken && matches!(self.kind, Kind::Account(_))
    }

    /// A card was charged, or holds money.
    pub fn took_from_card(&self) -> bool {
        self.taken && !matches!(self.kind, Kind::Account(_))
    }

    /// A card holds money.
    pub fn is_held(&self) -> bool {
        self.taken && self.kind == Kind::Authorize
    }

    /// The customer may still decide on a page.
    pub fn waits_on_page(&self) -> bool {
        !self.taken && !matches!(self.kind, Kind::Account(Way::Otp | Way::Unasked))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Account(Way),
    Sale,
    Authorize,
}

pub(super) fn how(chance: &mut fastrand::Rng) -> How {
    let dies = chance.u8(0..100) < 15;
    How {
        function: chance.usize(0..FUNCTIONS),
        death: dies.then(|| death(chance)),
        twice: !dies && chance.u8(0..100) < 12,
    }
}

fn death(chance: &mut fastrand::Rng) -> Death {
    Death {
        call: chance.u32(1..=9),
        answered: chance.bool(),
    }
}

/// Mostly as it is.
pub(super) fn spelling(chance: &mut fastrand::Rng) -> Spelling {
    match chance.u8(0..10) {
        0..=5 => Spelling::Bare,
        6..=7 => Spelling::Quoted,
        _ => Spelling::Doubled,
    }
}

/// Often at the very call that moves money.
pub(super) fn meeting(chance: &mut fastrand::Rng) -> Meeting {
    let at_doku = chance.bool();
    let calls = if at_doku { 1..=2 } else { 1..=14 };
    Meeting {
        call: chance.u32(calls),
        at_doku,
        held: Duration::from_millis(chance.u64(0..=150)),
    }
}

/// One of the last few, if there is any: what happened lately is what more happens to.
pub(super) fn recent<T: Copy>(chance: &mut fastrand::Rng, all: &[T]) -> Option<T> {
    let reach = all.len().min(5);
    let back = (reach > 0).then(|| chance.usize(0..reach))?;
    all.iter().rev().nth(back).copied()
}

/// One of those that fit, mostly; sometimes one that does not.
pub(super) fn fitting<T: Copy>(
    chance: &mut fastrand::Rng,
    all: &[T],
    fits: impl Fn(&T) -> bool,
) -> Option<T> {
    if chance.u8(0..100) < 12 {
        return recent(chance, all);
    }
    let some: Vec<T> = all.iter().copied().filter(|one| fits(one)).collect();
    recent(chance, &some)
}

impl Past {
    /// Nothing yet, in a world of some theme.
    pub fn new(chance: &mut fastrand::Rng) -> Self {
        let theme = match chance.u8(0..10) {
            0..=4 => Theme::Shop,
            5..=6 => Theme::Till,
            7..=8 => Theme::Club,
            _ => Theme::Keys,
        };
        Self {
            theme,
            ..Self::default()
        }
    }

    /// Draws the next step.
    pub fn next(&mut self, number: usize, chance: &mut fastrand::Rng) -> Action {
        if number == 0
            && chance.u8(0..100) < 10
            && let Some(habit) = Self::habit(chance)
        {
            return habit;
        }
        if self.scene.is_empty()
            && number > 4
            && chance.u8(0..100) < 7
            && let Some(scene) = self.scene(number, chance)
        {
            self.scene = scene;
        }
        if let Some(action) = self.scene.pop_front() {
            self.remember(number, &action);
            return action;
        }
        loop {
            if number > 3
                && chance.u8(0..100) < 11
                && let Some(action) = self.disorder(chance)
            {
                self.remember(number, &action);
                return action;
            }
            if number > 3
                && chance.u8(0..100) < 8
                && let Some(action) = self.news(chance)
            {
                self.remember(number, &action);
                return action;
            }
            let sequel = self.sequel(chance);
            let own = sequel.or_else(|| match self.theme {
                Theme::Club if chance.u8(0..100) < 65 => self.club(chance),
                Theme::Keys if number > 2 && chance.u8(0..100) < 20 => Some(Self::rotate(chance)),
                Theme::Till if number > 2 && chance.u8(0..100) < 75 => self.till(chance),
                Theme::Shop | Theme::Till | Theme::Club | Theme::Keys => None,
            });
            if let Some(action) = own.or_else(|| self.draw(number, chance)) {
                self.remember(number, &action);
                return action;
            }
        }
    }

    /// What these steps leave behind, of which the first is number `first`.
    pub(super) fn of(first: usize, steps: &[Action]) -> Self {
        let mut past = Self::default();
        for (number, action) in (first..).zip(steps) {
            past.remember(number, action);
        }
        past
    }

    fn remember(&mut self, number: usize, action: &Action) {
        self.just = match action {
            // Often it is more than one that comes again.
            Action::Repeat { .. } if self.just == Just::Forgotten => Just::Forgotten,
            _ => Just::of(action),
        };
        let pay = |kind, taken| Paying {
            number,
            kind,
            taken,
        };
        match action {
            Action::Bind { bank, customer, .. } => self.binds.push(Bound {
                number,
                bank: *bank,
                customer: *customer,
                agreed: false,
            }),
            Action::Agree { bind, yes, .. } => {
                self.bound(*bind, *yes);
                return;
            }
            Action::BindingOtp { bind, right, .. } => self.bound(*bind, *right),
            Action::Unbind { bind, .. } => self.bound(*bind, false),
            Action::Pay { way, .. } => {
                self.pays
                    .push(pay(Kind::Account(*way), *way == Way::Unasked));
            }
            Action::Page { authorize, .. } => {
                let kind = if *authorize {
                    Kind::Authorize
                } else {
                    Kind::Sale
                };
                self.pays.push(pay(kind, false));
            }
            Action::Otp { pay, right, .. } => self.taken(*pay, *right),
            Action::Decide { pay, yes } => {
                self.taken(*pay, *yes);
                return;
            }
            Action::Subscribe { bind, .. } => {
                self.subscriptions.push(number);
                if bind.is_none() {
                    self.by_token.push(number);
                }
            }
            Action::Capture { .. }
            | Action::Refund { .. }
            | Action::Turn { .. }
            | Action::Tick {
                meanwhile: Some(_), ..
            } => {}
            _ => return,
        }
        self.requests.push(number);
    }

    fn bound(&mut self, bind: usize, agreed: bool) {
        let found = self.binds.iter_mut().find(|bound| bound.number == bind);
        if let Some(bound) = found {
            bound.agreed = agreed;
        }
    }

    fn taken(&mut self, pay: usize, taken: bool) {
        let found = self.pays.iter_mut().find(|paying| paying.number == pay);
        if let Some(paying) = found {
            paying.taken |= taken;
        }
    }

    fn draw(&self, number: usize, chance: &mut fastrand::Rng) -> Option<Action> {
        let how = how(chance);
        if number < 2 {
            return Some(Self::bind(chance, how));
        }
        Some(match chance.u8(0..100) {
            0..=2 => Self::bind(chance, how),
            3..=11 => return self.agree(chance, how),
            12..=24 => return self.pay(chance, how),
            25..=29 => Self::page(chance, how),
            30..=44 => return self.go_on(chance, how),
            45..=53 => return self.refund(chance, how),
            54..=58 => return self.repeat(chance, how),
            59..=60 => return self.subscribe(chance, how),
            61 => return self.turned(chance, how),
            62..=65 => return self.tick(chance, how),
            66..=70 => self.reconcile(chance, how),
            71..=77 => Action::Wait {
                seconds: Self::span(chance),
            },
            78..=87 => Self::fault(chance),
            88..=90 => Action::Post {
                kind: chance.choice(["hold", "lose", "duplicate", "reorder"])?,
                times: chance.u8(1..=3),
            },
            91 => Action::KillWebhook {
                death: death(chance),
            },
            92 => Action::Release,
            93 => Action::Forge {
                pay: fitting(chance, &self.pays, |pay| !pay.taken)?.number,
            },
            94 if chance.bool() => Action::Misquote {
                pay: fitting(chance, &self.pays, |pay| !pay.taken)?.number,
            },
            94 => Action::Rumour {
                pay: fitting(chance, &self.pays, |pay| pay.taken)?.number,
            },
            95 => Action::Decline {
                customer: chance.u8(0..3),
                times: chance.u8(1..=2),
            },
            96 => Action::VoidTokens {
                customers: chance.bool(),
            },
            97 => Self::rotate(chance),
            _ => Self::weather(chance),
        })
    }

    fn bind(chance: &mut fastrand::Rng, how: How) -> Action {
        let banks = [Bank::Cimb, Bank::Cimb, Bank::Ovo, Bank::Bri];
        Action::Bind {
            customer: chance.u8(0..3),
            bank: chance.choice(banks).unwrap_or(Bank::Cimb),
            how,
        }
    }

    pub(super) fn page(chance: &mut fastrand::Rng, how: How) -> Action {
        Action::Page {
            customer: chance.u8(0..3),
            authorize: chance.bool(),
            rupiah: chance.u64(1..=20) * 1_000,
            how,
        }
    }

    /// What is open is looked after, while somebody asks again for the same, perhaps.
    pub(super) fn reconcile(&self, chance: &mut fastrand::Rng, how: How) -> Action {
        let again = recent(chance, &self.requests).filter(|_| chance.bool());
        let meanwhile = again.map(|of| (of, meeting(chance)));
        Action::Reconcile { meanwhile, how }
    }

    pub(super) fn refund(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        Some(Action::Refund {
            pay: fitting(chance, &self.pays, |pay| pay.taken)?.number,
            part: chance.bool().then(|| chance.u64(1..=12) * 1_000),
            how,
        })
    }

    pub(super) fn repeat(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        Some(Action::Repeat {
            of: recent(chance, &self.requests)?,
            stranger: chance.u8(0..100) < 15,
            spelling: spelling(chance),
            how,
        })
    }

    /// The steps that asked for something.
    pub(super) fn requests(&self) -> &[usize] {
        &self.requests
    }

    pub(super) fn agree(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        if chance.u8(0..100) < 8 {
            let bind = fitting(chance, &self.binds, |bind| bind.agreed)?.number;
            return Some(Action::Unbind { bind, how });
        }
        let Bound { number, bank, .. } = fitting(chance, &self.binds, |bind| !bind.agreed)?;
        let yes = chance.u8(0..100) < 90;
        Some(match bank {
            Bank::Bri => Action::BindingOtp {
                bind: number,
                right: yes,
                how,
            },
            Bank::Cimb | Bank::Ovo => Action::Agree {
                bind: number,
                yes,
                returns: chance.u8(0..100) < 90,
                how,
            },
        })
    }

    pub(super) fn pay(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        let bound = fitting(chance, &self.binds, |bind| bind.agreed)?;
        Self::pay_from(chance, bound, how)
    }

    /// A payment from that account.
    pub(super) fn pay_from(chance: &mut fastrand::Rng, bound: Bound, how: How) -> Option<Action> {
        let Bound { number, bank, .. } = bound;
        let ways: &[Way] = match bank {
            Bank::Cimb => &[Way::Otp, Way::Page],
            Bank::Ovo => &[Way::Page],
            Bank::Bri => &[Way::Otp, Way::Unasked],
        };
        Some(Action::Pay {
            bind: number,
            way: *chance.choice(ways)?,
            rupiah: chance.u64(1..=20) * 1_000,
            how,
        })
    }

    /// The next thing that a payment waits for.
    pub(super) fn go_on(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        let on_cards = |pay: &Paying| pay.taken && pay.kind == Kind::Authorize;
        let Paying {
            number,
            kind,
            taken,
        } = fitting(chance, &self.pays, |pay| !pay.taken || on_cards(pay))?;
        let yes = chance.u8(0..100) < 85;
        Some(match kind {
            Kind::Account(Way::Otp) => Action::Otp {
                pay: number,
                right: yes,
                how,
            },
            Kind::Account(Way::Page) => Action::Decide { pay: number, yes },
            Kind::Account(Way::Unasked) => return None,
            Kind::Sale | Kind::Authorize if !taken => Action::Decide { pay: number, yes },
            Kind::Sale => Action::Settle { pay: number },
            Kind::Authorize if chance.u8(0..4) == 0 => Action::Settle { pay: number },
            Kind::Authorize => Action::Capture {
                pay: number,
                part: chance.bool().then(|| chance.u64(1..=12) * 1_000),
                how,
            },
        })
    }

    pub(super) fn subscribe(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        if chance.u8(0..3) == 0 {
            return Some(Action::Subscribe {
                customer: chance.u8(0..3),
                bind: None,
                catch_up: catch_up(chance),
                how,
            });
        }
        let fits = |bind: &Bound| bind.agreed && bind.bank != Bank::Cimb;
        let bound = fitting(chance, &self.binds, fits)?;
        Some(Action::Subscribe {
            customer: bound.customer,
            bind: Some(bound.number),
            catch_up: catch_up(chance),
            how,
        })
    }

    fn rotate(chance: &mut fastrand::Rng) -> Action {
        let keys = [Key::Data, Key::Ours, Key::Dokus];
        Action::Rotate {
            key: chance.choice(keys).unwrap_or(Key::Data),
        }
    }

    fn span(chance: &mut fastrand::Rng) -> u64 {
        match chance.u8(0..10) {
            0..=3 => chance.u64(1..=30),
            4..=6 => chance.u64(60..=400),
            7..=8 => chance.u64(900..=8_000),
            _ => chance.u64(20_000..=200_000),
        }
    }

    fn fault(chance: &mut fastrand::Rng) -> Action {
        let operation = OPERATIONS[chance.usize(0..OPERATIONS.len())];
        let non_snap = ["payment_page", "capture", "card_refund", "bri_recurring"];
        let own = non_snap.contains(&operation) && chance.u8(0..3) == 0;
        let mut kind = if own {
            NON_SNAP_KINDS[chance.usize(0..NON_SNAP_KINDS.len())]
        } else {
            KINDS[chance.usize(0..KINDS.len())]
        };
        let fits = match kind {
            "decline" => operation != "payment_page",
            "pending" => ["capture", "bri_recurring"].contains(&operation),
            _ => true,
        };
        if !fits {
            kind = "reset";
        }
        Action::Fault {
            operation,
            kind,
            times: chance.u8(1..=3),
        }
    }

    pub(super) fn weather(chance: &mut fastrand::Rng) -> Action {
        let (weather, seconds) = match chance.u8(0..6) {
            4..=5 => (Weather::Busy(25), 3_600),
            0 => (Weather::Gone, 60),
            1 => (Weather::Lossy(10), 600),
            _ => (Weather::Throttled(10), 3_600),
        };
        Action::Weather { weather, seconds }
    }
}
