//! The fields of a body, against DOKU's tables.

use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use url::Url;

use super::strictness::Strictness;
use crate::answer::Refusal;

/// An object of the body that remembers which of its members were asked for.
pub struct Fields<'a> {
    path: String,
    map: &'a Map<String, Value>,
    known: RefCell<HashSet<&'static str>>,
    strict: Strictness,
}

impl<'a> Fields<'a> {
    /// The whole body; 400-00 when it is no JSON object.
    pub fn of_body(body: &'a Value, strict: Strictness) -> Result<Self, Refusal> {
        let map = body
            .as_object()
            .ok_or_else(|| Refusal::new(400, "00", "Bad Request"))?;
        Ok(Self {
            path: String::new(),
            map,
            known: RefCell::default(),
            strict,
        })
    }

    /// A mandatory object.
    pub fn object(&self, name: &'static str) -> Result<Self, Refusal> {
        self.optional_object(name)?
            .ok_or_else(|| self.missing(name))
    }

    /// An object that may be absent.
    pub fn optional_object(&self, name: &'static str) -> Result<Option<Self>, Refusal> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let map = value.as_object().ok_or_else(|| self.format(name))?;
        let path = format!("{}{name}.", self.path);
        Ok(Some(Self {
            path,
            map,
            known: RefCell::default(),
            strict: self.strict,
        }))
    }

    /// A mandatory text of that many characters that passes `check`.
    pub fn text(
        &self,
        name: &'static str,
        length: RangeInclusive<usize>,
        check: fn(&str) -> bool,
    ) -> Result<&'a str, Refusal> {
        self.optional_text(name, length, check)?
            .ok_or_else(|| self.missing(name))
    }

    /// Like [`Self::text`], for fields that may be absent. An empty text counts as absent.
    pub fn optional_text(
        &self,
        name: &'static str,
        length: RangeInclusive<usize>,
        check: fn(&str) -> bool,
    ) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        let text = value.as_str().ok_or_else(|| self.format(name))?;
        if text.is_empty() {
            return Ok(None);
        }
        if length.contains(&text.chars().count()) && check(text) {
            Ok(Some(text))
        } else {
            Err(self.format(name))
        }
    }

    /// A mandatory text that must be `constant`.
    pub fn constant(&self, name: &'static str, constant: &str) -> Result<(), Refusal> {
        let text = self.text(name, 1..=usize::MAX, any)?;
        if text == constant {
            Ok(())
        } else {
            Err(self.format(name))
        }
    }

    /// An integer within `range` that may be absent. Text and `1.0` are no integers.
    pub fn optional_integer(
        &self,
        name: &'static str,
        range: RangeInclusive<u64>,
    ) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.member(name) else {
            return Ok(None);
        };
        value
            .as_u64()
            .filter(|number| range.contains(number))
            .map(Some)
            .ok_or_else(|| self.format(name))
    }

    /// A mandatory integer within `range`.
    pub fn integer(&self, name: &'static str, range: RangeInclusive<u64>) -> Result<u64, Refusal> {
        self.optional_integer(name, range)?
            .ok_or_else(|| self.missing(name))
    }

    /// `true` or `false`, or absent.
    pub fn optional_flag(&self, name: &'static str) -> Result<Option<bool>, Refusal> {
        self.member(name)
            .map(|value| value.as_bool().ok_or_else(|| self.format(name)))
            .transpose()
    }

    /// One of the words `allowed`, or absent.
    pub fn optional_word(
        &self,
        name: &'static str,
        allowed: &[&'static str],
    ) -> Result<Option<&'static str>, Refusal> {
        let Some(text) = self.optional_text(name, 1..=usize::MAX, any)? else {
            return Ok(None);
        };
        allowed
            .iter()
            .find(|word| **word == text)
            .map(|word| Some(*word))
            .ok_or_else(|| self.format(name))
    }

    /// An array that may be absent, but not empty.
    pub fn array(&self, name: &'static str) -> Result<&'a [Value], Refusal> {
        let Some(value) = self.member(name) else {
            return Ok(&[]);
        };
        value
            .as_array()
            .filter(|entries| !entries.is_empty())
            .map(Vec::as_slice)
            .ok_or_else(|| self.format(name))
    }

    /// An array of objects; none when it is absent.
    pub fn objects(&self, name: &'static str) -> Result<Vec<Self>, Refusal> {
        let mut all = Vec::new();
        for (place, entry) in self.array(name)?.iter().enumerate() {
            let path = format!("{}{name}[{place}].", self.path);
            let map = entry.as_object().ok_or_else(|| self.format(name))?;
            all.push(Self {
                path,
                map,
                known: RefCell::default(),
                strict: self.strict,
            });
        }
        Ok(all)
    }

    /// An array of texts that pass `check`; none when it is absent.
    pub fn texts(
        &self,
        name: &'static str,
        check: fn(&str) -> bool,
    ) -> Result<Vec<&'a str>, Refusal> {
        self.array(name)?
            .iter()
            .map(|entry| {
                entry
                    .as_str()
                    .filter(|text| check(text))
                    .ok_or_else(|| self.format(name))
            })
            .collect()
    }

    /// An array of integers within `range`; none when it is absent.
    pub fn integers(
        &self,
        name: &'static str,
        range: &RangeInclusive<u64>,
    ) -> Result<Vec<u64>, Refusal> {
        self.array(name)?
            .iter()
            .map(|entry| {
                entry
                    .as_u64()
                    .filter(|number| range.contains(number))
                    .ok_or_else(|| self.format(name))
            })
            .collect()
    }

    /// Members that DOKU's tables allow and the simulator does not read.
    pub fn ignore(&self, names: &[&'static str]) {
        self.known.borrow_mut().extend(names);
    }

    /// Refuses the first member that is not defined, where such members are refused.
    pub fn close(&self) -> Result<(), Refusal> {
        let known = self.known.borrow();
        let mut members = self.map.iter();
        let unknown = members
            .find(|(name, value)| !known.contains(name.as_str()) && self.strict.refuses(value));
        match unknown {
            Some((name, _)) => Err(Refusal::new(
                400,
                "01",
                format!("Unknown Field {}{name}", self.path),
            )),
            None => Ok(()),
        }
    }

    /// 400-01 for a member of this object.
    pub fn format(&self, name: &str) -> Refusal {
        Refusal::format(&format!("{}{name}", self.path))
    }

    /// 400-02 for a member of this object.
    pub fn missing(&self, name: &str) -> Refusal {
        Refusal::missing(&format!("{}{name}", self.path))
    }

    fn member(&self, name: &'static str) -> Option<&'a Value> {
        self.known.borrow_mut().insert(name);
        self.strict.value(self.map.get(name))
    }
}

/// No rule beyond the length.
pub fn any(_: &str) -> bool {
    true
}

/// ASCII digits only.
pub fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An absolute http or https address.
pub fn web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The first six to eight digits of a card number.
pub fn card_prefix(text: &str) -> bool {
    (6..=8).contains(&text.len()) && digits(text)
}

/// A colour: six hexadecimal digits, no `#`.
pub fn colour(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// An Indonesian phone number: digits that begin with 62.
pub fn phone(text: &str) -> bool {
    digits(text) && text.starts_with("62")
}

/// Letters of any script, and spaces.
pub fn letters(text: &str) -> bool {
    text.chars()
        .all(|character| character.is_alphabetic() || character == ' ')
}

/// A date as `31-12-1999`, whatever the month's length.
pub fn day_month_year(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let within = |part: &str, length: usize, most: u32| {
        part.len() == length
            && digits(part)
            && part.parse().is_ok_and(|part| (1..=most).contains(&part))
    };
    matches!(parts[..], [day, month, year]
        if within(day, 2, 31) && within(month, 2, 12) && within(year, 4, 9999))
}

/// Two capital letters.
pub fn country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// Something before and after one `@`.
pub fn email(text: &str) -> bool {
    matches!(text.split_once('@'), Some((name, host))
        if !name.is_empty() && !host.is_empty() && !host.contains('@'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STRICT: Strictness = Strictness {
        unknown: true,
        empty: true,
    };

    #[test]
    fn a_field_is_refused_by_its_name() {
        let table = [
            ("right", json!({"a": {"b": "123"}}), None),
            ("no object", json!({}), Some("Invalid Mandatory Field a")),
            (
                "object of the wrong type",
                json!({"a": "x"}),
                Some("Invalid Field Format a"),
            ),
            (
                "missing",
                json!({"a": {}}),
                Some("Invalid Mandatory Field a.b"),
            ),
            (
                "null",
                json!({"a": {"b": null}}),
                Some("Invalid Mandatory Field a.b"),
            ),
            (
                "empty",
                json!({"a": {"b": ""}}),
                Some("Invalid Mandatory Field a.b"),
            ),
            (
                "wrong type",
                json!({"a": {"b": 123}}),
                Some("Invalid Field Format a.b"),
            ),
            (
                "too long",
                json!({"a": {"b": "1234"}}),
                Some("Invalid Field Format a.b"),
            ),
            (
                "wrong form",
                json!({"a": {"b": "12a"}}),
                Some("Invalid Field Format a.b"),
            ),
            (
                "unknown",
                json!({"a": {"b": "1", "c": 1}}),
                Some("Unknown Field a.c"),
            ),
            ("not an object", json!([]), Some("Bad Request")),
        ];
        for (why, body, message) in table {
            let read = || {
                let body = Fields::of_body(&body, STRICT)?;
                let inner = body.object("a")?;
                inner.text("b", 1..=3, digits)?;
                inner.close()?;
                body.close()
            };
            assert_eq!(
                read().err().map(|refusal| refusal.message).as_deref(),
                message,
                "{why}"
            );
        }
    }

    #[test]
    fn dates_of_birth() {
        let table = [
            ("right", "31-12-1999", true),
            ("another order", "1999-12-31", false),
            ("a month too many", "31-13-1999", false),
            ("no day", "00-12-1999", false),
            ("one digit", "1-12-19990", false),
            ("slashes", "31/12/1999", false),
        ];
        for (why, text, right) in table {
            assert_eq!(day_month_year(text), right, "{why}");
        }
    }

    #[test]
    fn addresses() {
        assert!(web_address("https://merchant.example.com/ok?x=1"));
        assert!(web_address("http://127.0.0.1:8080/ok"));
        assert!(!web_address("merchant.example.com/ok"));
        assert!(!web_address("ftp://merchant.example.com"));
        assert!(letters("Ayu Müller 東京"));
        assert!(!letters("Siti 2"));
        assert!(email("siti@example.com"));
        assert!(!email("siti"));
    }
}
