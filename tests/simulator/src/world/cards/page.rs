//! One hosted card page.

use doku_shared::clock::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::test_cards::TestCard;

/// `payment.type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentType {
    /// Paid at once.
    Sale,
    /// Paid at once, in instalments to the bank.
    Installment,
    /// Reserved, to be captured.
    Authorize,
    /// Mail or telephone order: no 3-D Secure.
    Moto,
    /// One of a series: no 3-D Secure.
    Recurring,
}

impl PaymentType {
    /// Every word, as on the wire.
    pub const WORDS: [&'static str; 5] = ["SALE", "INSTALLMENT", "AUTHORIZE", "MOTO", "RECURRING"];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sale => "SALE",
            Self::Installment => "INSTALLMENT",
            Self::Authorize => "AUTHORIZE",
            Self::Moto => "MOTO",
            Self::Recurring => "RECURRING",
        }
    }

    /// From the word on the wire.
    pub fn from_word(word: &str) -> Option<Self> {
        let all = [
            Self::Sale,
            Self::Installment,
            Self::Authorize,
            Self::Moto,
            Self::Recurring,
        ];
        all.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether the holder is there to be asked.
    pub const fn has_challenge(self) -> bool {
        !matches!(self, Self::Moto | Self::Recurring)
    }
}

/// `customer`, as sent.
#[derive(Debug, Clone, Default)]
pub struct Customer {
    /// The merchant's id.
    pub id: Option<String>,
    /// The whole object, echoed in notifications.
    pub echoed: Value,
}

/// What the page looks like.
#[derive(Debug, Clone, Default)]
pub struct Look {
    /// `ID` for Indonesian, otherwise English.
    pub language: Option<&'static str>,
    /// Six hexadecimal digits.
    pub background: Option<String>,
    /// Likewise.
    pub font: Option<String>,
    /// Likewise.
    pub button: Option<String>,
    /// Likewise.
    pub button_font: Option<String>,
    /// Text beneath the form, Indonesian.
    pub disclaimer_id: Option<String>,
    /// Text beneath the form, English.
    pub disclaimer_en: Option<String>,
}

/// A lower price for some cards.
#[derive(Debug, Clone)]
pub struct Promo {
    /// First digits of the card number.
    pub bin: String,
    /// Rupiah taken off.
    pub discount: u64,
}

/// What the merchant asked for.
#[derive(Debug, Clone)]
pub struct PageOrder {
    /// `order.invoice_number`.
    pub invoice: String,
    /// `order.amount`, whole rupiah.
    pub amount: u64,
    /// `order.line_items`, as sent.
    pub line_items: Value,
    /// Where the customer goes after paying.
    pub callback_url: Option<String>,
    /// Where the customer goes after giving up.
    pub failed_url: Option<String>,
    /// Whether the customer is sent there without pressing a button.
    pub auto_redirect: bool,
    /// Saved card to pay with.
    pub token: Option<String>,
    /// Whether the card may be saved.
    pub save: bool,
    /// Who pays.
    pub customer: Customer,
    /// `payment.type`, when the merchant chose one.
    pub kind: Option<PaymentType>,
    /// Whether DOKU captures by itself.
    pub auto_capture: bool,
    /// `payment.acquirer`.
    pub acquirer: Option<&'static str>,
    /// `payment.tenor` in months.
    pub tenor: Option<u64>,
    /// How the page looks.
    pub look: Look,
    /// Lower prices.
    pub promos: Vec<Promo>,
    /// First digits of the cards that are taken; empty takes all.
    pub allow_bins: Vec<String>,
    /// Tenors the customer may choose from.
    pub allow_tenors: Vec<u64>,
    /// Where its notifications go instead of the registered address.
    pub notification_url: Option<String>,
    /// `additional_info`, as sent.
    pub additional_info: Value,
}

impl PageOrder {
    /// The tenors to choose from on the page, none when there is nothing to choose.
    pub fn tenors(&self) -> Vec<u64> {
        match self.kind {
            None => self.allow_tenors.clone(),
            Some(PaymentType::Installment) if !self.allow_tenors.is_empty() => {
                self.allow_tenors.clone()
            }
            Some(PaymentType::Installment) => self.tenor.into_iter().collect(),
            Some(_) => Vec::new(),
        }
    }

    /// What a card is charged.
    pub fn charged(&self, card: &TestCard) -> u64 {
        let promo = self
            .promos
            .iter()
            .find(|promo| card.number.starts_with(&promo.bin));
        self.amount - promo.map_or(0, |promo| promo.discount.min(self.amount))
    }

    /// Whether the card may be used.
    pub fn takes(&self, card: &TestCard) -> bool {
        self.allow_bins.is_empty()
            || self
                .allow_bins
                .iter()
                .any(|bin| card.number.starts_with(bin))
    }
}

/// Where a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PageStatus {
    /// The customer may pay.
    Open,
    /// The bank asks the holder.
    Challenged,
    /// Charged or authorised.
    Charged,
    /// Nothing can be paid any more.
    Expired,
}

/// What the customer chose to pay with.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The card.
    pub card: &'static TestCard,
    /// Its saved form, when it was one.
    pub token_id: Option<String>,
    /// Name on the card.
    pub holder: String,
    /// `MMYY`.
    pub expiry: String,
    /// Whether to save it.
    pub save: bool,
    /// Chosen tenor in months.
    pub tenor: Option<u64>,
}

/// One attempt that the bank refused.
#[derive(Debug, Clone)]
pub struct Declined {
    /// With what.
    pub choice: Choice,
    /// What would have been charged.
    pub amount: u64,
    /// `response_code`.
    pub code: &'static str,
    /// `response_message`.
    pub message: &'static str,
    /// When.
    pub at: Timestamp,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Page {
    /// What was asked for.
    pub order: PageOrder,
    /// `Request-Id` of the call, its key.
    pub request_id: String,
    /// Last part of its address.
    pub path_id: String,
    /// `order.session_id`.
    pub session_id: String,
    /// Where it stands.
    pub status: PageStatus,
    /// What the bank is asking the holder about.
    pub challenge: Option<Choice>,
    /// Wrong codes given to the bank.
    pub wrong_codes: u32,
    /// Refused attempts, oldest first.
    pub declined: Vec<Declined>,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}
