//! Unlinking a card at its odd moments: while it is not linked yet, and when DOKU says no.

use serde_json::json;

use super::bri_archived::{doomed, open, payment_body, read, waiting};
use super::scene::{BRI_ARCHIVED, BRI_CORE, CIMB_CORE};
use crate::support::{A_MINUTE, Answer, RIGHT_OTP, Shop, fresh};

async fn unlink(shop: &Shop, binding: &str, key: &str) -> Answer {
    let path = format!("/v1/bindings/{binding}");
    shop.merchant.delete_with(key, &path).await
}

#[tokio::test]
async fn a_card_that_is_not_unlinked_is_no_more_linked_than_before() {
    let shop = open().await;
    let waits = waiting(&shop).await;
    let linked = BRI_ARCHIVED.link(&shop, "cust-1").await;
    for (binding, before) in [(&waits, "pending"), (&linked, "active")] {
        for (code, failure) in [("4040500", "wrong_state"), ("4030505", "declined")] {
            shop.doku.refuses("card_unbinding", code).await;
            let kept = unlink(&shop, binding, &fresh("unlink")).await;
            assert_eq!(kept.expect(200).body["status"], before, "{code}");
            assert_eq!(kept.body["failure"]["code"], failure, "{code}");
        }
    }
    let calls = shop.doku.call_count().await;
    let body = payment_body(&shop, &waits, "none");
    let refused = shop.merchant.post("/v1/payments", &body).await;
    refused.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.call_count().await, calls, "nobody agreed to it");

    let right = shop.give_binding_otp(&waits, RIGHT_OTP).await;
    assert_eq!(right.expect(200).body["status"], "active");
    BRI_ARCHIVED.paid(&shop, &linked).await;
    for binding in [waits, linked] {
        let gone = unlink(&shop, &binding, &fresh("unlink")).await;
        assert_eq!(gone.expect(200).body["status"], "unbound");
    }
}

#[tokio::test]
async fn unlinking_that_doku_did_not_take_leaves_the_binding_as_it_was() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    shop.doku.refuses("card_unbinding", "4290500").await;
    let key = fresh("unlink");
    let refused = unlink(&shop, &binding, &key).await;
    refused.expect_problem(503, "throttled");
    let now = read(&shop, &binding).await;
    assert_eq!(now["status"], "pending");
    assert_eq!(now["nextAction"]["type"], "otp");
    let again = unlink(&shop, &binding, &key).await;
    assert_eq!(again.expect(200).body["status"], "unbound");
}

#[tokio::test]
async fn a_card_is_not_unlinked_while_an_otp_is_on_its_way() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    shop.doku.goes_wrong("otp", "accept_then_hang").await;
    doomed(&shop, &binding).dies_during("otp").await;
    let refused = unlink(&shop, &binding, &fresh("unlink")).await;
    refused.expect_problem(409, "in_progress");
    assert!(refused.retry_after().is_some());
    assert_eq!(shop.doku.called("card_unbinding").await, 0);
    assert_eq!(read(&shop, &binding).await["status"], "pending");

    shop.doku.time_passes(A_MINUTE).await;
    let gone = unlink(&shop, &binding, &fresh("unlink")).await;
    assert_eq!(gone.expect(200).body["status"], "unbound");
}

#[tokio::test]
async fn every_request_to_unlink_is_put_to_doku_until_it_is_done() {
    let shop = open().await;
    let binding = BRI_ARCHIVED.link(&shop, "cust-1").await;
    let (first, second) = (fresh("unlink"), fresh("unlink"));
    shop.doku.goes_wrong("card_unbinding", "reset").await;
    let lost = unlink(&shop, &binding, &first).await;
    assert_eq!(lost.expect(202).body["status"], "unbinding");
    shop.doku.refuses("card_unbinding", "4030505").await;
    let kept = unlink(&shop, &binding, &second).await;
    assert_eq!(kept.expect(200).body["status"], "active");

    let again = unlink(&shop, &binding, &first).await;
    assert_eq!(again.expect(200).body["status"], "unbound");
    assert_eq!(shop.doku.called("card_unbinding").await, 3);
    let repeat = unlink(&shop, &binding, &second).await;
    assert!(repeat.expect(200).is_replayed());
    assert_eq!(repeat.text, kept.text, "the first answer, not the state");
    let other = unlink(&shop, &binding, &fresh("unlink")).await;
    assert_eq!(other.expect(200).body["status"], "unbound");
    assert_eq!(shop.doku.called("card_unbinding").await, 3);
    let held = shop
        .doku
        .rows("bindings", "status", &json!("unbound"))
        .await;
    assert_eq!(held.len(), 1);
}

/// The account is linked until the customer has confirmed on DOKU's page. Then DOKU sells no token any
/// more, which the schedule finds out, and so does a repeat of the request.
#[tokio::test]
async fn an_unlinking_that_doku_wants_confirmed_waits_for_the_customer() {
    let shop = Shop::open().await;
    shop.doku.is_set(json!({"unbindingOnPage": true})).await;
    for (scene, operation) in [(CIMB_CORE, "unbinding"), (BRI_CORE, "card_unbinding")] {
        for by_repeat in [false, true] {
            let binding = scene.link(&shop, &fresh("cust")).await;
            let key = fresh("unlink");
            shop.doku.forget_calls().await;
            let waits = unlink(&shop, &binding, &key).await;
            assert_eq!(waits.expect(202).body["status"], "unbinding");
            let now = read(&shop, &binding).await;
            assert_eq!(now["nextAction"]["type"], "redirect", "{now}");
            assert_eq!(now["nextAction"], waits.body["nextAction"]);
            let body = scene.payment_body(&shop, &binding);
            let refused = shop.merchant.post("/v1/payments", &body).await;
            refused.expect_problem(409, "illegal_transition");

            shop.doku.time_passes(A_MINUTE).await;
            shop.tick().await;
            let now = read(&shop, &binding).await;
            assert_eq!(now["status"], "unbinding", "not confirmed yet");
            assert_eq!(now["nextAction"], waits.body["nextAction"]);
            let repeat = unlink(&shop, &binding, &key).await;
            assert_eq!(
                repeat.expect(202).body["nextAction"],
                waits.body["nextAction"]
            );
            assert_eq!(shop.doku.called(operation).await, 1, "the page stays good");

            let page = now["nextAction"]["url"].as_str().unwrap();
            let confirm = shop
                .http
                .post(page)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body("action=confirm");
            let confirmed = confirm.send().await.unwrap();
            assert_eq!(confirmed.status(), 200);
            if by_repeat {
                let gone = unlink(&shop, &binding, &key).await;
                assert_eq!(gone.expect(200).body["status"], "unbound");
            } else {
                shop.doku.time_passes(10 * A_MINUTE).await;
                shop.tick().await;
            }
            let now = read(&shop, &binding).await;
            assert_eq!(now["status"], "unbound");
            assert_eq!(now["nextAction"], json!(null));
            let again = unlink(&shop, &binding, &key).await;
            assert_eq!(again.expect(200).body["status"], "unbound");
        }
    }
    shop.doku.saw_no_violation().await;
}
