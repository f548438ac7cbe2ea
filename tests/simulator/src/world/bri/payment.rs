//! One recurring charge of BRI's.

use doku_shared::clock::Timestamp;
use serde_json::Value;

use crate::money::Amount;
use crate::world::declines::Decline;
use crate::world::payment::PaymentStatus;

/// What the merchant asked for.
#[derive(Debug, Clone)]
pub struct RecurringOrder {
    /// `order.invoice_number`, good for one charge.
    pub invoice: String,
    /// `order.amount`, whole rupiah.
    pub amount: u64,
    /// `customer.id`.
    pub customer_id: String,
    /// `payment.token_id`.
    pub token_id: String,
    /// `customer`, as sent.
    pub customer: Value,
    /// `order`, as sent.
    pub order: Value,
    /// Where its notifications go instead of the registered address.
    pub notification_url: Option<String>,
}

/// One charge.
#[derive(Debug, Clone)]
pub struct RecurringPayment {
    /// What was asked for.
    pub order: RecurringOrder,
    /// `Request-Id` of the call, its key.
    pub request_id: String,
    /// `payment.payment_id`.
    pub payment_id: String,
    /// Where it stands.
    pub status: PaymentStatus,
    /// Why the bank refused, if it did.
    pub declined: Option<Decline>,
    /// When the call came.
    pub created_at: Timestamp,
    /// When the bank decided.
    pub decided_at: Option<Timestamp>,
}

impl RecurringPayment {
    /// Its status in the words of the non-SNAP family.
    pub const fn word(&self) -> &'static str {
        match self.status {
            PaymentStatus::Initiated => "PENDING",
            PaymentStatus::Paid => "SUCCESS",
            PaymentStatus::Failed => "FAILED",
        }
    }

    /// How much, as accounts count it.
    pub const fn amount(&self) -> Amount {
        Amount::rupiah(self.order.amount)
    }

    /// When its status last changed.
    pub fn changed_at(&self) -> Timestamp {
        self.decided_at.unwrap_or(self.created_at)
    }
}
