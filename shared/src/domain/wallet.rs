//! Paying by a wallet that the customer jumps to.

use std::fmt;

use url::Url;

use super::error::Rule;
use super::return_url::{self, ReturnRules, ReturnUrl};
use super::text;

/// Where the customer starts (`pointOfInitiation`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartingPoint {
    /// In the merchant's app.
    App,
    /// On the merchant's site, on a computer.
    Pc,
    /// On the merchant's site, on a phone.
    MobileWeb,
}

impl StartingPoint {
    /// DOKU's word, also ours.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Pc => "pc",
            Self::MobileWeb => "mweb",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        [Self::App, Self::Pc, Self::MobileWeb]
            .into_iter()
            .find(|point| point.as_str() == raw)
            .ok_or(Rule("must be app, pc or mweb"))
    }
}

/// An address that opens the merchant's app: absolute, of at most 255 characters, of a scheme of its
/// own or `https`. Where the deployment lists addresses, it is one of those.
#[derive(Clone, PartialEq, Eq)]
pub struct DeepLink(String);

impl DeepLink {
    /// Reads an address.
    pub fn parse(raw: &str, rules: &ReturnRules) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be an absolute address that opens an app");
        text::plain(raw, 1, 255)?;
        let url = Url::parse(raw).map_err(|_| FORM)?;
        if url.scheme() == "https" || !rules.is_empty() {
            return ReturnUrl::parse(raw, rules).map(|_| Self(raw.to_owned()));
        }
        let exact = raw.starts_with(&format!("{}://", url.scheme()));
        let graphic = raw.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
        let named = url.username().is_empty() && url.password().is_none();
        if exact && graphic && named && return_url::may_be_an_apps(url.scheme()) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(FORM)
        }
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeepLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeepLink(…)")
    }
}

/// Reads a text for the wallet (`metadata`): 1–255 characters. DOKU gives no length.
pub fn metadata(raw: &str) -> Result<String, Rule> {
    text::plain(raw, 1, 255).map(|()| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_an_app() {
        let table = [
            ("a scheme of its own", "myshop://paid", true),
            ("a universal link", "https://shop.example/paid", true),
            ("not encrypted", "http://shop.example/paid", false),
            ("a script", "javascript:alert(1)", false),
            ("a script that looks absolute", "javascript://x", false),
            ("a script in capitals", "JavaScript://x", false),
            ("a leading blank", " myshop://paid", false),
            ("a backslash", "myshop://a\\b", false),
            ("no slashes", "https:shop.example", false),
            ("a number", "https://127.0.0.1/", false),
            ("a user name", "https://a@shop.example/", false),
            ("relative", "/paid", false),
            ("too long", &format!("myshop://{}", "a".repeat(250)), false),
        ];
        for (why, raw, good) in table {
            assert_eq!(
                DeepLink::parse(raw, &ReturnRules::default()).is_ok(),
                good,
                "{why}"
            );
        }
        for scheme in [
            "javascript",
            "JavaScript",
            "data",
            "file",
            "filesystem",
            "blob",
            "about",
            "intent",
            "http",
            "ftp",
            "ws",
            "view-source",
            "vbscript",
            "content",
            "android-app",
            "chrome",
            "chrome-extension",
            "moz-extension",
            "resource",
            "jar",
            "tel",
            "sms",
            "smsto",
            "mailto",
            "market",
            "itms-apps",
            "itms-services",
            "facetime",
            "ms-settings",
            "ms-msdt",
            "search-ms",
            "smb",
            "ssh",
            "telnet",
            "ldap",
            "gopher",
        ] {
            for rest in ["://x", "://shop.example/paid", ":x", ":///x"] {
                let raw = format!("{scheme}{rest}");
                assert!(
                    DeepLink::parse(&raw, &ReturnRules::default()).is_err(),
                    "{raw}"
                );
                let rules = ReturnRules::parse(&format!("{scheme}:"));
                assert!(rules.is_err(), "{scheme}");
            }
        }
        let listed = ReturnRules::parse("shopapp:").unwrap();
        assert!(DeepLink::parse("shopapp://paid", &listed).is_ok());
        assert!(DeepLink::parse("myshop://paid", &listed).is_err());
        assert_eq!(StartingPoint::parse("mweb"), Ok(StartingPoint::MobileWeb));
    }
}
