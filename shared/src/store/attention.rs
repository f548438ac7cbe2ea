//! What is open and was told to a person: nobody looks at it any more, until somebody asks for that.
//!
//! It lies in a partition of its own of the index `due`, put there and taken away by the writes of the
//! things themselves.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::due::{self, Due, DueKind};
use super::keys::{ATTENTION, DUE_INDEX, Key, REFUND_PREFIX};
use super::listing::{Page, text};
use super::write::Item;
use super::{Store, StoreError};
use crate::clock::Timestamp;

/// Something that was told to a person and is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeedsAttention {
    /// What it is.
    pub what: Due,
    /// When somebody was to look at it for the first time.
    pub since: Timestamp,
}

impl Store {
    /// What needs a person's attention, the oldest first. `after` is the `next` of the page before; one
    /// that is none is the beginning.
    pub async fn attention(
        &self,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<NeedsAttention>, StoreError> {
        let partition = AttributeValue::S(ATTENTION.to_owned());
        let query = self
            .client()
            .query()
            .table_name(self.table())
            .index_name(DUE_INDEX)
            .key_condition_expression("duePartition = :partition")
            .expression_attribute_values(":partition", partition)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .set_exclusive_start_key(after.and_then(start));
        let found = self.query_page(&query).await?;
        Ok(Page {
            items: found.items().iter().filter_map(read).collect(),
            next: found.last_evaluated_key().and_then(cursor),
        })
    }
}

fn read(item: &Item) -> Option<NeedsAttention> {
    let (pk, sk, at) = key(item)?;
    let kind = if sk.starts_with(REFUND_PREFIX) {
        DueKind::Refund
    } else if pk.starts_with("BINDING#") {
        DueKind::Binding
    } else {
        DueKind::Payment
    };
    Some(NeedsAttention {
        what: due::read(kind, item)?,
        since: Timestamp::from_millis(at.parse().ok()?),
    })
}

/// The key of an entry of the index, less its partition.
fn key(item: &Item) -> Option<(&str, &str, &str)> {
    let at = item.get("dueAt")?.as_n().ok()?;
    Some((text(item, "pk")?, text(item, "sk")?, at))
}

/// Where the next page begins, as one word.
fn cursor(item: &Item) -> Option<String> {
    let (pk, sk, at) = key(item)?;
    Some(URL_SAFE_NO_PAD.encode(format!("{pk}\n{sk}\n{at}")))
}

fn start(cursor: &str) -> Option<Item> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let mut parts = text.splitn(3, '\n');
    let (pk, sk, at) = (parts.next()?, parts.next()?, parts.next()?);
    let at: i64 = at.parse().ok()?;
    let mut key = Key::of(pk, sk).attributes();
    key.extend(HashMap::from([
        (
            "duePartition".to_owned(),
            AttributeValue::S(ATTENTION.to_owned()),
        ),
        ("dueAt".to_owned(), AttributeValue::N(at.to_string())),
    ]));
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_where_it_was_made() {
        let cursor = cursor(&start(&URL_SAFE_NO_PAD.encode("PAYMENT#p\nPAYMENT\n7")).unwrap());
        let again = start(&cursor.unwrap()).unwrap();
        assert_eq!(key(&again), Some(("PAYMENT#p", "PAYMENT", "7")));
        for odd in ["", "?", "UEFZTUVOVA", "UEFZTUVOVAoKCg"] {
            assert_eq!(start(odd), None, "{odd}");
        }
    }
}
