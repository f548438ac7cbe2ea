//! Reading a JSON object field by field, collecting everything that is wrong with it.
//!
//! ```
//! # use doku_shared::{domain::error::Rule, http::fields::Fields};
//! # fn name(raw: &str) -> Result<String, Rule> { Ok(raw.to_owned()) }
//! # let value = serde_json::json!({"name": "x", "items": [{"quantity": 1}]});
//! let mut fields = Fields::new(&value);
//! let name = fields.required("name", name);
//! let items = fields.array("items", 50, |item| item.integer("quantity", 1..=9999));
//! fields.finish()?;
//! # Ok::<(), Vec<doku_shared::domain::error::FieldError>>(())
//! ```
//!
//! A field that was never asked for is refused when reading finishes, and so is any text that
//! looks like a card number, unless its field was read as a reference, or as an identifier while
//! the deployment lets those pass.

mod card;
mod search;

use std::{borrow::Cow, collections::BTreeMap, ops::RangeInclusive};

use serde_json::{Map, Value};

use crate::domain::error::{FieldError, Rule};
use crate::domain::return_url::{ReturnRules, ReturnUrl};

use search::{CARD_RULE, search};
pub(super) use search::{no_card, no_card_but_hash, no_card_but_identity, shown};

const NO_TEXT: Rule = Rule("must be text");
/// The rule of what may stand only once in a list.
pub(super) const TWICE: Rule = Rule("is in the list already");

/// What a deployment decides about fields.
#[derive(Debug, Clone, Copy)]
pub struct FieldRules<'a> {
    /// Where a browser may be sent.
    pub return_urls: &'a ReturnRules,
    /// Whether identifiers are searched for card numbers too.
    pub search_identifiers: bool,
}

impl Default for FieldRules<'_> {
    fn default() -> Self {
        static ANY_HOST: ReturnRules = ReturnRules::ANY_HOST;
        Self {
            return_urls: &ANY_HOST,
            search_identifiers: false,
        }
    }
}

/// A reader of one JSON object.
#[derive(Debug)]
pub struct Fields<'a> {
    members: Option<&'a Map<String, Value>>,
    rules: FieldRules<'a>,
    /// What stands in front of a field's name: empty, or such as `items[2].`.
    prefix: String,
    read: BTreeMap<&'static str, Treatment>,
    errors: Vec<FieldError>,
}

/// How a member's texts are looked at when reading finishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Treatment {
    /// Searched for card numbers, at any depth.
    Searched,
    /// A text whose reader decides itself what of it may pass for a card number.
    Reference,
    /// The merchant's own name for something, which may pass for a card number by chance: searched where
    /// the deployment says so.
    Identifier,
    /// Read, and searched, by a reader of its own.
    Nested,
}

impl<'a> Fields<'a> {
    /// Reads a document. When it is no object, that is its one error.
    pub fn new(value: &'a Value) -> Self {
        Self::under(FieldRules::default(), value)
    }

    /// The same under what a deployment decides.
    pub fn under(rules: FieldRules<'a>, value: &'a Value) -> Self {
        let mut fields = Self::at(value.as_object(), String::new(), rules);
        if fields.members.is_none() {
            fields
                .errors
                .push(FieldError::new("body", "must be a JSON object"));
        }
        fields
    }

    fn at(members: Option<&'a Map<String, Value>>, prefix: String, rules: FieldRules<'a>) -> Self {
        Self {
            members,
            rules,
            prefix,
            read: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    /// A text that must be there. `None` means that an error was noted.
    pub fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Searched);
        self.present(name, value)
            .and_then(|value| self.text(name, value, parse))
    }

    /// A text that may be missing or null.
    pub fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Searched)?;
        self.text(name, value, parse)
    }

    /// As [`Fields::required`], for a text whose form lets no card number pass, or whose reader looks for
    /// one itself.
    pub fn required_reference<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Reference);
        self.present(name, value)
            .and_then(|value| self.text(name, value, parse))
    }

    /// As [`Fields::optional`], for such a text.
    pub fn optional_reference<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Reference)?;
        self.text(name, value, parse)
    }

    /// As [`Fields::required`], for the merchant's own name for something: it is searched for card numbers
    /// where the deployment says so.
    pub fn required_identifier<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Identifier);
        self.present(name, value)
            .and_then(|value| self.text(name, value, parse))
    }

    /// As [`Fields::optional`], for such a name.
    pub fn optional_identifier<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Identifier)?;
        self.text(name, value, parse)
    }

    /// An address for a browser that must be there.
    pub fn required_return_url(&mut self, name: &'static str) -> Option<ReturnUrl> {
        let allowed = self.rules.return_urls;
        self.required(name, |raw| ReturnUrl::parse(raw, allowed))
    }

    /// An address for a browser that may be missing or null.
    pub fn optional_return_url(&mut self, name: &'static str) -> Option<ReturnUrl> {
        let allowed = self.rules.return_urls;
        self.optional(name, |raw| ReturnUrl::parse(raw, allowed))
    }

    /// What the deployment decides.
    pub const fn rules(&self) -> FieldRules<'a> {
        self.rules
    }

    /// Says what may stand in a field, where it was found to be wrong.
    pub fn suggest(&mut self, name: &str, alternatives: impl FnOnce() -> Vec<&'static str>) {
        let field = format!("{}{name}", self.prefix);
        if let Some(error) = self.errors.iter_mut().find(|error| error.field == field) {
            error.alternatives = alternatives().into_iter().map(Cow::Borrowed).collect();
        }
    }

    /// A whole number that must be there: a JSON number without a fraction, `1.0` being one.
    pub fn integer(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.take(name, Treatment::Searched);
        let value = self.present(name, value)?;
        self.noted(name, whole(value, &range))
    }

    /// As [`Fields::integer`], but it may be missing or null.
    pub fn optional_integer(
        &mut self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Option<u64> {
        let value = self.take(name, Treatment::Searched)?;
        self.noted(name, whole(value, &range))
    }

    /// A JSON boolean; false when it is missing or null.
    pub fn flag(&mut self, name: &'static str) -> bool {
        let value = self.take(name, Treatment::Searched);
        let flag = value.and_then(|value| {
            let flag = value.as_bool().ok_or(Rule("must be true or false"));
            self.noted(name, flag)
        });
        flag.unwrap_or_default()
    }

    /// A list of at most `max` texts, without repetition; empty when it is missing or null.
    pub fn text_list<T: PartialEq>(
        &mut self,
        name: &'static str,
        max: usize,
        parse: impl Fn(&str) -> Result<T, Rule>,
    ) -> Vec<T> {
        self.list(name, max, |value| {
            value.as_str().ok_or(NO_TEXT).and_then(&parse)
        })
    }

    /// A list of at most `max` whole numbers, without repetition; empty when it is missing or null.
    pub fn integer_list(
        &mut self,
        name: &'static str,
        max: usize,
        range: RangeInclusive<u64>,
    ) -> Vec<u64> {
        self.list(name, max, |value| whole(value, &range))
    }

    /// An object that must be there, read by `read`.
    pub fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Nested);
        let value = self.present(name, value)?;
        self.nested(name, value, read)
    }

    /// An object that may be missing or null.
    pub fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> Option<T> {
        let value = self.take(name, Treatment::Nested)?;
        self.nested(name, value, read)
    }

    /// A list of at most `max` objects, each read by `read`; it may be missing or null. `None`
    /// stands where an element is no object.
    pub fn array<T>(
        &mut self,
        name: &'static str,
        max: usize,
        mut read: impl FnMut(&mut Fields<'a>) -> T,
    ) -> Option<Vec<Option<T>>> {
        let value = self.take(name, Treatment::Nested)?;
        let elements = self.elements(name, value, max)?;
        let mut list = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            list.push(self.nested(&format!("{name}[{index}]"), element, &mut read));
        }
        Some(list)
    }

    /// An object of free names with text values, at most `max` of them; it may be missing or
    /// null. `check` sees each name and value.
    pub fn texts(
        &mut self,
        name: &'static str,
        max: usize,
        check: impl Fn(&str, &str) -> Result<(), Rule>,
    ) -> Option<BTreeMap<String, String>> {
        let value = self.take(name, Treatment::Searched)?;
        let Some(members) = value.as_object() else {
            self.refuse(name, "must be an object");
            return None;
        };
        if members.len() > max {
            self.refuse(name, "has too many entries");
            return None;
        }
        let mut texts = BTreeMap::new();
        for (key, value) in members {
            let result = match value.as_str() {
                Some(text) => check(key, text).map(|()| text),
                None => Err(NO_TEXT),
            };
            match result {
                Ok(text) => {
                    texts.insert(key.clone(), text.to_owned());
                }
                Err(Rule(rule)) => self.refuse(&format!("{name}.{}", shown(key)), rule),
            }
        }
        Some(texts)
    }

    /// Whether a member is there, whatever it holds. Null counts as missing.
    pub fn has(&self, name: &str) -> bool {
        self.members
            .and_then(|members| members.get(name))
            .is_some_and(|value| !value.is_null())
    }

    /// Refuses, with one rule, those of `names` that are there: fields that do not go with
    /// something else. What they hold is only searched for card numbers.
    pub fn forbid(&mut self, names: &[&'static str], rule: &'static str) {
        for &name in names {
            if self.take(name, Treatment::Searched).is_some() {
                self.refuse(name, rule);
            }
        }
    }

    /// Lets `names` pass unread, where it is not known whether they belong here. What they hold is
    /// only searched for card numbers.
    pub fn leave(&mut self, names: &[&'static str]) {
        for &name in names {
            self.take(name, Treatment::Searched);
        }
    }

    /// Notes a fault that only several fields together show, such as items that do not add up.
    pub fn refuse(&mut self, name: &str, rule: &'static str) {
        self.errors
            .push(FieldError::new(format!("{}{name}", self.prefix), rule));
    }

    /// Ends the reading: refuses what was never asked for and what looks like a card number.
    pub fn finish(self) -> Result<(), Vec<FieldError>> {
        let errors = self.close();
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    fn close(mut self) -> Vec<FieldError> {
        for (name, value) in self.members.into_iter().flatten() {
            let treatment = self.read.get(name.as_str()).copied();
            let path = format!("{}{}", self.prefix, shown(name));
            if treatment.is_none() {
                self.errors
                    .push(FieldError::new(path.clone(), "is not a known field"));
            }
            if card::looks_like_card(name) {
                self.errors.push(FieldError::new(path.clone(), CARD_RULE));
            }
            let is_searched = match treatment {
                None | Some(Treatment::Searched) => true,
                Some(Treatment::Identifier) => self.rules.search_identifiers,
                Some(Treatment::Reference | Treatment::Nested) => false,
            };
            if is_searched {
                search(value, &path, &mut self.errors);
            }
        }
        self.errors
    }

    /// The member, noted as read. Null counts as missing.
    fn take(&mut self, name: &'static str, treatment: Treatment) -> Option<&'a Value> {
        self.read.insert(name, treatment);
        self.members?.get(name).filter(|value| !value.is_null())
    }

    fn present(&mut self, name: &str, value: Option<&'a Value>) -> Option<&'a Value> {
        // Of a document that is no object, not every field is missing: one error says it all.
        if value.is_none() && self.members.is_some() {
            self.refuse(name, "is required");
        }
        value
    }

    fn text<T>(
        &mut self,
        name: &'static str,
        value: &Value,
        parse: impl FnOnce(&str) -> Result<T, Rule>,
    ) -> Option<T> {
        let Some(text) = value.as_str() else {
            self.misfit(name, value, NO_TEXT.0);
            return None;
        };
        self.noted(name, parse(text))
    }

    /// What was read, or `None` with the broken rule noted.
    fn noted<T>(&mut self, name: &str, result: Result<T, Rule>) -> Option<T> {
        result.map_err(|Rule(rule)| self.refuse(name, rule)).ok()
    }

    fn elements(&mut self, name: &str, value: &'a Value, max: usize) -> Option<&'a [Value]> {
        let rule = match value.as_array() {
            Some(elements) if elements.len() <= max => return Some(elements),
            Some(_) => "has too many entries",
            None => "must be a list",
        };
        self.misfit(name, value, rule);
        None
    }

    fn list<T: PartialEq>(
        &mut self,
        name: &'static str,
        max: usize,
        read: impl Fn(&Value) -> Result<T, Rule>,
    ) -> Vec<T> {
        let value = self.take(name, Treatment::Searched);
        let elements = value.and_then(|value| self.elements(name, value, max));
        let mut list = Vec::new();
        for (index, element) in elements.unwrap_or_default().iter().enumerate() {
            let read = match read(element) {
                Ok(entry) if list.contains(&entry) => Err(TWICE),
                read => read,
            };
            list.extend(self.noted(&format!("{name}[{index}]"), read));
        }
        list
    }

    fn nested<T>(
        &mut self,
        name: &str,
        value: &'a Value,
        read: impl FnOnce(&mut Fields<'a>) -> T,
    ) -> Option<T> {
        let Some(members) = value.as_object() else {
            self.misfit(name, value, "must be an object");
            return None;
        };
        let prefix = format!("{}{name}.", self.prefix);
        let mut inner = Fields::at(Some(members), prefix, self.rules);
        let result = read(&mut inner);
        self.errors.extend(inner.close());
        Some(result)
    }

    /// Notes a value of the wrong kind, which no reader of its own will search.
    fn misfit(&mut self, name: &str, value: &Value, rule: &'static str) {
        self.refuse(name, rule);
        let will_be_searched = match self.read.get(name) {
            Some(Treatment::Searched) => true,
            Some(Treatment::Identifier) => self.rules.search_identifiers,
            _ => false,
        };
        if !will_be_searched {
            search(value, &format!("{}{name}", self.prefix), &mut self.errors);
        }
    }
}

/// A whole number of a range.
fn whole(value: &Value, range: &RangeInclusive<u64>) -> Result<u64, Rule> {
    let number = value.as_u64().ok_or(Rule("must be a whole number"))?;
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(Rule("is out of range"))
    }
}

#[cfg(test)]
mod tests;
