//! Reads of many items at once, however many they are.
//!
//! `DynamoDB` reads a hundred items or 16 MB in one call, and may leave some out, because of that or
//! because it is throttled, in an answer that says 200.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::keys::Key;
use super::write::{Item, unavailable};
use super::{Store, StoreError};
use crate::retry::{self, Backoff, NotNow};

/// Most keys of one call.
const MOST_KEYS: usize = 100;

impl Store {
    /// The items of these keys that exist, in no order.
    pub(super) async fn get_all(&self, keys: &[Key]) -> Result<Vec<Item>, StoreError> {
        let mut named = HashSet::new();
        // The same key twice would be refused.
        let keys: Vec<_> = keys
            .iter()
            .filter(|key| named.insert((&key.pk, &key.sk)))
            .collect();
        let mut items = Vec::new();
        for some in keys.chunks(MOST_KEYS) {
            let mut request = KeysAndAttributes::builder().consistent_read(true);
            for key in some {
                request = request.keys(key.attributes());
            }
            let request = request
                .build()
                .map_err(|error| StoreError::Corrupt(error.to_string()))?;
            let request = HashMap::from([(self.table.clone(), request)]);
            items.extend(self.get_batch(request).await?);
        }
        Ok(items)
    }

    /// One call, and those for what it left out.
    async fn get_batch(
        &self,
        request: HashMap<String, KeysAndAttributes>,
    ) -> Result<Vec<Item>, StoreError> {
        let mut request = request;
        let mut items = Vec::new();
        let mut backoff = Backoff::new();
        loop {
            let call = self
                .client
                .batch_get_item()
                .set_request_items(Some(request));
            let found = retry::call(|| call.clone().send())
                .await
                .map_err(|error| unavailable(&error))?;
            let before = items.len();
            let tables = found.responses.unwrap_or_default();
            items.extend(tables.into_values().flatten());
            request = found.unprocessed_keys.unwrap_or_default();
            if request.is_empty() {
                return Ok(items);
            }
            if items.len() > before {
                backoff.advanced();
            }
            if !backoff.allows(NotNow::Throttled).await {
                return Err(StoreError::Unavailable("throttled".to_owned()));
            }
        }
    }
}
