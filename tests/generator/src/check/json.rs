//! JSON without two members of one name, which `serde_json` would read as one.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// The limits that the `OpenAPI` document states.
const DEEPEST: usize = 64;
const LARGEST: usize = 64 * 1024;

/// The document in these bytes; an error where readers could disagree about it, or where it is past the limits.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    if bytes.len() > LARGEST {
        return Err("larger than 64 KiB".to_owned());
    }
    let Unique(value) = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if depth(&value) > DEEPEST {
        return Err("deeper than 64 levels".to_owned());
    }
    Ok(value)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// A value without equal names.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Unique(element)) = elements.next_element()? {
            all.push(element);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Unique(value))) = members.next_entry::<String, Unique>()? {
            if all.insert(name, value).is_some() {
                return Err(A::Error::custom("a member twice"));
            }
        }
        Ok(all.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_disagree_about_is_refused() {
        let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        let table = [
            ("{\"a\":1}".to_owned(), true),
            ("{\"a\":1,\"a\":1}".to_owned(), false),
            ("{\"b\":{\"a\":1,\"\\u0061\":1}}".to_owned(), false),
            ("{} {}".to_owned(), false),
            ("\u{feff}{}".to_owned(), false),
            (deep(64), true),
            (deep(65), false),
            (" ".repeat(65_536) + "1", false),
        ];
        for (text, good) in table {
            assert_eq!(parse(text.as_bytes()).is_ok(), good, "{text}");
        }
    }
}
