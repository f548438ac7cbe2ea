//! What a payment asks for.

use secrecy::SecretString;

use crate::clock::Timestamp;
use crate::domain::card::{CardOrder, Item};
use crate::domain::channel::{Channel, Confirmation};
use crate::domain::device::Device;
use crate::domain::error::FieldError;
use crate::domain::ids::{BindingId, CustomerId, InvoiceNumber};
use crate::domain::money::Rupiah;
use crate::domain::pay_option::{FeeType, PayOption};
use crate::domain::text::{Description, Metadata, ReturnUrl};
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

/// What a payment is paid with.
#[derive(Debug, Clone)]
pub enum PayMethod {
    /// A linked account.
    Account(AccountOrder),
    /// A wallet that the customer jumps to.
    Wallet(WalletOrder),
    /// A card, on DOKU's page.
    Card(Box<CardOrder>),
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
}

impl AccountOrder {
    /// What the order asks for and the channel does not know.
    pub(super) fn misfits(&self, channel: &Channel) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if !self.pay_options.is_empty() && channel.pay_methods.is_empty() {
            errors.push(FieldError::new(
                "method.payOptions",
                "is not for this channel",
            ));
        }
        for (index, option) in self.pay_options.iter().enumerate() {
            let known = channel.pay_methods.contains(&option.method.as_str());
            if !known && !channel.pay_methods.is_empty() {
                let field = format!("method.payOptions[{index}].method");
                errors.push(FieldError::new(field, "is not known to this channel"));
            }
        }
        if self.fee_type.is_some() && !channel.fee_types {
            errors.push(FieldError::new("method.feeType", "is not for this channel"));
        }
        errors
    }
}
