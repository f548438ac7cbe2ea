//! Linking an account that is linked already: the customer gets the binding that exists.

use super::answer::Answer;
use super::beginning::Begun;
use super::bind::{BindCommand, account_of};
use super::context::Context;
use super::{App, AppError, Deadline, Idempotency};
use crate::domain::binding::{Binding, BindingStatus};
use crate::secrets::Secrets;
use crate::store::{CLAIM_LIFE, Claim, Target};

/// Newest bindings of a customer that are compared.
const COMPARED: usize = 50;

impl App {
    /// The active binding of the same account, where DOKU confirmed it within a day. The list that it is
    /// found by may lag a moment behind; one that is missed there is linked a second time, as it always
    /// can be.
    pub(super) async fn linked_already(
        &self,
        secrets: &Secrets,
        command: &BindCommand,
    ) -> Result<Option<Binding>, AppError> {
        let Some(account) = account_of(command).filter(|_| !command.relink) else {
            return Ok(None);
        };
        let customer = &command.customer;
        let page = self.store.bindings_of(customer, COMPARED, None).await?;
        for shown in page.items {
            let listed = shown.value();
            let hash = listed.account.as_deref().unwrap_or_default();
            let same = secrets
                .keyring()
                .fingerprint_matches(hash, account.as_bytes());
            let chargeable = listed.status == BindingStatus::Active;
            if !same || !chargeable || *listed.channel != *command.channel {
                continue;
            }
            let now = self.clock.now();
            let found = self.store.binding(listed.id).await?;
            if let Some((binding, token)) = found
                && binding.is_surely_linked(token.confirmed_at, now)
            {
                return Ok(Some(binding));
            }
        }
        Ok(None)
    }

    /// Answers with a binding that exists, and so does every repeat of the request.
    pub(super) async fn answer_linked(
        &self,
        ctx: &Context,
        linked: &Binding,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let answer = Answer::new(201, &self.binding_view(linked).await?)?;
        let now = self.clock.now();
        let claim = idempotency.claim(&ctx.secrets, Target::Bind(linked.id), now);
        let claim = Claim {
            answer: Some(Self::keep(&ctx.secrets, &claim.key, &answer)),
            expires_at: Some(now.plus(CLAIM_LIFE)),
            ..claim
        };
        let mut round = 0;
        loop {
            let stored = self.store.write().claim(&claim).commit().await;
            match Self::begun(stored, &mut round, deadline).await? {
                Begun::Stored => {
                    tracing::info!(bindingId = %linked.id, "the account is linked already");
                    return Ok(answer);
                }
                Begun::Before(claim) => {
                    return self.resume_bind(ctx, idempotency, claim, deadline).await;
                }
                Begun::LookAgain => {}
            }
        }
    }
}
