//! `SQS` on one machine: the queues of the template, and the mappings that call functions with what is
//! in them.
//!
//! - `messages`, `deduplication`: the rules, without time of their own
//! - `server`: what the SDK calls
//! - `mapping`, `record`, `answer`: from a queue to a function, as Lambda does it
//! - `handle`: what a test sees and orders
//!
//! Queues keep the movable time: moving the clock makes hidden messages visible, ends the five minutes
//! of deduplication, and lets messages grow too old.

mod answer;
mod deduplication;
mod handle;
mod mapping;
mod messages;
mod record;
mod server;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use handle::{NotDrained, Queue};
pub use mapping::run;
pub use messages::Depth;

use crate::clock::MovableClock;
use crate::tasks::Tasks;
use crate::template::QueueSpec;
use deduplication::First;
use messages::{DeleteError, Delivery, Messages, NewMessage, SendError};

/// How soon it is noticed that somebody else moved the clock.
const CLOCK_IS_READ_EVERY: Duration = Duration::from_millis(25);

/// All queues of a world.
pub struct Queues {
    /// One lock for all, because dead letters move from one to another at once.
    state: Mutex<BTreeMap<String, Line>>,
    clock: MovableClock,
    /// Counts what may have made a message visible, or ended the work on one.
    changes: watch::Sender<u64>,
}

/// A queue, and whether its messages are delivered to functions.
struct Line {
    messages: Messages,
    held: bool,
}

/// What somebody wants to be given out.
#[derive(Debug, Clone, Copy)]
struct Request {
    most: usize,
    visibility: Option<Duration>,
    /// A queue that is held gives functions nothing.
    for_function: bool,
}

/// There is no queue of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoQueue;

impl Queues {
    /// Empty queues.
    pub fn new(specs: &[QueueSpec], clock: MovableClock) -> Self {
        let line = |spec: &QueueSpec| Line {
            messages: Messages::new(spec.clone()),
            held: false,
        };
        let named = specs.iter().map(|spec| (spec.name.clone(), line(spec)));
        Self {
            state: Mutex::new(named.collect()),
            clock,
            changes: watch::Sender::new(0),
        }
    }

    /// Serves the queues on a loopback port until `tasks` stop, and says the endpoint.
    pub async fn serve(self: &Arc<Self>, tasks: &Tasks) -> std::io::Result<String> {
        self.watch_the_clock(tasks);
        server::serve(self, tasks).await
    }

    fn watch_the_clock(self: &Arc<Self>, tasks: &Tasks) {
        let queues = Arc::clone(self);
        tasks.spawn(async move {
            let mut timer = tokio::time::interval(CLOCK_IS_READ_EVERY);
            let mut offset = queues.clock.offset_ms();
            loop {
                timer.tick().await;
                let before = std::mem::replace(&mut offset, queues.clock.offset_ms());
                if before != offset {
                    queues.look_again();
                }
            }
        });
    }

    fn state(&self) -> MutexGuard<'_, BTreeMap<String, Line>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on one queue at the present moment.
    fn with<T>(&self, name: &str, work: impl FnOnce(&mut Line, i64) -> T) -> Result<T, NoQueue> {
        let now = self.clock.now_ms();
        let mut state = self.state();
        state
            .get_mut(name)
            .map(|line| work(line, now))
            .ok_or(NoQueue)
    }

    /// Wakes whoever waits for messages, or for their end.
    pub fn look_again(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn send(&self, name: &str, message: NewMessage) -> Result<Result<First, SendError>, NoQueue> {
        let sent = self.with(name, |line, now| line.messages.send(message, now))?;
        self.look_again();
        Ok(sent)
    }

    /// Gives out what is there, and moves what was given out too often to the dead letters.
    fn receive(&self, name: &str, request: Request) -> Result<Vec<Delivery>, NoQueue> {
        let now = self.clock.now_ms();
        let mut state = self.state();
        let line = state.get_mut(name).ok_or(NoQueue)?;
        if line.held && request.for_function {
            return Ok(Vec::new());
        }
        let Request {
            most, visibility, ..
        } = request;
        let (given, dead) = line.messages.receive(most, visibility, now);
        if dead.is_empty() {
            return Ok(given);
        }
        let place = line.messages.spec().dead_letters.clone();
        let place = place.and_then(|place| state.get_mut(&place.queue));
        if let Some(place) = place {
            for message in dead {
                place.messages.bury(message, now);
            }
        }
        drop(state);
        self.look_again();
        Ok(given)
    }

    /// The same, but waits until there is something.
    async fn next(&self, name: &str, request: Request) -> Result<Vec<Delivery>, NoQueue> {
        let mut changes = self.changes.subscribe();
        loop {
            let given = self.receive(name, request)?;
            if !given.is_empty() {
                return Ok(given);
            }
            let next = self.with(name, |line, now| {
                let next = line.messages.next_visible(now)? - now;
                u64::try_from(next).ok().map(Duration::from_millis)
            })?;
            let becomes_visible = async {
                match next {
                    Some(wait) => tokio::time::sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // The sender lives as long as `self`.
                _ = changes.changed() => {}
                () = becomes_visible => {}
            }
        }
    }

    fn delete(&self, name: &str, receipt: &str) -> Result<Result<(), DeleteError>, NoQueue> {
        let deleted = self.with(name, |line, now| line.messages.delete(receipt, now))?;
        self.look_again();
        Ok(deleted)
    }

    fn abandon(&self, name: &str, receipt: &str) -> Result<(), NoQueue> {
        self.with(name, |line, _| line.messages.abandon(receipt))?;
        self.look_again();
        Ok(())
    }

    /// What the template says of every queue.
    pub fn specs(&self) -> Vec<QueueSpec> {
        let state = self.state();
        let lines = state.values();
        lines.map(|line| line.messages.spec().clone()).collect()
    }

    /// A queue by its name or its name in the template.
    pub fn find(self: &Arc<Self>, name: &str) -> Option<Queue> {
        let mut specs = self.specs().into_iter();
        let found = specs.find(|spec| spec.name == name || spec.logical_id == name)?;
        Some(Queue::new(Arc::clone(self), found))
    }

    /// All of them.
    pub fn all(self: &Arc<Self>) -> Vec<Queue> {
        let specs = self.specs().into_iter();
        specs
            .map(|spec| Queue::new(Arc::clone(self), spec))
            .collect()
    }
}
