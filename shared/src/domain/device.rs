//! The customer's device, which some channels want to know. Personal: only sealed forms are stored.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::Rule;
use super::text;

/// What is known of a customer's device.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Device {
    /// Its id: 1–64 letters and digits.
    pub id: Option<String>,
    /// The customer's address in the Internet: IPv4, 10–15 characters.
    pub ip_address: Option<String>,
    /// Its model: 1–64 characters.
    pub model: Option<String>,
    /// Its system.
    pub os: Option<Os>,
    /// Where the customer acts.
    pub app: Option<AppKind>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Device(…)")
    }
}

/// A device's system (`osType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// iOS.
    Ios,
    /// Android.
    Android,
}

impl Os {
    /// DOKU's word, also ours.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ios => "ios",
            Self::Android => "android",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "ios" => Ok(Self::Ios),
            "android" => Ok(Self::Android),
            _ => Err(Rule("must be ios or android")),
        }
    }
}

/// Where the customer acts (`channelId` of a binding).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppKind {
    /// In the merchant's app.
    App,
    /// On the merchant's site.
    Web,
}

impl AppKind {
    /// DOKU's word, also ours.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Web => "web",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "app" => Ok(Self::App),
            "web" => Ok(Self::Web),
            _ => Err(Rule("must be app or web")),
        }
    }
}

/// Reads a device's id.
pub fn device_id(raw: &str) -> Result<String, Rule> {
    if (1..=64).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric()) {
        Ok(raw.to_owned())
    } else {
        Err(Rule("must be 1 to 64 letters and digits"))
    }
}

/// Reads an address. DOKU takes none of fewer than ten characters.
pub fn ip_address(raw: &str) -> Result<String, Rule> {
    const FORM: Rule = Rule("must be an IPv4 address of 10 to 15 characters");
    let address: Ipv4Addr = raw.parse().map_err(|_| FORM)?;
    if address.to_string() == raw && raw.len() >= 10 {
        Ok(raw.to_owned())
    } else {
        Err(FORM)
    }
}

/// Reads a device's model.
pub fn model(raw: &str) -> Result<String, Rule> {
    text::plain(raw, 1, 64).map(|()| raw.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_doku_takes() {
        let table = [
            ("the usual", "203.0.113.10", true),
            ("ten characters", "192.0.2.10", true),
            ("nine", "192.0.2.1", false),
            ("too short for DOKU", "8.8.8.8", false),
            ("version 6", "2001:db8::1", false),
            ("padded", "008.008.008.008", false),
            ("a name", "example.com", false),
        ];
        for (why, raw, good) in table {
            assert_eq!(ip_address(raw).is_ok(), good, "{why}");
        }
        assert!(device_id("0123456789abcdef").is_ok());
        for bad in ["", "a-b", "ü", &"a".repeat(65)] {
            assert!(device_id(bad).is_err(), "{bad}");
        }
        assert!(model("Pixel 9").is_ok() && model("").is_err());
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let device = Device {
            ip_address: Some("203.0.113.10".to_owned()),
            ..Device::default()
        };
        assert_eq!(format!("{device:?}"), "Device(…)");
    }
}
