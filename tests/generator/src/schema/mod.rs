//! JSON Schema as far as the `OpenAPI` document uses it.
//!
//! A keyword that is not known here is an error when the document is read, so that none is passed over.

mod format;
mod pattern;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use format::Format;
pub use pattern::Pattern;

/// Keywords that say nothing about validity.
const ANNOTATIONS: [&str; 8] = [
    "default",
    "description",
    "discriminator",
    "example",
    "examples",
    "summary",
    "title",
    "writeOnly",
];

/// The reason why a value is not valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer of the value.
    pub at: String,
    /// The keyword that refuses it, and what it asks for.
    pub keyword: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = if self.at.is_empty() { "/" } else { &self.at };
        write!(f, "{at}: {}", self.keyword)
    }
}

/// A document whose schemas refer to one another.
pub struct Schemas {
    document: Value,
    patterns: BTreeMap<String, Pattern>,
}

impl Schemas {
    /// Reads the document's patterns, and insists that every schema of it is understood.
    pub fn new(document: Value) -> Result<Self, String> {
        let mut texts = BTreeSet::new();
        collect_patterns(&document, &mut texts);
        let patterns = texts
            .into_iter()
            .map(|text| Pattern::new(&text).map(|pattern| (text, pattern)))
            .collect::<Result<_, _>>()?;
        let schemas = Self { document, patterns };
        let named = schemas.document["components"]["schemas"].as_object();
        for (name, schema) in named.into_iter().flatten() {
            understood(schema).map_err(|keyword| format!("{name}: {keyword} is not known"))?;
        }
        Ok(schemas)
    }

    /// The whole document.
    pub const fn document(&self) -> &Value {
        &self.document
    }

    /// The node that a `$ref` points at, or the node itself.
    pub fn followed<'s>(&'s self, node: &'s Value) -> &'s Value {
        match node["$ref"].as_str() {
            Some(reference) => self.followed(self.referred(reference)),
            None => node,
        }
    }

    /// The node that a reference points at.
    pub fn referred(&self, reference: &str) -> &Value {
        let pointer = reference.trim_start_matches('#');
        self.document.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// A pattern of the document, ready for use.
    pub fn pattern(&self, text: &str) -> Option<&Pattern> {
        self.patterns.get(text)
    }

    /// Everything that is wrong with a value.
    pub fn faults(&self, schema: &Value, value: &Value) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.check(schema, value, "", &mut faults);
        faults
    }

    /// Whether a value is valid.
    pub fn is_valid(&self, schema: &Value, value: &Value) -> bool {
        self.faults(schema, value).is_empty()
    }

    fn check(&self, schema: &Value, value: &Value, at: &str, faults: &mut Vec<Fault>) {
        let Some(keywords) = schema.as_object() else {
            return;
        };
        for (keyword, wanted) in keywords {
            if keyword == "$ref" {
                let reference = wanted.as_str().unwrap_or_default();
                self.check(self.referred(reference), value, at, faults);
            } else if !self.allows(keyword, wanted, value) {
                let keyword = format!("{keyword} {wanted}");
                let at = at.to_owned();
                faults.push(Fault { at, keyword });
            }
        }
        match value {
            Value::Object(members) => self.check_members(keywords, members, at, faults),
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.check(&schema["items"], element, &format!("{at}/{index}"), faults);
                }
            }
            _ => {}
        }
    }

    fn check_members(
        &self,
        keywords: &Map<String, Value>,
        members: &Map<String, Value>,
        at: &str,
        faults: &mut Vec<Fault>,
    ) {
        for (name, value) in members {
            let at = format!("{at}/{name}");
            let names = keywords.get("propertyNames").unwrap_or(&Value::Null);
            self.check(names, &Value::from(name.as_str()), &at, faults);
            let own = keywords.get("properties").and_then(|all| all.get(name));
            match own.or_else(|| keywords.get("additionalProperties")) {
                Some(Value::Bool(false)) => faults.push(Fault {
                    at,
                    keyword: "additionalProperties false".to_owned(),
                }),
                Some(schema) => self.check(schema, value, &at, faults),
                None => {}
            }
        }
    }

    /// What one keyword says of a value itself; its parts are checked apart.
    fn allows(&self, keyword: &str, wanted: &Value, value: &Value) -> bool {
        let limit = wanted
            .as_u64()
            .and_then(|limit| usize::try_from(limit).ok());
        let limit = limit.unwrap_or_default();
        let passing = || {
            let all = wanted.as_array().into_iter().flatten();
            all.filter(|schema| self.is_valid(schema, value)).count()
        };
        match (keyword, value) {
            ("type", _) => match wanted {
                Value::Array(kinds) => kinds.iter().any(|kind| is_of(value, kind)),
                kind => is_of(value, kind),
            },
            ("const", _) => are_equal(wanted, value),
            ("enum", _) => {
                let mut words = wanted.as_array().into_iter().flatten();
                words.any(|word| are_equal(word, value))
            }
            ("anyOf", _) => passing() > 0,
            ("oneOf", _) => passing() == 1,
            ("minLength", Value::String(text)) => text.chars().count() >= limit,
            ("maxLength", Value::String(text)) => text.chars().count() <= limit,
            ("pattern", Value::String(text)) => {
                let pattern = self.pattern(wanted.as_str().unwrap_or_default());
                pattern.is_some_and(|pattern| pattern.is_match(text))
            }
            ("format", Value::String(text)) => {
                Format::named(wanted.as_str().unwrap_or_default()).is_some_and(|f| f.takes(text))
            }
            ("minimum", Value::Number(number)) => number.as_f64() >= wanted.as_f64(),
            ("maximum", Value::Number(number)) => number.as_f64() <= wanted.as_f64(),
            ("maxItems", Value::Array(elements)) => elements.len() <= limit,
            ("uniqueItems", Value::Array(elements)) => {
                let mut rest = elements.as_slice();
                while let [first, after @ ..] = rest {
                    if after.iter().any(|other| are_equal(first, other)) {
                        return false;
                    }
                    rest = after;
                }
                true
            }
            ("required", Value::Object(members)) => {
                let mut names = wanted.as_array().into_iter().flatten();
                names.all(|name| members.contains_key(name.as_str().unwrap_or_default()))
            }
            ("maxProperties", Value::Object(members)) => members.len() <= limit,
            _ => true,
        }
    }
}

/// Numbers are equal by their value: `1` and `1.0`.
fn are_equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| are_equal(a, b))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_there =
                |(name, a): (&String, &Value)| other.get(name).is_some_and(|b| are_equal(a, b));
            one.len() == other.len() && one.iter().all(is_there)
        }
        _ => one == other,
    }
}

fn is_of(value: &Value, kind: &Value) -> bool {
    match kind.as_str().unwrap_or_default() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        // `1.0` is a whole number.
        "integer" => {
            value.is_u64()
                || value.is_i64()
                || value.as_f64().is_some_and(|n| n.fract().abs() == 0.0)
        }
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// An error names a keyword that is not known.
fn understood(schema: &Value) -> Result<(), String> {
    let Some(keywords) = schema.as_object() else {
        return match schema {
            Value::Bool(_) => Ok(()),
            _ => Err(format!("the schema {schema}")),
        };
    };
    for (keyword, wanted) in keywords {
        match keyword.as_str() {
            "properties" => {
                for schema in wanted.as_object().into_iter().flat_map(Map::values) {
                    understood(schema)?;
                }
            }
            "anyOf" | "oneOf" => {
                for schema in wanted.as_array().into_iter().flatten() {
                    understood(schema)?;
                }
            }
            "items" | "additionalProperties" | "propertyNames" => understood(wanted)?,
            "format" => {
                let name = wanted.as_str().unwrap_or_default();
                Format::named(name).ok_or_else(|| format!("format {name}"))?;
            }
            "$ref" | "type" | "const" | "enum" | "minLength" | "maxLength" | "pattern"
            | "minimum" | "maximum" | "maxItems" | "uniqueItems" | "required" | "maxProperties" => {
            }
            other if ANNOTATIONS.contains(&other) => {}
            other => return Err(other.to_owned()),
        }
    }
    Ok(())
}

fn collect_patterns(node: &Value, patterns: &mut BTreeSet<String>) {
    match node {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get("pattern") {
                patterns.insert(text.clone());
            }
            members
                .values()
                .for_each(|node| collect_patterns(node, patterns));
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|node| collect_patterns(node, patterns)),
        _ => {}
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(schema: &Value, value: &Value) -> Vec<String> {
        let document = json!({"components": {"schemas": {
            "Checked": schema,
            "Id": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 3},
        }}});
        let schemas = Schemas::new(document).unwrap();
        let schema = &schemas.document()["components"]["schemas"]["Checked"];
        let faults = schemas.faults(schema, value);
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keywords_refuse_what_they_say() {
        let id = json!({"$ref": "#/components/schemas/Id", "minLength": 2});
        let object = json!({
            "type": "object", "required": ["a"], "additionalProperties": false, "maxProperties": 2,
            "properties": {"a": {"type": ["integer", "null"], "minimum": 1}, "b": {"items": {"type": "string"}}},
        });
        let table = [
            (id.clone(), json!("ab"), 0),
            (id.clone(), json!("a"), 1),
            (id.clone(), json!("abcd"), 1),
            (id.clone(), json!("A"), 2),
            (id, json!(1), 1),
            (object.clone(), json!({"a": 1}), 0),
            (object.clone(), json!({"a": 1.0}), 0),
            (object.clone(), json!({"a": null}), 0),
            (object.clone(), json!({"a": 0}), 1),
            (object.clone(), json!({"a": 1.5}), 1),
            (object.clone(), json!({"a": true}), 1),
            (object.clone(), json!({"b": ["x", 1]}), 2),
            (object.clone(), json!({"a": 1, "c": 1}), 1),
            (object, json!([]), 1),
            (
                json!({"oneOf": [{"type": "integer"}, {"minimum": 5}]}),
                json!(7),
                1,
            ),
            (
                json!({"oneOf": [{"type": "integer"}, {"minimum": 5}]}),
                json!(4),
                0,
            ),
            (
                json!({"anyOf": [{"const": 1}, {"enum": [2, null]}]}),
                json!(null),
                0,
            ),
            (
                json!({"anyOf": [{"const": 1}, {"enum": [2, null]}]}),
                json!(3),
                1,
            ),
            (
                json!({"uniqueItems": true, "maxItems": 2}),
                json!([1, 1]),
                1,
            ),
            (json!({"uniqueItems": true}), json!([1, 1.0]), 1),
            (
                json!({"uniqueItems": true, "maxItems": 2}),
                json!([1, 2, 3]),
                1,
            ),
            (
                json!({"propertyNames": {"maxLength": 1}, "additionalProperties": {"type": "string"}}),
                json!({"ab": 1}),
                2,
            ),
        ];
        for (schema, value, count) in table {
            let found = faults(&schema, &value);
            assert_eq!(found.len(), count, "{schema} {value}: {found:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_an_error() {
        for schema in [
            json!({"multipleOf": 2}),
            json!({"properties": {"a": {"not": {}}}}),
            json!({"items": {"format": "ipv6"}}),
        ] {
            let document = json!({"components": {"schemas": {"Checked": schema}}});
            assert!(Schemas::new(document).is_err(), "{schema}");
        }
    }
}
