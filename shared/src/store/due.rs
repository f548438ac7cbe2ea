//! What somebody has to look at although nobody asks for it, oldest first.

use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::{self, DUE_INDEX};
use super::write::{Item, unavailable};
use super::{Store, StoreError};
use crate::clock::Timestamp;
use crate::domain::ids::PaymentId;

/// Some of what is due, and where the rest begins.
pub struct DuePage {
    /// The payments.
    pub items: Vec<PaymentId>,
    /// Where to go on, if there is more.
    pub next: Option<DueStart>,
}

/// Where a page of due payments begins.
pub struct DueStart(Item);

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
    ) -> Result<DuePage, StoreError> {
        let found = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(DUE_INDEX)
            .key_condition_expression("duePartition = :partition AND dueAt <= :now")
            .expression_attribute_values(":partition", AttributeValue::S(keys::due_payments(shard)))
            .expression_attribute_values(":now", AttributeValue::N(now.millis().to_string()))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(start.map(|start| start.0))
            .send()
            .await
            .map_err(|error| unavailable(&error))?;
        let ids = found.items().iter().filter_map(|item| {
            let pk = item.get("pk")?.as_s().ok()?;
            PaymentId::parse(pk.strip_prefix("PAYMENT#")?).ok()
        });
        Ok(DuePage {
            items: ids.collect(),
            next: found.last_evaluated_key.map(DueStart),
        })
    }
}
