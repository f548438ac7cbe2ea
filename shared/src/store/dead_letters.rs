//! What DOKU told us and nobody could make use of: kept with its reason, listed, and read again when
//! somebody asks for it.
//!
//! A notification of a payment that is not known lies where it waits for that payment; one that could
//! not be read lies by itself. Both are under one owner in the index, so that one query lists them.

use aws_sdk_dynamodb::types::{Delete, TransactWriteItem};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use super::items::Keyed;
use super::keys::{DEAD_LETTERS, Key, NOTIFICATION_PREFIX};
use super::listing::{Page, text};
use super::notifications::{NotificationItem, SeenNotification};
use super::write::{Item, Write, from_item};
use super::{NOTIFICATION_LIFE, Store, StoreError};
use crate::clock::Timestamp;
use crate::domain::channel::Family;
use crate::domain::sealed::Sealed;

/// A notification that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Hash of its body: the same one again is the same letter.
    pub hash: String,
    /// Why it could not be read.
    pub reason: String,
    /// Which of DOKU's two families it came in.
    pub family: Family,
    /// When it came first.
    pub at: Timestamp,
    /// What it said, sealed.
    pub body: Sealed,
}

/// A letter that nobody could deliver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLetter {
    /// A notification of a payment that is not known.
    Unmatched(SeenNotification),
    /// A notification that could not be read.
    Unreadable(Unreadable),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UnreadableItem {
    owner: String,
    owner_sort: String,
    reason: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    non_snap: bool,
    at: i64,
    body: ByteBuf,
    expires_at: i64,
}

/// Name of a letter: where it lies, as one word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterId(Key);

impl LetterId {
    /// The name of a notification that waits for its payment.
    pub fn of_waiting(seen: &SeenNotification) -> Self {
        Self(Key::notification(&seen.reference, &seen.what))
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(raw).ok()?).ok()?;
        let (pk, sk) = text.split_once('\n')?;
        let known = pk.starts_with(NOTIFICATION_PREFIX) || pk.starts_with(DEAD_LETTERS);
        known.then(|| Self(Key::of(pk, sk)))
    }
}

impl std::fmt::Display for LetterId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Key { pk, sk } = &self.0;
        f.write_str(&URL_SAFE_NO_PAD.encode(format!("{pk}\n{sk}")))
    }
}

impl Write<'_> {
    /// Keeps a notification that could not be read; the same one again changes nothing.
    pub fn unreadable(&mut self, letter: &Unreadable) -> &mut Self {
        let item = UnreadableItem {
            owner: DEAD_LETTERS.to_owned(),
            owner_sort: format!("{}#{}", letter.at.rfc3339_millis(), letter.hash),
            reason: letter.reason.clone(),
            non_snap: letter.family == Family::NonSnap,
            at: letter.at.millis(),
            body: ByteBuf::from(letter.body.0.clone()),
            expires_at: letter.at.plus(NOTIFICATION_LIFE).seconds(),
        };
        self.new_letter(&Keyed::new(Key::unreadable(&letter.hash), item))
    }

    /// Throws a letter away that was delivered after all.
    pub fn forget_letter(&mut self, id: &LetterId) -> &mut Self {
        let delete = Delete::builder()
            .table_name(self.table())
            .set_key(Some(id.0.attributes()))
            .build();
        match delete {
            Ok(delete) => self.other(TransactWriteItem::builder().delete(delete).build()),
            Err(error) => self.fail(error.to_string()),
        }
    }
}

/// A letter in the list of them, not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetterName {
    /// Its name.
    pub id: LetterId,
    /// Where it stands in the list: what comes after it is the rest.
    pub place: String,
}

impl LetterName {
    /// When it came, RFC 3339.
    pub fn at(&self) -> &str {
        self.place.split('#').next().unwrap_or_default()
    }
}

impl Store {
    /// The names of letters that nobody could deliver, the latest first, from the index (which may lag
    /// a moment behind). `after` is the place of the last one that was dealt with. They are not read
    /// here: one that cannot be read must not hide the others.
    pub async fn dead_letters(
        &self,
        limit: usize,
        after: Option<&str>,
    ) -> Result<Page<LetterName>, StoreError> {
        let Page { items, next } = self.owned(DEAD_LETTERS, limit, after).await?;
        let name = |item: &Item| {
            Some(LetterName {
                id: LetterId(Key::of(text(item, "pk")?, text(item, "sk")?)),
                place: text(item, "ownerSort")?.to_owned(),
            })
        };
        let items = items.iter().filter_map(name).collect();
        Ok(Page { items, next })
    }

    /// One letter, while nobody could deliver it.
    pub async fn dead_letter(&self, id: &LetterId) -> Result<Option<DeadLetter>, StoreError> {
        let Some(item) = self.get(&id.0).await? else {
            return Ok(None);
        };
        if let Some(reference) = id.0.pk.strip_prefix(NOTIFICATION_PREFIX) {
            let seen = from_item::<NotificationItem>(item)?.read(reference, id.0.sk.clone());
            return Ok(seen
                .waiting
                .is_some()
                .then_some(DeadLetter::Unmatched(seen)));
        }
        let hash = id.0.pk.trim_start_matches(DEAD_LETTERS);
        let item: UnreadableItem = from_item(item)?;
        Ok(Some(DeadLetter::Unreadable(Unreadable {
            hash: hash.trim_start_matches('#').to_owned(),
            reason: item.reason,
            family: if item.non_snap {
                Family::NonSnap
            } else {
                Family::Snap
            },
            at: Timestamp::from_millis(item.at),
            body: Sealed(item.body.into_vec()),
        })))
    }
}
