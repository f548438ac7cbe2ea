//! What happens in a world: steps drawn by a seed.
//!
//! A step names the earlier steps it is about by their numbers, and has a seed of its own: with any of
//! the others left out it still means the same, or nothing. So a history can be shortened.

use std::fmt;

use crate::cloud::Weather;
use crate::reaper::{Death, Meeting};

mod club;
mod disorder;
mod lies;
mod news;
mod past;
mod scenes;
mod sequel;
mod till;

use past::Past;

/// How many steps a world has, where nothing else is said.
pub const LENGTH: usize = 40;
/// How many functions stand side by side.
pub const FUNCTIONS: usize = 3;

/// What a subscription costs at first, in rupiah.
pub const PLAN: u64 = 5_000;

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

/// What a merchant does with a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Ends it now.
    Cancel,
    /// Ends it with its period.
    CancelWithPeriod,
    /// Lets it rest.
    Pause,
    /// Lets it run again.
    Resume,
    /// Passes over the next period.
    SkipNext,
    /// Has it cost so much from the next period on.
    Amount(u64),
}

/// What a merchant does while somebody else is charging.
#[derive(Debug, Clone, Copy)]
pub struct Meanwhile {
    /// Whose charge, and what is changed.
    pub subscription: usize,
    /// What is done with it.
    pub turn: Turn,
    /// At which call of the charge.
    pub meeting: Meeting,
}

/// Which key is replaced, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The one that seals what is stored.
    Data,
    /// The one that signs what is said between DOKU and us, at our side.
    Ours,
    /// The same, at DOKU's side.
    Dokus,
}

/// How a caller writes its idempotency key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Spelling {
    /// As it is.
    #[default]
    Bare,
    /// In quotation marks, as the IETF draft writes it: the same key.
    Quoted,
    /// The header twice, which API Gateway joins with a comma: no key at all.
    Doubled,
}

impl Spelling {
    /// The text of the header.
    pub fn header(self, key: &str) -> String {
        match self {
            Self::Bare => key.to_owned(),
            Self::Quoted => format!("\"{key}\""),
            Self::Doubled => format!("{key},{key}"),
        }
    }
}

/// What DOKU's staff do in its Back Office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Money goes back: so much, or all that is left.
    Refund(Option<u64>),
    /// A hold is given up, or a charge is taken back before it settles.
    Void,
    /// Money that a card holds is taken: so much, or all of it.
    Capture(Option<u64>),
}

/// News of another transaction than the payment whose reference and amount it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// DOKU's word for the other service, or the other channel's code.
    pub service: &'static str,
    /// True for a success, false for a failure or an expiry.
    pub success: bool,
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
    /// An earlier request comes again, perhaps from another identity of the same merchant, and with
    /// its key written otherwise.
    Repeat {
        of: usize,
        stranger: bool,
        spelling: Spelling,
        how: How,
    },
    /// A customer is charged every day from now on.
    Subscribe {
        customer: u8,
        bind: Option<usize>,
        /// What becomes of missed periods.
        catch_up: &'static str,
        how: How,
    },
    /// A subscription is changed or ended.
    Turn {
        subscription: usize,
        turn: Turn,
        how: How,
    },
    /// So many seconds later what is due is found and charged; each message is delivered so often.
    /// Meanwhile, perhaps, one of the subscriptions is changed.
    Tick {
        after: u64,
        deliveries: u8,
        meanwhile: Option<Meanwhile>,
        how: How,
    },
    /// Somebody looks after what is open. Meanwhile, perhaps, an earlier request comes again.
    Reconcile {
        meanwhile: Option<(usize, Meeting)>,
        how: How,
    },
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
    /// DOKU's staff act in its Back Office.
    BackOffice { pay: usize, deed: Deed },
    /// News of another service or channel comes under a payment's reference and amount.
    ForeignNews { pay: usize, foreign: Foreign },
    /// News of a payment that is not in the table comes: of another shop of the merchant's.
    UnknownNews { foreign: Option<Foreign> },
    /// DOKU tells of a payment what was true before: that it is being worked on.
    Rumour { pay: usize },
    /// The banks refuse a customer's next debits.
    Decline { customer: u8, times: u8 },
    /// DOKU forgets its tokens.
    VoidTokens { customers: bool },
    /// A key is replaced. Who replaces the signing key second takes over what the first one has.
    Rotate { key: Key },
    /// AWS works otherwise, for so many seconds.
    Weather { weather: Weather, seconds: u64 },
    /// The table is restored to what it was so many steps ago, while DOKU goes on. Operators state
    /// when that was, or do not.
    Restore { steps: usize, stated: bool },
    /// DOKU's answers and the truth disagree: so many times, or for so many seconds.
    Lie {
        operation: &'static str,
        kind: &'static str,
        code: &'static str,
        times: u8,
        /// How far behind a status is.
        behind: Option<u64>,
        seconds: Option<u64>,
    },
    /// DOKU tells nothing for longer than a week, and an operator settles one of what was escalated:
    /// as DOKU's books have it, or wrongly as failed.
    Operator { nth: usize, wrongly: bool },
    /// A month passes, and what has expired is deleted.
    Month,
    /// So many shards from now on.
    Shards { count: u8 },
    /// A newer release writes an attribute into one of the items.
    NewAttribute { nth: usize },
    /// The release before this one writes one of the items, without the attributes that it does not know.
    OldWriter { nth: usize },
    /// A newer release writes a status that this one does not know into one of the items, and money
    /// is asked to move meanwhile.
    NewWord { nth: usize },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:3}  {:?}", self.number, self.action)
    }
}

/// Draws the first steps of a world, so many.
pub fn draw(seed: u64, length: usize) -> Vec<Step> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut past = Past::new(&mut chance);
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
