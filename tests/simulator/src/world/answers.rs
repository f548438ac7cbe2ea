//! First answers, for calls that come again under their `Request-Id`.

use std::collections::HashMap;
use std::time::Duration;

use doku_shared::clock::Timestamp;

use crate::call::Call;
use crate::non_snap::answer::Answer;

/// What a call is to those seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Its `Request-Id` is new.
    Never,
    /// The same call came before, and was answered with this.
    Before(Answer),
    /// Another call came under this `Request-Id`.
    AnotherCall,
}

/// Remembers the first answer to every verified call.
#[derive(Debug, Default)]
pub struct Answers(HashMap<String, Remembered>);

#[derive(Debug)]
struct Remembered {
    path: String,
    raw: Vec<u8>,
    answer: Answer,
    at: Timestamp,
}

impl Answers {
    /// Looks a call up: path and body must be the same to the byte. What is older than `kept` is
    /// forgotten.
    pub fn look_up(&self, request_id: &str, call: &Call, kept: Option<Duration>) -> Seen {
        let first = self.0.get(request_id);
        match first.filter(|first| kept.is_none_or(|kept| call.arrived.since(first.at) <= kept)) {
            None => Seen::Never,
            Some(first) if first.path == call.path && first.raw == call.raw => {
                Seen::Before(first.answer.clone())
            }
            Some(_) => Seen::AnotherCall,
        }
    }

    /// Keeps the first answer.
    pub fn keep(&mut self, request_id: &str, call: &Call, answer: &Answer) {
        self.0.insert(
            request_id.to_owned(),
            Remembered {
                path: call.path.clone(),
                raw: call.raw.clone(),
                answer: answer.clone(),
                at: call.arrived,
            },
        );
    }
}
