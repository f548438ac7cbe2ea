//! Captures that the table has forgotten.

use std::time::Duration;

use serde_json::json;

use crate::support::{Answer, Shop, capture_body, count, fresh, idr};

const HELD: u64 = 90_000;
const TAKEN: u64 = 60_000;

async fn capture_with(shop: &Shop, id: &str, key: &str, rupiah: u64) -> Answer {
    let path = format!("/v1/payments/{id}/capture");
    shop.merchant
        .post_with(key, &path, &capture_body(Some(rupiah)))
        .await
}

#[tokio::test]
async fn a_capture_that_was_done_is_done() {
    let shop = Shop::open().await;
    let payment = shop.authorised(HELD).await;
    shop.doku.falls_silent().await;
    let backup = shop.backs_up().await;
    let key = fresh("capture");
    let first = capture_with(&shop, &payment.id, &key, TAKEN).await;
    assert_eq!(first.expect(200).body["status"], "paid");
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let again = capture_with(&shop, &payment.id, &key, TAKEN).await;
    assert_eq!(again.expect(200).body["status"], "paid");
    assert_eq!(again.body["capturedAmount"], idr(TAKEN));
    assert_eq!(again.body["capture"]["status"], "succeeded");
    assert_eq!(again.body["capture"]["adopted"], true);
    assert_eq!(again.body["flags"], json!([]));
    assert_eq!(
        count(&shop, &payment.id, "payment.capture_adopted").await,
        1
    );
    let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
    assert_eq!(captures.len(), 1, "{captures:?}");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_capture_of_another_amount_is_not_taken_for_it() {
    let shop = Shop::open().await;
    let payment = shop.authorised(HELD).await;
    shop.doku.falls_silent().await;
    let backup = shop.backs_up().await;
    let key = fresh("capture");
    capture_with(&shop, &payment.id, &key, TAKEN)
        .await
        .expect(200);
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let other = capture_with(&shop, &payment.id, &key, TAKEN + 1_000).await;
    assert_eq!(other.expect(202).body["status"], "authorized");
    assert_eq!(other.body["capture"]["status"], "unknown");
    assert_eq!(other.body["flags"], json!(["amount_mismatch"]));
    assert_eq!(shop.doku.called("capture").await, 1);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_new_key_does_not_capture_again() {
    let shop = Shop::open().await;
    let payment = shop.authorised(HELD).await;
    shop.doku.falls_silent().await;
    let backup = shop.backs_up().await;
    capture_with(&shop, &payment.id, &fresh("capture"), TAKEN)
        .await
        .expect(200);
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let again = capture_with(&shop, &payment.id, &fresh("capture"), TAKEN).await;
    assert_eq!(again.expect(200).body["status"], "paid");
    assert_eq!(again.body["capturedAmount"], idr(TAKEN));
    let charge = shop.doku.card_charge(&payment).await;
    assert_eq!(charge["captured"], TAKEN);
}

#[tokio::test]
async fn a_new_key_fails_nothing_while_the_status_lags_behind_the_capture() {
    let shop = Shop::open().await;
    let payment = shop.authorised(HELD).await;
    shop.doku.falls_silent().await;
    let backup = shop.backs_up().await;
    shop.doku.time_passes(Duration::from_mins(10)).await;
    capture_with(&shop, &payment.id, &fresh("capture"), TAKEN)
        .await
        .expect(200);
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;
    let lag = json!({
        "operation": "order_status", "kind": "lag", "delayMs": 300_000, "times": 100,
    });
    shop.doku.order("faults", lag).await;

    let again = capture_with(&shop, &payment.id, &fresh("capture"), TAKEN).await;
    assert_eq!(again.expect(202).body["status"], "authorized");
    assert_eq!(again.body["capture"]["status"], "unknown");

    shop.doku.recovers().await;
    shop.doku.time_passes(Duration::from_mins(6)).await;
    shop.tick().await;
    let known = shop.read(&payment.id).await;
    assert_eq!(known["status"], "paid");
    assert_eq!(known["capturedAmount"], idr(TAKEN));
    let captures = shop.doku.of_invoice("cardCaptures", &payment).await;
    let done = captures.iter().filter(|row| row["status"] == "SUCCESS");
    assert_eq!(done.count(), 1, "{captures:?}");
}
