//! What DOKU told us: once each, and kept when it came before the payment.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use serde::{Deserialize, Serialize};

use super::items::ReferenceItem;
use super::keys::Key;
use super::write::{from_item, unavailable};
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::domain::ids::PaymentId;
use crate::domain::money::StatedAmount;

/// A verified notification, as far as it matters. Its business key is `reference` and `what`:
/// whether a repeated delivery keeps its `X-EXTERNAL-ID` is not documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenNotification {
    /// Our name for the payment.
    pub reference: String,
    /// The status and, for a refund, which part.
    pub what: String,
    /// `latestTransactionStatus`, as received.
    pub status: String,
    /// The amount stated.
    pub amount: StatedAmount,
    /// DOKU's id for the payment.
    pub reference_no: Option<String>,
    /// Our name for the refund.
    pub refund_reference: Option<String>,
    /// DOKU's id for the refund.
    pub refund_no: Option<String>,
    /// When it came first.
    pub at: Timestamp,
    /// True while no payment is known that it could belong to.
    pub waiting: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotificationItem {
    status: String,
    amount: String,
    currency: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference_no: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund_no: Option<String>,
    at: i64,
    waiting: bool,
    expires_at: i64,
}

impl NotificationItem {
    pub fn new(seen: &SeenNotification) -> Self {
        Self {
            status: seen.status.clone(),
            amount: seen.amount.value.clone(),
            currency: seen.amount.currency.clone(),
            reference_no: seen.reference_no.clone(),
            refund_reference: seen.refund_reference.clone(),
            refund_no: seen.refund_no.clone(),
            at: seen.at.millis(),
            waiting: seen.waiting,
            expires_at: seen.at.plus(super::NOTIFICATION_LIFE).seconds(),
        }
    }

    fn read(self, reference: &str, what: String) -> SeenNotification {
        SeenNotification {
            reference: reference.to_owned(),
            what,
            status: self.status,
            amount: StatedAmount {
                value: self.amount,
                currency: self.currency,
            },
            reference_no: self.reference_no,
            refund_reference: self.refund_reference,
            refund_no: self.refund_no,
            at: Timestamp::from_millis(self.at),
            waiting: self.waiting,
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
        let keys = KeysAndAttributes::builder()
            .consistent_read(true)
            .keys(seen_key.attributes())
            .keys(Key::reference(reference).attributes())
            .build()
            .map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let found = self
            .client
            .batch_get_item()
            .request_items(&self.table, keys)
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        if found
            .unprocessed_keys()
            .is_some_and(|keys| !keys.is_empty())
        {
            return Err(StoreError::Unavailable("throttled".to_owned()));
        }
        let items = found
            .responses
            .and_then(|mut tables| tables.remove(&self.table))
            .unwrap_or_default();
        let mut payment = None;
        for item in items {
            let pk = item.get("pk").and_then(|pk| pk.as_s().ok());
            if pk == Some(&seen_key.pk) {
                if !from_item::<NotificationItem>(item)?.waiting {
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
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk")
            .filter_expression("waiting = :yes")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        let mut waiting = Vec::new();
        for item in found.items.unwrap_or_default() {
            let what = item.get("sk").and_then(|sk| sk.as_s().ok()).cloned();
            let item: NotificationItem = from_item(item)?;
            waiting.push(item.read(reference, what.unwrap_or_default()));
        }
        waiting.sort_by_key(|seen| seen.at);
        Ok(waiting)
    }
}
