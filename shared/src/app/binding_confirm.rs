//! Confirming a binding after the browser's return.
//!
//! The person who agrees on DOKU's page need not be the binding's customer: an attacker may send the address of the
//! page to a victim, whose account would then be linked to the attacker's customer id. Where the deployment requires a
//! confirmation, DOKU is not asked for the customer's token until the returning browser has brought a code to the
//! merchant's own address, and the merchant, or the app with that customer's token, has confirmed with it. The
//! attacker has the token and never sees the code; the victim's browser has the code and not the token.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::answer::Answer;
use super::beginning::Claimed;
use super::context::Context;
use super::{Actor, App, AppError, Deadline, Idempotency};
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::error::FieldError;
use crate::domain::failure::Failure;
use crate::domain::ids::BindingId;
use crate::store::{Claim, Target, TokenRecord};

/// What confirming asks for.
pub struct ConfirmBindingCommand {
    /// Which binding.
    pub binding: BindingId,
    /// The `returnCode` that the browser brought to the merchant's address.
    pub code: SecretString,
}

impl App {
    /// Confirms that the browser that came back is that of the customer whom the binding is for: DOKU is asked for
    /// the customer's token now. Repeating it does no harm.
    pub async fn confirm_return(
        &self,
        actor: &Actor,
        command: &ConfirmBindingCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        let (claim, waiting) = if let Some(claim) = self.earlier(idempotency).await? {
            if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
                return Ok(answer);
            }
            (claim, self.confirmable(actor, command).await?)
        } else {
            let waiting = self.confirmable(actor, command).await?;
            let target = Target::Bind(command.binding);
            let claim = idempotency.claim(&ctx.secrets, target, self.clock.now());
            match self.claim_alone(&ctx.secrets, idempotency, claim).await? {
                Claimed::Now(claim) => (claim, waiting),
                Claimed::Answered(answer) => return Ok(answer),
            }
        };
        let (binding, token) = waiting;
        self.confirm(&ctx, binding, token, &claim, deadline).await
    }

    /// Reads the binding and checks that it waits for this code, or did.
    async fn confirmable(
        &self,
        actor: &Actor,
        command: &ConfirmBindingCommand,
    ) -> Result<(Binding, TokenRecord), AppError> {
        let found = self.store.binding(command.binding).await?;
        let (binding, token) = found
            .filter(|(binding, _)| actor.may_touch(&binding.customer))
            .ok_or(AppError::BindingNotFound)?;
        if !binding.confirm {
            return Err(AppError::Illegal("The binding needs no confirmation."));
        }
        if binding.returned.is_none() {
            return Err(AppError::Illegal(
                "The customer has not come back from DOKU's page yet.",
            ));
        }
        if !self.is_code(&binding, command.code.expose_secret()).await? {
            let rule = "is not the one that the browser brought to returnUrl";
            return Err(AppError::Invalid(vec![FieldError::new("returnCode", rule)]));
        }
        match binding.status {
            BindingStatus::Active => Ok((binding, token)),
            BindingStatus::Pending if binding.waits_for_confirmation(self.clock.now()) => {
                Ok((binding, token))
            }
            BindingStatus::Pending | BindingStatus::Failed => Err(AppError::Illegal(
                "The binding was not confirmed in time, or has failed; link the account again.",
            )),
            BindingStatus::Unbinding | BindingStatus::Unbound => {
                Err(AppError::Illegal("The binding is linked no more."))
            }
        }
    }

    async fn confirm(
        &self,
        ctx: &Context,
        binding: Binding,
        token: TokenRecord,
        claim: &Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let binding = if binding.status == BindingStatus::Pending {
            // Without agreement the code is used up: else its holder could wait for another person to agree.
            let refused = Some(Failure::CancelledByCustomer);
            self.settle_binding(ctx, binding, token, refused, deadline)
                .await?
        } else {
            binding
        };
        let view = self.binding_view(&binding).await;
        let view = view.map_err(AppError::after_sending)?;
        if binding.status == BindingStatus::Pending {
            // DOKU did not answer: the same request asks again.
            let answer = Answer::new(202, &view)?;
            return Ok(answer.ask_again_after(Duration::from_secs(1)));
        }
        let answer = Answer::new(200, &view)?;
        self.answer_claim(&ctx.secrets, claim, answer).await
    }
}
