//! Lays changes over a JSON text.

use serde_json::{Map, Value};

/// A merge patch (RFC 7396): objects member by member, null takes a member away, anything else
/// replaces what was there.
pub fn merge(place: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *place = patch.clone();
        return;
    };
    if !place.is_object() {
        *place = Value::Object(Map::new());
    }
    if let Value::Object(members) = place {
        for (name, value) in patch {
            if value.is_null() {
                members.remove(name);
            } else {
                merge(members.entry(name).or_insert(Value::Null), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_changes_adds_and_takes_away() {
        let mut body = json!({"a": {"b": 1, "c": 2}, "d": 3});
        merge(
            &mut body,
            &json!({"a": {"b": "x", "c": null}, "e": {"f": 1}}),
        );
        assert_eq!(body, json!({"a": {"b": "x"}, "d": 3, "e": {"f": 1}}));
    }
}
