//! Checking the earlier tries of a charge at DOKU before another one is made.
//!
//! A bank may take the money although DOKU answered "no". A new try has another reference, which nothing at
//! DOKU connects with the one before it: only asking prevents that a period is paid twice.

use std::time::Duration;

use super::super::adopting::{Comparison, compare};
use super::super::asking::{Asked, Told};
use super::super::context::Context;
use super::super::recording::Along;
use super::super::{App, AppError, Deadline};
use crate::doku::wire::card::transaction::Meaning;
use crate::doku::wire::status::Latest;
use crate::domain::event::EventType;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::Payment;
use crate::domain::subscription::{Charge, Subscription};
use crate::store::Rejected;
use crate::telemetry;

/// How long the next try waits when DOKU does not say how the one before it stands.
const WAIT: Duration = Duration::from_hours(1);

/// What DOKU says of the tries that were declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EarlierTries {
    /// None of them took money: another try may be made.
    TookNothing,
    /// One of them was taken after all.
    Taken,
    /// DOKU does not say, or says something that does not match: no other try may be made now.
    Unclear,
}

/// How one declined try stands at DOKU.
enum Standing {
    Refused,
    Taken,
    Open,
}

impl App {
    /// Asks DOKU about every try of a charge that was declined, and records one that was taken.
    pub(super) async fn check_earlier_tries(
        &self,
        ctx: &Context,
        charge: &Charge,
        deadline: Deadline,
    ) -> Result<EarlierTries, AppError> {
        let mut all = EarlierTries::TookNothing;
        for payment in self.store.payments(&charge.payments).await? {
            if payment.status.is_settled() {
                return Ok(EarlierTries::Taken);
            }
            match self.check_earlier_try(ctx, payment, deadline).await? {
                EarlierTries::TookNothing => {}
                EarlierTries::Taken => return Ok(EarlierTries::Taken),
                EarlierTries::Unclear => all = EarlierTries::Unclear,
            }
        }
        Ok(all)
    }

    async fn check_earlier_try(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<EarlierTries, AppError> {
        let found = match self.ask(ctx, &payment, deadline).await? {
            Asked::Found(found) => found,
            // It was refused, and DOKU has nothing of it.
            Asked::NotFound => return Ok(EarlierTries::TookNothing),
            Asked::Nothing => return Ok(EarlierTries::Unclear),
        };
        match standing(&found, &payment) {
            Standing::Refused => Ok(EarlierTries::TookNothing),
            Standing::Open => Ok(EarlierTries::Unclear),
            Standing::Taken => match compare(&found, &payment) {
                Comparison::Same => {
                    tracing::error!(
                        paymentId = %payment.id,
                        "DOKU took a charge that it had declined: no other try is made"
                    );
                    telemetry::count("DeclinedButTaken", 1);
                    self.record_found(ctx, payment, found, &Along::only(None))
                        .await?;
                    Ok(EarlierTries::Taken)
                }
                Comparison::Other(flag) => {
                    let settle = |payment: &mut Payment| payment.flag(flag);
                    let along = Along {
                        settle: &settle,
                        claim: None,
                        seen: None,
                    };
                    let outcome = Outcome::new(Verdict::NoNews, self.clock.now());
                    self.record_payment(&ctx.status_check(), payment, &outcome, &along)
                        .await?;
                    Ok(EarlierTries::Unclear)
                }
            },
        }
    }

    /// Leaves the next try of a charge for later, because DOKU does not say how the one before it stands.
    pub(super) async fn await_earlier_tries(
        &self,
        ctx: &Context,
        subscription: Subscription,
        charge: Charge,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        let (mut subscription, mut charge) = (subscription, charge);
        let (id, date) = (charge.subscription, charge.date);
        let is_escalated = charge.await_earlier_try(WAIT, now);
        tracing::warn!(
            subscriptionId = %id, period = %date,
            "the next try of a charge waits: DOKU does not say how the one before it stands"
        );
        let mut write = self.store.write();
        write.charge(&charge);
        if is_escalated {
            telemetry::count("NeedsAttention", 1);
            subscription.updated_at = now;
            let kind = EventType::SubscriptionNeedsAttention;
            let event = self.subscription_event(ctx, kind, &subscription, Some(&charge))?;
            write
                .subscription(&subscription)
                .subscription_event(&subscription, &event, 0);
        }
        match write.commit().await {
            // Another instance was faster: the next message finds what is new.
            Ok(()) | Err(Rejected::Stale) => Ok(()),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }
}

fn standing(found: &Told, payment: &Payment) -> Standing {
    let verdict = match found {
        Told::Snap(found) => match found.latest {
            Latest::Payment(verdict) => verdict,
            Latest::Refunded => return Standing::Taken,
            Latest::NotFound => return Standing::Refused,
        },
        Told::Card(found) => match found.meaning_for(payment) {
            Meaning::Payment(verdict) => verdict,
            Meaning::Refund {
                kind: Some(RefundKind::Void),
                failed: None,
            } => return Standing::Refused,
            Meaning::Refund { .. } => return Standing::Taken,
            Meaning::Open => return Standing::Open,
        },
    };
    match verdict {
        Verdict::Paid | Verdict::Authorized | Verdict::Captured => Standing::Taken,
        Verdict::Failed(_)
        | Verdict::AttemptFailed(_)
        | Verdict::Cancelled
        | Verdict::Expired
        | Verdict::Voided
        | Verdict::CaptureFailed(_) => Standing::Refused,
        Verdict::Accepted
        | Verdict::AwaitingCustomer
        | Verdict::Processing
        | Verdict::CapturePending
        | Verdict::CaptureUnknown
        | Verdict::LapseAnnounced
        | Verdict::OtpRejected(_)
        | Verdict::Unknown
        | Verdict::Unrecognised
        | Verdict::RefundUnmatched
        | Verdict::NotOurs
        | Verdict::NoNews => Standing::Open,
    }
}
