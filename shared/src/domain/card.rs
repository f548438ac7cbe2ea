//! A card payment: what it asks for, and what is known of it.

use std::fmt;

use crate::clock::Timestamp;

use super::contact::{Email, PersonName, Phone};
use super::error::Rule;
use super::ids::CustomerId;
use super::money::Rupiah;
use super::return_url::ReturnUrl;
use super::text::plain;
use super::unicode;

/// What DOKU is to do with the card (`payment.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardPaymentType {
    /// Take the money.
    Sale,
    /// Take the money, which the customer pays back to the bank in parts.
    Installment,
    /// Hold the money, to be captured within seven days.
    Authorize,
    /// Take the money without the customer present (mail or telephone order).
    Moto,
    /// Take the money again, as agreed before.
    Recurring,
}

impl CardPaymentType {
    /// Every type.
    pub const ALL: [Self; 5] = [
        Self::Sale,
        Self::Installment,
        Self::Authorize,
        Self::Moto,
        Self::Recurring,
    ];

    /// DOKU's word, also ours.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sale => "SALE",
            Self::Installment => "INSTALLMENT",
            Self::Authorize => "AUTHORIZE",
            Self::Moto => "MOTO",
            Self::Recurring => "RECURRING",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == raw)
            .ok_or(Rule(
                "must be SALE, INSTALLMENT, AUTHORIZE, MOTO or RECURRING",
            ))
    }
}

/// The bank that acquires the card payment (`payment.acquirer`).
///
/// Source: DOKU developers, "Cards: payment page integration guide" (read 2026-11-20).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acquirer(&'static str);

impl Acquirer {
    /// Bank Mandiri, which takes invoice numbers of 27 characters only.
    pub const MANDIRI: Self = Self("BANK_MANDIRI");

    /// Every bank.
    pub const ALL: [Self; 10] = [
        Self("BNI"),
        Self("BRI"),
        Self("BANK_CIMB"),
        Self::MANDIRI,
        Self("BCA"),
        Self("BANK_PERMATA"),
        Self("DANAMON"),
        Self("BUKOPIN"),
        Self("HSBC"),
        Self("OCBC_NISP"),
    ];

    /// DOKU's word, also ours.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        Self::ALL
            .into_iter()
            .find(|acquirer| acquirer.0 == raw)
            .ok_or(Rule("must be an acquirer of DOKU's cards"))
    }

    /// Longest invoice number it takes.
    pub fn invoice_max(self) -> usize {
        if self == Self::MANDIRI { 27 } else { 64 }
    }
}

/// DOKU's name for a saved card: 1–64 letters, digits, `-` and `_`. Names a card only together with
/// our signature and its customer; still, it is not logged.
#[derive(Clone, PartialEq, Eq)]
pub struct CardTokenId(String);

impl CardTokenId {
    /// Reads a token's name.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        plain(raw, 1, 64)?;
        let fits = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
        if raw.bytes().all(fits) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Rule("may hold letters, digits, '-' and '_'"))
        }
    }

    /// The text, for DOKU and for the card's owner.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CardTokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CardTokenId(…)")
    }
}

/// The first 6 to 8 digits of card numbers: which bank issued them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bin(String);

impl Bin {
    /// Reads a BIN.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        if (6..=8).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_digit()) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Rule("must be the first 6 to 8 digits of a card number"))
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether some card begins with both.
    pub fn meets(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0) || other.0.starts_with(&self.0)
    }
}

/// A colour of the page: six hexadecimal digits, without `#`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Color(String);

impl Color {
    /// Reads a colour.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        if raw.len() == 6 && raw.bytes().all(|b| b.is_ascii_hexdigit()) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(Rule("must be six hexadecimal digits, without #"))
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The page's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Bahasa Indonesia.
    Indonesian,
}

impl Language {
    /// DOKU's word, also ours.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::English => "EN",
            Self::Indonesian => "ID",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "EN" => Ok(Self::English),
            "ID" => Ok(Self::Indonesian),
            _ => Err(Rule("must be EN or ID")),
        }
    }
}

/// Reads a postal address: 1–400 characters on one line.
pub fn address(raw: &str) -> Result<String, Rule> {
    within(raw, 400, "must have at most 400 characters")
}

/// Reads a country, such as `ID` (ISO 3166). Only its shape is checked.
pub fn country(raw: &str) -> Result<String, Rule> {
    if raw.len() == 2 && raw.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(raw.to_owned())
    } else {
        Err(Rule("must be two capital letters, for example ID"))
    }
}

/// Reads what the statement is to say: 1–22 characters.
pub fn descriptor(raw: &str) -> Result<String, Rule> {
    within(raw, 22, "must have at most 22 characters")
}

/// Reads what the customer agrees to: 1–255 characters.
pub fn disclaimer(raw: &str) -> Result<String, Rule> {
    plain(raw, 1, 255).map(|()| raw.to_owned())
}

fn within(raw: &str, max: usize, rule: &'static str) -> Result<String, Rule> {
    if raw.chars().count() > max {
        return Err(Rule(rule));
    }
    plain(raw, 1, max).map(|()| raw.to_owned())
}

/// Reads a customer's id for DOKU's cards, which take 50 characters.
pub fn customer_id(raw: &str) -> Result<CustomerId, Rule> {
    if raw.chars().count() > 50 {
        return Err(Rule("must have at most 50 characters for cards"));
    }
    CustomerId::parse(raw)
}

/// Who pays. Goes to DOKU and is not stored, but for the id.
#[derive(Clone, PartialEq, Eq)]
pub struct Customer {
    /// The merchant's name for the customer.
    pub id: CustomerId,
    /// Shown on the page.
    pub name: Option<PersonName>,
    /// One of this and the phone is there.
    pub email: Option<Email>,
    /// One of this and the e-mail address is there.
    pub phone: Option<Phone>,
    /// 1–400 characters.
    pub address: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
}

impl fmt::Debug for Customer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The address is personal as well, and is plain text.
        write!(f, "Customer({})", self.id)
    }
}

/// One line of what is bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// 1–255 characters.
    pub name: String,
    /// Of one piece.
    pub price: Rupiah,
    /// Pieces, 1–9999.
    pub quantity: u32,
}

/// A lower price for cards that begin with a BIN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promo {
    /// Which cards.
    pub bin: Bin,
    /// How much less; less than the whole amount.
    pub discount: Rupiah,
}

/// What the customer agrees to, by language; at least one of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disclaimer {
    /// In Bahasa Indonesia, 1–255 characters.
    pub indonesian: Option<String>,
    /// In English, 1–255 characters.
    pub english: Option<String>,
}

/// How DOKU's page looks and behaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageOptions {
    /// Sends the browser back without a click.
    pub auto_redirect: bool,
    /// Where the browser goes after a failure, if not to the return address.
    pub failed_url: Option<ReturnUrl>,
    /// Its language.
    pub language: Option<Language>,
    /// Its background.
    pub background_color: Option<Color>,
    /// Its text.
    pub font_color: Option<Color>,
    /// Its buttons.
    pub button_background_color: Option<Color>,
    /// The text on them.
    pub button_font_color: Option<Color>,
    /// What the statement says, 1–22 characters. DOKU has to set this up first.
    pub descriptor: Option<String>,
    /// What the customer agrees to.
    pub disclaimer: Option<Disclaimer>,
    /// Lower prices for some cards.
    pub promos: Vec<Promo>,
    /// The only cards that are taken; empty for all.
    pub allow_bins: Vec<Bin>,
    /// The only tenors that are offered, in months; empty for all.
    pub allow_tenors: Vec<u8>,
    /// Another host for this payment's notifications; its path is the registered one.
    pub notification_url: Option<ReturnUrl>,
}

/// What a card payment asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardOrder {
    /// Who pays.
    pub customer: Customer,
    /// What to do; `None` leaves it to DOKU, where one type is enabled.
    pub payment_type: Option<CardPaymentType>,
    /// Whether DOKU captures an authorisation by itself.
    pub auto_capture: bool,
    /// Which bank; given for installments.
    pub acquirer: Option<Acquirer>,
    /// Months; given for installments.
    pub tenor: Option<u8>,
    /// Whether the page saves the card.
    pub save_card: bool,
    /// A card that was saved before.
    pub token: Option<CardTokenId>,
    /// Where the browser goes after the page; there with `auto_redirect`.
    pub return_url: Option<ReturnUrl>,
    /// The page.
    pub page: PageOptions,
}

/// The card that was used, as DOKU tells it: nothing that PCI DSS calls sensitive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UsedCard {
    /// First six and last four digits, `411111******1111`.
    pub masked: Option<String>,
    /// `VISA`
    pub brand: Option<String>,
    /// The bank that issued it.
    pub issuer: Option<String>,
    /// `CREDIT` or `DEBIT`.
    pub kind: Option<String>,
}

/// Reads a card's number as DOKU masks it. `None` for a text that hides too little to be one, or
/// is no such text at all: a whole card number must not get into our records, whoever sent it.
pub fn masked(raw: &str) -> Option<String> {
    let digits = raw.chars().filter(|c| unicode::digit(*c).is_some());
    let digits = digits.count();
    // The shortest card numbers have 13 digits.
    let hidden = (1..13).contains(&digits) && !raw.bytes().all(|b| b.is_ascii_digit());
    (hidden && plain(raw, 1, 32).is_ok()).then(|| raw.to_owned())
}

/// A card that DOKU keeps for a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedCard {
    /// DOKU's name for it.
    pub token: CardTokenId,
    /// First six and last four digits, `411111******1111`.
    pub masked: Option<String>,
    /// `VISA`
    pub brand: Option<String>,
    /// The bank that issued it.
    pub issuer: Option<String>,
    /// As it stands on the card.
    pub cardholder_name: Option<PersonName>,
    /// As DOKU writes it, `MMYY`.
    pub expiry: Option<String>,
    /// As DOKU writes it, `ID`.
    pub country: Option<String>,
}

/// Which of DOKU's two APIs deletes saved cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TokenDeletion {
    /// `/tokenization/v2/delete-token`
    #[default]
    V2,
    /// `/credit-card/delete-tokenization`, the older one.
    CreditCard,
}

impl TokenDeletion {
    /// Reads the setting.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "v2" => Ok(Self::V2),
            "credit-card" => Ok(Self::CreditCard),
            _ => Err(Rule("must be v2 or credit-card")),
        }
    }
}

/// Whether DOKU keeps the card.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeping {
    /// It does not.
    #[default]
    No,
    /// The page saves it.
    Saves,
    /// It was saved before.
    Saved,
}

/// What a card payment keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Card {
    /// As ordered.
    pub payment_type: Option<CardPaymentType>,
    /// As ordered.
    pub auto_capture: bool,
    /// As ordered.
    pub acquirer: Option<Acquirer>,
    /// As ordered.
    pub tenor: Option<u8>,
    /// As ordered.
    pub keeping: Keeping,
    /// What the amount may be lowered by, one of them at most.
    pub discounts: Vec<Rupiah>,
    /// The card that was used.
    pub used: UsedCard,
    /// DOKU's id of the authorisation, which a capture names.
    pub authorize_id: Option<String>,
    /// When the money was held.
    pub authorized_at: Option<Timestamp>,
    /// True once the merchant was told that the authorisation is about to lapse.
    pub lapse_announced: bool,
}

impl CardOrder {
    /// True when it holds what the payer must not decide: what the payment costs, whether the bank asks
    /// the holder, which cards are taken, where the news go, and what is said in the merchant's name.
    pub fn is_the_merchants_to_decide(&self) -> bool {
        let page = &self.page;
        matches!(
            self.payment_type,
            Some(CardPaymentType::Moto | CardPaymentType::Recurring)
        ) || !page.promos.is_empty()
            || !page.allow_bins.is_empty()
            || !page.allow_tenors.is_empty()
            || page.notification_url.is_some()
            || page.descriptor.is_some()
            || page.disclaimer.is_some()
    }
}

impl Card {
    /// What is kept of an order.
    pub fn ordered(order: &CardOrder) -> Self {
        Self {
            payment_type: order.payment_type,
            auto_capture: order.auto_capture,
            acquirer: order.acquirer,
            tenor: order.tenor,
            keeping: match (&order.token, order.save_card) {
                (Some(_), _) => Keeping::Saved,
                (None, true) => Keeping::Saves,
                (None, false) => Keeping::No,
            },
            discounts: order.page.promos.iter().map(|it| it.discount).collect(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_hide_enough() {
        let table = [
            ("DOKU's form", "411111******1111", true),
            ("eight and four", "41111111****1111", true),
            ("four only", "****1111", true),
            ("the whole number", "4111111111111111", false),
            ("13 digits and a star", "411111*1111111", false),
            ("nothing hidden", "1111", false),
            ("no digits", "******", false),
            ("a line break", "411111\n1111", false),
            ("a long text", &format!("4{}", "*".repeat(32)), false),
            ("empty", "", false),
        ];
        for (why, raw, good) in table {
            assert_eq!(masked(raw).is_some(), good, "{why}");
        }
    }

    #[test]
    fn bins_meet_where_one_begins_with_the_other() {
        let bin = |raw| Bin::parse(raw).unwrap();
        assert!(bin("411111").meets(&bin("41111122")) && bin("41111122").meets(&bin("411111")));
        assert!(!bin("411111").meets(&bin("411112")) && !bin("4111113").meets(&bin("41111122")));
    }

    #[test]
    fn small_texts() {
        for (raw, good) in [("ID", true), ("id", false), ("IDN", false), ("É", false)] {
            assert_eq!(country(raw).is_ok(), good, "{raw}");
        }
        assert!(address(&"é".repeat(400)).is_ok() && address(&"é".repeat(401)).is_err());
        assert!(descriptor(&"d".repeat(22)).is_ok() && descriptor(&"d".repeat(23)).is_err());
        assert!(address("").is_err() && descriptor("").is_err() && disclaimer("a\nb").is_err());
        let longest = "c".repeat(50);
        assert!(customer_id(&longest).is_ok() && customer_id(&format!("{longest}c")).is_err());
    }

    #[test]
    fn nothing_personal_is_printed() {
        let customer = Customer {
            id: CustomerId::parse("cust-1").unwrap(),
            name: PersonName::parse("Siti").ok(),
            email: None,
            phone: None,
            address: Some("Jalan Merdeka 1".to_owned()),
            country: None,
        };
        assert_eq!(format!("{customer:?}"), "Customer(cust-1)");
        let token = CardTokenId::parse("1614dc147e404f41f6d2de877fda1f94").unwrap();
        assert!(!format!("{token:?}").contains("1614"));
    }
}
