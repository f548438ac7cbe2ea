//! The ledger as the admin API shows it.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::World;

impl World {
    /// Everything accepted: payments, charges, refunds, bindings and violations, oldest first.
    ///
    /// `charges` has a row per debit of an account: two rows of one `partnerReferenceNo`, or two
    /// payments for one order, are a double charge. A payment without a customer's token names no
    /// customer, and is charged to the account under its channel's code. Behind the payments of
    /// SNAP come BRI's recurring charges, with `requestId` and `tokenId` and their invoice number
    /// for a reference. `briTokens` has the cards they are charged to. The parts about other cards
    /// follow.
    pub fn ledger(&self, now: Timestamp) -> Value {
        let payments: Vec<Value> = self
            .payments
            .iter()
            .map(|payment| {
                json!({
                    "partnerReferenceNo": payment.order.partner_reference_no,
                    "custIdMerchant": given(&payment.order.cust_id),
                    "authCode": given(&payment.auth_code),
                    "channel": payment.order.channel.code,
                    "kind": payment.order.kind(),
                    "confirmation": payment.order.confirmation,
                    "amount": payment.order.amount,
                    "status": payment.status,
                    "declined": payment.declined,
                    "referenceNo": payment.reference_no,
                    "externalId": payment.external_id(),
                    "externalIds": payment.external_ids,
                    "attempts": payment.external_ids.len(),
                    "wrongOtps": payment.wrong_otps,
                    "refunded": payment.refunded,
                    "createdAt": payment.created_at.rfc3339_millis(),
                    "paidAt": payment.paid_at.map(Timestamp::rfc3339_millis),
                })
            })
            .chain(self.bri.payment_rows())
            .collect();
        let charges: Vec<Value> = self
            .accounts
            .charges()
            .iter()
            .map(|charge| {
                json!({
                    "partnerReferenceNo": charge.partner_reference_no,
                    "channel": charge.channel.code,
                    "custIdMerchant": charge.cust_id,
                    "kind": charge.kind,
                    "tokenId": charge.token_id,
                    "amount": charge.amount,
                    "at": charge.at.rfc3339_millis(),
                })
            })
            .collect();
        let refunds: Vec<Value> = self
            .refunds
            .iter()
            .map(|refund| {
                json!({
                    "partnerRefundNo": refund.partner_refund_no,
                    "channel": refund.channel.code,
                    "originalPartnerReferenceNo": refund.partner_reference_no,
                    "amount": refund.amount,
                    "refundNo": refund.doku_refund_no,
                    "by": if refund.partner_refund_no.is_empty() { "doku" } else { "merchant" },
                    "attempts": refund.attempts,
                    "at": refund.at.rfc3339_millis(),
                })
            })
            .collect();
        let bindings: Vec<Value> = self
            .bindings
            .iter()
            .map(|binding| {
                json!({
                    "custIdMerchant": binding.cust_id,
                    "channel": binding.channel.code,
                    "authCode": binding.auth_code,
                    "successUrl": binding.success_url,
                    "referenceNo": binding.reference_no,
                    "card": binding.card,
                    "status": binding.status,
                    "blocked": self.card_otps.is_blocked(binding, now),
                })
            })
            .collect();
        let mut ledger = json!({
            "payments": payments,
            "charges": charges,
            "refunds": refunds,
            "bindings": bindings,
            "briTokens": self.bri.token_rows(),
            "violations": self.violations,
            "disagreements": self.disagreements,
        });
        if let Some(parts) = ledger.as_object_mut() {
            parts.extend(self.cards.ledger(now));
        }
        ledger
    }
}

/// What was given; null when nothing was, e.g. the customer of a wallet that asks for none.
fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
