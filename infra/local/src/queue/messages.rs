//! The rules of one queue: what is sent, given out, hidden, deleted, given up.
//!
//! Time is handed in (milliseconds since 1970), nobody waits, and nothing is locked: whoever waits or
//! moves the clock does so outside.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};

use super::deduplication::{Deduplication, First};
use crate::keys::random_hex;
use crate::lambda::uuid_shape;
use crate::template::QueueSpec;

/// What somebody wants to send.
#[derive(Debug, Clone, Default)]
pub struct NewMessage {
    /// The text.
    pub body: String,
    /// `MessageGroupId`
    pub group: Option<String>,
    /// `MessageDeduplicationId`
    pub deduplication: Option<String>,
    /// `DelaySeconds`, where it is not the queue's.
    pub delay: Option<Duration>,
}

/// A message of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `MessageId`
    pub id: String,
    /// The text.
    pub body: String,
    /// `MessageGroupId`
    pub group: Option<String>,
    /// `MessageDeduplicationId`, given or made of the body.
    pub deduplication: Option<String>,
    /// Its place in the order of the queue.
    pub sequence: u64,
    /// When it was sent.
    pub sent_at: i64,
}

/// A message given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The message.
    pub message: Message,
    /// What its receiver deletes it by.
    pub receipt: String,
    /// How often it was given out, this time included.
    pub receives: u32,
    /// When it was given out first.
    pub first_received_at: i64,
}

/// Why a message is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// No text.
    Empty,
    /// More than 256 KiB.
    TooLong,
    /// A FIFO queue wants a group.
    NoGroup,
    /// A FIFO queue that does not look at bodies wants a deduplication id.
    NoDeduplication,
    /// 1 to 128 letters, digits and punctuation marks of ASCII.
    BadGroup,
    /// The same.
    BadDeduplication,
    /// A FIFO queue delays all of its messages alike.
    DelayOfOne,
    /// A failure of the queue's own, as ordered.
    Own,
}

/// Why nothing is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeleteError {
    /// This is no receipt.
    NoReceipt,
    /// A FIFO queue takes a receipt only as long as the message is hidden by it.
    Expired,
}

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Can be given out, or only waits for an earlier one of its group.
    pub visible: usize,
    /// Given out, and worked on.
    pub in_flight: usize,
    /// Given out and not dealt with: hidden until the visibility timeout has passed.
    pub waiting: usize,
    /// Sent, and not to be given out yet.
    pub delayed: usize,
}

/// The largest body, and the largest sum of bodies of one call.
pub const LARGEST_BODY: usize = 256 * 1024;

/// Where a message stands: behind what was sent before it, a copy right behind its original.
type Place = (u64, u32);

/// The messages of one queue.
#[derive(Debug)]
pub struct Messages {
    spec: QueueSpec,
    kept: BTreeMap<Place, Kept>,
    sent: u64,
    remembered: Deduplication,
    deliveries: u32,
    failures: u32,
}

#[derive(Debug)]
struct Kept {
    message: Message,
    hidden_until: i64,
    phase: Phase,
    receives: u32,
    first_received_at: i64,
}

/// Why a message is hidden, as long as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Delayed,
    InFlight,
    Waiting,
}

impl Messages {
    /// An empty queue.
    pub fn new(spec: QueueSpec) -> Self {
        Self {
            spec,
            kept: BTreeMap::new(),
            sent: 0,
            remembered: Deduplication::default(),
            deliveries: 1,
            failures: 0,
        }
    }

    /// What the template says of it.
    pub const fn spec(&self) -> &QueueSpec {
        &self.spec
    }

    /// Takes a message, or recognises one that it took within five minutes: then it keeps nothing and
    /// says what it said before.
    pub fn send(&mut self, new: NewMessage, now: i64) -> Result<First, SendError> {
        self.check(&new)?;
        if let Some(left) = self.failures.checked_sub(1) {
            self.failures = left;
            return Err(SendError::Own);
        }
        let deduplication = match new.deduplication {
            None if self.spec.fifo => Some(hex::encode(digest(&SHA256, new.body.as_bytes()))),
            given => given,
        };
        let scope = new
            .group
            .clone()
            .filter(|_| self.spec.deduplication_by_group);
        let key = deduplication.clone().filter(|_| self.spec.fifo);
        let key = key.map(|id| (scope, id));
        if let Some(key) = &key
            && let Some(first) = self.remembered.find(key, now)
        {
            return Ok(first);
        }
        let sequence = self.next();
        let random = random_hex(16).unwrap_or_else(|_| format!("{sequence:032x}"));
        let first = First {
            id: uuid_shape(&random),
            sequence,
        };
        if let Some(key) = key {
            self.remembered.remember(key, first.clone(), now);
        }
        let message = Message {
            id: first.id.clone(),
            body: new.body,
            group: new.group,
            deduplication,
            sequence,
            sent_at: now,
        };
        let delay = new.delay.unwrap_or(self.spec.delay);
        self.keep((sequence, 0), message, now + millis(delay));
        Ok(first)
    }

    fn check(&self, new: &NewMessage) -> Result<(), SendError> {
        let fifo = self.spec.fifo;
        let known_by_body = self.spec.content_based_deduplication;
        match new {
            _ if new.body.is_empty() => Err(SendError::Empty),
            _ if new.body.len() > LARGEST_BODY => Err(SendError::TooLong),
            NewMessage { group: None, .. } if fifo => Err(SendError::NoGroup),
            NewMessage {
                deduplication: None,
                ..
            } if fifo && !known_by_body => Err(SendError::NoDeduplication),
            NewMessage {
                group: Some(id), ..
            } if !is_id(id) => Err(SendError::BadGroup),
            NewMessage {
                deduplication: Some(id),
                ..
            } if !is_id(id) => Err(SendError::BadDeduplication),
            NewMessage { delay: Some(_), .. } if fifo => Err(SendError::DelayOfOne),
            _ => Ok(()),
        }
    }

    /// Takes a message that another queue has given up.
    pub fn bury(&mut self, message: Message, now: i64) {
        let sequence = self.next();
        // A FIFO queue begins to count its age anew.
        let sent_at = if self.spec.fifo { now } else { message.sent_at };
        let message = Message { sent_at, ..message };
        self.keep((sequence, 0), message, now);
    }

    fn next(&mut self) -> u64 {
        self.sent += 1;
        self.sent
    }

    fn keep(&mut self, place: Place, message: Message, hidden_until: i64) {
        let kept = Kept {
            message,
            hidden_until,
            phase: Phase::Delayed,
            receives: 0,
            first_received_at: 0,
        };
        self.kept.insert(place, kept);
    }

    /// Gives out at most `most` messages and hides them for the queue's visibility timeout, or for
    /// another one. The second list holds what had been given out too often and is now for the dead
    /// letters.
    ///
    /// Of a group of a FIFO queue nothing is given out while an earlier message is hidden; several of
    /// it may be given out at once, in their order.
    pub fn receive(
        &mut self,
        most: usize,
        visibility: Option<Duration>,
        now: i64,
    ) -> (Vec<Delivery>, Vec<Message>) {
        self.forget(now);
        let hidden_until = now + millis(visibility.unwrap_or(self.spec.visibility_timeout));
        let limit = self.spec.dead_letters.as_ref();
        let limit = limit.map_or(u32::MAX, |dead| dead.after_receives);
        let (mut given, mut dead, mut first) = (Vec::<Delivery>::new(), Vec::new(), Vec::new());
        let mut blocked = HashSet::new();
        for (&place, kept) in &mut self.kept {
            if given.len() == most {
                break;
            }
            let ordered = self.spec.fifo && place.1 == 0;
            let group = &kept.message.group;
            let hidden = kept.hidden_until > now;
            if ordered && hidden {
                blocked.insert(group.clone());
            }
            // Of copies of one message each call gets one, so that they meet.
            let twice = given.iter().any(|one| one.message.id == kept.message.id);
            if hidden || twice || (ordered && blocked.contains(group)) {
                continue;
            }
            if kept.receives >= limit {
                dead.push(place);
                continue;
            }
            if kept.receives == 0 {
                kept.first_received_at = now;
                first.push(place);
            }
            kept.receives += 1;
            kept.hidden_until = hidden_until;
            kept.phase = Phase::InFlight;
            given.push(Delivery {
                message: kept.message.clone(),
                receipt: receipt(place, kept.receives),
                receives: kept.receives,
                first_received_at: kept.first_received_at,
            });
        }
        for place in first.into_iter().filter(|place| place.1 == 0) {
            self.copy(place, now);
        }
        let dead = dead.iter().filter_map(|place| self.kept.remove(place));
        (given, dead.map(|kept| kept.message).collect())
    }

    /// From now on, every message that is given out for the first time is given out that many times,
    /// as if the queue had repeated itself. Copies keep to no order.
    pub fn deliver_each(&mut self, times: u32) {
        self.deliveries = times.max(1);
    }

    /// Does not take the next messages that are sent, so many of them, by a failure of its own.
    pub const fn fail_next(&mut self, messages: u32) {
        self.failures = messages;
    }

    fn copy(&mut self, place: Place, now: i64) {
        let Some(message) = self.kept.get(&place).map(|kept| kept.message.clone()) else {
            return;
        };
        for number in 1..self.deliveries {
            self.keep((place.0, number), message.clone(), now);
        }
    }

    /// Drops what is older than the queue keeps messages.
    fn forget(&mut self, now: i64) {
        let oldest = now - millis(self.spec.retention);
        while let Some(entry) = self.kept.first_entry()
            && entry.get().message.sent_at <= oldest
        {
            entry.remove();
        }
    }

    /// Deletes what was given out under this receipt. What is gone already is fine.
    pub fn delete(&mut self, receipt: &str, now: i64) -> Result<(), DeleteError> {
        let (place, receives) = read_receipt(receipt).ok_or(DeleteError::NoReceipt)?;
        let Some(kept) = self.kept.get(&place) else {
            return Ok(());
        };
        let newest = kept.receives == receives;
        if self.spec.fifo && (!newest || kept.hidden_until <= now) {
            return Err(DeleteError::Expired);
        }
        // Somebody else has it by now; a standard queue says nothing and keeps it.
        if newest {
            self.kept.remove(&place);
        }
        Ok(())
    }

    /// Says that nobody works any more on what was given out under this receipt.
    pub fn abandon(&mut self, receipt: &str) {
        let found = read_receipt(receipt).and_then(|(place, receives)| {
            let kept = self.kept.get_mut(&place)?;
            (kept.receives == receives).then_some(kept)
        });
        if let Some(kept) = found {
            kept.phase = Phase::Waiting;
        }
    }

    /// Makes visible what waits for its visibility timeout although nobody works on it, and says how
    /// many messages that were.
    pub fn return_now(&mut self, now: i64) -> usize {
        let waiting = self.kept.values_mut().filter(|kept| kept.waits(now));
        waiting.map(|kept| kept.hidden_until = now).count()
    }

    /// Deletes everything.
    pub fn purge(&mut self) {
        self.kept.clear();
    }

    /// How many messages there are.
    pub fn depth(&self, now: i64) -> Depth {
        let mut depth = Depth::default();
        for kept in self.kept.values() {
            let count = match kept.phase {
                _ if kept.hidden_until <= now => &mut depth.visible,
                Phase::Delayed => &mut depth.delayed,
                Phase::InFlight => &mut depth.in_flight,
                Phase::Waiting => &mut depth.waiting,
            };
            *count += 1;
        }
        depth
    }

    /// Whether somebody works on a message, or could. What stands behind a hidden message of its group
    /// has to wait as long as that.
    pub fn is_busy(&self, now: i64) -> bool {
        let mut blocked = HashSet::new();
        for (place, kept) in &self.kept {
            let ordered = self.spec.fifo && place.1 == 0;
            if kept.hidden_until > now {
                if kept.phase == Phase::InFlight {
                    return true;
                }
                if ordered {
                    blocked.insert(&kept.message.group);
                }
            } else if !ordered || !blocked.contains(&kept.message.group) {
                return true;
            }
        }
        false
    }

    /// When the next hidden message becomes visible.
    pub fn next_visible(&self, now: i64) -> Option<i64> {
        let until = self.kept.values().map(|kept| kept.hidden_until);
        until.filter(|until| *until > now).min()
    }

    /// The messages, in their order; copies are none of their own.
    pub fn iter(&self) -> impl Iterator<Item = &Message> {
        let originals = self.kept.iter().filter(|(place, _)| place.1 == 0);
        originals.map(|(_, kept)| &kept.message)
    }
}

impl Kept {
    fn waits(&self, now: i64) -> bool {
        self.hidden_until > now && self.phase == Phase::Waiting
    }
}

fn is_id(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A receipt is for one time that a message was given out.
fn receipt((sequence, copy): Place, receives: u32) -> String {
    format!("AQEB{sequence:016x}{copy:08x}{receives:08x}")
}

fn read_receipt(receipt: &str) -> Option<(Place, u32)> {
    let digits = receipt.strip_prefix("AQEB")?;
    let part = |range| u64::from_str_radix(digits.get(range)?, 16).ok();
    let short = |range| u32::try_from(part(range)?).ok();
    Some(((part(0..16)?, short(16..24)?), short(24..32)?))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests;
