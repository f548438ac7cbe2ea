//! Refunds that DOKU reports and that cannot be told from others.

use super::Payment;
use crate::clock::Timestamp;
use crate::domain::money::Rupiah;
use crate::domain::watch::Watch;

impl Payment {
    /// What was taken, less what was refunded or is being refunded.
    pub fn left_to_return(&self) -> Rupiah {
        self.refunded
            .plus(self.reserved)
            .and_then(|gone| self.taken().minus(gone))
            .unwrap_or_default()
    }

    /// True for the `Request-Id` of a call that is not a refund: the payment's own, or a capture's. DOKU may
    /// give it for all that happens to the payment.
    pub fn is_own_call(&self, id: &str) -> bool {
        let capture = self.capture.as_ref();
        self.operation.external_id.as_str() == id
            || capture.is_some_and(|capture| {
                capture.operation.external_id.as_str() == id
                    || capture
                        .earlier
                        .iter()
                        .any(|earlier| earlier.request_id == id)
            })
    }

    /// Notes that DOKU reported a refund that is not clear, so that it is asked about the payment.
    pub fn doubt_refunds(&mut self, at: Timestamp) {
        if self.refunds_unclear_since.is_some() && !self.watch.told {
            return;
        }
        self.refunds_unclear_since = Some(at);
        if !self.status.is_open() && !self.is_capturing() {
            self.watch = Watch::default();
        }
    }

    /// Notes that every refund that DOKU reports is known.
    pub fn clear_refunds(&mut self) {
        if self.refunds_unclear_since.take().is_some()
            && !self.status.is_open()
            && !self.is_capturing()
        {
            self.watch = Watch::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tests::{at, payment};
    use crate::domain::payment::PaymentStatus;

    #[test]
    fn a_paid_payment_is_checked_while_a_refund_is_not_clear() {
        let mut paid = payment();
        paid.status = PaymentStatus::Paid;
        assert_eq!(paid.due_at(), None);
        paid.doubt_refunds(at(10));
        assert_eq!(paid.due_at(), Some(at(70)));
        let began = paid.open_since().unwrap();
        paid.watch.note_look(began, at(70), Duration::ZERO);
        paid.doubt_refunds(at(80));
        assert_eq!(paid.refunds_unclear_since, Some(at(10)), "since the first");
        assert_eq!(paid.due_at(), Some(at(130)));
        paid.clear_refunds();
        assert_eq!(paid.due_at(), None);
    }

    #[test]
    fn what_was_escalated_is_checked_anew_when_it_is_reported_again() {
        let mut paid = payment();
        paid.status = PaymentStatus::Paid;
        paid.doubt_refunds(at(10));
        paid.watch.told = true;
        assert_eq!(paid.due_at(), None);
        paid.doubt_refunds(at(1_000));
        assert_eq!(paid.due_at(), Some(at(1_060)));
    }
}
