//! Conditional writes, all or nothing.

mod commit;

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::builders::{PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{
    AttributeValue, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes::{Changes, Expression};
use super::due::DueKind;
use super::items::{
    ActorItem, BindingItem, ChargeItem, ClaimItem, EventItem, Keyed, PaymentItem, ReferenceItem,
    RefundItem, SubscriptionItem,
};
use super::keys::{self, Key};
use super::notifications::NotificationItem;
use super::shape::{self, Fields};
use super::{CLAIM_LIFE, Claim, Event, SeenNotification, Store, StoreError, StoredAnswer};
use crate::clock::Timestamp;
use crate::domain::binding::Binding;
use crate::domain::ids::PaymentId;
use crate::domain::payment::{Payment, Period};
use crate::domain::refund::Refund;
use crate::domain::stored::Stored;
use crate::domain::subscription::{Charge, Subscription};
use crate::transport::kind_of_failure;

pub(super) type Item = HashMap<String, AttributeValue>;

/// Items to be written together.
pub struct Write<'a> {
    store: &'a Store,
    parts: Vec<(Part, TransactWriteItem)>,
    /// What the table holds once it is written, by the values that keep it.
    forms: Vec<(Stored, Item)>,
    broken: Option<StoreError>,
}

/// What an item of the write is, to tell what its refusal means.
#[derive(Clone)]
enum Part {
    Claim(String),
    Reference(String),
    Resource,
    Notification,
    Answer,
    Other,
}

/// Why a write was refused. Nothing of it happened.
#[derive(Debug, thiserror::Error)]
pub enum Rejected {
    /// The idempotency key is in use.
    #[error("the idempotency key is in use")]
    Claimed(Box<Claim>),
    /// The reference belongs to a payment already, or (without one) notifications for it came
    /// before the payment did.
    #[error("the reference is taken")]
    Referenced {
        /// The reference.
        text: String,
        /// Whose it is.
        payment: Option<PaymentId>,
    },
    /// The claim has an answer already, or is so old that it is gone.
    #[error("the request was answered before")]
    Answered,
    /// The notification was stored before.
    #[error("the notification was stored before")]
    Seen,
    /// A resource is no longer what the writer saw, or somebody is writing it right now: read it
    /// again.
    #[error("somebody else wrote first")]
    Stale,
    /// It could not be written, or (after a lost answer) nobody knows.
    #[error(transparent)]
    Unavailable(#[from] StoreError),
}

impl<'a> Write<'a> {
    pub(super) const fn new(store: &'a Store) -> Self {
        Self {
            store,
            parts: Vec::new(),
            forms: Vec::new(),
            broken: None,
        }
    }

    /// Takes an idempotency key that is free, or whose time is over. A claim without a final answer is
    /// never replaced, whatever time it carries.
    pub fn claim(&mut self, claim: &Claim) -> &mut Self {
        let item = ClaimItem::new(claim);
        let now = AttributeValue::N(claim.created_at.seconds().to_string());
        self.put(Part::Claim(claim.key.clone()), &item, |put| {
            put.condition_expression(
                "attribute_not_exists(pk) OR attribute_exists(answerStatus) AND expiresAt < :now",
            )
            .expression_attribute_values(":now", now)
        })
    }

    /// Stores the final answer, which a claim will give again: the first one, and no other after it. From
    /// then on the claim is kept for [`CLAIM_LIFE`].
    pub fn answer(&mut self, claim: &str, answer: &StoredAnswer, now: Timestamp) -> &mut Self {
        let expires_at = now.plus(CLAIM_LIFE).seconds().to_string();
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(Key::claim(claim).attributes()))
            .update_expression(
                "SET answerStatus = :status, answerBody = :body, expiresAt = :expires",
            )
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(answerStatus)")
            .expression_attribute_values(":status", AttributeValue::N(answer.status.to_string()))
            .expression_attribute_values(":body", AttributeValue::B(answer.body.0.clone().into()))
            .expression_attribute_values(":expires", AttributeValue::N(expires_at))
            .build();
        self.push(
            Part::Answer,
            update.map(|u| TransactWriteItem::builder().update(u).build()),
        )
    }

    /// Reserves a reference for a payment. `early` allows one for which notifications came first.
    pub fn reference(&mut self, text: &str, payment: PaymentId, early: bool) -> &mut Self {
        let item = Keyed::new(
            Key::reference(text),
            ReferenceItem {
                payment_id: Some(payment.to_string()),
                early: false,
            },
        );
        let condition = if early {
            "attribute_not_exists(paymentId)"
        } else {
            "attribute_not_exists(pk)"
        };
        self.overwrite(Part::Reference(text.to_owned()), &item, condition)
    }

    /// Marks a reference that no payment has: notifications for it are waiting.
    pub fn early_reference(&mut self, text: &str) -> &mut Self {
        let item = Keyed::new(
            Key::reference(text),
            ReferenceItem {
                payment_id: None,
                early: true,
            },
        );
        let condition = "attribute_not_exists(paymentId)";
        self.overwrite(Part::Reference(text.to_owned()), &item, condition)
    }

    /// Stores a new payment.
    pub fn new_payment(&mut self, payment: &Payment) -> &mut Self {
        let item = PaymentItem::new(payment, payment.version, self.store.due_shards);
        self.begin(&item, &payment.stored)
    }

    /// Changes a payment, if it still has the version it was read with.
    pub fn payment(&mut self, payment: &Payment) -> &mut Self {
        let item = PaymentItem::new(payment, payment.version + 1, self.store.due_shards);
        self.replace(&item, payment.version, &payment.stored)
    }

    /// Stores a new refund.
    pub fn new_refund(&mut self, refund: &Refund) -> &mut Self {
        let item = RefundItem::new(refund, refund.version, self.store.due_shards);
        self.begin(&item, &refund.stored)
    }

    /// Changes a refund, if it still has the version it was read with.
    pub fn refund(&mut self, refund: &Refund) -> &mut Self {
        let item = RefundItem::new(refund, refund.version + 1, self.store.due_shards);
        self.replace(&item, refund.version, &refund.stored)
    }

    /// Stores a new binding.
    pub fn new_binding(&mut self, binding: &Binding) -> &mut Self {
        let item = BindingItem::new(binding, binding.version, self.store.due_shards);
        self.begin(&item, &binding.stored)
    }

    /// Changes a binding, if it still has the version it was read with.
    pub fn binding(&mut self, binding: &Binding) -> &mut Self {
        let item = BindingItem::new(binding, binding.version + 1, self.store.due_shards);
        self.replace(&item, binding.version, &binding.stored)
    }

    /// Appends to a payment's timeline; goes with [`Self::payment`].
    pub fn payment_event(&mut self, payment: &Payment, event: &Event) -> &mut Self {
        self.nth_payment_event(payment, event, 0)
    }

    /// Appends the nth event of one write, counted from 0, to a payment's timeline.
    pub fn nth_payment_event(&mut self, payment: &Payment, event: &Event, nth: usize) -> &mut Self {
        let mut item = event_item(event);
        item.payment_id = Some(payment.id.to_string());
        let key = Key::payment_event(payment.id, payment.version + 1, nth);
        self.put(Part::Other, &Keyed::new(key, item), |put| put)
    }

    /// Appends to a binding's timeline; goes with [`Self::binding`].
    pub fn binding_event(&mut self, binding: &Binding, event: &Event) -> &mut Self {
        let mut item = event_item(event);
        item.binding_id = Some(binding.id.to_string());
        let key = Key::binding_event(binding.id, binding.version + 1);
        self.put(Part::Other, &Keyed::new(key, item), |put| put)
    }

    /// Stores a new subscription, which has version 0 so far: its timeline begins with it.
    pub fn new_subscription(&mut self, subscription: &Subscription) -> &mut Self {
        let (version, shards) = (subscription.version, self.store.due_shards);
        let item = SubscriptionItem::new(subscription, version + 1, shards);
        self.begin(&item, &subscription.stored)
    }

    /// Changes a subscription, if it still has the version it was read with.
    pub fn subscription(&mut self, subscription: &Subscription) -> &mut Self {
        let (version, shards) = (subscription.version, self.store.due_shards);
        let item = SubscriptionItem::new(subscription, version + 1, shards);
        self.replace(&item, version, &subscription.stored)
    }

    /// Stores the charge of a period that has none.
    pub fn new_charge(&mut self, charge: &Charge) -> &mut Self {
        let item = ChargeItem::new(charge, charge.version, self.store.due_shards);
        self.begin(&item, &charge.stored)
    }

    /// Changes a charge, if it still has the version it was read with.
    pub fn charge(&mut self, charge: &Charge) -> &mut Self {
        let item = ChargeItem::new(charge, charge.version + 1, self.store.due_shards);
        self.replace(&item, charge.version, &charge.stored)
    }

    /// Makes the charge of a period due at once, whatever it says, because its payment was decided.
    pub fn wake_charge(&mut self, period: Period, now: Timestamp) -> &mut Self {
        let shard = keys::shard_of(period.subscription, self.store.due_shards);
        let partition = keys::due(DueKind::Charge, shard);
        let key = Key::charge(period.subscription, period.date);
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(key.attributes()))
            .update_expression("SET duePartition = :partition, dueAt = :now ADD version :one")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":partition", AttributeValue::S(partition))
            .expression_attribute_values(":now", AttributeValue::N(now.millis().to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .build();
        self.push(
            Part::Other,
            update.map(|u| TransactWriteItem::builder().update(u).build()),
        )
    }

    /// Appends to a subscription's timeline; goes with [`Self::subscription`]. `nth` tells apart what
    /// is written at once.
    pub fn subscription_event(
        &mut self,
        subscription: &Subscription,
        event: &Event,
        nth: usize,
    ) -> &mut Self {
        let mut item = event_item(event);
        item.subscription_id = Some(subscription.id.to_string());
        let key = Key::subscription_event(subscription.id, subscription.version + 1, nth);
        self.put(Part::Other, &Keyed::new(key, item), |put| put)
    }

    /// Remembers a notification, if it is new or was kept for later.
    pub fn notification(&mut self, seen: &SeenNotification) -> &mut Self {
        let item = Keyed::new(
            Key::notification(&seen.reference, &seen.what),
            NotificationItem::new(seen),
        );
        let condition = "attribute_not_exists(pk) OR attribute_exists(waiting)";
        self.overwrite(Part::Notification, &item, condition)
    }

    pub(super) fn table(&self) -> &str {
        &self.store.table
    }

    /// Puts an item where none is; where one is, nothing happens and nothing is refused.
    pub(super) fn new_letter<T: Serialize>(&mut self, item: &Keyed<T>) -> &mut Self {
        self.put(Part::Notification, item, absent)
    }

    pub(super) fn fail(&mut self, why: String) -> &mut Self {
        self.broken = Some(StoreError::Corrupt(why));
        self
    }

    pub(super) fn other(&mut self, item: TransactWriteItem) -> &mut Self {
        self.parts.push((Part::Other, item));
        self
    }

    fn put<T: Serialize>(
        &mut self,
        part: Part,
        item: &Keyed<T>,
        condition: impl FnOnce(PutBuilder) -> PutBuilder,
    ) -> &mut Self {
        let item: Item = match serde_dynamo::to_item(item) {
            Ok(item) => item,
            Err(error) => {
                self.broken = Some(StoreError::Corrupt(error.to_string()));
                return self;
            }
        };
        let put = condition(
            Put::builder()
                .table_name(&self.store.table)
                .set_item(Some(item)),
        )
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build();
        self.push(
            part,
            put.map(|put| TransactWriteItem::builder().put(put).build()),
        )
    }

    /// Puts a versioned item where none is.
    pub(super) fn begin<T: Serialize>(&mut self, item: &Keyed<T>, stored: &Stored) -> &mut Self {
        match serde_dynamo::to_item(item) {
            Ok(form) => self.forms.push((stored.clone(), form)),
            Err(error) => return self.fail(error.to_string()),
        }
        self.put(Part::Resource, item, absent)
    }

    /// Changes a versioned item that must still have the version it was read with. Attributes that this
    /// release does not know stay as they are.
    pub(super) fn replace<T: Serialize + DeserializeOwned>(
        &mut self,
        item: &Keyed<T>,
        read: u64,
        stored: &Stored,
    ) -> &mut Self {
        let (fields, new) = match known::<T>(item) {
            Ok(known) => known,
            Err(error) => return self.fail(error),
        };
        let version = AttributeValue::N(read.to_string());
        let held = stored.get::<Item>().filter(|held| {
            let same = |name| held.get(name) == new.get(name);
            same("pk") && same("sk") && held.get("version") == Some(&version)
        });
        let changes = match &held {
            Some(held) => Changes::between(&fields, held, &new),
            None => Changes::all(&fields, &new),
        };
        let mut form = held.map_or_else(|| new.clone(), |held| Item::clone(&held));
        changes.apply(&mut form);
        self.forms.push((stored.clone(), form));
        self.update(Part::Resource, item, &changes, |update| {
            update
                .condition_expression("version = :version")
                .expression_attribute_values(":version", version)
        })
    }

    /// Writes every attribute that this release knows of an item, which need not be there.
    fn overwrite<T: Serialize + DeserializeOwned>(
        &mut self,
        part: Part,
        item: &Keyed<T>,
        condition: &str,
    ) -> &mut Self {
        match known::<T>(item) {
            Ok((fields, new)) => {
                let changes = Changes::all(&fields, &new);
                self.update(part, item, &changes, |update| {
                    update.condition_expression(condition)
                })
            }
            Err(error) => self.fail(error),
        }
    }

    fn update<T>(
        &mut self,
        part: Part,
        item: &Keyed<T>,
        changes: &Changes,
        condition: impl FnOnce(UpdateBuilder) -> UpdateBuilder,
    ) -> &mut Self {
        let Expression {
            update,
            names,
            values,
        } = changes.expression();
        let update = Update::builder()
            .table_name(&self.store.table)
            .set_key(Some(Key::of(&item.pk, &item.sk).attributes()))
            .update_expression(update)
            .set_expression_attribute_names(Some(names))
            .set_expression_attribute_values((!values.is_empty()).then_some(values));
        let update = condition(update)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build();
        self.push(
            part,
            update.map(|update| TransactWriteItem::builder().update(update).build()),
        )
    }

    fn push<E: std::fmt::Display>(
        &mut self,
        part: Part,
        item: Result<TransactWriteItem, E>,
    ) -> &mut Self {
        match item {
            Ok(item) => self.parts.push((part, item)),
            Err(error) => self.broken = Some(StoreError::Corrupt(error.to_string())),
        }
        self
    }
}

fn absent(put: PutBuilder) -> PutBuilder {
    put.condition_expression("attribute_not_exists(pk)")
}

/// The attributes that are known of an item, and the item itself.
fn known<T: Serialize + DeserializeOwned>(item: &Keyed<T>) -> Result<(Fields, Item), String> {
    let fields = shape::fields_of::<T>().map_err(|error| error.to_string())?;
    let item = serde_dynamo::to_item(item).map_err(|error| error.to_string())?;
    Ok((fields, item))
}

fn event_item(event: &Event) -> EventItem {
    let actor = event.by.actor();
    let requested_by = event.requested_by.as_ref();
    EventItem {
        event_id: event.id.to_string(),
        kind: event.kind.as_str().to_owned(),
        at: event.at.rfc3339_millis(),
        status: event.status.clone(),
        actor: Some(ActorItem::new(actor)),
        cause: Some(event.by.cause().as_str().to_owned()),
        requested_by: requested_by.filter(|it| *it != actor).map(ActorItem::new),
        detail: event.detail.to_string(),
        payment_id: None,
        binding_id: None,
        subscription_id: None,
    }
}

pub(super) fn from_item<T: DeserializeOwned>(item: Item) -> Result<T, StoreError> {
    // Not what it says itself: that quotes what it could not read.
    serde_dynamo::from_item(item).map_err(|_: serde_dynamo::Error| {
        let name = std::any::type_name::<T>();
        let name = name.rsplit("::").next().unwrap_or(name);
        StoreError::Corrupt(name.trim_end_matches('>').to_owned())
    })
}

/// The kind of failure, without the request that failed.
pub(super) fn unavailable<E, R>(error: &SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata,
{
    StoreError::Unavailable(kind_of_failure(error))
}
