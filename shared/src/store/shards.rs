//! The number of shards over which what is due is spread.
//!
//! It is a setting, and lowering it must not hide what lies in the shards that are left out. So the
//! highest number ever used is stored: before anything is written by a higher one, so that no sweep can
//! miss it.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;

use super::keys::Key;
use super::write::unavailable;
use super::{Store, StoreError};
use crate::retry;

/// The attribute with the number.
const HIGHEST: &str = "highest";

impl Store {
    /// The number of shards in which something may be due: the highest that any instance ever used.
    pub async fn shards_in_use(&self) -> Result<u32, StoreError> {
        let stored = self.highest_shards().await?;
        Ok(stored.max(self.due_shards))
    }

    /// Stores the number of shards that this instance uses, if it is higher than any before. Asks once
    /// in the life of a process, and writes only where the number grows.
    pub(super) async fn announce_shards(&self) -> Result<(), StoreError> {
        if self.shards_announced.get().is_some() {
            return Ok(());
        }
        if self.highest_shards().await? < self.due_shards {
            self.raise_shards().await?;
        }
        self.shards_announced.get_or_init(|| ());
        Ok(())
    }

    async fn highest_shards(&self) -> Result<u32, StoreError> {
        let item = self.get(&Key::shards()).await?.unwrap_or_default();
        let highest = item.get(HIGHEST).and_then(|value| value.as_n().ok());
        highest.map_or(Ok(0), |highest| {
            let corrupt = |_| StoreError::Corrupt("number of shards".to_owned());
            highest.parse().map_err(corrupt)
        })
    }

    async fn raise_shards(&self) -> Result<(), StoreError> {
        let shards = AttributeValue::N(self.due_shards.to_string());
        let request = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(Key::shards().attributes()))
            .update_expression("SET #highest = :shards")
            .condition_expression("attribute_not_exists(#highest) OR #highest < :shards")
            .expression_attribute_names("#highest", HIGHEST)
            .expression_attribute_values(":shards", shards);
        match retry::call(|| request.clone().send()).await {
            Ok(_) => {
                tracing::info!(
                    shards = self.due_shards,
                    "what is due is spread over more shards"
                );
                Ok(())
            }
            Err(error) => match error.as_service_error() {
                // Another instance uses as many, or more.
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
                _ => Err(unavailable(&error)),
            },
        }
    }
}
