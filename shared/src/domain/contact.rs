//! How to reach a customer. Passed on to DOKU; only masked forms are ever stored.

use std::fmt;

use super::error::Rule;
use super::unicode::is_invisible;
use crate::clock::Timestamp;

macro_rules! personal {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// The text, for DOKU's eyes only.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

personal!(
    /// A phone number: 9–15 digits beginning with `62`, without `+`.
    Phone
);
personal!(
    /// An e-mail address of at most 64 characters.
    Email
);
personal!(
    /// A customer's name, 1–70 characters.
    PersonName
);

personal!(
    /// The number of an identity card, 1–20 characters.
    IdCard
);
personal!(
    /// A country's name, 1–60 characters.
    Country
);
personal!(
    /// An address, 1–255 characters.
    Address
);
personal!(
    /// A date of birth, as `YYYYMMDD`.
    DateOfBirth
);

/// Who a customer is, as far as the merchant says. Each part may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name.
    pub name: Option<PersonName>,
    /// The e-mail address.
    pub email: Option<Email>,
    /// The identity card.
    pub id_card: Option<IdCard>,
    /// The country.
    pub country: Option<Country>,
    /// The address.
    pub address: Option<Address>,
    /// The date of birth.
    pub date_of_birth: Option<DateOfBirth>,
}

impl IdCard {
    /// Reads a number.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        super::text::plain(raw, 1, 20).map(|()| Self(raw.to_owned()))
    }
}

impl Country {
    /// Reads a name.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        super::text::plain(raw, 1, 60).map(|()| Self(raw.to_owned()))
    }
}

impl Address {
    /// Reads an address.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        super::text::plain(raw, 1, 255).map(|()| Self(raw.to_owned()))
    }
}

impl DateOfBirth {
    /// Reads a date, `1999-01-31`.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be a date, YYYY-MM-DD");
        let shape = raw.len() == 10 && raw.as_bytes()[4] == b'-' && raw.as_bytes()[7] == b'-';
        // A date is one if it has a midnight.
        let real = Timestamp::parse_rfc3339(&format!("{raw}T00:00:00Z")).is_some();
        if shape && real {
            Ok(Self(raw.replace('-', "")))
        } else {
            Err(FORM)
        }
    }
}

/// True for what people and address books put between the digits of a phone number.
fn separates(character: char) -> bool {
    let dashes = '\u{2010}'..='\u{2015}';
    matches!(character, '-' | '.' | '/' | '(' | ')' | '\u{2212}')
        || dashes.contains(&character)
        || !character.is_control() && is_invisible(character)
}

impl Phone {
    /// Reads an Indonesian phone number as it is commonly written: `0812…`, `+62 812…`, `0062812…` or `62812…`,
    /// with spaces, dashes, dots, slashes, parentheses and invisible characters (as
    /// address books paste them) between the digits. All spellings of one number are equal afterwards.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        const FORM: Rule = Rule("must be an Indonesian phone number: 62…, +62… or 08…");
        let trimmed = raw.trim_start_matches(is_invisible);
        // Before the country code stands a plus sign, perhaps in parentheses: `(+62) 812…`.
        let opened = trimmed.strip_prefix('(').unwrap_or(trimmed);
        let (mut international, rest) = match opened.strip_prefix('+') {
            Some(rest) => (true, rest),
            None => (false, trimmed),
        };
        let mut digits = String::new();
        for character in rest.chars() {
            match character {
                '0'..='9' => digits.push(character),
                other if separates(other) => {}
                _ => return Err(FORM),
            }
        }
        if let Some(rest) = digits.strip_prefix("00").filter(|_| !international) {
            (international, digits) = (true, rest.to_owned());
        }
        // What stands behind the country code. The zero of the national form is sometimes left there:
        // `+62 (0)812…`.
        let national = match digits.strip_prefix("62") {
            Some(national) => national.strip_prefix('0').unwrap_or(national),
            None if international => return Err(FORM),
            None => digits.strip_prefix('0').ok_or(FORM)?,
        };
        if national.starts_with('0') {
            return Err(FORM);
        }
        let number = format!("62{national}");
        // Sixteen digits would pass for a card number that begins with 62.
        if !(9..=15).contains(&number.len()) {
            return Err(Rule("must have 9 to 15 digits, 62 included"));
        }
        Ok(Self(number))
    }

    /// The first four and the last three digits, the rest as stars.
    pub fn masked(&self) -> String {
        let hidden = self.0.len() - 7;
        format!(
            "{}{}{}",
            &self.0[..4],
            "*".repeat(hidden),
            &self.0[self.0.len() - 3..]
        )
    }
}

impl Email {
    /// Reads an e-mail address. Only its shape is checked: one `@` with something around it, all of it to be seen.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        if raw.chars().count() > 64 {
            return Err(Rule("must have at most 64 characters"));
        }
        let plain = !raw.chars().any(is_invisible);
        match raw.split_once('@') {
            Some((name, domain))
                if plain && !name.is_empty() && domain.contains('.') && !domain.contains('@') =>
            {
                Ok(Self(raw.to_owned()))
            }
            _ => Err(Rule("must be an e-mail address")),
        }
    }

    /// The first letter and the domain.
    pub fn masked(&self) -> String {
        let (name, domain) = self.0.split_once('@').unwrap_or(("", ""));
        let first: String = name.chars().take(1).collect();
        format!("{first}***@{domain}")
    }
}

impl PersonName {
    /// Reads a name.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        super::text::plain(raw, 1, 70).map(|()| Self(raw.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones() {
        let one = Some("628123456789");
        let table = [
            ("plain", "628238748728423", Some("628238748728423")),
            ("shortest", "628123456", Some("628123456")),
            ("plus", "+628123456789", one),
            ("national form", "08123456789", one),
            ("hyphens", "0812-3456-789", one),
            ("spaces", " +62 812 3456 789 ", one),
            ("dots", "0812.3456.789", one),
            ("the zero in parentheses", "+62 (0)812-3456789", one),
            ("the zero behind the code", "6208123456789", one),
            ("parentheses", "(0812) 3456789", one),
            ("Jakarta", "(021) 5150555", Some("62215150555")),
            ("too short", "62812345", None),
            ("as long as a card number", "6281234567890123", None),
            ("the same with spaces", "6281 2345 6789 0123", None),
            ("letters", "62812345678a", None),
            ("another country", "+6591234567", None),
            ("another country, by its exit code", "006591234567", None),
            ("the exit code", "00628123456789", one),
            ("the exit code, with spaces", "00 62 812-3456-789", one),
            ("a plus and the exit code", "+00628123456789", None),
            ("slashes", "0812/3456/789", one),
            ("the code in parentheses", "(+62) 812 3456 789", one),
            (
                "dashes of a text editor",
                "0812\u{2011}3456\u{2013}789",
                one,
            ),
            (
                "as an address book pastes it",
                "\u{202a}+62\u{a0}812\u{2011}3456\u{2011}789\u{202c}",
                one,
            ),
            ("full-width", "０８１２３４５６７８９", None),
            ("a full-width plus", "＋62 812 3456 789", None),
            ("a line break", "0812\n3456789", None),
            ("a raised digit", "0812345678²", None),
            ("no code", "8123456789", None),
            ("two pluses", "++628123456789", None),
            ("a plus inside", "62+8123456789", None),
            ("digits of another script", "०८१२३४५६७८९", None),
            ("signs only", "+-", None),
            ("empty", "", None),
        ];
        for (why, raw, wanted) in table {
            let read = Phone::parse(raw).ok();
            assert_eq!(read.as_ref().map(Phone::expose), wanted, "{why}");
        }
    }

    #[test]
    fn masks_keep_little() {
        assert_eq!(
            Phone::parse("628238748728423").unwrap().masked(),
            "6282********423"
        );
        assert_eq!(
            Email::parse("siti@example.com").unwrap().masked(),
            "s***@example.com"
        );
    }

    #[test]
    fn nothing_personal_is_printed() {
        let shown = format!(
            "{:?}{:?}{:?}",
            Phone::parse("628238748728423"),
            Email::parse("siti@example.com"),
            PersonName::parse("Siti Aminah")
        );
        assert!(!shown.contains("628") && !shown.contains("iti") && !shown.contains("Aminah"));
    }

    #[test]
    fn dates_of_birth() {
        let table = [
            ("1999-01-31", Some("19990131")),
            ("2000-02-29", Some("20000229")),
            ("1999-02-29", None),
            ("19990131", None),
            ("1999-1-31", None),
            ("31-01-1999", None),
        ];
        for (raw, wanted) in table {
            let date = DateOfBirth::parse(raw).ok();
            assert_eq!(date.as_ref().map(DateOfBirth::expose), wanted, "{raw}");
        }
    }

    #[test]
    fn emails() {
        for (raw, good) in [
            ("a@b.id", true),
            ("a@b", false),
            ("@b.id", false),
            ("a@b@c.id", false),
            ("a b@c.id", false),
            ("a\u{200b}@c.id", false),
            ("", false),
        ] {
            assert_eq!(Email::parse(raw).is_ok(), good, "{raw:?}");
        }
    }
}
