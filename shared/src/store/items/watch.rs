//! Who looks after something, as it lies in the table.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::watch::Watch;
use crate::store::DueKind;
use crate::store::keys;

/// Where something lies in the index `due`, as partition and time: by its next look, at `due_at`. What
/// would be looked at if no person had been told of it (`under` another watch) lies among its like
/// instead; it leaves them with the write that makes it final.
pub(super) fn entry(
    (kind, shard): (DueKind, u32),
    due_at: Option<Timestamp>,
    watch: Watch,
    under: impl FnOnce(Watch) -> Option<Timestamp>,
) -> (Option<String>, Option<i64>) {
    let (partition, at) = match due_at {
        Some(at) => (keys::due(kind, shard), Some(at)),
        None if watch.told => (keys::ATTENTION.to_owned(), under(Watch::default())),
        None => return (None, None),
    };
    (at.map(|_| partition), at.map(Timestamp::millis))
}

/// Its members lie beside those of what is looked after.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct WatchItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    look_at: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    told: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    since: Option<i64>,
}

impl WatchItem {
    pub fn new(watch: Watch) -> Self {
        Self {
            look_at: watch.look_at.map(Timestamp::millis),
            told: watch.told,
            since: watch.since.map(Timestamp::millis),
        }
    }

    pub fn is_default(&self) -> bool {
        self.look_at.is_none() && !self.told && self.since.is_none()
    }

    pub fn read(self) -> Watch {
        Watch {
            look_at: self.look_at.map(Timestamp::from_millis),
            told: self.told,
            since: self.since.map(Timestamp::from_millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_open_lies_where_somebody_looks_and_what_is_final_nowhere() {
        let at = Timestamp::from_millis;
        let table = [
            ("open", Some(2), false, Some(2), Some(("DUE#refund#3", 2))),
            (
                "told, and open",
                None,
                true,
                Some(1),
                Some(("ATTENTION", 1)),
            ),
            (
                "told, and looked at for another reason",
                Some(2),
                true,
                Some(1),
                Some(("DUE#refund#3", 2)),
            ),
            ("final", None, false, None, None),
            ("final after somebody was told", None, true, None, None),
        ];
        for (why, due_at, told, untold, expected) in table {
            let watch = Watch {
                told,
                ..Watch::default()
            };
            let kind = (DueKind::Refund, 3);
            let (partition, time) = entry(kind, due_at.map(at), watch, |_| untold.map(at));
            let found = partition.as_deref().zip(time);
            assert_eq!(found, expected, "{why}");
        }
    }
}
