//! BRI's recurring charges, as the customer, as the bank, and as whoever looks at DOKU's books.

use serde_json::{Value, json};

use super::Doku;
use super::leaks::plant;

impl Doku {
    /// A card that the customer has registered with BRI; its token, which no log may hold.
    pub async fn bri_token(&self, customer: &str) -> String {
        let order = json!({"customerId": customer});
        let answer = self.order("bri/tokens", order).await;
        plant(answer["tokenId"].as_str().unwrap())
    }

    /// The card is deleted at the bank, and nobody tells the merchant.
    pub async fn deletes_bri_token(&self, token: &str) {
        let order = json!({"tokenId": token});
        self.order("bri/tokens/delete", order).await;
    }

    /// The bank takes its time over the next so many charges: no notification, and check status
    /// says `PENDING`, until [`Doku::decides_bri_charge`].
    pub async fn leaves_bri_charges_open(&self, times: u32) {
        let fault = json!({"operation": "bri_recurring", "kind": "pending", "times": times});
        self.order("faults", fault).await;
    }

    /// The bank decides on a charge that it left open, and the merchant is told.
    pub async fn decides_bri_charge(&self, invoice: &str, success: bool) {
        let order = json!({"invoiceNumber": invoice, "success": success});
        self.order("bri/complete", order).await;
    }

    /// Every debit of a customer, oldest first, whichever way it was ordered: with
    /// `partnerReferenceNo` (BRI's token: the invoice number), `kind`, `amount` and `at`.
    pub async fn debits_of(&self, customer: &str) -> Vec<Value> {
        self.rows("charges", "custIdMerchant", &json!(customer))
            .await
    }
}
