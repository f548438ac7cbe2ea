//! Holds the simulator's ledger against what the API says.

use serde_json::Value;

use crate::commands::Surprise;

/// One payment as the API shows it, and what DOKU must have for it.
pub struct Claim {
    /// The payment as read from the API.
    pub payment: Value,
    /// Rupiah charged to the account, or captured of the card.
    pub taken: u64,
    /// Rupiah given back.
    pub refunded: u64,
}

/// One kind of payments, and where both sides keep them.
struct Kind {
    /// `method.type` of the API.
    method: &'static str,
    /// The ledger's list of them.
    list: &'static str,
    /// Its member that names a payment.
    name: &'static str,
    /// Where the API has the same name.
    our_name: &'static str,
    /// The ledger's member for what was taken.
    taken: &'static str,
    /// The ledger's list of refunds.
    refunds: &'static str,
    /// Its member that names the payment.
    refunded_name: &'static str,
}

const ACCOUNT: Kind = Kind {
    method: "direct_debit",
    list: "charges",
    name: "partnerReferenceNo",
    our_name: "/gateway/partnerReferenceNo",
    taken: "amount",
    refunds: "refunds",
    refunded_name: "originalPartnerReferenceNo",
};

/// An authorisation is a row too, of which nothing may have been captured.
const CARD: Kind = Kind {
    method: "card",
    list: "cardCharges",
    name: "invoiceNumber",
    our_name: "/invoiceNumber",
    taken: "captured",
    refunds: "cardRefunds",
    refunded_name: "invoiceNumber",
};

/// Checks every claim, that the ledger holds nothing else that was charged, and that DOKU found
/// nothing wrong with any call. Says one sentence for each payment.
pub fn check(ledger: &Value, claims: &[Claim]) -> Result<Vec<String>, Surprise> {
    let mut sentences = Vec::new();
    for kind in [ACCOUNT, CARD] {
        let of_kind = |claim: &&Claim| claim.payment["method"]["type"] == kind.method;
        let claims: Vec<_> = claims.iter().filter(of_kind).collect();
        for claim in &claims {
            sentences.push(compare(ledger, &kind, claim)?);
        }
        let rows = entries(ledger, kind.list)?;
        if rows.len() != claims.len() {
            return Err(Surprise::new(format!(
                "DOKU's ledger holds {} {}, but {} were made.",
                rows.len(),
                kind.list,
                claims.len()
            )));
        }
    }
    match entries(ledger, "violations")?.as_slice() {
        [] => Ok(sentences),
        [first, ..] => Err(Surprise::new(format!("DOKU complains: {first}"))),
    }
}

fn compare(ledger: &Value, kind: &Kind, claim: &Claim) -> Result<String, Surprise> {
    let name = claim.payment.pointer(kind.our_name);
    let name = name.and_then(Value::as_str).unwrap_or_default();
    let named = |entry: &&Value| entry[kind.name] == name;
    let rows: Vec<_> = entries(ledger, kind.list)?.iter().filter(named).collect();
    let [row] = rows.as_slice() else {
        return Err(Surprise::new(format!(
            "DOKU's ledger has {} charges for {name} instead of one.",
            rows.len()
        )));
    };
    let refunded: Option<u64> = entries(ledger, kind.refunds)?
        .iter()
        .filter(|refund| refund[kind.refunded_name] == name)
        .map(|refund| rupiah(&refund["amount"]))
        .sum();
    let agrees = rupiah(&row[kind.taken]) == Some(claim.taken)
        && taken(&claim.payment) == Some(claim.taken)
        && refunded == Some(claim.refunded)
        && rupiah(&claim.payment["refundedAmount"]) == Some(claim.refunded);
    if !agrees {
        return Err(Surprise::new(format!(
            "DOKU's ledger and the API disagree about {name}: {row} against {}",
            claim.payment
        )));
    }
    Ok(format!(
        "{name}: {} rupiah taken, {} given back, and the API says the same ({})",
        claim.taken,
        claim.refunded,
        claim.payment["status"].as_str().unwrap_or_default()
    ))
}

/// What the API says was taken: only an authorisation has an amount captured beside the one charged.
fn taken(payment: &Value) -> Option<u64> {
    match (&payment["paidAt"], &payment["capturedAmount"]) {
        (Value::Null, _) => Some(0),
        (_, Value::Null) => rupiah(&payment["chargedAmount"]),
        (_, captured) => rupiah(captured),
    }
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

    /// One payment of each kind, as it should be, and one way in which a ledger can differ.
    fn agrees(change: impl FnOnce(&mut Value)) -> bool {
        let money = |value: &str| json!({ "value": value, "currency": "IDR" });
        let payment = |method: &str, captured: Value| {
            json!({
                "invoiceNumber": "INV-1",
                "method": { "type": method },
                "chargedAmount": money("10000.00"),
                "capturedAmount": captured,
                "paidAt": "2026-11-20T01:15:30.000Z",
                "refundedAmount": money("2500.00"),
                "gateway": { "partnerReferenceNo": "A1" },
                "status": "partially_refunded",
            })
        };
        let claim = |payment, taken| Claim {
            payment,
            taken,
            refunded: 2_500,
        };
        let claims = [
            claim(payment("direct_debit", Value::Null), 10_000),
            claim(payment("card", money("6000.00")), 6_000),
        ];
        let mut ledger = json!({
            "charges": [{ "partnerReferenceNo": "A1", "amount": "10000.00" }],
            "refunds": [{ "originalPartnerReferenceNo": "A1", "amount": "2500.00" }],
            "cardCharges": [{ "invoiceNumber": "INV-1", "amount": 10000, "captured": 6000 }],
            "cardRefunds": [{ "invoiceNumber": "INV-1", "amount": 2500 }],
            "violations": [],
        });
        change(&mut ledger);
        check(&ledger, &claims).is_ok()
    }

    #[test]
    fn the_ledger_is_believed_only_when_it_agrees() {
        assert!(agrees(|_| {}));
        assert!(!agrees(|ledger| *ledger = json!({})), "no ledger");
        assert_eq!(taken(&json!({ "chargedAmount": "1.00" })), Some(0), "held");
        for list in ["charges", "refunds", "cardCharges", "cardRefunds"] {
            let twice = |ledger: &mut Value| {
                let rows = ledger[list].as_array_mut().unwrap();
                rows.push(rows[0].clone());
            };
            assert!(!agrees(twice), "twice: {list}");
            assert!(
                !agrees(|ledger| ledger[list] = json!([])),
                "not at all: {list}"
            );
        }
        let table = [
            ("charges", json!({ "partnerReferenceNo": "B", "amount": 1 })),
            (
                "cardCharges",
                json!({ "invoiceNumber": "B", "captured": 0 }),
            ),
            ("violations", json!("captured_again")),
        ];
        for (list, row) in table {
            let more = |ledger: &mut Value| ledger[list].as_array_mut().unwrap().push(row);
            assert!(!agrees(more), "one more of {list}");
        }
        assert!(
            !agrees(|ledger| ledger["cardCharges"][0]["captured"] = json!(10_000)),
            "captured as a whole"
        );
    }
}
