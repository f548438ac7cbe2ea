//! What DOKU told us: once each, and kept when it came before the payment.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::items::ReferenceItem;
use super::keys::{DEAD_LETTERS, Key};
use super::write::from_item;
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::domain::channel::Family;
use crate::domain::ids::PaymentId;
use crate::domain::sealed::Sealed;

/// A verified notification, as far as it matters. Its business key is `reference` and `what`:
/// whether a repeated delivery keeps its id is not documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNotification {
    /// Our name for the payment.
    pub reference: String,
    /// The status and whatever else tells one piece of news from another.
    pub what: String,
    /// Which of DOKU's two families it came in.
    pub family: Family,
    /// When it came first.
    pub at: Timestamp,
    /// What it said, to be read again, while no payment is known that it could belong to.
    pub waiting: Option<Kept>,
}

/// What a notification said, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Sealed.
    Sealed(Sealed),
    /// As it was kept by an earlier version: in the clear.
    Plain(String),
}

/// Two types of attribute under one name: whoever looks only whether it is there need not know which.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum KeptItem {
    Plain(String),
    Sealed(ByteBuf),
}

impl KeptItem {
    fn new(kept: &Kept) -> Self {
        match kept {
            Kept::Plain(text) => Self::Plain(text.clone()),
            Kept::Sealed(sealed) => Self::Sealed(ByteBuf::from(sealed.0.clone())),
        }
    }

    fn read(self) -> Kept {
        match self {
            Self::Plain(text) => Kept::Plain(text),
            Self::Sealed(bytes) => Kept::Sealed(Sealed(bytes.into_vec())),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationItem {
    /// Set while it waits, so that it is listed with what nobody could deliver.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_sort: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    non_snap: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<KeptItem>,
    at: i64,
    expires_at: i64,
}

impl NotificationItem {
    pub fn new(seen: &SeenNotification) -> Self {
        let waits = seen.waiting.is_some();
        let life = if waits {
            super::WAITING_LIFE
        } else {
            super::NOTIFICATION_LIFE
        };
        let sort = || {
            format!(
                "{}#{}#{}",
                seen.at.rfc3339_millis(),
                seen.reference,
                seen.what
            )
        };
        Self {
            owner: waits.then(|| DEAD_LETTERS.to_owned()),
            owner_sort: waits.then(sort),
            non_snap: seen.family == Family::NonSnap,
            waiting: seen.waiting.as_ref().map(KeptItem::new),
            at: seen.at.millis(),
            expires_at: seen.at.plus(life).seconds(),
        }
    }

    pub(super) fn read(self, reference: &str, what: String) -> SeenNotification {
        SeenNotification {
            reference: reference.to_owned(),
            what,
            family: if self.non_snap {
                Family::NonSnap
            } else {
                Family::Snap
            },
            at: Timestamp::from_millis(self.at),
            waiting: self.waiting.map(KeptItem::read),
        }
    }
}

/// What the table knows when a notification arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arrival {
    /// It was dealt with before.
    Repeated,
    /// It is new (or still waiting), and this payment is meant.
    For(PaymentId),
    /// No payment has this reference.
    Unknown,
}

impl Store {
    /// Looks up, in one read, whether a notification was seen and which payment it means.
    pub async fn arrival(&self, reference: &str, what: &str) -> Result<Arrival, StoreError> {
        let seen_key = Key::notification(reference, what);
        let keys = [seen_key.clone(), Key::reference(reference)];
        let mut payment = None;
        for item in self.get_all(&keys).await? {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
            if pk == Some(&seen_key.pk) {
                if from_item::<NotificationItem>(item)?.waiting.is_none() {
                    return Ok(Arrival::Repeated);
                }
            } else {
                payment = from_item::<ReferenceItem>(item)?.payment_id;
            }
        }
        Ok(payment
            .and_then(|id| PaymentId::parse(&id).ok())
            .map_or(Arrival::Unknown, Arrival::For))
    }

    /// Every notification that waits for a payment with this reference, oldest first.
    pub async fn waiting_notifications(
        &self,
        reference: &str,
    ) -> Result<Vec<SeenNotification>, StoreError> {
        let pk = Key::notification(reference, "").pk;
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .filter_expression("attribute_exists(waiting)")
            .expression_attribute_values(":pk", AttributeValue::S(pk));
        let mut waiting = Vec::new();
        for item in self.query_all(query).await? {
            let what = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned();
            let item: NotificationItem = from_item(item)?;
            waiting.push(item.read(reference, what.unwrap_or_default()));
        }
        waiting.sort_by_key(|seen| seen.at);
        Ok(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_reads_back_sealed_or_not() {
        for waiting in [
            None,
            Some(Kept::Plain("{}".to_owned())),
            Some(Kept::Sealed(Sealed(vec![0, 159, 146, 150]))),
        ] {
            let seen = SeenNotification {
                reference: "INV-1".to_owned(),
                what: "00".to_owned(),
                family: Family::Snap,
                at: Timestamp::from_millis(1),
                waiting,
            };
            let item = serde_dynamo::to_item(NotificationItem::new(&seen)).unwrap();
            let again: NotificationItem = from_item(item).unwrap();
            assert_eq!(again.read("INV-1", "00".to_owned()), seen);
        }
    }
}
