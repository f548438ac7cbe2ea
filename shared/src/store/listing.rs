//! Lists, a page at a time.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::AttributeValue;

use super::items::{ActorItem, BindingItem, EventItem, PaymentItem};
use super::keys::{self, EVENT_PREFIX, Key, OWNER_INDEX};
use super::write::{Item, from_item};
use super::{Shown, Store, StoreError};
use crate::domain::binding::Binding;
use crate::domain::ids::{BindingId, CustomerId, PaymentId};
use crate::domain::payment::Payment;
use crate::telemetry;

/// An event as it lies in the table: its texts are given to callers as they are.
#[derive(Debug, Clone)]
pub struct StoredEvent {
    /// Its id.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// When, RFC 3339.
    pub at: String,
    /// Status after it.
    pub status: String,
    /// The author of the change. Earlier releases stored none.
    pub actor: Option<StoredActor>,
    /// What led to the change. Earlier releases did not store it.
    pub cause: Option<String>,
    /// The actor that asked for what the event tells the progress of, where it is another one.
    pub requested_by: Option<StoredActor>,
    /// What else to know, JSON text.
    pub detail: String,
}

/// The author of a change as it lies in the table.
#[derive(Debug, Clone)]
pub struct StoredActor {
    /// What it is.
    pub kind: String,
    /// The name, of the merchant's backend and of operators.
    pub subject: Option<String>,
    /// The customer, of a customer's app.
    pub customer: Option<String>,
}

impl From<ActorItem> for StoredActor {
    fn from(actor: ActorItem) -> Self {
        Self {
            kind: actor.kind,
            subject: actor.subject,
            customer: actor.customer_id,
        }
    }
}

/// Items that lie together: under one partition key, with one beginning of their sort keys.
pub(super) struct Lines {
    pub pk: String,
    pub prefix: &'static str,
    pub oldest_first: bool,
}

impl From<EventItem> for StoredEvent {
    fn from(event: EventItem) -> Self {
        Self {
            id: event.event_id,
            kind: event.kind,
            at: event.at,
            status: event.status,
            actor: event.actor.map(StoredActor::from),
            cause: event.cause,
            requested_by: event.requested_by.map(StoredActor::from),
            detail: event.detail,
        }
    }
}

/// One page of a list, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The entries.
    pub items: Vec<T>,
    /// Sort key of the last entry, if there is more behind it.
    pub next: Option<String>,
}

impl Page<Item> {
    /// A page of what was found where one more was asked for than a page has: that there is more tells
    /// of the next page, which begins after the value of the last entry's attribute.
    fn of(found: QueryOutput, limit: usize, place: &str) -> Self {
        let cut = found.last_evaluated_key.is_some();
        let mut items = found.items.unwrap_or_default();
        let more = cut || items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next = last.and_then(|item| text(item, place)).map(str::to_owned);
        Self { items, next }
    }

    /// Reads every entry, or fails.
    pub(super) fn read_all<T>(
        self,
        read: impl Fn(Item) -> Result<T, StoreError>,
    ) -> Result<Page<T>, StoreError> {
        let items = self.items.into_iter().map(read).collect::<Result<_, _>>()?;
        let next = self.next;
        Ok(Page { items, next })
    }

    /// Reads what can be read: one that cannot be must not hide the others.
    pub(super) fn read<T>(self, read: impl Fn(Item) -> Result<T, StoreError>) -> Page<T> {
        let readable = |item: Item| {
            let pk = text(&item, "pk").unwrap_or_default().to_owned();
            read(item)
                .inspect_err(|error| {
                    tracing::error!(item = pk, %error, "an item is left out of a list");
                    telemetry::count("ItemUnreadable", 1);
                })
                .ok()
        };
        Page {
            items: self.items.into_iter().filter_map(readable).collect(),
            next: self.next,
        }
    }
}

impl Store {
    /// A customer's payments, newest first, to be shown.
    pub async fn payments_of(
        &self,
        customer: &CustomerId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Shown<Payment>>, StoreError> {
        let owner = keys::payments_of(customer);
        let key = |id: &str| PaymentId::parse(id).ok().map(Key::payment);
        let found = self.owned_by(&owner, key, limit, after).await?;
        Ok(found.read(|item| self.shown::<PaymentItem>(item)))
    }

    /// A customer's bindings, newest first, to be shown.
    pub async fn bindings_of(
        &self,
        customer: &CustomerId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Shown<Binding>>, StoreError> {
        let owner = keys::bindings_of(customer);
        let key = |id: &str| BindingId::parse(id).ok().map(Key::binding);
        let found = self.owned_by(&owner, key, limit, after).await?;
        Ok(found.read(|item| self.shown::<BindingItem>(item)))
    }

    /// A payment's timeline, oldest first. `after` is the `next` of the page before.
    pub async fn payment_events(
        &self,
        payment: PaymentId,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<StoredEvent>, StoreError> {
        self.events(Key::payment(payment).pk, limit, after).await
    }

    /// The timeline of what lies under `pk`, oldest first.
    pub(super) async fn events(
        &self,
        pk: String,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<StoredEvent>, StoreError> {
        let lines = Lines {
            pk,
            prefix: EVENT_PREFIX,
            oldest_first: true,
        };
        let found = self.lines(lines, limit, after).await?;
        found.read_all(|item| Ok(from_item::<EventItem>(item)?.into()))
    }

    /// A page of what lies together, and where the next one begins.
    pub(super) async fn lines(
        &self,
        lines: Lines,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        let Lines {
            pk,
            prefix,
            oldest_first,
        } = lines;
        let start = after.filter(|sk| sk.starts_with(prefix)).map(|sk| {
            HashMap::from([
                ("pk".to_owned(), AttributeValue::S(pk.clone())),
                ("sk".to_owned(), AttributeValue::S(sk.to_owned())),
            ])
        });
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":prefix", AttributeValue::S(prefix.to_owned()))
            .scan_index_forward(oldest_first)
            .limit(one_more(limit))
            .set_exclusive_start_key(start);
        let found = self.query_page(&query).await?;
        Ok(Page::of(found, limit, "sk"))
    }

    /// A page of what lies under one owner in the index (which may lag a moment behind), newest first:
    /// its keys, and `ownerSort`.
    pub(super) async fn owned(
        &self,
        owner: &str,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        let mut condition = "#owner = :owner".to_owned();
        let mut query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(OWNER_INDEX)
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner.to_owned()))
            .scan_index_forward(false)
            .limit(one_more(limit));
        if let Some(after) = after {
            condition.push_str(" AND ownerSort < :after");
            query =
                query.expression_attribute_values(":after", AttributeValue::S(after.to_owned()));
        }
        let query = query.key_condition_expression(condition);
        let found = self.query_page(&query).await?;
        Ok(Page::of(found, limit, "ownerSort"))
    }

    /// A page of the things that somebody owns, newest first; `key` tells where the one of an id lies.
    pub(super) async fn owned_by(
        &self,
        owner: &str,
        key: impl Fn(&str) -> Option<Key>,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<Item>, StoreError> {
        let Page { items, next } = self.owned(owner, limit, after).await?;
        let ids = items.iter().filter_map(|item| text(item, "ownerSort"));
        let keys: Vec<Key> = ids.filter_map(key).collect();
        let mut items = self.get_all(&keys).await?;
        items.sort_by_key(|item| {
            keys.iter()
                .position(|key| Some(&*key.pk) == text(item, "pk"))
        });
        Ok(Page { items, next })
    }
}

fn one_more(limit: usize) -> i32 {
    i32::try_from(limit + 1).unwrap_or(i32::MAX)
}

pub(super) fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}
