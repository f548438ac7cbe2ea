//! The journal: one record for each call to DOKU that must not happen twice by accident.
//!
//! The record is stored before the call, with everything the call would need to be repeated, and
//! says afterwards how it ended. Whoever finds one that did not end asks [`Operation::next_step`].

use std::time::Duration;

use crate::clock::Timestamp;

use super::channel::Family;
use super::ids::ExternalId;
use super::sealed::Sealed;

/// What the call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationKind {
    /// Link an account. Moves no money: sending it again only opens another page.
    Bind,
    /// Unlink an account. Harmless to repeat.
    Unbind,
    /// Confirm the linking with an OTP. Nobody can be asked what became of it, and moves no money: the
    /// same OTP again tells.
    BindingOtp,
    /// Charge.
    Pay,
    /// Confirm a charge with an OTP, which is never stored: it can only be asked about.
    Otp,
    /// Take money that was held.
    Capture,
    /// Give money back.
    Refund,
}

/// How far the call got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperationState {
    /// Stored, and perhaps sent: only the process that holds the lease knows.
    Intended,
    /// DOKU certainly did not get it: it may be sent.
    Unsent,
    /// Sent, and no usable answer came back.
    Unknown,
    /// Over. The frozen body is gone.
    Final,
}

impl OperationState {
    const ALL: [Self; 4] = [Self::Intended, Self::Unsent, Self::Unknown, Self::Final];

    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Unsent => "unsent",
            Self::Unknown => "unknown",
            Self::Final => "final",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == raw)
    }
}

/// How long to wait before asking DOKU, and before believing that it never heard of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// From sending to the first status check. DOKU asks for 60 s.
    pub ask_after: Duration,
    /// From the first "not found" to the one that is believed.
    pub resend_after: Duration,
    /// How long DOKU surely remembers the id of a non-SNAP request: while it does, repeating the
    /// request is the way to ask about it.
    pub repeat_within: Duration,
}

/// Added to a lease beyond the function's deadline: a process that is being killed may still have
/// a write on its way.
pub const GRACE: Duration = Duration::from_secs(1);

/// One call, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What it does.
    pub kind: OperationKind,
    /// In which protocol it is sent, which decides how it may be repeated.
    pub family: Family,
    /// How far it got.
    pub state: OperationState,
    /// Id of the (latest) request: `X-EXTERNAL-ID`, or `Request-Id`.
    pub external_id: ExternalId,
    /// When it was first stored.
    pub started_at: Timestamp,
    /// Until when a running process may still be working on it.
    pub lease_until: Timestamp,
    /// When DOKU first said that it knows nothing of it.
    pub absent_since: Option<Timestamp>,
    /// The exact body to send, sealed; removed when the operation is final.
    pub body: Option<Sealed>,
    /// True when an earlier attempt may have reached DOKU after all: a refusal of this one may then
    /// be about that one.
    pub resent: bool,
    /// Key of the idempotency claim that started it.
    pub claim: String,
}

/// What to do with an operation that somebody else began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody may still be at it: come back after this long.
    Busy(Duration),
    /// Its outcome is unknown and it is too early to ask: come back after this long.
    TooEarly(Duration),
    /// Nothing can have happened at DOKU, or repeating is harmless: send it.
    Send,
    /// Ask DOKU before doing anything.
    Ask,
    /// It is over.
    Done,
}

impl Operation {
    /// What whoever finds this operation at `now` has to do.
    pub fn next_step(&self, now: Timestamp, patience: Patience) -> Step {
        if self.state == OperationState::Final {
            return Step::Done;
        }
        if now < self.lease_until {
            return Step::Busy(self.lease_until.since(now));
        }
        let repeatable = matches!(
            self.kind,
            OperationKind::Bind | OperationKind::Unbind | OperationKind::BindingOtp
        );
        if repeatable || self.state == OperationState::Unsent {
            return Step::Send;
        }
        let remembered = now < self.started_at.plus(patience.repeat_within);
        let ask_at = self.started_at.plus(patience.ask_after);
        if now < ask_at {
            return match self.state {
                OperationState::Unknown => Step::TooEarly(ask_at.since(now)),
                _ => Step::Busy(ask_at.since(now)),
            };
        }
        match self.family {
            // The same id again brings the first answer, and nothing happens twice.
            Family::NonSnap if remembered => Step::Send,
            Family::Snap | Family::NonSnap => Step::Ask,
        }
    }

    /// Keeps others from it for as long as a process may `work` on it.
    pub fn lease(&mut self, now: Timestamp, work: Duration) {
        self.lease_until = now.plus(work + GRACE);
    }

    /// Notes that DOKU does not know the operation. True when it has now said so often and long
    /// enough to be believed, so that the operation may be sent (again).
    pub fn note_absent(&mut self, now: Timestamp, patience: Patience) -> bool {
        let since = *self.absent_since.get_or_insert(now);
        now >= since.plus(patience.resend_after) && patience.resend_after > Duration::ZERO
    }

    /// Makes it ready to be sent (again). A SNAP request is never repeated under its old id, of which
    /// `fresh` takes the place; a non-SNAP request is never repeated under another one.
    pub fn renew(&mut self, fresh: ExternalId, now: Timestamp) {
        let unsent = self.state == OperationState::Unsent;
        self.resent |= !unsent;
        self.state = OperationState::Intended;
        self.absent_since = None;
        if self.family == Family::Snap {
            self.external_id = fresh;
        }
        if unsent || self.family == Family::Snap {
            self.started_at = now;
        }
    }

    /// Notes that DOKU did not take it, so that it may be sent.
    pub const fn put_back(&mut self, now: Timestamp) {
        self.state = OperationState::Unsent;
        self.lease_until = now;
    }

    /// True when an earlier attempt may have been taken although the latest was not. (That DOKU denied for
    /// minutes to know of it is reason to send it again, and no proof.) What may be repeated at any time is
    /// not asked about, and counts by its latest attempt.
    pub const fn may_be_taken(&self) -> bool {
        let is_repeatable = matches!(
            self.kind,
            OperationKind::Bind | OperationKind::Unbind | OperationKind::BindingOtp
        );
        self.resent && (matches!(self.family, Family::NonSnap) || !is_repeatable)
    }

    /// True when it, or an attempt before it, may have reached DOKU without anybody knowing what it did.
    pub const fn may_have_arrived(&self) -> bool {
        match self.state {
            OperationState::Intended | OperationState::Unknown => true,
            OperationState::Unsent => self.resent,
            OperationState::Final => false,
        }
    }

    /// Leaves it open for whoever comes next: its outcome is not known.
    pub fn leave_unknown(&mut self, now: Timestamp) {
        self.state = OperationState::Unknown;
        self.lease_until = now;
    }

    /// Ends it: nothing about it needs to be kept secret or repeated any more.
    pub fn finish(&mut self) {
        self.state = OperationState::Final;
        self.body = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        ask_after: Duration::from_mins(1),
        resend_after: Duration::from_mins(5),
        repeat_within: Duration::from_hours(24),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn operation(kind: OperationKind, state: OperationState) -> Operation {
        Operation {
            kind,
            family: Family::Snap,
            state,
            external_id: ExternalId::new("20261120000000", 1),
            started_at: at(0),
            lease_until: at(28),
            absent_since: None,
            body: None,
            resent: false,
            claim: "CLAIM#1".into(),
        }
    }

    #[test]
    fn who_finds_an_operation_asks_before_repeating() {
        use OperationKind::{Bind, Otp, Pay, Refund};
        use OperationState::{Final, Intended, Unknown, Unsent};
        let secs = Duration::from_secs;
        let table = [
            ("running", Pay, Intended, 10, Step::Busy(secs(18))),
            ("just died", Pay, Intended, 30, Step::Busy(secs(30))),
            ("died a minute ago", Pay, Intended, 60, Step::Ask),
            (
                "answer lost, early",
                Pay,
                Unknown,
                30,
                Step::TooEarly(secs(30)),
            ),
            ("answer lost, later", Refund, Unknown, 61, Step::Ask),
            ("never left", Pay, Unsent, 28, Step::Send),
            (
                "never left, still leased",
                Pay,
                Unsent,
                27,
                Step::Busy(secs(1)),
            ),
            ("an OTP is asked about", Otp, Intended, 99, Step::Ask),
            ("a binding may be repeated", Bind, Intended, 28, Step::Send),
            ("over", Pay, Final, 0, Step::Done),
        ];
        for (why, kind, state, now, step) in table {
            assert_eq!(
                operation(kind, state).next_step(at(now), PATIENCE),
                step,
                "{why}"
            );
        }
    }

    #[test]
    fn a_non_snap_request_is_repeated_under_its_own_id_while_doku_remembers_it() {
        let mut operation = operation(OperationKind::Capture, OperationState::Unknown);
        operation.family = Family::NonSnap;
        let step = |operation: &Operation, now| operation.next_step(at(now), PATIENCE);
        assert_eq!(
            step(&operation, 30),
            Step::TooEarly(Duration::from_secs(30))
        );
        assert_eq!(step(&operation, 60), Step::Send);
        assert_eq!(step(&operation, 24 * 3600), Step::Ask);
        let id = operation.external_id.clone();
        operation.renew(ExternalId::new("20261120000060", 2), at(60));
        assert_eq!(operation.external_id, id);
        assert_eq!(operation.started_at, at(0));
        assert!(operation.resent);
    }

    #[test]
    fn an_attempt_that_did_not_leave_says_nothing_of_the_one_before() {
        let mut first = operation(OperationKind::Refund, OperationState::Intended);
        first.family = Family::NonSnap;
        let mut second = first.clone();
        first.put_back(at(1));
        assert_eq!(first.state, OperationState::Unsent);
        first.renew(ExternalId::new("20261120000060", 2), at(60));
        assert!(!first.may_be_taken());
        second.renew(ExternalId::new("20261120000060", 2), at(60));
        assert!(second.may_be_taken());
    }

    #[test]
    fn what_did_not_end_may_have_arrived() {
        use OperationState::{Final, Intended, Unknown, Unsent};
        for (state, resent, may) in [
            (Intended, false, true),
            (Unknown, false, true),
            (Unsent, false, false),
            (Unsent, true, true),
            (Final, true, false),
        ] {
            let mut earlier = operation(OperationKind::BindingOtp, state);
            earlier.resent = resent;
            assert_eq!(earlier.may_have_arrived(), may, "{state:?}, {resent}");
        }
    }

    #[test]
    fn a_snap_request_gets_a_new_id() {
        let mut operation = operation(OperationKind::Pay, OperationState::Unknown);
        let id = operation.external_id.clone();
        operation.renew(ExternalId::new("20261120000060", 2), at(60));
        assert_ne!(operation.external_id, id);
        assert_eq!(operation.started_at, at(60));
    }

    #[test]
    fn absence_is_believed_the_second_time_and_not_before_five_minutes() {
        let mut operation = operation(OperationKind::Pay, OperationState::Intended);
        assert!(!operation.note_absent(at(60), PATIENCE));
        assert!(!operation.note_absent(at(359), PATIENCE));
        assert!(operation.note_absent(at(360), PATIENCE));
    }

    #[test]
    fn what_was_sent_before_may_be_taken() {
        use OperationKind::{Bind, Capture, Pay, Refund};
        let table = [
            (Bind, Family::Snap, true, false),
            (Pay, Family::Snap, true, true),
            (Pay, Family::Snap, false, false),
            (Refund, Family::Snap, true, true),
            (Refund, Family::Snap, false, false),
            (Capture, Family::NonSnap, true, true),
            (Capture, Family::NonSnap, false, false),
        ];
        for (kind, family, resent, expected) in table {
            let operation = Operation {
                family,
                resent,
                ..operation(kind, OperationState::Intended)
            };
            assert_eq!(operation.may_be_taken(), expected, "{kind:?} {family:?}");
        }
    }
}
