//! An operator settles what was escalated, with what was seen at DOKU.
//!
//! The settlement passes through the one place that applies outcomes, as everything does that DOKU says;
//! it ends the operation, gives the claim its final answer and is written on the timeline.

use serde::Serialize;

use super::bind::BindingChange;
use super::context::Context;
use super::recording::Along;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::domain::attribution::Attribution;
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::ids::{BindingId, PaymentId, RefundId};
use crate::domain::money::Rupiah;
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::domain::settlement::{NotSettled, SettledAs, Settlement};
use crate::domain::text::Reason;
use crate::store::Due;

/// What can be settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settleable {
    /// A payment, or its capture.
    Payment(PaymentId),
    /// A refund; the payment it is of, where the list of what is escalated does not name it any more.
    Refund(RefundId, Option<PaymentId>),
    /// A binding.
    Binding(BindingId),
}

/// What an operator states.
#[derive(Debug, Clone)]
pub struct SettleCommand {
    /// What is settled.
    pub what: Settleable,
    /// How it ended.
    pub outcome: SettledAs,
    /// True for the capture of the payment.
    pub of_capture: bool,
    /// DOKU's number for it.
    pub reference_no: Option<String>,
    /// How much moved.
    pub amount: Option<Rupiah>,
    /// The operator.
    pub by: String,
    /// The reason.
    pub reason: Reason,
}

/// What a settlement did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "settled", rename_all = "snake_case")]
pub enum Settled {
    /// It is settled.
    Done {
        /// Its status now.
        status: String,
    },
    /// It was settled like this before.
    Unchanged,
    /// It cannot be settled like this.
    Refused {
        /// The reason.
        why: &'static str,
    },
    /// There is no such thing; a refund that is not on the list of what is escalated needs its payment's
    /// id beside it.
    Unknown,
}

impl From<NotSettled> for Settled {
    fn from(why: NotSettled) -> Self {
        Self::Refused { why: why.as_str() }
    }
}

impl SettleCommand {
    fn at(&self, now: Timestamp) -> Settlement {
        Settlement {
            outcome: self.outcome,
            of_capture: self.of_capture,
            reference_no: self.reference_no.clone(),
            amount: self.amount,
            by: self.by.clone(),
            reason: self.reason.as_str().to_owned(),
            at: now,
        }
    }
}

/// What to say before anything is written: nothing where it may be settled.
fn before(
    known: Option<&Settlement>,
    settlement: &Settlement,
    escalated: bool,
    rules: Result<(), NotSettled>,
) -> Option<Settled> {
    // What is escalated again is settled again, with the same words or others.
    if !escalated && known.is_some_and(|known| known.says_the_same(settlement)) {
        return Some(Settled::Unchanged);
    }
    if let Err(why) = rules {
        return Some(why.into());
    }
    (known.is_none() && !escalated).then(|| NotSettled::NotEscalated.into())
}

/// What to say afterwards: DOKU may have been faster.
fn after(known: Option<&Settlement>, settlement: &Settlement, status: &str) -> Settled {
    if known.is_some_and(|known| known.says_the_same(settlement)) {
        Settled::Done {
            status: status.to_owned(),
        }
    } else {
        NotSettled::Decided.into()
    }
}

impl App {
    /// Settles something that was escalated, or that was settled before.
    pub async fn settle(&self, command: &SettleCommand) -> Result<Settled, AppError> {
        let by = Attribution::operator(Some(&command.by));
        let ctx = self.context(by).await?;
        let settlement = command.at(self.clock.now());
        let settled = match command.what {
            Settleable::Payment(id) => match self.store.payment(id).await? {
                Some(payment) => self.state_payment(&ctx, payment, &settlement).await?,
                None => Settled::Unknown,
            },
            Settleable::Refund(id, payment) => {
                let of = match payment {
                    Some(payment) => Some(payment),
                    None => match self.named(&id.to_string()).await? {
                        Some(Due::Refund(payment, _)) => Some(payment),
                        _ => None,
                    },
                };
                match of {
                    Some(payment) => self.state_refund(&ctx, payment, id, &settlement).await?,
                    None => Settled::Unknown,
                }
            }
            Settleable::Binding(id) => match self.store.binding(id).await? {
                Some((binding, _)) => self.state_binding(&ctx, binding, &settlement).await?,
                None => Settled::Unknown,
            },
        };
        if let Settled::Done { status } = &settled {
            let outcome = settlement.outcome.as_str();
            match command.what {
                Settleable::Payment(id) => {
                    tracing::warn!(paymentId = %id, outcome, status, "settled by an operator");
                }
                Settleable::Refund(id, _) => {
                    tracing::warn!(refundId = %id, outcome, status, "settled by an operator");
                }
                Settleable::Binding(id) => {
                    tracing::warn!(bindingId = %id, outcome, status, "settled by an operator");
                }
            }
        }
        Ok(settled)
    }

    async fn state_payment(
        &self,
        ctx: &Context,
        payment: Payment,
        settlement: &Settlement,
    ) -> Result<Settled, AppError> {
        let escalated = payment.is_escalated() || self.charge_is_escalated(&payment).await?;
        let rules = payment.settled(settlement).map(drop);
        if let Some(said) = before(payment.settlement.as_ref(), settlement, escalated, rules) {
            return Ok(said);
        }
        let capture = payment.capture.as_ref().filter(|_| settlement.of_capture);
        let claim = match capture {
            Some(capture) => (capture.operation.claim.clone(), 200),
            None => (payment.operation.claim.clone(), 201),
        };
        let outcome = Outcome {
            settlement: Some(Box::new(settlement.clone())),
            ..Outcome::new(Verdict::NoNews, settlement.at)
        };
        let along = Along {
            claim: Some((&claim.0, claim.1)),
            ..Along::only(None)
        };
        let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
        let now = recorded.resource;
        let status = now.status.public();
        Ok(after(now.settlement.as_ref(), settlement, status))
    }

    /// True when an operator was told of the subscription's charge that this payment is the latest of.
    async fn charge_is_escalated(&self, payment: &Payment) -> Result<bool, AppError> {
        let Some(period) = payment.period.filter(|_| payment.status.is_open()) else {
            return Ok(false);
        };
        let charge = self.store.charge(period.subscription, period.date).await?;
        Ok(charge.is_some_and(|charge| {
            charge.told_at.is_some() && charge.payments.last() == Some(&payment.id)
        }))
    }

    async fn state_refund(
        &self,
        ctx: &Context,
        payment: PaymentId,
        id: RefundId,
        settlement: &Settlement,
    ) -> Result<Settled, AppError> {
        let refund: Option<Refund> = self.store.refund(payment, id).await?;
        let (Some(refund), Some(payment)) = (refund, self.store.payment(payment).await?) else {
            return Ok(Settled::Unknown);
        };
        let rules = refund.settled(&payment, settlement).map(drop);
        let escalated = refund.is_escalated();
        if let Some(said) = before(refund.settlement.as_ref(), settlement, escalated, rules) {
            return Ok(said);
        }
        let mut outcome = RefundOutcome::new(RefundVerdict::Pending, settlement.at);
        outcome.settlement = Some(Box::new(settlement.clone()));
        let claim = refund.operation.claim.clone();
        let along = Along {
            claim: Some((&claim, 201)),
            ..Along::only(None)
        };
        let recorded = self
            .record_refund(ctx, payment, refund, &outcome, &along)
            .await?;
        let now = recorded.resource;
        Ok(after(
            now.settlement.as_ref(),
            settlement,
            now.status.as_str(),
        ))
    }

    async fn state_binding(
        &self,
        ctx: &Context,
        binding: Binding,
        settlement: &Settlement,
    ) -> Result<Settled, AppError> {
        let rules = binding.settled(settlement).map(drop);
        let escalated = binding.is_escalated();
        if let Some(said) = before(binding.settlement.as_ref(), settlement, escalated, rules) {
            return Ok(said);
        }
        let unbind = binding.unbind.as_ref();
        let unbind = unbind.filter(|_| binding.status == BindingStatus::Unbinding);
        let claim = match unbind {
            Some(unbind) => (unbind.claim.clone(), 200),
            None => (binding.operation.claim.clone(), 201),
        };
        let id = binding.id;
        let change = BindingChange {
            change: &|binding: &mut Binding| {
                let (next, event) = binding.settled(settlement).ok()?;
                *binding = next;
                Some(event)
            },
            also: &|write, binding| match binding.status {
                BindingStatus::Unbound | BindingStatus::Failed => {
                    write.forget_customer_token(id);
                }
                BindingStatus::Pending | BindingStatus::Active | BindingStatus::Unbinding => {}
            },
            claim: Some((&claim.0, claim.1)),
        };
        let (now, _) = self.record_binding(ctx, binding, &change).await?;
        Ok(after(
            now.settlement.as_ref(),
            settlement,
            now.status.as_str(),
        ))
    }
}
