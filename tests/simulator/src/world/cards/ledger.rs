//! The cards' part of the ledger.

use doku_shared::clock::Timestamp;
use serde_json::{Map, Value, json};

use super::Cards;
use super::page::PaymentType;

impl Cards {
    /// Pages, charges, captures, refunds and saved cards, oldest first, each under its name.
    ///
    /// `cardCharges` has a row per charge or authorisation of a card: two rows of one
    /// `invoiceNumber` are a double charge. Amounts are whole rupiah, card numbers masked.
    pub fn ledger(&self, now: Timestamp) -> Map<String, Value> {
        let parts = [
            ("cardPages", self.page_rows()),
            ("cardCharges", self.charge_rows(now)),
            ("cardCaptures", self.capture_rows()),
            ("cardRefunds", self.refund_rows()),
            ("cardTokens", self.token_rows()),
        ];
        parts
            .into_iter()
            .map(|(name, rows)| (name.to_owned(), Value::from(rows)))
            .collect()
    }

    fn page_rows(&self) -> Vec<Value> {
        let row = |page: &super::Page| {
            json!({
                "invoiceNumber": page.order.invoice,
                "requestId": page.request_id,
                "sessionId": page.session_id,
                "pageId": page.path_id,
                "customerId": page.order.customer.id,
                "amount": page.order.amount,
                "paymentType": page.order.kind.map(PaymentType::word),
                "status": page.status,
                "declined": page.declined.len(),
                "notificationUrl": page.order.notification_url,
                "createdAt": page.created_at.rfc3339_millis(),
            })
        };
        self.pages.iter().map(row).collect()
    }

    fn charge_rows(&self, now: Timestamp) -> Vec<Value> {
        let row = |charge: &super::Charge| {
            let page = self.pages.get(&charge.request_id);
            json!({
                "invoiceNumber": charge.invoice,
                "requestId": charge.request_id,
                "customerId": page.and_then(|page| page.order.customer.id.as_deref()),
                "type": charge.kind.word(),
                "amount": charge.amount,
                "discount": charge.discount,
                "tenor": charge.choice.tenor,
                "card": charge.choice.card.masked(),
                "brand": charge.choice.card.brand,
                "tokenId": charge.choice.token_id,
                "authorizeId": charge.authorize_id,
                "captured": charge.captured,
                "refunded": charge.refunded,
                "settled": charge.is_settled(now),
                "status": charge.status(),
                "at": charge.at.rfc3339_millis(),
            })
        };
        self.charges.iter().map(row).collect()
    }

    fn capture_rows(&self) -> Vec<Value> {
        let row = |capture: &super::Capture| {
            json!({
                "invoiceNumber": capture.invoice,
                "requestId": capture.request_id,
                "authorizeId": capture.authorize_id,
                "amount": capture.amount,
                "status": capture.outcome,
                "by": capture.by,
                "at": capture.at.rfc3339_millis(),
            })
        };
        self.captures.iter().map(row).collect()
    }

    fn refund_rows(&self) -> Vec<Value> {
        let row = |refund: &super::CardRefund| {
            json!({
                "invoiceNumber": refund.invoice,
                "requestId": refund.request_id,
                "originalRequestId": refund.page_request_id,
                "amount": refund.amount,
                "type": refund.kind,
                "by": refund.by,
                "status": refund.outcome,
                "at": refund.at.rfc3339_millis(),
            })
        };
        self.refunds.iter().map(row).collect()
    }

    fn token_rows(&self) -> Vec<Value> {
        let row = |token: &super::CardToken| {
            json!({
                "tokenId": token.id,
                "customerId": token.customer_id,
                "card": token.card.masked(),
                "brand": token.card.brand,
                "issuer": token.card.issuer,
                "status": if token.active { "ACTIVE" } else { "INACTIVE" },
            })
        };
        self.tokens.iter().map(row).collect()
    }
}
