//! Adopting what DOKU has of work that this deployment does not remember.
//!
//! After a restore of the table, or with a claim that has expired, a repeat looks like a first attempt. What
//! DOKU reports of the earlier one is taken over only when amount, currency, channel and every id
//! that is present match. What does not match is never believed and never sent: it stays unknown, is flagged
//! and is escalated to an operator.

use std::sync::Arc;

use super::answer::Answer;
use super::asking::{Asked, Told};
use super::context::Context;
use super::recording::Along;
use super::sending::{NonSnapOrder, Sent};
use super::{App, AppError, Deadline};
use crate::doku::doubt::{Doubt, doubt};
use crate::doku::exchange;
use crate::doku::reading::Reading;
use crate::doku::wire::card::transaction::{self, Meaning, Transaction};
use crate::doku::wire::status::{Found, Latest};
use crate::domain::channel::Family;
use crate::domain::identity::identify;
use crate::domain::ids::ExternalId;
use crate::domain::operation::OperationKind;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Flag, Payment, PaymentStatus};
use crate::secrets::Secrets;

/// What DOKU has under the `Request-Id` of work that is about to be sent for the first time.
pub(super) enum Earlier {
    /// DOKU has nothing: it may be sent.
    None,
    /// DOKU has this.
    Found(Box<Transaction>),
    /// DOKU did not say: nothing may be sent.
    NoAnswer(AppError),
}

/// How a status report compares with what this deployment has stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    /// Amount, currency, channel and every id that is present match.
    Same,
    /// Something differs, which this flag names.
    Other(Flag),
}

impl Comparison {
    const fn of(is_same_identity: bool, is_same_amount: bool) -> Self {
        match (is_same_identity, is_same_amount) {
            (false, _) => Self::Other(Flag::IdentityMismatch),
            (true, false) => Self::Other(Flag::AmountMismatch),
            (true, true) => Self::Same,
        }
    }
}

/// Compares what a status check found with the payment that was asked about.
pub(super) fn compare(found: &Told, payment: &Payment) -> Comparison {
    match found {
        Told::Snap(found) => compare_snap(found, payment),
        Told::Card(found) => compare_transaction(found, payment),
    }
}

fn agrees(stated: Option<&str>, own: &str) -> bool {
    stated.is_none_or(|stated| stated == own)
}

/// DOKU was asked for this very number, so that another one is about something else. The external id is
/// not compared by itself: that of an attempt that is not remembered is unknown.
fn compare_snap(found: &Found, payment: &Payment) -> Comparison {
    let number = payment.number_by_doku();
    let is_same_identity = identify(&found.statement(), payment)
        .contradiction
        .is_none()
        && number.is_none_or(|own| agrees(found.reference_no.as_deref(), own));
    let took_money = match found.latest {
        Latest::Payment(verdict) => verdict.is_success(),
        Latest::Refunded => true,
        Latest::NotFound => false,
    };
    let is_same_amount = match &found.amount {
        Some(stated) => stated.rupiah() == Some(payment.amount),
        None => !took_money,
    };
    Comparison::of(is_same_identity, is_same_amount)
}

fn compare_transaction(found: &Transaction, payment: &Payment) -> Comparison {
    let amount = found.amount.rupiah();
    let is_same_amount = match found.meaning_for(payment) {
        // Of what is no success none need be stated.
        Meaning::Payment(_) | Meaning::Open if found.amount.value.is_empty() => true,
        // DOKU does not say which of a captured order's amounts it states.
        Meaning::Payment(Verdict::Captured | Verdict::CaptureFailed(_)) => {
            amount.is_some_and(|stated| !stated.is_zero() && stated <= payment.amount)
        }
        Meaning::Payment(_) | Meaning::Refund { .. } | Meaning::Open => {
            amount.is_some_and(|stated| payment.may_charge(stated))
        }
    };
    let identity = identify(&found.statement(), payment);
    Comparison::of(identity.contradiction.is_none(), is_same_amount)
}

/// Compares what DOKU has with the capture of a payment.
pub(super) fn compare_capture(found: &Transaction, payment: &Payment) -> Comparison {
    let Some(capture) = &payment.capture else {
        return Comparison::Other(Flag::IdentityMismatch);
    };
    let own = capture.operation.external_id.as_str();
    let authorization = payment.card().and_then(|card| card.authorize_id.as_deref());
    let identity = identify(&found.statement(), payment);
    let is_same_identity = identity.contradiction.is_none()
        && agrees(found.request_id.as_deref(), own)
        && authorization.is_none_or(|own| agrees(found.card.authorize_id.as_deref(), own));
    let is_same_amount = found.amount.rupiah() == Some(capture.amount);
    Comparison::of(is_same_identity, is_same_amount)
}

/// The doubt about DOKU's answer to a payment that was sent for the first time.
pub(super) fn doubt_about(payment: &Payment, answer: &exchange::Answer) -> Option<Doubt> {
    let is_refusal = match answer.reading {
        Reading::Refused(_) | Reading::Inconsistent | Reading::WrongState | Reading::Ambiguous => {
            true
        }
        Reading::Success
        | Reading::InProgress
        | Reading::OtpSent
        | Reading::RenewB2b
        | Reading::RenewCustomer
        | Reading::OtpRejected(_)
        | Reading::Throttled
        | Reading::NotFound
        | Reading::Misconfigured => false,
    };
    if !is_refusal || payment.operation.resent {
        return None;
    }
    let family = payment.channel.family;
    doubt(family, OperationKind::Pay, answer.response_code.as_deref())
}

/// True when the first attempt of a payment was refused for a reason that may be about an earlier one, and
/// DOKU has not said what became of that.
fn is_doubted(payment: &Payment) -> bool {
    let code = payment.response_code.as_deref();
    payment.status == PaymentStatus::Unknown
        && !payment.operation.resent
        && doubt(payment.channel.family, OperationKind::Pay, code).is_some()
}

impl App {
    /// Asks DOKU what it has under a derived `Request-Id` that was never sent, as far as is remembered: it
    /// must not carry another body.
    pub(super) async fn earlier_work(
        &self,
        secrets: &Arc<Secrets>,
        request_id: &ExternalId,
        deadline: Deadline,
    ) -> Earlier {
        let path = transaction::status_path(request_id.as_str());
        let own_id = match self.external_id() {
            Ok(id) => id,
            Err(error) => return Earlier::NoAnswer(error),
        };
        let order = NonSnapOrder {
            path: &path,
            request_id: &own_id,
            body: None,
        };
        match self.send_non_snap(secrets, order, deadline).await {
            Sent::Answered(answer, _) => match answer.reading {
                Reading::Success => match transaction::read(&answer.body) {
                    Ok(found) => Earlier::Found(Box::new(found)),
                    Err(_) => Earlier::NoAnswer(AppError::Unreachable),
                },
                // DOKU has nothing, or cannot be asked by this id.
                Reading::NotFound
                | Reading::Refused(_)
                | Reading::OtpRejected(_)
                | Reading::Inconsistent
                | Reading::WrongState => Earlier::None,
                Reading::InProgress
                | Reading::OtpSent
                | Reading::RenewB2b
                | Reading::RenewCustomer
                | Reading::Throttled
                | Reading::Misconfigured
                | Reading::Ambiguous => Earlier::NoAnswer(AppError::Unreachable),
            },
            Sent::NotTaken(error) => Earlier::NoAnswer(error),
            Sent::Lost(_) | Sent::CustomerGone => Earlier::NoAnswer(AppError::Unreachable),
        }
    }

    /// What DOKU has of a payment that is about to be sent: of a non-SNAP payment that is sent for the
    /// first time, DOKU is asked.
    pub(super) async fn earlier_payment(
        &self,
        secrets: &Arc<Secrets>,
        payment: &Payment,
        deadline: Deadline,
    ) -> Earlier {
        let operation = &payment.operation;
        if payment.channel.family == Family::Snap || operation.resent {
            return Earlier::None;
        }
        self.earlier_work(secrets, &operation.external_id, deadline)
            .await
    }

    /// Records what DOKU has of a payment that this deployment does not remember to have sent, and answers
    /// the request that asked for it.
    pub(super) async fn record_earlier(
        &self,
        ctx: &Context,
        payment: Payment,
        found: Told,
    ) -> Result<Answer, AppError> {
        let ctx = &ctx.status_check();
        let claim = payment.operation.claim.clone();
        let now = self.clock.now();
        let flag = match compare(&found, &payment) {
            Comparison::Same => {
                let settle = |payment: &mut Payment| {
                    payment.adopted = true;
                    if payment.status == PaymentStatus::Unknown {
                        payment.operation.leave_unknown(now);
                    } else {
                        payment.operation.finish();
                    }
                };
                let along = Along {
                    settle: &settle,
                    claim: Some((&claim, 201)),
                    seen: None,
                };
                let answer = self.record_found(ctx, payment, found, &along).await?;
                return Ok(self.with_advice(answer));
            }
            Comparison::Other(flag) => flag,
        };
        self.record_contradiction(ctx, payment, flag).await
    }

    /// Records that DOKU has something else under the names of a payment: it stays unknown.
    async fn record_contradiction(
        &self,
        ctx: &Context,
        payment: Payment,
        flag: Flag,
    ) -> Result<Answer, AppError> {
        let ctx = &ctx.status_check();
        tracing::error!(
            paymentId = %payment.id,
            "DOKU has another payment under the same name: an operator has to check it"
        );
        let now = self.clock.now();
        let claim = payment.operation.claim.clone();
        let settle = |payment: &mut Payment| {
            if payment.status.is_open() {
                payment.flag(flag);
                payment.operation.leave_unknown(now);
            }
        };
        let along = Along {
            settle: &settle,
            claim: Some((&claim, 201)),
            seen: None,
        };
        let outcome = Outcome::new(Verdict::Unknown, now);
        let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
        Ok(self.with_advice(recorded.answer))
    }

    /// Records what a status check found of a payment whose own call is not over.
    pub(super) async fn record_asked(
        &self,
        ctx: &Context,
        payment: Payment,
        found: Told,
        along: &Along<'_, Payment>,
    ) -> Result<Answer, AppError> {
        match compare(&found, &payment) {
            _ if is_doubted(&payment) || payment.is_contradicted() => {
                self.record_earlier(ctx, payment, found).await
            }
            Comparison::Other(flag @ Flag::IdentityMismatch) => {
                self.record_contradiction(ctx, payment, flag).await
            }
            Comparison::Same | Comparison::Other(_) => {
                self.record_found(ctx, payment, found, along).await
            }
        }
    }

    /// Finds out whether a refusal of a first attempt is about an earlier one; `None` where the refusal
    /// stands.
    pub(super) async fn resolve_doubt(
        &self,
        ctx: &Context,
        payment: &Payment,
        doubt: Doubt,
        deadline: Deadline,
    ) -> Result<Option<Resolved>, AppError> {
        Ok(match self.ask(ctx, payment, deadline).await? {
            Asked::Found(found) => Some(Resolved::Found(Box::new(found))),
            // Neither statement knows of an earlier attempt.
            Asked::NotFound if doubt == Doubt::WrongState => None,
            Asked::NotFound | Asked::Nothing => Some(Resolved::Unknown),
        })
    }
}

/// What asking about a doubtful refusal brought.
pub(super) enum Resolved {
    /// DOKU has an earlier payment under the same name.
    Found(Box<Told>),
    /// DOKU knows it and does not say how it stands.
    Unknown,
}
