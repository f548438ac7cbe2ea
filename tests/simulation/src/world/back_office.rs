//! What DOKU's staff do, and news of transactions that are none of this deployment's.

use serde_json::{Value, json};

use super::World;
use crate::judge::Violation;
use crate::plan::{Deed, Foreign};

impl World {
    /// DOKU's staff refund, void or capture, where that is possible now.
    pub(super) async fn back_office(&mut self, pay: usize, deed: Deed) {
        let Some(reference) = self.reference(pay) else {
            return;
        };
        let mut order = json!({"invoiceNumber": reference});
        let path = match deed {
            Deed::Refund(part) => {
                order["amount"] = json!(part);
                "cards/refund"
            }
            Deed::Capture(part) => {
                order["amount"] = json!(part);
                "cards/capture"
            }
            Deed::Void => "cards/void",
        };
        let mut done = self.order(path, &order).await;
        if done.is_null()
            && let Deed::Refund(part) = deed
        {
            let path = format!("payments/{reference}/refund");
            done = self.order(&path, &json!({"amount": part})).await;
        }
        self.tally.back_office += u64::from(!done.is_null());
    }

    /// News of another service or channel under the reference and the amount of a payment: acknowledged, and
    /// without any effect on it.
    pub(super) async fn foreign_news(
        &mut self,
        pay: usize,
        foreign: Foreign,
    ) -> Result<(), Violation> {
        let Some(reference) = self.reference(pay) else {
            return Ok(());
        };
        self.settle().await;
        let is_card = self.made.get(&pay).is_some_and(|made| {
            let method = &made.body["method"]["type"];
            method == "card" || method == "bri_token"
        });
        let Some(before) = self.standing_of(&reference) else {
            return Ok(());
        };
        let amount = before["amount"].clone();
        let answer = self
            .tell_foreign(&reference, is_card, &amount, Some(foreign))
            .await;
        let after = self.standing_of(&reference);
        if after.as_ref() != Some(&before) {
            let found = format!("{foreign:?} made {after:?} of {before:?}, {reference}");
            return Err(Violation::new("another product's news", found));
        }
        Self::must_be_taken(&reference, &answer)
    }

    /// News of a payment that the table does not have.
    pub(super) async fn unknown_news(
        &mut self,
        number: usize,
        foreign: Option<Foreign>,
    ) -> Result<(), Violation> {
        let kind = if foreign.is_some() {
            "FOREIGN"
        } else {
            "OTHER"
        };
        let reference = format!("{kind}-{number}");
        let letters = self.letters();
        let is_card = number.is_multiple_of(2);
        let answer = self
            .tell_foreign(&reference, is_card, &json!(10_000), foreign)
            .await;
        Self::must_be_taken(&reference, &answer)?;
        if self.letters() != letters {
            let found = format!("{reference} became a dead letter");
            return Err(Violation::new("not ours is not an error", found));
        }
        Ok(())
    }

    /// Sends a notification of DOKU's own signature, of another service where one is given.
    async fn tell_foreign(
        &mut self,
        reference: &str,
        is_card: bool,
        amount: &Value,
        foreign: Option<Foreign>,
    ) -> Value {
        self.tally.foreign_news += 1;
        let success = foreign.is_none_or(|foreign| foreign.success);
        if is_card {
            let status = if success { "SUCCESS" } else { "EXPIRED" };
            let mut set = json!({
                "order": {"amount": amount},
                "transaction": {"status": status, "type": null, "original_request_id": null},
                "refund": null,
            });
            if let Some(Foreign { service, .. }) = foreign {
                set["service"] = json!({"id": service});
                set["channel"] = json!({"id": format!("{service}_BCA")});
                set["acquirer"] = json!({"id": "BCA"});
                set["card_payment"] = Value::Null;
                set["authorize_id"] = Value::Null;
                set["payment"] = Value::Null;
            }
            let order = json!({"invoiceNumber": reference, "set": set});
            return self.order("cards/notifications", &order).await;
        }
        let mut order = json!({
            "partnerReferenceNo": reference,
            "latestTransactionStatus": if success { "00" } else { "06" },
            "amount": format!("{amount}.00"),
        });
        if let Some(Foreign { service, .. }) = foreign {
            order["channel"] = json!(format!("{service}_BANK_CIMB"));
            order["referenceNo"] = json!("DK-OF-ANOTHER-TRANSACTION");
        }
        self.order("notifications", &order).await
    }

    /// What is not refused because AWS does not answer has to be acknowledged.
    fn must_be_taken(reference: &str, answer: &Value) -> Result<(), Violation> {
        match answer["status"].as_u64() {
            Some(status @ 400..500) if status != 401 => {
                let found = format!("news of {reference} was answered {status}: {answer}");
                Err(Violation::new("not ours is not an error", found))
            }
            _ => Ok(()),
        }
    }

    /// What the table says about the money of a payment.
    fn standing_of(&self, reference: &str) -> Option<Value> {
        let items = self.cloud.items();
        let own = items
            .iter()
            .find(|item| item["sk"] == "PAYMENT" && item["reference"] == reference)?;
        let members = [
            "amount", "status", "refunded", "reserved", "captured", "failure",
        ];
        let kept = members.map(|member| (member.to_owned(), own[member].clone()));
        Some(Value::Object(kept.into_iter().collect()))
    }

    /// How many notifications could not be read.
    fn letters(&self) -> usize {
        let items = self.cloud.items();
        let letter = |item: &&Value| item["sk"] == "LETTER";
        items.iter().filter(letter).count()
    }
}
