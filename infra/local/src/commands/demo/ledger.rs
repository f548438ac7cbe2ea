//! Holds the simulator's ledger against what the API says.

use serde_json::Value;

use crate::commands::Surprise;

/// One payment as the API shows it, and what DOKU must have for it.
pub struct Claim<'a> {
    /// The payment as read from the API.
    pub payment: &'a Value,
    /// Rupiah charged.
    pub amount: u64,
    /// Rupiah given back.
    pub refunded: u64,
}

/// Checks every claim, and that the ledger holds nothing else that was charged. Says one sentence
/// for each payment.
pub fn check(ledger: &Value, claims: &[Claim<'_>]) -> Result<Vec<String>, Surprise> {
    let payments = entries(ledger, "payments")?;
    let refunds = entries(ledger, "refunds")?;
    let mut sentences = Vec::new();
    for claim in claims {
        let reference = claim.payment.pointer("/gateway/partnerReferenceNo");
        let reference = reference.and_then(Value::as_str).unwrap_or_default();
        let ours: Vec<_> = payments
            .iter()
            .filter(|entry| entry["partnerReferenceNo"] == reference)
            .collect();
        let [entry] = ours.as_slice() else {
            return Err(Surprise::new(format!(
                "DOKU's ledger has {} charges for {reference} instead of one.",
                ours.len()
            )));
        };
        let refunded: Option<u64> = refunds
            .iter()
            .filter(|refund| refund["originalPartnerReferenceNo"] == reference)
            .map(|refund| rupiah(&refund["amount"]))
            .sum();
        let agrees = entry["status"] == "paid"
            && rupiah(&entry["amount"]) == Some(claim.amount)
            && rupiah(&claim.payment["amount"]) == Some(claim.amount)
            && refunded == Some(claim.refunded)
            && rupiah(&claim.payment["refundedAmount"]) == Some(claim.refunded);
        if !agrees {
            return Err(Surprise::new(format!(
                "DOKU's ledger and the API disagree about {reference}: {entry} against {}",
                claim.payment
            )));
        }
        sentences.push(format!(
            "{reference}: one charge of {} rupiah, {} refunded, and the API says the same",
            claim.amount, claim.refunded
        ));
    }
    let paid = payments
        .iter()
        .filter(|entry| entry["status"] == "paid")
        .count();
    if paid != claims.len() {
        return Err(Surprise::new(format!(
            "DOKU's ledger holds {paid} charges, but {} were made.",
            claims.len()
        )));
    }
    Ok(sentences)
}

fn entries<'l>(ledger: &'l Value, name: &str) -> Result<&'l Vec<Value>, Surprise> {
    ledger[name]
        .as_array()
        .ok_or_else(|| Surprise::new(format!("DOKU's ledger has no list of {name}.")))
}

/// Whole rupiah of `10000`, `"10000"`, `"10000.00"` or `{"value":"10000.00"}`.
fn rupiah(value: &Value) -> Option<u64> {
    match value {
        Value::Object(fields) => rupiah(fields.get("value")?),
        Value::String(text) => text.strip_suffix(".00").unwrap_or(text).parse().ok(),
        other => other.as_u64(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_ledger_is_believed_only_when_it_agrees() {
        let payment = json!({
            "amount": { "value": "10000.00", "currency": "IDR" },
            "refundedAmount": { "value": "2500.00", "currency": "IDR" },
            "gateway": { "partnerReferenceNo": "A1" },
        });
        let entry = json!({ "partnerReferenceNo": "A1", "status": "paid", "amount": "10000.00" });
        let refund = json!({ "originalPartnerReferenceNo": "A1", "amount": "2500.00" });
        let table = [
            (
                "as it should be",
                json!({ "payments": [entry], "refunds": [refund] }),
                true,
            ),
            (
                "charged twice",
                json!({ "payments": [entry, entry], "refunds": [refund] }),
                false,
            ),
            (
                "not charged",
                json!({ "payments": [], "refunds": [] }),
                false,
            ),
            (
                "not refunded",
                json!({ "payments": [entry], "refunds": [] }),
                false,
            ),
            (
                "refunded twice",
                json!({ "payments": [entry], "refunds": [refund, refund] }),
                false,
            ),
            (
                "one that nobody made",
                json!({
                    "payments": [entry, { "partnerReferenceNo": "B", "status": "paid", "amount": 1 }],
                    "refunds": [refund],
                }),
                false,
            ),
            ("no ledger", json!({}), false),
        ];
        for (why, ledger, agrees) in table {
            let claims = [Claim {
                payment: &payment,
                amount: 10_000,
                refunded: 2_500,
            }];
            assert_eq!(check(&ledger, &claims).is_ok(), agrees, "{why}");
        }
    }
}
