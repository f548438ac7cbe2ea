//! Amounts as SNAP writes them.

use std::fmt;

use serde::{Serialize, Serializer};

/// An amount of IDR, counted in hundredths because SNAP's text has two decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Amount(u64);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads `^\d{1,16}\.\d{2}$`, e.g. `10000.00`; anything else is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, decimals) = text.split_once('.')?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > 16 || decimals.len() != 2 {
            return None;
        }
        if !digits(whole) || !digits(decimals) {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let decimals: u64 = decimals.parse().ok()?;
        whole.checked_mul(100)?.checked_add(decimals).map(Self)
    }

    /// Whole rupiah.
    pub const fn rupiah(whole: u64) -> Self {
        Self(whole.saturating_mul(100))
    }

    /// The sum, or none beyond what fits.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or none when `other` is larger.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snap_amounts() {
        let table = [
            ("plain", "10000.00", Some(1_000_000)),
            ("smallest", "0.01", Some(1)),
            (
                "sixteen digits",
                "9999999999999999.99",
                Some(999_999_999_999_999_999),
            ),
            ("seventeen digits", "10000000000000000.00", None),
            ("no decimals", "10000", None),
            ("one decimal", "10000.0", None),
            ("three decimals", "10000.000", None),
            ("negative", "-1.00", None),
            ("plus", "+1.00", None),
            ("comma", "10,000.00", None),
            ("spaces", " 1.00", None),
            ("nothing before the point", ".00", None),
            ("non-ASCII digit", "１.00", None),
        ];
        for (why, text, hundredths) in table {
            assert_eq!(
                Amount::parse(text),
                hundredths.map(Amount),
                "{why}: {text:?}"
            );
        }
    }

    #[test]
    fn what_is_read_is_printed_the_same() {
        for text in ["0.01", "1.00", "10000.00", "9999999999999999.99"] {
            assert_eq!(Amount::parse(text).unwrap().to_string(), text);
        }
    }
}
