//! A refund that DOKU names, beside those that were booked before without a name.
//!
//! After a restore a card's check states the sum of all refunds, and what the merchant's own may be of it is left out: what was
//! booked then can be less than the refund that it was a part of.

use super::super::App;
use super::super::AppError;
use super::super::context::Context;
use crate::domain::money::Rupiah;
use crate::domain::movement::{MovementStatus, Origin};
use crate::domain::outcome::RefundOutcome;
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::store::{Rejected, SeenNotification};

/// What is booked already of a refund that DOKU names now.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Before<'a> {
    /// Nothing: it is another one.
    Nothing,
    /// All of it, without its name, or by an operator's word.
    All,
    /// This part of it, without its name.
    Part(&'a Refund),
    /// It cannot be told from what is booked.
    Unclear,
}

/// What is booked without a name of a refund of that `amount`.
pub(super) fn booked_before<'a>(
    payment: &Payment,
    refunds: &'a [Refund],
    amount: Rupiah,
) -> Before<'a> {
    let nameless = refunds
        .iter()
        .filter(|refund| refund.is_nameless() && refund.status != MovementStatus::Failed);
    let is_booked = nameless.clone().any(|refund| refund.amount >= amount);
    if is_booked || stated_by_operators(payment, refunds) >= amount {
        return Before::All;
    }
    let parts: Vec<&Refund> = nameless
        .filter(|refund| refund.adopted && may_be_part(refund, refunds, amount))
        .collect();
    let rest = payment.taken().minus(payment.refunded).unwrap_or_default();
    match parts.as_slice() {
        [] => Before::Nothing,
        // There is no room for another one of that amount.
        [part] if rest < amount => Before::Part(part),
        _ => Before::Unclear,
    }
}

/// What went back by an operator's word, and is no refund of the table's.
pub(super) fn stated_by_operators(payment: &Payment, refunds: &[Refund]) -> Rupiah {
    let done = refunds
        .iter()
        .filter(|refund| refund.status == MovementStatus::Succeeded)
        .fold(Rupiah::ZERO, |sum, refund| {
            sum.plus(refund.amount).unwrap_or(sum)
        });
    payment.refunded.minus(done).unwrap_or_default()
}

/// True when what was left out beside `part` is enough to make up the whole.
fn may_be_part(part: &Refund, refunds: &[Refund], whole: Rupiah) -> bool {
    let left_out = refunds
        .iter()
        .filter(|refund| refund.origin == Origin::Merchant && refund.created_at <= part.created_at)
        .fold(Rupiah::ZERO, |sum, refund| {
            sum.plus(refund.amount).unwrap_or(sum)
        });
    whole
        .minus(part.amount)
        .is_some_and(|more| more <= left_out)
}

impl App {
    /// Gives a partly booked refund its name and its full amount, and stores the notification that reported it.
    pub(super) async fn name_in_full(
        &self,
        ctx: &Context,
        payment: &Payment,
        part: &Refund,
        named: (&str, Rupiah),
        outcome: &RefundOutcome,
        seen: Option<&SeenNotification>,
    ) -> Result<Result<(), Rejected>, AppError> {
        let applied = part.named_in_full(payment, named, outcome.at);
        let (payment, refund) = (applied.payment, applied.refund);
        let mut write = self.store.write();
        write.refund(&refund).payment(&payment);
        if let Some(seen) = seen {
            write.notification(seen);
        }
        if let Some(kind) = applied.event {
            let event = self.refund_event(ctx, kind, &payment, &refund)?;
            write.payment_event(&payment, &event);
        }
        tracing::warn!(paymentId = %payment.id, refundId = %refund.id, "DOKU names a refund of which a part was booked");
        Ok(write.commit().await)
    }
}

#[cfg(test)]
mod tests;
