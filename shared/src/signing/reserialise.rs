//! The other reading of a signed body: parsed and printed again.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
    ser::{SerializeMap, SerializeSeq},
};
use serde_json::Number;

/// Parses JSON and prints it compactly, with its keys in the order they came.
///
/// Some of DOKU's own libraries hash this instead of the textual minification; the two differ in
/// escapes (`\/`, `\u00fc`) and in how fractions are written. Only for verifying a second time
/// where a setting allows it. `None` for what is no JSON, and for a key that comes twice in one
/// object: printing would silently choose one of them, and the signature would cover that choice.
pub fn reserialise(json: &[u8]) -> Option<Vec<u8>> {
    let tree: Tree = serde_json::from_slice(json).ok()?;
    serde_json::to_vec(&tree).ok()
}

enum Tree {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a number"))?;
        Ok(Tree::Number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Tree, A::Error> {
        let mut array = Vec::new();
        while let Some(element) = elements.next_element()? {
            array.push(element);
        }
        Ok(Tree::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Tree, A::Error> {
        let mut seen = std::collections::HashSet::new();
        let mut object = Vec::new();
        while let Some((name, value)) = members.next_entry::<String, Tree>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom("a key comes twice"));
            }
            object.push((name, value));
        }
        Ok(Tree::Object(object))
    }
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Array(elements) => {
                let mut array = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    array.serialize_element(element)?;
                }
                array.end()
            }
            Self::Object(members) => {
                let mut object = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    object.serialize_entry(name, value)?;
                }
                object.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::reserialise;

    #[test]
    fn keys_keep_their_order_and_a_choice_is_never_made() {
        let table = [
            (
                r#"{ "b": [1, null, true], "a": {"c": -2} }"#,
                Some(r#"{"b":[1,null,true],"a":{"c":-2}}"#),
            ),
            (r#"{"u":"https:\/\/a"}"#, Some(r#"{"u":"https://a"}"#)),
            (r#"{"v":10000.00}"#, Some(r#"{"v":10000.0}"#)),
            (r#"{"x":{"a":1,"\u0061":2}}"#, None),
            ("{", None),
            ("{}{}", None),
        ];
        for (raw, expected) in table {
            let printed =
                reserialise(raw.as_bytes()).map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(printed.as_deref(), expected, "{raw}");
        }
        assert_eq!(
            reserialise("[".repeat(60_000).as_bytes()),
            None,
            "deep nesting is no crash"
        );
    }
}
