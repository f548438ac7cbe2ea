//! The spelling of every key.

use std::collections::HashMap;
use std::fmt::Display;

use aws_sdk_dynamodb::types::AttributeValue;

use super::due::DueKind;
use crate::domain::calendar::Date;
use crate::domain::evidence::EvidenceSubject;
use crate::domain::ids::{BindingId, CustomerId, PaymentId, RefundId, SubscriptionId};

/// Partition and sort key of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub pk: String,
    pub sk: String,
}

pub(super) const OWNER_INDEX: &str = "owner";
pub(super) const DUE_INDEX: &str = "due";

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    /// A key that the table gave us.
    pub fn of(pk: &str, sk: &str) -> Self {
        Self::new(pk.to_owned(), sk)
    }

    pub fn unreadable(hash: &str) -> Self {
        Self::new(format!("{DEAD_LETTERS}#{hash}"), "LETTER")
    }

    pub fn binding(id: BindingId) -> Self {
        Self::new(format!("BINDING#{id}"), "BINDING")
    }

    /// Sorts right behind its binding, so that one query reads both and no event.
    pub fn customer_token(id: BindingId) -> Self {
        Self::new(format!("BINDING#{id}"), "BINDING#TOKEN")
    }

    pub fn binding_event(id: BindingId, version: u64) -> Self {
        Self::new(format!("BINDING#{id}"), event(version))
    }

    pub fn payment(id: PaymentId) -> Self {
        Self::new(format!("PAYMENT#{id}"), "PAYMENT")
    }

    /// Of a write's several events the first has a plain name.
    pub fn payment_event(id: PaymentId, version: u64, nth: usize) -> Self {
        Self::new(format!("PAYMENT#{id}"), nth_event(version, nth))
    }

    pub fn refund(payment: PaymentId, id: RefundId) -> Self {
        Self::new(format!("PAYMENT#{payment}"), format!("{REFUND_PREFIX}{id}"))
    }

    pub fn subscription(id: SubscriptionId) -> Self {
        Self::new(format!("SUBSCRIPTION#{id}"), "SUBSCRIPTION")
    }

    /// Sorts by the day.
    pub fn charge(id: SubscriptionId, date: Date) -> Self {
        Self::new(
            format!("SUBSCRIPTION#{id}"),
            format!("{CHARGE_PREFIX}{date}"),
        )
    }

    /// The `nth` event that comes with one version of a subscription.
    pub fn subscription_event(id: SubscriptionId, version: u64, nth: usize) -> Self {
        Self::new(format!("SUBSCRIPTION#{id}"), nth_event(version, nth))
    }

    /// Invoice numbers and the references made of them share one space of names.
    pub fn reference(text: &str) -> Self {
        Self::new(format!("REFERENCE#{text}"), "REFERENCE")
    }

    pub fn claim(hash: &str) -> Self {
        Self::new(format!("{CLAIM_PREFIX}{hash}"), "CLAIM")
    }

    /// Since when claims are named as they are now.
    pub fn claim_scope() -> Self {
        Self::new(DEPLOYMENT.to_owned(), "CLAIM_SCOPE")
    }

    pub fn notification(reference: &str, what: &str) -> Self {
        Self::new(format!("{NOTIFICATION_PREFIX}{reference}"), what)
    }

    pub fn otp_count(name: &str) -> Self {
        Self::new(format!("OTPS#{name}"), "OTPS")
    }

    /// What status checks have found, of one subject.
    pub fn evidence(subject: EvidenceSubject) -> Self {
        let version = subject.version.as_str();
        let (kind, channel) = (subject.kind.as_str(), subject.channel);
        Self::new(
            DEPLOYMENT.to_owned(),
            format!("{EVIDENCE_PREFIX}{kind}#{channel}#{version}"),
        )
    }

    /// A fact about the deployment: the highest number of shards.
    pub fn shards() -> Self {
        Self::new("DEPLOYMENT".to_owned(), "SHARDS")
    }

    pub fn b2b_token(client_id: &str) -> Self {
        Self::new(format!("TOKEN#{client_id}"), "B2B")
    }

    pub fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("pk".to_owned(), AttributeValue::S(self.pk.clone())),
            ("sk".to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

pub(super) const CLAIM_PREFIX: &str = "CLAIM#";
pub(super) const REFUND_PREFIX: &str = "REFUND#";
pub(super) const CHARGE_PREFIX: &str = "CHARGE#";
pub(super) const NOTIFICATION_PREFIX: &str = "NOTIFICATION#";
/// Who owns the letters that nobody could deliver.
pub(super) const DEAD_LETTERS: &str = "DEADLETTER";
/// The partition of the `due` index for what is open and was told to a person.
pub(super) const ATTENTION: &str = "ATTENTION";
/// Holds facts about the deployment as a whole.
pub(super) const DEPLOYMENT: &str = "DEPLOYMENT";
pub(super) const EVIDENCE_PREFIX: &str = "EVIDENCE#";
pub(super) const EVENT_PREFIX: &str = "EVENT#";

fn nth_event(version: u64, nth: usize) -> String {
    let sk = event(version);
    if nth > 0 { format!("{sk}.{nth}") } else { sk }
}

/// Events are numbered by the version of the resource that they came with: in order, and unique.
fn event(version: u64) -> String {
    format!("{EVENT_PREFIX}{version:010}")
}

pub(super) fn payments_of(customer: &CustomerId) -> String {
    format!("PAYMENT#{customer}")
}

pub(super) fn bindings_of(customer: &CustomerId) -> String {
    format!("BINDING#{customer}")
}

pub(super) fn subscriptions_of(customer: &CustomerId) -> String {
    format!("SUBSCRIPTION#{customer}")
}

/// The partition of the `due` index for what is of this kind, in this shard.
pub(super) fn due(kind: DueKind, shard: u32) -> String {
    format!("DUE#{}#{shard}", kind.as_str())
}

/// Which shard something with this id is in. The last letters of a ULID are random.
pub(super) fn shard_of(id: impl Display, shards: u32) -> u32 {
    let text = id.to_string();
    let tail = text.as_bytes().iter().rev().take(4);
    tail.fold(0u32, |sum, byte| sum * 31 + u32::from(*byte)) % shards.max(1)
}
