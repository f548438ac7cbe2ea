//! BRI blocks a card after five wrong OTPs, over its linkings and payments. We stop before.

use std::time::Duration;

use serde_json::json;

use super::bri_archived::{Given, WRONG_OTP, open, payment_body, read, waiting};
use super::scene::BRI_ARCHIVED;
use crate::support::{A_MINUTE, Answer, Payment, RIGHT_OTP, Shop, at_once, fresh, statuses};

const A_DAY: Duration = Duration::from_hours(24);
/// When the bank has certainly forgotten what was sent.
const OVER_A_DAY: Duration = Duration::from_mins(24 * 60 + 1);

/// Insists that the bank has blocked none of the customers' cards.
async fn no_card_is_blocked(shop: &Shop) {
    let cards = shop.doku.rows("bindings", "blocked", &json!(true)).await;
    assert!(cards.is_empty(), "{cards:?}");
}

/// A payment by a linked card that waits for an OTP.
async fn paying(shop: &Shop, binding: &str) -> Payment {
    let body = payment_body(shop, binding, "otp");
    BRI_ARCHIVED.pay(shop, &body, "otp").await
}

#[tokio::test]
async fn we_stop_before_the_bank_blocks_the_card() {
    let shop = open().await;
    let binding = BRI_ARCHIVED.link(&shop, "cust-1").await;
    let body = || payment_body(&shop, &binding, "otp");
    let first = BRI_ARCHIVED.pay(&shop, &body(), "otp").await;
    let second = BRI_ARCHIVED.pay(&shop, &body(), "otp").await;
    let third = BRI_ARCHIVED.pay(&shop, &body(), "otp").await;
    for (payment, left) in [(&first, 3), (&first, 2), (&second, 1)] {
        let wrong = shop.give_otp(&payment.id, WRONG_OTP).await;
        assert_eq!(wrong.expect(200).body["status"], "otp_required");
        assert_eq!(wrong.body["nextAction"]["attemptsLeft"], left);
    }
    let last = shop.give_otp(&second.id, WRONG_OTP).await;
    assert_eq!(last.expect(200).body["status"], "failed");
    assert_eq!(last.body["failure"]["code"], "otp_attempts_exceeded");

    let calls = shop.doku.call_count().await;
    for payment in [&first, &third] {
        let refused = shop.give_otp(&payment.id, RIGHT_OTP).await;
        refused.expect_problem(409, "illegal_transition");
    }
    let refused = shop.merchant.post("/v1/payments", &body()).await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.call_count().await, calls);
    no_card_is_blocked(&shop).await;

    shop.doku.time_passes(OVER_A_DAY).await;
    let fourth = BRI_ARCHIVED.pay(&shop, &body(), "otp").await;
    assert_eq!(fourth.body["nextAction"]["attemptsLeft"], 4);
    for payment in [&fourth, &first] {
        shop.confirm(&payment.id).await;
        let paid = shop.wait_until_paid(&payment.id).await;
        shop.doku.charged_once(&paid).await;
    }
}

#[tokio::test]
async fn wrong_otps_of_a_linking_end_it_before_the_bank_blocks_the_card() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    for left in [3, 2, 1] {
        let wrong = shop.give_binding_otp(&binding, WRONG_OTP).await;
        assert_eq!(wrong.expect(200).body["nextAction"]["attemptsLeft"], left);
    }
    let last = shop.give_binding_otp(&binding, WRONG_OTP).await;
    assert_eq!(last.expect(200).body["status"], "failed");
    assert_eq!(last.body["failure"]["code"], "otp_attempts_exceeded");
    let calls = shop.doku.call_count().await;
    let refused = shop.give_binding_otp(&binding, RIGHT_OTP).await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.call_count().await, calls);
    no_card_is_blocked(&shop).await;
}

/// Asks to link the card with these last digits.
async fn link_card(shop: &Shop, customer: &str, last_four: &str) -> Answer {
    let mut body = BRI_ARCHIVED.binding_body(shop, customer);
    body["card"]["lastFour"] = json!(last_four);
    shop.merchant.post("/v1/bindings", &body).await
}

#[tokio::test]
async fn linking_a_card_anew_gives_no_new_attempts() {
    let shop = open().await;
    let first = link_card(&shop, "cust-1", "1234").await;
    for left in [3, 2] {
        let wrong = shop
            .give_binding_otp(&first.word("bindingId"), WRONG_OTP)
            .await;
        assert_eq!(wrong.expect(200).body["nextAction"]["attemptsLeft"], left);
    }
    let second = link_card(&shop, "cust-1", "1234").await;
    assert_eq!(second.expect(201).body["nextAction"]["attemptsLeft"], 2);
    let second = second.word("bindingId");
    for status in ["pending", "failed"] {
        let wrong = shop.give_binding_otp(&second, WRONG_OTP).await;
        assert_eq!(wrong.expect(200).body["status"], status);
    }

    let calls = shop.doku.call_count().await;
    let refused = link_card(&shop, "cust-1", "1234").await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.call_count().await, calls);
    for (customer, last_four) in [("cust-1", "5678"), ("cust-2", "1234")] {
        let other = link_card(&shop, customer, last_four).await;
        assert_eq!(other.expect(201).body["nextAction"]["attemptsLeft"], 4);
    }

    shop.doku.time_passes(OVER_A_DAY).await;
    let later = link_card(&shop, "cust-1", "1234").await;
    assert_eq!(later.expect(201).body["nextAction"]["attemptsLeft"], 4);
    let right = shop
        .give_binding_otp(&later.word("bindingId"), RIGHT_OTP)
        .await;
    assert_eq!(right.expect(200).body["status"], "active");
}

#[tokio::test]
async fn linkings_and_payments_of_one_card_count_together() {
    let shop = open().await;
    let linked = BRI_ARCHIVED.link(&shop, "cust-1").await;
    let payment = paying(&shop, &linked).await;
    let (mut first, mut second) = (String::new(), String::new());
    for id in [&mut first, &mut second] {
        *id = link_card(&shop, "cust-1", "1234").await.word("bindingId");
    }
    for binding in [&first, &second, &first] {
        let wrong = shop.give_binding_otp(binding, WRONG_OTP).await;
        assert_eq!(wrong.expect(200).body["status"], "pending");
    }
    for binding in [&first, &second] {
        let next = &read(&shop, binding).await["nextAction"];
        assert_eq!(*next, json!({"type": "otp", "attemptsLeft": 1}));
    }
    let last = shop.give_otp(&payment.id, WRONG_OTP).await;
    assert_eq!(
        last.expect(200).body["failure"]["code"],
        "otp_attempts_exceeded"
    );

    let calls = shop.doku.call_count().await;
    for binding in [&first, &second] {
        let refused = shop.give_binding_otp(binding, RIGHT_OTP).await;
        refused.expect_problem(409, "illegal_transition");
    }
    let body = payment_body(&shop, &linked, "otp");
    let refused = shop.merchant.post("/v1/payments", &body).await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.call_count().await, calls);
    no_card_is_blocked(&shop).await;

    let body = payment_body(&shop, &linked, "none");
    let unasked = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(unasked.expect(201).body["status"], "pending", "{unasked:?}");
    shop.doku.time_passes(OVER_A_DAY).await;
    for binding in [&first, &second] {
        let right = shop.give_binding_otp(binding, RIGHT_OTP).await;
        assert_eq!(right.expect(200).body["status"], "active");
    }
}

#[tokio::test]
async fn of_many_otps_at_once_no_more_reach_the_bank_than_it_forgives() {
    let shop = open().await;
    let mut bindings = Vec::new();
    for _ in 0..8 {
        let binding = link_card(&shop, "cust-1", "1234").await;
        bindings.push(binding.word("bindingId"));
    }
    let answers = at_once(bindings.len(), |turn| {
        let (shop, binding) = (shop.clone(), bindings[turn].clone());
        async move { shop.give_binding_otp(&binding, WRONG_OTP).await }
    })
    .await;
    let told = statuses(&answers);
    assert_eq!(told, [(200, 4), (409, 4)].into(), "{answers:?}");
    assert_eq!(shop.doku.called("otp").await, 4);
    no_card_is_blocked(&shop).await;
}

#[tokio::test]
async fn neither_another_expiry_nor_another_key_of_ours_makes_another_card() {
    let shop = open().await;
    let mut body = BRI_ARCHIVED.binding_body(&shop, "cust-1");
    body["card"]["expiry"] = json!("1228");
    let first = shop.merchant.post("/v1/bindings", &body).await;
    for _ in 0..4 {
        let wrong = shop
            .give_binding_otp(&first.word("bindingId"), WRONG_OTP)
            .await;
        wrong.expect(200);
    }
    let secrets = shop.world.secrets();
    let mut fields = secrets.current();
    fields["previousDataKeys"] = json!([fields["dataKey"]]);
    fields["dataKey"] = json!("5b".repeat(32));
    secrets.rotate(&fields);
    shop.doku.time_passes(Duration::from_mins(6)).await;
    let calls = shop.doku.call_count().await;
    let refused = link_card(&shop, "cust-1", "1234").await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.call_count().await, calls);
}

#[tokio::test]
async fn a_day_is_counted_from_the_last_otp() {
    let shop = open().await;
    let binding = BRI_ARCHIVED.link(&shop, "cust-1").await;
    let payment = paying(&shop, &binding).await;
    shop.give_otp(&payment.id, WRONG_OTP).await.expect(200);
    shop.doku.time_passes(A_DAY.saturating_sub(A_MINUTE)).await;
    for status in ["otp_required", "otp_required", "failed"] {
        let wrong = shop.give_otp(&payment.id, WRONG_OTP).await;
        assert_eq!(wrong.expect(200).body["status"], status);
    }
    shop.doku.time_passes(2 * A_MINUTE).await;
    let body = payment_body(&shop, &binding, "otp");
    let early = shop.merchant.post("/v1/payments", &body).await;
    early.expect_problem(409, "illegal_transition");
    shop.doku.time_passes(A_DAY).await;
    let payment = paying(&shop, &binding).await;
    for left in [3, 2, 1] {
        let wrong = shop.give_otp(&payment.id, WRONG_OTP).await;
        assert_eq!(wrong.expect(200).body["nextAction"]["attemptsLeft"], left);
    }
    no_card_is_blocked(&shop).await;
}

#[tokio::test]
async fn only_an_otp_that_was_right_is_forgiven() {
    let shop = open().await;
    let binding = BRI_ARCHIVED.link(&shop, "cust-1").await;
    let first = paying(&shop, &binding).await;
    shop.give_otp(&first.id, WRONG_OTP).await.expect(200);
    shop.doku.refuses("otp", "2020400").await;
    let taken = shop.give_otp(&first.id, WRONG_OTP).await;
    assert_eq!(taken.expect(200).body["status"], "pending");
    let second = paying(&shop, &binding).await;
    assert_eq!(second.body["nextAction"]["attemptsLeft"], 2);

    shop.doku.refuses("otp", "4290400").await;
    let not_taken = shop.give_otp(&second.id, WRONG_OTP).await;
    not_taken.expect_problem(503, "throttled");
    let third = paying(&shop, &binding).await;
    assert_eq!(third.body["nextAction"]["attemptsLeft"], 2);

    let right = shop.confirm(&third.id).await;
    assert_eq!(right.body["status"], "pending");
    let fourth = paying(&shop, &binding).await;
    assert_eq!(fourth.body["nextAction"]["attemptsLeft"], 4);
}

#[tokio::test]
async fn an_otp_that_a_question_finds_right_is_forgiven_unless_others_were_given_since() {
    let shop = open().await;
    for (given_since, left) in [(0, 4), (2, 1)] {
        let binding = BRI_ARCHIVED.link(&shop, &fresh("cust")).await;
        let (first, second) = (paying(&shop, &binding).await, paying(&shop, &binding).await);
        shop.doku.holds_notifications(1).await;
        shop.doku.goes_wrong("otp", "accept_then_reset").await;
        let key = fresh("otp");
        let path = format!("/v1/payments/{}/otp", first.id);
        let body = json!({"otp": RIGHT_OTP});
        let lost = shop.merchant.post_with(&key, &path, &body).await;
        assert_eq!(lost.expect(202).body["status"], "unknown");
        for _ in 0..given_since {
            shop.give_otp(&second.id, WRONG_OTP).await.expect(200);
        }
        shop.doku.time_passes(A_MINUTE).await;
        let asked = shop.merchant.post_with(&key, &path, &body).await;
        assert_eq!(asked.expect(200).body["status"], "paid");
        let next = paying(&shop, &binding).await;
        assert_eq!(next.body["nextAction"]["attemptsLeft"], left);
        shop.doku.releases_notifications().await;
    }
}

#[tokio::test]
async fn a_linking_whose_last_otp_was_lost_is_over_when_that_is_repeated() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    for _ in 0..3 {
        let wrong = shop.give_binding_otp(&binding, WRONG_OTP).await;
        assert_eq!(wrong.expect(200).body["status"], "pending");
    }
    shop.doku.goes_wrong("otp", "accept_then_reset").await;
    let given = Given::new(&shop, &binding);
    let lost = given.send(RIGHT_OTP).await;
    assert_eq!(lost.expect(202).body["status"], "pending");
    assert_eq!(lost.body["nextAction"]["attemptsLeft"], 0);
    shop.doku.time_passes(A_MINUTE).await;

    let calls = shop.doku.call_count().await;
    let over = given.send(RIGHT_OTP).await;
    assert_eq!(over.expect(200).body["status"], "failed");
    assert_eq!(over.body["failure"]["code"], "otp_attempts_exceeded");
    let again = given.send(RIGHT_OTP).await;
    assert!(again.expect(200).is_replayed());
    assert_eq!(again.text, over.text);
    assert_eq!(
        shop.doku.call_count().await,
        calls,
        "the card is not risked"
    );
    assert_eq!(read(&shop, &binding).await["status"], "failed");
    assert!(!keeps_a_token(&shop, &binding).await);
    let linked = BRI_ARCHIVED.link(&shop, "cust-1").await;
    assert!(keeps_a_token(&shop, &linked).await);
}

/// Whether the table holds what the binding's card could be charged with.
async fn keeps_a_token(shop: &Shop, binding: &str) -> bool {
    let table = shop.table().await;
    let pk = json!({"S": format!("BINDING#{binding}")});
    let mut items = table.iter().filter(|item| item["pk"] == pk);
    items.any(|item| item["access"].is_object())
}
