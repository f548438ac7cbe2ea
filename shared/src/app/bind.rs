//! Linking a customer's account.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::answer::Answer;
use super::beginning::Begun;
use super::binding_return::failed_state;
use super::channel_headers::channel_headers;
use super::context::Context;
use super::fresh::nonce;
use super::recording::{pause, put_back};
use super::sending::{Order, Sent};
use super::{Actor, App, AppError, Deadline, Idempotency, device, view};
use crate::clock::Timestamp;
use crate::doku::reading::Reading;
use crate::doku::wire::binding::{self as wire, Next};
use crate::domain::binding::{self, Binding, BindingStatus};
use crate::domain::card_registration::LinkedCard;
use crate::domain::channel::{Call, Capability, Channel, Registration};
use crate::domain::contact::{Email, Phone, Profile};
use crate::domain::device::Device;
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::{BindingId, CustomerId};
use crate::domain::operation::{Operation, OperationKind, Step};
use crate::domain::otp_count;
use crate::domain::reference;
use crate::domain::return_url::ReturnUrl;
use crate::domain::sealed::Sealed;
use crate::domain::stored::Stored;
use crate::domain::watch::Watch;
use crate::store::{Claim, Grantee, Rejected, SealedToken, Target, TokenRecord, Write};
use crate::telemetry;

/// What linking asks for.
pub struct BindCommand {
    /// Whose account.
    pub customer: CustomerId,
    /// Who the customer is.
    pub profile: Profile,
    /// The phone number that the bank knows.
    pub phone: Phone,
    /// The card, where one is linked.
    pub card: Option<LinkedCard>,
    /// The customer's device.
    pub device: Device,
    /// The product.
    pub channel: &'static Channel,
    /// Whether the account is linked once more although it is linked already.
    pub relink: bool,
    /// Where the browser goes in the end.
    pub return_url: ReturnUrl,
    /// Address of this service, where DOKU's page sends the browser first.
    pub public_base_url: String,
}

fn body_context(id: BindingId) -> String {
    format!("BINDING#{id}/body")
}

/// What a card's `chargeToken` is sealed for.
pub(super) fn charge_token(id: BindingId) -> String {
    format!("BINDING#{id}/chargeToken")
}

/// What gives access to a customer's account.
enum Key {
    /// The code that buys the token.
    Code(Sealed),
    /// The token itself.
    Token(SealedToken),
}

/// What a card is known by again, where anything is known of it.
fn card_of(command: &BindCommand) -> Option<String> {
    match &command.card {
        Some(LinkedCard::Digits(card)) => Some(otp_count::of_card(
            command.channel,
            &command.customer,
            &card.last_four,
        )),
        Some(LinkedCard::Encrypted(_)) | None => None,
    }
}

/// What the account is known by again, where the channel identifies it by the phone number.
pub(super) fn account_of(command: &BindCommand) -> Option<String> {
    let (channel, customer) = (command.channel, &command.customer);
    let known = channel.account_by_phone;
    known.then(|| binding::account_name(channel, customer, &command.phone))
}

/// What becomes of a binding, beside its status.
pub(super) struct BindingChange<'a> {
    /// Changes the binding; gives the event to write, if any.
    pub change: &'a (dyn Fn(&mut Binding) -> Option<EventType> + Sync),
    /// Adds to the write.
    pub also: &'a (dyn Fn(&mut Write<'_>, &Binding) + Sync),
    /// The claim to answer, and the status of a final answer.
    pub claim: Option<(&'a str, u16)>,
}

impl App {
    /// Asks DOKU to link an account, or continues what the same request began before.
    pub async fn bind(
        &self,
        actor: &Actor,
        command: &BindCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        if let Some(claim) = self.of_earlier_release(idempotency).await? {
            return self.resume_bind(&ctx, idempotency, claim, deadline).await;
        }
        let mut binding = self.draft_binding(command, &ctx, idempotency, deadline)?;
        binding.confirm = self.waits_for_return(actor, command);
        if let Err(error) = self.bindable(actor, command, &binding).await {
            let claim = self.begun_before(idempotency, error).await?;
            return self.resume_bind(&ctx, idempotency, claim, deadline).await;
        }
        if let Some(linked) = self.linked_already(&ctx.secrets, command).await? {
            return self
                .answer_linked(&ctx, &linked, idempotency, deadline)
                .await;
        }
        let claim = idempotency.claim(&ctx.secrets, Target::Bind(binding.id), binding.created_at);
        let mut round = 0;
        loop {
            let mut write = self.store.write();
            let stored = write.claim(&claim).new_binding(&binding).commit().await;
            match Self::begun(stored, &mut round, deadline).await? {
                Begun::Stored => return self.send_binding(&ctx, binding, deadline).await,
                Begun::Before(claim) => {
                    return self.resume_bind(&ctx, idempotency, claim, deadline).await;
                }
                Begun::LookAgain => {}
            }
        }
    }

    /// Continues, or answers again, what the same request began before, although it could not be begun
    /// now; `None` where nothing was.
    pub async fn bind_again(
        &self,
        actor: &Actor,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Option<Answer>, AppError> {
        let Some((secrets, claim)) = self.same_before(idempotency).await? else {
            return Ok(None);
        };
        let by = actor.attribution();
        let ctx = Context { secrets, by };
        let answer = self.resume_bind(&ctx, idempotency, claim, deadline);
        answer.await.map(Some)
    }

    /// Checks that this caller may link this customer, by this channel and now.
    async fn bindable(
        &self,
        actor: &Actor,
        command: &BindCommand,
        binding: &Binding,
    ) -> Result<(), AppError> {
        if !actor.may_touch(&command.customer) {
            return Err(AppError::Forbidden);
        }
        let capability = match command.channel.registration {
            Some(Registration::Account) => Capability::BindAccount,
            Some(Registration::EncryptedCard | Registration::CardDigits) => Capability::BindCard,
            None => return Err(self.not_linkable("channel")),
        };
        self.offers(command.channel, capability, "channel")?;
        if binding.card.is_some() && self.otps_left(binding).await? == 0 {
            return Err(AppError::Illegal(
                "No OTP attempts are left for this card; the bank would block it.",
            ));
        }
        Ok(())
    }

    /// Whether a binding has to be confirmed after the browser's return. By OTP there is none.
    fn waits_for_return(&self, actor: &Actor, command: &BindCommand) -> bool {
        let by_page = command.channel.registration != Some(Registration::CardDigits);
        let listed = !self.config.return_urls.is_empty();
        let setting = self.config.confirm_bindings;
        by_page && setting.holds_for(actor.customer.is_some(), listed)
    }

    fn draft_binding(
        &self,
        command: &BindCommand,
        ctx: &Context,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Binding, AppError> {
        let now = self.clock.now();
        let id = BindingId::new(self.ulid()?);
        let state = nonce()?;
        let fingerprint = ctx.secrets.keyring().fingerprint(state.as_bytes());
        let failed = failed_state(ctx.secrets.keyring(), &fingerprint);
        let back = |outcome: &str, state: &str| {
            format!(
                "{}/v1/bindings/{id}/return/{outcome}?state={state}",
                command.public_base_url.trim_end_matches('/')
            )
        };
        let channel = command.channel;
        let body = wire::request(&wire::BindingOrder {
            channel,
            customer: &reference::for_customer(&command.customer, channel.customer_ids),
            phone: &command.phone,
            profile: &command.profile,
            device: &command.device,
            card: command.card.as_ref(),
            success_url: &back("success", &state),
            failed_url: &back("failed", &failed),
        });
        Ok(Binding {
            id,
            customer: command.customer.clone(),
            channel,
            status: BindingStatus::Pending,
            requested_by: Some(ctx.by.actor().clone()),
            before_unbinding: None,
            phone: command.phone.masked(),
            account: account_of(command)
                .map(|account| ctx.secrets.keyring().fingerprint(account.as_bytes())),
            email: command.profile.email.as_ref().map(Email::masked),
            return_url: command.return_url.as_str().to_owned(),
            redirect_url: None,
            state: fingerprint,
            confirm: false,
            returned: None,
            reference_no: None,
            charge_token: None,
            device: device::seal(
                ctx.secrets.keyring(),
                &device::of_binding(id),
                &command.device,
            ),
            card: card_of(command),
            response_code: None,
            failure: None,
            created_at: now,
            updated_at: now,
            operation: Operation {
                body: Some(Sealed(ctx.secrets.keyring().seal(&body_context(id), &body))),
                ..self.intend(
                    OperationKind::Bind,
                    channel.family,
                    idempotency.claim_key(),
                    deadline,
                )?
            },
            otp: None,
            unbind: None,
            unbind_page: None,
            watch: Watch::default(),
            settlement: None,
            version: 1,
            stored: Stored::default(),
        })
    }

    async fn send_binding(
        &self,
        ctx: &Context,
        binding: Binding,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let Some(sealed) = &binding.operation.body else {
            return Err(AppError::Internal("a binding to be sent has no body"));
        };
        let body = self.open(&body_context(binding.id), sealed).await?;
        let device = self.device_of_binding(&binding).await?;
        let order = Order {
            path: wire::path(binding.channel),
            headers: channel_headers(binding.channel, Call::Bind, &device),
            external_id: binding.operation.external_id.clone(),
            customer: None,
            customer_header: false,
            body: &|_: Option<&SecretString>| body.expose_secret().to_vec(),
        };
        match self.send(&ctx.secrets, order, deadline).await {
            Sent::NotTaken(error) => self.put_back_binding(binding, error).await,
            Sent::Lost(_) | Sent::CustomerGone => self.leave_binding(ctx, binding).await,
            Sent::Answered(answer, _) => match answer.reading {
                Reading::Success => {
                    let linked = wire::read(binding.channel, &answer.body).ok();
                    let linked = linked.filter(|linked| match &linked.next {
                        Next::Page { url, .. } => self.doku.is_own_page(url),
                        Next::Otp { .. } => true,
                    });
                    let Some(linked) = linked else {
                        tracing::error!("DOKU's answer to a binding cannot be used");
                        return self.leave_binding(ctx, binding).await;
                    };
                    self.link(ctx, binding, &linked, answer.response_code).await
                }
                Reading::Refused(failure) | Reading::OtpRejected(failure) => {
                    self.refuse_binding(ctx, binding, failure, answer.response_code)
                        .await
                }
                Reading::NotFound | Reading::WrongState | Reading::Inconsistent => {
                    let failure = Failure::AccountUnavailable;
                    self.refuse_binding(ctx, binding, failure, answer.response_code)
                        .await
                }
                _ => self.leave_binding(ctx, binding).await,
            },
        }
    }

    async fn link(
        &self,
        ctx: &Context,
        binding: Binding,
        linked: &wire::Linked,
        response_code: Option<String>,
    ) -> Result<Answer, AppError> {
        let id = binding.id;
        let seal = |context: &str, text: &str| {
            Sealed(ctx.secrets.keyring().seal(context, text.as_bytes()))
        };
        let sealed_token = linked
            .charge_token
            .as_ref()
            .map(|token| seal(&charge_token(id), token.expose_secret()));
        let context = |what| Grantee::Customer(id).context(what);
        let (page, key) = match &linked.next {
            Next::Page { url, auth_code } => {
                let code = seal(&context("authCode"), auth_code.expose_secret());
                (Some(seal(&view::binding_page(id), url)), Key::Code(code))
            }
            Next::Otp { token } => {
                let token = SealedToken {
                    value: seal(&context("access"), token.expose_secret()),
                    expires_at: Timestamp::from_millis(i64::MAX),
                };
                (None, Key::Token(token))
            }
        };
        let claim = binding.operation.claim.clone();
        let change = |binding: &mut Binding| {
            binding.operation.finish();
            binding.redirect_url.clone_from(&page);
            binding.charge_token.clone_from(&sealed_token);
            binding.reference_no.clone_from(&linked.reference_no);
            binding.response_code.clone_from(&response_code);
            None
        };
        let change = BindingChange {
            change: &change,
            also: &|write, _| {
                match &key {
                    Key::Code(code) => write.auth_code(id, code),
                    Key::Token(token) => write.card_token(id, token),
                };
            },
            claim: Some((&claim, 201)),
        };
        Ok(self.record_binding(ctx, binding, &change).await?.1)
    }

    async fn refuse_binding(
        &self,
        ctx: &Context,
        binding: Binding,
        failure: Failure,
        response_code: Option<String>,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let claim = binding.operation.claim.clone();
        let change = |binding: &mut Binding| {
            binding.operation.finish();
            binding.response_code.clone_from(&response_code);
            binding.advance(BindingStatus::Failed, Some(failure), now)
        };
        let change = BindingChange {
            change: &change,
            also: &|_, _| {},
            claim: Some((&claim, 201)),
        };
        Ok(self.record_binding(ctx, binding, &change).await?.1)
    }

    /// Leaves a binding whose answer was lost: a repeat of the request opens a new page, which
    /// costs nothing.
    async fn leave_binding(&self, ctx: &Context, binding: Binding) -> Result<Answer, AppError> {
        telemetry::count("OutcomeUnknown", 1);
        let now = self.clock.now();
        let change = |binding: &mut Binding| {
            binding.operation.leave_unknown(now);
            None
        };
        let change = BindingChange {
            change: &change,
            also: &|_, _| {},
            claim: None,
        };
        let mut answer = self.record_binding(ctx, binding, &change).await?.1;
        answer.status = 202;
        Ok(answer.ask_again_after(Duration::from_secs(1)))
    }

    async fn put_back_binding(
        &self,
        mut binding: Binding,
        error: AppError,
    ) -> Result<Answer, AppError> {
        binding.operation.put_back(self.clock.now());
        put_back(self.store.write().binding(&binding).commit().await, error)
    }

    pub(super) async fn resume_bind(
        &self,
        ctx: &Context,
        idempotency: &Idempotency,
        claim: Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        // Id and state are new in every attempt, but they are not part of what was asked.
        if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        let Target::Bind(id) = claim.target else {
            return Err(AppError::Internal("a claim of another kind"));
        };
        let (mut binding, _) = self
            .store
            .binding(id)
            .await?
            .ok_or(AppError::BindingNotFound)?;
        let now = self.clock.now();
        match binding.operation.next_step(now, self.patience()) {
            Step::Busy(wait) | Step::TooEarly(wait) => Err(AppError::InProgress(wait)),
            Step::Done => {
                if let Some(answer) = self.answered_meanwhile(&claim.key).await? {
                    return Ok(answer);
                }
                let change = BindingChange {
                    change: &|_| None,
                    also: &|_, _| {},
                    claim: Some((&claim.key, 201)),
                };
                Ok(self.record_binding(ctx, binding, &change).await?.1)
            }
            Step::Send | Step::Ask => {
                binding.operation.renew(self.external_id()?, now);
                binding.operation.lease(now, deadline.remaining());
                let stored = self.store.write().binding(&binding).commit().await;
                stored.map_err(AppError::of_write)?;
                binding.version += 1;
                self.send_binding(ctx, binding, deadline).await
            }
        }
    }

    /// Stores what becomes of a binding, and the answer that shows it. As with payments: on the
    /// condition that it still is what was read, else read again.
    pub(super) async fn record_binding(
        &self,
        ctx: &Context,
        mut binding: Binding,
        what: &BindingChange<'_>,
    ) -> Result<(Binding, Answer), AppError> {
        let mut answered = false;
        for round in 0..20 {
            let mut next = binding.clone();
            let event = (what.change)(&mut next);
            // The event that tells how the linking ended says who had asked for it; the item does not keep it.
            let told_by = event.and_then(|_| next.requested_by.take());
            if next != binding {
                next.updated_at = self.clock.now();
            }
            let status = what.claim.map_or(200, |claim| claim.1);
            let waits = next.status == BindingStatus::Unbinding;
            let status = if waits { 202 } else { status };
            let view = self.binding_view(&next).await;
            let answer = Answer::new(status, &view.map_err(AppError::after_sending)?)?;
            let mut write = self.store.write();
            write.binding(&next);
            if let Some(kind) = event {
                let requested_by = match told_by.clone() {
                    Some(actor) => Some(actor),
                    None => self.requested_by(ctx, what.claim).await,
                };
                let event = self.binding_event(ctx, kind, &next, requested_by.as_ref())?;
                write.binding_event(&next, &event);
            }
            if let Some((claim, _)) = what.claim
                && status != 202
                && !answered
            {
                write.answer(
                    claim,
                    &Self::keep(&ctx.secrets, claim, &answer),
                    self.clock.now(),
                );
            }
            (what.also)(&mut write, &next);
            match write.commit().await {
                Ok(()) => {
                    next.version += 1;
                    let answer = self.first_answer(what.claim, answered, answer).await?;
                    return Ok((next, answer));
                }
                Err(Rejected::Answered) => answered = true,
                Err(Rejected::Stale) => {
                    pause(round).await;
                    binding = self.binding_again(binding.id).await?.0;
                }
                Err(Rejected::Unavailable(error)) => return Err(AppError::StoreAfterSend(error)),
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::InProgress(Duration::from_secs(1)))
    }

    async fn binding_again(&self, id: BindingId) -> Result<(Binding, TokenRecord), AppError> {
        self.store
            .binding(id)
            .await
            .map_err(AppError::StoreAfterSend)?
            .ok_or(AppError::Internal("a binding vanished"))
    }
}
