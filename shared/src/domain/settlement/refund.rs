//! Settlements of refunds, which change their payments as well.

use super::{NotSettled, SettledAs, Settlement};
use crate::domain::event::EventType;
use crate::domain::movement::MovementStatus;
use crate::domain::payment::{Flag, Payment, PaymentStatus};
use crate::domain::refund::Refund;

impl Refund {
    /// True when it was escalated to an operator, and is still open.
    pub const fn is_escalated(&self) -> bool {
        self.watch.told && !self.status.is_decided()
    }

    /// The refund and its payment after a settlement, and the event to write.
    pub fn settled(
        &self,
        payment: &Payment,
        settlement: &Settlement,
    ) -> Result<(Self, Payment, EventType), NotSettled> {
        if settlement.of_capture {
            return Err(NotSettled::Capture);
        }
        if self.status.is_decided() && self.settlement.is_none() {
            return Err(NotSettled::Decided);
        }
        let (mut next, mut payment) = (self.clone(), payment.clone());
        // What it did to the payment so far.
        if self.status == MovementStatus::Succeeded {
            payment.refunded = payment.refunded.minus(self.amount).unwrap_or_default();
        } else {
            self.release(&mut payment);
        }
        match settlement.outcome {
            SettledAs::Succeeded => {
                next.amount = settlement.amount.unwrap_or(self.amount);
                next.status = MovementStatus::Succeeded;
                next.failure = None;
                payment.refunded = payment
                    .refunded
                    .plus(next.amount)
                    .ok_or(NotSettled::Outcome)?;
            }
            SettledAs::Failed => {
                next.status = MovementStatus::Failed;
                next.failure = Some(settlement.failure());
            }
            SettledAs::Paid
            | SettledAs::Refunded
            | SettledAs::Captured
            | SettledAs::Unbound
            | SettledAs::Active => return Err(NotSettled::Outcome),
        }
        if payment.refunded > payment.taken() {
            payment.flag(Flag::RefundOverrun);
        }
        if payment.status.is_settled() || payment.status == PaymentStatus::Voided {
            let status = payment.status_by_refunds();
            let stays_void =
                payment.status == PaymentStatus::Voided && status == PaymentStatus::Refunded;
            if !stays_void {
                payment.status = status;
            }
        }
        if settlement.reference_no.is_some() {
            next.refund_no.clone_from(&settlement.reference_no);
        }
        next.operation.finish();
        next.updated_at = settlement.at;
        next.settlement = Some(settlement.clone());
        payment.updated_at = settlement.at;
        Ok((next, payment, EventType::RefundSettled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::Failure;
    use crate::domain::money::Rupiah;
    use crate::domain::outcome::{RefundOutcome, RefundVerdict};
    use crate::domain::payment::tests::at;
    use crate::domain::refund::tests::{paid, refund_of};

    fn settlement(outcome: SettledAs, amount: Option<u64>) -> Settlement {
        Settlement {
            outcome,
            of_capture: false,
            reference_no: None,
            amount: amount.map(Rupiah::new),
            by: "ayu".to_owned(),
            reason: "seen in the dashboard".to_owned(),
            at: at(9),
        }
    }

    fn apply(refund: &Refund, payment: &Payment, settlement: Settlement) -> (Refund, Payment) {
        let mut outcome = RefundOutcome::new(RefundVerdict::Unknown, at(9));
        outcome.settlement = Some(Box::new(settlement));
        let applied = refund.apply(payment, &outcome);
        (applied.refund, applied.payment)
    }

    #[test]
    fn a_settled_refund_gives_its_reserve_back_or_counts() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 4_000);
        let (failed, after) = apply(&refund, &paid, settlement(SettledAs::Failed, None));
        assert_eq!(failed.failure, Some(Failure::NotSent));
        assert_eq!(after.refundable(), Rupiah::new(10_000));
        let (done, after) = apply(
            &refund,
            &paid,
            settlement(SettledAs::Succeeded, Some(4_000)),
        );
        assert_eq!(done.status, MovementStatus::Succeeded);
        assert_eq!(after.refunded, Rupiah::new(4_000));
        assert!(after.reserved.is_zero());
        assert_eq!(after.status, PaymentStatus::PartiallyRefunded);

        // Wrong: it did not go back after all.
        let (undone, before) = apply(&done, &after, settlement(SettledAs::Failed, None));
        assert_eq!(undone.status, MovementStatus::Failed);
        assert_eq!(before.status, PaymentStatus::Paid);
        assert_eq!(before.refundable(), Rupiah::new(10_000));
    }

    #[test]
    fn dokus_word_comes_after_a_failure_and_not_after_a_success() {
        let mut paid = paid();
        let first = refund_of(&mut paid, 1, 6_000);
        let (first, mut after) = apply(&first, &paid, settlement(SettledAs::Failed, None));
        let second = refund_of(&mut after, 2, 6_000);
        let success = RefundOutcome::new(RefundVerdict::Succeeded, at(10));
        let second = second.apply(&after, &success);
        let late = first.apply(&second.payment, &success);
        assert_eq!(late.refund.status, MovementStatus::Succeeded);
        assert_eq!(late.payment.refunded, Rupiah::new(12_000));
        assert_eq!(late.payment.flags, [Flag::RefundOverrun]);

        let (done, after) = apply(
            &late.refund,
            &late.payment,
            settlement(SettledAs::Succeeded, Some(6_000)),
        );
        let failure = RefundOutcome::new(RefundVerdict::Failed(Failure::Declined), at(11));
        assert_eq!(
            done.apply(&after, &failure).refund.status,
            MovementStatus::Succeeded
        );
        assert_eq!(after.refunded, Rupiah::new(12_000));
    }

    #[test]
    fn what_doku_decided_is_not_settled() {
        let mut paid = paid();
        let refund = refund_of(&mut paid, 1, 4_000);
        let success = RefundOutcome::new(RefundVerdict::Succeeded, at(8));
        let done = refund.apply(&paid, &success);
        let refused = done
            .refund
            .settled(&done.payment, &settlement(SettledAs::Failed, None));
        assert_eq!(refused.unwrap_err(), NotSettled::Decided);
    }
}
