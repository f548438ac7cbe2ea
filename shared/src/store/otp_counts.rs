//! OTPs that a bank may have counted: an item for each card, or for each binding.

use serde::{Deserialize, Serialize};

use super::items::Keyed;
use super::keys::Key;
use super::write::from_item;
use super::{Store, StoreError, Write};
use crate::clock::Timestamp;
use crate::domain::otp_count::OtpCount;
use crate::domain::stored::Stored;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OtpCountItem {
    given: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_at: Option<i64>,
    latest: String,
    version: u64,
    /// When the table may drop it, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl Store {
    /// The OTPs counted under a name; none where nothing is stored.
    pub async fn otp_count(&self, name: String) -> Result<OtpCount, StoreError> {
        let Some(item) = self.get(&Key::otp_count(&name)).await? else {
            return Ok(OtpCount::new(name));
        };
        let stored = Stored::default();
        stored.set(item.clone());
        let item: OtpCountItem = from_item(item)?;
        Ok(OtpCount {
            name,
            given: item.given,
            ends_at: item.ends_at.map(Timestamp::from_millis),
            latest: item.latest,
            version: item.version,
            stored,
        })
    }
}

impl Write<'_> {
    /// Replaces a count, if it still has the version it was read with.
    pub fn otp_count(&mut self, count: &OtpCount) -> &mut Self {
        let item = OtpCountItem {
            given: count.given,
            ends_at: count.ends_at.map(Timestamp::millis),
            latest: count.latest.clone(),
            version: count.version + 1,
            expires_at: count.ends_at.map(Timestamp::seconds),
        };
        let item = Keyed::new(Key::otp_count(&count.name), item);
        if count.version == 0 {
            self.begin(&item, &count.stored)
        } else {
            self.replace(&item, count.version, &count.stored)
        }
    }
}
