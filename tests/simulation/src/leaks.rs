//! What must not be read where it does not belong: in logs, in answers, in what is stored (I7, I12).

use std::collections::HashSet;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

/// What the keys that sign what is said between DOKU and us begin with.
pub const SECRET_KEY: &str = "SK-simulation-8c1f2d7731-";
/// What our own keys begin with.
pub const DATA_KEY: &str = "data-key-";
/// Every customer's phone.
pub const PHONE: &str = "6281234567890";
/// Every customer's name.
pub const NAME: &str = "Anton Budiman";
/// Every customer's address for e-mail.
pub const EMAIL: &str = "anton@pos.example";
/// Every customer's phone's own number.
pub const DEVICE: &str = "0123456789abcdef";
/// What confirms.
pub const RIGHT_OTP: &str = "111000";
/// What does not.
pub const WRONG_OTP: &str = "829374";

/// What nobody may read anywhere.
const NOWHERE: [&str; 16] = [
    SECRET_KEY,
    DATA_KEY,
    PHONE,
    NAME,
    EMAIL,
    DEVICE,
    RIGHT_OTP,
    WRONG_OTP,
    "PRIVATE KEY",
    // Begin every token, DOKU's and ours; fewer letters would be found in names drawn at random.
    "eyJhbGci",
    "eyJ0eXAi",
    "3171000000000001",
    "4111111111111111",
    "5555555555554444",
    "4000000000000002",
    "4000000000000119",
];

/// What callers are told, and nobody else: where a customer agrees.
const CALLERS_ONLY: [&str; 3] = [
    "/direct-debit/ui/",
    "/credit-card/ui/",
    "https://shop.example/",
];

/// Who reads a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Who asked for it.
    Caller,
    /// Who reads logs and listens to events.
    Everybody,
}

/// A text that some must not read.
struct Forbidden {
    text: String,
    /// A caller may.
    callers: bool,
}

/// All that is forbidden, found in one pass over a text.
pub struct Leaks {
    forbidden: Vec<Forbidden>,
    known: HashSet<String>,
    /// Whether something forbidden begins with these two bytes.
    starts: Vec<bool>,
    /// Stored events that were read already.
    events: HashSet<String>,
}

impl Leaks {
    /// What is always forbidden, and a private key in PEM.
    pub fn new(private_key: &str) -> Self {
        let mut leaks = Self {
            forbidden: Vec::new(),
            known: HashSet::new(),
            starts: vec![false; 1 << 16],
            events: HashSet::new(),
        };
        let lines = private_key.lines().filter(|line| !line.starts_with('-'));
        for text in NOWHERE.into_iter().chain(lines) {
            leaks.forbid(text, false);
        }
        for text in CALLERS_ONLY {
            leaks.forbid(text, true);
        }
        leaks
    }

    fn forbid(&mut self, text: &str, callers: bool) {
        let &[first, second, _, ..] = text.as_bytes() else {
            return;
        };
        if self.known.insert(text.to_owned()) {
            self.starts[usize::from(first) << 8 | usize::from(second)] = true;
            let text = text.to_owned();
            self.forbidden.push(Forbidden { text, callers });
        }
    }

    /// Forbids what DOKU has given out since: codes, and tokens of cards.
    pub fn learn(&mut self, ledger: &Value) {
        let parts = [
            ("bindings", "authCode", true),
            ("briTokens", "tokenId", false),
        ];
        for (part, member, callers) in parts {
            for row in ledger[part].as_array().into_iter().flatten() {
                self.forbid(row[member].as_str().unwrap_or_default(), callers);
            }
        }
    }

    /// What such a reader must not find in a text.
    pub fn find(&self, text: &str, reader: Reader) -> Option<&str> {
        let bytes = text.as_bytes();
        let last = bytes.len().saturating_sub(1);
        let pairs = bytes.iter().zip(&bytes[1.min(bytes.len())..]);
        debug_assert_eq!(pairs.len(), last);
        for (at, (first, second)) in pairs.enumerate() {
            if !self.starts[usize::from(*first) << 8 | usize::from(*second)] {
                continue;
            }
            let found = self.forbidden.iter().find(|forbidden| {
                (reader == Reader::Everybody || !forbidden.callers)
                    && bytes[at..].starts_with(forbidden.text.as_bytes())
                    && stands_alone(bytes, at, &forbidden.text)
            });
            if let Some(found) = found {
                return Some(&found.text);
            }
        }
        None
    }

    /// What the events that were stored since the last time tell, and must not.
    pub fn in_events<'a>(&mut self, items: &'a [Value]) -> Option<&'a Value> {
        items.iter().find(|item| {
            let (pk, sk) = (&item["pk"], item["sk"].as_str().unwrap_or_default());
            sk.starts_with("EVENT#")
                && self.events.insert(format!("{pk}{sk}"))
                && self.in_item(item, Reader::Everybody)
        })
    }

    /// What lies in the table open to everybody, and must not.
    pub fn in_table<'a>(&self, items: &'a [Value]) -> Option<&'a Value> {
        items.iter().find(|item| self.in_item(item, Reader::Caller))
    }

    fn in_item(&self, value: &Value, reader: Reader) -> bool {
        match value {
            Value::String(text) => self.find(text, reader).is_some(),
            Value::Array(list) => list.iter().any(|one| self.in_item(one, reader)),
            Value::Object(members) => members.values().any(|one| self.in_item(one, reader)),
            _ => false,
        }
    }
}

/// Digits count only where they are not part of something longer, such as an id or a time.
fn stands_alone(bytes: &[u8], at: usize, text: &str) -> bool {
    let free = |byte: Option<&u8>| !byte.is_some_and(u8::is_ascii_alphanumeric);
    let before = at.checked_sub(1).and_then(|before| bytes.get(before));
    !text.bytes().all(|byte| byte.is_ascii_digit())
        || free(before) && free(bytes.get(at + text.len()))
}

/// What the functions of one world write.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Collects what is written in this thread from now on, as it would be in a deployment at the most
    /// talkative level.
    pub fn listen(&self) -> DefaultGuard {
        let targets = Targets::new()
            .with_default(LevelFilter::WARN)
            .with_target("doku_shared", LevelFilter::TRACE)
            .with_target("doku_simulator", LevelFilter::OFF);
        let layer = fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(self.clone());
        tracing_subscriber::registry()
            .with(layer.with_filter(targets))
            .set_default()
    }

    fn text(&self) -> MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was written since the last time.
    pub fn take(&self) -> String {
        let bytes = std::mem::take(&mut *self.text());
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_forbidden_is_found_where_it_is() {
        let mut leaks = Leaks::new("-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END");
        leaks.learn(&json!({
            "bindings": [{"authCode": "aC0de-of-one"}, {"authCode": null}],
            "briTokens": [{"tokenId": "T-4711-card"}],
        }));
        let table = [
            ("a key", "key SK-simulation-8c1f2d7731-2", true, true),
            ("a line of a key in PEM", "MIIEvQIBADANBg", true, true),
            ("a token", "Bearer eyJhbGci.x", true, true),
            ("at the end", "phone 6281234567890", true, true),
            ("an OTP", "otp=111000,", true, true),
            ("digits of an id", "DD9111000123", false, false),
            (
                "digits of a time",
                "2032-01-01T00:00:00.111000Z",
                false,
                false,
            ),
            (
                "a code, which a caller gets in a page",
                "aC0de-of-one",
                false,
                true,
            ),
            ("a page", "https://doku/direct-debit/ui/x", false, true),
            ("a card's token", "T-4711-card", true, true),
            ("nothing", "payment pay_01 is paid", false, false),
            ("a beginning", "e", false, false),
            ("nothing at all", "", false, false),
        ];
        for (why, text, caller, everybody) in table {
            assert_eq!(leaks.find(text, Reader::Caller).is_some(), caller, "{why}");
            let found = leaks.find(text, Reader::Everybody);
            assert_eq!(found.is_some(), everybody, "{why}");
        }
    }

    #[test]
    fn what_functions_write_is_heard() {
        let lines = Lines::default();
        let listening = lines.listen();
        tracing::event!(target: "doku_shared", tracing::Level::DEBUG, otp = RIGHT_OTP, "heard");
        tracing::event!(target: "hyper", tracing::Level::DEBUG, "not ours");
        drop(listening);
        let text = lines.take();
        assert!(
            text.contains("heard") && !text.contains("not ours"),
            "{text}"
        );
        let leaks = Leaks::new("");
        assert_eq!(leaks.find(&text, Reader::Everybody), Some(RIGHT_OTP));
    }
}
