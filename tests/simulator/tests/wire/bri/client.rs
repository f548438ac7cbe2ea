//! A merchant's client for BRI's recurring charges; signing is the cards' client's.

use serde_json::{Value, json};

use crate::world::World;

pub const RECURRING: &str = "/direct-debit/v1/payment-recurring";
pub const TOKENS: &str = "/direct-debit/v1/tokens";

/// A charge of 15000 rupiah, with no more in it than there must be.
pub fn order(invoice: &str, customer: &str, token: &str) -> Value {
    json!({
        "customer": {"id": customer},
        "order": {"invoice_number": invoice, "amount": 15_000},
        "payment": {"token_id": token},
    })
}

impl World {
    /// A card that the customer registered with BRI; its token.
    pub async fn bri_token(&self, customer: &str) -> String {
        let order = json!({"customerId": customer});
        let answer = self.admin("/admin/bri/tokens", &order).await;
        answer["tokenId"].as_str().unwrap().to_owned()
    }

    /// Charges the card; `payment.status` of the answer.
    pub async fn recurs(&self, invoice: &str, customer: &str, token: &str) -> String {
        let answer = self.card(RECURRING, &order(invoice, customer, token)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.at("/payment/status")
    }
}
