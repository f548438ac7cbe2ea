//! News that is not true: forged by somebody, or signed by DOKU and wrong or late.

use serde_json::{Value, json};

use super::World;
use crate::judge::Violation;

impl World {
    /// A notification of success that DOKU did not sign is refused, and the table is not even read.
    pub(super) async fn forge(&mut self, pay: usize) -> Result<(), Violation> {
        let Some(reference) = self.reference(pay) else {
            return Ok(());
        };
        let order = json!({"partnerReferenceNo": reference, "latestTransactionStatus": "00"});
        let built = self.order("notifications/build", &order).await;
        let (Some(url), Some(body)) = (built["url"].as_str(), built["body"].as_str()) else {
            return Ok(());
        };
        self.settle().await;
        let mut request = self.http.post(url).body(body.to_owned());
        for (name, value) in built["headers"].as_object().into_iter().flatten() {
            let value = value.as_str().unwrap_or_default();
            let signed = name.eq_ignore_ascii_case("x-signature");
            let own = if signed {
                value.chars().rev().collect()
            } else {
                value.to_owned()
            };
            request = request.header(name, own);
        }
        let before = self.cloud.calls();
        let answer = request.send().await.expect("the webhook");
        let status = answer.status().as_u16();
        if status < 300 || self.cloud.calls() != before {
            let what = format!("a forged notification of {reference} was answered {status}");
            return Err(Violation::new("I8", what));
        }
        Ok(())
    }

    /// DOKU's own signature, under an amount that is not the payment's.
    pub(super) async fn misquote(&self, pay: usize) {
        let card =
            json!({"order": {"amount": 1}, "transaction": {"status": "SUCCESS", "type": "SALE"}});
        let debit = json!({"latestTransactionStatus": "00", "amount": "1.00"});
        self.tell(pay, card, debit, false).await;
    }

    /// DOKU's own signature, under what was true before: that it was being worked on.
    pub(super) async fn rumour(&self, pay: usize) {
        let card = json!({"transaction": {"status": "PENDING"}});
        let debit = json!({"latestTransactionStatus": "02"});
        self.tell(pay, card, debit, true).await;
    }

    /// DOKU tells of a payment otherwise than it is: by card, or from an account. It may know of it, or
    /// must.
    async fn tell(&self, pay: usize, card: Value, debit: Value, known: bool) {
        if let Some(reference) = self.reference(pay) {
            self.tell_of(&reference, card, debit, known).await;
        }
    }

    pub(super) async fn tell_of(
        &self,
        reference: &str,
        card: Value,
        mut debit: Value,
        known: bool,
    ) {
        let ledger = self.doku.ledger();
        let is_in = |part: &str, name: &str| {
            let rows = ledger[part].as_array();
            rows.is_some_and(|rows| rows.iter().any(|row| row[name] == reference))
        };
        let by_token = self.is_by_token(reference);
        if is_in("cardPages", "invoiceNumber") || by_token {
            let order = json!({"invoiceNumber": reference, "set": card});
            self.order("cards/notifications", &order).await;
        } else if !known || is_in("payments", "partnerReferenceNo") {
            debit["partnerReferenceNo"] = json!(reference);
            self.order("notifications", &debit).await;
        }
    }
    /// A charge by one of BRI's tokens, of which DOKU tells as it does of cards.
    fn is_by_token(&self, reference: &str) -> bool {
        let ledger = self.doku.ledger();
        let charges = ledger["charges"].as_array();
        charges.is_some_and(|all| {
            all.iter()
                .any(|row| row["tokenId"].is_string() && row["partnerReferenceNo"] == reference)
        })
    }
}
