//! Many customers at once, and no token on the wrong side.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::Shop;

/// Payments of both customers together.
const PAYMENTS: usize = 1_000;
/// Payments under way at a time.
const AT_ONCE: usize = 8;
/// Between two rounds every token runs out.
const ROUNDS: usize = 4;
const TOKENS_GONE: Duration = Duration::from_secs(901);
const CUSTOMERS: [&str; 2] = ["cust-a", "cust-b"];

#[tokio::test]
async fn two_customers_interleaved_a_thousand_times_never_meet() {
    let shop = Shop::open().await;
    let mut bindings = Vec::new();
    for customer in CUSTOMERS {
        bindings.push((customer, shop.link_account(customer).await));
    }
    let mut expected = HashMap::new();
    for round in 0..ROUNDS {
        if round > 0 {
            shop.doku.time_passes(TOKENS_GONE).await;
        }
        if round == ROUNDS - 1 {
            // DOKU forgets them too, earlier than it said.
            shop.doku.order("tokens/void-customers", json!({})).await;
        }
        expected.extend(pay_alternately(&shop, &bindings).await);
    }
    assert_eq!(expected.len(), PAYMENTS);

    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["violations"], json!([]));
    let rows = ledger["payments"].as_array().unwrap();
    assert_eq!(rows.len(), PAYMENTS);
    for row in rows {
        let reference = row["partnerReferenceNo"].as_str().unwrap();
        assert_eq!(row["custIdMerchant"], expected[reference], "{reference}");
        assert_eq!(row["attempts"], 1, "{reference}");
    }
    let minted = shop.doku.calls("b2b").await.len();
    let exchanged = shop.doku.calls("b2b2c").await.len();
    println!(
        "{PAYMENTS} payments of 2 customers: {minted} B2B tokens, {exchanged} customers' tokens in {ROUNDS} rounds"
    );
    assert!(minted <= ROUNDS, "{minted} tokens for {ROUNDS} lives");
    // One at linking, one each round after that, one more when DOKU forgot the last.
    assert!(exchanged <= CUSTOMERS.len() * (ROUNDS + 1), "{exchanged}");
}

/// A round of payments, first one customer's, then the other's, several under way at a time. Gives
/// whose payment each reference is.
async fn pay_alternately(
    shop: &Shop,
    bindings: &[(&'static str, String)],
) -> HashMap<String, &'static str> {
    let mut owners = HashMap::new();
    let mut running = JoinSet::new();
    for number in 0..PAYMENTS / ROUNDS {
        let (customer, binding) = &bindings[number % bindings.len()];
        let body = shop.payment_body(binding, 1_000);
        let reference = body["invoiceNumber"].as_str().unwrap().to_owned();
        owners.insert(reference, *customer);
        if running.len() == AT_ONCE {
            right_customer(running.join_next().await.unwrap().unwrap());
        }
        let (merchant, customer) = (shop.merchant.clone(), *customer);
        running.spawn(async move {
            let answer = merchant.post("/v1/payments", &body).await;
            (customer, answer.expect(201).body.clone())
        });
    }
    running
        .join_all()
        .await
        .into_iter()
        .for_each(right_customer);
    owners
}

fn right_customer((customer, payment): (&str, Value)) {
    assert_eq!(payment["customerId"], customer);
    assert_eq!(payment["status"], "otp_required");
}
