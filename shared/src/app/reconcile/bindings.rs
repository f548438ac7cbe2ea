//! Unlinking that was left, and linking that never came about.

use std::time::Duration;

use super::super::bind::BindingChange;
use super::super::context::Context;
use super::super::{App, AppError, Deadline};
use super::Looked;
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::channel::Registration;
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::BindingId;
use crate::domain::operation::{OperationState, Step};
use crate::store::{Rejected, TokenRecord};

impl App {
    /// Finishes what was left of a binding.
    pub(super) async fn look_at_binding(
        &self,
        ctx: &Context,
        id: BindingId,
        deadline: Deadline,
    ) -> Result<Looked, AppError> {
        let now = self.clock.now();
        let found = self.store.binding(id).await?;
        let due = |binding: &Binding| binding.due_at().is_some_and(|due| due <= now);
        let Some((binding, token)) = found.filter(|(binding, _)| due(binding)) else {
            return Ok(Looked::NotDue);
        };
        if binding.status == BindingStatus::Pending {
            let otp = binding.otp.as_ref();
            if let Some(Step::Busy(wait)) = otp.map(|otp| otp.next_step(now, self.patience())) {
                // The customer finishes it at this moment.
                return self.note_look_at_binding(ctx, id, wait).await;
            }
            self.end_pending(ctx, binding, token, deadline).await?;
            return self.note_look_at_binding(ctx, id, Duration::ZERO).await;
        }
        let wait = match self.unlink_again(ctx, binding, token, deadline).await {
            Ok(()) => Duration::ZERO,
            Err(AppError::InProgress(wait)) => wait,
            Err(error) => {
                tracing::info!(bindingId = %id, %error, "a binding stays linked");
                Duration::ZERO
            }
        };
        self.note_look_at_binding(ctx, id, wait).await
    }

    /// Asks DOKU again to unlink an account, which is harmless to repeat.
    async fn unlink_again(
        &self,
        ctx: &Context,
        binding: Binding,
        token: TokenRecord,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        self.may_unbind(&binding)?;
        let Some(unbind) = &binding.unbind else {
            return Err(AppError::Internal("unlinking without its operation"));
        };
        let (claim, began) = (unbind.claim.clone(), unbind.started_at);
        if binding.unbind_page.is_some() {
            return self
                .check_unbinding_page(ctx, binding, token, &claim, deadline)
                .await
                .map(drop);
        }
        let mut binding = self.intend_unbind(binding, &claim, deadline)?;
        if let Some(unbind) = &mut binding.unbind {
            unbind.started_at = began; // the week is counted from the first time
        }
        let stored = self.store.write().binding(&binding).commit().await;
        stored.map_err(AppError::of_write)?;
        binding.version += 1;
        self.continue_unbind(ctx, binding, token, deadline)
            .await
            .map(drop)
    }

    /// Ends a binding that the customer did not finish, after asking DOKU whether that is so; an unconfirmed one,
    /// without asking, since asking would link the account; or one whose answer was lost and that the caller did not
    /// repeat. The data kept for a repeat is deleted.
    async fn end_pending(
        &self,
        ctx: &Context,
        binding: Binding,
        token: TokenRecord,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let answered = binding.operation.state == OperationState::Final;
        let by_page = binding.channel.registration != Some(Registration::CardDigits);
        if answered && by_page && !binding.confirm {
            let expired = Some(Failure::Expired);
            // Where DOKU does not say, it stays pending, and is looked at again.
            return self
                .settle_binding(&ctx.status_check(), binding, token, expired, deadline)
                .await
                .map(drop);
        }
        let now = self.clock.now();
        let (id, claim) = (binding.id, binding.operation.claim.clone());
        let change = BindingChange {
            change: &|binding: &mut Binding| {
                binding.operation.finish();
                binding.advance(BindingStatus::Failed, Some(Failure::Expired), now)
            },
            also: &|write, binding| {
                // Unless it was finished at this very moment.
                if binding.status == BindingStatus::Failed {
                    write.forget_customer_token(id);
                }
            },
            claim: (!answered).then_some((claim.as_str(), 201)),
        };
        self.record_binding(ctx, binding, &change).await.map(drop)
    }

    async fn note_look_at_binding(
        &self,
        ctx: &Context,
        id: BindingId,
        wait: Duration,
    ) -> Result<Looked, AppError> {
        let found = self.store.binding(id).await?;
        let (mut next, _) = found.ok_or(AppError::BindingNotFound)?;
        let unlinking = next.unbind.as_ref().map(|unbind| unbind.started_at);
        let began = match next.status {
            BindingStatus::Unbinding => unlinking,
            BindingStatus::Pending => Some(next.lapses_at()),
            BindingStatus::Active | BindingStatus::Failed | BindingStatus::Unbound => None,
        };
        let Some(began) = began else {
            return Ok(Looked::Finished);
        };
        let now = self.clock.now();
        let told = next.watch.note_look(began, now, wait);
        let mut write = self.store.write();
        write.binding(&next);
        if told {
            let kind = EventType::BindingNeedsAttention;
            write.binding_event(&next, &self.binding_event(ctx, kind, &next, None)?);
        }
        match write.commit().await {
            Ok(()) if told => Ok(Looked::Told),
            // Somebody else wrote meanwhile: it stays due, and is looked at again.
            Ok(()) | Err(Rejected::Stale) => Ok(Looked::Open),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }
}
