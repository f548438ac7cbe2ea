//! Failures that DOKU reports of a payment whose success it reported before.

use super::Payment;
use crate::clock::Timestamp;
use crate::domain::channel::Family;
use crate::domain::outcome::{Outcome, Verdict};

impl Payment {
    /// True when an outcome says that the payment failed after it succeeded. An earlier failure, which
    /// arrives late, contradicts nothing; nor does one whose time is not known.
    pub(super) fn is_reversed_by(&self, outcome: &Outcome) -> bool {
        let is_failure = matches!(
            outcome.verdict,
            Verdict::Failed(_) | Verdict::AttemptFailed(_) | Verdict::Cancelled
        );
        if !is_failure || !self.status.is_settled() || self.is_settled_as_taken() {
            return false;
        }
        let taken_at = self.taken_at.or(self.paid_at);
        let (Some(failed_at), Some(taken_at)) = (outcome.happened_at, taken_at) else {
            return false;
        };
        match self.channel.family {
            // Dated by its signature, to the second, at the earliest when it was sent.
            Family::Snap => failed_at.seconds() >= taken_at.seconds(),
            Family::NonSnap => failed_at > taken_at,
        }
    }

    /// Takes in when DOKU says that money was taken. A time before the payment or after now cannot be when
    /// it happened.
    pub(super) fn learn_when_taken(&mut self, outcome: &Outcome) {
        let possible = |at: &Timestamp| (self.created_at..=outcome.at).contains(at);
        if self.status.is_settled() || self.taken_at.is_some() {
            return;
        }
        if matches!(outcome.verdict, Verdict::Paid | Verdict::Captured) {
            self.taken_at = outcome.happened_at.filter(possible);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{at, payment};
    use super::*;
    use crate::domain::event::EventType;
    use crate::domain::failure::Failure;
    use crate::domain::payment::{Flag, PaymentStatus};

    fn paid(seconds: i64) -> Payment {
        let mut payment = payment();
        payment.status = PaymentStatus::Paid;
        payment.paid_at = Some(at(seconds));
        payment
    }

    fn failure(verdict: Verdict, happened_at: Option<Timestamp>) -> Outcome {
        Outcome {
            happened_at,
            ..Outcome::new(verdict, at(3_600))
        }
    }

    #[test]
    fn a_later_failure_is_flagged_once_and_changes_nothing_else() {
        let paid = paid(60);
        for verdict in [
            Verdict::Failed(Failure::Declined),
            Verdict::AttemptFailed(Failure::Declined),
            Verdict::Cancelled,
        ] {
            let later = failure(verdict, Some(at(120)));
            let reversed = paid.apply(&later);
            assert_eq!(reversed.event, Some(EventType::PaymentReversalReported));
            assert_eq!(reversed.payment.status, PaymentStatus::Paid);
            assert_eq!(reversed.payment.flags, [Flag::ReversalReported]);
            assert!(!reversed.payment.apply(&later).changed(), "{verdict:?}");
        }
    }

    #[test]
    fn an_earlier_failure_or_one_without_a_time_says_nothing() {
        let paid = paid(60);
        for happened_at in [None, Some(at(59)), Some(at(0))] {
            let applied = paid.apply(&failure(Verdict::Cancelled, happened_at));
            assert!(!applied.changed(), "{happened_at:?}");
            assert_eq!(applied.payment, paid, "{happened_at:?}");
        }
    }

    #[test]
    fn dokus_time_of_the_success_counts_before_ours() {
        let mut paid = paid(600);
        paid.taken_at = Some(at(60));
        let between = failure(
            Verdict::Cancelled,
            Some(at(60).plus(Duration::from_secs(9))),
        );
        assert!(paid.apply(&between).changed());
    }

    #[test]
    fn what_is_not_paid_fails_as_before() {
        let open = payment();
        let failed = open.apply(&failure(Verdict::Cancelled, Some(at(120))));
        assert_eq!(failed.payment.status, PaymentStatus::Cancelled);
        assert_eq!(failed.payment.flags, []);
    }
}
