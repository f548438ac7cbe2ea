//! YAML with its tags kept: `CloudFormation` writes its functions as tags (`!Ref`, `!Sub`, …).
//!
//! The short form (`!Ref Table`) and the long form (`{Ref: Table}`) are read into the same
//! [`Node::Call`], so nothing after this file has to know that there are two.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Tagged;

/// One node of a template, before any of its functions is worked out.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// An empty value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text; a number with a fraction is kept as text too, because a template has no use for it.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(String, Node)>),
    /// A `CloudFormation` function by its short name (`Ref`, `Sub`, `If`) and its argument.
    Call(String, Box<Node>),
}

impl Node {
    /// Reads a whole document.
    pub fn parse(text: &str) -> Result<Self, serde_saphyr::Error> {
        serde_saphyr::from_str(text)
    }

    /// The value under `key`, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, node)| node),
            _ => None,
        }
    }

    /// The entries of a mapping; nothing for any other node.
    pub fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The text of a plain scalar as it would be written in a template.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Int(number) => Some(number.to_string()),
            Self::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }
}

/// `{Fn::Sub: …}`, `{Ref: …}` and `{Condition: …}` are calls when they stand alone in a mapping.
fn long_form(entries: &[(String, Node)]) -> Option<&str> {
    match entries {
        [(name, _)] if name == "Ref" => Some("Ref"),
        [(name, argument)] if name == "Condition" && matches!(argument, Node::Text(_)) => {
            Some("Condition")
        }
        [(name, _)] => name.strip_prefix("Fn::"),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Tagged(bare, tag) = Tagged::<Bare>::deserialize(deserializer)?;
        let name = tag.as_deref().and_then(|tag| tag.strip_prefix('!'));
        Ok(match name {
            Some(name) => Self::Call(name.to_owned(), Box::new(bare.0)),
            None => bare.0,
        })
    }
}

/// A node without the tag that stands in front of it.
struct Bare(Node);

impl<'de> Deserialize<'de> for Bare {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BareVisitor).map(Self)
    }
}

struct BareVisitor;

impl<'de> Visitor<'de> for BareVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a YAML value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        i64::try_from(value)
            .map(Node::Int)
            .map_err(|_| E::custom("a number that is too large"))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Text(value.to_string()))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Node>()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<String, Node>()? {
            map.push((key, value));
        }
        Ok(match long_form(&map).map(str::to_owned) {
            Some(name) => {
                let argument = map.pop().map_or(Node::Null, |(_, argument)| argument);
                Node::Call(name, Box::new(argument))
            }
            None => Node::Map(map),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Node {
        Node::Text(value.into())
    }

    fn call(name: &str, argument: Node) -> Node {
        Node::Call(name.into(), Box::new(argument))
    }

    #[test]
    fn tags_are_kept_on_every_kind_of_node() {
        let table = [
            ("scalar", "!Ref Table", call("Ref", text("Table"))),
            (
                "dotted scalar",
                "!GetAtt Table.Arn",
                call("GetAtt", text("Table.Arn")),
            ),
            (
                "sequence",
                "!Join [':', [a, b]]",
                call(
                    "Join",
                    Node::List(vec![text(":"), Node::List(vec![text("a"), text("b")])]),
                ),
            ),
            (
                "nested tags",
                "!Not [!Equals [!Ref A, '']]",
                call(
                    "Not",
                    Node::List(vec![call(
                        "Equals",
                        Node::List(vec![call("Ref", text("A")), text("")]),
                    )]),
                ),
            ),
            ("long form", "{Ref: Table}", call("Ref", text("Table"))),
            (
                "long form with a prefix",
                "{'Fn::Sub': 'x-${A}'}",
                call("Sub", text("x-${A}")),
            ),
            (
                "a date that must stay text",
                "'2010-09-09'",
                text("2010-09-09"),
            ),
            ("a number in quotes stays text", "'300'", text("300")),
            ("a number", "300", Node::Int(300)),
            ("a path with a brace", "/v1/{id}", text("/v1/{id}")),
            ("nothing", "~", Node::Null),
        ];
        for (why, yaml, expected) in table {
            assert_eq!(Node::parse(yaml).unwrap(), expected, "{why}: {yaml}");
        }
    }

    #[test]
    fn a_condition_key_beside_others_is_an_ordinary_key() {
        let node = Node::parse("{Condition: Own, Type: 'AWS::KMS::Key'}").unwrap();
        assert_eq!(node.get("Condition"), Some(&text("Own")));
    }
}
