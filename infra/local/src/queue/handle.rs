//! A queue as a test sees it.

use std::sync::Arc;
use std::time::Duration;

use super::messages::Depth;
use super::{Line, Queues};
use crate::template::QueueSpec;

/// Longer than any function may run: a queue in which nothing happens for that long will not be empty
/// by waiting.
const PATIENCE: Duration = Duration::from_mins(3);

/// A queue of a running world. Clones are the same queue.
#[derive(Clone)]
pub struct Queue {
    queues: Arc<Queues>,
    spec: QueueSpec,
}

/// Messages are there, and nothing happens to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("for three minutes nothing happened to what is in the queue: {0:?}")]
pub struct NotDrained(pub Depth);

impl Queue {
    pub(super) const fn new(queues: Arc<Queues>, spec: QueueSpec) -> Self {
        Self { queues, spec }
    }

    /// What the template says of it.
    pub const fn spec(&self) -> &QueueSpec {
        &self.spec
    }

    fn with<T>(&self, work: impl FnOnce(&mut Line, i64) -> T) -> Option<T> {
        self.queues.with(&self.spec.name, work).ok()
    }

    /// How many messages there are now.
    pub fn depth(&self) -> Depth {
        self.with(|line, now| line.messages.depth(now))
            .unwrap_or_default()
    }

    /// The bodies of all messages, in their order, hidden or not.
    pub fn bodies(&self) -> Vec<String> {
        let bodies = self.with(|line, _| {
            let messages = line.messages.iter();
            messages.map(|message| message.body.clone()).collect()
        });
        bodies.unwrap_or_default()
    }

    /// The bodies of the messages that nobody could handle.
    pub fn dead_letters(&self) -> Vec<String> {
        let dead = self.spec.dead_letters.as_ref();
        let dead = dead.and_then(|dead| self.queues.find(&dead.queue));
        dead.map(|dead| dead.bodies()).unwrap_or_default()
    }

    /// Waits until no function works on a message, or could. What waits for its visibility timeout,
    /// or stands behind such a message of its group, is left out: time has to pass, or
    /// [`Self::return_now`] to be called.
    ///
    /// An error when nothing happens for three minutes, for instance in a queue that is held.
    pub async fn drained(&self) -> Result<(), NotDrained> {
        let mut changes = self.queues.changes.subscribe();
        while self
            .with(|line, now| line.messages.is_busy(now))
            .unwrap_or_default()
        {
            let change = tokio::time::timeout(PATIENCE, changes.changed());
            if change.await.is_err() {
                return Err(NotDrained(self.depth()));
            }
        }
        Ok(())
    }

    /// From now on, every message that is delivered for the first time is delivered that many times,
    /// in calls of their own that may run beside each other, as if SQS had repeated itself. The copies
    /// keep to no order of their group. 1 ends it.
    pub fn deliver_each(&self, times: u32) {
        self.with(|line, _| line.messages.deliver_each(times));
    }

    /// The next messages that are sent, so many of them, are not taken, by a failure of SQS's own. The
    /// others of the same call are.
    pub fn fail_next(&self, messages: u32) {
        self.with(|line, _| line.messages.fail_next(messages));
    }

    /// Delivers nothing more to functions until [`Self::release`]. Calls that were made go on.
    pub fn hold(&self) {
        self.with(|line, _| line.held = true);
    }

    /// Delivers again.
    pub fn release(&self) {
        self.with(|line, _| line.held = false);
        self.queues.look_again();
    }

    /// Makes visible at once what failed and waits for its visibility timeout, and says how many
    /// messages that were.
    pub fn return_now(&self) -> usize {
        let returned = self.with(|line, now| line.messages.return_now(now));
        self.queues.look_again();
        returned.unwrap_or_default()
    }
}
