//! Giving money back, never more than was taken.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Answer, Shop, at_once, idr};

const AMOUNT: u64 = 10_000;

/// What many refunds have in common, and how large each one is by its number.
type Sizes = (&'static str, fn(u64) -> u64);

/// A body, what it gives back, and what the payment is then.
type Step<'a> = (&'a Value, u64, &'a str);

/// Whole rupiah of an amount, as the API or as the ledger writes it.
fn rupiah(amount: &Value) -> u64 {
    let text = amount.as_str().or_else(|| amount["value"].as_str());
    text.unwrap().strip_suffix(".00").unwrap().parse().unwrap()
}

#[tokio::test]
async fn fifty_refunds_at_once_never_give_back_more_than_was_taken() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let sizes: [Sizes; 3] = [
        ("300 each", |_| 300),
        ("mixed", |number| 100 + 37 * number),
        ("all of it each", |_| AMOUNT),
    ];
    for (what, size) in sizes {
        let id = shop.paid(&binding, AMOUNT).await;
        let answers = at_once(50, |number| {
            let (shop, id) = (shop.clone(), id.clone());
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
            "50 refunds at once, {what}: {} accepted, {} refused, {sum} of {AMOUNT} given back",
            accepted.len(),
            refused.len()
        );
        assert!(sum <= AMOUNT, "{what}: {sum}");
        assert!(!accepted.is_empty(), "{what}");
        if what == "300 each" {
            assert_eq!(accepted.len(), 33);
        }
        agrees_with_doku(&shop, &id, &accepted, sum).await;
    }
}

/// DOKU's ledger holds exactly the refunds that were accepted, and the payment their sum.
async fn agrees_with_doku(shop: &Shop, id: &str, accepted: &[&Answer], sum: u64) {
    let payment = shop.read(id).await;
    assert_eq!(rupiah(&payment["refundedAmount"]), sum);
    assert_eq!(rupiah(&payment["refundableAmount"]), AMOUNT - sum);
    let status = match sum {
        AMOUNT => "refunded",
        _ => "partially_refunded",
    };
    assert_eq!(payment["status"], status);
    assert_eq!(payment["flags"], json!([]));
    let reference = &payment["gateway"]["partnerReferenceNo"];
    let rows = shop
        .doku
        .rows("refunds", "originalPartnerReferenceNo", reference)
        .await;
    let theirs: BTreeSet<_> = rows
        .iter()
        .map(|row| (row["partnerRefundNo"].to_string(), rupiah(&row["amount"])))
        .collect();
    let ours: BTreeSet<_> = accepted
        .iter()
        .map(|answer| {
            let name = answer.body["gateway"]["partnerRefundNo"].to_string();
            (name, rupiah(&answer.body["amount"]))
        })
        .collect();
    assert_eq!(theirs, ours);
    assert_eq!(theirs.len(), accepted.len());
    assert_eq!(
        rupiah(&shop.doku.payment_of(&payment).await["refunded"]),
        sum
    );
}

#[tokio::test]
async fn a_refund_is_a_part_or_all_or_what_is_left() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let part = json!({"amount": idr(4_000), "reason": "One item was out of stock"});
    let all = json!({"amount": idr(AMOUNT)});
    let table: [(&str, &[Step<'_>]); 4] = [
        ("all of it", &[(&all, AMOUNT, "refunded")]),
        ("all by default", &[(&json!({}), AMOUNT, "refunded")]),
        (
            "a part, then the rest by default",
            &[
                (&part, 4_000, "partially_refunded"),
                (&json!({}), 6_000, "refunded"),
            ],
        ),
        (
            "two parts",
            &[
                (&part, 4_000, "partially_refunded"),
                (&part, 4_000, "partially_refunded"),
            ],
        ),
    ];
    for (what, steps) in table {
        let id = shop.paid(&binding, AMOUNT).await;
        let path = format!("/v1/payments/{id}/refunds");
        let mut gone = 0;
        for (body, amount, status) in steps {
            let answer = shop.merchant.post(&path, body).await;
            let refund = &answer.expect(201).body;
            assert_eq!(refund["status"], "succeeded", "{what}");
            assert_eq!(refund["amount"], idr(*amount), "{what}");
            assert_eq!(refund["reason"], body["reason"], "{what}");
            assert_eq!(refund["paymentId"], id);
            assert_eq!(refund["manual"], false);
            assert!(refund["gateway"]["refundNo"].is_string(), "{refund}");
            gone += amount;
            let payment = shop.read(&id).await;
            assert_eq!(payment["status"], *status, "{what}");
            assert_eq!(payment["refundedAmount"], idr(gone), "{what}");
        }
        if gone == AMOUNT {
            let answer = shop.merchant.post(&path, &json!({})).await;
            answer.expect_problem(409, "illegal_transition");
        }
    }
}

#[tokio::test]
async fn what_was_not_paid_or_is_not_left_cannot_go_back() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let unpaid = shop.pay(&binding, AMOUNT).await.id;
    let paid = shop.paid(&binding, AMOUNT).await;
    shop.refund(&paid, 4_000).await.expect(201);
    shop.doku.forget_calls().await;
    let table = [
        (
            &unpaid,
            AMOUNT,
            "Only a payment that was paid can be refunded.",
        ),
        (
            &paid,
            6_001,
            "The refund is more than what is left to refund.",
        ),
        (
            &paid,
            AMOUNT + 1,
            "The refund is more than what is left to refund.",
        ),
    ];
    for (id, amount, detail) in table {
        let answer = shop.refund(id, amount).await;
        answer.expect_problem(409, "illegal_transition");
        assert_eq!(answer.body["detail"], detail);
        assert_eq!(answer.body["outcome"], "none");
    }
    assert_eq!(shop.doku.call_count().await, 0);
    shop.refund(&paid, 6_000).await.expect(201);
}

#[tokio::test]
async fn a_refund_that_doku_declines_gives_the_amount_back() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, AMOUNT).await;
    // Response code, and what it is called.
    let table = [
        ("4035814", "insufficient_funds"),
        ("4035805", "declined"),
        ("4035802", "limit_exceeded"),
    ];
    for (code, failure) in table {
        shop.doku.refuses("refund", code).await;
        let answer = shop.refund(&id, AMOUNT).await;
        let refund = &answer.expect(201).body;
        assert_eq!(refund["status"], "failed", "{code}");
        assert_eq!(refund["failure"]["code"], failure);
        assert_eq!(refund["gateway"]["responseCode"], code);
        let payment = shop.read(&id).await;
        assert_eq!(payment["status"], "paid");
        assert_eq!(payment["refundedAmount"], idr(0));
        assert_eq!(payment["refundableAmount"], idr(AMOUNT));
    }
    shop.refund(&id, AMOUNT).await.expect(201);
    assert_eq!(shop.read(&id).await["status"], "refunded");
}

#[tokio::test]
async fn refunds_are_listed_oldest_first_page_by_page() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, AMOUNT).await;
    let path = format!("/v1/payments/{id}/refunds");
    let empty = shop.merchant.get(&path).await;
    assert_eq!(
        empty.expect(200).body,
        json!({"items": [], "nextCursor": null})
    );
    let mut made = Vec::new();
    for amount in [100, 200, 300, 400, 500] {
        made.push(shop.refund(&id, amount).await.expect(201).body.clone());
    }
    for refund in &made {
        let one = format!("{path}/{}", refund["refundId"].as_str().unwrap());
        assert_eq!(&shop.merchant.get(&one).await.expect(200).body, refund);
        let customer = shop.app_of("cust-1").get(&one).await;
        assert_eq!(&customer.expect(200).body, refund);
    }
    let all = shop.merchant.get(&path).await;
    assert_eq!(
        all.expect(200).body,
        json!({"items": made, "nextCursor": null})
    );
    let ids: Vec<_> = made.iter().map(|one| one["refundId"].clone()).collect();
    for limit in [1, 2, 5, 100] {
        let listed = shop.merchant.walk(&path, "refundId", limit).await;
        assert_eq!(listed, ids, "limit {limit}");
    }
}
