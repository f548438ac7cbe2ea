//! Reconciliation: what is not finished becomes known, although nobody asks for it.
//!
//! Driven by a schedule. Everything here goes the way that a repeated request goes: DOKU is asked, and
//! its answer passes through the one function that applies outcomes. Two runs at once do no harm: each
//! change is a conditional write, and who comes second finds it done.
//!
//! - `payments`: charges, OTPs and captures whose outcome is open, and authorisations that lapse
//! - `refunds`: refunds that DOKU works on, or nobody knows of
//! - `bindings`: unlinking that was left, and linking that never came about

mod bindings;
mod payments;
mod refunds;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use serde::Serialize;

use super::{App, AppError, Deadline};
use crate::secrets::Secrets;
use crate::store::{Due, DueKind};
use crate::telemetry;

/// How much is read at a time.
const PAGE: usize = 100;

/// How many things are looked at side by side.
const AT_ONCE: usize = 8;

/// The longest that one thing may keep the others waiting.
const EACH: Duration = Duration::from_secs(8);

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Things that were due.
    pub due: u32,
    /// Things that came to their end.
    pub finished: u32,
    /// Authorisations about to lapse, of which the merchant was told.
    pub announced: u32,
    /// Authorisations that lapsed.
    pub expired: u32,
    /// Things that nobody knows of for a week: a person was told.
    pub told: u32,
    /// Things that could not be dealt with and stay due.
    pub left: u32,
    /// False when time ran out before everything was looked at; the next run goes on.
    pub complete: bool,
}

/// What a look at one thing brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looked {
    /// Somebody else dealt with it already.
    NotDue,
    /// It is finished.
    Finished,
    /// It is still open, and will be looked at again.
    Open,
    /// It is still open after a week: a person was told.
    Told,
    /// The merchant was told that the authorisation lapses.
    Announced,
    /// The authorisation lapsed.
    Expired,
}

/// What is looked through, in this order. What needs no call to DOKU comes first, so that a DOKU that
/// is slow holds up nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Authorisations about to lapse are announced.
    Announce,
    Payments,
    Refunds,
    Bindings,
}

impl Round {
    const fn kind(self) -> DueKind {
        match self {
            Self::Announce | Self::Payments => DueKind::Payment,
            Self::Refunds => DueKind::Refund,
            Self::Bindings => DueKind::Binding,
        }
    }
}

const ROUNDS: [Round; 4] = [
    Round::Announce,
    Round::Payments,
    Round::Refunds,
    Round::Bindings,
];

impl Swept {
    fn count(&mut self, looked: Result<Looked, ()>) {
        match looked {
            Ok(Looked::NotDue) => return,
            Ok(Looked::Finished) => self.finished += 1,
            Ok(Looked::Open) => {}
            Ok(Looked::Told) => self.told += 1,
            Ok(Looked::Announced) => self.announced += 1,
            Ok(Looked::Expired) => self.expired += 1,
            Err(()) => self.left += 1,
        }
        self.due += 1;
    }

    /// Counts what somebody may have to look at.
    fn tell(self) -> Self {
        for (metric, by) in [("DueLeft", self.left), ("NeedsAttention", self.told)] {
            if by > 0 {
                telemetry::count(metric, by);
            }
        }
        self
    }
}

impl App {
    /// Looks at everything that is due, a few things side by side. No run begins where the one before
    /// it did, so that a few things that cannot be dealt with do not keep the rest waiting for ever.
    pub async fn reconcile(&self, deadline: Deadline) -> Result<Swept, AppError> {
        let secrets = self.secrets.current().await?;
        let mut swept = Swept::default();
        for round in ROUNDS {
            if !self.sweep(&secrets, round, &mut swept, deadline).await? {
                telemetry::count("SweepIncomplete", 1);
                return Ok(swept.tell());
            }
        }
        swept.complete = true;
        Ok(swept.tell())
    }

    /// One round through all shards; false when time ran out.
    async fn sweep(
        &self,
        secrets: &Arc<Secrets>,
        round: Round,
        swept: &mut Swept,
        deadline: Deadline,
    ) -> Result<bool, AppError> {
        let shards = self.store.due_shards();
        let first = u32::try_from(self.ulid()?.random() % u128::from(shards)).unwrap_or(0);
        let counted = Mutex::new(swept);
        for shard in (0..shards).map(|step| (first + step) % shards) {
            let mut start = None;
            loop {
                if deadline.is_near() {
                    return Ok(false);
                }
                let now = self.clock.now();
                let page = self.store.due(round.kind(), shard, now, PAGE, start);
                let page = page.await?;
                stream::iter(page.items)
                    .for_each_concurrent(AT_ONCE, async |due| {
                        if deadline.is_near() {
                            return;
                        }
                        let looked = self.attend(secrets, due, round, deadline).await;
                        let mut swept = counted.lock().unwrap_or_else(PoisonError::into_inner);
                        swept.count(looked);
                    })
                    .await;
                start = page.next;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(!deadline.is_near())
    }

    /// Deals with one thing. What cannot be dealt with is left for the next run and keeps nobody else
    /// waiting.
    async fn attend(
        &self,
        secrets: &Arc<Secrets>,
        due: Due,
        round: Round,
        deadline: Deadline,
    ) -> Result<Looked, ()> {
        let each = Deadline::within(deadline.remaining().min(EACH));
        let looked = match due {
            Due::Payment(id) if round == Round::Announce => self.announce(secrets, id).await,
            Due::Payment(id) => self.look_at_payment(secrets, id, each).await,
            Due::Refund(payment, id) => self.look_at_refund(secrets, payment, id, each).await,
            Due::Binding(id) => self.look_at_binding(secrets, id, each).await,
            Due::Charge(_) => Ok(Looked::NotDue), // `recurring` looks after those
        };
        looked.map_err(|error| {
            tracing::warn!(?due, %error, "something that is due is left for later");
        })
    }
}
