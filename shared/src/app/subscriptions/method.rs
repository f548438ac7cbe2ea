//! What a subscription is charged to, checked before it is believed.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::pay::token_context;
use super::super::sending::{NonSnapOrder, Sent};
use super::super::{App, AppError, Deadline};
use crate::doku::reading::Reading;
use crate::doku::wire::recurring as wire;
use crate::domain::binding::BindingStatus;
use crate::domain::card::Item;
use crate::domain::channel::{BRI_TOKEN, Capability, Channel, Wanted};
use crate::domain::error::FieldError;
use crate::domain::ids::{BindingId, CustomerId, SubscriptionId};
use crate::domain::sealed::Sealed;
use crate::domain::subscription::Standing;
use crate::secrets::Secrets;

/// Longest customer id that a charge by token takes.
const TOKEN_CUSTOMER_MAX: usize = 50;

/// What to charge, as the merchant names it.
#[derive(Debug, Clone)]
pub enum StandingMethod {
    /// A linked account or card.
    Binding(BindingId),
    /// A token of BRI's that the merchant holds.
    Token(SecretString),
}

/// A method with whose it has to be.
pub struct MethodCommand<'a> {
    /// The customer.
    pub customer: &'a CustomerId,
    /// What is to be charged.
    pub method: &'a StandingMethod,
    /// What is bought.
    pub items: &'a [Item],
}

/// What of the goods does not fit the channel.
pub(super) fn misfits(channel: &Channel, items: &[Item]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if items.is_empty() && channel.items == Wanted::Must {
        errors.push(FieldError::new("items", "is required by this channel"));
    }
    let sent = channel.items != Wanted::No;
    for (index, item) in items.iter().enumerate() {
        if sent && item.name.chars().count() > channel.item_name_max {
            let field = format!("items[{index}].name");
            errors.push(FieldError::new(field, "is longer than this channel takes"));
        }
    }
    errors
}

impl App {
    /// Checks that the customer can be charged this way without being asked.
    pub(super) async fn standing(
        &self,
        secrets: &Arc<Secrets>,
        id: SubscriptionId,
        command: &MethodCommand<'_>,
        deadline: Deadline,
    ) -> Result<(Standing, &'static Channel), AppError> {
        let (standing, channel) = match command.method {
            StandingMethod::Binding(binding) => {
                let found = self.store.binding(*binding).await?;
                let (binding, _) = found
                    .filter(|(binding, _)| binding.customer == *command.customer)
                    .ok_or(AppError::BindingNotFound)?;
                if binding.channel.recurring.is_none() {
                    return Err(self.not_recurring("method.bindingId"));
                }
                self.offers(binding.channel, Capability::Pay, "method.bindingId")?;
                if binding.status != BindingStatus::Active {
                    return Err(AppError::Illegal("The binding is not active."));
                }
                let channel = binding.channel;
                (Standing::Binding(binding.id), channel)
            }
            StandingMethod::Token(token) => {
                self.own_token(secrets, command.customer, token, deadline)
                    .await?;
                let text = token.expose_secret().as_bytes();
                let sealed = secrets.keyring().seal(&token_context(id), text);
                (Standing::Token(Sealed(sealed)), &BRI_TOKEN)
            }
        };
        let errors = misfits(channel, command.items);
        if errors.is_empty() {
            Ok((standing, channel))
        } else {
            Err(AppError::Invalid(errors))
        }
    }

    /// Checks that a token is one of the customer's: DOKU is not known to check that itself.
    async fn own_token(
        &self,
        secrets: &Arc<Secrets>,
        customer: &CustomerId,
        token: &SecretString,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        if customer.as_str().len() > TOKEN_CUSTOMER_MAX {
            let rule = "must have at most 50 characters for a charge by token";
            return Err(AppError::Invalid(vec![FieldError::new("customerId", rule)]));
        }
        let body = wire::tokens_request(customer);
        let request_id = self.external_id()?;
        let order = NonSnapOrder {
            path: wire::TOKENS_PATH,
            request_id: &request_id,
            body: Some(&body),
        };
        match self.send_non_snap(secrets, order, deadline).await {
            Sent::Answered(answer, _) => match answer.reading {
                Reading::Success => match wire::lists(&answer.body, token) {
                    Some(true) => Ok(()),
                    Some(false) => Err(AppError::TokenNotFound),
                    None => Err(AppError::Unreachable),
                },
                Reading::NotFound | Reading::Refused(_) => Err(AppError::TokenNotFound),
                _ => Err(AppError::Unreachable),
            },
            Sent::NotTaken(error) => Err(error),
            Sent::Lost(_) | Sent::CustomerGone => Err(AppError::Unreachable),
        }
    }
}
