//! Reads members whose JSON type DOKU's documents contradict: text in one place, number in
//! another.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::clock::Timestamp;

/// Text, or a number taken literally, digit by digit.
///
/// Identifiers of 40 digits come as JSON numbers in some of DOKU's samples; going through a float
/// would lose most of them, so the literal itself is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let literal = raw.get();
        if literal.starts_with('"') {
            return serde_json::from_str(literal)
                .map(Self)
                .map_err(serde::de::Error::custom);
        }
        if literal.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return Ok(Self(literal.to_owned()));
        }
        Err(serde::de::Error::custom("neither text nor number"))
    }
}

/// As [`Text`], but anything else (null, an object) counts as absent.
pub(super) fn optional_text<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    let text = raw.and_then(|raw| serde_json::from_str::<Text>(raw.get()).ok());
    Ok(text.map(|text| text.0).filter(|text| !text.is_empty()))
}

/// A time as DOKU prints it: with any offset, or with none, which is western Indonesian time.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    Timestamp::parse_lenient(text)
}

/// True for a value that says something: not null, not an empty text, and not an object or a list of such.
pub(super) fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(says_something),
        Value::Object(members) => members.values().any(says_something),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// True for an object with a member that says something. Anything else counts as absent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Presence(pub bool);

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<Value>::deserialize(deserializer)?;
        Ok(Self(value.is_some_and(|value| {
            value.is_object() && says_something(&value)
        })))
    }
}

/// A status of two digits, as text or as a number, which has lost its leading zero and may have gained
/// decimals.
pub(super) fn two_digits<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = optional_text(deserializer)?;
    Ok(text.map(|text| {
        let whole = match text.split_once('.') {
            Some((whole, rest)) if !rest.is_empty() && rest.bytes().all(|b| b == b'0') => whole,
            _ => text.as_str(),
        };
        match whole.as_bytes() {
            [digit] if digit.is_ascii_digit() => format!("0{whole}"),
            _ => whole.to_owned(),
        }
    }))
}

/// A member that should be an object: anything else, one that cannot be read and one that says nothing counts as
/// absent, so that an odd one does not hide the others.
pub(super) fn member<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = Option::<Box<RawValue>>::deserialize(deserializer)?;
    let says = |raw: &RawValue| {
        let value = serde_json::from_str(raw.get());
        value.is_ok_and(|value| says_something(&value))
    };
    Ok(raw
        .filter(|raw| says(raw))
        .and_then(|raw| object(raw.get())))
}

/// Stands for a word that is there and cannot be read: it is no known one, and must not pass for absent.
pub(super) const ODD_WORD: &str = "?";

/// Longest word for a product.
const LONGEST_WORD: usize = 64;

/// A word for a product, as an object with an `id` or as the word alone. Null, an empty text and an object
/// without `id` count as absent; anything else is [`ODD_WORD`].
pub(super) fn named<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let value = Option::<Value>::deserialize(deserializer)?;
    Ok(value.and_then(|value| match value {
        Value::Object(mut members) => members.remove("id").and_then(word),
        other => word(other),
    }))
}

fn word(value: Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text,
        Value::Number(number) => number.to_string(),
        Value::Array(items) if items.is_empty() => return None,
        Value::Object(members) if members.is_empty() => return None,
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => ODD_WORD.to_owned(),
    };
    let is_plain = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    let fits = text.len() <= LONGEST_WORD && is_plain;
    (!text.is_empty()).then(|| if fits { text } else { ODD_WORD.to_owned() })
}

/// Reads an object. Serde would read a list as the members in their order.
pub(super) fn object<T: DeserializeOwned>(text: &str) -> Option<T> {
    text.starts_with('{')
        .then(|| serde_json::from_str(text).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "optional_text")]
        id: Option<String>,
    }

    #[derive(Deserialize)]
    struct Outer {
        #[serde(default, deserialize_with = "member")]
        inner: Option<Sample>,
        #[serde(default, deserialize_with = "optional_text")]
        other: Option<String>,
    }

    #[test]
    fn an_odd_member_does_not_hide_the_others() {
        for odd in [r#""text""#, "[1]", "null", "7"] {
            let json = format!(r#"{{"inner":{odd},"other":"x"}}"#);
            let outer: Outer = serde_json::from_str(&json).unwrap();
            assert!(outer.inner.is_none_or(|inner| inner.id.is_none()), "{odd}");
            assert_eq!(outer.other.as_deref(), Some("x"), "{odd}");
        }
    }

    #[test]
    fn times_with_a_zone_and_without() {
        let jakarta = Timestamp::parse_rfc3339("2026-11-20T01:15:30Z");
        let table = [
            ("an offset", "2026-11-20T08:15:30+07:00", jakarta),
            ("UTC", "2026-11-20T01:15:30Z", jakarta),
            ("no zone", "2026-11-20T08:15:30", jakarta),
            ("milliseconds", "2026-11-20T08:15:30.000", jakarta),
            ("a day", "2026-11-20", None),
            ("seconds of life", "900", None),
            ("nothing", "", None),
        ];
        for (why, text, moment) in table {
            assert_eq!(super::moment(text), moment, "{why}");
        }
    }

    #[test]
    fn text_numbers_and_the_rest() {
        let table = [
            ("text", r#"{"id":"a1"}"#, Some("a1")),
            (
                "40 digits",
                r#"{"id":2238261120001534401107183161486001168389}"#,
                Some("2238261120001534401107183161486001168389"),
            ),
            ("float", r#"{"id":2.238e+39}"#, Some("2.238e+39")),
            ("null", r#"{"id":null}"#, None),
            ("object", r#"{"id":{}}"#, None),
            ("absent", "{}", None),
            ("empty", r#"{"id":""}"#, None),
        ];
        for (why, json, wanted) in table {
            let sample: Sample = serde_json::from_str(json).unwrap();
            assert_eq!(sample.id.as_deref(), wanted, "{why}");
        }
    }
}
