//! Free text and addresses that merchants send along.

use std::collections::BTreeMap;
use std::fmt;

use url::Url;

use super::error::Rule;

/// Checks that `raw` has `min` to `max` characters and no control characters: JSON libraries
/// escape those differently, so a signature over them would not be safe.
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

/// Where a browser goes back to: an absolute `https` address (or `http` on the developer's own
/// machine) of at most 255 characters, without credentials or fragment.
#[derive(Clone, PartialEq, Eq)]
pub struct ReturnUrl(Url);

impl ReturnUrl {
    /// Reads an address.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be an absolute https address");
        plain(raw, 1, 255)?;
        if !raw.is_ascii() {
            return Err(Rule("must be ASCII: encode other characters"));
        }
        let url = Url::parse(raw).map_err(|_| FORM)?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        if !(url.scheme() == "https" || url.scheme() == "http" && local) || !url.has_host() {
            return Err(FORM);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Rule("must not hold a user name or password"));
        }
        if url.fragment().is_some() {
            return Err(Rule("must not hold a fragment"));
        }
        // Encoded characters count as what is sent and stored.
        plain(url.as_str(), 1, 255)?;
        Ok(Self(url))
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address with parameters added to its query.
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut url = self.0.clone();
        url.query_pairs_mut().extend_pairs(parameters);
        url.into()
    }
}

impl fmt::Debug for ReturnUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A merchant may put a session into the query.
        write!(f, "ReturnUrl({:?})", self.0.host_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn return_urls() {
        let table = [
            ("plain", "https://shop.example/linked", true),
            ("query", "https://shop.example/linked?cart=1", true),
            ("own machine", "http://localhost:8080/linked", true),
            (
                "own machine by number",
                "http://127.0.0.1:8080/linked",
                true,
            ),
            ("not encrypted", "http://shop.example/linked", false),
            ("script", "javascript:alert(1)", false),
            ("data", "data:text/html,hi", false),
            ("relative", "/linked", false),
            ("credentials", "https://a:b@shop.example/", false),
            ("fragment", "https://shop.example/#x", false),
            (
                "line break",
                "https://shop.example/\r\nSet-Cookie: a=b",
                false,
            ),
            ("not ASCII", "https://shop.example/é", false),
            ("empty", "", false),
            (
                "too long",
                &format!("https://shop.example/{}", "a".repeat(235)),
                false,
            ),
            (
                "too long once encoded",
                &format!("https://shop.example/{}", "\"".repeat(100)),
                false,
            ),
        ];
        for (why, raw, good) in table {
            assert_eq!(ReturnUrl::parse(raw).is_ok(), good, "{why}: {raw:?}");
        }
    }

    #[test]
    fn parameters_join_the_query() {
        let url = ReturnUrl::parse("https://shop.example/linked?cart=1").unwrap();
        assert_eq!(
            url.with(&[("bindingId", "bnd_1"), ("status", "active")]),
            "https://shop.example/linked?cart=1&bindingId=bnd_1&status=active"
        );
    }

    #[test]
    fn text_is_counted_in_characters() {
        assert!(Description::parse(&"é".repeat(40)).is_ok());
        assert!(Description::parse(&"é".repeat(41)).is_err());
        assert!(Description::parse("a\u{7}").is_err());
        assert!(Reason::parse("").is_err());
    }
}
