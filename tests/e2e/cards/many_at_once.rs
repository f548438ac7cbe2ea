//! Many at once: one effect.

use std::time::Duration;

use serde_json::Value;

use super::AMOUNT;
use crate::support::{Answer, Payment, Shop, at_once, capture_body, count, idr, statuses};

/// What many refunds have in common, and how large each one is by its number.
type Sizes = (&'static str, fn(u64) -> u64);

/// What was captured of the payment that fifty refunds run into.
const TAKEN: u64 = 60_000;

fn rupiah(amount: &Value) -> u64 {
    let text = amount["value"].as_str().unwrap();
    text.strip_suffix(".00").unwrap().parse().unwrap()
}

/// Insists that one capture was sent and took `taken`.
async fn captured_once(shop: &Shop, payment: &Payment, taken: &Value) {
    shop.doku.falls_silent().await;
    let captures = shop.doku.of_invoice("cardCaptures", payment).await;
    assert_eq!(captures.len(), 1, "{captures:?}");
    let now = shop.read(&payment.id).await;
    assert_eq!(now["status"], "paid");
    assert_eq!(&now["capturedAmount"], taken);
    assert_eq!(now["flags"], serde_json::json!([]));
    let charge = shop.doku.card_charge(payment).await;
    assert_eq!(charge["captured"], rupiah(taken));
    assert_eq!(count(shop, &payment.id, "payment.paid").await, 1);
    shop.doku.saw_no_violation().await;
}

/// Insists that the capture came too late or too soon, and says so.
#[track_caller]
fn expect_beaten(answer: &Answer) {
    assert_eq!(answer.status, 409, "{}", answer.text);
    if answer.body["code"] == "in_progress" {
        // Another one was on its way.
        assert!(answer.retry_after().is_some(), "{}", answer.text);
        return;
    }
    answer.expect_problem(409, "illegal_transition");
    let detail = answer.word("detail");
    let told = detail.contains("captured already") || detail.contains("under way");
    assert!(told, "{detail}");
}

#[tokio::test]
async fn of_captures_at_once_one_takes_the_money() {
    let shop = Shop::open().await;
    for many in [2, 20] {
        let payment = shop.authorised(AMOUNT).await;
        shop.doku.forget_calls().await;
        // DOKU takes its time, so that all of them meet.
        shop.doku
            .is_slow("capture", Duration::from_millis(500))
            .await;
        let answers = at_once(many, |number| {
            let (shop, id) = (shop.clone(), payment.id.clone());
            let amount = 10_000 + u64::try_from(number).unwrap();
            async move { shop.capture(&id, Some(amount)).await }
        })
        .await;
        println!("{many} captures at once: {:?}", statuses(&answers));
        let (won, beaten): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(won.len(), 1, "{:?}", statuses(&answers));
        assert_eq!(won[0].body["capture"]["status"], "succeeded");
        for answer in beaten {
            expect_beaten(answer);
        }
        assert_eq!(shop.doku.called("capture").await, 1);
        captured_once(&shop, &payment, &won[0].body["capturedAmount"]).await;
        // Whoever comes now learns why not.
        let late = shop.capture(&payment.id, Some(10_000)).await;
        late.expect_problem(409, "illegal_transition");
        assert!(late.word("detail").contains("captured already"));
    }
}

#[tokio::test]
async fn the_same_capture_twenty_times_at_once_is_one() {
    let shop = Shop::open().await;
    let payment = shop.authorised(AMOUNT).await;
    shop.doku
        .is_slow("capture", Duration::from_millis(500))
        .await;
    let path = format!("/v1/payments/{}/capture", payment.id);
    let answers = at_once(20, |_| {
        let (merchant, path) = (shop.merchant.clone(), path.clone());
        async move {
            let body = capture_body(Some(70_000));
            merchant.post_with("one", &path, &body).await
        }
    })
    .await;
    println!("the same capture 20 times: {:?}", statuses(&answers));
    for answer in &answers {
        match answer.status {
            200 => assert_eq!(answer.body["capturedAmount"], idr(70_000)),
            _ => _ = answer.expect_problem(409, "in_progress"),
        }
    }
    assert!(answers.iter().any(|answer| answer.status == 200));
    assert_eq!(shop.doku.called("capture").await, 1);
    captured_once(&shop, &payment, &idr(70_000)).await;
}

#[tokio::test]
async fn the_same_page_twenty_times_at_once_is_one() {
    let shop = Shop::open().await;
    let body = shop.card_body_of("SALE", AMOUNT);
    shop.doku
        .is_slow("payment_page", Duration::from_millis(500))
        .await;
    let answers = at_once(20, |_| {
        let (merchant, body) = (shop.merchant.clone(), body.clone());
        async move { merchant.post_with("one", "/v1/payments", &body).await }
    })
    .await;
    println!("the same page 20 times: {:?}", statuses(&answers));
    for answer in &answers {
        match answer.status {
            201 => assert_eq!(answer.body["status"], "redirect_required"),
            _ => _ = answer.expect_problem(409, "in_progress"),
        }
    }
    assert_eq!(shop.doku.called("payment_page").await, 1);
    let stored = shop.items("PAYMENT#").await;
    let heads = stored.iter().filter(|item| item["sk"]["S"] == "PAYMENT");
    assert_eq!(heads.count(), 1, "{stored:?}");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn fifty_refunds_at_once_never_give_back_more_than_was_captured() {
    let shop = Shop::open().await;
    let sizes: [Sizes; 3] = [
        ("2,000 each", |_| 2_000),
        ("mixed", |number| 700 + 137 * number),
        ("all of it each", |_| TAKEN),
    ];
    for (what, size) in sizes {
        let payment = shop.captured(AMOUNT, TAKEN).await;
        let answers = at_once(50, |number| {
            let (shop, id) = (shop.clone(), payment.id.clone());
            let amount = size(u64::try_from(number).unwrap());
            async move { shop.refund(&id, amount).await }
        })
        .await;
        let (accepted, refused): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == 201);
        for answer in &refused {
            answer.expect_problem(409, "illegal_transition");
            let detail = answer.word("detail");
            assert!(detail.contains("left to refund"), "{what}: {detail}");
        }
        let sum: u64 = accepted
            .iter()
            .map(|answer| rupiah(&answer.body["amount"]))
            .sum();
        println!(
            "50 refunds at once, {what}: {} accepted, {} refused, {sum} of {TAKEN} given back",
            accepted.len(),
            refused.len()
        );
        assert!(sum <= TAKEN, "{what}: {sum}");
        for answer in &accepted {
            assert_eq!(answer.body["status"], "succeeded", "{what}");
        }
        shop.doku.falls_silent().await;
        let now = shop.read(&payment.id).await;
        assert_eq!(rupiah(&now["refundedAmount"]), sum, "{what}");
        assert_eq!(rupiah(&now["refundableAmount"]), TAKEN - sum, "{what}");
        assert_eq!(now["flags"], serde_json::json!([]), "{what}");
        let status = if sum == TAKEN {
            "refunded"
        } else {
            "partially_refunded"
        };
        assert_eq!(now["status"], status, "{what}");
        let charge = shop.doku.card_charge(&payment).await;
        assert_eq!(charge["refunded"], sum, "{what}");
        let rows = shop.doku.of_invoice("cardRefunds", &payment).await;
        assert_eq!(rows.len(), accepted.len(), "{what}");
    }
    shop.doku.saw_no_violation().await;
}
