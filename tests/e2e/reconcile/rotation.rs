//! Tokens are voided and the secret is rotated while payments come in: no caller notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::AMOUNT;
use crate::support::leaks::plant;
use crate::support::{Answer, RIGHT_OTP, Shop};

/// How many payments there are, of which each is one call to pay and one to confirm.
fn payments() -> usize {
    let whole = std::env::var("CRASH_MATRIX").is_ok_and(|which| which == "whole");
    if whole { 1_000 } else { 120 }
}

const WORKERS: usize = 6;

const KEY: &str = "SK-ROTATED-midway-5d0a77";

/// One side of a rotation: the secret.
fn rotate_here(shop: &Shop) {
    let mut secret = shop.world.secrets().current();
    plant(secret["secretKey"].as_str().unwrap());
    secret["secretKey"] = json!(plant(KEY));
    shop.world.secrets().rotate(&secret);
}

/// The other side: DOKU's.
async fn rotate_there(shop: &Shop) {
    let order = json!({"secretKey": KEY});
    shop.doku.order("merchant/secret", order).await;
}

/// Pays until the numbers run out; the answers that are no successes.
async fn works(shop: Shop, binding: String, next: Arc<AtomicUsize>, many: usize) -> Vec<Answer> {
    let mut failures = Vec::new();
    while next.fetch_add(1, Ordering::Relaxed) < many {
        let body = shop.payment_body(&binding, AMOUNT);
        let paying = shop.merchant.post("/v1/payments", &body).await;
        if paying.status != 201 || paying.body["status"] != "otp_required" {
            failures.push(paying);
            continue;
        }
        let id = paying.word("paymentId");
        let confirming = shop.give_otp(&id, RIGHT_OTP).await;
        if confirming.status != 200 {
            failures.push(confirming);
        }
    }
    failures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_caller_notices_a_voided_token_nor_a_rotated_secret() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    shop.paid(&binding, AMOUNT).await;
    let many = payments();
    let next = Arc::new(AtomicUsize::new(0));
    let minted = shop.doku.called("b2b").await;
    let began = Instant::now();
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            tokio::spawn(works(
                shop.clone(),
                binding.clone(),
                Arc::clone(&next),
                many,
            ))
        })
        .collect();
    let reached = async |number: usize| {
        while next.load(Ordering::Relaxed) < number && began.elapsed() < Duration::from_mins(9) {
            tokio::task::yield_now().await;
        }
    };
    // The token is voided twice, and the secret changes in between.
    reached(many / 4).await;
    shop.doku.order("tokens/void", json!({})).await;
    reached(many / 2).await;
    rotate_here(&shop);
    rotate_there(&shop).await;
    reached(many * 3 / 4).await;
    shop.doku.order("tokens/void", json!({})).await;
    let mut failures = Vec::new();
    for worker in workers {
        failures.extend(worker.await.unwrap());
    }
    let failures: Vec<_> = failures.iter().map(|answer| &answer.text).collect();
    let bought = shop.doku.called("b2b").await - minted;
    println!(
        "{many} payments, {} failures, {bought} tokens for 2 that were voided, {} s",
        failures.len(),
        began.elapsed().as_secs()
    );
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(bought <= 2, "{bought} tokens bought");
    shop.doku.saw_no_violation().await;
}

/// An account is charged in one of DOKU's protocols, a card in the other.
async fn pays_both_ways(shop: &Shop, binding: &str) {
    shop.paid(binding, AMOUNT).await;
    shop.card_paid(AMOUNT).await;
}

#[tokio::test]
async fn it_does_not_matter_which_side_learns_of_a_new_secret_first() {
    let longer_than_it_is_kept = Duration::from_mins(6);
    for here_first in [true, false] {
        let shop = Shop::open().await;
        let binding = shop.link_account("cust-1").await;
        pays_both_ways(&shop, &binding).await;
        if here_first {
            rotate_here(&shop);
            // Every function has read it, and DOKU does not know it yet.
            shop.doku.time_passes(longer_than_it_is_kept).await;
            pays_both_ways(&shop, &binding).await;
            rotate_there(&shop).await;
        } else {
            // Only until the secret follows is anything refused, and that is what the callers are told.
            rotate_there(&shop).await;
            let body = shop.payment_body(&binding, AMOUNT);
            let refused = shop.merchant.post("/v1/payments", &body).await;
            refused.expect_problem(502, "gateway_misconfigured");
            rotate_here(&shop);
            shop.doku.time_passes(Duration::from_secs(11)).await;
        }
        pays_both_ways(&shop, &binding).await;
        shop.doku.time_passes(longer_than_it_is_kept).await;
        pays_both_ways(&shop, &binding).await;
        shop.doku.saw_no_violation().await;
    }
}
