//! What a function's answer says of the messages it got.
//!
//! Source: AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda",
//! success and failure conditions.

use std::collections::HashSet;

use serde_json::Value;

/// Which messages of a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// These, by their ids; often none.
    Some(HashSet<String>),
    /// All, because the answer cannot be understood.
    All,
}

impl Failed {
    /// Whether this one did.
    pub fn has(&self, id: &str) -> bool {
        match self {
            Self::Some(failed) => failed.contains(id),
            Self::All => true,
        }
    }
}

/// Reads the answer of a function that answers in part, about messages with these `ids`.
///
/// No answer, or one without `batchItemFailures`, is a success. A failure that names no message of
/// the call makes Lambda take the whole call as failed.
pub fn read(answer: &[u8], ids: &HashSet<String>) -> Failed {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return Failed::All;
    };
    let failures = match answer.get("batchItemFailures") {
        None | Some(Value::Null) => return Failed::Some(HashSet::new()),
        Some(Value::Array(failures)) => failures,
        Some(_) => return Failed::All,
    };
    let known = |failure: &Value| {
        let id = failure.get("itemIdentifier")?.as_str()?;
        ids.get(id).cloned()
    };
    let failed: Option<HashSet<_>> = failures.iter().map(known).collect();
    failed.map_or(Failed::All, Failed::Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        let some = |failed: &[&str]| Failed::Some(ids(failed));
        let table = [
            ("nothing", "null", some(&[])),
            ("an empty answer", "{}", some(&[])),
            ("no list", r#"{"batchItemFailures":null}"#, some(&[])),
            ("an empty list", r#"{"batchItemFailures":[]}"#, some(&[])),
            (
                "one of two",
                r#"{"batchItemFailures":[{"itemIdentifier":"b"}]}"#,
                some(&["b"]),
            ),
            (
                "an empty id",
                r#"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
                Failed::All,
            ),
            (
                "no id",
                r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
                Failed::All,
            ),
            (
                "another key",
                r#"{"batchItemFailures":[{"id":"b"}]}"#,
                Failed::All,
            ),
            (
                "a message of another call",
                r#"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#,
                Failed::All,
            ),
            ("not a list", r#"{"batchItemFailures":"b"}"#, Failed::All),
            ("not JSON", "done", Failed::All),
        ];
        for (why, answer, expected) in table {
            assert_eq!(
                read(answer.as_bytes(), &ids(&["a", "b"])),
                expected,
                "{why}"
            );
        }
    }
}
