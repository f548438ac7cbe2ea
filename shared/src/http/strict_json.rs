//! JSON as strictly as a payment wants it.
//!
//! `serde_json` alone takes the last of two equal keys, where another reader takes the first: two
//! systems could then see two amounts in one signed body. Here a duplicate key is an error, like
//! everything else that readers disagree about.

use std::{cell::RefCell, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::fields::shown;
use crate::domain::error::FieldError;

/// The largest body that is read, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The deepest nesting that is read; the outermost object is level 1.
pub const MAX_DEPTH: usize = 64;

/// Parses a body that must be one JSON object.
///
/// Refused, each with its own rule: more than 64 KiB, invalid UTF-8, nesting deeper than 64, a
/// key twice in one object (named by its path), anything after the object, and what is no object.
/// A whole number is one in every spelling: `1.0` and `1e0` are read as `1`, as JSON Schema has it. Numbers
/// with a fraction stay floats, so that a field can refuse them.
pub fn parse(bytes: &[u8]) -> Result<Value, FieldError> {
    let fault = |rule| FieldError::new("body", rule);
    if bytes.len() > MAX_BYTES {
        return Err(fault("must be at most 65536 bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| fault("must be UTF-8"))?;
    let reason = RefCell::new(None);
    let mut reader = serde_json::Deserializer::from_str(text);
    let root = Node {
        depth: 0,
        path: Path::Root,
        reason: &reason,
    };
    let value = root
        .deserialize(&mut reader)
        .map_err(|_| reason.take().unwrap_or_else(|| fault("must be JSON")))?;
    reader
        .end()
        .map_err(|_| fault("must end after the JSON object"))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(fault("must be a JSON object"))
    }
}

/// Where in the document we are; written out only when something is wrong there.
#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Element(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(&shown(name)),
            Self::Member(parent, name) => write!(f, "{parent}.{}", shown(name)),
            Self::Element(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// One value about to be read. What is wrong goes to `reason`, since the reader's own errors are
/// text that may quote the input.
struct Node<'a> {
    depth: usize,
    path: Path<'a>,
    reason: &'a RefCell<Option<FieldError>>,
}

impl<'a> Node<'a> {
    fn enter<E: Error>(&self) -> Result<(), E> {
        if self.depth == MAX_DEPTH {
            return Err(self.refuse(FieldError::new("body", "must be nested at most 64 deep")));
        }
        Ok(())
    }

    fn refuse<E: Error>(&self, error: FieldError) -> E {
        *self.reason.borrow_mut() = Some(error);
        E::custom("refused")
    }

    fn child<'b>(&'b self, path: Path<'b>) -> Node<'b>
    where
        'a: 'b,
    {
        Node {
            depth: self.depth + 1,
            path,
            reason: self.reason,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
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
        Ok(whole(value).map_or_else(|| value.into(), Value::from))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut array = Vec::new();
        while let Some(element) =
            elements.next_element_seed(self.child(Path::Element(&self.path, array.len())))?
        {
            array.push(element);
        }
        Ok(array.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let path = Path::Member(&self.path, &name);
            if object.contains_key(&name) {
                return Err(self.refuse(FieldError::new(path.to_string(), "must not come twice")));
            }
            let value = members.next_value_seed(self.child(path))?;
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

/// The whole number that a float is exactly, if it is one.
#[expect(
    clippy::cast_possible_truncation,
    reason = "it is whole, and within the range that both have"
)]
fn whole(value: f64) -> Option<i64> {
    /// Beyond it, neighbouring whole numbers are one float.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() < EXACT).then_some(value as i64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nested(depth: usize) -> String {
        format!(
            "{{\"a\":{}{}}}",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    }

    #[test]
    fn each_disagreement_between_readers_has_its_rule() {
        let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
        let table: [(&str, Vec<u8>, &str); 20] = [
            ("nothing", b"".to_vec(), "body must be JSON"),
            ("spaces only", b"  ".to_vec(), "body must be JSON"),
            ("cut short", b"{\"a\":".to_vec(), "body must be JSON"),
            ("single quotes", b"{'a':1}".to_vec(), "body must be JSON"),
            (
                "trailing comma",
                b"{\"a\":1,}".to_vec(),
                "body must be JSON",
            ),
            (
                "comment",
                b"{}//".to_vec(),
                "body must end after the JSON object",
            ),
            (
                "two documents",
                b"{} {}".to_vec(),
                "body must end after the JSON object",
            ),
            (
                "a number no float holds",
                b"{\"a\":1e999}".to_vec(),
                "body must be JSON",
            ),
            ("NaN", b"{\"a\":NaN}".to_vec(), "body must be JSON"),
            (
                "half a surrogate pair",
                b"{\"a\":\"\\ud800\"}".to_vec(),
                "body must be JSON",
            ),
            (
                "raw control character",
                b"{\"a\":\"\x01\"}".to_vec(),
                "body must be JSON",
            ),
            (
                "byte order mark",
                b"\xef\xbb\xbf{}".to_vec(),
                "body must be JSON",
            ),
            (
                "invalid UTF-8",
                b"{\"a\":\"\xff\"}".to_vec(),
                "body must be UTF-8",
            ),
            ("array", b"[1]".to_vec(), "body must be a JSON object"),
            ("text", b"\"a\"".to_vec(), "body must be a JSON object"),
            (
                "too deep",
                nested(65).into(),
                "body must be nested at most 64 deep",
            ),
            (
                "far too deep",
                "[".repeat(60_000).into(),
                "body must be nested at most 64 deep",
            ),
            (
                "too large",
                padded(MAX_BYTES + 1).into(),
                "body must be at most 65536 bytes",
            ),
            (
                "key twice",
                b"{\"a\":1,\"a\":1}".to_vec(),
                "a must not come twice",
            ),
            (
                "key twice, one of them escaped",
                b"{\"x\":[{},{\"b\":1,\"\\u0062\":2}]}".to_vec(),
                "x[1].b must not come twice",
            ),
        ];
        for (why, bytes, expected) in table {
            assert_eq!(parse(&bytes).unwrap_err().to_string(), expected, "{why}");
        }
        assert!(parse(nested(64).as_bytes()).is_ok());
        assert!(parse(padded(MAX_BYTES).as_bytes()).is_ok());
    }

    #[test]
    fn a_whole_number_is_one_in_every_spelling() {
        let read =
            |number: &str| parse(format!("{{\"a\":{number}}}").as_bytes()).unwrap()["a"].clone();
        for (spelt, whole) in [
            ("1.0", 1),
            ("1e2", 100),
            ("100e-2", 1),
            ("-0.0", 0),
            ("-3.0", -3),
        ] {
            assert_eq!(read(spelt), serde_json::json!(whole), "{spelt}");
        }
        for fraction in ["1.5", "1e-1", "9007199254740993.0", "1e300"] {
            assert!(read(fraction).is_f64(), "{fraction}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_near_json_makes_it_panic(text in "[\\[\\]{}\":,\\\\u0a1.e+ tfn-]{0,200}") {
            if let Ok(value) = parse(text.as_bytes()) {
                let theirs = serde_json::from_str::<Value>(&text).unwrap();
                prop_assert_eq!(value.as_object().map(Map::len), theirs.as_object().map(Map::len));
            }
        }
    }
}
