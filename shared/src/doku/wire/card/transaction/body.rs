//! The body of a card's notification or status check, member by member.

use serde::{Deserialize, Deserializer, Serialize};

use super::super::super::super::lenient::{self, Presence};
use crate::domain::identity::Service;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Body {
    #[serde(deserialize_with = "lenient::member")]
    pub(super) order: Option<Order>,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) transaction: Option<Inner>,
    #[serde(deserialize_with = "named")]
    pub(super) service: Option<Named>,
    #[serde(deserialize_with = "named")]
    pub(super) channel: Option<Named>,
    #[serde(deserialize_with = "named")]
    pub(super) acquirer: Option<Named>,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) card_payment: Option<CardPayment>,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) payment: Option<CardPayment>,
    #[serde(deserialize_with = "lenient::member")]
    pub(super) refund: Option<Refund>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) authorize_id: Option<String>,
    // As one merchant's model spells it.
    #[serde(skip_serializing, deserialize_with = "lenient::optional_text")]
    pub(super) authorized_id: Option<String>,
    /// Not DOKU's: what the blocks of other methods came to, in a body that was kept.
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) other_method: Option<String>,
    // Blocks that hold the details of other methods.
    #[serde(skip_serializing)]
    pub(super) virtual_account_info: Presence,
    #[serde(skip_serializing)]
    pub(super) virtual_account_payment: Presence,
    #[serde(skip_serializing)]
    pub(super) online_to_offline_info: Presence,
    #[serde(skip_serializing)]
    pub(super) online_to_offline_payment: Presence,
    #[serde(skip_serializing)]
    pub(super) peer_to_peer_info: Presence,
    #[serde(skip_serializing)]
    pub(super) shopeepay_configuration: Presence,
    #[serde(skip_serializing)]
    pub(super) shopeepay_payment: Presence,
    #[serde(skip_serializing)]
    pub(super) emoney_payment: Presence,
    #[serde(skip_serializing)]
    pub(super) wallet: Presence,
}

impl Body {
    /// The other payment method of which it has the details, and not those of a card.
    pub(super) fn method(&self) -> Option<Service> {
        if self.card_payment.is_some() {
            return None;
        }
        let blocks = [
            (self.virtual_account_info, Service::VirtualAccount),
            (self.virtual_account_payment, Service::VirtualAccount),
            (self.online_to_offline_info, Service::ConvenienceStore),
            (self.online_to_offline_payment, Service::ConvenienceStore),
            (self.peer_to_peer_info, Service::PayLater),
            (self.shopeepay_configuration, Service::Wallet),
            (self.shopeepay_payment, Service::Wallet),
            (self.emoney_payment, Service::Wallet),
            (self.wallet, Service::Wallet),
        ];
        let mut present = blocks.into_iter().filter(|(block, _)| block.0);
        let kept = self.other_method.as_deref();
        present
            .next()
            .map(|(_, service)| service)
            .or_else(|| kept.and_then(Service::parse))
    }
}

/// Something with an id: a service, a channel or an acquirer.
#[derive(Serialize)]
pub(super) struct Named {
    pub(super) id: Option<String>,
}

/// Reads it as an object with an id, or as the id alone: what names another product must not be overlooked.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Named>, D::Error> {
    let id = lenient::named(deserializer)?;
    Ok(id.map(|id| Named { id: Some(id) }))
}

impl Named {
    pub(super) fn id(named: Option<Self>) -> Option<String> {
        named.and_then(|named| named.id)
    }

    pub(super) fn keep(id: Option<&String>) -> Option<Self> {
        id.map(|id| Self {
            id: Some(id.clone()),
        })
    }
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Order {
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) invoice_number: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) amount: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) currency: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Inner {
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) status: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) date: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) r#type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) original_request_id: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct CardPayment {
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) authorize_id: Option<String>,
    #[serde(skip_serializing, deserialize_with = "lenient::optional_text")]
    pub(super) authorized_id: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) request_id: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) response_code: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) r#type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) card_masked: Option<String>,
    #[serde(skip_serializing, deserialize_with = "lenient::optional_text")]
    pub(super) masked_card_number: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) card_type: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) issuer: Option<String>,
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) brand: Option<String>,
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Refund {
    #[serde(deserialize_with = "lenient::optional_text")]
    pub(super) amount: Option<String>,
}
