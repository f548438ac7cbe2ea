//! `X-EXTERNAL-ID` values, unique within a day.

use std::collections::HashSet;

use doku_shared::clock::Timestamp;

use crate::clock::wib_day;

/// The ids seen, per day in western Indonesian time.
#[derive(Debug, Default)]
pub struct ExternalIds(HashSet<(i64, String)>);

impl ExternalIds {
    /// Takes note of the id; false when that day has seen it already.
    pub fn take(&mut self, id: &str, now: Timestamp) -> bool {
        self.0.insert((wib_day(now), id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_come_back_on_another_day() {
        let mut ids = ExternalIds::default();
        let today = Timestamp::from_millis(1_800_000_000_000);
        let tomorrow = Timestamp::from_millis(1_800_000_000_000 + 86_400_000);
        assert!(ids.take("1", today));
        assert!(!ids.take("1", today));
        assert!(ids.take("2", today));
        assert!(ids.take("1", tomorrow));
    }
}
