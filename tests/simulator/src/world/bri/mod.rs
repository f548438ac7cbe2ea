//! What the simulator remembers of BRI's non-SNAP family: registered cards and recurring charges.

pub mod ledger;
pub mod payment;
pub mod token;

use std::collections::HashMap;

use doku_shared::clock::Timestamp;

use super::rows::Rows;
use payment::RecurringPayment;
use token::BriToken;

/// Everything of that family. Rows are never removed.
#[derive(Debug, Clone, Default)]
pub struct Bri {
    /// By token id.
    pub tokens: Rows<BriToken>,
    payments: Rows<RecurringPayment>,
    /// The `Request-Id` of every invoice.
    invoices: HashMap<String, String>,
}

impl Bri {
    /// Sets the moment at which the changes that follow are made.
    pub fn begin(&mut self, now: Timestamp) {
        self.payments.begin(now);
    }

    /// Its charges as they were at a moment, or first.
    pub fn earlier(self, at: Option<Timestamp>) -> Self {
        Self {
            payments: self.payments.earlier(at),
            ..self
        }
    }

    /// Takes a charge in, under its `Request-Id` and its invoice.
    pub fn insert(&mut self, payment: RecurringPayment) {
        let key = payment.request_id.clone();
        self.invoices
            .insert(payment.order.invoice.clone(), key.clone());
        self.payments.insert(&key, payment);
    }

    /// The charge of an invoice.
    pub fn payment_of(&self, invoice: &str) -> Option<&RecurringPayment> {
        self.payments.get(self.invoices.get(invoice)?)
    }

    /// The charge of that `Request-Id`.
    pub fn payment(&self, request_id: &str) -> Option<&RecurringPayment> {
        self.payments.get(request_id)
    }

    /// The charge of that `Request-Id`, to be changed.
    pub fn payment_mut(&mut self, request_id: &str) -> Option<&mut RecurringPayment> {
        self.payments.get_mut(request_id)
    }
}
