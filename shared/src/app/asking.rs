//! Asking DOKU what became of a payment, and drawing the conclusion.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::answer::Answer;
use super::context::Context;
use super::recording::Along;
use super::refund::taken_before;
use super::sending::{NonSnapOrder, Order, Sent};
use super::{App, AppError, Deadline};
use crate::clock::Timestamp;
use crate::doku::reading::Reading;
use crate::doku::wire::card::transaction::{self, Meaning, Transaction};
use crate::doku::wire::refund_history::FoundRefund;
use crate::doku::wire::status::{self as wire, Found, Latest};
use crate::domain::channel::Family;
use crate::domain::evidence::EvidenceKind;
use crate::domain::failure::Failure;
use crate::domain::ids::ExternalId;
use crate::domain::outcome::{Outcome, RefundOutcome, Verdict};
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::subscription::{ChargeStatus, SubscriptionStatus};
use crate::domain::watch::Watch;
use crate::secrets::Secrets;
use crate::telemetry;

/// By then a card page is over, also where DOKU does not say that it expired. Assumed: pages are open for an hour unless the
/// merchant's settings at DOKU say otherwise.
const PAGE_IS_OVER: Duration = Duration::from_hours(24);

/// What asking brought.
pub(super) enum Asked {
    /// DOKU knows it.
    Found(Told),
    /// DOKU does not know it (yet).
    NotFound,
    /// No usable answer.
    Nothing,
}

/// What a status check found, in the words of its family.
pub(super) enum Told {
    /// `latestTransactionStatus` and what belongs to it.
    Snap(Box<Found>),
    /// A card transaction.
    Card(Box<Transaction>),
}

impl Told {
    /// True when it says that the customer has not confirmed the payment yet.
    pub(super) const fn waits_for_customer(&self) -> bool {
        match self {
            Self::Snap(found) => matches!(found.latest, Latest::Payment(Verdict::AwaitingCustomer)),
            Self::Card(_) => false,
        }
    }

    /// True when it says that the money of the payment was taken.
    pub(super) fn says_paid(&self) -> bool {
        match self {
            Self::Snap(found) => matches!(
                found.latest,
                Latest::Payment(Verdict::Paid) | Latest::Refunded
            ),
            Self::Card(found) => found.meaning() == Meaning::Payment(Verdict::Paid),
        }
    }
}

/// What to do with what DOKU certainly never got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IfAbsent {
    /// Send it again: somebody asks for it.
    Send,
    /// End it: nobody asks for it any more, and nobody expects it to happen now.
    End,
}

/// What became of a payment that was to be sent again.
enum Leased {
    /// It may be.
    ToSend(Box<Payment>),
    /// What it is for has ended, or was paid by another try.
    Over(Box<Payment>, Failure),
}

impl App {
    /// Asks once about a payment, in the protocol of its channel, and learns from what is found.
    pub(super) async fn ask(
        &self,
        ctx: &Context,
        payment: &Payment,
        deadline: Deadline,
    ) -> Result<Asked, AppError> {
        let asked = self.query(ctx, payment, deadline).await?;
        if let Asked::Found(found) = &asked {
            self.note_payment_found(payment, found).await;
        }
        Ok(asked)
    }

    /// The question itself. An answer about something else than the payment is none.
    pub(super) async fn query(
        &self,
        ctx: &Context,
        payment: &Payment,
        deadline: Deadline,
    ) -> Result<Asked, AppError> {
        let asked = match payment.channel.family {
            Family::Snap => self.ask_snap(&ctx.secrets, payment, deadline).await?,
            Family::NonSnap => {
                // The order's status shows what became of it since; its first request's might not.
                self.ask_by_name(&ctx.secrets, payment.reference.as_str(), deadline)
                    .await?
            }
        };
        self.only_own(ctx, payment, asked).await
    }

    /// Asks about an order or about one request, in DOKU's own protocol.
    pub(super) async fn ask_by_name(
        &self,
        secrets: &Arc<Secrets>,
        name: &str,
        deadline: Deadline,
    ) -> Result<Asked, AppError> {
        let path = transaction::status_path(name);
        let own_id = self.external_id()?;
        let order = NonSnapOrder {
            path: &path,
            request_id: &own_id,
            body: None,
        };
        Ok(match self.send_non_snap(secrets, order, deadline).await {
            Sent::Answered(answer, _) => match answer.reading {
                Reading::Success => match transaction::read(&answer.body) {
                    Ok(found) => Asked::Found(Told::Card(Box::new(found))),
                    Err(_) => Asked::Nothing,
                },
                Reading::NotFound => Asked::NotFound,
                _ => Asked::Nothing,
            },
            Sent::Lost(_) | Sent::NotTaken(_) | Sent::CustomerGone => Asked::Nothing,
        })
    }

    /// Asks once. A status check moves no money, so that a lost answer is no harm.
    async fn ask_snap(
        &self,
        secrets: &Arc<Secrets>,
        payment: &Payment,
        deadline: Deadline,
    ) -> Result<Asked, AppError> {
        let body = wire::request(
            payment.channel,
            &payment.reference,
            payment.reference_no.as_deref(),
        );
        let order = Order {
            path: wire::PATH.to_owned(),
            headers: Vec::new(),
            external_id: self.external_id()?,
            customer: None,
            customer_header: false,
            body: &|_: Option<&SecretString>| body.clone(),
        };
        Ok(match self.send(secrets, order, deadline).await {
            Sent::Answered(answer, _) => match answer.reading {
                Reading::Success => match wire::read(&answer.body) {
                    Ok(found) if found.latest == Latest::NotFound => Asked::NotFound,
                    Ok(found) => Asked::Found(Told::Snap(Box::new(found))),
                    Err(_) => Asked::Nothing,
                },
                Reading::NotFound => Asked::NotFound,
                _ => Asked::Nothing,
            },
            Sent::Lost(_) | Sent::NotTaken(_) | Sent::CustomerGone => Asked::Nothing,
        })
    }

    /// Asks about a payment whose lease the caller holds, and continues it accordingly.
    pub(super) async fn ask_about_payment(
        &self,
        ctx: &Context,
        mut payment: Payment,
        if_absent: IfAbsent,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let asked = self.ask(ctx, &payment, deadline).await?;
        let now = self.clock.now();
        let claim = payment.operation.claim.clone();
        match asked {
            Asked::Found(found) => {
                let settle = |payment: &mut Payment| {
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
                self.record_asked(ctx, payment, found, &along).await
            }
            Asked::NotFound
                if payment.channel.absence_is_proof
                    && !payment.is_contradicted()
                    && payment.operation.note_absent(now, self.patience())
                    && (if_absent == IfAbsent::Send
                        || self.payment_is_absent(&payment, now).await?) =>
            {
                match if_absent {
                    IfAbsent::Send => self.resend_payment(ctx, payment, deadline).await,
                    IfAbsent::End => self.end_unsent(ctx, payment, Failure::NotSent).await,
                }
            }
            Asked::NotFound | Asked::Nothing => {
                let absent_since = payment.operation.absent_since;
                let settle = |payment: &mut Payment| {
                    payment.operation.absent_since = absent_since;
                    payment.operation.leave_unknown(now);
                };
                let along = Along {
                    settle: &settle,
                    claim: None,
                    seen: None,
                };
                let outcome = Outcome::new(Verdict::Unknown, now);
                let ctx = &ctx.status_check();
                let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
                let answer = self.payment_answer(&recorded.resource, 201).await?;
                Ok(self.with_advice(answer))
            }
        }
    }

    /// True when it is proven that DOKU does not have a payment that it was found not to know.
    async fn payment_is_absent(&self, payment: &Payment, now: Timestamp) -> Result<bool, AppError> {
        let since = payment.operation.absent_since.unwrap_or(now);
        let (kind, channel) = (EvidenceKind::Payment, payment.channel);
        self.absence_is_proven(kind, channel, since, now).await
    }

    /// Sends a payment that certainly is not at DOKU, under the same reference and a new id. The
    /// new id is stored first.
    pub(super) async fn resend_payment(
        &self,
        ctx: &Context,
        mut payment: Payment,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        payment.operation.renew(self.external_id()?, now);
        payment.watch = Watch::default();
        payment.operation.lease(now, deadline.remaining());
        match self.lease_to_send(payment).await? {
            Leased::ToSend(payment) => self.send_payment(ctx, *payment, None, deadline).await,
            Leased::Over(payment, why) => {
                let payment = self.lease(*payment).await?;
                self.end_never_sent(ctx, payment, why, deadline).await
            }
        }
    }

    /// Leases a payment that is about to be sent again. What a subscription is charged, only while it
    /// runs: the same write tells those who would stop it.
    async fn lease_to_send(&self, payment: Payment) -> Result<Leased, AppError> {
        let Some(period) = payment.period else {
            return Ok(Leased::ToSend(Box::new(self.lease(payment).await?)));
        };
        let found = self.store.subscription(period.subscription).await?;
        let mut subscription = found.ok_or(AppError::SubscriptionNotFound)?;
        let found = self.store.charge(period.subscription, period.date).await?;
        let mut charge = found.ok_or(AppError::SubscriptionNotFound)?;
        let tries = self.store.payments(&charge.payments).await?;
        // Another try of it may have been taken after all.
        let is_paid = tries.iter().any(|other| other.status.is_settled());
        let is_latest = charge.payments.last() == Some(&payment.id);
        let is_over = subscription.status == SubscriptionStatus::Cancelled;
        if is_over {
            return Ok(Leased::Over(Box::new(payment), Failure::SubscriptionEnded));
        }
        // While it is paused nothing is sent; when it runs again, the charge is tried anew.
        let is_paused = subscription.status == SubscriptionStatus::Paused;
        if is_paid || is_paused || !is_latest || charge.status != ChargeStatus::Charging {
            return Ok(Leased::Over(Box::new(payment), Failure::NotSent));
        }
        if let Some(wait) = subscription.is_sending(self.clock.now()) {
            return Err(AppError::InProgress(wait));
        }
        subscription.send(period.date, payment.operation.lease_until);
        // Its version changes when one of its tries is decided: then nothing is sent.
        charge.due_at = Some(payment.operation.lease_until);
        let mut write = self.store.write();
        write
            .payment(&payment)
            .subscription(&subscription)
            .charge(&charge);
        write.commit().await.map_err(AppError::of_write)?;
        let version = payment.version + 1;
        Ok(Leased::ToSend(Box::new(Payment { version, ..payment })))
    }

    /// Ends a payment that was not sent and is not to be sent any more, and whose lease the caller holds;
    /// unless DOKU has it all the same: a restored table has forgotten what was sent before.
    pub(super) async fn end_never_sent(
        &self,
        ctx: &Context,
        payment: Payment,
        failure: Failure,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        match self.ask(ctx, &payment, deadline).await? {
            Asked::Found(found) => self.record_earlier(ctx, payment, found).await,
            Asked::NotFound => self.end_unsent(ctx, payment, failure).await,
            Asked::Nothing => Err(AppError::Unreachable),
        }
    }

    /// Ends a payment that certainly is not at DOKU and may not be sent any more, and whose lease the
    /// caller holds.
    async fn end_unsent(
        &self,
        ctx: &Context,
        payment: Payment,
        failure: Failure,
    ) -> Result<Answer, AppError> {
        let ctx = &ctx.status_check();
        let claim = payment.operation.claim.clone();
        let along = Along {
            settle: &|payment: &mut Payment| payment.operation.finish(),
            claim: Some((&claim, 201)),
            seen: None,
        };
        let verdict = Verdict::Failed(failure);
        let outcome = Outcome::new(verdict, self.clock.now());
        let recorded = self.record_payment(ctx, payment, &outcome, &along);
        Ok(recorded.await?.answer)
    }

    /// Records what a status check found.
    pub(super) async fn record_found(
        &self,
        ctx: &Context,
        payment: Payment,
        found: Told,
        along: &Along<'_, Payment>,
    ) -> Result<Answer, AppError> {
        let ctx = &ctx.status_check();
        let id = payment.id;
        let tells = found.tells_of_refunds() || payment.refunds_unclear_since.is_some();
        let answer = match &found {
            Told::Snap(found) => self.record_found_snap(ctx, payment, found, along).await?,
            Told::Card(found) => self.record_found_card(ctx, payment, found, along).await?,
        };
        if tells {
            self.record_reported_refunds(ctx, id, &found, None).await?;
        }
        Ok(answer)
    }

    async fn record_found_card(
        &self,
        ctx: &Context,
        payment: Payment,
        found: &Transaction,
        along: &Along<'_, Payment>,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let meaning = found.meaning_for(&payment);
        let verdict = match meaning {
            // Asked because nobody knew; after an answer that says nothing, still nobody does.
            Meaning::Payment(Verdict::Unrecognised) => {
                telemetry::count("StatusUnrecognised", 1);
                Verdict::Unknown
            }
            // The page takes another card, as long as it is open.
            Meaning::Payment(Verdict::AttemptFailed(failure))
                if payment.status.is_open()
                    && payment.redirect_url.is_none()
                    && now >= payment.created_at.plus(PAGE_IS_OVER) =>
            {
                Verdict::Failed(failure)
            }
            Meaning::Refund { .. }
                if payment.status.is_settled() || payment.status == PaymentStatus::Voided =>
            {
                Verdict::NoNews
            }
            // What was given back was taken before; but a void may be of a mere hold, and of a hold
            // nobody says how much was captured.
            Meaning::Refund { kind, failed } => {
                taken_before(&payment, kind.filter(|_| failed.is_none()))
            }
            Meaning::Payment(verdict) => verdict,
            Meaning::Open => Verdict::AwaitingCustomer,
        };
        let outcome = found.outcome(verdict, now);
        let recorded = self.record_payment(ctx, payment, &outcome, along).await?;
        Ok(recorded.answer)
    }

    async fn record_found_snap(
        &self,
        ctx: &Context,
        payment: Payment,
        found: &Found,
        along: &Along<'_, Payment>,
    ) -> Result<Answer, AppError> {
        let mut verdict = verdict(found.latest);
        if verdict == Verdict::Unrecognised {
            // Asked because nobody knew; after an answer that says nothing, still nobody does.
            telemetry::count("StatusUnrecognised", 1);
            verdict = Verdict::Unknown;
        }
        let mut outcome = Outcome::new(verdict, self.clock.now());
        outcome.stated.clone_from(&found.amount);
        outcome.reference_no.clone_from(&found.reference_no);
        // How the payment stands at this moment.
        outcome.happened_at = Some(outcome.at);
        // As of news: that of another amount is not learned.
        let stated = found.amount.as_ref();
        let is_its_amount = stated.is_none_or(|stated| {
            let rupiah = stated.rupiah();
            rupiah.is_some_and(|rupiah| payment.may_charge(rupiah))
        });
        let taken = found.external_id.clone().filter(|_| is_its_amount);
        let taken = taken.map(ExternalId::trusted);
        let settle = |payment: &mut Payment| {
            if taken.is_some() {
                payment.taken_external_id.clone_from(&taken);
            }
            (along.settle)(payment);
        };
        let along = Along {
            settle: &settle,
            ..*along
        };
        let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
        Ok(recorded.answer)
    }

    /// What a status check says about one refund.
    pub(super) fn found_outcome(&self, found: FoundRefund) -> RefundOutcome {
        let mut outcome = RefundOutcome::new(found.verdict, self.clock.now());
        outcome.stated = found.amount;
        outcome.refund_no = found.refund_no;
        outcome
    }
}

/// What `latestTransactionStatus` says about the payment itself.
pub(super) const fn verdict(latest: Latest) -> Verdict {
    match latest {
        Latest::Payment(verdict) => verdict,
        // What was given back was taken before.
        Latest::Refunded => Verdict::Paid,
        Latest::NotFound => Verdict::NoNews,
    }
}
