//! A wallet's part of a payment: the method, the customer and the device.

use super::card;
use super::device::{device, headers_of};
use crate::app::WalletOrder;
use crate::clock::Timestamp;
use crate::domain::channel::{Call, Channel, Channels};
use crate::domain::device::Device;
use crate::domain::error::Rule;
use crate::domain::ids::CustomerId;
use crate::domain::wallet::{self, DeepLink, StartingPoint};
use crate::http::fields::Fields;

/// The members of `method` that only a wallet has.
pub(super) const METHOD_MEMBERS: &[&str] = &[
    "channel",
    "deepLink",
    "pointOfInitiation",
    "validUntil",
    "supportDeepLinkCheckoutUrl",
    "metadata",
];

/// `method` of a wallet. What is `None` and was there has been noted as wrong.
pub(super) struct Method {
    channel: Option<&'static Channel>,
    deep_link: Option<DeepLink>,
    from: Option<StartingPoint>,
    valid_until: Option<Timestamp>,
    deep_link_checkout: bool,
    metadata: Option<String>,
}

/// Reads `method`.
pub(super) fn method(fields: &mut Fields<'_>, channels: &Channels) -> Method {
    let allowed = fields.rules().return_urls;
    Method {
        channel: {
            let channel = fields.required("channel", |code| wallet_channel(channels, code));
            fields.suggest("channel", || {
                channels.codes(|channel| channel.method_type() == "wallet")
            });
            channel
        },
        deep_link: fields.optional("deepLink", |raw| DeepLink::parse(raw, allowed)),
        from: fields.optional("pointOfInitiation", StartingPoint::parse),
        valid_until: fields.optional("validUntil", |raw| {
            Timestamp::parse_rfc3339(raw).ok_or(Rule("must be a date-time of RFC 3339"))
        }),
        deep_link_checkout: fields.flag("supportDeepLinkCheckoutUrl"),
        metadata: fields.optional("metadata", wallet::metadata),
    }
}

fn wallet_channel(channels: &Channels, code: &str) -> Result<&'static Channel, Rule> {
    let channel = channels.parse(code)?;
    if channel.method_type() == "wallet" {
        Ok(channel)
    } else {
        Err(Rule("is not a wallet; pay through a binding"))
    }
}

/// Reads the rest of a wallet's payment: `customer`, `returnUrl` and `device`. `None` for the order
/// means that an error was noted.
pub(super) fn order(fields: &mut Fields<'_>, method: Method) -> (Option<WalletOrder>, Device) {
    let customer = fields.object("customer", |fields| {
        fields.forbid(card::CUSTOMER_MEMBERS, "is for cards only");
        fields.required_identifier("id", CustomerId::parse)
    });
    let return_url = fields.required_return_url("returnUrl");
    let needed = method
        .channel
        .map(|channel| headers_of(&channel.device, Call::OF_PAYMENTS));
    let device = device(fields, &needed.unwrap_or_default());
    let order = (|| {
        Some(WalletOrder {
            channel: method.channel?,
            customer: customer.flatten()?,
            return_url: return_url?,
            deep_link: method.deep_link,
            from: method.from,
            valid_until: method.valid_until,
            deep_link_checkout: method.deep_link_checkout,
            metadata: method.metadata,
        })
    })();
    (order, device)
}

#[cfg(test)]
mod tests;
