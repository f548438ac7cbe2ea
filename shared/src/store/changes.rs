//! The difference between an item as the table holds it and as it shall be, as an update that touches
//! nothing else: what only a newer release knows stays as it is, at every depth.

use std::collections::HashMap;
use std::fmt::Write as _;

use aws_sdk_dynamodb::types::AttributeValue;

use super::shape::{Fields, Shape};
use super::write::Item;

/// One attribute that is set, or removed where there is no value.
#[derive(Debug, Clone, PartialEq)]
struct Change {
    path: Vec<&'static str>,
    value: Option<AttributeValue>,
}

/// Attributes to be set and removed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Changes(Vec<Change>);

/// The parts of an update that makes the changes.
pub(super) struct Expression {
    /// `SET … REMOVE …`
    pub update: String,
    /// The names it uses: some are reserved words.
    pub names: HashMap<String, String>,
    /// The values it uses.
    pub values: HashMap<String, AttributeValue>,
}

impl Changes {
    /// What makes `new` of `held`, as far as attributes are known.
    pub fn between(fields: &Fields, held: &Item, new: &Item) -> Self {
        let mut changes = Self::default();
        changes.compare(fields, held, new, &[]);
        changes
    }

    /// What makes `new` of whatever the table holds: every known attribute, each as a whole.
    pub fn all(fields: &Fields, new: &Item) -> Self {
        let change = |(name, _): &(&'static str, Shape)| Change {
            path: vec![*name],
            value: new.get(*name).cloned(),
        };
        Self(fields.known.iter().map(change).collect())
    }

    fn compare(&mut self, fields: &Fields, held: &Item, new: &Item, within: &[&'static str]) {
        for (name, shape) in &fields.known {
            let path = || [within, &[*name]].concat();
            let value = match (shape, held.get(*name), new.get(*name)) {
                (_, None, None) => continue,
                (
                    Shape::Map(fields),
                    Some(AttributeValue::M(held)),
                    Some(AttributeValue::M(new)),
                ) => {
                    self.compare(fields, held, new, &path());
                    continue;
                }
                (Shape::Map(fields), Some(AttributeValue::M(held)), None)
                    if !fields.is_optional =>
                {
                    self.compare(fields, held, &Item::new(), &path());
                    continue;
                }
                (
                    Shape::List(element),
                    Some(held @ AttributeValue::L(elements)),
                    Some(AttributeValue::L(new)),
                ) => {
                    let merged = AttributeValue::L(merge(element, elements, new));
                    if merged == *held {
                        continue;
                    }
                    Some(merged)
                }
                (_, held, new) if held == new => continue,
                (_, _, new) => new.cloned(),
            };
            self.0.push(Change {
                path: path(),
                value,
            });
        }
    }

    /// Makes the changes in `item`.
    pub fn apply(&self, item: &mut Item) {
        for change in &self.0 {
            let Some((name, parents)) = change.path.split_last() else {
                continue;
            };
            let mut map = Some(&mut *item);
            for parent in parents {
                map = map.and_then(|map| match map.get_mut(*parent) {
                    Some(AttributeValue::M(inner)) => Some(inner),
                    _ => None,
                });
            }
            let Some(map) = map else { continue };
            match &change.value {
                Some(value) => {
                    map.insert((*name).to_owned(), value.clone());
                }
                None => {
                    map.remove(*name);
                }
            }
        }
    }

    /// The update that makes the changes in the table.
    pub fn expression(&self) -> Expression {
        let mut names = Vec::<&str>::new();
        let mut values = HashMap::new();
        let (mut set, mut remove) = (String::new(), String::new());
        for change in &self.0 {
            let mut path = String::new();
            for name in &change.path {
                let known = names.iter().position(|other| other == name);
                let place = known.unwrap_or_else(|| {
                    names.push(name);
                    names.len() - 1
                });
                let dot = if path.is_empty() { "" } else { "." };
                _ = write!(path, "{dot}#n{place}");
            }
            if let Some(value) = &change.value {
                let comma = if set.is_empty() { "SET " } else { ", " };
                let place = values.len();
                _ = write!(set, "{comma}{path} = :v{place}");
                values.insert(format!(":v{place}"), value.clone());
            } else {
                let comma = if remove.is_empty() { "REMOVE " } else { ", " };
                _ = write!(remove, "{comma}{path}");
            }
        }
        let names = names.into_iter().enumerate();
        Expression {
            update: format!("{set} {remove}").trim().to_owned(),
            names: names
                .map(|(place, name)| (format!("#n{place}"), name.to_owned()))
                .collect(),
            values,
        }
    }
}

/// The elements of `new`; one that is held already, as far as it is known, with all that is held of it.
fn merge(shape: &Shape, held: &[AttributeValue], new: &[AttributeValue]) -> Vec<AttributeValue> {
    let mut held: Vec<_> = held
        .iter()
        .map(|element| (known(shape, element), element))
        .collect();
    let merged = new.iter().map(|element| {
        let same = held.iter().position(|(known, _)| known == element);
        same.map_or_else(|| element.clone(), |place| held.remove(place).1.clone())
    });
    merged.collect()
}

/// A value less what is not known of it.
fn known(shape: &Shape, value: &AttributeValue) -> AttributeValue {
    match (shape, value) {
        (Shape::Map(fields), AttributeValue::M(map)) => {
            let known = fields.known.iter().filter_map(|(name, shape)| {
                let value = map.get(*name)?;
                Some(((*name).to_owned(), known(shape, value)))
            });
            AttributeValue::M(known.collect())
        }
        (Shape::List(element), AttributeValue::L(list)) => {
            AttributeValue::L(list.iter().map(|value| known(element, value)).collect())
        }
        (Shape::Value | Shape::List(_) | Shape::Map(_), value) => value.clone(),
    }
}

#[cfg(test)]
mod tests;
