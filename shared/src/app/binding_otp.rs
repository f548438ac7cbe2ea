//! Confirming the linking of a card with the customer's OTP.
//!
//! An OTP is never stored, and nobody can be asked what became of one: a request that is repeated
//! sends it again. That moves no money, and each time counts as an attempt, since the bank may count
//! it too.

use std::time::Duration;

use secrecy::SecretString;

use super::answer::Answer;
use super::beginning::Begun;
use super::bind::{BindingChange, charge_token};
use super::channel_headers::channel_headers;
use super::context::Context;
use super::otp::check_otp;
use super::recording::put_back;
use super::sending::{Order, Sent};
use super::tokens::NoToken;
use super::{Actor, App, AppError, Deadline, Idempotency};
use crate::doku::reading::{Reading, is_invalid_status};
use crate::doku::wire::otp as wire;
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::channel::{Call, Capability, Otp, Registration};
use crate::domain::failure::Failure;
use crate::domain::ids::BindingId;
use crate::domain::operation::{Operation, OperationKind, Step};
use crate::domain::otp_count::OtpCount;
use crate::domain::sealed::Sealed;
use crate::secrets::Secrets;
use crate::store::{Claim, Grantee, Rejected, Target, TokenRecord};
use crate::telemetry;

/// An OTP for a binding.
pub struct BindingOtpCommand {
    /// Which binding.
    pub binding: BindingId,
    /// 1–18 digits; how many, the channel says.
    pub otp: SecretString,
}

/// What became of an OTP.
enum Ended {
    /// It was right.
    Confirmed,
    /// It was not; another one may be.
    Rejected(Failure),
    /// The linking is over.
    Failed(Failure),
    /// Nobody knows.
    Lost,
}

/// An OTP about to be sent.
struct Intended {
    binding: Binding,
    /// With this one.
    count: OtpCount,
    /// OTPs that may be given after it.
    left: u8,
}

impl Intended {
    /// As it lies in the table once it was written.
    const fn stored(mut self) -> Self {
        self.binding.version += 1;
        self
    }
}

/// What is known after an OTP was sent.
struct Told {
    ended: Ended,
    /// OTPs that may still be given.
    left: u8,
    response_code: Option<String>,
    charge_token: Option<Sealed>,
}

const NOT_WAITING: AppError = AppError::Illegal("The binding does not wait for an OTP.");
const NONE_LEFT: AppError =
    AppError::Illegal("No OTP attempts are left; the bank would block the customer.");

impl App {
    /// Passes an OTP on, or continues what the same request began before.
    pub async fn confirm_binding(
        &self,
        actor: &Actor,
        command: &BindingOtpCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        if let Some(claim) = self.of_earlier_release(idempotency).await? {
            return self
                .resume_binding_otp(&ctx, command, idempotency, claim, deadline)
                .await;
        }
        let mut round = 0;
        loop {
            let (binding, token, count) = match self.ready_for_binding_otp(actor, command).await {
                Ok(found) => found,
                Err(error) => {
                    let claim = self.begun_before(idempotency, error).await?;
                    return self
                        .resume_binding_otp(&ctx, command, idempotency, claim, deadline)
                        .await;
                }
            };
            let now = self.clock.now();
            let claim = idempotency.claim(&ctx.secrets, Target::BindingOtp(binding.id), now);
            let intended = self.intend_binding_otp(binding, count, &claim.key, deadline)?;
            let mut write = self.store.write();
            write.claim(&claim).binding(&intended.binding);
            write.otp_count(&intended.count);
            match Self::begun(write.commit().await, &mut round, deadline).await? {
                Begun::Stored => {
                    return self
                        .send_binding_otp(&ctx, intended.stored(), token, command, deadline)
                        .await;
                }
                Begun::Before(claim) => {
                    return self
                        .resume_binding_otp(&ctx, command, idempotency, claim, deadline)
                        .await;
                }
                Begun::LookAgain => {}
            }
        }
    }

    /// Reads the binding and checks that it waits for an OTP and for nothing else.
    async fn ready_for_binding_otp(
        &self,
        actor: &Actor,
        command: &BindingOtpCommand,
    ) -> Result<(Binding, TokenRecord, OtpCount), AppError> {
        let found = self.store.binding(command.binding).await?;
        let (binding, token) = found
            .filter(|(binding, _)| actor.may_touch(&binding.customer))
            .ok_or(AppError::BindingNotFound)?;
        self.offers(binding.channel, Capability::BindingOtp, "bindingId")?;
        check_otp(binding.channel, &command.otp)?;
        let now = self.clock.now();
        if let Some(otp) = &binding.otp
            && let Step::Busy(wait) | Step::TooEarly(wait) = otp.next_step(now, self.patience())
        {
            return Err(AppError::InProgress(wait));
        }
        if binding.status != BindingStatus::Pending || binding.reference_no.is_none() {
            return Err(NOT_WAITING);
        }
        let count = self.otp_count(&binding).await?;
        if count.left(rules(&binding)?, now) == 0 {
            return Err(NONE_LEFT);
        }
        Ok((binding, token, count))
    }

    /// An OTP on its way: the attempt counts from now on, whatever happens.
    fn intend_binding_otp(
        &self,
        mut binding: Binding,
        mut count: OtpCount,
        claim: &str,
        deadline: Deadline,
    ) -> Result<Intended, AppError> {
        let (rules, now) = (rules(&binding)?, self.clock.now());
        let mut operation = self.intend(
            OperationKind::BindingOtp,
            binding.channel.family,
            claim.to_owned(),
            deadline,
        )?;
        operation.resent = binding
            .otp
            .as_ref()
            .is_some_and(Operation::may_have_arrived);
        count.add(rules, claim, now, operation.lease_until);
        binding.otp = Some(operation);
        Ok(Intended {
            left: count.left(rules, now),
            binding,
            count,
        })
    }

    async fn send_binding_otp(
        &self,
        ctx: &Context,
        Intended { binding, left, .. }: Intended,
        token: TokenRecord,
        command: &BindingOtpCommand,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let (Some(operation), Some(reference_no)) = (&binding.otp, &binding.reference_no) else {
            return Err(AppError::Internal("an OTP without its operation"));
        };
        let device = self.device_of_binding(&binding).await?;
        let charge = match &binding.charge_token {
            Some(sealed) => Some(self.open_text(&charge_token(binding.id), sealed).await?),
            None => None,
        };
        let order = Order {
            path: wire::path(binding.channel),
            headers: channel_headers(binding.channel, Call::BindingOtp, &device),
            external_id: operation.external_id.clone(),
            customer: None,
            customer_header: false,
            body: &|_: Option<&SecretString>| {
                wire::request(&wire::OtpOrder {
                    channel: binding.channel,
                    of: wire::OtpOf::Card { reference_no },
                    otp: &command.otp,
                    customer_token: None,
                    charge_token: charge.as_ref(),
                })
            },
        };
        let mut right = false;
        let (ended, response_code, charge) = match self.send(&ctx.secrets, order, deadline).await {
            Sent::NotTaken(error) => return self.put_back_binding_otp(binding, error).await,
            Sent::Lost(_) | Sent::CustomerGone => (Ended::Lost, None, None),
            Sent::Answered(answer, _) => {
                right = answer.reading == Reading::Success;
                let code = answer.response_code;
                // One whose answer was lost may be what made it so that this one is out of place.
                let doubtful = operation.resent && is_invalid_status(code.as_deref());
                let told = wire::read(&answer.body);
                let ended = match ended(answer.reading, doubtful) {
                    Ended::Confirmed => {
                        let usable = told.leaves_token_usable();
                        self.bought(&ctx.secrets, &binding, token, usable, deadline)
                            .await?
                    }
                    ended => ended,
                };
                right &= matches!(ended, Ended::Confirmed);
                (ended, code, told.charge_token)
            }
        };
        let charge = charge.map(|token| {
            use secrecy::ExposeSecret;
            let text = token.expose_secret().as_bytes();
            Sealed(ctx.secrets.keyring().seal(&charge_token(binding.id), text))
        });
        let claim = operation.claim.clone();
        let told = Told {
            ended,
            left,
            response_code,
            charge_token: charge,
        };
        let (binding, answer) = self.record_binding_otp(ctx, binding, told).await?;
        if right {
            self.forgive_otps(&binding, &claim).await;
        }
        Ok(answer)
    }

    /// Where a token is bought with a code, the card is linked once it could be. Where the token has
    /// been here since the registration, the answer says whether it is `usable` now.
    async fn bought(
        &self,
        secrets: &Secrets,
        binding: &Binding,
        token: TokenRecord,
        usable: bool,
        deadline: Deadline,
    ) -> Result<Ended, AppError> {
        if binding.channel.registration == Some(Registration::CardDigits) {
            return Ok(if usable {
                Ended::Confirmed
            } else {
                Ended::Lost
            });
        }
        let grantee = Grantee::Customer(binding.id);
        let bought = self.customer_token(secrets, grantee, token, None, deadline);
        match bought.await {
            Ok(_) => Ok(Ended::Confirmed),
            Err(NoToken::Refused) => Ok(Ended::Rejected(Failure::TryLater)),
            Err(NoToken::Because(error)) => {
                tracing::warn!(%error, "a binding could not be settled after its OTP");
                Ok(Ended::Lost)
            }
        }
    }

    async fn record_binding_otp(
        &self,
        ctx: &Context,
        binding: Binding,
        told: Told,
    ) -> Result<(Binding, Answer), AppError> {
        let now = self.clock.now();
        let ended = match told.ended {
            Ended::Rejected(_) if told.left == 0 => Ended::Failed(Failure::OtpAttemptsExceeded),
            ended => ended,
        };
        let lost = matches!(ended, Ended::Lost);
        if lost {
            telemetry::count("OutcomeUnknown", 1);
        }
        let claim = binding.otp.as_ref().map(|otp| otp.claim.clone());
        let change = |binding: &mut Binding| {
            if told.response_code.is_some() {
                binding.response_code.clone_from(&told.response_code);
            }
            if told.charge_token.is_some() {
                binding.charge_token.clone_from(&told.charge_token);
            }
            if let Some(otp) = &mut binding.otp {
                if lost {
                    otp.leave_unknown(now);
                } else {
                    otp.finish();
                }
            }
            match ended {
                Ended::Confirmed => binding.advance(BindingStatus::Active, None, now),
                Ended::Failed(failure) => {
                    binding.advance(BindingStatus::Failed, Some(failure), now)
                }
                Ended::Rejected(failure) => note(binding, failure),
                Ended::Lost => note(binding, Failure::OtpOutcomeUnknown),
            }
        };
        let id = binding.id;
        let change = BindingChange {
            change: &change,
            also: &|write, binding| {
                if binding.status == BindingStatus::Failed {
                    // A card that was not linked is nobody's to charge.
                    write.forget_customer_token(id);
                }
            },
            claim: claim.as_deref().filter(|_| !lost).map(|claim| (claim, 200)),
        };
        let (binding, mut answer) = self.record_binding(ctx, binding, &change).await?;
        if lost {
            answer.status = 202;
            answer = answer.ask_again_after(Duration::from_secs(1));
        }
        Ok((binding, answer))
    }

    /// Gives the attempt back: DOKU did not take the OTP, so the bank did not count it either.
    async fn put_back_binding_otp(
        &self,
        mut binding: Binding,
        error: AppError,
    ) -> Result<Answer, AppError> {
        let claim = binding.otp.as_mut().map(|otp| {
            otp.put_back(self.clock.now());
            otp.claim.clone()
        });
        let mut count = self.otp_count(&binding).await?;
        let mut write = self.store.write();
        write.binding(&binding);
        let counted = claim.is_some_and(|claim| count.take_back(&claim));
        if counted {
            write.otp_count(&count);
        }
        match write.commit().await {
            // Another OTP of the card was counted meanwhile: this one stays counted.
            Err(Rejected::Stale) if counted => {
                put_back(self.store.write().binding(&binding).commit().await, error)
            }
            stored => put_back(stored, error),
        }
    }

    async fn resume_binding_otp(
        &self,
        ctx: &Context,
        command: &BindingOtpCommand,
        idempotency: &Idempotency,
        claim: Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        let (mut binding, token) = self
            .store
            .binding(command.binding)
            .await?
            .ok_or(AppError::BindingNotFound)?;
        let now = self.clock.now();
        let own = binding.otp.as_mut().filter(|otp| otp.claim == claim.key);
        let step = own.as_ref().map(|otp| otp.next_step(now, self.patience()));
        match (own, step) {
            (_, Some(Step::Busy(wait) | Step::TooEarly(wait))) => Err(AppError::InProgress(wait)),
            (Some(otp), Some(Step::Send | Step::Ask))
                if binding.status == BindingStatus::Pending =>
            {
                otp.renew(self.external_id()?, now);
                otp.lease(now, deadline.remaining());
                let arrives_by = otp.lease_until;
                let rules = rules(&binding)?;
                let mut count = self.otp_count(&binding).await?;
                if count.left(rules, now) == 0 {
                    return self.give_up(ctx, binding).await;
                }
                count.add(rules, &claim.key, now, arrives_by);
                let mut write = self.store.write();
                write.binding(&binding).otp_count(&count);
                write.commit().await.map_err(AppError::of_write)?;
                let intended = Intended {
                    left: count.left(rules, now),
                    binding,
                    count,
                };
                self.send_binding_otp(ctx, intended.stored(), token, command, deadline)
                    .await
            }
            _ => {
                if let Some(answer) = self.answered_meanwhile(&claim.key).await? {
                    return Ok(answer);
                }
                let change = BindingChange {
                    change: &|_| None,
                    also: &|_, _| {},
                    claim: Some((&claim.key, 200)),
                };
                Ok(self.record_binding(ctx, binding, &change).await?.1)
            }
        }
    }

    /// Ends a linking whose last OTP's answer was lost: sending it again might block the card.
    async fn give_up(&self, ctx: &Context, binding: Binding) -> Result<Answer, AppError> {
        let told = Told {
            ended: Ended::Failed(Failure::OtpAttemptsExceeded),
            left: 0,
            response_code: None,
            charge_token: None,
        };
        Ok(self.record_binding_otp(ctx, binding, told).await?.1)
    }
}

/// How the channel counts OTPs.
fn rules(binding: &Binding) -> Result<Otp, AppError> {
    binding
        .channel
        .otp
        .ok_or(AppError::Internal("a linking by OTP on a channel without"))
}

/// Notes why a binding still waits.
const fn note(binding: &mut Binding, failure: Failure) -> Option<crate::domain::event::EventType> {
    binding.failure = Some(failure);
    None
}

/// What an answer to an OTP says. `doubtful`: an earlier one may have been taken, and the answer is one
/// that this would bring.
fn ended(reading: Reading, doubtful: bool) -> Ended {
    match reading {
        Reading::Success => Ended::Confirmed,
        // DOKU does not wait for an OTP any more: because of the one whose answer was lost.
        Reading::WrongState if doubtful => Ended::Confirmed,
        Reading::OtpRejected(Failure::OtpBlocked) => Ended::Failed(Failure::OtpBlocked),
        Reading::OtpRejected(failure) => Ended::Rejected(failure),
        // The bank sent another OTP: the one entered is of no use.
        Reading::OtpSent => Ended::Rejected(Failure::OtpExpired),
        Reading::Refused(failure) => Ended::Failed(failure),
        Reading::WrongState | Reading::NotFound | Reading::Inconsistent => {
            Ended::Failed(Failure::WrongState)
        }
        // Nobody tells how what is "in progress" went: the same OTP again does.
        Reading::InProgress
        | Reading::Ambiguous
        | Reading::RenewB2b
        | Reading::RenewCustomer
        | Reading::Throttled
        | Reading::Misconfigured => Ended::Lost,
    }
}
