//! Items that stand for one value each, and whose writes name the version that they replace.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::items::{BindingItem, ChargeItem, PaymentItem, RefundItem, SubscriptionItem};
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
    fn value(self, channels: &Channels) -> Result<Self::Value, StoreError>;

    /// Where the value keeps its stored form.
    fn stored(value: &Self::Value) -> &Stored;
}

macro_rules! record {
    ($($item:ident of $value:ident: $read:expr)*) => {
        $(impl Record for $item {
            type Value = $value;

            fn value(self, channels: &Channels) -> Result<$value, StoreError> {
                let read: fn(Self, &Channels) -> Result<$value, StoreError> = $read;
                read(self, channels)
            }

            fn stored(value: &$value) -> &Stored {
                &value.stored
            }
        })*
    };
}

record! {
    PaymentItem of Payment: Self::read
    RefundItem of Refund: |item, _| item.read()
    BindingItem of Binding: Self::read
    SubscriptionItem of Subscription: Self::read
    ChargeItem of Charge: |item, _| item.read()
}

impl Store {
    /// The value that an item stands for, which keeps the item for its next write.
    pub(super) fn value_of<R: Record>(&self, item: Item) -> Result<R::Value, StoreError> {
        let value = from_item::<R>(item.clone())?.value(&self.channels)?;
        R::stored(&value).set(item);
        Ok(value)
    }
}
