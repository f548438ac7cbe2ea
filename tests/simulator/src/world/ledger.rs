//! The ledger as the admin API shows it.

use doku_shared::clock::Timestamp;
use serde_json::{Value, json};

use super::World;

impl World {
    /// Everything accepted: payments, charges, refunds, bindings and violations, oldest first.
    ///
    /// `charges` has a row per debit of an account: two rows of one `partnerReferenceNo`, or two
    /// payments for one order, are a double charge. The parts about cards follow.
    pub fn ledger(&self, now: Timestamp) -> Value {
        let payments: Vec<Value> = self
            .payments
            .iter()
            .map(|payment| {
                json!({
                    "partnerReferenceNo": payment.order.partner_reference_no,
                    "custIdMerchant": payment.order.cust_id,
                    "authCode": payment.auth_code,
                    "channel": payment.order.channel.code,
                    "confirmation": payment.order.confirmation,
                    "amount": payment.order.amount,
                    "status": payment.status,
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
            .collect();
        let charges: Vec<Value> = self
            .accounts
            .charges()
            .iter()
            .map(|charge| {
                json!({
                    "partnerReferenceNo": charge.partner_reference_no,
                    "custIdMerchant": charge.cust_id,
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
                    "originalPartnerReferenceNo": refund.partner_reference_no,
                    "amount": refund.amount,
                    "refundNo": refund.doku_refund_no,
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
                    "referenceNo": binding.reference_no,
                    "status": binding.status,
                })
            })
            .collect();
        let mut ledger = json!({
            "payments": payments,
            "charges": charges,
            "refunds": refunds,
            "bindings": bindings,
            "violations": self.violations,
        });
        if let Some(parts) = ledger.as_object_mut() {
            parts.extend(self.cards.ledger(now));
        }
        ledger
    }
}
