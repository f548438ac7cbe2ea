//! Free text that merchants send along.

use std::collections::BTreeMap;

use super::error::Rule;
use super::unicode;

/// Checks that `raw` has `min` to `max` characters, something to see where it must not be empty, and no
/// control characters: JSON libraries escape those differently, so a signature over them would not be safe.
pub(crate) fn plain(raw: &str, min: usize, max: usize) -> Result<(), Rule> {
    let length = raw.chars().count();
    if length < min {
        return Err(Rule("must not be empty"));
    }
    if length > max {
        return Err(Rule(match max {
            20 => "must have at most 20 characters",
            40 => "must have at most 40 characters",
            60 => "must have at most 60 characters",
            64 => "must have at most 64 characters",
            70 => "must have at most 70 characters",
            200 => "must have at most 200 characters",
            255 => "must have at most 255 characters",
            _ => "is too long",
        }));
    }
    if raw.chars().any(char::is_control) {
        return Err(Rule("must not hold control characters"));
    }
    if min > 0 && !unicode::has_visible(raw) {
        return Err(Rule("must hold something to see"));
    }
    Ok(())
}

/// What the customer's statement says: 1–40 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description(pub(crate) String);

impl Description {
    /// Reads a description.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        plain(raw, 1, 40).map(|()| Self(raw.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a refund was made: 1–255 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(pub(crate) String);

impl Reason {
    /// Reads a reason.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        plain(raw, 1, 255).map(|()| Self(raw.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Key-value notes of the merchant's, kept and given back unread: at most 20, keys of 1–40 and
/// values of 0–200 characters.
pub type Metadata = BTreeMap<String, String>;

/// Most notes one payment may carry.
pub const METADATA_MAX: usize = 20;

/// Reads a metadata key.
pub fn metadata_key(raw: &str) -> Result<(), Rule> {
    plain(raw, 1, 40)
}

/// Reads a metadata value.
pub fn metadata_value(raw: &str) -> Result<String, Rule> {
    plain(raw, 0, 200).map(|()| raw.to_owned())
}

/// Reads an item's name.
pub fn item_name(raw: &str) -> Result<String, Rule> {
    plain(raw, 1, 255).map(|()| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_counted_in_characters() {
        assert!(Description::parse(&"é".repeat(40)).is_ok());
        assert!(Description::parse(&"é".repeat(41)).is_err());
        assert!(Description::parse("a\u{7}").is_err());
        assert!(Reason::parse("").is_err());
    }

    #[test]
    fn a_text_without_visible_characters_is_none() {
        for blank in [
            "  ",
            "\u{a0}",
            "\u{200b}\u{200d}",
            "\u{3164}",
            "\u{2800} \u{feff}",
        ] {
            assert!(item_name(blank).is_err(), "{blank:?}");
            assert!(
                metadata_value(blank).is_ok(),
                "a value may be empty: {blank:?}"
            );
        }
        assert!(
            item_name("\u{200f}שלום").is_ok(),
            "marks between letters are usual"
        );
    }
}
