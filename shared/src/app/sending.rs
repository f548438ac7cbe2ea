//! Sends one order to DOKU, renewing what has run out on the way.
//!
//! An attempt that DOKU refused for its token, its signature or its frequency was not taken: it may
//! be sent again, with a new `X-EXTERNAL-ID` and a new signature. Nothing else is ever sent again
//! here.

use std::sync::Arc;

use secrecy::SecretString;

use super::channel_headers::Header;
use super::tokens::{Held, NoToken};
use super::{App, AppError, Deadline};
use crate::doku::exchange::{Answer, Reply};
use crate::doku::non_snap;
use crate::doku::reading::Reading;
use crate::doku::snap::{Call, Credentials};
use crate::domain::failure::Failure;
use crate::domain::ids::{BindingId, ExternalId};
use crate::domain::operation::Operation;
use crate::retry;
use crate::secrets::Secrets;
use crate::store::{Grantee, TokenRecord};

/// What to send.
pub(super) struct Order<'a> {
    pub path: String,
    /// What the channel asks for beside the headers of every call.
    pub headers: Vec<Header>,
    /// Id of the first attempt.
    pub external_id: ExternalId,
    /// Whose token travels along; also for operations that carry it in the body.
    pub customer: Option<(BindingId, TokenRecord)>,
    /// Whether the customer's token goes into the header.
    pub customer_header: bool,
    /// The body, given the customer's token.
    pub body: &'a (dyn Fn(Option<&SecretString>) -> Vec<u8> + Sync),
}

/// What to send in DOKU's own protocol, which knows no tokens.
pub(super) struct NonSnapOrder<'a> {
    pub path: &'a str,
    /// Its idempotency key: the same for every attempt.
    pub request_id: &'a ExternalId,
    /// `None` for a GET.
    pub body: Option<&'a [u8]>,
}

/// How it went.
pub(super) enum Sent {
    /// DOKU answered; the id is that of the attempt it answered.
    Answered(Answer, ExternalId),
    /// It may have arrived.
    Lost(ExternalId),
    /// DOKU did not take it.
    NotTaken(AppError),
    /// The customer's consent is gone.
    CustomerGone,
}

impl Sent {
    /// As part of the operation it belongs to: that the latest attempt did not leave says nothing of
    /// the one before it.
    pub fn in_all(self, operation: &Operation) -> Self {
        match self {
            Self::NotTaken(_) | Self::CustomerGone if operation.may_be_taken() => {
                Self::Lost(operation.external_id.clone())
            }
            other => other,
        }
    }
}

/// Which of the merchant's tokens and the customer's were renewed: each may be once.
#[derive(Default)]
struct Renewed {
    merchant: bool,
    customer: bool,
}

/// The secret that an order is tried with, and the others there are while it is being rotated.
struct Trial {
    secrets: Arc<Secrets>,
    left: Others,
}

/// Which other versions were not tried yet.
enum Others {
    /// The newest, if it was rotated since we last looked, and the one before.
    NewerAndPrevious,
    /// The one before: DOKU may not know the new one yet.
    Previous,
    /// The current one again: DOKU may have learned it while the one before was tried.
    CurrentAgain,
    None,
}

impl Trial {
    fn of(secrets: &Arc<Secrets>) -> Self {
        Self {
            secrets: Arc::clone(secrets),
            left: Others::NewerAndPrevious,
        }
    }
}

impl App {
    pub(super) async fn send(
        &self,
        secrets: &Arc<Secrets>,
        order: Order<'_>,
        deadline: Deadline,
    ) -> Sent {
        match self.attempts(secrets, order, deadline).await {
            Ok(sent) => sent,
            Err(error) => Sent::NotTaken(error),
        }
    }

    async fn attempts(
        &self,
        secrets: &Arc<Secrets>,
        order: Order<'_>,
        deadline: Deadline,
    ) -> Result<Sent, AppError> {
        let mut trial = Trial::of(secrets);
        let mut external_id = order.external_id;
        let mut renewed = Renewed::default();
        let mut merchant = self.merchant(&mut trial, None, deadline).await?;
        let mut customer = match &order.customer {
            None => None,
            Some((binding, record)) => {
                match self
                    .customer(&trial.secrets, *binding, record, None, deadline)
                    .await
                {
                    Ok(held) => Some(held),
                    Err(NoToken::Refused) => return Ok(Sent::CustomerGone),
                    Err(NoToken::Because(error)) => return Err(error),
                }
            }
        };
        loop {
            let turn = self.doku.turn(deadline.to_queue()).await;
            if turn.is_none() || deadline.is_near() {
                return Err(AppError::Unreachable);
            }
            let secrets = &trial.secrets;
            let token = customer.as_ref().map(|held| &held.value);
            let body = (order.body)(token);
            let call = Call {
                path: &order.path,
                external_id: &external_id,
                customer_token: token.filter(|_| order.customer_header),
                headers: &order.headers,
                body: &body,
            };
            let credentials = Credentials {
                client_id: secrets.client_id(),
                secret_key: secrets.secret_key(),
                b2b_token: &merchant.value,
            };
            let reply = self
                .doku
                .post(&credentials, &call, deadline.for_call())
                .await;
            // Whatever DOKU made of it has to be recorded.
            retry::must_be_stored();
            let answer = match reply {
                Reply::Answer(answer) => answer,
                Reply::NotSent => return Err(AppError::Unreachable),
                Reply::Lost => return Ok(Sent::Lost(external_id)),
            };
            drop(turn);
            match answer.reading {
                Reading::RenewB2b if !renewed.merchant => {
                    renewed.merchant = true;
                    let bad = Some(merchant.generation);
                    merchant = self.merchant(&mut trial, bad, deadline).await?;
                }
                Reading::RenewCustomer if !renewed.customer => {
                    renewed.customer = true;
                    let (Some((binding, record)), Some(held)) = (&order.customer, &customer) else {
                        return Ok(Sent::Answered(answer, external_id));
                    };
                    let bad = Some(held.generation);
                    match self
                        .customer(&trial.secrets, *binding, record, bad, deadline)
                        .await
                    {
                        Ok(held) => customer = Some(held),
                        Err(NoToken::Refused) => return Ok(Sent::CustomerGone),
                        Err(NoToken::Because(error)) => return Err(error),
                    }
                }
                Reading::RenewCustomer => {
                    if let Some((binding, _)) = &order.customer {
                        // Without this, linking the account again would give the same binding back.
                        let _ = self.store.doubt_binding(*binding).await;
                    }
                    return Ok(Sent::CustomerGone);
                }
                Reading::Misconfigured if self.try_another(&mut trial).await? => {
                    merchant = self.merchant(&mut trial, None, deadline).await?;
                }
                Reading::Misconfigured | Reading::RenewB2b => return Err(AppError::Misconfigured),
                Reading::Throttled => return Err(AppError::Throttled),
                reading => {
                    if reading == Reading::Refused(Failure::AccountUnavailable)
                        && let Some((binding, _)) = &order.customer
                    {
                        // Likewise.
                        let _ = self.store.doubt_binding(*binding).await;
                    }
                    return Ok(Sent::Answered(answer, external_id));
                }
            }
            external_id = self.external_id()?;
        }
    }

    /// Sends a non-SNAP order.
    pub(super) async fn send_non_snap(
        &self,
        secrets: &Arc<Secrets>,
        order: NonSnapOrder<'_>,
        deadline: Deadline,
    ) -> Sent {
        let mut trial = Trial::of(secrets);
        loop {
            let turn = self.doku.turn(deadline.to_queue()).await;
            if turn.is_none() || deadline.is_near() {
                return Sent::NotTaken(AppError::Unreachable);
            }
            let secrets = &trial.secrets;
            let credentials = non_snap::Credentials {
                client_id: secrets.client_id(),
                secret_key: secrets.secret_key(),
            };
            let call = non_snap::Call {
                path: order.path,
                request_id: order.request_id,
                body: order.body,
            };
            let reply = self
                .doku
                .call(&credentials, &call, deadline.for_call())
                .await;
            retry::must_be_stored();
            let answer = match reply {
                Reply::Answer(answer) => answer,
                Reply::NotSent => return Sent::NotTaken(AppError::Unreachable),
                Reply::Lost => return Sent::Lost(order.request_id.clone()),
            };
            drop(turn);
            match answer.reading {
                Reading::Misconfigured => match self.try_another(&mut trial).await {
                    Ok(true) => {}
                    Ok(false) => return Sent::NotTaken(AppError::Misconfigured),
                    Err(error) => return Sent::NotTaken(error),
                },
                Reading::Throttled => return Sent::NotTaken(AppError::Throttled),
                _ => return Sent::Answered(answer, order.request_id.clone()),
            }
        }
    }

    /// The merchant's token; if DOKU refuses to give one, with another version of the secret.
    async fn merchant(
        &self,
        trial: &mut Trial,
        bad: Option<u64>,
        deadline: Deadline,
    ) -> Result<Held, AppError> {
        loop {
            match self.merchant_token(&trial.secrets, bad, deadline).await {
                Ok(held) => return Ok(held),
                Err(NoToken::Because(error)) => return Err(error),
                Err(NoToken::Refused) if self.try_another(trial).await? => {}
                Err(NoToken::Refused) => return Err(AppError::Misconfigured),
            }
        }
    }

    /// Takes another version of the secret, where there is one: DOKU did not accept what was signed
    /// with this one. It may have been rotated since it was read; or it is new, and DOKU does not know
    /// it yet.
    async fn try_another(&self, trial: &mut Trial) -> Result<bool, AppError> {
        if matches!(trial.left, Others::NewerAndPrevious) {
            trial.left = Others::Previous;
            let newer = self.secrets.refresh().await?;
            if !Arc::ptr_eq(&newer, &trial.secrets) {
                trial.secrets = newer;
                return Ok(true);
            }
        }
        if matches!(trial.left, Others::Previous) {
            trial.left = Others::None;
            if let Some(previous) = self.secrets.previous_while_rotating().await? {
                trial.left = Others::CurrentAgain;
                trial.secrets = previous;
                return Ok(true);
            }
        }
        if matches!(trial.left, Others::CurrentAgain) {
            trial.left = Others::None;
            trial.secrets = self.secrets.current().await?;
            return Ok(true);
        }
        Ok(false)
    }

    async fn customer(
        &self,
        secrets: &Secrets,
        binding: BindingId,
        record: &TokenRecord,
        bad: Option<u64>,
        deadline: Deadline,
    ) -> Result<Held, NoToken> {
        let grantee = Grantee::Customer(binding);
        self.customer_token(secrets, grantee, record.clone(), bad, deadline)
            .await
    }
}
