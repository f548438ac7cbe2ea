//! The charge of a period as it lies in the table.

use serde::{Deserialize, Serialize};

use super::goods::{GoodsItem, goods, read_goods};
use super::{Keyed, corrupt};
use crate::clock::Timestamp;
use crate::domain::calendar::Date;
use crate::domain::failure::Failure;
use crate::domain::ids::{PaymentId, SubscriptionId};
use crate::domain::money::Rupiah;
use crate::domain::stored::Stored;
use crate::domain::subscription::{Charge, ChargeStatus, SkipReason};
use crate::store::keys::{self, Key};
use crate::store::words::Words;
use crate::store::{DueKind, StoreError};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct ChargeItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    due_partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<i64>,
    subscription: String,
    date: String,
    amount: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<GoodsItem>,
    status: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    payments: Vec<String>,
    tries: u8,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_extra: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    postponed: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    declined_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_at: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    charged_twice: bool,
    created_at: i64,
    updated_at: i64,
    version: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(count: &u8) -> bool {
    *count == 0
}

impl ChargeItem {
    /// The item that replaces (or begins) `charge`, with `version`. What is due lies in one of `shards`
    /// partitions.
    pub(in crate::store) fn new(charge: &Charge, version: u64, shards: u32) -> Keyed<Self> {
        let partition = || keys::due(DueKind::Charge, keys::shard_of(charge.subscription, shards));
        let item = Self {
            due_partition: charge.due_at.map(|_| partition()),
            due_at: charge.due_at.map(Timestamp::millis),
            subscription: charge.subscription.to_string(),
            date: charge.date.to_string(),
            amount: charge.amount.whole(),
            items: goods(&charge.items),
            status: charge.status.as_str().to_owned(),
            payments: charge.payments.iter().map(PaymentId::to_string).collect(),
            tries: charge.tries,
            is_extra: charge.is_extra,
            postponed: charge.postponed,
            declined_at: charge.declined_at.map(Timestamp::millis),
            retry_at: charge.retry_at.map(Timestamp::millis),
            failure: charge.failure.map(|failure| failure.code().to_owned()),
            skipped: charge.skipped.map(|reason| reason.as_str().to_owned()),
            told_at: charge.told_at.map(Timestamp::millis),
            charged_twice: charge.charged_twice,
            created_at: charge.created_at.millis(),
            updated_at: charge.updated_at.millis(),
            version,
        };
        Keyed::new(Key::charge(charge.subscription, charge.date), item)
    }

    pub(in crate::store) fn read(self, words: &mut Words) -> Result<Charge, StoreError> {
        let payments = self.payments.iter().map(|id| PaymentId::parse(id));
        Ok(Charge {
            subscription: SubscriptionId::parse(&self.subscription)
                .map_err(corrupt("subscription id"))?,
            date: Date::parse(&self.date).map_err(corrupt("period"))?,
            amount: Rupiah::new(self.amount),
            items: read_goods(self.items),
            status: words.read(
                "status",
                &self.status,
                ChargeStatus::parse(&self.status),
                ChargeStatus::Charging,
            ),
            payments: payments
                .collect::<Result<_, _>>()
                .map_err(corrupt("payment id"))?,
            tries: self.tries,
            is_extra: self.is_extra,
            postponed: self.postponed,
            declined_at: self.declined_at.map(Timestamp::from_millis),
            retry_at: self.retry_at.map(Timestamp::from_millis),
            due_at: self.due_at.map(Timestamp::from_millis),
            failure: words.optional("failure", self.failure.as_deref(), Failure::parse),
            skipped: words.optional("skipped", self.skipped.as_deref(), SkipReason::parse),
            told_at: self.told_at.map(Timestamp::from_millis),
            charged_twice: self.charged_twice,
            created_at: Timestamp::from_millis(self.created_at),
            updated_at: Timestamp::from_millis(self.updated_at),
            version: self.version,
            stored: Stored::default(),
        })
    }
}
