//! Everything the simulator remembers, behind one lock.

pub mod accounts;
pub mod answers;
pub mod binding;
pub mod bri;
pub mod calls;
pub mod card_otps;
pub mod cards;
pub mod declines;
pub mod external_ids;
pub mod facts;
pub mod faults;
pub mod ledger;
pub mod outbox;
pub mod payment;
pub mod refund;
pub mod rows;
pub mod settings;
pub mod tokens;
pub mod violations;

use std::collections::HashMap;

use accounts::Accounts;
use answers::Answers;
use binding::Binding;
use bri::Bri;
use calls::CallRecord;
use card_otps::CardOtps;
use cards::Cards;
use external_ids::ExternalIds;
use facts::Disagreement;
use faults::Faults;
use outbox::Outbox;
use payment::{Payment, PaymentStatus};
use refund::Refund;
use rows::Rows;
use settings::Settings;
use tokens::Tokens;
use violations::Violation;

use crate::channel::{Channel, Channels};

/// The whole memory of the simulator. Rows are never removed: the ledger is the judge in tests.
#[derive(Debug)]
pub struct World {
    /// Choices where DOKU's documents disagree.
    pub settings: Settings,
    /// The channels served.
    pub channels: Channels,
    /// Where the merchant answers.
    pub merchant_base_url: Option<String>,
    /// B2B and B2B2C tokens.
    pub tokens: Tokens,
    /// `X-EXTERNAL-ID` values seen per day.
    pub external_ids: ExternalIds,
    /// By `authCode`.
    pub bindings: Rows<Binding>,
    /// By channel and `partnerReferenceNo`, see [`key`].
    pub payments: Rows<Payment>,
    /// By channel and `partnerRefundNo`, likewise.
    pub refunds: Rows<Refund>,
    /// Wrong OTPs of cards.
    pub card_otps: CardOtps,
    /// Ciphertexts of registered cards by their IV, to see one used twice.
    pub card_data: HashMap<String, String>,
    /// What customers' accounts hold, and every debit.
    pub accounts: Accounts,
    /// Everything about cards.
    pub cards: Cards,
    /// Everything about BRI's recurring charges.
    pub bri: Bri,
    /// First answers of the non-SNAP family, by `Request-Id`.
    pub answers: Answers,
    /// Tokens and personal data where they do not belong, and calls no careful merchant makes.
    pub violations: Vec<Violation>,
    /// Every call to DOKU.
    pub calls: Vec<CallRecord>,
    /// Answers that disagreed with the truth.
    pub disagreements: Vec<Disagreement>,
    /// Faults ordered and not used up.
    pub faults: Faults,
    /// What DOKU has to tell the merchant, and how it went.
    pub outbox: Outbox,
}

impl World {
    /// An empty world.
    pub fn new(
        settings: Settings,
        channels: Channels,
        merchant_base_url: Option<String>,
        default_balance: u64,
    ) -> Self {
        Self {
            settings,
            channels,
            merchant_base_url,
            tokens: Tokens::default(),
            external_ids: ExternalIds::default(),
            bindings: Rows::default(),
            payments: Rows::default(),
            refunds: Rows::default(),
            card_otps: CardOtps::default(),
            card_data: HashMap::new(),
            accounts: Accounts::new(default_balance),
            cards: Cards::default(),
            bri: Bri::default(),
            answers: Answers::default(),
            violations: Vec::new(),
            calls: Vec::new(),
            disagreements: Vec::new(),
            faults: Faults::default(),
            outbox: Outbox::default(),
        }
    }
    /// The key of the payment that the merchant knows by that reference: the one that waits,
    /// else the newest, of that channel if one is named.
    pub fn payment_key(&self, reference: &str, channel: Option<&str>) -> Option<String> {
        let mut found = self.payments.iter().filter(|payment| {
            payment.order.partner_reference_no == reference
                && channel.is_none_or(|code| payment.order.channel.code == code)
        });
        let newest = found.clone().next_back();
        let waits = found.find(|payment| payment.status == PaymentStatus::Initiated);
        waits.or(newest).map(Payment::key)
    }
}

/// The key of a payment or a refund: a reference is unique within its channel.
pub fn key(channel: &Channel, reference: &str) -> String {
    format!("{}/{reference}", channel.code)
}
