//! Reads of subscriptions and their charges. Single items are read consistently: a decision about
//! money is not made on old news.

use std::cmp::Reverse;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::items::{ChargeItem, EventItem, PaymentItem, SubscriptionItem};
use super::keys::{self, CHARGE_PREFIX, EVENT_PREFIX, Key};
use super::listing::{Page, StoredEvent, readable};
use super::write::{Item, from_item, unavailable};
use super::{Store, StoreError};
use crate::domain::calendar::Date;
use crate::domain::ids::{CustomerId, PaymentId, SubscriptionId};
use crate::domain::payment::Payment;
use crate::domain::subscription::{Charge, Subscription};

impl Store {
    /// A subscription.
    pub async fn subscription(
        &self,
        id: SubscriptionId,
    ) -> Result<Option<Subscription>, StoreError> {
        let item = self.get(&Key::subscription(id)).await?;
        item.map(|item| from_item::<SubscriptionItem>(item)?.read(&self.channels))
            .transpose()
    }

    /// The charge of a period, if it was begun or skipped.
    pub async fn charge(
        &self,
        id: SubscriptionId,
        date: Date,
    ) -> Result<Option<Charge>, StoreError> {
        let item = self.get(&Key::charge(id, date)).await?;
        item.map(|item| from_item::<ChargeItem>(item)?.read())
            .transpose()
    }

    /// The payments of these ids, in their order. One that does not exist is left out.
    pub async fn payments(&self, ids: &[PaymentId]) -> Result<Vec<Payment>, StoreError> {
        if let [id] = ids {
            return Ok(self.payment(*id).await?.into_iter().collect());
        }
        let keys = ids.iter().copied().map(Key::payment);
        let mut found = Vec::new();
        for item in self.get_all(keys.collect()).await? {
            found.push(from_item::<PaymentItem>(item)?.read(&self.channels)?);
        }
        let place = |payment: &Payment| ids.iter().position(|id| *id == payment.id);
        found.sort_by_key(place);
        Ok(found)
    }

    /// A customer's subscriptions, newest first.
    pub async fn subscriptions_of(
        &self,
        customer: &CustomerId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Subscription>, StoreError> {
        let owner = keys::subscriptions_of(customer);
        let (ids, next) = self.owned(&owner, limit, after).await?;
        let keys = ids
            .iter()
            .filter_map(|id| SubscriptionId::parse(id).ok())
            .map(Key::subscription);
        let items = self.get_all(keys.collect()).await?;
        let read = |item| from_item::<SubscriptionItem>(item)?.read(&self.channels);
        let mut found = readable(items, read);
        found.sort_by_key(|subscription: &Subscription| Reverse(subscription.id));
        Ok(Page { items: found, next })
    }

    /// A subscription's charges, the latest period first. `after` is the `next` of the page before.
    pub async fn charges(
        &self,
        id: SubscriptionId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Charge>, StoreError> {
        let (items, next) = self.lines(id, CHARGE_PREFIX, false, limit, after).await?;
        let read = |item| from_item::<ChargeItem>(item)?.read();
        let items = items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    /// A subscription's timeline, oldest first. `after` is the `next` of the page before.
    pub async fn subscription_events(
        &self,
        id: SubscriptionId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<StoredEvent>, StoreError> {
        let (items, next) = self.lines(id, EVENT_PREFIX, true, limit, after).await?;
        let read = |item| Ok(from_item::<EventItem>(item)?.into());
        let items = items
            .into_iter()
            .map(read)
            .collect::<Result<_, StoreError>>()?;
        Ok(Page { items, next })
    }

    /// A page of what lies under a subscription, and where the next one begins.
    async fn lines(
        &self,
        id: SubscriptionId,
        prefix: &str,
        forward: bool,
        limit: usize,
        after: Option<&str>,
    ) -> Result<(Vec<Item>, Option<String>), StoreError> {
        let pk = Key::subscription(id).pk;
        let start = after.filter(|sk| sk.starts_with(prefix)).map(|sk| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(pk.clone())),
                ("sk".to_owned(), AttributeValue::S(sk.to_owned())),
            ])
        });
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .scan_index_forward(forward)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        let last = found.last_evaluated_key.as_ref();
        let next = last.and_then(|key| key.get("sk")?.as_s().ok().cloned());
        Ok((found.items.unwrap_or_default(), next))
    }
}
