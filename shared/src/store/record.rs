//! Items that stand for one value each, and whose writes name the version that they replace.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::items::{BindingItem, ChargeItem, PaymentItem, RefundItem, SubscriptionItem};
use super::listing::text;
use super::words::{Shown, Words};
use super::write::{Item, from_item};
use super::{Store, StoreError};
use crate::domain::binding::Binding;
use crate::domain::channel::Channels;
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::domain::stored::Stored;
use crate::domain::subscription::{Charge, Subscription};

/// An item, and how the value is read that it stands for.
pub(super) trait Record: Serialize + DeserializeOwned {
    /// The value.
    type Value;

    /// Reads it.
    fn value(self, channels: &Channels, words: &mut Words) -> Result<Self::Value, StoreError>;

    /// Where the value keeps its stored form.
    fn stored(value: &Self::Value) -> &Stored;
}

macro_rules! record {
    ($($item:ident of $value:ident: $read:expr)*) => {
        $(impl Record for $item {
            type Value = $value;

            fn value(
                self,
                channels: &Channels,
                words: &mut Words,
            ) -> Result<$value, StoreError> {
                let read: fn(Self, &Channels, &mut Words) -> Result<$value, StoreError> = $read;
                read(self, channels, words)
            }

            fn stored(value: &$value) -> &Stored {
                &value.stored
            }
        })*
    };
}

record! {
    PaymentItem of Payment: Self::read
    RefundItem of Refund: |item, _, words| item.read(words)
    BindingItem of Binding: Self::read
    SubscriptionItem of Subscription: Self::read
    ChargeItem of Charge: |item, _, words| item.read(words)
}

impl Store {
    /// The value that an item stands for. An error where a newer release wrote words that this one does
    /// not know.
    pub(super) fn value_of<R: Record>(&self, item: Item) -> Result<R::Value, StoreError> {
        self.shown::<R>(item)?.known()
    }

    /// The same to be shown, also where words are not known. The value keeps the item for its next write.
    pub(super) fn shown<R: Record>(&self, item: Item) -> Result<Shown<R::Value>, StoreError> {
        let mut words = Words::default();
        let value = from_item::<R>(item.clone())?.value(&self.channels, &mut words)?;
        let unknown = words.unknown();
        if let Some(first) = unknown.first() {
            let item = text(&item, "pk").unwrap_or_default();
            tracing::warn!(
                item,
                attribute = first.place,
                "a newer release wrote this item; it is shown, and nothing is done with it"
            );
        }
        R::stored(&value).set(item);
        Ok(Shown::new(value, unknown))
    }
}
