//! The author of a change, and what led to it: stored on every event.
//!
//! An [`Attribution`] is made where something enters the service (a caller's request, a browser's return, DOKU's
//! notification, the schedule, an operator's command) and is passed on to where the event is stored. There is no default
//! and no other way to make one, so that no event can be without it.

use sha2::{Digest, Sha256};

use super::ids::CustomerId;

/// The longest name of a token's holder that is stored as it is.
const SUBJECT_MAX: usize = 128;

/// The name of a token's holder, or of an operator. Of bounded length: a longer one is stored as its hash, which tells
/// it from every other one, and which an operator can compute from the name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// The name as its issuer gives it.
    pub fn new(name: &str) -> Self {
        Self(if name.len() <= SUBJECT_MAX {
            name.to_owned()
        } else {
            format!("sha256:{}", hash(name))
        })
    }

    /// The name, or its hash.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn hash(name: &str) -> String {
    hex::encode(Sha256::digest(name.as_bytes()))
}

/// The author of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The merchant's backend, by the subject of its token.
    Merchant(Subject),
    /// A customer's app, by the customer's id alone: the subject of its token is personal and is not stored.
    Customer(CustomerId),
    /// An operator, by the name that the command states. Only a settlement must state one.
    Operator(Option<Subject>),
    /// A browser that DOKU's page sent back. It carries no token: who uses it is not known.
    Browser,
    /// DOKU.
    Doku,
    /// The deployment itself: its schedules, and the queue that they fill.
    Schedule,
}

impl Actor {
    /// The word in events and in the table.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Merchant(_) => "merchant",
            Self::Customer(_) => "customer",
            Self::Operator(_) => "operator",
            Self::Browser => "browser",
            Self::Doku => "doku",
            Self::Schedule => "schedule",
        }
    }

    /// The name, of the merchant's backend and of operators.
    pub const fn subject(&self) -> Option<&Subject> {
        match self {
            Self::Merchant(subject) => Some(subject),
            Self::Operator(subject) => subject.as_ref(),
            Self::Customer(_) | Self::Browser | Self::Doku | Self::Schedule => None,
        }
    }

    /// The customer, of a customer's app.
    pub const fn customer(&self) -> Option<&CustomerId> {
        match self {
            Self::Customer(customer) => Some(customer),
            Self::Merchant(_) | Self::Operator(_) | Self::Browser | Self::Doku | Self::Schedule => {
                None
            }
        }
    }

    /// Reads what is stored. `None` where a newer release wrote it.
    pub fn stored(kind: &str, name: Option<&str>) -> Option<Self> {
        let subject = name.map(|name| Subject(name.to_owned()));
        match kind {
            "merchant" => subject.map(Self::Merchant),
            "customer" => {
                let customer = CustomerId::parse_stored(name?).ok();
                customer.map(Self::Customer)
            }
            "operator" => Some(Self::Operator(subject)),
            "browser" => Some(Self::Browser),
            "doku" => Some(Self::Doku),
            "schedule" => Some(Self::Schedule),
            _ => None,
        }
    }
}

/// What led to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A request, with what DOKU answered to what was sent for it.
    Request,
    /// DOKU's notification.
    Notification,
    /// DOKU's answer to a question of how something stands.
    StatusCheck,
    /// The time: something fell due.
    Schedule,
    /// An operator's command.
    Operator,
}

impl Cause {
    /// The word in events and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Notification => "notification",
            Self::StatusCheck => "status_check",
            Self::Schedule => "schedule",
            Self::Operator => "operator",
        }
    }
}

/// The author of a change, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    actor: Actor,
    cause: Cause,
}

impl Attribution {
    /// A request of the merchant's backend, whose token names `subject`.
    pub fn merchant(subject: &str) -> Self {
        let actor = Actor::Merchant(Subject::new(subject));
        let cause = Cause::Request;
        Self { actor, cause }
    }

    /// A request of a customer's app.
    pub const fn customer(id: CustomerId) -> Self {
        let actor = Actor::Customer(id);
        let cause = Cause::Request;
        Self { actor, cause }
    }

    /// The return of a browser from DOKU's page.
    pub const fn browser() -> Self {
        let (actor, cause) = (Actor::Browser, Cause::Request);
        Self { actor, cause }
    }

    /// DOKU's notification, whenever it is delivered.
    pub const fn notification() -> Self {
        let (actor, cause) = (Actor::Doku, Cause::Notification);
        Self { actor, cause }
    }

    /// The deployment's own schedule.
    pub const fn schedule() -> Self {
        let (actor, cause) = (Actor::Schedule, Cause::Schedule);
        Self { actor, cause }
    }

    /// The command of an operator, who may have stated a name.
    pub fn operator(name: Option<&str>) -> Self {
        let actor = Actor::Operator(name.map(Subject::new));
        let cause = Cause::Operator;
        Self { actor, cause }
    }

    /// The same author, when what DOKU says of how something stands leads to the change.
    #[must_use]
    pub fn status_check(&self) -> Self {
        Self {
            actor: self.actor.clone(),
            cause: Cause::StatusCheck,
        }
    }

    /// The author.
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// What led to the change.
    pub const fn cause(&self) -> Cause {
        self.cause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer() -> CustomerId {
        CustomerId::parse("cust-001").unwrap()
    }

    #[test]
    fn each_author_has_a_cause_of_its_own() {
        let table = [
            (
                Attribution::merchant("backend"),
                "merchant",
                Some("backend"),
                None,
                "request",
            ),
            (
                Attribution::customer(customer()),
                "customer",
                None,
                Some("cust-001"),
                "request",
            ),
            (Attribution::browser(), "browser", None, None, "request"),
            (
                Attribution::notification(),
                "doku",
                None,
                None,
                "notification",
            ),
            (Attribution::schedule(), "schedule", None, None, "schedule"),
            (
                Attribution::operator(Some("Ayu")),
                "operator",
                Some("Ayu"),
                None,
                "operator",
            ),
            (
                Attribution::operator(None),
                "operator",
                None,
                None,
                "operator",
            ),
        ];
        for (attribution, kind, subject, customer, cause) in table {
            let actor = attribution.actor();
            assert_eq!(actor.kind(), kind);
            assert_eq!(actor.subject().map(Subject::as_str), subject, "{kind}");
            assert_eq!(actor.customer().map(CustomerId::as_str), customer, "{kind}");
            assert_eq!(attribution.cause().as_str(), cause, "{kind}");
            let checked = attribution.status_check();
            assert_eq!(
                (checked.actor(), checked.cause()),
                (actor, Cause::StatusCheck)
            );
        }
    }

    #[test]
    fn a_long_name_is_stored_as_its_hash() {
        let longest = "s".repeat(SUBJECT_MAX);
        assert_eq!(Subject::new(&longest).as_str(), longest);
        let (one, other) = (format!("{longest}1"), format!("{longest}2"));
        let stored = Subject::new(&one);
        assert_eq!(stored.as_str(), format!("sha256:{}", hash(&one)));
        assert_ne!(stored, Subject::new(&other));
    }
}
