//! Names of things: our own prefixed ids, and the merchant's.

use std::fmt;

use ulid::Ulid;

use super::error::Rule;

macro_rules! prefixed_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        ///
        #[doc = concat!("`", $prefix, "` and a ULID, 26 characters of Crockford's base 32 in upper case; sorts by creation.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// An id from a fresh ULID.
            pub const fn new(ulid: Ulid) -> Self {
                Self(ulid)
            }

            /// Reads the text form, exactly as we print it.
            pub fn parse(raw: &str) -> Result<Self, Rule> {
                const FORM: Rule = Rule(concat!("must be ", $prefix, " and 26 characters"));
                let text = raw.strip_prefix($prefix).ok_or(FORM)?;
                let ulid = Ulid::from_string(text).map_err(|_| FORM)?;
                // The decoder takes lower case and overlong values too; an id has one spelling.
                if ulid.to_string() == text { Ok(Self(ulid)) } else { Err(FORM) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    };
}

prefixed_id!(
    /// A customer's account or card, linked.
    BindingId,
    "bnd_"
);
prefixed_id!(
    /// One payment.
    PaymentId,
    "pay_"
);
prefixed_id!(
    /// One refund of a payment.
    RefundId,
    "rfn_"
);
prefixed_id!(
    /// A standing order to charge a customer.
    SubscriptionId,
    "sub_"
);
prefixed_id!(
    /// One line of a timeline.
    EventId,
    "evt_"
);

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// The merchant's name for a customer (`custIdMerchant`): 1–64 of letters, digits, `.`, `_`, `-`, but
    /// neither `.` nor `..`, which mean something else in a path.
    CustomerId
);
text_id!(
    /// The merchant's name for what is paid: 1–64 of letters, digits, `.`, `_`, `/`, `-`.
    InvoiceNumber
);
text_id!(
    /// What the invoice numbers of a subscription's charges begin with: 1–46 of the characters of an
    /// [`InvoiceNumber`].
    InvoicePrefix
);
text_id!(
    /// Our name for a payment or refund towards DOKU (`partnerReferenceNo`, `partnerRefundNo`):
    /// letters, digits and `-`, within the channel's lengths. Made by [`super::reference`].
    Reference
);
text_id!(
    /// Name of one request to DOKU: an `X-EXTERNAL-ID` of 32 digits, never used twice, or a
    /// `Request-Id`, which [`super::reference`] derives where the request moves money.
    ExternalId
);

impl CustomerId {
    /// Reads a customer id.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let id = Self::parse_stored(raw)?;
        if matches!(raw, "." | "..") {
            return Err(Rule("must not be '.' or '..'"));
        }
        Ok(id)
    }

    /// Reads a customer id that the table kept: an earlier release took `.` and `..` as well.
    pub(crate) fn parse_stored(raw: &str) -> Result<Self, Rule> {
        sized(raw, 64)?;
        if raw
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Rule("may hold letters, digits, '.', '_' and '-'"))
        }
    }
}

impl InvoiceNumber {
    /// Reads an invoice number.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        sized(raw, 64)?;
        if raw
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._/-".contains(&b))
        {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Rule("may hold letters, digits, '.', '_', '/' and '-'"))
        }
    }
}

impl InvoicePrefix {
    /// Longest prefix: what follows it has at most 17 characters.
    const MAX: usize = 46;

    /// Reads a prefix.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        if raw.len() > Self::MAX {
            return Err(Rule("must have at most 46 characters"));
        }
        InvoiceNumber::parse(raw)?;
        Ok(Self(raw.to_owned()))
    }

    /// The prefix of a subscription that was given none: no other subscription has it.
    pub fn of(subscription: SubscriptionId) -> Self {
        Self(subscription.0.to_string())
    }

    /// The invoice number of a try, counted from 1, to charge the period of this day (`yyyymmdd`). With
    /// a `salt` where the plain one is used for something else.
    pub fn invoice(&self, day: &str, attempt: usize, salt: Option<u16>) -> InvoiceNumber {
        let retry = if attempt > 1 {
            format!("-{attempt}")
        } else {
            String::new()
        };
        let salt = salt.map(|salt| format!("-{salt:04x}")).unwrap_or_default();
        InvoiceNumber(format!("{}-{day}{retry}{salt}", self.0))
    }
}

impl Reference {
    /// A reference that this module's neighbours made, or that the table kept.
    pub(crate) fn trusted(text: String) -> Self {
        Self(text)
    }

    /// Reads a reference somebody else states; wide enough for every channel.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        sized(raw, 64)?;
        if raw.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Rule("must be printable ASCII without spaces"))
        }
    }
}

impl ExternalId {
    /// The time as 14 digits, then 18 random ones: unique for ever, so DOKU's "within a day" holds
    /// whichever time zone its day is in.
    pub fn new(yyyymmddhhmmss: &str, random: u64) -> Self {
        Self(format!(
            "{yyyymmddhhmmss}{:018}",
            random % 1_000_000_000_000_000_000
        ))
    }

    /// An external id that the table kept.
    pub(crate) fn trusted(text: String) -> Self {
        Self(text)
    }
}

fn sized(raw: &str, max: usize) -> Result<(), Rule> {
    match raw.len() {
        0 => Err(Rule("must not be empty")),
        len if len > max => Err(Rule("must have at most 64 characters")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_one_spelling() {
        let id = PaymentId::new(Ulid::from_parts(1_763_600_000_000, u128::MAX));
        let text = id.to_string();
        assert_eq!(PaymentId::parse(&text), Ok(id));
        let table = [
            ("lower case", text.to_lowercase()),
            ("another prefix", text.replace("pay_", "bnd_")),
            ("too short", text[..29].to_owned()),
            ("too long", format!("{text}0")),
            ("overflowing", format!("pay_{}", "Z".repeat(26))),
            ("empty", String::new()),
            ("not ASCII", "pay_é".to_owned()),
        ];
        for (why, raw) in table {
            assert!(PaymentId::parse(&raw).is_err(), "{why}: {raw:?}");
        }
    }

    #[test]
    fn merchant_ids() {
        let table = [
            ("plain", "INV-0001", true),
            ("year and month", "INV/2026/11/0001", true),
            ("empty", "", false),
            ("space", "INV 1", false),
            ("non-ASCII", "INV-é", false),
            ("control", "INV\n1", false),
        ];
        for (why, raw, good) in table {
            assert_eq!(InvoiceNumber::parse(raw).is_ok(), good, "{why}: {raw:?}");
        }
        assert!(InvoiceNumber::parse(&"a".repeat(64)).is_ok());
        assert!(InvoiceNumber::parse(&"a".repeat(65)).is_err());
        assert!(CustomerId::parse("cust/1").is_err());
        for path in [".", ".."] {
            assert!(
                CustomerId::parse(path).is_err(),
                "{path} is a step in a path"
            );
            assert!(
                CustomerId::parse_stored(path).is_ok(),
                "{path} may be stored"
            );
        }
        assert!(CustomerId::parse("...").is_ok() && CustomerId::parse("a.").is_ok());
    }

    #[test]
    fn an_external_id_is_32_digits() {
        let id = ExternalId::new("20261120081530", u64::MAX);
        assert_eq!(id.as_str().len(), 32);
        assert!(id.as_str().bytes().all(|b| b.is_ascii_digit()));
    }
}
