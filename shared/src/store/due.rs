//! What somebody has to look at although nobody asks for it, oldest first.

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{self, CHARGE_PREFIX, DUE_INDEX, REFUND_PREFIX};
use super::write::{Item, unavailable};
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::domain::calendar::Date;
use crate::domain::ids::{BindingId, PaymentId, RefundId, SubscriptionId};

/// Some of what is due, and where the rest begins.
pub struct DuePage<T> {
    /// What is due.
    pub items: Vec<T>,
    /// Where to go on, if there is more.
    pub next: Option<DueStart>,
}

impl<T> DuePage<T> {
    /// The same page of something else.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> DuePage<U> {
        DuePage {
            items: self.items.into_iter().map(each).collect(),
            next: self.next,
        }
    }
}

/// Where a page of what is due begins.
pub struct DueStart(Item);

/// A subscription whose next period is due, or a charge of it that has to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueCharge {
    /// Whose.
    pub subscription: SubscriptionId,
    /// Which charge; `None` for the next period.
    pub period: Option<Date>,
    /// Since when.
    pub due_at: Timestamp,
}

impl Store {
    /// How many partitions there are to look into.
    pub const fn due_shards(&self) -> u32 {
        self.due_shards
    }

    /// Payments of one shard that are due at `now`, at most `limit` of them. The index may lag a
    /// moment behind: whoever acts on a payment reads it first.
    pub async fn due_payments(
        &self,
        shard: u32,
        now: Timestamp,
        limit: usize,
        start: Option<DueStart>,
    ) -> Result<DuePage<PaymentId>, StoreError> {
        let partition = keys::due_payments(shard);
        self.due(partition, now, limit, start, |item| {
            let pk = item.get("pk")?.as_s().ok()?;
            PaymentId::parse(pk.strip_prefix("PAYMENT#")?).ok()
        })
        .await
    }

    /// Refunds of one shard that are due at `now`.
    pub async fn due_refunds(
        &self,
        shard: u32,
        now: Timestamp,
        limit: usize,
        start: Option<DueStart>,
    ) -> Result<DuePage<(PaymentId, RefundId)>, StoreError> {
        let partition = keys::due_refunds(shard);
        self.due(partition, now, limit, start, |item| {
            let pk = item.get("pk")?.as_s().ok()?;
            let sk = item.get("sk")?.as_s().ok()?;
            let payment = PaymentId::parse(pk.strip_prefix("PAYMENT#")?).ok()?;
            let refund = RefundId::parse(sk.strip_prefix(REFUND_PREFIX)?).ok()?;
            Some((payment, refund))
        })
        .await
    }

    /// Bindings of one shard that are due at `now`.
    pub async fn due_bindings(
        &self,
        shard: u32,
        now: Timestamp,
        limit: usize,
        start: Option<DueStart>,
    ) -> Result<DuePage<BindingId>, StoreError> {
        let partition = keys::due_bindings(shard);
        self.due(partition, now, limit, start, |item| {
            let pk = item.get("pk")?.as_s().ok()?;
            BindingId::parse(pk.strip_prefix("BINDING#")?).ok()
        })
        .await
    }

    /// Subscriptions of one shard whose next period is due at `now`.
    pub async fn due_subscriptions(
        &self,
        shard: u32,
        now: Timestamp,
        limit: usize,
        start: Option<DueStart>,
    ) -> Result<DuePage<DueCharge>, StoreError> {
        let partition = keys::due_subscriptions(shard);
        self.due(partition, now, limit, start, due_charge).await
    }

    /// Charges of one shard that somebody has to look at.
    pub async fn due_charges(
        &self,
        shard: u32,
        now: Timestamp,
        limit: usize,
        start: Option<DueStart>,
    ) -> Result<DuePage<DueCharge>, StoreError> {
        let partition = keys::due_charges(shard);
        self.due(partition, now, limit, start, due_charge).await
    }

    async fn due<T>(
        &self,
        partition: String,
        now: Timestamp,
        limit: usize,
        start: Option<DueStart>,
        read: impl Fn(&Item) -> Option<T>,
    ) -> Result<DuePage<T>, StoreError> {
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("duePartition = :partition AND dueAt <= :now")
            .expression_attribute_values(":partition", AttributeValue::S(partition))
            .expression_attribute_values(":now", AttributeValue::N(now.millis().to_string()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start.map(|start| start.0))
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        let items = found.items().iter().filter_map(read);
        Ok(DuePage {
            items: items.collect(),
            next: found.last_evaluated_key.map(DueStart),
        })
    }
}

fn due_charge(item: &Item) -> Option<DueCharge> {
    let pk = item.get("pk")?.as_s().ok()?;
    let sk = item.get("sk")?.as_s().ok()?;
    let due_at: i64 = item.get("dueAt")?.as_n().ok()?.parse().ok()?;
    let period = sk.strip_prefix(CHARGE_PREFIX);
    Some(DueCharge {
        subscription: SubscriptionId::parse(pk.strip_prefix("SUBSCRIPTION#")?).ok()?,
        period: period.map(Date::parse).transpose().ok()?,
        due_at: Timestamp::from_millis(due_at),
    })
}
