//! A refund as DOKU reports it in a notification, and the refund that it means.
//!
//! A name decides where there is one, and so does DOKU's number. Without either the amount may, as long as it fits one refund that
//! is not done yet, or none at all: then it is a refund of DOKU's own. Where two would fit nothing is
//! guessed, for a wrong guess would call a refund done that never was.

use super::naming::{Before, booked_before, stated_by_operators};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::Transaction;
use crate::doku::wire::notification::Notification;
use crate::domain::channel::Family;
use crate::domain::failure::Failure;
use crate::domain::money::{Rupiah, StatedAmount};
use crate::domain::movement::{MovementStatus, Origin, RefundKind};
use crate::domain::outcome::{RefundOutcome, RefundVerdict};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;

/// A refund as DOKU reports it.
#[derive(Debug, Clone)]
pub(in crate::app) struct RefundReport {
    /// Names that the refund may have: that of its call, or ours.
    pub names: Vec<String>,
    /// The name of a refund that is none of ours, where DOKU gives one.
    pub foreign_name: Option<String>,
    /// DOKU's number of the refund.
    pub refund_no: Option<String>,
    /// The amount that is stated.
    pub amount: Option<Rupiah>,
    /// True when the amount is the sum of all refunds: it is stated of the order, and not of one refund.
    pub is_sum: bool,
    /// True when the amount may be that of the whole order.
    pub may_be_the_orders: bool,
    /// True when it says that the whole rest was refunded.
    pub is_whole: bool,
    /// What it says of the refund.
    pub outcome: RefundOutcome,
}

/// The refund that a report means.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::app) enum Meant<'a> {
    /// This one.
    Known(&'a Refund),
    /// One of DOKU's own, of this amount.
    Foreign(Rupiah),
    /// One of DOKU's own, of this amount, of which this part is booked without its name.
    Named(&'a Refund, Rupiah),
    /// One that cannot be told from others.
    Unclear,
    /// None: it says nothing.
    Nothing,
}

impl RefundReport {
    /// What a notification of a card says of a refund.
    pub(in crate::app) fn of_card(
        payment: &Payment,
        transaction: &Transaction,
        (kind, failed): (Option<RefundKind>, Option<Failure>),
        at: Timestamp,
    ) -> Self {
        let is_whole = transaction.says_whole(payment, kind);
        let stated = transaction.refund_amount.as_ref();
        let is_call_of_payment = |id: &str| payment.is_own_call(id);
        let own = transaction.request_id.as_deref();
        Self {
            names: [&transaction.request_id, &transaction.original_request_id]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
            foreign_name: own
                .filter(|id| transaction.is_of_refund() && !is_call_of_payment(id))
                .map(str::to_owned),
            refund_no: None,
            amount: match stated {
                Some(stated) => stated.rupiah(),
                None if is_whole => None,
                None => transaction.amount.rupiah(),
            },
            is_sum: stated.is_some() && !transaction.is_of_refund(),
            may_be_the_orders: stated.is_none(),
            is_whole: is_whole && stated.is_none(),
            outcome: transaction.refund_outcome(kind, failed, at),
        }
    }

    /// What a SNAP notification with status `04` says.
    pub(in crate::app) fn of_snap(notification: &Notification, at: Timestamp) -> Self {
        let mut outcome = RefundOutcome::new(RefundVerdict::Succeeded, at);
        outcome.stated = Some(notification.amount.clone());
        outcome.refund_no.clone_from(&notification.refund_no);
        Self {
            names: notification.refund_reference.iter().cloned().collect(),
            foreign_name: notification.refund_reference.clone(),
            refund_no: notification.refund_no.clone(),
            amount: notification.amount.rupiah(),
            is_sum: false,
            may_be_the_orders: true,
            is_whole: false,
            outcome,
        }
    }

    /// True when DOKU gives the refund a name of its own.
    pub(in crate::app) const fn is_named(&self) -> bool {
        self.foreign_name.is_some() || self.refund_no.is_some()
    }

    /// The refund that is meant.
    pub(in crate::app) fn meant<'a>(&self, payment: &Payment, refunds: &'a [Refund]) -> Meant<'a> {
        if let Some(known) = refunds.iter().find(|refund| self.names_it(payment, refund)) {
            return Meant::Known(known);
        }
        if matches!(self.outcome.verdict, RefundVerdict::Failed(_)) {
            // To give the amount free again takes more than a guess.
            return Meant::Nothing;
        }
        if self.is_sum {
            return self.meant_by_a_sum(payment, refunds);
        }
        let left = payment.left_to_return();
        let is_open = refunds.iter().any(is_open);
        let amount = match self.amount {
            Some(amount) => amount,
            None if self.is_whole && !is_open && !left.is_zero() => left,
            None => Rupiah::ZERO,
        };
        if self.is_whole && left.is_zero() && !is_open && payment.status.is_settled() {
            // As the table has it.
            return Meant::Nothing;
        }
        let mut fitting = refunds.iter().filter(|refund| self.fits(refund, amount));
        match (fitting.next(), fitting.next()) {
            (Some(only), None)
                if !self.is_named()
                    && only.status != MovementStatus::Succeeded
                    && !self.may_be_another(payment, refunds, only) =>
            {
                Meant::Known(only)
            }
            // A status check names them.
            (Some(_), _) => Meant::Unclear,
            (None, _) => self.without_a_fit(payment, refunds, amount, left),
        }
    }

    /// What is more than is known went back by the one refund that may still happen, where there is one of
    /// that amount, or by one of DOKU's own, where there is none at all.
    fn meant_by_a_sum<'a>(&self, payment: &Payment, refunds: &'a [Refund]) -> Meant<'a> {
        let Some(sum) = self.amount else {
            return Meant::Unclear;
        };
        let more = sum.minus(payment.refunded).unwrap_or(Rupiah::ZERO);
        if more.is_zero() {
            return Meant::Nothing;
        }
        let undecided: Vec<&Refund> = refunds
            .iter()
            .filter(|refund| !refund.status.is_decided())
            .collect();
        match undecided.as_slice() {
            [] => Meant::Foreign(more),
            [only] if only.amount == more => Meant::Known(only),
            _ => Meant::Unclear,
        }
    }

    fn without_a_fit<'a>(
        &self,
        payment: &Payment,
        refunds: &'a [Refund],
        amount: Rupiah,
        left: Rupiah,
    ) -> Meant<'a> {
        if !amount.is_zero() && stated_by_operators(payment, refunds) >= amount {
            return Meant::Nothing;
        }
        if self.foreign_name.is_some() && self.amount == Some(amount) {
            match booked_before(payment, refunds, amount) {
                Before::Part(part) => return Meant::Named(part, amount),
                Before::Unclear => return Meant::Unclear,
                Before::All => return Meant::Nothing,
                Before::Nothing => {}
            }
        }
        match refunds {
            // The amount is the order's: then the only refund that there is is meant.
            [only]
                if self.outcome.stated.is_none()
                    && !self.is_named()
                    && only.status != MovementStatus::Succeeded =>
            {
                Meant::Known(only)
            }
            _ if amount.is_zero() || self.may_be_the_orders && amount > left => Meant::Unclear,
            // A sum of refunds that are known, or another one of that amount.
            _ if self.may_be_a_sum(refunds, amount) => Meant::Unclear,
            // The amount is the order's, then; how large the part was is not said.
            _ if self.is_of_a_part() && self.may_be_the_orders && amount >= payment.taken() => {
                Meant::Unclear
            }
            _ => Meant::Foreign(amount),
        }
    }

    /// True when it says that a part was refunded.
    const fn is_of_a_part(&self) -> bool {
        matches!(
            self.outcome.kind,
            Some(RefundKind::Partial | RefundKind::ManualPartial)
        )
    }

    fn names_it(&self, payment: &Payment, refund: &Refund) -> bool {
        let own = match payment.channel.family {
            Family::Snap => refund.reference.as_str(),
            Family::NonSnap => refund.operation.external_id.as_str(),
        };
        self.names.iter().any(|name| name == own)
            || self.refund_no.is_some() && self.refund_no == refund.refund_no
    }

    /// True when the report may be of another refund than the `only` one whose amount it has: beside those that
    /// went back there is no room for it, or the amount may be that of the order.
    fn may_be_another(&self, payment: &Payment, refunds: &[Refund], only: &Refund) -> bool {
        let sum = payment.refunded.plus(only.amount);
        let has_room = sum.is_some_and(|sum| sum <= payment.taken());
        let is_the_orders = self.may_be_the_orders && self.amount == Some(payment.charged);
        !has_room || is_the_orders && refunds.len() > 1 || self.may_be_a_sum(refunds, only.amount)
    }

    /// True when a nameless amount, which may be the order's, is what went back by several known refunds: by
    /// all that are done, or by the first of those that may be.
    fn may_be_a_sum(&self, refunds: &[Refund], amount: Rupiah) -> bool {
        if self.is_named() || !self.may_be_the_orders {
            return false;
        }
        let mut known: Vec<&Refund> = refunds
            .iter()
            .filter(|refund| refund.status != MovementStatus::Failed)
            .collect();
        known.sort_by_key(|refund| refund.created_at);
        let done = known
            .iter()
            .filter(|refund| refund.status == MovementStatus::Succeeded);
        is_running_total(done.map(|refund| refund.amount), amount)
            || is_running_total(known.iter().map(|refund| refund.amount), amount)
    }

    /// True when the report may be of `refund`, whose name it does not give.
    fn fits(&self, refund: &Refund, amount: Rupiah) -> bool {
        if self.foreign_name.is_some() {
            // Each of ours has a name of its own. One without a name may be the sum of several.
            return if refund.is_nameless() {
                refund.amount >= amount
            } else {
                !refund.is_named() && self.refund_no.is_none() && refund.amount == amount
            };
        }
        let may_be = self.refund_no.is_none() || !refund.is_numbered();
        may_be && refund.amount == amount
    }
}

impl Transaction {
    /// True when it says that the whole payment was refunded. A refunded order says so, unless its type or its
    /// amount is that of a part.
    pub(in crate::app) fn says_whole(&self, payment: &Payment, kind: Option<RefundKind>) -> bool {
        let is_the_orders = |stated: Rupiah| {
            payment.may_charge(stated) || stated == payment.charged || stated == payment.taken()
        };
        match kind {
            Some(RefundKind::Void | RefundKind::Full) => true,
            Some(RefundKind::ManualFull) => self.status == "REFUNDED",
            Some(RefundKind::Partial | RefundKind::ManualPartial) => false,
            None if self.status == "REFUNDED" => self.amount.rupiah().is_none_or(is_the_orders),
            None => self.status == "VOIDED",
        }
    }

    /// True when it is a refund by its type. Otherwise it may be of the order, and the id that it carries that
    /// of any call.
    pub(in crate::app) fn is_of_refund(&self) -> bool {
        self.kind.as_deref().is_some_and(|kind| {
            matches!(kind, "REFUND" | "VOID") || RefundKind::parse(kind).is_some()
        })
    }

    /// The refunded amount, where it is stated and can be read.
    pub(in crate::app) fn returned(&self) -> Option<Rupiah> {
        self.refund_amount.as_ref().and_then(StatedAmount::rupiah)
    }
}

/// True when the amounts up to one of them, the first alone left out, make up `total`.
fn is_running_total(amounts: impl Iterator<Item = Rupiah>, total: Rupiah) -> bool {
    let totals = amounts.scan(Rupiah::ZERO, |sum, amount| {
        *sum = sum.plus(amount)?;
        Some(*sum)
    });
    totals.skip(1).any(|sum| sum == total)
}

/// True for a refund that may still happen, as far as the table tells.
pub(in crate::app) fn is_open(refund: &Refund) -> bool {
    refund.origin == Origin::Merchant && !refund.status.is_decided()
}

#[cfg(test)]
mod tests;
