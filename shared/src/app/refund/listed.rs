//! Refunds that a status check reports: those of the merchant, and those that DOKU made by itself.
//!
//! A SNAP answer lists each refund with its amount. A card's answer states one transaction: a refund by
//! the id of its call, or the order with the sum of its refunds.

use std::time::Duration;

use super::super::asking::Told as StatusReport;
use super::super::context::Context;
use super::super::recording::{Along, pause};
use super::super::{App, AppError};
use super::gateway::ForeignRefund;
use super::naming::{Before, booked_before, stated_by_operators};
use super::report::is_open;
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::{Meaning, Transaction};
use crate::doku::wire::refund_history::FoundRefund;
use crate::doku::wire::status::{Found, Latest};
use crate::domain::evidence::EvidenceKind;
use crate::domain::ids::{PaymentId, RefundId};
use crate::domain::money::{Rupiah, StatedAmount};
use crate::domain::movement::{MovementStatus, Origin, RefundKind};
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::refund::Refund;
use crate::store::Rejected;

/// How often another step is taken: one status answer may list several refunds, and other instances
/// may write meanwhile.
const STEPS: u32 = 120;

/// By then a status check shows every refund, whatever this deployment has learned of its delays.
const SHOWN_WITHIN: Duration = Duration::from_hours(24);

/// The next thing to record of what a status check reports.
enum Step {
    /// A known refund, and what is said of it.
    Known(Box<Refund>, RefundOutcome),
    /// A refund of DOKU's own.
    Foreign(ForeignRefund),
    /// A refund of DOKU's own of which a `part` is booked without its name.
    Named {
        part: Box<Refund>,
        name: String,
        amount: Rupiah,
        outcome: RefundOutcome,
    },
    /// One refund cannot be told from others.
    Unclear,
    /// The list lacks a refund that certainly went back: what else it lacks is not known.
    Incomplete,
    /// Everything is recorded.
    Clear,
}

impl StatusReport {
    /// True when it says anything of refunds.
    pub(in crate::app) fn tells_of_refunds(&self) -> bool {
        match self {
            Self::Snap(found) => {
                found.latest == Latest::Refunded
                    || found
                        .refunds
                        .as_ref()
                        .is_some_and(|listed| !listed.is_empty())
            }
            Self::Card(found) => {
                found.refund_amount.is_some() || matches!(found.meaning(), Meaning::Refund { .. })
            }
        }
    }
}

impl App {
    /// Records every refund that a status check reports, but for what it says of `except`, which the
    /// caller records. Whether one is left that cannot be told from others is noted on the payment.
    pub(in crate::app) async fn record_reported_refunds(
        &self,
        ctx: &Context,
        id: PaymentId,
        found: &StatusReport,
        except: Option<RefundId>,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        for round in 0..STEPS {
            let read = self.store.payment_with_refunds(id).await?;
            let (payment, refunds) = read.ok_or(AppError::PaymentNotFound)?;
            let is_restored = payment.needs_check(self.config.restored_at);
            let step = match found {
                StatusReport::Snap(found) => next_listed(
                    &payment,
                    &refunds,
                    &self.entries(&payment, found),
                    found,
                    except,
                ),
                StatusReport::Card(found) => {
                    next_of_card(&payment, &refunds, found, except, is_restored, now)
                }
            };
            let step = match (step, payment.refunds_unclear_since) {
                (Step::Incomplete, Some(since)) if now >= since.plus(SHOWN_WITHIN) => Step::Unclear,
                (step, _) => step,
            };
            match step {
                Step::Known(refund, outcome) => {
                    let along = Along {
                        settle: &|refund: &mut Refund| refund.operation.finish(),
                        claim: None,
                        seen: None,
                    };
                    self.record_refund(ctx, payment, *refund, &outcome, &along)
                        .await?;
                }
                Step::Foreign(foreign) if payment.status.is_settled() || is_voided(&payment) => {
                    let booked = self.book_foreign(ctx, &payment, foreign, None).await?;
                    next_round(booked, round).await?;
                }
                Step::Named {
                    part,
                    name,
                    amount,
                    outcome,
                } => {
                    let named = (name.as_str(), amount);
                    let booked = self.name_in_full(ctx, &payment, &part, named, &outcome, None);
                    next_round(booked.await?, round).await?;
                }
                // That money was taken is not known: the refunded amount says nothing yet.
                Step::Foreign(_) | Step::Unclear => {
                    // Asked about, and not waiting for one of ours: it needs an operator.
                    let is_unmatched =
                        payment.refunds_unclear_since.is_some() && !refunds.iter().any(is_open);
                    let verdict = if is_unmatched {
                        Verdict::RefundUnmatched
                    } else {
                        Verdict::NoNews
                    };
                    // A check that says the same again is no reason to take back what operators were told.
                    let doubt = |payment: &mut Payment, at| {
                        if payment.refunds_unclear_since.is_none() {
                            payment.doubt_refunds(at);
                        }
                    };
                    return self.note_refunds(ctx, payment, verdict, doubt).await;
                }
                Step::Incomplete => return Ok(()),
                Step::Clear => {
                    let Some(since) = payment.refunds_unclear_since else {
                        return Ok(());
                    };
                    if !self.list_is_complete(&payment, since, now).await? {
                        return Ok(());
                    }
                    let clear = |payment: &mut Payment, _| payment.clear_refunds();
                    return self
                        .note_refunds(ctx, payment, Verdict::NoNews, clear)
                        .await;
                }
            }
        }
        Err(AppError::InProgress(Duration::from_secs(1)))
    }

    /// True when a refund that was reported at `since` would be shown by a status check by now.
    async fn list_is_complete(
        &self,
        payment: &Payment,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        if now >= since.plus(SHOWN_WITHIN) {
            return Ok(true);
        }
        let (kind, channel) = (EvidenceKind::Refund, payment.channel);
        self.absence_is_proven(kind, channel, since, now).await
    }

    async fn note_refunds(
        &self,
        ctx: &Context,
        payment: Payment,
        verdict: Verdict,
        note: impl Fn(&mut Payment, Timestamp) + Sync,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        let along = Along {
            settle: &|payment: &mut Payment| note(payment, now),
            claim: None,
            seen: None,
        };
        let outcome = Outcome::new(verdict, now);
        self.record_payment(ctx, payment, &outcome, &along)
            .await
            .map(drop)
    }

    /// The refunds that a SNAP answer lists. Some answers give the payment's own name for that of a refund.
    fn entries(&self, payment: &Payment, found: &Found) -> Vec<(FoundRefund, RefundOutcome)> {
        let listed = found.refunds.iter().flatten().cloned();
        let entries = listed.map(|mut entry| {
            let own = payment.reference.as_str();
            entry.reference = entry.reference.filter(|name| name != own);
            let outcome = self.found_outcome(entry.clone());
            (entry, outcome)
        });
        entries.collect()
    }
}

/// Goes on, after a pause where another instance wrote first.
async fn next_round(stored: Result<(), Rejected>, round: u32) -> Result<(), AppError> {
    match stored {
        Ok(()) => {}
        Err(Rejected::Stale) => pause(round.min(5)).await,
        Err(rejected) => return Err(AppError::of_write(rejected)),
    }
    Ok(())
}

fn is_voided(payment: &Payment) -> bool {
    payment.status == PaymentStatus::Voided && !payment.refunded.is_zero()
}

/// True when an outcome says more of a refund than is known.
fn changes(payment: &Payment, refund: &Refund, outcome: &RefundOutcome) -> bool {
    let applied = refund.apply(payment, outcome);
    applied.event.is_some() || applied.refund != *refund
}

fn next_listed(
    payment: &Payment,
    refunds: &[Refund],
    entries: &[(FoundRefund, RefundOutcome)],
    found: &Found,
    except: Option<RefundId>,
) -> Step {
    let mut is_unclear = false;
    let has_name = |entry: &FoundRefund, refund: &Refund| {
        entry.reference.as_deref() == Some(refund.reference.as_str())
    };
    let has_number = |entry: &FoundRefund, refund: &Refund| {
        entry.refund_no.is_some() && entry.refund_no == refund.refund_no
    };
    let is_listed = |refund: &Refund| {
        let mut listed = entries.iter().map(|(entry, _)| entry);
        listed.any(|entry| has_name(entry, refund) || has_number(entry, refund))
    };
    let mut booked = Booked::new(payment, refunds, is_listed);
    for (entry, outcome) in entries {
        let by_name = refunds.iter().find(|refund| has_name(entry, refund));
        let known = by_name.or_else(|| {
            // One that is listed by its name is no other.
            refunds.iter().find(|refund| {
                has_number(entry, refund)
                    && !entries.iter().any(|(other, _)| has_name(other, refund))
            })
        });
        if let Some(known) = known {
            if except != Some(known.id) && changes(payment, known, outcome) {
                return Step::Known(Box::new(known.clone()), outcome.clone());
            }
            continue;
        }
        if matches!(outcome.verdict, RefundVerdict::Failed(_)) {
            continue;
        }
        let stated = entry.amount.as_ref().and_then(StatedAmount::rupiah);
        let Some(amount) = stated.filter(|amount| !amount.is_zero()) else {
            is_unclear = true;
            continue;
        };
        if let Some(known) = booked.nameless_of(amount) {
            // Booked by a notification that gave no name; or the last part of a sum.
            if known.amount == amount && changes(payment, known, outcome) {
                return Step::Known(Box::new(known.clone()), outcome.clone());
            }
            continue;
        }
        let may_be_ours = |refund: &Refund| {
            is_open(refund) && refund.amount == amount && refund.refund_no.is_none()
        };
        if entry.reference.is_none() && refunds.iter().any(may_be_ours) {
            is_unclear = true;
            continue;
        }
        if booked.holds(entry, amount) {
            continue;
        }
        return Step::Foreign(ForeignRefund {
            name: entry.reference.clone(),
            amount,
            outcome: RefundOutcome {
                stated: None,
                ..outcome.clone()
            },
        });
    }
    let is_unexplained = entries.is_empty()
        && payment.refunded.is_zero()
        && payment.reserved.is_zero()
        && (found.latest == Latest::Refunded || payment.refunds_unclear_since.is_some());
    if is_unclear || is_unexplained || booked.is_part_missing() {
        Step::Unclear
    } else if !booked.unlisted.is_empty() && found.refunds.is_some() {
        Step::Incomplete
    } else {
        Step::Clear
    }
}

/// What is booked of a payment, and what of it a list has not explained yet.
struct Booked<'a> {
    /// Refunds that were booked without a name, each with what is left of it.
    nameless: Vec<(&'a Refund, Rupiah)>,
    /// Those that went back and that no entry names: each may be listed in another way.
    unlisted: Vec<&'a Refund>,
    /// What went back by an operator's word, and is no refund of the table's.
    by_operators: Rupiah,
}

impl<'a> Booked<'a> {
    fn new(payment: &Payment, refunds: &'a [Refund], is_listed: impl Fn(&Refund) -> bool) -> Self {
        let (nameless, named): (Vec<_>, Vec<_>) =
            refunds.iter().partition(|refund| refund.is_nameless());
        Self {
            nameless: nameless.into_iter().map(|it| (it, it.amount)).collect(),
            unlisted: named
                .into_iter()
                .filter(|refund| went_back(refund) && !is_listed(refund))
                .collect(),
            by_operators: stated_by_operators(payment, refunds),
        }
    }

    /// The nameless refund of which exactly so much is left.
    fn nameless_of(&mut self, amount: Rupiah) -> Option<&'a Refund> {
        let place = self.nameless.iter().position(|(_, left)| *left == amount)?;
        Some(self.nameless.remove(place).0)
    }

    /// True when an entry of that amount is a part of what is booked, by something else.
    fn holds(&mut self, entry: &FoundRefund, amount: Rupiah) -> bool {
        let place = self
            .unlisted
            .iter()
            .position(|it| it.amount == amount && may_be_listed_as(it, entry));
        if let Some(place) = place {
            // A list has as many of an amount as went back.
            self.unlisted.remove(place);
            return true;
        }
        if let Some(left) = self.by_operators.minus(amount) {
            self.by_operators = left;
            return true;
        }
        // What was booked may be the sum of several, or the amount of the order.
        let sum = self.nameless.iter_mut().find(|(_, left)| *left > amount);
        sum.is_some_and(|(_, left)| {
            *left = left.minus(amount).unwrap_or(Rupiah::ZERO);
            true
        })
    }

    /// True when more was booked than is listed: an amount that was that of the order, or a list that lags.
    fn is_part_missing(&self) -> bool {
        let mut nameless = self.nameless.iter();
        nameless.any(|(refund, left)| refund.amount != *left)
    }
}

/// True for a refund that went back, or of DOKU's own that may have.
fn went_back(refund: &Refund) -> bool {
    match refund.origin {
        Origin::Merchant => refund.status == MovementStatus::Succeeded,
        Origin::Gateway => refund.status != MovementStatus::Failed,
    }
}

/// True when an entry has neither another name than a refund nor another number.
fn may_be_listed_as(refund: &Refund, entry: &FoundRefund) -> bool {
    let is_another = entry.reference.is_some() && refund.is_named()
        || entry.refund_no.is_some() && refund.is_numbered();
    !is_another
}

fn next_of_card(
    payment: &Payment,
    refunds: &[Refund],
    found: &Transaction,
    except: Option<RefundId>,
    is_restored: bool,
    now: Timestamp,
) -> Step {
    let (kind, failed, is_refund) = match found.meaning() {
        Meaning::Refund { kind, failed } => (kind, failed, true),
        Meaning::Payment(_) | Meaning::Open => (None, None, false),
    };
    let name = found.request_id.as_deref().filter(|_| is_refund);
    let known = refunds
        .iter()
        .find(|refund| name == Some(refund.operation.external_id.as_str()));
    if let Some(known) = known {
        let mut outcome = found.refund_outcome(kind, failed, now);
        if outcome.verdict == RefundVerdict::Succeeded && kind.is_some_and(RefundKind::is_manual) {
            outcome.verdict = RefundVerdict::Pending;
        }
        if except != Some(known.id) && changes(payment, known, &outcome) {
            return Step::Known(Box::new(known.clone()), outcome);
        }
        return Step::Clear;
    }
    // A hold that was given up moved no money.
    let is_hold_given_up = payment.status == PaymentStatus::Voided && payment.refunded.is_zero();
    if failed.is_some() || is_hold_given_up {
        return Step::Clear;
    }
    let is_whole = is_refund && found.says_whole(payment, kind);
    let stated = match (&found.refund_amount, found.returned()) {
        (Some(_), None) => return Step::Unclear,
        (Some(_), stated) => stated,
        (None, _) => is_whole.then(|| payment.taken()),
    };
    let Some(stated) = stated else {
        let says_nothing = !is_refund && payment.refunds_unclear_since.is_none();
        let is_known = is_refund && !payment.refunded.is_zero();
        return if says_nothing || is_known {
            Step::Clear
        } else {
            Step::Unclear
        };
    };
    let foreign = |name: Option<&str>, amount| {
        let mut outcome = RefundOutcome::new(RefundVerdict::Succeeded, now);
        outcome.kind = kind;
        Step::Foreign(ForeignRefund {
            name: name.map(str::to_owned),
            amount,
            outcome,
        })
    };
    let name = name.filter(|id| found.is_of_refund() && !payment.is_own_call(id));
    // Without an amount of its own the whole is stated, of which a part may have gone back before.
    if let Some(named) = name
        && found.refund_amount.is_some()
    {
        return match booked_before(payment, refunds, stated) {
            Before::All => Step::Clear,
            Before::Part(part) => Step::Named {
                part: Box::new(part.clone()),
                name: named.to_owned(),
                amount: stated,
                outcome: RefundOutcome::new(RefundVerdict::Succeeded, now),
            },
            Before::Unclear => Step::Unclear,
            Before::Nothing => foreign(name, stated),
        };
    }
    let known = if is_restored {
        // So much at least is none of those that are remembered.
        payment.refunded.plus(payment.reserved)
    } else {
        Some(payment.refunded)
    };
    match known.and_then(|known| stated.minus(known)) {
        Some(more) if !more.is_zero() => {
            if !is_restored
                && refunds
                    .iter()
                    .any(|it| is_open(it) || is_pending_foreign(it))
            {
                Step::Unclear
            } else {
                foreign(name, more)
            }
        }
        _ => Step::Clear,
    }
}

fn is_pending_foreign(refund: &Refund) -> bool {
    refund.origin == Origin::Gateway && !refund.status.is_decided()
}

#[cfg(test)]
mod tests;
