//! The order in which what is due is looked at, and how long each kind may keep the others waiting.
//!
//! Payments, refunds and bindings are a round each. Each round has its share of the time that is left,
//! so that a hundred payments of which DOKU tells nothing in time do not keep a refund waiting for
//! ever; what one round does not need the others have. Who begins has an advantage that way, so it is
//! the payments, of which customers are waiting to hear. A round that was cut short is gone on with
//! where it stopped once the others had their turn. No run begins in the shard where the one before it
//! did, so that a few things that cannot be dealt with do not keep the rest waiting either.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use super::super::context::Context;
use super::super::deadline::TO_RECORD;
use super::super::{App, AppError, Deadline};
use super::Swept;
use crate::retry;
use crate::store::{Due, DueKind, DueStart, StoreError};

/// How much is read at a time.
const PAGE: usize = 100;

/// How many things are looked at side by side.
const AT_ONCE: usize = 8;

/// What reading something, and a token of DOKU's for the question, may take.
const TO_BEGIN: Duration = Duration::from_secs(1);

const KINDS: [DueKind; 3] = [DueKind::Payment, DueKind::Refund, DueKind::Binding];

/// The longest that one thing may keep the others waiting: as long as DOKU may take to answer, else an
/// answer that comes late, but always, would never be known.
pub(super) fn each(doku_timeout: Duration) -> Duration {
    TO_BEGIN + doku_timeout + TO_RECORD
}

/// How long a round may begin things, of `rounds` that share what remains: so that what it begins last
/// may still take `each` of its share. Of a share that is too small for that, some of it all the same
/// when it is the `first` time, for otherwise the round would never begin.
fn window(remaining: Duration, rounds: u32, each: Duration, first: bool) -> Duration {
    let share = remaining / rounds.max(1);
    let enough = share.saturating_sub(each);
    if first { enough.max(share / 4) } else { enough }
}

/// How far a round has come.
struct Round {
    kind: DueKind,
    /// Where there is more to read, the last one first.
    shards: Vec<u32>,
    /// Where to go on in that shard.
    start: Option<DueStart>,
    /// What was read, and is to be looked at.
    read: Vec<Due>,
    /// Why a shard could not be read: it is left for the next run.
    unread: Option<StoreError>,
}

impl Round {
    /// A round through all shards, beginning with that one.
    fn new(kind: DueKind, first: u32, shards: u32) -> Self {
        Self {
            kind,
            shards: (1..=shards)
                .map(|step| (first + step) % shards)
                .rev()
                .collect(),
            start: None,
            read: Vec::new(),
            unread: None,
        }
    }

    const fn is_over(&self) -> bool {
        self.read.is_empty() && self.shards.is_empty()
    }
}

impl App {
    /// Goes through all rounds; false when time ran out, or not everything could be read. An error when
    /// nothing could.
    pub(super) async fn sweep(
        &self,
        ctx: &Context,
        swept: &Mutex<Swept>,
        deadline: Deadline,
    ) -> Result<bool, AppError> {
        let shards = self.store.shards_in_use().await?;
        let first = u32::try_from(self.ulid()?.random() % u128::from(shards)).unwrap_or(0);
        let each = each(self.config.doku_timeout);
        let mut rounds: Vec<_> = KINDS.map(|kind| Round::new(kind, first, shards)).into();
        let mut is_first = true;
        let mut unread = None;
        while !rounds.is_empty() {
            let mut sharing = u32::try_from(rounds.len()).unwrap_or(u32::MAX);
            let mut cut_short = Vec::new();
            let mut begun = false;
            for mut round in rounds {
                let window = window(deadline.remaining(), sharing, each, is_first);
                sharing -= 1;
                begun |= !window.is_zero();
                let until = Deadline::within(window);
                self.go_on(ctx, &mut round, swept, until, deadline).await;
                unread = unread.or(round.unread.take());
                if !round.is_over() {
                    cut_short.push(round);
                }
            }
            rounds = cut_short;
            is_first = false;
            if deadline.is_near() || !begun {
                break;
            }
        }
        let nothing = swept.lock().unwrap_or_else(PoisonError::into_inner).due == 0;
        match unread {
            Some(error) if nothing => Err(error.into()),
            unread => Ok(unread.is_none() && rounds.is_empty()),
        }
    }

    /// Goes on with a round until it is over, or until it has to stop: nothing is begun after `until`.
    async fn go_on(
        &self,
        ctx: &Context,
        round: &mut Round,
        swept: &Mutex<Swept>,
        until: Deadline,
        deadline: Deadline,
    ) {
        let each = each(self.config.doku_timeout);
        let is_late = || until.remaining().is_zero() || deadline.is_near();
        while !round.is_over() && !is_late() {
            if let Some(shard) = round.shards.last().copied()
                && round.read.is_empty()
            {
                let (now, start) = (self.clock.now(), round.start.take());
                match self.store.due(round.kind, shard, now, PAGE, start).await {
                    Ok(page) => (round.read, round.start) = (page.items, page.next),
                    Err(error) => {
                        // The others must not wait for it.
                        tracing::error!(shard, kind = ?round.kind, %error, "what is due is not read");
                        round.unread.get_or_insert(error);
                    }
                }
                if round.start.is_none() {
                    round.shards.pop();
                }
            }
            let not_begun = Mutex::new(Vec::new());
            stream::iter(std::mem::take(&mut round.read))
                .for_each_concurrent(AT_ONCE, async |due| {
                    if is_late() {
                        let mut waiting = not_begun.lock().unwrap_or_else(PoisonError::into_inner);
                        return waiting.push(due);
                    }
                    let each = Deadline::within(deadline.remaining().min(each));
                    let attended = self.attend(ctx, due, each);
                    let looked = Box::pin(retry::within(each.remaining(), attended)).await;
                    let mut swept = swept.lock().unwrap_or_else(PoisonError::into_inner);
                    swept.count(looked);
                })
                .await;
            round.read = not_begun
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn doku_may_take_as_long_as_the_deployment_says() {
        for timeout in [1, 20, 25].map(seconds) {
            let call = Deadline::within(each(timeout)).for_call();
            assert!(call >= timeout, "{timeout:?}: {call:?}");
        }
    }

    #[test]
    fn every_round_can_wait_for_dokus_slowest_answer_before_the_function_ends() {
        // The template's: the function's Timeout, and the most that DokuTimeoutMs may be.
        let (mut left, each) = (seconds(120), each(seconds(25)));
        for rounds in [3, 2, 1] {
            let window = window(left, rounds, each, true);
            assert!(window > seconds(1), "{rounds} rounds to go: {window:?}");
            // Something is begun at the last moment, and nothing of it is answered.
            left = left.checked_sub(window + each).unwrap();
        }
    }

    #[test]
    fn shares() {
        let table = [
            (
                "a third, less what the last one begun takes",
                120,
                3,
                28,
                true,
                12_000,
            ),
            ("what the others did not need", 100, 1, 28, true, 72_000),
            ("too small a share", 60, 3, 20, true, 5_000),
            (
                "too small a share, after the first time",
                60,
                3,
                20,
                false,
                0,
            ),
            ("no time", 0, 3, 20, true, 0),
        ];
        for (why, remaining, rounds, each, first, expected) in table {
            let window = window(seconds(remaining), rounds, seconds(each), first);
            assert_eq!(window, Duration::from_millis(expected), "{why}");
        }
    }

    #[test]
    fn a_round_goes_once_through_all_shards() {
        for first in 0..4 {
            let mut shards = Round::new(DueKind::Payment, first, 4).shards;
            shards.sort_unstable();
            assert_eq!(shards, [0, 1, 2, 3], "{first}");
        }
    }
}
