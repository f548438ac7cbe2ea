//! Who looks after something, as it lies in the table.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::watch::Watch;

/// Its members lie beside those of what is looked after.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WatchItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    look_at: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    told: bool,
}

impl WatchItem {
    pub fn new(watch: Watch) -> Self {
        Self {
            look_at: watch.look_at.map(Timestamp::millis),
            told: watch.told,
        }
    }

    pub fn is_default(&self) -> bool {
        self.look_at.is_none() && !self.told
    }

    pub fn read(self) -> Watch {
        Watch {
            look_at: self.look_at.map(Timestamp::from_millis),
            told: self.told,
        }
    }
}
