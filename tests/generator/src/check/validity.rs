//! Whether the document allows a request: read from the request itself, however it was made.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::json;
use crate::document::{Document, Operation, Parameter, Place};
use crate::request::Sent;

/// What the document says of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Validity {
    /// It allows it.
    Valid,
    /// It does not, and why.
    Invalid(String),
    /// It does not say.
    Unclear,
}

impl Validity {
    /// Reads a request by the document.
    pub fn of(document: &Document, operation: &Operation, sent: &Sent) -> Self {
        let parts = [
            of_path(document, operation, sent),
            of_query(document, operation, sent),
            of_headers(document, operation, sent),
            of_body(document, operation, sent),
        ];
        let unclear = parts.contains(&Self::Unclear);
        let invalid = parts
            .into_iter()
            .find(|part| matches!(part, Self::Invalid(_)));
        match invalid {
            Some(invalid) => invalid,
            None if unclear => Self::Unclear,
            None => Self::Valid,
        }
    }

    /// A word for the report.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Invalid(_) => "invalid",
            Self::Unclear => "unclear",
        }
    }
}

fn invalid(why: impl Into<String>) -> Validity {
    Validity::Invalid(why.into())
}

/// A text as the value that its schema speaks of.
fn read(document: &Document, parameter: &Parameter, text: &str) -> Value {
    let schema = document.schemas.followed(&parameter.schema);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<i64>() {
        Ok(number) if schema["type"] == "integer" && is_number => number.into(),
        _ => text.into(),
    }
}

fn fault_of(document: &Document, parameter: &Parameter, text: &str) -> Option<String> {
    let value = read(document, parameter, text);
    let faults = document.schemas.faults(&parameter.schema, &value);
    let first = faults.first()?;
    Some(format!("{} {first}", parameter.name))
}

/// Percent-decoded; none where that is no text.
fn decoded(raw: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = raw.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%' {
            let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
            bytes.push(u8::from_str_radix(hex?, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

fn of_path(document: &Document, operation: &Operation, sent: &Sent) -> Validity {
    for (parameter, raw) in operation.parameters_in(Place::Path).zip(&sent.path) {
        let Some(text) = decoded(raw) else {
            return invalid(format!("{} cannot be decoded", parameter.name));
        };
        if let Some(fault) = fault_of(document, parameter, &text) {
            return invalid(fault);
        }
    }
    Validity::Valid
}

fn of_query(document: &Document, operation: &Operation, sent: &Sent) -> Validity {
    // The return route and DOKU's ignore what they do not know.
    let ignores = operation.scope.is_none();
    let mut seen: Vec<String> = Vec::new();
    for pair in sent
        .query
        .iter()
        .flat_map(|pair| pair.split('&'))
        .filter(|pair| !pair.is_empty())
    {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (
            decoded(&name.replace('+', " ")),
            decoded(&value.replace('+', " ")),
        ) else {
            return if ignores {
                Validity::Unclear
            } else {
                invalid("the query cannot be decoded")
            };
        };
        match operation
            .parameters_in(Place::Query)
            .find(|one| one.name == name)
        {
            Some(_) if seen.contains(&name) => return invalid(format!("{name} twice")),
            Some(parameter) => {
                if let Some(fault) = fault_of(document, parameter, &value) {
                    return invalid(fault);
                }
            }
            None if ignores => {}
            None => return invalid(format!("{name:?} is no parameter")),
        }
        seen.push(name);
    }
    let mut missing = operation
        .parameters_in(Place::Query)
        .filter(|one| one.required && !seen.contains(&one.name));
    missing.next().map_or(Validity::Valid, |one| {
        invalid(format!("{} is missing", one.name))
    })
}

fn of_headers(document: &Document, operation: &Operation, sent: &Sent) -> Validity {
    for parameter in operation.parameters_in(Place::Header) {
        let name = &parameter.name;
        let mut values = sent
            .headers
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name));
        let Some((_, value)) = values.next() else {
            if parameter.required {
                return invalid(format!("{name} is missing"));
            }
            continue;
        };
        if values.next().is_some() {
            return invalid(format!("{name} twice"));
        }
        let Ok(text) = std::str::from_utf8(value) else {
            return invalid(format!("{name} is no text"));
        };
        // HTTP takes blanks at the ends away.
        if text.trim_matches([' ', '\t']) != text {
            return Validity::Unclear;
        }
        if let Some(fault) = fault_of(document, parameter, text) {
            return invalid(fault);
        }
    }
    Validity::Valid
}

/// Whether it is a JSON object at all: behind a byte order mark, with equal names, with any nesting.
fn is_object(body: &[u8]) -> bool {
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
    is_json && body.trim_ascii_start().starts_with(b"{")
}

fn of_body(document: &Document, operation: &Operation, sent: &Sent) -> Validity {
    let Some(schema) = &operation.body else {
        return if sent.body.is_empty() {
            Validity::Valid
        } else {
            Validity::Unclear
        };
    };
    let value = match json::parse(&sent.body) {
        Ok(value) => value,
        // DOKU's calls are read more leniently: what it has signed is better taken than lost.
        Err(_) if operation.is_dokus() && is_object(&sent.body) => return Validity::Unclear,
        Err(why) => return invalid(format!("body: {why}")),
    };
    if let Some(fault) = document.schemas.faults(schema, &value).first() {
        // What DOKU signs is its own to shape: news of what is not ours is taken, and only counted.
        return if operation.is_dokus() && value.is_object() {
            Validity::Unclear
        } else {
            invalid(format!("body {fault}"))
        };
    }
    let kinds: Vec<_> = sent
        .headers
        .iter()
        .filter(|(name, _)| name == "content-type")
        .collect();
    let kind = match kinds[..] {
        [(_, kind)] => String::from_utf8_lossy(kind).to_ascii_lowercase(),
        _ => String::new(),
    };
    match kind.as_str() {
        "application/json" => Validity::Valid,
        // DOKU's calls are read by their signature, whatever they say that they are.
        _ if operation.is_dokus() => Validity::Unclear,
        kind if kind.starts_with("application/json;") => Validity::Unclear,
        _ => invalid("not application/json"),
    }
}
