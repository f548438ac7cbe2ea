//! What somebody has to look at although nobody asks for it, oldest first.

use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{self, CHARGE_PREFIX, DUE_INDEX, REFUND_PREFIX};
use super::write::Item;
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::domain::calendar::Date;
use crate::domain::ids::{BindingId, PaymentId, RefundId, SubscriptionId};

/// What waits for time, each kind in partitions of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueKind {
    /// Payments that are open, or lapse.
    Payment,
    /// Refunds that are open.
    Refund,
    /// Bindings that are open.
    Binding,
    /// Subscriptions, whose next period comes.
    Subscription,
    /// Charges of subscriptions, that somebody has to look at.
    Charge,
}

impl DueKind {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Binding => "binding",
            Self::Subscription => "subscription",
            Self::Charge => "charge",
        }
    }
}

/// One thing that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A payment.
    Payment(PaymentId),
    /// A refund.
    Refund(PaymentId, RefundId),
    /// A binding.
    Binding(BindingId),
    /// A subscription or one of its charges.
    Charge(DueCharge),
}

/// By the ids that callers know: `pay_…`, `ref_… of pay_…`, `bnd_…`, `sub_…`.
impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Payment(id) => id.fmt(f),
            Self::Refund(payment, id) => write!(f, "{id} of {payment}"),
            Self::Binding(id) => id.fmt(f),
            Self::Charge(charge) => charge.subscription.fmt(f),
        }
    }
}

/// Some of what is due, and where the rest begins.
pub struct DuePage {
    /// What is due.
    pub items: Vec<Due>,
    /// Where to go on, if there is more.
    pub next: Option<DueStart>,
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
    /// What of a kind is due in one shard at `now`, oldest first, at most `limit`. The index may lag a
    /// moment behind: whoever acts on something reads it first.
    pub async fn due(
        &self,
        kind: DueKind,
        shard: u32,
        now: Timestamp,
        limit: usize,
        start: Option<DueStart>,
    ) -> Result<DuePage, StoreError> {
        let partition = keys::due(kind, shard);
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("duePartition = :partition AND dueAt <= :now")
            .expression_attribute_values(":partition", AttributeValue::S(partition))
            .expression_attribute_values(":now", AttributeValue::N(now.millis().to_string()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start.map(|start| start.0));
        let found = self.query_page(&query).await?;
        let items = found.items().iter().filter_map(|item| read(kind, item));
        Ok(DuePage {
            items: items.collect(),
            next: found.last_evaluated_key.map(DueStart),
        })
    }
}

/// What an entry of the index names.
pub(super) fn read(kind: DueKind, item: &Item) -> Option<Due> {
    let pk = item.get("pk")?.as_s().ok()?;
    let sk = item.get("sk")?.as_s().ok()?;
    let payment = || PaymentId::parse(pk.strip_prefix("PAYMENT#")?).ok();
    Some(match kind {
        DueKind::Payment => Due::Payment(payment()?),
        DueKind::Refund => {
            let refund = RefundId::parse(sk.strip_prefix(REFUND_PREFIX)?).ok()?;
            Due::Refund(payment()?, refund)
        }
        DueKind::Binding => Due::Binding(BindingId::parse(pk.strip_prefix("BINDING#")?).ok()?),
        DueKind::Subscription | DueKind::Charge => Due::Charge(due_charge(item)?),
    })
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
