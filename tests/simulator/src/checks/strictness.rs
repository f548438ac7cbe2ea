//! Strictness of reading a body: whether it may hold members that are not defined, or that are empty.

use serde_json::Value;

use crate::answer::Refusal;
use crate::world::settings::Settings;

/// How strictly a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strictness {
    /// Members that no table names are refused.
    pub unknown: bool,
    /// Members that say nothing are read like any other; otherwise they are as good as absent, whether or not a
    /// table names them. DOKU's libraries send the members of other channels so: null (Python, PHP), empty lists
    /// (Node.js), empty texts, empty objects and false (Go, whose request types lack `omitempty`).
    pub empty: bool,
}

impl Strictness {
    /// For SNAP calls.
    pub fn of_snap(settings: &Settings) -> Self {
        Self {
            unknown: settings.refuse_unknown_fields,
            empty: settings.refuse_empty_members,
        }
    }

    /// For the other family, of which none of DOKU's libraries has a call.
    pub fn of_non_snap(settings: &Settings) -> Self {
        Self {
            unknown: settings.refuse_unknown_fields,
            empty: true,
        }
    }

    /// Refuses the first member that says nothing, where that is refused.
    pub fn check(self, body: &Value) -> Result<(), Refusal> {
        if self.empty {
            refuse_empty(body, "")
        } else {
            Ok(())
        }
    }

    /// The value of a member that a table names; none when it is as good as absent.
    pub fn value(self, value: Option<&Value>) -> Option<&Value> {
        value.filter(|value| !value.is_null() && (self.empty || !says_nothing(value)))
    }

    /// Whether a member that no table names is refused. Whether it is a flag is not known, so false counts as absent.
    pub fn refuses(self, value: &Value) -> bool {
        let absent = says_nothing(value) || *value == Value::Bool(false);
        self.unknown && (self.empty || !absent)
    }
}

/// Whether a value says nothing: null, an empty text or list, an object that holds nothing else.
pub fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(entries) => entries.is_empty(),
        Value::Object(members) => members.values().all(says_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

fn refuse_empty(value: &Value, name: &str) -> Result<(), Refusal> {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().try_for_each(|(member, value)| {
                let separator = if name.is_empty() { "" } else { "." };
                refuse_empty(value, &format!("{name}{separator}{member}"))
            })
        }
        Value::Array(entries) if !entries.is_empty() => entries
            .iter()
            .try_for_each(|entry| refuse_empty(entry, name)),
        // The body itself has no name.
        value if says_nothing(value) && !name.is_empty() => Err(Refusal::format(name)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_says_nothing() {
        let table = [
            (json!(null), true),
            (json!(""), true),
            (json!([]), true),
            (json!({}), true),
            (json!({"value": "", "more": {"x": null}}), true),
            (json!({"value": "", "currency": "IDR"}), false),
            (json!([null]), false),
            (json!(" "), false),
            (json!(0), false),
            (json!(false), false),
        ];
        for (value, nothing) in table {
            assert_eq!(says_nothing(&value), nothing, "{value}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused_by_its_name_where_the_table_is_read_strictly() {
        let table = [
            (json!({}), None),
            (json!({"a": "1", "b": {"c": false}}), None),
            (json!({"a": null}), Some("a")),
            (json!({"a": ""}), Some("a")),
            (json!({"a": []}), Some("a")),
            (json!({"a": {}}), Some("a")),
            (json!({"a": {"b": "1", "c": null}}), Some("a.c")),
            (json!({"a": [{"b": ""}]}), Some("a.b")),
        ];
        for (body, named) in table {
            let strict = |empty| Strictness {
                unknown: true,
                empty,
            };
            let refusal = strict(true).check(&body).err();
            let message = refusal.map(|refusal| refusal.message);
            let wanted = named.map(|name| format!("Invalid Field Format {name}"));
            assert_eq!(message, wanted, "{body}");
            assert!(strict(false).check(&body).is_ok(), "{body}");
        }
    }
}
