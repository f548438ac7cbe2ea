//! Everything that a call can change, apart from the lists of calls and violations: copied, so
//! that work can be undone, and as it was earlier, so that a status can lag.

use std::collections::HashMap;

use doku_shared::clock::Timestamp;
use serde::Serialize;

use super::World;
use super::accounts::Accounts;
use super::binding::Binding;
use super::bri::Bri;
use super::card_otps::CardOtps;
use super::cards::Cards;
use super::faults::FaultKind;
use super::outbox::Notice;
use super::payment::Payment;
use super::refund::Refund;
use super::rows::Rows;
use super::tokens::Tokens;
use crate::money::Amount;
use crate::operation::Operation;

/// An answer that disagreed with the truth.
#[derive(Debug, Clone, Serialize)]
pub struct Disagreement {
    /// How.
    pub kind: FaultKind,
    /// In the answer to which operation.
    pub operation: Operation,
    /// The references that the call names.
    pub names: Vec<String>,
    /// When.
    pub at: String,
}

/// A copy of what DOKU knows.
#[derive(Debug)]
pub struct Facts {
    tokens: Tokens,
    bindings: Rows<Binding>,
    payments: Rows<Payment>,
    refunds: Rows<Refund>,
    card_otps: CardOtps,
    card_data: HashMap<String, String>,
    accounts: Accounts,
    cards: Cards,
    bri: Bri,
    unsent: Vec<Notice>,
}

impl Facts {
    /// The same without any refund.
    pub fn without_refunds(mut self) -> Self {
        self.refunds = Rows::default();
        self.payments
            .change_all(|payment| payment.refunded = Amount::ZERO);
        self.cards.refunds = Rows::default();
        self.cards.charges.change_all(|charge| {
            charge.refunded = 0;
            charge.voided = false;
        });
        self
    }

    /// The same as it was at a moment, or with payments in their first state and nothing that came
    /// of them.
    pub fn earlier(mut self, at: Option<Timestamp>) -> Self {
        self.payments = self.payments.earlier(at);
        self.refunds = match at {
            Some(_) => self.refunds.earlier(at),
            None => Rows::default(),
        };
        self.cards = self.cards.earlier(at);
        self.bri = self.bri.earlier(at);
        self
    }
}

impl World {
    /// Sets the moment at which the changes that follow are made.
    pub fn begin(&mut self, now: Timestamp) {
        self.payments.begin(now);
        self.refunds.begin(now);
        self.cards.begin(now);
        self.bri.begin(now);
    }

    /// A copy of what is known.
    pub fn facts(&self) -> Facts {
        Facts {
            tokens: self.tokens.clone(),
            bindings: self.bindings.clone(),
            payments: self.payments.clone(),
            refunds: self.refunds.clone(),
            card_otps: self.card_otps.clone(),
            card_data: self.card_data.clone(),
            accounts: self.accounts.clone(),
            cards: self.cards.clone(),
            bri: self.bri.clone(),
            unsent: self.outbox.fresh.clone(),
        }
    }

    /// Puts a copy in the place of what is known.
    pub fn put_back(&mut self, facts: Facts) {
        self.tokens = facts.tokens;
        self.bindings = facts.bindings;
        self.payments = facts.payments;
        self.refunds = facts.refunds;
        self.card_otps = facts.card_otps;
        self.card_data = facts.card_data;
        self.accounts = facts.accounts;
        self.cards = facts.cards;
        self.bri = facts.bri;
        self.outbox.fresh = facts.unsent;
    }
}
