//! What the simulator remembers of cards: pages, charges, captures, refunds, saved cards.

pub mod charge;
pub mod ledger;
pub mod page;
pub mod token;

use doku_shared::clock::Timestamp;

use super::rows::Rows;
use charge::{Capture, CardRefund, Charge};
use page::{Page, PageStatus};
use token::CardToken;

/// Everything about cards. Rows are never removed.
#[derive(Debug, Clone, Default)]
pub struct Cards {
    /// By the `Request-Id` of the call that ordered them.
    pub pages: Rows<Page>,
    /// By the `Request-Id` of their page. One page is charged at most once.
    pub charges: Rows<Charge>,
    /// By their own `Request-Id`.
    pub captures: Rows<Capture>,
    /// By their own `Request-Id`.
    pub refunds: Rows<CardRefund>,
    /// By token id.
    pub tokens: Rows<CardToken>,
}

impl Cards {
    /// Sets the moment at which the changes that follow are made.
    pub fn begin(&mut self, now: Timestamp) {
        self.pages.begin(now);
        self.charges.begin(now);
        self.captures.begin(now);
        self.refunds.begin(now);
    }

    /// Pages, charges, captures and refunds as they were at a moment; or pages as they were first,
    /// and nothing else.
    pub fn earlier(self, at: Option<Timestamp>) -> Self {
        if at.is_none() {
            return Self {
                pages: self.pages.earlier(at),
                tokens: self.tokens,
                ..Self::default()
            };
        }
        Self {
            pages: self.pages.earlier(at),
            charges: self.charges.earlier(at),
            captures: self.captures.earlier(at),
            refunds: self.refunds.earlier(at),
            tokens: self.tokens,
        }
    }

    /// The page that stands for an invoice: the charged one, else the newest.
    pub fn page_of(&self, invoice: &str) -> Option<&Page> {
        let of_invoice = || {
            self.pages
                .iter()
                .rev()
                .filter(|page| page.order.invoice == invoice)
        };
        of_invoice()
            .find(|page| page.status == PageStatus::Charged)
            .or_else(|| of_invoice().next())
    }

    /// The charge of an invoice.
    pub fn charge_of(&self, invoice: &str) -> Option<&Charge> {
        self.charges.iter().find(|charge| charge.invoice == invoice)
    }

    /// The charge with that authorisation.
    pub fn authorised(&self, authorize_id: &str) -> Option<&Charge> {
        self.charges
            .iter()
            .find(|charge| charge.authorize_id.as_deref() == Some(authorize_id))
    }
}
