//! Reads of subscriptions and their charges. Single items are read consistently: a decision about
//! money is not made on old news.

use super::items::{ChargeItem, PaymentItem, SubscriptionItem};
use super::keys::{self, CHARGE_PREFIX, Key};
use super::listing::{Lines, Page, StoredEvent};
use super::{Shown, Store, StoreError};
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
        let found = self.shown_subscription(id).await?;
        found.map(Shown::known).transpose()
    }

    /// A subscription to be shown.
    pub async fn shown_subscription(
        &self,
        id: SubscriptionId,
    ) -> Result<Option<Shown<Subscription>>, StoreError> {
        let item = self.get(&Key::subscription(id)).await?;
        item.map(|item| self.shown::<SubscriptionItem>(item))
            .transpose()
    }

    /// The charge of a period, if it was begun or skipped.
    pub async fn charge(
        &self,
        id: SubscriptionId,
        date: Date,
    ) -> Result<Option<Charge>, StoreError> {
        let item = self.get(&Key::charge(id, date)).await?;
        item.map(|item| self.value_of::<ChargeItem>(item))
            .transpose()
    }

    /// The payments of these ids, in their order. One that does not exist is left out.
    pub async fn payments(&self, ids: &[PaymentId]) -> Result<Vec<Payment>, StoreError> {
        if let [id] = ids {
            return Ok(self.payment(*id).await?.into_iter().collect());
        }
        let keys: Vec<Key> = ids.iter().copied().map(Key::payment).collect();
        let mut found = Vec::new();
        for item in self.get_all(&keys).await? {
            found.push(self.value_of::<PaymentItem>(item)?);
        }
        let place = |payment: &Payment| ids.iter().position(|id| *id == payment.id);
        found.sort_by_key(place);
        Ok(found)
    }

    /// A customer's subscriptions, newest first, to be shown.
    pub async fn subscriptions_of(
        &self,
        customer: &CustomerId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Shown<Subscription>>, StoreError> {
        let owner = keys::subscriptions_of(customer);
        let key = |id: &str| SubscriptionId::parse(id).ok().map(Key::subscription);
        let found = self.owned_by(&owner, key, limit, after).await?;
        Ok(found.read(|item| self.shown::<SubscriptionItem>(item)))
    }

    /// A subscription's charges, the latest period first, to be shown. `after` is the `next` of the page before.
    pub async fn charges(
        &self,
        id: SubscriptionId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Shown<Charge>>, StoreError> {
        let lines = Lines {
            pk: Key::subscription(id).pk,
            prefix: CHARGE_PREFIX,
            oldest_first: false,
        };
        let found = self.lines(lines, limit, after).await?;
        found.read_all(|item| self.shown::<ChargeItem>(item))
    }

    /// A subscription's timeline, oldest first. `after` is the `next` of the page before.
    pub async fn subscription_events(
        &self,
        id: SubscriptionId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<StoredEvent>, StoreError> {
        self.events(Key::subscription(id).pk, limit, after).await
    }
}
