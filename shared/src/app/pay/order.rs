//! What a payment asks for.

use secrecy::{ExposeSecret, SecretString};

use crate::clock::Timestamp;
use crate::domain::card::{CardOrder, Item};
use crate::domain::channel::{Call, Channel, Confirmation, Wanted};
use crate::domain::device::Device;
use crate::domain::error::FieldError;
use crate::domain::ids::{BindingId, CustomerId, InvoiceNumber, PaymentId};
use crate::domain::money::Rupiah;
use crate::domain::pay_option::{FeeType, PayOption};
use crate::domain::payment::Period;
use crate::domain::return_url::ReturnUrl;
use crate::domain::text::{Description, Metadata};
use crate::domain::wallet::{DeepLink, StartingPoint};

/// What a payment asks for.
#[derive(Debug, Clone)]
pub struct PayCommand {
    /// The merchant's name for it.
    pub invoice: InvoiceNumber,
    /// How much.
    pub amount: Rupiah,
    /// With what.
    pub method: PayMethod,
    /// What is bought; adds up to the amount, if there is anything.
    pub items: Vec<Item>,
    /// The customer's device.
    pub device: Device,
    /// What the statement says.
    pub description: Option<Description>,
    /// The merchant's notes.
    pub metadata: Metadata,
}

impl WalletOrder {
    /// Where the customer goes afterwards. What became of it, the wallet does not say: only which
    /// payment it was.
    pub(super) fn way_back(&self, payment: &str) -> String {
        match &self.deep_link {
            Some(link) => link.as_str().to_owned(),
            None => self.return_url.with(&[("paymentId", payment)]),
        }
    }

    /// The members that the channel does not know, and those out of its limits at `now`.
    pub(super) fn misfits(&self, now: Timestamp) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, rule: &'static str| {
            errors.push(FieldError::new(field, rule));
        };
        if let Some(until) = self.valid_until {
            let latest = self.channel.valid_for_max.map(|longest| now.plus(longest));
            if until <= now {
                wrong("method.validUntil", "must be in the future");
            } else if latest.is_some_and(|latest| until > latest) {
                wrong("method.validUntil", "is later than this channel allows");
            }
        }
        if self.deep_link_checkout && !self.channel.deep_link_checkout {
            wrong("method.supportDeepLinkCheckoutUrl", NOT_HERE);
        }
        if self.metadata.is_some() && !self.channel.wallet_metadata {
            wrong("method.metadata", NOT_HERE);
        }
        // Every id is as long as this one.
        let id = PaymentId::new(ulid::Ulid::nil()).to_string();
        if self.way_back(&id).len() > WAY_BACK_MAX {
            wrong(
                "returnUrl",
                "must leave room for the payment's id: at most 210 characters",
            );
        }
        errors
    }
}

/// Longest way back that wallets take.
const WAY_BACK_MAX: usize = 255;

/// What a payment is paid with.
#[derive(Debug, Clone)]
pub enum PayMethod {
    /// A linked account.
    Account(AccountOrder),
    /// A wallet that the customer jumps to.
    Wallet(WalletOrder),
    /// A card, on DOKU's page.
    Card(Box<CardOrder>),
    /// What a subscription is charged to, without asking the customer.
    Recurring(Box<RecurringOrder>),
}

/// What the charge of a subscription asks for.
#[derive(Debug, Clone)]
pub struct RecurringOrder {
    /// For which period.
    pub period: Period,
    /// Who pays.
    pub customer: CustomerId,
    /// Through which channel.
    pub channel: &'static Channel,
}

/// What a payment from a linked account asks for.
#[derive(Debug, Clone)]
pub struct AccountOrder {
    /// From which account.
    pub binding: BindingId,
    /// How the customer confirms; `None` leaves it to the channel.
    pub confirmation: Option<Confirmation>,
    /// Where the browser goes after DOKU's page.
    pub return_url: ReturnUrl,
    /// What it is paid out of; empty leaves it to the channel.
    pub pay_options: Vec<PayOption>,
    /// Who bears the fee.
    pub fee_type: Option<FeeType>,
    /// What goes with the card, where DOKU gave the merchant another one than at its linking.
    pub charge_token: Option<SecretString>,
}

/// What a payment by a wallet asks for that the customer jumps to.
#[derive(Debug, Clone)]
pub struct WalletOrder {
    /// Which wallet.
    pub channel: &'static Channel,
    /// Who pays, in the merchant's words; the wallet is not told.
    pub customer: CustomerId,
    /// Where the browser goes afterwards.
    pub return_url: ReturnUrl,
    /// What opens the merchant's app instead.
    pub deep_link: Option<DeepLink>,
    /// Where the customer starts.
    pub from: Option<StartingPoint>,
    /// Until when it can be paid.
    pub valid_until: Option<Timestamp>,
    /// Whether the checkout's address may be opened as a deep link.
    pub deep_link_checkout: bool,
    /// A text for the wallet.
    pub metadata: Option<String>,
}

/// Said where a channel wants what was not given.
const NEEDED: &str = "is required by this channel";
const NOT_HERE: &str = "is not for this channel";

impl AccountOrder {
    /// How the customer confirms; `None` when the channel does not do what is wanted.
    pub(super) fn confirmation(&self, channel: &Channel) -> Option<Confirmation> {
        let confirmations = channel.confirmations;
        match self.confirmation {
            Some(wanted) => confirmations.contains(&wanted).then_some(wanted),
            None => confirmations.first().copied(),
        }
    }

    /// What the order asks for and the channel does not know, or the other way round. `charge_token` is
    /// the one that goes along, given or kept from the linking.
    pub(super) fn misfits(
        &self,
        channel: &Channel,
        charge_token: Option<&SecretString>,
    ) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !self.pay_options.is_empty() && channel.pay_options == Wanted::No {
            errors.push(FieldError::new("method.payOptions", NOT_HERE));
        }
        for (index, option) in self.pay_options.iter().enumerate() {
            let known = channel.pay_methods.contains(&option.method.as_str());
            if !known && channel.pay_options != Wanted::No {
                let field = format!("method.payOptions[{index}].method");
                errors.push(FieldError::new(field, "is not known to this channel"));
            }
        }
        if self.fee_type.is_some() && !channel.fee_types {
            errors.push(FieldError::new("method.feeType", NOT_HERE));
        }
        if self.charge_token.is_some() && channel.charge_token == Wanted::No {
            errors.push(FieldError::new("method.chargeToken", NOT_HERE));
        }
        let length = charge_token.map(|token| token.expose_secret().len());
        let rule = match length {
            _ if channel.charge_token == Wanted::No => None,
            Some(length) if length > channel.charge_token_max => {
                Some(if self.charge_token.is_some() {
                    "is longer than this channel takes"
                } else {
                    "is required: the one that DOKU gave when the card was linked is longer than this channel takes"
                })
            }
            _ => None,
        };
        errors.extend(rule.map(|rule| FieldError::new("method.chargeToken", rule)));
        errors
    }
}

impl PayCommand {
    /// What the payment says of goods and device, and does not fit the channel. `linked_with` is the
    /// device that the account was linked with.
    pub(super) fn misfits(&self, channel: &Channel, linked_with: &Device) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.items.is_empty() && channel.items == Wanted::Must {
            errors.push(FieldError::new("items", NEEDED));
        }
        for (index, item) in self.items.iter().enumerate() {
            let sent = channel.items != Wanted::No;
            if sent && item.name.chars().count() > channel.item_name_max {
                let field = format!("items[{index}].name");
                errors.push(FieldError::new(field, "is longer than this channel takes"));
            }
        }
        let device = self.device_for(Some(linked_with));
        if device.id.is_none() && channel.device.wants_id(Call::OF_PAYMENTS) {
            errors.push(FieldError::new("device.id", NEEDED));
        }
        if device.ip_address.is_none() && channel.device.wants_ip_address(Call::OF_PAYMENTS) {
            errors.push(FieldError::new("device.ipAddress", NEEDED));
        }
        errors
    }

    /// The device that pays. Its id may be known from the linking; the address has to be the one of
    /// now, which banks judge fraud by.
    pub(super) fn device_for(&self, linked_with: Option<&Device>) -> Device {
        let mut device = self.device.clone();
        if device.id.is_none() {
            device.id = linked_with.and_then(|linked| linked.id.clone());
        }
        device
    }
}
