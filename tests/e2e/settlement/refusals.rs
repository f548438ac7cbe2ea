//! Settlements that are not taken, and change nothing.

use serde_json::{Value, json};

use super::settlement;
use crate::support::{Shop, Untouched};

#[tokio::test]
async fn what_is_not_escalated_is_not_settled() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let open = shop.pay(&binding, 10_000).await;
    let paid = shop.paid(&binding, 10_000).await;
    let untouched = Untouched::so_far(&shop).await;
    for (id, outcome, amount, said) in [
        (open.id.as_str(), "failed", None, "refused"),
        (&paid, "failed", None, "refused"),
        (&binding, "unbound", None, "refused"),
        ("pay_01ARZ3NDEKTSV4RRFFQ69G5FAV", "paid", Some(1), "unknown"),
        ("rfn_01ARZ3NDEKTSV4RRFFQ69G5FAV", "failed", None, "unknown"),
        ("bnd_01ARZ3NDEKTSV4RRFFQ69G5FAV", "active", None, "unknown"),
    ] {
        let answer = shop.settles(&settlement(id, outcome, amount)).await;
        assert_eq!(answer["settled"], said, "{id}: {answer}");
    }
    untouched.still(&shop, "nothing was escalated").await;
}

#[tokio::test]
async fn every_wrong_field_of_a_settlement_is_named() {
    let shop = Shop::open().await;
    let wrong = json!({
        "id": "INV-1",
        "outcome": "lost",
        "amount": {"value": "1", "currency": "USD"},
        "by": "",
        "reason": "card 4111111111111111",
        "ticket": 4711,
    });
    let answer = shop.settles(&wrong).await;
    assert_eq!(answer["settled"], "invalid", "{answer}");
    let mut fields: Vec<&str> = answer["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|error| error["field"].as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "amount.currency",
            "amount.value",
            "by",
            "id",
            "outcome",
            "reason",
            "ticket"
        ]
    );
    for event in [json!("pay_1"), Value::Null, json!([])] {
        let answer = shop.settles(&event).await;
        assert_eq!(answer["settled"], "invalid", "{answer}");
    }
    assert!(!shop.world.logs_text().contains("4111111111111111"));
}
