//! A refund, and the one function through which it and its payment change together.

use crate::clock::Timestamp;

use super::channel::Family;
use super::event::EventType;
use super::failure::Failure;
use super::ids::{ExternalId, PaymentId, Reference, RefundId};
use super::money::Rupiah;
use super::movement::{MovementStatus, Origin, RefundKind};
use super::operation::{Operation, OperationState};
use super::outcome::{RefundOutcome, RefundVerdict};
use super::payment::{Flag, Payment, PaymentStatus};
use super::settlement::Settlement;
use super::stored::Stored;
use super::text::Reason;
use super::watch::Watch;

/// One refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// Our id.
    pub id: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Rupiah,
    /// Why, in the merchant's words.
    pub reason: Option<Reason>,
    /// Our name for it towards DOKU.
    pub reference: Reference,
    /// Where it stands.
    pub status: MovementStatus,
    /// True while DOKU has accepted it but not done it: set by the bank's "in progress" answer.
    pub taken: bool,
    /// The party that had it made.
    pub origin: Origin,
    /// True when it was found at DOKU, although this deployment does not remember that it was sent.
    pub adopted: bool,
    /// How DOKU does it, where it says so.
    pub kind: Option<RefundKind>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// DOKU's id.
    pub refund_no: Option<String>,
    /// DOKU's latest response code, as received.
    pub response_code: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Journal of the call.
    pub operation: Operation,
    /// Who looks after it while it is not finished.
    pub watch: Watch,
    /// What an operator stated, the latest time.
    pub settlement: Option<Settlement>,
    /// Counts writes, as on the payment.
    pub version: u64,
    /// The form in which the table holds it.
    pub stored: Stored,
}

/// A refund and its payment after an outcome; both are stored together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedRefund {
    /// The payment as it should be stored.
    pub payment: Payment,
    /// The refund as it should be stored.
    pub refund: Refund,
    /// What to write on the timeline.
    pub event: Option<EventType>,
}

impl AppliedRefund {
    /// True when there is something to store.
    pub const fn changed(&self) -> bool {
        self.event.is_some()
    }
}

impl Refund {
    /// When somebody has to look at it although nobody asks for it.
    pub fn due_at(&self) -> Option<Timestamp> {
        let decided = self.status.is_decided();
        let due = self.watch.due_at(self.operation.started_at);
        due.filter(|_| !decided)
    }

    /// True for a refund of DOKU's of which DOKU has told no name: neither a number nor the id of a call.
    pub fn is_nameless(&self) -> bool {
        self.origin == Origin::Gateway && self.refund_no.is_none()
    }

    /// True when DOKU knows it by a name: the merchant's have ours, and some of DOKU's own have one in its
    /// place.
    pub fn is_named(&self) -> bool {
        let name = self.reference.as_str();
        self.origin == Origin::Merchant
            || self.operation.external_id.as_str() != name
            || self.refund_no.as_deref() == Some(name)
    }

    /// True when DOKU's number of it is known, and not merely a name that stands in its place.
    pub fn is_numbered(&self) -> bool {
        let number = self.refund_no.as_deref();
        number.is_some_and(|number| number != self.reference.as_str())
    }

    /// Removes the frozen body of what is decided, as that of a payment.
    pub fn forget_what_was_sent(&mut self) {
        if self.status.is_decided() {
            self.operation.body = None;
        }
    }

    /// Applies what DOKU says about this refund of `payment`. Pure, like [`Payment::apply`].
    pub fn apply(&self, payment: &Payment, outcome: &RefundOutcome) -> AppliedRefund {
        let mut refund = self.clone();
        if let Some(settlement) = &outcome.settlement {
            let settled = self.settled(payment, settlement);
            let (refund, payment, event) = settled.map_or_else(
                |_| (refund, payment.clone(), None),
                |(refund, payment, event)| (refund, payment, Some(event)),
            );
            return AppliedRefund {
                payment,
                refund,
                event,
            };
        }
        let mut payment = payment.clone();
        if let Some(amount) = outcome.adopted {
            refund.adopt(&mut payment, amount);
        }
        if outcome.verdict == RefundVerdict::Succeeded
            && let Some(stated) = &outcome.stated
            && stated.rupiah() != Some(refund.amount)
        {
            let known = payment.flags.contains(&Flag::AmountMismatch);
            payment.flag(Flag::AmountMismatch);
            payment.updated_at = outcome.at;
            let event = (!known).then_some(EventType::PaymentAmountMismatch);
            return AppliedRefund {
                payment,
                refund,
                event,
            };
        }
        let event = refund.advance(&mut payment, outcome);
        AppliedRefund {
            payment,
            refund,
            event,
        }
    }

    /// Takes over a refund that DOKU has under our name, with DOKU's amount.
    fn adopt(&mut self, payment: &mut Payment, amount: Rupiah) {
        if self.status.is_decided() {
            return;
        }
        if self.holds_reserve() {
            let others = payment.reserved.minus(self.amount).unwrap_or_default();
            payment.reserved = others.plus(amount).unwrap_or(others);
        }
        self.amount = amount;
        self.adopted = true;
    }

    fn advance(&mut self, payment: &mut Payment, outcome: &RefundOutcome) -> Option<EventType> {
        let (target, failure) = match outcome.verdict {
            RefundVerdict::Succeeded => (MovementStatus::Succeeded, None),
            RefundVerdict::Pending => (MovementStatus::Pending, None),
            RefundVerdict::Failed(failure) => (MovementStatus::Failed, Some(failure)),
            RefundVerdict::Unknown => (MovementStatus::Unknown, None),
        };
        let taken_now = target == MovementStatus::Pending
            && self.status == MovementStatus::Pending
            && !self.taken;
        if !taken_now && !self.status.may_become(target) {
            if self.status == target {
                // The answer may come after the news, and say more.
                self.refund_no = self.refund_no.take().or(outcome.refund_no.clone());
                let code = outcome.response_code.clone();
                self.response_code = self.response_code.take().or(code);
            }
            return None;
        }
        if outcome.kind.is_some() {
            self.kind = outcome.kind;
        }
        match target {
            MovementStatus::Succeeded => self.settle(payment),
            MovementStatus::Failed => self.release(payment),
            MovementStatus::Pending => self.taken = true,
            MovementStatus::Unknown => {}
        }
        self.status = target;
        self.failure = failure;
        if outcome.refund_no.is_some() {
            self.refund_no.clone_from(&outcome.refund_no);
        }
        if outcome.response_code.is_some() {
            self.response_code.clone_from(&outcome.response_code);
        }
        self.updated_at = outcome.at;
        payment.updated_at = outcome.at;
        Some(match target {
            MovementStatus::Pending => EventType::RefundPending,
            MovementStatus::Succeeded => EventType::RefundSucceeded,
            MovementStatus::Failed => EventType::RefundFailed,
            MovementStatus::Unknown => EventType::RefundUnknown,
        })
    }

    /// True while DOKU works on it, and said so.
    pub fn is_at_doku(&self) -> bool {
        self.taken && self.status == MovementStatus::Pending
    }

    /// True while its amount is set aside on the payment: as long as it may still happen, unless it
    /// was never sent.
    fn holds_reserve(&self) -> bool {
        matches!(
            self.status,
            MovementStatus::Pending | MovementStatus::Unknown
        ) && self.operation.state != OperationState::Unsent
    }

    pub(in crate::domain) fn release(&self, payment: &mut Payment) {
        if self.holds_reserve() {
            payment.reserved = payment.reserved.minus(self.amount).unwrap_or_default();
        }
    }

    /// Gives a refund that was booked without a name the one that DOKU has it under, with its `amount`: what was booked
    /// was a part of it.
    pub fn named_in_full(
        &self,
        payment: &Payment,
        (name, amount): (&str, Rupiah),
        at: Timestamp,
    ) -> AppliedRefund {
        let mut refund = self.clone();
        refund.reference = Reference::trusted(name.to_owned());
        if payment.channel.family == Family::NonSnap {
            refund.operation.external_id = ExternalId::trusted(name.to_owned());
        }
        refund.refund_no = Some(name.to_owned());
        refund.amount = amount;
        refund.updated_at = at;
        let mut payment = payment.clone();
        payment.updated_at = at;
        if refund.status == MovementStatus::Succeeded {
            payment.refunded = payment.refunded.minus(self.amount).unwrap_or_default();
            refund.count_back(&mut payment);
        } else if refund.holds_reserve() {
            let others = payment.reserved.minus(self.amount).unwrap_or_default();
            payment.reserved = others.plus(amount).unwrap_or(others);
        }
        AppliedRefund {
            payment,
            refund,
            event: Some(EventType::RefundAdopted),
        }
    }

    fn settle(&self, payment: &mut Payment) {
        self.release(payment);
        self.count_back(payment);
    }

    /// Counts its amount as gone back.
    fn count_back(&self, payment: &mut Payment) {
        let refunded = payment
            .refunded
            .plus(self.amount)
            .unwrap_or(payment.refunded);
        let taken = payment.taken();
        if refunded > taken {
            payment.flag(Flag::RefundOverrun);
        }
        payment.refunded = refunded;
        let whole = refunded >= taken;
        let target = if self.kind == Some(RefundKind::Void)
            && whole
            && payment.status.may_become(PaymentStatus::Voided)
        {
            PaymentStatus::Voided
        } else if whole {
            PaymentStatus::Refunded
        } else {
            PaymentStatus::PartiallyRefunded
        };
        if payment.status.may_become(target) {
            payment.status = target;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::payment::tests::{at, payment};
    use super::*;
    use crate::domain::money::StatedAmount;
    use crate::domain::operation::OperationKind;
    use proptest::prelude::*;
    use ulid::Ulid;

    pub fn refund_of(payment: &mut Payment, n: u64, amount: u64) -> Refund {
        payment.reserved = payment.reserved.plus(Rupiah::new(amount)).unwrap();
        Refund {
            id: RefundId::new(Ulid::from_parts(n, 1)),
            payment: payment.id,
            amount: Rupiah::new(amount),
            reason: None,
            reference: Reference::parse("RFD-0001").unwrap(),
            status: MovementStatus::Pending,
            taken: false,
            origin: Origin::Merchant,
            adopted: false,
            kind: None,
            failure: None,
            refund_no: None,
            response_code: None,
            created_at: at(0),
            updated_at: at(0),
            operation: Operation {
                kind: OperationKind::Refund,
                ..payment.operation.clone()
            },
            watch: Watch::default(),
            settlement: None,
            version: 1,
            stored: Stored::default(),
        }
    }

    pub fn paid() -> Payment {
        let mut payment = payment();
        payment.status = PaymentStatus::Paid;
        payment
    }

    fn outcome(verdict: RefundVerdict) -> RefundOutcome {
        RefundOutcome::new(verdict, at(9))
    }

    #[test]
    fn a_success_settles_and_a_failure_gives_back() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 4_000);
        assert_eq!(paid.refundable(), Rupiah::new(6_000));

        let done = refund.apply(&paid, &outcome(RefundVerdict::Succeeded));
        assert_eq!(done.payment.status, PaymentStatus::PartiallyRefunded);
        assert_eq!(done.payment.refunded, Rupiah::new(4_000));
        assert_eq!(done.payment.refundable(), Rupiah::new(6_000));
        assert_eq!(done.event, Some(EventType::RefundSucceeded));

        let failed = refund.apply(&paid, &outcome(RefundVerdict::Failed(Failure::Declined)));
        assert_eq!(failed.payment.refundable(), Rupiah::new(10_000));
        assert_eq!(failed.refund.status, MovementStatus::Failed);
    }

    #[test]
    fn repeating_an_outcome_changes_nothing() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 10_000);
        let done = refund.apply(&paid, &outcome(RefundVerdict::Succeeded));
        assert_eq!(done.payment.status, PaymentStatus::Refunded);
        for verdict in [
            RefundVerdict::Succeeded,
            RefundVerdict::Pending,
            RefundVerdict::Unknown,
            RefundVerdict::Failed(Failure::Declined),
        ] {
            let again = done.refund.apply(&done.payment, &outcome(verdict));
            assert!(!again.changed(), "{verdict:?}");
            assert_eq!(again.payment, done.payment, "{verdict:?}");
        }
    }

    #[test]
    fn an_answer_that_comes_after_the_news_still_names_the_refund() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 4_000);
        let news = refund.apply(&paid, &outcome(RefundVerdict::Succeeded));
        let mut answer = outcome(RefundVerdict::Succeeded);
        answer.refund_no = Some("R-1".to_owned());
        let late = news.refund.apply(&news.payment, &answer);
        assert_eq!(late.refund.refund_no.as_deref(), Some("R-1"));
        assert_eq!(late.payment, news.payment);
        assert!(!late.changed(), "nothing to tell");
    }

    #[test]
    fn a_success_after_a_failure_is_believed_and_counted() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 4_000);
        let failed = refund.apply(&paid, &outcome(RefundVerdict::Failed(Failure::Declined)));
        let late = failed
            .refund
            .apply(&failed.payment, &outcome(RefundVerdict::Succeeded));
        assert_eq!(late.payment.refunded, Rupiah::new(4_000));
        assert_eq!(late.payment.reserved, Rupiah::ZERO);
    }

    #[test]
    fn an_adopted_refund_has_dokus_amount() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 3_000);
        let found = RefundOutcome {
            adopted: Some(Rupiah::new(4_000)),
            ..outcome(RefundVerdict::Succeeded)
        };
        let done = refund.apply(&paid, &found);
        assert!(done.refund.adopted);
        assert_eq!(done.refund.amount, Rupiah::new(4_000));
        assert_eq!(done.payment.refunded, Rupiah::new(4_000));
        assert_eq!(done.payment.reserved, Rupiah::ZERO);
        let pending = RefundOutcome {
            verdict: RefundVerdict::Pending,
            ..found.clone()
        };
        let pending = refund.apply(&paid, &pending);
        assert_eq!(pending.payment.reserved, Rupiah::new(4_000));
        let again = done.refund.apply(&done.payment, &found);
        assert!(!again.changed());
        assert_eq!(again.payment, done.payment);
    }

    #[test]
    fn another_amount_is_not_believed() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 4_000);
        let mut stated = outcome(RefundVerdict::Succeeded);
        stated.stated = Some(StatedAmount {
            value: "4001.00".into(),
            currency: "IDR".into(),
        });
        let seen = refund.apply(&paid, &stated);
        assert_eq!(seen.refund.status, MovementStatus::Pending);
        assert_eq!(seen.payment.flags, [Flag::AmountMismatch]);
        assert!(!refund.apply(&seen.payment, &stated).changed());
    }

    proptest! {
        #[test]
        fn books_always_balance(steps in proptest::collection::vec((0usize..3, 0u8..4), 0..30)) {
            let mut payment = paid();
            let mut refunds: Vec<_> =
                [2_000, 3_000, 5_000].iter().zip(1..).map(|(a, n)| refund_of(&mut payment, n, *a)).collect();
            for (which, verdict) in steps {
                let verdict = match verdict {
                    0 => RefundVerdict::Succeeded,
                    1 => RefundVerdict::Pending,
                    2 => RefundVerdict::Failed(Failure::Declined),
                    _ => RefundVerdict::Unknown,
                };
                let applied = refunds[which].apply(&payment, &outcome(verdict));
                prop_assert!(refunds[which].status == applied.refund.status
                    || refunds[which].status.may_become(applied.refund.status));
                payment = applied.payment;
                refunds[which] = applied.refund;
                let sum = |wanted: &dyn Fn(&Refund) -> bool| refunds.iter().filter(|r| wanted(r))
                    .map(|r| r.amount.whole()).sum::<u64>();
                prop_assert_eq!(payment.refunded.whole(), sum(&|r| r.status == MovementStatus::Succeeded));
                prop_assert_eq!(payment.reserved.whole(), sum(&Refund::holds_reserve));
                prop_assert!(payment.refunded.whole() + payment.reserved.whole() <= payment.amount.whole());
            }
        }
    }
}
