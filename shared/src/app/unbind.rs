//! Unlinking a customer's account.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::answer::Answer;
use super::bind::BindingChange;
use super::channel_headers::channel_headers;
use super::context::Context;
use super::recording::{pause, put_back};
use super::sending::{Order, Sent};
use super::tokens::NoToken;
use super::{Actor, App, AppError, Deadline, Idempotency, view};
use crate::doku::reading::Reading;
use crate::doku::wire::unbinding as wire;
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::channel::{Call, Capability};
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::BindingId;
use crate::domain::operation::{Operation, OperationKind, Step};
use crate::domain::sealed::Sealed;
use crate::secrets::Secrets;
use crate::store::{Claim, Grantee, Rejected, Target, TokenRecord};

/// How unlinking ended.
enum Ended {
    /// The account is linked no more.
    Gone,
    /// It will be once the customer has confirmed on this page, sealed.
    OnPage(Sealed),
    /// DOKU refuses: it still is.
    Kept(Failure),
    /// Nobody knows. Asking again is harmless.
    Lost,
}

impl App {
    /// Asks DOKU to unlink an account, or continues what the same request began before.
    pub async fn unbind(
        &self,
        actor: &Actor,
        id: BindingId,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        for round in 0.. {
            // The claim first: a binding read before it might not show yet what the claim began.
            let earlier = self.earlier(idempotency).await?;
            let found = self.store.binding(id).await?;
            let (binding, token) = found
                .filter(|(binding, _)| actor.may_touch(&binding.customer))
                .ok_or(AppError::BindingNotFound)?;
            if let Some(claim) = earlier {
                return self
                    .resume_unbind(&ctx, idempotency, claim, binding, token, deadline)
                    .await;
            }
            let able = [Capability::UnbindAccount, Capability::UnbindCard];
            if !able.iter().any(|unbind| binding.channel.can(*unbind)) {
                return Err(self.not_offered(&able, "bindingId"));
            }
            self.may_unbind(&binding)?;
            let now = self.clock.now();
            let claim = idempotency.claim(&ctx.secrets, Target::Unbind(id), now);
            let mut binding = self.intend_unbind(binding, &claim.key, deadline)?;
            match self
                .store
                .write()
                .claim(&claim)
                .binding(&binding)
                .commit()
                .await
            {
                Ok(()) => {
                    binding.version += 1;
                    return self.continue_unbind(&ctx, binding, token, deadline).await;
                }
                Err(Rejected::Stale | Rejected::Claimed(_)) if !deadline.is_near() => {
                    pause(round).await;
                }
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::Internal("unlinking went round for ever"))
    }

    /// Checks that there is something to unlink, and that nothing about the binding is on its way: what
    /// came of it would be lost.
    pub(super) fn may_unbind(&self, binding: &Binding) -> Result<(), AppError> {
        if binding.status == BindingStatus::Failed {
            return Err(AppError::Illegal("The binding never came about."));
        }
        let journals = [Some(&binding.operation), binding.otp.as_ref()];
        for operation in journals
            .into_iter()
            .chain([binding.unbind.as_ref()])
            .flatten()
        {
            if let Step::Busy(wait) = operation.next_step(self.clock.now(), self.patience()) {
                return Err(AppError::InProgress(wait));
            }
        }
        Ok(())
    }

    pub(super) fn intend_unbind(
        &self,
        mut binding: Binding,
        claim: &str,
        deadline: Deadline,
    ) -> Result<Binding, AppError> {
        let now = self.clock.now();
        let earlier = binding.unbind.take();
        let lost = earlier.filter(|_| binding.status == BindingStatus::Unbinding);
        // Also a pending one: the customer may have agreed at the bank without coming back to us.
        binding.begin_unbinding(now);
        // Who asked for the linking does not matter to its end.
        binding.requested_by = None;
        let mut operation = self.intend(
            OperationKind::Unbind,
            binding.channel.family,
            claim.to_owned(),
            deadline,
        )?;
        operation.resent = lost.is_some_and(|earlier| earlier.may_have_arrived());
        binding.unbind = Some(operation);
        Ok(binding)
    }

    pub(super) async fn continue_unbind(
        &self,
        ctx: &Context,
        binding: Binding,
        token: TokenRecord,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let Some(operation) = binding.unbind.clone() else {
            return Err(AppError::Internal("unlinking without its operation"));
        };
        let (ended, response_code) = if binding.status == BindingStatus::Unbinding {
            match self
                .send_unbinding(&ctx.secrets, &binding, &operation, token, deadline)
                .await
            {
                Ok(ended) => ended,
                Err(error) => return self.put_back_unbind(binding, error).await,
            }
        } else {
            (Ended::Gone, None)
        };
        self.record_unbind(ctx, binding, &operation.claim, ended, response_code)
            .await
    }

    async fn send_unbinding(
        &self,
        secrets: &Arc<Secrets>,
        binding: &Binding,
        operation: &Operation,
        token: TokenRecord,
        deadline: Deadline,
    ) -> Result<(Ended, Option<String>), AppError> {
        let none = SecretString::default();
        let device = self.device_of_binding(binding).await?;
        let order = Order {
            path: wire::path(binding.channel),
            headers: channel_headers(binding.channel, Call::Unbind, &device),
            external_id: operation.external_id.clone(),
            customer: Some((binding.id, token)),
            customer_header: false,
            body: &|token: Option<&SecretString>| {
                wire::request(binding.channel, token.unwrap_or(&none))
            },
        };
        Ok(match self.send(secrets, order, deadline).await {
            Sent::NotTaken(error) => return Err(error),
            // Consent that is gone is what was asked for.
            Sent::CustomerGone => (Ended::Gone, None),
            Sent::Lost(_) => (Ended::Lost, None),
            Sent::Answered(answer, _) => {
                let ended = match answer.reading {
                    Reading::Success => self.unbound_or_page(secrets, binding, &answer.body),
                    Reading::InProgress
                    | Reading::NotFound
                    | Reading::Refused(Failure::AccountUnavailable) => Ended::Gone,
                    Reading::Refused(failure) | Reading::OtpRejected(failure) => {
                        Ended::Kept(failure)
                    }
                    Reading::WrongState | Reading::OtpSent => Ended::Kept(Failure::WrongState),
                    _ => Ended::Lost,
                };
                (ended, answer.response_code)
            }
        })
    }

    /// What a successful answer means: with the address of a page, that the customer has to confirm.
    fn unbound_or_page(&self, secrets: &Secrets, binding: &Binding, body: &[u8]) -> Ended {
        let Some(url) = wire::page(binding.channel, body) else {
            return Ended::Gone;
        };
        if !self.doku.is_own_page(&url) {
            tracing::error!(bindingId = %binding.id, "DOKU's answer to an unbinding cannot be used");
            return Ended::Lost;
        }
        let context = view::unbinding_page(binding.id);
        Ended::OnPage(Sealed(secrets.keyring().seal(&context, url.as_bytes())))
    }

    /// Finds out whether the customer has confirmed the unlinking on DOKU's page: DOKU then sells no token
    /// any more. The order is not repeated, which might void the page that the customer has open. `claim`
    /// is answered once that is so.
    pub(super) async fn check_unbinding_page(
        &self,
        ctx: &Context,
        binding: Binding,
        token: TokenRecord,
        claim: &str,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let bad = Some(token.generation);
        let grantee = Grantee::Customer(binding.id);
        let sold = self.customer_token(&ctx.secrets, grantee, token, bad, deadline);
        match sold.await {
            Ok(_) => {
                let answer = Answer::new(202, &self.binding_view(&binding).await?)?;
                Ok(answer.ask_again_after(Duration::from_secs(1)))
            }
            Err(NoToken::Refused) => {
                self.record_unbind(&ctx.status_check(), binding, claim, Ended::Gone, None)
                    .await
            }
            Err(NoToken::Because(error)) => Err(error),
        }
    }

    async fn record_unbind(
        &self,
        ctx: &Context,
        binding: Binding,
        claim: &str,
        ended: Ended,
        response_code: Option<String>,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let id = binding.id;
        let change = |binding: &mut Binding| {
            if response_code.is_some() {
                binding.response_code.clone_from(&response_code);
            }
            if let Some(unbind) = &mut binding.unbind {
                match ended {
                    Ended::Lost | Ended::OnPage(_) => unbind.leave_unknown(now),
                    Ended::Gone | Ended::Kept(_) => unbind.finish(),
                }
            }
            match &ended {
                // Unless it ended, or was kept, at this very moment.
                Ended::OnPage(page) if binding.status == BindingStatus::Unbinding => {
                    binding.unbind_page = Some(page.clone());
                    None
                }
                Ended::Gone => binding.advance(BindingStatus::Unbound, None, now),
                Ended::Kept(failure) => binding
                    .stay_linked(Some(*failure), now)
                    .then_some(EventType::BindingUnbindFailed),
                Ended::OnPage(_) | Ended::Lost => None,
            }
        };
        let change = BindingChange {
            change: &change,
            also: &|write, binding| {
                if binding.status == BindingStatus::Unbound {
                    write.forget_customer_token(id);
                }
            },
            claim: Some((claim, 200)),
        };
        let answer = self.record_binding(ctx, binding, &change).await?.1;
        Ok(match answer.status {
            202 => answer.ask_again_after(Duration::from_secs(1)),
            _ => answer,
        })
    }

    /// Notes that DOKU did not get it. Nothing has changed, unless an attempt before this one may have
    /// arrived: then it still is to be unlinked.
    async fn put_back_unbind(
        &self,
        mut binding: Binding,
        error: AppError,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        match &mut binding.unbind {
            Some(unbind) if unbind.resent => unbind.leave_unknown(now),
            Some(unbind) => {
                unbind.put_back(now);
                binding.stay_linked(None, now);
            }
            None => return Err(AppError::Internal("unlinking without its operation")),
        }
        put_back(self.store.write().binding(&binding).commit().await, error)
    }

    async fn resume_unbind(
        &self,
        ctx: &Context,
        idempotency: &Idempotency,
        claim: Claim,
        binding: Binding,
        token: TokenRecord,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        if binding.status == BindingStatus::Unbound {
            if let Some(answer) = self.answered_meanwhile(&claim.key).await? {
                return Ok(answer);
            }
            let change = BindingChange {
                change: &|_| None,
                also: &|_, _| {},
                claim: Some((&claim.key, 200)),
            };
            return Ok(self.record_binding(ctx, binding, &change).await?.1);
        }
        self.may_unbind(&binding)?;
        if let Some(answer) = self.answered_meanwhile(&claim.key).await? {
            return Ok(answer);
        }
        if binding.status == BindingStatus::Unbinding && binding.unbind_page.is_some() {
            return self
                .check_unbinding_page(ctx, binding, token, &claim.key, deadline)
                .await;
        }
        let mut binding = self.intend_unbind(binding, &claim.key, deadline)?;
        let stored = self.store.write().binding(&binding).commit().await;
        stored.map_err(AppError::of_write)?;
        binding.version += 1;
        self.continue_unbind(ctx, binding, token, deadline).await
    }
}
