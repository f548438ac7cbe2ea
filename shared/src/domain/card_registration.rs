//! The card that a customer links, as far as this bundle may see it: encrypted for DOKU by the caller,
//! or its last four digits.

use std::fmt;

use secrecy::SecretString;

use super::error::Rule;

/// What a binding says of the card.
#[derive(Debug, Clone)]
pub enum LinkedCard {
    /// `cardData`: base64 of the encrypted card, `|`, base64 of its IV.
    Encrypted(SecretString),
    /// Its last digits.
    Digits(Box<CardDigits>),
}

/// What BRI's archived registration knows of a card.
#[derive(Clone, PartialEq, Eq)]
pub struct CardDigits {
    /// The last four digits of its number.
    pub last_four: String,
    /// Its kind.
    pub kind: Option<CardKind>,
    /// Month and year of its end, `MMYY`.
    pub expiry: Option<String>,
    /// The customer's identity paper.
    pub identification: Option<Identification>,
}

impl fmt::Debug for CardDigits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardDigits(…)")
    }
}

/// A card's kind (`bankCardType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// Credit.
    Credit,
    /// Debit.
    Debit,
    /// Electronic money (`UE`, uang elektronik).
    Electronic,
}

impl CardKind {
    /// DOKU's word.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Credit => "C",
            Self::Debit => "D",
            Self::Electronic => "UE",
        }
    }

    /// Reads the word of the API.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "credit" => Ok(Self::Credit),
            "debit" => Ok(Self::Debit),
            "electronic" => Ok(Self::Electronic),
            _ => Err(Rule("must be credit, debit or electronic")),
        }
    }
}

/// An identity paper (`identificationType`, `identificationNo`).
#[derive(Clone, PartialEq, Eq)]
pub struct Identification {
    /// `01` to `04`; DOKU's page does not say which is which.
    pub kind: String,
    /// Its number: 1–20 characters.
    pub number: String,
}

/// Reads the kind of an identity paper.
pub fn identification_kind(raw: &str) -> Result<String, Rule> {
    match raw {
        "01" | "02" | "03" | "04" => Ok(raw.to_owned()),
        _ => Err(Rule("must be 01, 02, 03 or 04")),
    }
}

/// Reads the last four digits.
pub fn last_four(raw: &str) -> Result<String, Rule> {
    if raw.len() == 4 && raw.bytes().all(|b| b.is_ascii_digit()) {
        Ok(raw.to_owned())
    } else {
        Err(Rule("must be the last 4 digits of the card"))
    }
}

/// Reads the end of a card.
pub fn expiry(raw: &str) -> Result<String, Rule> {
    let digits = raw.len() == 4 && raw.bytes().all(|b| b.is_ascii_digit());
    let month = raw.get(..2).and_then(|month| month.parse().ok());
    if digits && month.is_some_and(|month: u8| (1..=12).contains(&month)) {
        Ok(raw.to_owned())
    } else {
        Err(Rule("must be month and year, MMYY"))
    }
}

/// Longest `cardData`, in characters.
const CARD_DATA_MAX: usize = 4096;

/// Reads `cardData`. Only its form can be checked: the key to it is DOKU's and the caller's business.
pub fn card_data(raw: &str) -> Result<SecretString, Rule> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    const FORM: Rule = Rule("must be base64 of the encrypted card, '|', base64 of a 16-byte IV");
    const BLOCK: usize = 16;
    if raw.len() > CARD_DATA_MAX {
        return Err(Rule("must have at most 4096 characters"));
    }
    let (text, iv) = raw.split_once('|').ok_or(FORM)?;
    let text = STANDARD.decode(text).map_err(|_| FORM)?;
    let iv = STANDARD.decode(iv).map_err(|_| FORM)?;
    if iv.len() == BLOCK && !text.is_empty() && text.len().is_multiple_of(BLOCK) {
        Ok(raw.into())
    } else {
        Err(FORM)
    }
}

/// Reads a `chargeToken`: 1–40 printable characters without spaces.
pub fn charge_token(raw: &str) -> Result<SecretString, Rule> {
    if (1..=40).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_graphic()) {
        Ok(raw.into())
    } else {
        Err(Rule("must be 1 to 40 printable characters without spaces"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_data_is_two_parts_of_whole_blocks() {
        let iv = "ABEiM0RVZneImaq7zN3u/w==";
        let table = [
            ("a block", format!("YLAqG+Kg7oe1K63pSMH+FQ==|{iv}"), true),
            ("no IV", "YLAqG+Kg7oe1K63pSMH+FQ==".to_owned(), false),
            (
                "a short IV",
                "YLAqG+Kg7oe1K63pSMH+FQ==|AAEC".to_owned(),
                false,
            ),
            ("half a block", format!("YLAqG+Kg7oc=|{iv}"), false),
            ("nothing", format!("|{iv}"), false),
            ("a card number", format!("5221840000001234|{iv}"), false),
            ("no base64", format!("!!!!|{iv}"), false),
            ("too long", format!("{}|{iv}", "AAAA".repeat(1100)), false),
        ];
        for (why, raw, good) in table {
            assert_eq!(card_data(&raw).is_ok(), good, "{why}");
        }
    }

    #[test]
    fn small_parts() {
        assert!(last_four("1234").is_ok() && last_four("12345").is_err());
        for (raw, good) in [
            ("1228", true),
            ("1328", false),
            ("0028", false),
            ("128", false),
        ] {
            assert_eq!(expiry(raw).is_ok(), good, "{raw}");
        }
        assert!(identification_kind("04").is_ok() && identification_kind("05").is_err());
        assert!(charge_token("0123456789abcdef").is_ok() && charge_token("a b").is_err());
    }
}
