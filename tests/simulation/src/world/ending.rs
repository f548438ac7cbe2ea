//! How a world ends: all goes well, and whatever is open has the time to be known.

use std::time::Duration;

use doku_shared::app::Deadline;
use serde_json::json;

use super::World;
use crate::call::PATIENCE;
use crate::cloud::Weather;
use crate::judge::{Judge, Tally, Violation, books};
use crate::plan::{How, Key};

/// One function, which nothing happens to.
pub(super) const CALM: How = How {
    function: 0,
    death: None,
    twice: false,
};

const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;
/// The round in which the last surprise comes, at the latest, where nothing is open.
const SURE: usize = 4;

impl World {
    /// Time passes, and what goes by itself goes on.
    async fn goes_on(&mut self, seconds: u64, how: How) -> Result<(), Violation> {
        self.order("notifications/release", &json!({})).await;
        self.pass(Duration::from_secs(seconds)).await;
        Box::pin(self.tick(1, None, how)).await?;
        self.reconcile(None, how).await
    }

    /// All goes well from now on, and time passes until nothing more may be open.
    pub async fn end(&mut self) -> Result<Tally, Violation> {
        self.reaper.rest();
        self.cloud.weather(Weather::Fair, None);
        self.clear("faults").await;
        self.clear("declines").await;
        if self.keys.0 != self.keys.1 {
            self.rotate(if self.keys.0 < self.keys.1 {
                Key::Ours
            } else {
                Key::Dokus
            })
            .await;
        }
        let how = CALM;
        let early = [1, 2, 6, 40, 6 * 60, 7 * 60, 12 * 60].map(|minutes| minutes * MINUTE);
        let late = [DAY, DAY, DAY, 2 * DAY, 3 * DAY, 2 * MINUTE, 2 * MINUTE];
        for (round, wait) in early.into_iter().chain(late).enumerate() {
            self.goes_on(wait, how).await?;
            if round % 3 == 0 {
                self.settle().await;
                self.judge()?;
            }
            if round >= SURE && books::is_over(&self.cloud.items()) {
                break;
            }
        }
        // A subscription that still runs may have begun a charge just now.
        for _ in 0..4 {
            let now = self.foundry.clock.now();
            let (items, ledger) = (self.cloud.items(), self.doku.ledger());
            if Judge::everything_is_known(&items, &ledger, now).is_ok() {
                break;
            }
            self.goes_on(2 * MINUTE, how).await?;
        }
        self.settle().await;
        self.judge()?;
        let now = self.foundry.clock.now();
        Judge::everything_is_known(&self.cloud.items(), &self.doku.ledger(), now)?;
        self.somebody_attends(how).await?;
        self.settle().await;
        self.judge()?;
        Box::pin(self.operators_settle()).await?;
        self.settle().await;
        self.judge()?;
        let (items, ledger) = (self.cloud.items(), self.doku.ledger());
        if let Some(item) = self.leaks.in_table(&items) {
            return Err(Violation::new("I12", format!("the table tells: {item}")));
        }
        let calls = self.doku.calls();
        Judge::tries_have_one_id(&calls)?;
        self.judge.captures_have_one_id(&calls, &ledger)?;
        let mut tally = self.judge.last(&items, &ledger, &self.doku.deliveries())?;
        let counts = self.cloud.counts();
        tally = tally.plus(self.tally);
        tally.throttled_writes = counts.throttled_writes;
        tally.partial_batches = counts.partial_batches;
        tally.conflicts = counts.conflicts;
        tally.deaths = self.deaths;
        tally.meetings = self.meetings;
        tally.logged = self.logged;
        Ok(tally)
    }

    /// Whoever was told of something has it looked at again, now that all is well.
    async fn somebody_attends(&mut self, how: How) -> Result<(), Violation> {
        for _ in 0..3 {
            let told = self.cloud.items().into_iter();
            let told = told.filter(|item| item["watch"]["told"] == true);
            let ids = told.filter_map(|item| Some(item["id"].as_str()?.to_owned()));
            let ids: Vec<_> = ids.collect();
            if ids.is_empty() {
                break;
            }
            for id in ids {
                let looked = self.functions[0].look_after(&id, None, Deadline::within(PATIENCE));
                if let Err(error) = looked.await {
                    self.may_be_said(&error)?;
                }
            }
            // From then on it is looked after by the plan again.
            self.goes_on(DAY, how).await?;
        }
        Ok(())
    }
}
