//! Works out `CloudFormation` functions, conditions and parameters.
//!
//! Only what is read is worked out, so a part of the template that has no meaning on one machine
//! (an alarm, a pipe) may use whatever it likes. A function that is not known here is an error that
//! names the place, never a silent empty value.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::yaml::Node;

/// Why a value of the template could not be worked out.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{at}: {problem}")]
pub struct ResolveError {
    /// Where, as a dotted path from the top of the template.
    pub at: String,
    /// What is wrong there.
    pub problem: String,
}

impl ResolveError {
    /// A problem at a dotted path.
    pub fn new(at: &str, problem: impl Into<String>) -> Self {
        Self {
            at: at.to_owned(),
            problem: problem.into(),
        }
    }
}

/// Everything a function may refer to.
pub struct Resolver<'t> {
    template: &'t Node,
    parameters: HashMap<String, Value>,
    /// What `!Ref` gives for a resource, where it is not `local-<LogicalId>`.
    references: HashMap<String, String>,
    /// What `!GetAtt` gives, by `LogicalId.Attribute`, where somebody here relies on it.
    attributes: HashMap<String, String>,
}

/// Conditions may refer to each other; deeper than this is a circle.
const DEEPEST: usize = 32;

impl<'t> Resolver<'t> {
    /// Takes the parameters' defaults, with `overrides` (name → text) on top. A name that the
    /// template does not have is an error: it would have no effect, and nobody would notice.
    pub fn new(
        template: &'t Node,
        overrides: &HashMap<String, String>,
    ) -> Result<Self, ResolveError> {
        let declared = template
            .get("Parameters")
            .map(Node::entries)
            .unwrap_or_default();
        let mut parameters = HashMap::new();
        for (name, declaration) in declared {
            let raw = overrides.get(name).cloned().or_else(|| {
                declaration
                    .get("Default")
                    .map(|node| node.as_text().unwrap_or_default())
            });
            let Some(raw) = raw else { continue };
            let is_list = declaration
                .get("Type")
                .and_then(Node::as_text)
                .is_some_and(|kind| kind == "CommaDelimitedList" || kind.starts_with("List<"));
            let value = if is_list {
                Value::Array(
                    raw.split(',')
                        .map(|item| Value::from(item.trim()))
                        .collect(),
                )
            } else {
                Value::from(raw)
            };
            parameters.insert(name.clone(), value);
        }
        if let Some(unknown) = overrides
            .keys()
            .find(|name| !declared.iter().any(|(d, _)| d == *name))
        {
            return Err(ResolveError::new(
                "Parameters",
                format!("there is no parameter {unknown}"),
            ));
        }
        Ok(Self {
            template,
            parameters,
            references: HashMap::new(),
            attributes: HashMap::new(),
        })
    }

    /// Says what `!Ref logical_id` is.
    pub fn refer(&mut self, logical_id: &str, value: &str) {
        self.references
            .insert(logical_id.to_owned(), value.to_owned());
    }

    /// Says what `!GetAtt logical_id.attribute` is.
    pub fn describe(&mut self, logical_id: &str, attribute: &str, value: &str) {
        self.attributes
            .insert(format!("{logical_id}.{attribute}"), value.to_owned());
    }

    /// Whether the template declares this parameter.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.template
            .get("Parameters")
            .and_then(|all| all.get(name))
            .is_some()
    }

    /// The value of a node with every function in it worked out. `None` is `AWS::NoValue`.
    pub fn value(&self, node: &Node, at: &str) -> Result<Option<Value>, ResolveError> {
        Ok(Some(match node {
            Node::Null => Value::Null,
            Node::Bool(value) => Value::from(*value),
            Node::Int(number) => Value::from(*number),
            Node::Text(text) => Value::from(text.clone()),
            Node::List(items) => {
                let mut list = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    list.extend(self.value(item, &format!("{at}[{index}]"))?);
                }
                Value::Array(list)
            }
            Node::Map(entries) => {
                let mut map = Map::new();
                for (key, node) in entries {
                    if let Some(value) = self.value(node, &format!("{at}.{key}"))? {
                        map.insert(key.clone(), value);
                    }
                }
                Value::Object(map)
            }
            Node::Call(name, argument) => return self.call(name, argument, at),
        }))
    }

    /// The value of a node as text; a number or a truth value is written out.
    pub fn text(&self, node: &Node, at: &str) -> Result<String, ResolveError> {
        let value = self.value(node, at)?.unwrap_or(Value::Null);
        scalar(&value).ok_or_else(|| ResolveError::new(at, "must be text"))
    }

    /// Whether a condition of the template's `Conditions` holds.
    pub fn condition(&self, name: &str, at: &str) -> Result<bool, ResolveError> {
        self.named_condition(name, at, 0)
    }

    fn named_condition(&self, name: &str, at: &str, depth: usize) -> Result<bool, ResolveError> {
        if depth > DEEPEST {
            return Err(ResolveError::new(
                at,
                format!("condition {name} refers to itself"),
            ));
        }
        let node = self
            .template
            .get("Conditions")
            .and_then(|all| all.get(name))
            .ok_or_else(|| ResolveError::new(at, format!("there is no condition {name}")))?;
        self.holds(node, &format!("Conditions.{name}"), depth + 1)
    }

    fn holds(&self, node: &Node, at: &str, depth: usize) -> Result<bool, ResolveError> {
        let Node::Call(name, argument) = node else {
            return Err(ResolveError::new(at, "must be a condition function"));
        };
        let each = || -> Result<Vec<bool>, ResolveError> {
            list(argument, at)?
                .iter()
                .map(|item| self.holds(item, at, depth + 1))
                .collect()
        };
        match name.as_str() {
            "Condition" => {
                let name = argument.as_text().unwrap_or_default();
                self.named_condition(&name, at, depth)
            }
            "Equals" => match list(argument, at)? {
                [left, right] => Ok(self.text(left, at)? == self.text(right, at)?),
                _ => Err(ResolveError::new(at, "!Equals takes two values")),
            },
            "Not" => match each()?.as_slice() {
                [only] => Ok(!only),
                _ => Err(ResolveError::new(at, "!Not takes one condition")),
            },
            "And" => Ok(each()?.into_iter().all(|holds| holds)),
            "Or" => Ok(each()?.into_iter().any(|holds| holds)),
            other => Err(unsupported(other, at)),
        }
    }

    fn call(&self, name: &str, argument: &Node, at: &str) -> Result<Option<Value>, ResolveError> {
        match name {
            "Ref" => self.reference(&self.text(argument, at)?, at),
            "GetAtt" => self.attribute(argument, at).map(Some),
            "Sub" => self.substitute(argument, at).map(Some),
            "If" => match list(argument, at)? {
                [condition, then, otherwise] => {
                    let name = condition.as_text().unwrap_or_default();
                    let chosen = if self.condition(&name, at)? {
                        then
                    } else {
                        otherwise
                    };
                    self.value(chosen, at)
                }
                _ => Err(ResolveError::new(
                    at,
                    "!If takes a condition and two values",
                )),
            },
            "Join" => match list(argument, at)? {
                [separator, items] => {
                    let separator = self.text(separator, at)?;
                    let items = self.texts(items, at)?;
                    Ok(Some(Value::from(items.join(&separator))))
                }
                _ => Err(ResolveError::new(at, "!Join takes a separator and a list")),
            },
            "Split" => match list(argument, at)? {
                [separator, text] => {
                    let (separator, text) = (self.text(separator, at)?, self.text(text, at)?);
                    Ok(Some(
                        text.split(separator.as_str()).map(Value::from).collect(),
                    ))
                }
                _ => Err(ResolveError::new(at, "!Split takes a separator and a text")),
            },
            "Select" => match list(argument, at)? {
                [index, items] => {
                    let index = self.text(index, at)?;
                    let items = self.texts(items, at)?;
                    let chosen = index
                        .parse::<usize>()
                        .ok()
                        .and_then(|index| items.get(index));
                    let chosen = chosen.ok_or_else(|| {
                        ResolveError::new(at, format!("!Select has no item {index}"))
                    })?;
                    Ok(Some(Value::from(chosen.clone())))
                }
                _ => Err(ResolveError::new(at, "!Select takes an index and a list")),
            },
            "FindInMap" => match list(argument, at)? {
                [map, first, second] => {
                    let keys = [
                        self.text(map, at)?,
                        self.text(first, at)?,
                        self.text(second, at)?,
                    ];
                    let found = self
                        .template
                        .get("Mappings")
                        .and_then(|all| all.get(&keys[0])?.get(&keys[1])?.get(&keys[2]));
                    let found = found.ok_or_else(|| {
                        ResolveError::new(at, format!("no mapping {}", keys.join(".")))
                    })?;
                    self.value(found, at)
                }
                _ => Err(ResolveError::new(at, "!FindInMap takes a map and two keys")),
            },
            "Equals" | "Not" | "And" | "Or" | "Condition" => {
                let node = Node::Call(name.to_owned(), Box::new(argument.clone()));
                self.holds(&node, at, 0)
                    .map(|holds| Some(Value::from(holds)))
            }
            other => Err(unsupported(other, at)),
        }
    }

    fn reference(&self, name: &str, at: &str) -> Result<Option<Value>, ResolveError> {
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = pseudo_parameter(name) {
            return Ok(Some(Value::from(value)));
        }
        if let Some(value) = self.parameters.get(name) {
            return Ok(Some(value.clone()));
        }
        if self.has_parameter(name) {
            return Err(ResolveError::new(
                at,
                format!("parameter {name} has no value"),
            ));
        }
        if let Some(value) = self.references.get(name) {
            return Ok(Some(Value::from(value.clone())));
        }
        self.resource(name, at)?;
        Ok(Some(Value::from(format!("local-{name}"))))
    }

    /// An attribute of a resource. Where nobody has said what it is, it is a name that could be one:
    /// an ARN for `Arn`, otherwise something that shows where it came from.
    fn attribute(&self, argument: &Node, at: &str) -> Result<Value, ResolveError> {
        let dotted = match argument {
            Node::List(_) => self.texts(argument, at)?.join("."),
            other => self.text(other, at)?,
        };
        let (resource, attribute) = dotted
            .split_once('.')
            .ok_or_else(|| ResolveError::new(at, "!GetAtt takes Resource.Attribute"))?;
        let node = self.resource(resource, at)?;
        if let Some(known) = self.attributes.get(&dotted) {
            return Ok(Value::from(known.clone()));
        }
        let service = node
            .get("Type")
            .and_then(Node::as_text)
            .and_then(|kind| kind.split("::").nth(1).map(str::to_lowercase))
            .unwrap_or_default();
        Ok(Value::from(if attribute == "Arn" {
            format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
        } else {
            format!("local-{resource}-{}", attribute.to_lowercase())
        }))
    }

    fn resource(&self, name: &str, at: &str) -> Result<&'t Node, ResolveError> {
        self.template
            .get("Resources")
            .and_then(|all| all.get(name))
            .or_else(|| {
                self.template
                    .get("Resources")?
                    .get(name.strip_suffix("ApiGatewayDefaultStage")?)
            })
            .ok_or_else(|| {
                ResolveError::new(at, format!("there is no parameter or resource {name}"))
            })
    }

    fn substitute(&self, argument: &Node, at: &str) -> Result<Value, ResolveError> {
        let (pattern, own) = match argument {
            Node::List(items) => match items.as_slice() {
                [pattern, own] => (self.text(pattern, at)?, own.entries()),
                _ => return Err(ResolveError::new(at, "!Sub takes a text and a map")),
            },
            other => (self.text(other, at)?, &[][..]),
        };
        let mut result = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            result.push_str(before);
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| ResolveError::new(at, "!Sub has a ${ without its }"))?;
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                result.push_str("${");
                result.push_str(literal);
                result.push('}');
            } else if let Some((_, node)) = own.iter().find(|(key, _)| key == name) {
                result.push_str(&self.text(node, at)?);
            } else if name.contains('.') {
                let value = self.attribute(&Node::Text(name.to_owned()), at)?;
                result.push_str(&scalar(&value).unwrap_or_default());
            } else {
                let value = self.reference(name, at)?.unwrap_or(Value::Null);
                let text = scalar(&value)
                    .ok_or_else(|| ResolveError::new(at, format!("${{{name}}} is not text")))?;
                result.push_str(&text);
            }
        }
        result.push_str(rest);
        Ok(Value::from(result))
    }

    fn texts(&self, node: &Node, at: &str) -> Result<Vec<String>, ResolveError> {
        match self.value(node, at)? {
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| scalar(item).ok_or_else(|| ResolveError::new(at, "must hold texts")))
                .collect(),
            _ => Err(ResolveError::new(at, "must be a list")),
        }
    }
}

/// The region that the local machine claims to be in.
pub const REGION: &str = "ap-southeast-1";
/// The account that the local machine claims to be.
pub const ACCOUNT: &str = "000000000000";

fn pseudo_parameter(name: &str) -> Option<&'static str> {
    Some(match name {
        "AWS::Region" => REGION,
        "AWS::AccountId" => ACCOUNT,
        "AWS::Partition" => "aws",
        "AWS::StackName" => "local",
        "AWS::StackId" => "arn:aws:cloudformation:ap-southeast-1:000000000000:stack/local/0",
        "AWS::URLSuffix" => "amazonaws.com",
        _ => return None,
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn list<'n>(node: &'n Node, at: &str) -> Result<&'n [Node], ResolveError> {
    match node {
        Node::List(items) => Ok(items),
        _ => Err(ResolveError::new(at, "must be a list")),
    }
}

fn unsupported(name: &str, at: &str) -> ResolveError {
    ResolveError::new(
        at,
        format!("the function {name} is not supported on one machine"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEMPLATE: &str = r"
Parameters:
  Issuer: { Type: String, Default: '' }
  Audience: { Type: CommaDelimitedList, Default: 'a, b' }
  Timeout: { Type: Number, Default: 20000 }
  Needed: { Type: String }
Conditions:
  OwnPool: !Equals [!Ref Issuer, '']
  GivenIssuer: !Not [!Condition OwnPool]
  Both: !And [!Condition OwnPool, !Condition GivenIssuer]
  Either: !Or [!Condition OwnPool, { Condition: GivenIssuer }]
  Circle: !Not [!Condition Circle]
Mappings:
  Doku: { sandbox: { Url: 'https://api-sandbox.doku.com' } }
Resources:
  Table: { Type: 'AWS::DynamoDB::Table' }
";

    fn value(yaml: &str) -> Result<Option<Value>, ResolveError> {
        let template = Node::parse(TEMPLATE).unwrap();
        let node = Node::parse(yaml).unwrap();
        Resolver::new(&template, &HashMap::new())
            .unwrap()
            .value(&node, "here")
    }

    #[test]
    fn functions_are_worked_out() {
        let table = [
            ("a parameter", "!Ref Issuer", json!("")),
            ("a list parameter", "!Ref Audience", json!(["a", "b"])),
            ("a number parameter is text", "!Ref Timeout", json!("20000")),
            ("a resource", "!Ref Table", json!("local-Table")),
            ("a pseudo parameter", "!Ref AWS::Region", json!(REGION)),
            (
                "sub",
                "!Sub 'x-${AWS::Region}-${Timeout}'",
                json!("x-ap-southeast-1-20000"),
            ),
            (
                "sub with its own names",
                "!Sub ['${A}/${Table}', {A: 1}]",
                json!("1/local-Table"),
            ),
            ("sub with a literal", "!Sub '${!keep}'", json!("${keep}")),
            (
                "an attribute",
                "!GetAtt Table.Arn",
                json!("arn:aws:dynamodb:ap-southeast-1:000000000000:Table"),
            ),
            (
                "an attribute in sub",
                "!Sub '${Table.StreamArn}'",
                json!("local-Table-streamarn"),
            ),
            ("if", "!If [OwnPool, yes-own, no]", json!("yes-own")),
            ("if, otherwise", "!If [GivenIssuer, a, [b]]", json!(["b"])),
            ("and", "!If [Both, a, b]", json!("b")),
            ("or", "!If [Either, a, b]", json!("a")),
            ("join", "!Join ['-', [a, !Ref Timeout]]", json!("a-20000")),
            ("select", "!Select [1, !Ref Audience]", json!("b")),
            (
                "select of split",
                "!Select [0, !Split ['/', 'a/b']]",
                json!("a"),
            ),
            (
                "a map",
                "!FindInMap [Doku, sandbox, Url]",
                json!("https://api-sandbox.doku.com"),
            ),
            (
                "no value leaves the key out",
                "{A: !Ref AWS::NoValue, B: 1}",
                json!({"B": 1}),
            ),
        ];
        for (why, yaml, expected) in table {
            assert_eq!(value(yaml), Ok(Some(expected)), "{why}: {yaml}");
        }
    }

    #[test]
    fn what_cannot_be_worked_out_names_the_place() {
        let table = [
            (
                "unknown function",
                "{A: !Cidr [x]}",
                "here.A: the function Cidr is not supported on one machine",
            ),
            (
                "unknown name",
                "[!Ref Nobody]",
                "here[0]: there is no parameter or resource Nobody",
            ),
            (
                "no value given",
                "!Ref Needed",
                "here: parameter Needed has no value",
            ),
            (
                "unknown condition",
                "!If [Nope, 1, 2]",
                "here: there is no condition Nope",
            ),
            (
                "a circle",
                "!If [Circle, 1, 2]",
                "Conditions.Circle: condition Circle refers to itself",
            ),
            (
                "open brace",
                "!Sub 'x${'",
                "here: !Sub has a ${ without its }",
            ),
        ];
        for (why, yaml, expected) in table {
            assert_eq!(value(yaml).unwrap_err().to_string(), expected, "{why}");
        }
    }

    #[test]
    fn an_override_of_a_parameter_that_is_not_there_is_refused() {
        let template = Node::parse(TEMPLATE).unwrap();
        let overrides = HashMap::from([("Typo".to_owned(), "x".to_owned())]);
        assert!(Resolver::new(&template, &overrides).is_err());
    }
}
