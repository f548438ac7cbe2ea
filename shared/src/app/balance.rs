//! What a customer's linked account holds, asked afresh each time: nothing of it is kept.

use secrecy::SecretString;
use serde::Serialize;

use super::answer::Answer;
use super::channel_headers::channel_headers;
use super::sending::{Order, Sent};
use super::{Actor, App, AppError, Deadline};
use crate::doku::reading::Reading;
use crate::doku::wire::balance::{self as wire, Balance};
use crate::doku::wire::with_token;
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::channel::{Call, Capability};
use crate::domain::ids::BindingId;
use crate::domain::money::StatedAmount;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BalanceView<'a> {
    binding_id: String,
    channel: &'static str,
    balances: Vec<PartView<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartView<'a> {
    r#type: Option<&'a str>,
    amount: Option<StatedView<'a>>,
    flat_amount: Option<StatedView<'a>>,
    hold_amount: Option<StatedView<'a>>,
}

/// As DOKU states it.
#[derive(Serialize)]
struct StatedView<'a> {
    value: &'a str,
    currency: &'a str,
}

impl<'a> From<&'a StatedAmount> for StatedView<'a> {
    fn from(stated: &'a StatedAmount) -> Self {
        Self {
            value: &stated.value,
            currency: &stated.currency,
        }
    }
}

impl<'a> From<&'a Balance> for PartView<'a> {
    fn from(balance: &'a Balance) -> Self {
        let view = |stated: &'a Option<StatedAmount>| stated.as_ref().map(StatedView::from);
        Self {
            r#type: balance.kind.as_deref(),
            amount: view(&balance.amount),
            flat_amount: view(&balance.flat),
            hold_amount: view(&balance.held),
        }
    }
}

impl App {
    /// What a linked account holds.
    pub async fn read_balance(
        &self,
        actor: &Actor,
        id: BindingId,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let found = self.store.binding(id).await?;
        let (binding, token) = found
            .filter(|(binding, _)| actor.may_touch(&binding.customer))
            .ok_or(AppError::BindingNotFound)?;
        if !binding.channel.can(Capability::Balance) {
            return Err(self.not_offered(&[Capability::Balance], "bindingId"));
        }
        if binding.status != BindingStatus::Active {
            return Err(AppError::Illegal("The binding is not active."));
        }
        let secrets = self.secrets.current().await?;
        let device = self.device_of_binding(&binding).await?;
        let body = wire::request(binding.channel);
        let order = Order {
            path: wire::path(binding.channel),
            headers: channel_headers(binding.channel, Call::Balance, &device),
            external_id: self.external_id()?,
            customer: Some((id, token)),
            customer_header: binding.channel.in_header(Call::Balance),
            body: &|token: Option<&SecretString>| with_token(&body, token),
        };
        let answer = match self.send(&secrets, order, deadline).await {
            Sent::Answered(answer, _) => answer,
            Sent::NotTaken(error) => return Err(error),
            Sent::CustomerGone => {
                return Err(AppError::Illegal(
                    "The customer's consent is gone; link the account again.",
                ));
            }
            Sent::Lost(_) => return Err(AppError::Unreachable),
        };
        match answer.reading {
            Reading::Success => {
                let balances = wire::read(&answer.body).map_err(|_| AppError::Unreachable)?;
                Answer::new(200, &view(&binding, &balances))
            }
            Reading::Refused(_) | Reading::NotFound | Reading::WrongState => Err(
                AppError::Illegal("DOKU does not tell what this account holds."),
            ),
            _ => Err(AppError::Unreachable),
        }
    }
}

fn view<'a>(binding: &Binding, balances: &'a [Balance]) -> BalanceView<'a> {
    BalanceView {
        binding_id: binding.id.to_string(),
        channel: binding.channel.code,
        balances: balances.iter().map(PartView::from).collect(),
    }
}
