//! Confirming a payment with the customer's OTP.
//!
//! An OTP is never stored. One whose fate is unknown is only ever asked about: if DOKU still waits
//! for one afterwards, the customer enters another.

use secrecy::{ExposeSecret, SecretString};

use super::answer::Answer;
use super::asking::{Asked, IfAbsent};
use super::beginning::Begun;
use super::channel_headers::channel_headers;
use super::context::Context;
use super::recording::{Along, put_back};
use super::sending::{Order, Sent};
use super::{Actor, App, AppError, Deadline, Idempotency};
use crate::doku::reading::Reading;
use crate::doku::wire::otp as wire;
use crate::domain::binding::Binding;
use crate::domain::channel::{Call, Capability, Channel, Otp, OtpSpelling};
use crate::domain::error::FieldError;
use crate::domain::evidence::EvidenceKind;
use crate::domain::failure::Failure;
use crate::domain::ids::PaymentId;
use crate::domain::operation::{OperationKind, Step};
use crate::domain::otp_count::OtpCount;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::watch::Watch;
use crate::store::{Claim, Rejected, Target};

/// An OTP for a payment.
pub struct OtpCommand {
    /// Which payment.
    pub payment: PaymentId,
    /// 1–18 digits; how many, the channel says.
    pub otp: SecretString,
}

impl App {
    /// Passes an OTP on, or continues what the same request began before.
    pub async fn confirm_payment(
        &self,
        actor: &Actor,
        command: &OtpCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        if let Some(claim) = self.of_earlier_release(idempotency).await? {
            return self
                .resume_otp(&ctx, command, idempotency, claim, deadline)
                .await;
        }
        let mut round = 0;
        loop {
            let ready = self.ready_for_otp(actor, command, &ctx, deadline).await;
            let payment = match ready {
                Ok(payment) => payment,
                Err(error) => {
                    let claim = self.begun_before(idempotency, error).await?;
                    return self
                        .resume_otp(&ctx, command, idempotency, claim, deadline)
                        .await;
                }
            };
            let now = self.clock.now();
            let claim = idempotency.claim(&ctx.secrets, Target::Otp(payment.id), now);
            let (payment, count) = match self.intend_otp(payment, &claim.key, deadline).await {
                Ok(intended) => intended,
                Err(error) => {
                    let claim = self.begun_before(idempotency, error).await?;
                    return self
                        .resume_otp(&ctx, command, idempotency, claim, deadline)
                        .await;
                }
            };
            let mut write = self.store.write();
            write.claim(&claim).payment(&payment);
            if let Some(count) = &count {
                write.otp_count(count);
            }
            match Self::begun(write.commit().await, &mut round, deadline).await? {
                Begun::Stored => {
                    let payment = Payment {
                        version: payment.version + 1,
                        ..payment
                    };
                    return self.send_otp(&ctx, payment, command, deadline).await;
                }
                Begun::Before(claim) => {
                    return self
                        .resume_otp(&ctx, command, idempotency, claim, deadline)
                        .await;
                }
                Begun::LookAgain => {}
            }
        }
    }

    /// Reads the payment and checks that it waits for an OTP and for nothing else.
    async fn ready_for_otp(
        &self,
        actor: &Actor,
        command: &OtpCommand,
        ctx: &Context,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        let payment = self.payment_for(actor, command.payment).await?;
        self.offers(payment.channel, Capability::PaymentOtp, "paymentId")?;
        check_otp(payment.channel, &command.otp)?;
        let payment = match &payment.otp {
            Some(otp) => match otp.next_step(self.clock.now(), self.patience()) {
                Step::Busy(wait) | Step::TooEarly(wait) => return Err(AppError::InProgress(wait)),
                // Another request's OTP was left behind: find out before trying a new one.
                Step::Ask => {
                    self.settle_lost_otp(ctx, payment, IfAbsent::Send, deadline)
                        .await?
                        .0
                }
                Step::Send | Step::Done => payment,
            },
            None => payment,
        };
        if payment.status != PaymentStatus::OtpRequired {
            return Err(AppError::Illegal("The payment does not wait for an OTP."));
        }
        let spelling = payment.channel.otp.map(|otp| otp.spelling);
        if spelling == Some(OtpSpelling::OfReference) && payment.reference_no.is_none() {
            return Err(AppError::Illegal(
                "DOKU has not told its number of this payment yet, which an OTP names.",
            ));
        }
        if payment.otp_attempts_left == 0 {
            return Err(AppError::Illegal("No OTP attempts are left."));
        }
        Ok(payment)
    }

    /// The payment with an OTP on its way: the attempt counts from now on, whatever happens. Where the
    /// bank counts the OTPs of a card over all its payments, so do we: then its count has to be stored too.
    async fn intend_otp(
        &self,
        mut payment: Payment,
        claim: &str,
        deadline: Deadline,
    ) -> Result<(Payment, Option<OtpCount>), AppError> {
        payment.otp_attempts_left = payment.otp_attempts_left.saturating_sub(1);
        let operation = self.intend(
            OperationKind::Otp,
            payment.channel.family,
            claim.to_owned(),
            deadline,
        )?;
        let counted = match self.counting_card(&payment).await? {
            Some((rules, card)) => {
                let now = self.clock.now();
                let mut count = self.otp_count(&card).await?;
                if count.left(rules, now) == 0 {
                    return Err(AppError::Illegal(
                        "No OTP attempts are left for this card; the bank would block it.",
                    ));
                }
                count.add(rules, claim, now, operation.lease_until);
                payment.otp_attempts_left = payment.otp_attempts_left.min(count.left(rules, now));
                Some(count)
            }
            None => None,
        };
        payment.otp = Some(operation);
        payment.watch = Watch::default();
        Ok((payment, counted))
    }

    /// The card of a payment, where the bank counts its OTPs over all its payments.
    async fn counting_card(&self, payment: &Payment) -> Result<Option<(Otp, Binding)>, AppError> {
        let rules = payment.channel.otp.filter(|otp| otp.counted_for.is_some());
        let (Some(rules), Some(binding)) = (rules, payment.binding()) else {
            return Ok(None);
        };
        let card = self.store.binding(binding).await?;
        Ok(card.map(|(binding, _)| (rules, binding)))
    }

    /// Notes that a payment's OTP was right.
    async fn forgive_otp(&self, payment: &Payment) {
        if let (Some(otp), Ok(Some((_, card)))) = (&payment.otp, self.counting_card(payment).await)
        {
            self.forgive_otps(&card, &otp.claim).await;
        }
    }

    async fn send_otp(
        &self,
        ctx: &Context,
        payment: Payment,
        command: &OtpCommand,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let Some(operation) = payment.otp.clone() else {
            return Err(AppError::Internal("an OTP without its operation"));
        };
        let customer = self.account_of(&payment).await?;
        let device = self.device_of_payment(&payment).await?;
        let order = Order {
            path: wire::path(payment.channel),
            headers: channel_headers(payment.channel, Call::PaymentOtp, &device),
            external_id: operation.external_id,
            customer: Some(customer),
            customer_header: payment.channel.in_header(Call::PaymentOtp),
            body: &|token: Option<&SecretString>| {
                wire::request(&wire::OtpOrder {
                    channel: payment.channel,
                    of: wire::OtpOf::Payment {
                        reference: &payment.reference,
                        reference_no: payment.reference_no.as_deref(),
                    },
                    otp: &command.otp,
                    customer_token: token,
                    charge_token: None,
                })
            },
        };
        let sent = self.send(&ctx.secrets, order, deadline).await;
        let right =
            matches!(&sent, Sent::Answered(answer, _) if answer.reading == Reading::Success);
        let now = self.clock.now();
        let outcome = match sent {
            Sent::NotTaken(error) => return self.put_back_otp(payment, error).await,
            Sent::CustomerGone => Outcome::new(Verdict::Failed(Failure::BindingLost), now),
            Sent::Lost(_) => Outcome::new(Verdict::Unknown, now),
            Sent::Answered(answer, _) => {
                let mut outcome = Outcome::new(verdict(answer.reading), now);
                outcome.response_code = answer.response_code;
                outcome
            }
        };
        let lost = outcome.verdict == Verdict::Unknown;
        let settle = |payment: &mut Payment| {
            if let Some(otp) = &mut payment.otp {
                if lost {
                    otp.leave_unknown(now);
                } else {
                    otp.finish();
                }
            }
        };
        let along = Along {
            settle: &settle,
            claim: Some((&operation.claim, 200)),
            seen: None,
        };
        let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
        if right {
            self.forgive_otp(&recorded.resource).await;
        }
        Ok(self.with_advice(recorded.answer))
    }

    /// Gives the attempt back: DOKU did not take the OTP, so the bank did not count it either.
    async fn put_back_otp(
        &self,
        mut payment: Payment,
        error: AppError,
    ) -> Result<Answer, AppError> {
        payment.otp_attempts_left += 1;
        let claim = payment.otp.as_mut().map(|otp| {
            otp.put_back(self.clock.now());
            otp.claim.clone()
        });
        let mut write = self.store.write();
        write.payment(&payment);
        let mut counted = false;
        if let (Some(claim), Some((_, card))) = (claim, self.counting_card(&payment).await?) {
            let mut count = self.otp_count(&card).await?;
            counted = count.take_back(&claim);
            if counted {
                write.otp_count(&count);
            }
        }
        match write.commit().await {
            // Another OTP of the card was counted meanwhile: this one stays counted.
            Err(Rejected::Stale) if counted => {
                put_back(self.store.write().payment(&payment).commit().await, error)
            }
            stored => put_back(stored, error),
        }
    }

    async fn resume_otp(
        &self,
        ctx: &Context,
        command: &OtpCommand,
        idempotency: &Idempotency,
        claim: Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        let payment = self.store.payment(command.payment).await?;
        let payment = payment.ok_or(AppError::PaymentNotFound)?;
        let own = payment.otp.as_ref().filter(|otp| otp.claim == claim.key);
        let step = own.map_or(Step::Done, |otp| {
            otp.next_step(self.clock.now(), self.patience())
        });
        match step {
            Step::Busy(wait) => Err(AppError::InProgress(wait)),
            Step::TooEarly(wait) if payment.status == PaymentStatus::Unknown => {
                let answer = self.payment_answer(&payment, 200).await?;
                Ok(answer.ask_again_after(wait))
            }
            Step::Send if payment.status == PaymentStatus::OtpRequired => {
                let (mut payment, count) = self.intend_otp(payment, &claim.key, deadline).await?;
                let mut write = self.store.write();
                write.payment(&payment);
                if let Some(count) = &count {
                    write.otp_count(count);
                }
                write.commit().await.map_err(AppError::of_write)?;
                payment.version += 1;
                self.send_otp(ctx, payment, command, deadline).await
            }
            Step::Ask => {
                let (_, answer) = self
                    .settle_lost_otp(ctx, payment, IfAbsent::Send, deadline)
                    .await?;
                Ok(answer)
            }
            Step::Done | Step::Send | Step::TooEarly(_) => {
                self.conclude_otp(ctx, payment, &claim.key).await
            }
        }
    }

    /// Answers a request whose OTP is over, from the payment as it is.
    async fn conclude_otp(
        &self,
        ctx: &Context,
        payment: Payment,
        claim: &str,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered_meanwhile(claim).await? {
            return Ok(answer);
        }
        let settle = |payment: &mut Payment| {
            if let Some(otp) = payment.otp.as_mut().filter(|otp| otp.claim == claim) {
                otp.finish();
            }
        };
        let along = Along {
            settle: &settle,
            claim: Some((claim, 200)),
            seen: None,
        };
        let outcome = Outcome::new(Verdict::NoNews, self.clock.now());
        Ok(self
            .record_payment(ctx, payment, &outcome, &along)
            .await?
            .answer)
    }

    /// Asks what became of a payment whose OTP's answer was lost.
    pub(super) async fn settle_lost_otp(
        &self,
        ctx: &Context,
        mut payment: Payment,
        if_absent: IfAbsent,
        deadline: Deadline,
    ) -> Result<(Payment, Answer), AppError> {
        let now = self.clock.now();
        let Some(otp) = &mut payment.otp else {
            return Err(AppError::Internal("an OTP without its operation"));
        };
        otp.lease(now, deadline.remaining());
        let claim = otp.claim.clone();
        let mut payment = self.lease(payment).await?;
        let id = payment.id;
        let mut asked = self.ask(ctx, &payment, deadline).await?;
        if matches!(&asked, Asked::Found(found) if found.waits_for_customer())
            && if_absent == IfAbsent::End
            && !self.otp_is_absent(&payment).await?
        {
            // No caller repeats it: that DOKU still waits ends it only once that is proof.
            asked = Asked::NotFound;
            if let Some(otp) = &mut payment.otp {
                otp.absent_since.get_or_insert(now);
            }
        }
        let absent_since = payment.otp.as_ref().and_then(|otp| otp.absent_since);
        let answer = match asked {
            Asked::Found(found) => {
                let settle = |payment: &mut Payment| {
                    let unknown = payment.status == PaymentStatus::Unknown;
                    if let Some(otp) = &mut payment.otp {
                        if unknown {
                            otp.leave_unknown(now);
                        } else {
                            otp.finish();
                        }
                    }
                    if payment.status == PaymentStatus::OtpRequired {
                        // DOKU still waits: the OTP that was on its way did not arrive.
                        payment.failure = Some(Failure::OtpOutcomeUnknown);
                    }
                };
                let along = Along {
                    settle: &settle,
                    claim: Some((&claim, 200)),
                    seen: None,
                };
                self.record_found(ctx, payment, found, &along).await?
            }
            // DOKU took the payment before: that it knows nothing of it now is no news.
            Asked::NotFound | Asked::Nothing => {
                let now = self.clock.now();
                let settle = |payment: &mut Payment| {
                    if let Some(otp) = &mut payment.otp {
                        otp.absent_since = absent_since;
                        otp.leave_unknown(now);
                    }
                };
                let along = Along {
                    settle: &settle,
                    claim: None,
                    seen: None,
                };
                let outcome = Outcome::new(Verdict::Unknown, now);
                let ctx = &ctx.status_check();
                let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
                let answer = self.payment_answer(&recorded.resource, 200).await?;
                self.with_advice(answer)
            }
        };
        let payment = self
            .store
            .payment(id)
            .await?
            .ok_or(AppError::PaymentNotFound)?;
        if payment.status == PaymentStatus::Paid {
            // The OTP whose answer was lost was right.
            self.forgive_otp(&payment).await;
        }
        Ok((payment, answer))
    }

    /// True when it is proven that an OTP did not arrive for which DOKU still waits.
    async fn otp_is_absent(&self, payment: &Payment) -> Result<bool, AppError> {
        let Some(otp) = &payment.otp else {
            return Ok(true);
        };
        let (kind, since, now) = (EvidenceKind::Otp, otp.started_at, self.clock.now());
        self.absence_is_proven(kind, payment.channel, since, now)
            .await
    }

    /// A payment that this actor may see.
    pub(super) async fn payment_for(
        &self,
        actor: &Actor,
        id: PaymentId,
    ) -> Result<Payment, AppError> {
        let payment = self.shown_payment_for(actor, id).await?;
        Ok(payment.known()?)
    }
}

/// Checks that an OTP has as many digits as the channel's have.
pub(super) fn check_otp(channel: &Channel, otp: &SecretString) -> Result<(), AppError> {
    let rules = channel
        .otp
        .ok_or(AppError::Internal("an OTP on a channel without"))?;
    if rules.length.contains(otp.expose_secret().len()) {
        return Ok(());
    }
    let rule = "must have as many digits as the channel's limits say";
    Err(AppError::Invalid(vec![FieldError::new("otp", rule)]))
}

/// What an answer to an OTP says about the payment.
fn verdict(reading: Reading) -> Verdict {
    match reading {
        Reading::Success | Reading::InProgress => Verdict::Processing,
        Reading::OtpRejected(failure) => Verdict::OtpRejected(failure),
        // The bank sent another OTP: the one entered is of no use.
        Reading::OtpSent => Verdict::OtpRejected(Failure::OtpExpired),
        Reading::Refused(failure) => Verdict::Failed(failure),
        // The payment may be paid, or over: asking tells.
        Reading::WrongState
        | Reading::NotFound
        | Reading::Inconsistent
        | Reading::Ambiguous
        | Reading::RenewB2b
        | Reading::RenewCustomer
        | Reading::Throttled
        | Reading::Misconfigured => Verdict::Unknown,
    }
}
