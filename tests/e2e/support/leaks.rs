//! What must never be read in a log or in a problem answer.
//!
//! Every world of this program is opened by [`super::Shop`] and ends in [`Guarded`]'s drop, where
//! its functions' logs are searched: no test can forget it. A test may search sooner, with
//! [`super::Shop::logs_hold_no_secret`].

use std::io::Write;
use std::ops::Deref;
use std::sync::{Mutex, MutexGuard, PoisonError};

use local::World;
use serde_json::Value;

/// Begin our JWTs and the simulator's tokens. Fewer letters would be found in names drawn at random.
const TOKENS: [&str; 2] = ["eyJhbGci", "eyJ0eXAi"];

/// What the suites use everywhere: customers' data, OTPs, card numbers, and addresses with
/// something in them.
const ALWAYS: [&str; 11] = [
    "6281234567890",
    "Anton Budiman",
    super::RIGHT_OTP,
    "https://shop.example/",
    "PRIVATE KEY",
    "/direct-debit/ui/",
    "/credit-card/ui/",
    "anton.budiman@pos.example",
    "4111111111111111",
    "5555555555554444",
    "4000000000000002",
];

/// What single tests have planted, for all worlds of this program.
static PLANTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn planted() -> MutexGuard<'static, Vec<String>> {
    PLANTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes `text` a thing that no log of any world may hold from now on, and gives it back.
pub fn plant(text: impl Into<String>) -> String {
    let text = text.into();
    assert!(text.len() >= 6, "too short to be recognised");
    let mut planted = planted();
    if !planted.contains(&text) {
        planted.push(text.clone());
    }
    text
}

/// Everything of a secret's value that must not be seen.
fn parts_of(secret: &Value) -> Vec<String> {
    let fields = secret.as_object().into_iter().flatten();
    fields
        .filter(|(name, _)| !matches!(name.as_str(), "clientId" | "dokuPublicKey"))
        .flat_map(|(_, value)| match value {
            // A key in a log would come in lines or with its line ends escaped.
            Value::String(text) => text.lines().map(str::to_owned).collect(),
            other => vec![other.to_string()],
        })
        .filter(|part| part.len() >= 6 && !part.starts_with("-----"))
        .collect()
}

/// What is forbidden in `text` wherever it comes from, described without repeating it.
pub fn leak(text: &str) -> Option<String> {
    if TOKENS.iter().any(|token| text.contains(token)) {
        return Some("a token".to_owned());
    }
    if let Some(index) = ALWAYS.iter().position(|part| holds(text, part)) {
        return Some(format!("number {index} of what is always forbidden"));
    }
    let planted = planted();
    let index = planted.iter().position(|part| holds(text, part));
    index.map(|index| format!("number {index} of what was planted"))
}

/// The same, and whatever is in that world's secret.
pub fn leak_in(world: &World, text: &str) -> Option<String> {
    let parts = parts_of(&world.secrets().current());
    let index = parts.iter().position(|part| holds(text, part));
    index
        .map(|index| format!("part {index} of the secret"))
        .or_else(|| leak(text))
}

/// Whether `text` holds `part`; digits only where they are not part of something longer, such as
/// an id or a time.
pub fn holds(text: &str, part: &str) -> bool {
    let digits = part.bytes().all(|byte| byte.is_ascii_digit());
    text.match_indices(part).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + part.len()..].chars().next();
        let free = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
        !digits || (free(before) && free(after))
    })
}

/// A world whose logs are searched when it ends.
pub struct Guarded(World);

impl Guarded {
    pub fn new(world: World) -> Self {
        Self(world)
    }
}

impl Deref for Guarded {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Drop for Guarded {
    /// A panic here might come on top of another one, so a leak ends the whole run instead.
    fn drop(&mut self) {
        for line in self.0.logs() {
            if let Some(what) = leak_in(&self.0, &line.text) {
                // Past the test harness, which would keep it to itself.
                let _ = writeln!(
                    std::io::stderr(),
                    "the logs of {} hold what they must not: {what}",
                    line.instance
                );
                std::process::exit(101);
            }
        }
    }
}
