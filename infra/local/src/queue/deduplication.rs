//! What a FIFO queue remembers of messages, to take each once.

use std::collections::{HashMap, VecDeque};

/// How long a deduplication id is remembered.
const WINDOW_MS: i64 = 5 * 60 * 1000;

/// A deduplication id, with its group where ids are the group's own.
pub type Key = (Option<String>, String);

/// The message that an id stood for first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// Its id.
    pub id: String,
    /// Its sequence number.
    pub sequence: u64,
}

/// The ids of the last five minutes, whether their messages are still there or not.
#[derive(Debug, Default)]
pub struct Deduplication {
    first: HashMap<Key, First>,
    /// When to forget which.
    until: VecDeque<(i64, Key)>,
}

impl Deduplication {
    /// The message that this id stood for, when that was sent within five minutes before `now`.
    pub fn find(&mut self, key: &Key, now: i64) -> Option<First> {
        while let Some((_, old)) = self.until.pop_front_if(|(until, _)| *until <= now) {
            self.first.remove(&old);
        }
        self.first.get(key).cloned()
    }

    /// Remembers one that [`Self::find`] did not.
    pub fn remember(&mut self, key: Key, first: First, now: i64) {
        self.until.push_back((now + WINDOW_MS, key.clone()));
        self.first.insert(key, first);
    }
}
