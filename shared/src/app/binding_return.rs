//! Where DOKU's page sends the customer's browser back.
//!
//! The browser's word proves nothing: a binding becomes active when DOKU sells the customer's token
//! for the authorisation code, and not before.

use super::bind::BindingChange;
use super::tokens::NoToken;
use super::{App, AppError, Deadline};
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::channel::Registration;
use crate::domain::failure::Failure;
use crate::domain::ids::BindingId;
use crate::domain::text::ReturnUrl;
use crate::seal::Keyring;
use crate::secrets::Secrets;
use crate::store::{Grantee, TokenRecord};

/// What the browser says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReturnOutcome {
    /// The customer agreed.
    Success,
    /// The customer did not.
    Failed,
}

/// Where to send the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnTo(pub String);

impl App {
    /// Takes the browser back, finds out whether the binding came about, and sends it on to the
    /// merchant.
    pub async fn binding_return(
        &self,
        id: BindingId,
        outcome: ReturnOutcome,
        state: &str,
        deadline: Deadline,
    ) -> Result<ReturnTo, AppError> {
        let secrets = self.secrets.current().await?;
        let (binding, token) = self
            .store
            .binding(id)
            .await?
            .ok_or(AppError::BindingNotFound)?;
        if !self.is_state(&binding, state).await? {
            return Err(AppError::BindingNotFound);
        }
        // A card that is confirmed by OTP has its token from the start, and no page to come back from.
        let by_page = binding.channel.registration != Some(Registration::CardDigits);
        let binding = if by_page && binding.status == BindingStatus::Pending {
            let refused =
                (outcome == ReturnOutcome::Failed).then_some(Failure::CancelledByCustomer);
            self.settle_binding(&secrets, binding, token, refused, deadline)
                .await?
        } else {
            binding
        };
        let url = ReturnUrl::parse(&binding.return_url)
            .map_err(|_| AppError::Internal("a stored address is none"))?;
        let id = binding.id.to_string();
        let to = url.with(&[("bindingId", &id), ("status", binding.status.as_str())]);
        Ok(ReturnTo(to))
    }

    async fn is_state(&self, binding: &Binding, state: &str) -> Result<bool, AppError> {
        let same = |keyring: &Keyring| {
            keyring
                .fingerprint_matches(&binding.state, state.as_bytes())
                .then_some(())
        };
        Ok(self.with_any_keyring(same).await?.is_some())
    }

    /// Finds out whether the customer agreed. `refused`: what it failed by if not; `None` leaves it
    /// open.
    pub(super) async fn settle_binding(
        &self,
        secrets: &Secrets,
        binding: Binding,
        token: TokenRecord,
        refused: Option<Failure>,
        deadline: Deadline,
    ) -> Result<Binding, AppError> {
        let grantee = Grantee::Customer(binding.id);
        let bought = self
            .customer_token(secrets, grantee, token, None, deadline)
            .await;
        let (status, failure) = match bought {
            Ok(_) => (BindingStatus::Active, None),
            Err(NoToken::Refused) if refused.is_some() => (BindingStatus::Failed, refused),
            // The customer may still be at it, or DOKU a moment behind.
            Err(NoToken::Refused) => return Ok(binding),
            Err(NoToken::Because(error)) => {
                tracing::warn!(%error, "a binding could not be settled when the browser came back");
                return Ok(binding);
            }
        };
        let now = self.clock.now();
        let change = BindingChange {
            change: &|binding| binding.advance(status, failure, now),
            also: &|_, _| {},
            claim: None,
        };
        Ok(self.record_binding(secrets, binding, &change).await?.0)
    }
}
