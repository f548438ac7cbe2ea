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
    /// The rupiah it states, where it states whole rupiah, in whichever spelling of a decimal number:
    /// `10000`, `10000.0`, `10000.00`, `1e4`. A part of a rupiah is none.
    pub fn rupiah(&self) -> Option<Rupiah> {
        if self.currency != "IDR" {
            return None;
        }
        exact(&self.value).map(Rupiah)
    }

    /// The amount in one spelling, whichever it came in; as received where it is none.
    pub fn canonical(&self) -> String {
        self.rupiah()
            .map_or_else(|| self.value.clone(), |rupiah| rupiah.whole().to_string())
    }
}

/// The whole number that a decimal number states, exactly; `None` where it has a fraction, is no decimal
/// number, or is larger than an amount may be.
fn exact(text: &str) -> Option<u64> {
    if text.len() > 64 {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
        None => (text, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (mantissa, ""),
    };
    let digits = [whole, fraction].concat();
    if whole.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    // Digits before the point, once the exponent has moved it.
    let point = i32::try_from(whole.len()).ok()?.checked_add(exponent)?;
    let before = usize::try_from(point).unwrap_or(0).min(digits.len());
    let (taken, rest) = digits.split_at(before);
    if rest.bytes().any(|digit| digit != b'0') {
        return None;
    }
    let taken = taken.trim_start_matches('0');
    if taken.is_empty() {
        return Some(0);
    }
    let zeros = usize::try_from(point).ok()?.checked_sub(before)?;
    if taken.len().checked_add(zeros)? > MAX_DIGITS {
        return None;
    }
    format!("{taken}{}", "0".repeat(zeros)).parse().ok()
}

fn exponent_of(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let value: i32 = fits.then(|| digits.parse().ok())??;
    Some(if text.starts_with('-') { -value } else { value })
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

    #[test]
    fn one_amount_in_many_spellings() {
        let table = [
            ("SNAP's form", "10000.00", Some(10_000)),
            ("no decimals", "10000", Some(10_000)),
            ("one decimal", "10000.0", Some(10_000)),
            ("three decimals", "10000.000", Some(10_000)),
            ("an exponent", "1e4", Some(10_000)),
            ("with a sign", "1E+4", Some(10_000)),
            ("with decimals", "1.0e4", Some(10_000)),
            ("90,000", "9e4", Some(90_000)),
            ("digits before and behind", "9.05e3", Some(9_050)),
            ("moved to the left", "1000000e-2", Some(10_000)),
            ("nothing", "0", Some(0)),
            ("nothing, with decimals", "0.00", Some(0)),
            ("nothing, moved far", "0e999", Some(0)),
            ("nothing, moved to the left", "0.0e-9", Some(0)),
            ("the most", "9999999999999", Some(9_999_999_999_999)),
            ("half a rupiah", "0.5", None),
            ("half a rupiah more", "10000.50", None),
            ("a sen", "10000.01", None),
            ("half a rupiah by its exponent", "5e-1", None),
            ("the same with decimals", "1.00005e4", None),
            (
                "a tenth that a float would lose",
                "9999999999999.000000001",
                None,
            ),
            ("one digit too many", "10000000000000", None),
            ("the same by its exponent", "1e13", None),
            ("far too many", "1e999", None),
            ("negative", "-10000", None),
            ("a plus", "+10000", None),
            ("a thousands comma", "10,000", None),
            ("a thousands point", "10.000.00", None),
            ("a leading zero", "010000", None),
            ("no digit before the point", ".5e1", None),
            ("no digit behind it", "10000.", None),
            ("no exponent", "1e", None),
            ("a fraction as exponent", "1e4.0", None),
            ("not a number", "NaN", None),
            ("hexadecimal", "0x2710", None),
            ("a space", " 10000", None),
            ("non-ASCII digits", "１００００", None),
            ("empty", "", None),
        ];
        for (why, value, rupiah) in table {
            let stated = StatedAmount {
                value: value.to_owned(),
                currency: "IDR".to_owned(),
            };
            assert_eq!(stated.rupiah(), rupiah.map(Rupiah::new), "{why}: {value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_states_an_amount_or_none(value in "[-+0-9.eE,]{0,70}") {
            let stated = StatedAmount { value, currency: "IDR".to_owned() };
            if let Some(rupiah) = stated.rupiah() {
                prop_assert_eq!(stated.canonical(), rupiah.whole().to_string());
            }
        }

        #[test]
        fn spellings_agree(whole in 0u64..=9_999_999_999_999, decimals in 0usize..12, shift in 0usize..12) {
            let zeros = "0".repeat(decimals);
            let point = if decimals == 0 { "" } else { "." };
            let moved = "0".repeat(shift);
            for value in [
                format!("{whole}{point}{zeros}"),
                format!("{whole}{moved}{point}{zeros}e-{shift}"),
            ] {
                let stated = StatedAmount { value: value.clone(), currency: "IDR".to_owned() };
                prop_assert_eq!(stated.rupiah(), Some(Rupiah::new(whole)), "{}", value);
            }
        }

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
