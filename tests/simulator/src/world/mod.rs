//! Everything the simulator remembers, behind one lock.

pub mod accounts;
pub mod binding;
pub mod calls;
pub mod cards;
pub mod external_ids;
pub mod faults;
pub mod ledger;
pub mod outbox;
pub mod payment;
pub mod refund;
pub mod rows;
pub mod settings;
pub mod tokens;
pub mod violations;

use accounts::Accounts;
use binding::Binding;
use calls::CallRecord;
use cards::Cards;
use external_ids::ExternalIds;
use faults::Faults;
use outbox::Outbox;
use payment::Payment;
use refund::Refund;
use rows::Rows;
use settings::Settings;
use tokens::Tokens;
use violations::Violation;

/// The whole memory of the simulator. Rows are never removed: the ledger is the judge in tests.
#[derive(Debug)]
pub struct World {
    /// Choices where DOKU's documents disagree.
    pub settings: Settings,
    /// Where the merchant answers.
    pub merchant_base_url: Option<String>,
    /// B2B and B2B2C tokens.
    pub tokens: Tokens,
    /// `X-EXTERNAL-ID` values seen per day.
    pub external_ids: ExternalIds,
    /// By `authCode`.
    pub bindings: Rows<Binding>,
    /// By `partnerReferenceNo`.
    pub payments: Rows<Payment>,
    /// By `partnerRefundNo`.
    pub refunds: Rows<Refund>,
    /// What customers' accounts hold, and every debit.
    pub accounts: Accounts,
    /// Everything about cards.
    pub cards: Cards,
    /// Tokens and personal data where they do not belong, and calls no careful merchant makes.
    pub violations: Vec<Violation>,
    /// Every call to DOKU.
    pub calls: Vec<CallRecord>,
    /// Faults ordered and not used up.
    pub faults: Faults,
    /// What DOKU has to tell the merchant, and how it went.
    pub outbox: Outbox,
}

impl World {
    /// An empty world.
    pub fn new(
        settings: Settings,
        merchant_base_url: Option<String>,
        default_balance: u64,
    ) -> Self {
        Self {
            settings,
            merchant_base_url,
            tokens: Tokens::default(),
            external_ids: ExternalIds::default(),
            bindings: Rows::default(),
            payments: Rows::default(),
            refunds: Rows::default(),
            accounts: Accounts::new(default_balance),
            cards: Cards::default(),
            violations: Vec::new(),
            calls: Vec::new(),
            faults: Faults::default(),
            outbox: Outbox::default(),
        }
    }
}
