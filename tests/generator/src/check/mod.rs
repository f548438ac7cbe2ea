//! What every answer has to keep to.

mod answer;
mod echo;
mod json;
mod reasons;
mod validity;

use crate::bench::Answer;
use crate::document::{Document, Operation};
use crate::request::Sent;

pub use echo::leaks;
pub use reasons::REASONS;
pub use validity::Validity;

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which one.
    pub rule: &'static str,
    /// How.
    pub what: String,
}

impl Finding {
    /// What findings of one kind have in common: the rule, and how what is broken begins.
    pub fn kind(&self) -> String {
        let what = self.what.split(" in {").next().unwrap_or_default();
        let what = what.chars().filter(|c| !c.is_ascii_digit()).take(60);
        format!("{}: {}", self.rule, what.collect::<String>())
    }

    fn new(rule: &'static str, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { rule, what }
    }
}

/// Whether the document allows the request, and what it does not allow of the answer.
pub fn check(
    document: &Document,
    operation: &Operation,
    sent: &Sent,
    answer: &Answer,
) -> (Validity, Vec<Finding>) {
    let validity = Validity::of(document, operation, sent);
    let mut findings = answer::faults(document, operation, answer);
    findings.extend(echo::faults(document, sent, answer));
    match &validity {
        Validity::Valid => findings.extend(reasons::refused(answer)),
        Validity::Invalid(why) if answer.status < 400 => {
            findings.push(Finding::new(
                "what the document does not allow is refused",
                why.clone(),
            ));
        }
        Validity::Invalid(_) | Validity::Unclear => {}
    }
    (validity, findings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
