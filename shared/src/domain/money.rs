//! Whole rupiah.

use super::error::Rule;

/// An amount of whole rupiah, 0 to 9,999,999,999,999.
///
/// The decimal text (`10000.00`) exists only on the wire: rupiah has no cents in practice and DOKU
/// wants SNAP amounts to end in `.00`, so fractions are refused rather than rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rupiah(u64);

/// Digits before the decimal point; DOKU takes 16, which is more than a rupiah amount needs.
const MAX_DIGITS: usize = 13;

impl Rupiah {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount already known to be whole rupiah.
    pub const fn new(whole: u64) -> Self {
        Self(whole)
    }

    /// Reads SNAP's form: digits without a leading zero, then `.00`.
    pub fn parse_snap(raw: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be whole rupiah as text ending in .00, for example 10000.00");
        let whole = raw.strip_suffix(".00").ok_or(FORM)?;
        if whole.is_empty() || !whole.bytes().all(|b| b.is_ascii_digit()) {
            return Err(FORM);
        }
        if whole.len() > 1 && whole.starts_with('0') {
            return Err(Rule("must not begin with 0"));
        }
        if whole.len() > MAX_DIGITS {
            return Err(Rule("must have at most 13 digits before the point"));
        }
        whole.parse().map(Self).map_err(|_| FORM)
    }

    /// As [`Self::parse_snap`], and at least one rupiah.
    pub fn parse_charge(raw: &str) -> Result<Self, Rule> {
        match Self::parse_snap(raw)? {
            Self::ZERO => Err(Rule("must be at least 1.00")),
            amount => Ok(amount),
        }
    }

    /// SNAP's form, `10000.00`.
    pub fn to_snap(self) -> String {
        format!("{}.00", self.0)
    }

    /// The number of rupiah.
    pub const fn whole(self) -> u64 {
        self.0
    }

    /// Sum, or `None` where it would not be an amount any more.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// Difference, or `None` where it would be less than nothing.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// `quantity` times this amount, or `None` on overflow.
    pub fn times(self, quantity: u32) -> Option<Self> {
        self.0.checked_mul(u64::from(quantity)).map(Self)
    }

    /// True for nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// An amount as somebody else stated it: text and currency, which need not be ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedAmount {
    /// Decimal text as received.
    pub value: String,
    /// Currency code as received.
    pub currency: String,
}

impl StatedAmount {
    /// The rupiah it states, where it states rupiah in SNAP's form (a plain integer is read too).
    pub fn rupiah(&self) -> Option<Rupiah> {
        if self.currency != "IDR" {
            return None;
        }
        Rupiah::parse_snap(&self.value)
            .or_else(|_| Rupiah::parse_snap(&format!("{}.00", self.value)))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn snap_amounts() {
        let table = [
            ("plain", "10000.00", Some(10_000)),
            ("nothing", "0.00", Some(0)),
            ("the most", "9999999999999.00", Some(9_999_999_999_999)),
            ("one digit too many", "10000000000000.00", None),
            ("half a rupiah", "0.50", None),
            ("no decimals", "10000", None),
            ("one decimal", "10000.0", None),
            ("three decimals", "10000.000", None),
            ("thousands comma", "10,000.00", None),
            ("leading zero", "010.00", None),
            ("negative", "-1.00", None),
            ("plus sign", "+1.00", None),
            ("exponent", "1e4.00", None),
            ("leading space", " 1.00", None),
            ("non-ASCII digit", "１.00", None),
            ("only decimals", ".00", None),
            ("empty", "", None),
        ];
        for (why, raw, rupiah) in table {
            assert_eq!(
                Rupiah::parse_snap(raw).ok(),
                rupiah.map(Rupiah::new),
                "{why}: {raw:?}"
            );
        }
    }

    #[test]
    fn a_charge_is_more_than_nothing() {
        assert!(Rupiah::parse_charge("0.00").is_err());
        assert!(Rupiah::parse_charge("1.00").is_ok());
    }

    #[test]
    fn a_stated_amount_is_believed_only_in_rupiah() {
        let stated = |value: &str, currency: &str| {
            StatedAmount {
                value: value.into(),
                currency: currency.into(),
            }
            .rupiah()
        };
        assert_eq!(stated("10000.00", "IDR"), Some(Rupiah::new(10_000)));
        assert_eq!(stated("10000", "IDR"), Some(Rupiah::new(10_000)));
        assert_eq!(stated("10000.00", "USD"), None);
        assert_eq!(stated("10000.50", "IDR"), None);
    }

    proptest! {
        #[test]
        fn an_amount_survives_the_wire(whole in 0u64..=9_999_999_999_999) {
            let amount = Rupiah::new(whole);
            prop_assert_eq!(Rupiah::parse_snap(&amount.to_snap()), Ok(amount));
        }

        #[test]
        fn what_parses_prints_the_same(raw in "[0-9.]{1,20}") {
            if let Ok(amount) = Rupiah::parse_snap(&raw) {
                prop_assert_eq!(amount.to_snap(), raw);
            }
        }
    }
}
