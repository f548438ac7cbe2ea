//! BRI's part of the ledger.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::Bri;
use super::payment::RecurringPayment;
use super::token::BriToken;
use crate::channel::BRI;
use crate::world::payment::PaymentStatus;

impl Bri {
    /// Recurring charges as rows of `payments`: the invoice number stands for the reference, and
    /// the channel is the one whose accounts pay.
    pub fn payment_rows(&self) -> impl Iterator<Item = Value> {
        let row = |payment: &RecurringPayment| {
            let paid = payment.status == PaymentStatus::Paid;
            json!({
                "partnerReferenceNo": payment.order.invoice,
                "requestId": payment.request_id,
                "custIdMerchant": payment.order.customer_id,
                "tokenId": payment.order.token_id,
                "channel": BRI.code,
                "kind": "RECURRING",
                "confirmation": "NONE",
                "amount": payment.amount(),
                "status": payment.status,
                "declined": payment.declined,
                "referenceNo": payment.payment_id,
                "attempts": 1,
                "createdAt": payment.created_at.rfc3339_millis(),
                "paidAt": payment.decided_at.filter(|_| paid).map(Timestamp::rfc3339_millis),
            })
        };
        self.payments.iter().map(row)
    }

    /// Registered cards, oldest first.
    pub fn token_rows(&self) -> Vec<Value> {
        let row = |token: &BriToken| {
            json!({
                "tokenId": token.id,
                "customerId": token.customer_id,
                "card": token.masked,
                "status": if token.active { "ACTIVE" } else { "INACTIVE" },
            })
        };
        self.tokens.iter().map(row).collect()
    }
}
