//! Who pays: a linked account, a wallet or a card, looked up and found fit for what is asked.

use std::sync::Arc;

use secrecy::SecretString;

use super::super::bind;
use super::super::offers::confirmation_not_offered;
use super::super::{Actor, App, AppError, Deadline, Idempotency};
use super::{AccountOrder, PayCommand, PayMethod, WalletOrder};
use crate::domain::binding::{Binding, BindingStatus};
use crate::domain::channel::{Capability, Confirmation};
use crate::domain::device::Device;
use crate::domain::failure::Failure;
use crate::domain::ids::SubscriptionId;
use crate::domain::subscription::{Standing, Subscription};
use crate::secrets::Secrets;
use crate::store::TokenRecord;

/// What the token of a subscription is sealed for.
pub(in crate::app) fn token_context(subscription: SubscriptionId) -> String {
    format!("SUBSCRIPTION#{subscription}/token")
}

/// Where the money of a new payment comes from, looked up and found fit.
pub(in crate::app) enum Payer {
    Account(Box<Account>),
    Wallet,
    Card,
    /// A token of BRI's.
    Token(SecretString),
}

/// A linked account or card to be charged.
pub(in crate::app) struct Account {
    pub binding: Binding,
    pub token: TokenRecord,
    /// What goes with the card, if anything does.
    pub charge_token: Option<SecretString>,
    /// OTPs that the payment may be given.
    pub otps_left: u8,
    /// The device that it was linked with.
    pub device: Device,
}

impl Payer {
    pub const fn charge_token(&self) -> Option<&SecretString> {
        match self {
            Self::Account(account) => account.charge_token.as_ref(),
            Self::Wallet | Self::Card | Self::Token(_) => None,
        }
    }

    /// The customer's tokens, where they were read.
    pub(in crate::app) fn customer_token(self) -> Option<TokenRecord> {
        match self {
            Self::Account(account) => Some(account.token),
            Self::Wallet | Self::Card | Self::Token(_) => None,
        }
    }

    /// The device that is known already.
    pub const fn device(&self) -> Option<&Device> {
        match self {
            Self::Account(account) => Some(&account.device),
            Self::Wallet | Self::Card | Self::Token(_) => None,
        }
    }
}

impl App {
    /// Checks that this can be paid with. `None` when the same request was made before, and finding
    /// out more would take a call to DOKU.
    pub(super) async fn payer(
        &self,
        secrets: &Arc<Secrets>,
        actor: &Actor,
        command: &PayCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Option<Payer>, AppError> {
        match &command.method {
            PayMethod::Account(order) => self.payable(actor, command, order).await.map(Some),
            PayMethod::Wallet(order) => self.walletable(actor, command, order).map(Some),
            PayMethod::Card(order) => {
                if !actor.may_touch(&order.customer.id) {
                    return Err(AppError::Forbidden);
                }
                if actor.customer.is_some() && order.is_the_merchants_to_decide() {
                    return Err(AppError::MerchantOnly);
                }
                if let Some(token) = &order.token {
                    if self.earlier(idempotency).await?.is_some() {
                        return Ok(None);
                    }
                    // Whoever pays with a card must own it; DOKU is not known to check that.
                    self.own_card(secrets, &order.customer.id, token, deadline)
                        .await?;
                }
                Ok(Some(Payer::Card))
            }
            PayMethod::Recurring(_) => {
                Err(AppError::Internal("a subscription is charged elsewhere"))
            }
        }
    }

    /// Checks that the binding can be charged this way.
    async fn payable(
        &self,
        actor: &Actor,
        command: &PayCommand,
        order: &AccountOrder,
    ) -> Result<Payer, AppError> {
        let found = self.store.binding(order.binding).await?;
        let (binding, token) = found
            .filter(|(binding, _)| actor.may_touch(&binding.customer))
            .ok_or(AppError::BindingNotFound)?;
        let channel = binding.channel;
        self.offers(channel, Capability::Pay, "method.bindingId")?;
        let confirmation = order.confirmation(channel);
        let confirmation = confirmation.ok_or_else(|| confirmation_not_offered(channel))?;
        if confirmation == Confirmation::Otp {
            self.offers(channel, Capability::PaymentOtp, "method.confirmation")?;
        }
        if confirmation == Confirmation::Unasked && actor.customer.is_some() {
            return Err(AppError::MerchantOnly);
        }
        let charge_token = match &order.charge_token {
            Some(given) => Some(given.clone()),
            None => self.kept_charge_token(&binding).await?,
        };
        let device = self.device_of_binding(&binding).await?;
        let mut misfits = order.misfits(channel, charge_token.as_ref());
        misfits.extend(command.misfits(channel, &device));
        if !misfits.is_empty() {
            return Err(AppError::Invalid(misfits));
        }
        if binding.status != BindingStatus::Active {
            return Err(AppError::Illegal("The binding is not active."));
        }
        let otps_left = match channel.otp {
            None => 0,
            Some(rules) if rules.counted_for.is_none() => rules.attempts,
            Some(_) if confirmation == Confirmation::Otp => self.otps_left(&binding).await?,
            Some(rules) => rules.attempts,
        };
        if confirmation == Confirmation::Otp && otps_left == 0 {
            return Err(AppError::Illegal(
                "No OTP attempts are left for this account; the bank would block it.",
            ));
        }
        Ok(Payer::Account(Box::new(Account {
            binding,
            token,
            charge_token,
            otps_left,
            device,
        })))
    }

    /// What goes with a card, as DOKU gave it when the card was linked.
    async fn kept_charge_token(&self, binding: &Binding) -> Result<Option<SecretString>, AppError> {
        match &binding.charge_token {
            Some(sealed) => {
                let context = bind::charge_token(binding.id);
                self.open_text(&context, sealed).await.map(Some)
            }
            None => Ok(None),
        }
    }

    /// What a subscription is charged to, if it still can be.
    pub(in crate::app) async fn standing_payer(
        &self,
        subscription: &Subscription,
    ) -> Result<Result<Payer, Failure>, AppError> {
        let id = match &subscription.standing {
            Standing::Binding(id) => *id,
            Standing::Token(sealed) => {
                let context = token_context(subscription.id);
                let token = self.open_text(&context, sealed).await?;
                return Ok(Ok(Payer::Token(token)));
            }
        };
        let Some((binding, token)) = self.store.binding(id).await? else {
            return Ok(Err(Failure::BindingLost));
        };
        let channel = binding.channel;
        if binding.status != BindingStatus::Active || binding.customer != subscription.customer {
            return Ok(Err(Failure::BindingLost));
        }
        if channel.recurring.is_none() || !channel.is_confirmed(Capability::Pay) {
            return Ok(Err(Failure::NotAllowed));
        }
        let charge_token = self.kept_charge_token(&binding).await?;
        let device = self.device_of_binding(&binding).await?;
        Ok(Ok(Payer::Account(Box::new(Account {
            binding,
            token,
            charge_token,
            device,
            // Nobody is asked for one.
            otps_left: 0,
        }))))
    }

    /// Checks that the wallet can be charged this way.
    fn walletable(
        &self,
        actor: &Actor,
        command: &PayCommand,
        order: &WalletOrder,
    ) -> Result<Payer, AppError> {
        if !actor.may_touch(&order.customer) {
            return Err(AppError::Forbidden);
        }
        self.offers(order.channel, Capability::Pay, "method.channel")?;
        let mut misfits = command.misfits(order.channel, &Device::default());
        misfits.extend(order.misfits(self.clock.now()));
        if misfits.is_empty() {
            Ok(Payer::Wallet)
        } else {
            Err(AppError::Invalid(misfits))
        }
    }
}
