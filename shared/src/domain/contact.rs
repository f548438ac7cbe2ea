//! How to reach a customer. Passed on to DOKU; only masked forms are ever stored.

use std::fmt;

use super::error::Rule;
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

impl Phone {
    /// Reads a phone number.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        if !raw.bytes().all(|b| b.is_ascii_digit()) || !raw.starts_with("62") {
            return Err(Rule("must be digits beginning with 62"));
        }
        // Sixteen digits would pass for a card number that begins with 62.
        if !(9..=15).contains(&raw.len()) {
            return Err(Rule("must have 9 to 15 digits"));
        }
        Ok(Self(raw.to_owned()))
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
    /// Reads an e-mail address. Only its shape is checked: one `@` with something around it.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        if raw.chars().count() > 64 {
            return Err(Rule("must have at most 64 characters"));
        }
        let plain = raw.chars().all(|c| !c.is_control() && !c.is_whitespace());
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
        let table = [
            ("plain", "628238748728423", true),
            ("shortest", "628123456", true),
            ("plus", "+628123456789", false),
            ("local form", "08123456789", false),
            ("too short", "62812345", false),
            ("as long as a card number", "6281234567890123", false),
            ("letters", "62812345678a", false),
            ("empty", "", false),
        ];
        for (why, raw, good) in table {
            assert_eq!(Phone::parse(raw).is_ok(), good, "{why}");
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
            ("", false),
        ] {
            assert_eq!(Email::parse(raw).is_ok(), good, "{raw:?}");
        }
    }
}
