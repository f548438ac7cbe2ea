//! What happens in a world: steps drawn by a seed.
//!
//! A step names the earlier steps it is about by their numbers, and has a seed of its own: with any of
//! the others left out it still means the same, or nothing. So a history can be shortened.

use std::fmt;

use crate::cloud::Weather;
use crate::reaper::Death;

/// How many steps a world has, where nothing else is said.
pub const LENGTH: usize = 40;
/// How many functions stand side by side.
pub const FUNCTIONS: usize = 3;

/// One step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its place in the whole history.
    pub number: usize,
    /// Where its chance begins.
    pub seed: u64,
    /// What happens.
    pub action: Action,
}

/// How a function is called.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Which of the functions takes it.
    pub function: usize,
    /// Where it dies.
    pub death: Option<Death>,
    /// Whether another function gets the same at the same time.
    pub twice: bool,
}

/// How an account is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bank {
    /// By the bank's page; payments by OTP or page.
    Cimb,
    /// A wallet; payments by its page.
    Ovo,
    /// By OTP; payments by OTP or by nobody.
    Bri,
}

/// Who confirms a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The customer's OTP.
    Otp,
    /// DOKU's page.
    Page,
    /// Nobody.
    Unasked,
}

impl Way {
    /// The word of the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Page => "page",
            Self::Unasked => "none",
        }
    }
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Action {
    /// A customer links an account.
    Bind { customer: u8, bank: Bank, how: How },
    /// The customer decides on the bank's page, and the browser comes back, or does not.
    Agree {
        bind: usize,
        yes: bool,
        returns: bool,
        how: How,
    },
    /// The customer's OTP for a linking.
    BindingOtp { bind: usize, right: bool, how: How },
    /// The account is unlinked.
    Unbind { bind: usize, how: How },
    /// An account is charged.
    Pay {
        bind: usize,
        way: Way,
        rupiah: u64,
        how: How,
    },
    /// A card page is opened.
    Page {
        customer: u8,
        authorize: bool,
        rupiah: u64,
        how: How,
    },
    /// The customer's OTP.
    Otp { pay: usize, right: bool, how: How },
    /// The customer decides on DOKU's page.
    Decide { pay: usize, yes: bool },
    /// Money that a card holds is taken.
    Capture {
        pay: usize,
        part: Option<u64>,
        how: How,
    },
    /// The bank pays a card's charge out.
    Settle { pay: usize },
    /// Money goes back.
    Refund {
        pay: usize,
        part: Option<u64>,
        how: How,
    },
    /// An earlier request comes again.
    Repeat { of: usize, how: How },
    /// A customer is charged every day from now on.
    Subscribe {
        customer: u8,
        bind: Option<usize>,
        how: How,
    },
    /// No more.
    Cancel { subscription: usize, how: How },
    /// What is due is found and charged; each message is delivered so often.
    Tick { deliveries: u8, how: How },
    /// Somebody looks after what is open.
    Reconcile { how: How },
    /// Time passes.
    Wait { seconds: u64 },
    /// A call to DOKU goes wrong.
    Fault {
        operation: &'static str,
        kind: &'static str,
        times: u8,
    },
    /// Notifications go wrong.
    Post { kind: &'static str, times: u8 },
    /// The function that takes the next notification dies.
    KillWebhook { death: Death },
    /// What was kept back is delivered.
    Release,
    /// Somebody who is not DOKU sends a notification of success.
    Forge { pay: usize },
    /// DOKU tells of a payment with another amount.
    Misquote { pay: usize },
    /// The banks refuse a customer's next debits.
    Decline { customer: u8, times: u8 },
    /// DOKU forgets its tokens.
    VoidTokens { customers: bool },
    /// The data key is replaced.
    Rotate,
    /// AWS works otherwise, for so many seconds.
    Weather { weather: Weather, seconds: u64 },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:3}  {:?}", self.number, self.action)
    }
}

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
const KINDS: [&str; 12] = [
    "slow",
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

/// Draws the first steps of a world, so many.
pub fn draw(seed: u64, length: usize) -> Vec<Step> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut past = Past::default();
    let mut steps = Vec::new();
    for number in 0..length {
        let own = chance.u64(..);
        let action = past.next(number, &mut fastrand::Rng::with_seed(own));
        steps.push(Step {
            number,
            seed: own,
            action,
        });
    }
    steps
}

/// What later steps may be about.
#[derive(Default)]
struct Past {
    binds: Vec<Bound>,
    pays: Vec<Paying>,
    subscriptions: Vec<usize>,
    requests: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Bound {
    number: usize,
    bank: Bank,
    customer: u8,
    /// The customer agreed, as far as a plan can tell.
    agreed: bool,
}

#[derive(Clone, Copy)]
struct Paying {
    number: usize,
    kind: Kind,
    /// Money was taken or is held, as far as a plan can tell.
    taken: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Account(Way),
    Sale,
    Authorize,
}

fn how(chance: &mut fastrand::Rng) -> How {
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

/// One of the last few, if there is any: what happened lately is what more happens to.
fn recent<T: Copy>(chance: &mut fastrand::Rng, all: &[T]) -> Option<T> {
    let reach = all.len().min(5);
    let back = (reach > 0).then(|| chance.usize(0..reach))?;
    all.iter().rev().nth(back).copied()
}

/// One of those that fit, mostly; sometimes one that does not.
fn fitting<T: Copy>(chance: &mut fastrand::Rng, all: &[T], fits: impl Fn(&T) -> bool) -> Option<T> {
    if chance.u8(0..100) < 12 {
        return recent(chance, all);
    }
    let some: Vec<T> = all.iter().copied().filter(|one| fits(one)).collect();
    recent(chance, &some)
}

impl Past {
    fn next(&mut self, number: usize, chance: &mut fastrand::Rng) -> Action {
        loop {
            if let Some(action) = self.draw(number, chance) {
                self.remember(number, &action);
                return action;
            }
        }
    }

    fn remember(&mut self, number: usize, action: &Action) {
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
            Action::Subscribe { .. } => self.subscriptions.push(number),
            Action::Capture { .. } | Action::Refund { .. } | Action::Cancel { .. } => {}
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
            25..=29 => Action::Page {
                customer: chance.u8(0..3),
                authorize: chance.bool(),
                rupiah: chance.u64(1..=20) * 1_000,
                how,
            },
            30..=44 => return self.go_on(chance, how),
            45..=53 => Action::Refund {
                pay: fitting(chance, &self.pays, |pay| pay.taken)?.number,
                part: chance.bool().then(|| chance.u64(1..=12) * 1_000),
                how,
            },
            54..=58 => Action::Repeat {
                of: recent(chance, &self.requests)?,
                how,
            },
            59..=60 => return self.subscribe(chance, how),
            61 => Action::Cancel {
                subscription: recent(chance, &self.subscriptions)?,
                how,
            },
            62..=65 => {
                recent(chance, &self.subscriptions)?;
                Action::Tick {
                    deliveries: chance.u8(0..=3),
                    how,
                }
            }
            66..=70 => Action::Reconcile { how },
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
            94 => Action::Misquote {
                pay: fitting(chance, &self.pays, |pay| !pay.taken)?.number,
            },
            95 => Action::Decline {
                customer: chance.u8(0..3),
                times: chance.u8(1..=2),
            },
            96 => Action::VoidTokens {
                customers: chance.bool(),
            },
            97 => Action::Rotate,
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

    fn agree(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
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

    fn pay(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        let Bound { number, bank, .. } = fitting(chance, &self.binds, |bind| bind.agreed)?;
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
    fn go_on(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
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

    fn subscribe(&self, chance: &mut fastrand::Rng, how: How) -> Option<Action> {
        if chance.u8(0..3) == 0 {
            return Some(Action::Subscribe {
                customer: chance.u8(0..3),
                bind: None,
                how,
            });
        }
        let fits = |bind: &Bound| bind.agreed && bind.bank != Bank::Cimb;
        let bound = fitting(chance, &self.binds, fits)?;
        Some(Action::Subscribe {
            customer: bound.customer,
            bind: Some(bound.number),
            how,
        })
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

    fn weather(chance: &mut fastrand::Rng) -> Action {
        let (weather, seconds) = match chance.u8(0..4) {
            0 => (Weather::Gone, 60),
            1 => (Weather::Lossy(10), 600),
            _ => (Weather::Throttled(10), 3_600),
        };
        Action::Weather { weather, seconds }
    }
}
