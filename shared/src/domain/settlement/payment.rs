//! Settlements of payments and of their captures.

use super::{NotSettled, SettledAs, Settlement};
use crate::domain::event::EventType;
use crate::domain::money::Rupiah;
use crate::domain::movement::MovementStatus;
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::watch::Watch;

impl Payment {
    /// True when it was escalated to an operator, and is still open.
    pub fn is_escalated(&self) -> bool {
        let followed = Self {
            watch: Watch::default(),
            ..self.clone()
        };
        self.watch.told && followed.due_at().is_some()
    }

    /// True when an operator's word on money that moved stands: DOKU's changes nothing of it.
    pub fn is_settled_as_taken(&self) -> bool {
        let settlement = self.settlement.as_ref();
        settlement.is_some_and(|settlement| settlement.outcome.moved_money())
    }

    /// The payment after a settlement, and the event to write.
    pub fn settled(&self, settlement: &Settlement) -> Result<(Self, EventType), NotSettled> {
        let mut next = self.clone();
        if settlement.of_capture {
            next.settle_capture(settlement)?;
        } else {
            next.settle_charge(settlement)?;
        }
        if settlement.reference_no.is_some() && !settlement.of_capture {
            next.reference_no.clone_from(&settlement.reference_no);
        }
        if !next.status.is_open() {
            next.redirect_url = None;
        }
        next.updated_at = settlement.at;
        next.settlement = Some(settlement.clone());
        Ok((next, EventType::PaymentSettled))
    }

    fn settle_charge(&mut self, settlement: &Settlement) -> Result<(), NotSettled> {
        let again = self.settlement.as_ref().is_some_and(|it| !it.of_capture);
        if self.is_capturing() {
            return Err(NotSettled::Capture);
        }
        // Of what is known to have been taken it says how much went back.
        let is_of_refunds = self.refunds_unclear_since.is_some() && self.status.is_settled()
            || settlement.outcome == SettledAs::Refunded && self.is_partly_kept();
        if is_of_refunds && (again || self.refunds_unclear_since.is_some()) {
            return self.settle_refunds(settlement);
        }
        if !again && !self.status.is_open() && self.status != PaymentStatus::Authorized {
            return Err(NotSettled::Decided);
        }
        let amount = settlement.amount.unwrap_or(self.charged);
        match settlement.outcome {
            SettledAs::Paid => {
                self.has_room_for_refunds(amount)?;
                self.charged = amount;
                self.take(amount, settlement);
            }
            SettledAs::Refunded => {
                if !self.reserved.is_zero() {
                    return Err(NotSettled::Refunds);
                }
                self.refunds_unclear_since = None;
                self.charged = amount;
                self.refunded = amount;
                self.take(amount, settlement);
            }
            SettledAs::Failed => {
                self.has_room_for_refunds(Rupiah::ZERO)?;
                self.status = PaymentStatus::Failed;
                self.failure = Some(settlement.failure());
                // Should DOKU say after all that it was taken, it was what was asked for.
                self.charged = self.amount;
                self.captured = None;
                self.paid_at = None;
            }
            SettledAs::Succeeded | SettledAs::Captured | SettledAs::Unbound | SettledAs::Active => {
                return Err(NotSettled::Outcome);
            }
        }
        self.operation.finish();
        if let Some(otp) = &mut self.otp {
            otp.finish();
        }
        if self.refunds_unclear_since.is_some() {
            // What went back is found out by the next status checks, now that the payment is known.
            self.watch = Watch::default();
        }
        Ok(())
    }

    /// True for money that was taken and did not all go back.
    const fn is_partly_kept(&self) -> bool {
        matches!(
            self.status,
            PaymentStatus::Paid | PaymentStatus::PartiallyRefunded
        )
    }

    /// Settles how much of a payment went back in all, where DOKU reports refunds that nothing tells from
    /// others: so much, all of it, or no more than is known.
    fn settle_refunds(&mut self, settlement: &Settlement) -> Result<(), NotSettled> {
        let taken = self.taken();
        let refunded = match settlement.outcome {
            SettledAs::Paid if settlement.amount.is_some_and(|amount| amount != taken) => {
                return Err(NotSettled::Amount);
            }
            SettledAs::Paid => self.refunded,
            SettledAs::Refunded => settlement.amount.unwrap_or(taken),
            SettledAs::Failed
            | SettledAs::Succeeded
            | SettledAs::Captured
            | SettledAs::Unbound
            | SettledAs::Active => return Err(NotSettled::Outcome),
        };
        let gone = refunded.plus(self.reserved);
        if refunded < self.refunded || gone.is_none_or(|gone| gone > taken) {
            return Err(NotSettled::Refunds);
        }
        self.refunded = refunded;
        self.status = self.status_by_refunds();
        self.clear_refunds();
        Ok(())
    }

    fn settle_capture(&mut self, settlement: &Settlement) -> Result<(), NotSettled> {
        let again = self.settlement.as_ref().is_some_and(|it| it.of_capture);
        if !again && !self.is_capturing() {
            return Err(NotSettled::Capture);
        }
        let charged = self.charged;
        let amount = settlement.amount.unwrap_or(charged);
        match settlement.outcome {
            SettledAs::Captured => {
                if amount > charged {
                    return Err(NotSettled::Outcome);
                }
                self.has_room_for_refunds(amount)?;
                self.take(amount, settlement);
            }
            SettledAs::Failed => {
                self.has_room_for_refunds(Rupiah::ZERO)?;
                self.captured = None;
                if self.status.is_settled() {
                    self.status = PaymentStatus::Authorized;
                    self.paid_at = None;
                }
            }
            SettledAs::Paid
            | SettledAs::Refunded
            | SettledAs::Succeeded
            | SettledAs::Unbound
            | SettledAs::Active => return Err(NotSettled::Outcome),
        }
        let captured = settlement.outcome == SettledAs::Captured;
        let capture = self.capture.as_mut().ok_or(NotSettled::Capture)?;
        capture.operation.finish();
        if captured {
            capture.amount = amount;
            capture.status = MovementStatus::Succeeded;
            capture.failure = None;
        } else {
            capture.status = MovementStatus::Failed;
            capture.failure = Some(settlement.failure());
        }
        // What comes next, if anything, is the lapse of the hold.
        self.watch = Watch::default();
        Ok(())
    }

    /// What went back, or is on its way, must have been taken.
    fn has_room_for_refunds(&self, taken: Rupiah) -> Result<(), NotSettled> {
        let gone = self.refunded.plus(self.reserved);
        if gone.is_some_and(|gone| gone <= taken) {
            Ok(())
        } else {
            Err(NotSettled::Refunds)
        }
    }

    fn take(&mut self, amount: Rupiah, settlement: &Settlement) {
        if self.card().is_some() && (settlement.of_capture || self.captured.is_some()) {
            self.captured = Some(amount);
        }
        self.failure = None;
        self.paid_at.get_or_insert(settlement.at);
        self.status = self.status_by_refunds();
    }

    /// The status of a payment that was taken, by how much of it went back.
    pub(super) fn status_by_refunds(&self) -> PaymentStatus {
        if self.refunded.is_zero() {
            PaymentStatus::Paid
        } else if self.refunded < self.taken() {
            PaymentStatus::PartiallyRefunded
        } else {
            PaymentStatus::Refunded
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::failure::Failure;
    use crate::domain::money::StatedAmount;
    use crate::domain::outcome::{Outcome, Verdict};
    use crate::domain::payment::Flag;
    use crate::domain::payment::tests::{at, payment};

    fn settlement(outcome: SettledAs, amount: Option<u64>) -> Settlement {
        Settlement {
            outcome,
            of_capture: false,
            reference_no: Some("DOKU-1".to_owned()),
            amount: amount.map(Rupiah::new),
            by: "ayu".to_owned(),
            reason: "seen in the dashboard".to_owned(),
            at: at(9),
        }
    }

    fn apply(payment: &Payment, settlement: Settlement) -> Payment {
        let outcome = Outcome {
            settlement: Some(Box::new(settlement)),
            ..Outcome::new(Verdict::NoNews, at(9))
        };
        payment.apply(&outcome).payment
    }

    #[test]
    fn an_amount_that_was_not_ours_is_what_was_taken() {
        let mut open = payment();
        open.flag(Flag::AmountMismatch);
        let paid = apply(&open, settlement(SettledAs::Paid, Some(9_000)));
        assert_eq!(paid.status, PaymentStatus::Paid);
        assert_eq!(paid.refundable(), Rupiah::new(9_000));
        assert_eq!(paid.flags, [Flag::AmountMismatch]);
        let refunded = apply(&open, settlement(SettledAs::Refunded, Some(9_000)));
        assert_eq!(refunded.status, PaymentStatus::Refunded);
        assert!(refunded.refundable().is_zero());
    }

    #[test]
    fn refunds_that_are_not_clear_are_settled_by_how_much_went_back() {
        let mut paid = apply(&payment(), settlement(SettledAs::Paid, Some(10_000)));
        paid.doubt_refunds(at(5));
        let none = apply(&paid, settlement(SettledAs::Paid, None));
        assert_eq!(none.status, PaymentStatus::Paid);
        assert_eq!(none.refunds_unclear_since, None);
        let other = paid.settled(&settlement(SettledAs::Paid, Some(9_000)));
        assert_eq!(other.unwrap_err(), NotSettled::Amount);
        let part = apply(&paid, settlement(SettledAs::Refunded, Some(4_000)));
        assert_eq!(part.status, PaymentStatus::PartiallyRefunded);
        assert_eq!(part.refundable(), Rupiah::new(6_000));
        let all = apply(&paid, settlement(SettledAs::Refunded, None));
        assert_eq!(all.status, PaymentStatus::Refunded);
        let more = paid.settled(&settlement(SettledAs::Refunded, Some(11_000)));
        assert!(more.is_err());
        assert!(paid.settled(&settlement(SettledAs::Failed, None)).is_err());
    }

    #[test]
    fn what_was_settled_as_paid_is_settled_by_how_much_went_back() {
        let paid = apply(&payment(), settlement(SettledAs::Paid, Some(10_000)));
        let part = apply(&paid, settlement(SettledAs::Refunded, Some(1_000)));
        assert_eq!(part.status, PaymentStatus::PartiallyRefunded);
        assert_eq!(part.taken(), Rupiah::new(10_000));
        assert_eq!(part.refundable(), Rupiah::new(9_000));
        let all = apply(&part, settlement(SettledAs::Refunded, None));
        assert_eq!(all.status, PaymentStatus::Refunded);
    }

    #[test]
    fn money_that_an_operator_saw_is_changed_by_another_settlement_only() {
        let paid = apply(&payment(), settlement(SettledAs::Paid, Some(10_000)));
        for verdict in [
            Verdict::Failed(Failure::Declined),
            Verdict::Voided,
            Verdict::Expired,
            Verdict::Unknown,
            Verdict::Paid,
        ] {
            let after = paid.apply(&Outcome::new(verdict, at(10)));
            assert_eq!(after.payment, paid, "{verdict:?}");
        }
        let failed = apply(&paid, settlement(SettledAs::Failed, None));
        assert_eq!(failed.status, PaymentStatus::Failed);
        assert_eq!(failed.failure, Some(Failure::Declined));
        assert_eq!(failed.paid_at, None);
        let less = apply(&payment(), settlement(SettledAs::Paid, Some(9_000)));
        let failed = apply(&less, settlement(SettledAs::Failed, None));
        let late = failed.apply(&Outcome::new(Verdict::Paid, at(10))).payment;
        assert_eq!(late.refundable(), Rupiah::new(10_000));
    }

    #[test]
    fn what_was_settled_as_failed_may_become_paid_by_dokus_word() {
        let failed = apply(&payment(), settlement(SettledAs::Failed, None));
        let late = failed.apply(&Outcome::new(Verdict::Paid, at(10)));
        assert_eq!(late.payment.status, PaymentStatus::Paid);
        let again = apply(&late.payment, settlement(SettledAs::Paid, Some(10_000)));
        assert_eq!(again.status, PaymentStatus::Paid);
    }

    #[test]
    fn what_doku_decided_is_not_settled() {
        let paid = payment().apply(&Outcome::new(Verdict::Paid, at(8))).payment;
        let refused = paid.settled(&settlement(SettledAs::Failed, None));
        assert_eq!(refused.unwrap_err(), NotSettled::Decided);
    }

    #[test]
    fn refunds_leave_no_room_for_a_failure() {
        let mut paid = apply(&payment(), settlement(SettledAs::Paid, Some(10_000)));
        paid.refunded = Rupiah::new(4_000);
        for (outcome, amount) in [(SettledAs::Failed, None), (SettledAs::Paid, Some(3_999))] {
            let refused = paid.settled(&settlement(outcome, amount));
            assert_eq!(refused.unwrap_err(), NotSettled::Refunds);
        }
        let less = apply(&paid, settlement(SettledAs::Paid, Some(5_000)));
        assert_eq!(less.status, PaymentStatus::PartiallyRefunded);
        assert_eq!(less.refundable(), Rupiah::new(1_000));
    }

    #[test]
    fn another_amount_beside_a_settled_payment_is_flagged() {
        let paid = apply(&payment(), settlement(SettledAs::Paid, Some(9_000)));
        let stated = |value: &str| Outcome {
            stated: Some(StatedAmount {
                value: value.into(),
                currency: "IDR".into(),
            }),
            ..Outcome::new(Verdict::Paid, at(10))
        };
        assert!(!paid.apply(&stated("9000.00")).changed());
        let other = paid.apply(&stated("8000.00")).payment;
        assert_eq!(other.flags, [Flag::AmountMismatch]);
        assert_eq!(other.status, PaymentStatus::Paid);
    }
}
