//! What a believed notification does: once, whatever the order.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Message, about, count, events, expect_code, expect_taken, id, tell, waiting_payment};
use crate::support::{RIGHT_OTP, Shop, at_once, eventually, idr};

const ONE_THOUSAND: usize = 1_000;

#[tokio::test]
async fn the_same_one_a_thousand_times_has_one_effect() {
    let shop = Shop::open().await;
    let payment = waiting_payment(&shop).await;
    let message = Message::signed(&shop, &about(&payment, "00")).await;
    // At once, until the first has been taken, and one after the other.
    let first = message.clone();
    let answers = at_once(50, |_| {
        let (message, shop) = (first.clone(), shop.clone());
        async move { message.to(&shop).await }
    })
    .await;
    // Of those that collide some may be asked to come again; none may be refused for good.
    for answer in &answers {
        let busy = answer.status == 503;
        assert!(
            busy || answer.body["responseCode"] == "2005600",
            "{}",
            answer.text
        );
    }
    let paid = shop.read(id(&payment)).await;
    assert_eq!(paid["status"], "paid");
    let table = shop.table().await;

    let left = ONE_THOUSAND - answers.len();
    let message = Arc::new(message);
    let workers = (0..8).map(|worker| {
        let (message, shop) = (Arc::clone(&message), shop.clone());
        tokio::spawn(async move {
            for _ in (worker..left).step_by(8) {
                expect_taken(&message.to(&shop).await, "a repeat");
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    assert_eq!(shop.table().await, table, "a repeat writes nothing");
    assert_eq!(shop.read(id(&payment)).await, paid);
    assert_eq!(count(&shop, id(&payment), "payment.paid").await, 1);

    // The same news under a new signature and a new X-EXTERNAL-ID is no news either.
    tell(&shop, about(&payment, "00")).await;
    assert_eq!(shop.table().await, table);
}

#[tokio::test]
async fn a_success_that_overtakes_the_answer_to_the_payment_wins() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    // The answer comes late and well, or the line breaks after all.
    for kind in ["slow", "accept_then_hang"] {
        shop.doku.forget_calls().await;
        let late = json!({"operation": "payment", "kind": kind, "delayMs": 1_500});
        shop.doku.order("faults", late).await;
        let body = shop.payment_body(&binding, 10_000);
        let asking = tokio::spawn({
            let (merchant, body) = (shop.merchant.clone(), body.clone());
            async move { merchant.post("/v1/payments", &body).await }
        });
        let invoice = body["invoiceNumber"].as_str().unwrap().to_owned();
        let path = format!("/v1/payments?invoiceNumber={invoice}");
        let payment = eventually("the payment being stored", async || {
            let found = shop.merchant.get(&path).await;
            found.body["items"].get(0).cloned()
        })
        .await;
        tell(
            &shop,
            json!({
                "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
                "latestTransactionStatus": "00",
                "amount": "10000.00",
            }),
        )
        .await;
        assert_eq!(shop.read(id(&payment)).await["status"], "paid", "{kind}");
        assert!(!asking.is_finished(), "{kind}: the answer came first");

        let answer = asking.await.unwrap();
        assert_eq!(
            answer.expect(201).body["status"],
            "paid",
            "{kind}: {}",
            answer.text
        );
        assert_eq!(shop.read(id(&payment)).await["status"], "paid", "{kind}");
        assert_eq!(
            count(&shop, id(&payment), "payment.paid").await,
            1,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_failure_after_a_success_changes_nothing() {
    let shop = Shop::open().await;
    for failure in ["05", "06", "03", "01", "02", "07"] {
        let payment = waiting_payment(&shop).await;
        tell(&shop, about(&payment, "00")).await;
        let before = shop.read(id(&payment)).await;
        tell(&shop, about(&payment, failure)).await;
        let after = shop.read(id(&payment)).await;
        assert_eq!(before["status"], "paid");
        // That DOKU contradicts itself is flagged, and nothing else.
        let flags = match failure {
            "05" | "06" => json!(["reversal_reported"]),
            _ => json!([]),
        };
        assert_eq!(after["flags"], flags, "{failure} after 00");
        let mut unflagged = after.clone();
        for member in ["flags", "updatedAt"] {
            unflagged[member] = before[member].clone();
        }
        assert_eq!(unflagged, before, "{failure} after 00");
    }
}

#[tokio::test]
async fn a_success_after_a_failure_is_the_truth_about_the_money() {
    let shop = Shop::open().await;
    for (status, before) in [("06", "failed"), ("05", "cancelled")] {
        let payment = waiting_payment(&shop).await;
        tell(&shop, about(&payment, status)).await;
        assert_eq!(shop.read(id(&payment)).await["status"], before);
        tell(&shop, about(&payment, "00")).await;
        let paid = shop.read(id(&payment)).await;
        assert_eq!(paid["status"], "paid");
        assert_eq!(paid["failure"], Value::Null);
        assert!(paid["paidAt"].is_string());
    }
}

#[tokio::test]
async fn what_comes_before_its_payment_is_kept_and_joined() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    let early = json!({
        "partnerReferenceNo": body["invoiceNumber"],
        "latestTransactionStatus": "00",
        "amount": "10000.00",
    });
    tell(&shop, early.clone()).await;
    tell(&shop, early).await;
    shop.doku.forget_calls().await;

    let answer = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(answer.expect(201).body["status"], "paid", "{}", answer.text);
    let payment = answer.body.clone();
    assert_eq!(
        shop.doku.calls("payment").await,
        [] as [Value; 0],
        "asked to charge again"
    );
    assert_eq!(count(&shop, id(&payment), "payment.paid").await, 1);
    let found = shop.items("NOTIFICATION#").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["waiting"].is_null(), "{found:?}");
}

#[tokio::test]
async fn another_amount_that_came_before_its_payment_is_not_believed_either() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    tell(
        &shop,
        json!({
            "partnerReferenceNo": body["invoiceNumber"],
            "latestTransactionStatus": "00",
            "amount": "99.00",
        }),
    )
    .await;
    let answer = shop.merchant.post("/v1/payments", &body).await;
    let payment = answer.expect(201).body.clone();
    assert_ne!(payment["status"], "paid", "{payment}");
    let now = shop.read(id(&payment)).await;
    assert_eq!(now["flags"], json!(["amount_mismatch"]), "{now}");
}

#[tokio::test]
async fn another_amount_or_currency_is_not_believed_but_flagged() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    for (amount, currency) in [
        ("10001.00", "IDR"),
        ("1.00", "IDR"),
        ("10000.01", "IDR"),
        ("10000.00", "USD"),
        ("-10000.00", "IDR"),
        ("1e3", "IDR"),
        ("1.00005e4", "IDR"),
    ] {
        let why = format!("{amount} {currency}");
        let payment = shop.pay(&binding, 10_000).await.body;
        let mut wrong = about(&payment, "00");
        wrong["amount"] = json!({"value": amount, "currency": currency});
        tell(&shop, wrong.clone()).await;
        tell(&shop, wrong).await;
        let flagged = shop.read(id(&payment)).await;
        assert_eq!(flagged["status"], "otp_required", "{why}");
        assert_eq!(flagged["flags"], json!(["amount_mismatch"]), "{why}");
        assert_eq!(flagged["paidAt"], Value::Null, "{why}");
        let flags = count(&shop, id(&payment), "payment.amount_mismatch").await;
        assert_eq!(flags, 1, "{why}");

        tell(&shop, about(&payment, "00")).await;
        let paid = shop.read(id(&payment)).await;
        assert_eq!(paid["status"], "paid", "{why}: a right one afterwards");
        assert_eq!(
            paid["flags"],
            json!(["amount_mismatch"]),
            "{why}: for people to see"
        );
    }
    let logs = shop.world.logs_text();
    assert!(logs.contains("AmountMismatch"), "it is counted");
}

#[tokio::test]
async fn a_status_that_nobody_knows_changes_nothing() {
    let shop = Shop::open().await;
    for status in ["08", "99", "ZZ", "7"] {
        let payment = waiting_payment(&shop).await;
        tell(&shop, about(&payment, status)).await;
        let after = shop.read(id(&payment)).await;
        assert_eq!(after["status"], "otp_required", "{status}");
        assert_eq!(after["flags"], json!([]), "{status}");
    }
}

#[tokio::test]
async fn a_refund_is_told_of() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    shop.doku.holds_notifications(1).await;
    let refund = shop.refund(&payment, 4_000).await;
    let refund = refund.expect(201).body.clone();
    let before = shop.read(&payment).await;
    assert_eq!(before["status"], "partially_refunded");
    shop.doku.releases_notifications().await;
    // DOKU tells the same once more, without saying which refund it means.
    let mut vague = about(&before, "04");
    vague["amount"] = json!("4000.00");
    tell(&shop, vague).await;
    let after = shop.read(&payment).await;
    assert_eq!(after["refundedAmount"], idr(4_000));
    assert_eq!(after["status"], "partially_refunded");
    assert_eq!(after["flags"], json!([]));
    let id = refund["refundId"].as_str().unwrap();
    let path = format!("/v1/payments/{payment}/refunds/{id}");
    assert_eq!(shop.merchant.get(&path).await.body["status"], "succeeded");
    assert_eq!(count(&shop, &payment, "refund.succeeded").await, 1);
}

#[tokio::test]
async fn a_refund_that_is_none_of_ours_is_booked_as_dokus() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    let mut odd = about(&shop.read(&payment).await, "04");
    odd["amount"] = json!("3000.00");
    tell(&shop, odd.clone()).await;
    tell(&shop, odd).await;
    let after = shop.read(&payment).await;
    assert_eq!(after["status"], "partially_refunded");
    assert_eq!(after["refundedAmount"], idr(3_000));
    assert_eq!(after["flags"], json!([]));
    assert_eq!(count(&shop, &payment, "refund.succeeded").await, 1);
}

/// What can arrive about one payment, in whatever order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// Our OTP call, with its answer.
    Answer,
    Success,
    Duplicate,
    Refund,
}

fn orders(news: &[News]) -> Vec<Vec<News>> {
    if news.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in news.iter().enumerate() {
        let mut rest = news.to_vec();
        rest.remove(index);
        for mut order in orders(&rest) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

#[tokio::test]
async fn every_order_of_the_news_ends_alike() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let orders = orders(&[News::Answer, News::Success, News::Duplicate, News::Refund]);
    assert_eq!(orders.len(), 24);
    for order in orders {
        let payment = shop.pay(&binding, 10_000).await.body;
        let payment_id = id(&payment).to_owned();
        let mut partly = about(&payment, "04");
        partly["amount"] = json!("4000.00");
        for news in &order {
            match news {
                News::Answer => {
                    // DOKU's own word about it is kept back: the news come from this table.
                    shop.doku.holds_notifications(1).await;
                    let answer = shop.give_otp(&payment_id, RIGHT_OTP).await;
                    assert!([200, 409].contains(&answer.status), "{}", answer.text);
                    shop.doku.recovers().await;
                }
                News::Success | News::Duplicate => tell(&shop, about(&payment, "00")).await,
                News::Refund => tell(&shop, partly.clone()).await,
            }
        }
        let after = shop.read(&payment_id).await;
        // No refund of ours is that one, so it is DOKU's own; the money was taken before.
        assert_eq!(after["status"], "partially_refunded", "{order:?}");
        assert_eq!(after["refundedAmount"], idr(4_000), "{order:?}");
        assert_eq!(after["flags"], json!([]), "{order:?}");
        assert_eq!(
            count(&shop, &payment_id, "refund.succeeded").await,
            1,
            "{order:?}"
        );
        assert_eq!(
            count(&shop, &payment_id, "payment.paid").await,
            1,
            "{order:?}"
        );
        let seen = events(&shop, &payment_id).await;
        assert!(
            !seen.contains(&"payment.failed".to_owned()),
            "{order:?}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn refund_news_in_every_order_is_booked_once() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    // Before, between and after: our refund's answer, DOKU's word on it, and that word again.
    for told_first in [0, 1, 2] {
        let payment = shop.paid(&binding, 10_000).await;
        shop.doku.holds_notifications(1).await;
        let lost = if told_first == 0 {
            "accept_then_bad_gateway"
        } else {
            "slow"
        };
        shop.doku.goes_wrong("refund", lost).await;
        let refund = shop.refund(&payment, 4_000).await;
        let expected = if told_first == 0 { 202 } else { 201 };
        refund.expect(expected);
        for _ in 0..=told_first {
            shop.doku.releases_notifications().await;
            let row = shop.doku.rows("refunds", "amount", &json!("4000.00")).await;
            let row = row.last().unwrap().clone();
            let mut again = about(&shop.read(&payment).await, "04");
            again["amount"] = json!("4000.00");
            again["partnerRefundNo"] = row["partnerRefundNo"].clone();
            tell(&shop, again).await;
        }
        let after = shop.read(&payment).await;
        assert_eq!(after["refundedAmount"], idr(4_000), "{told_first}");
        assert_eq!(after["refundableAmount"], idr(6_000), "{told_first}");
        assert_eq!(after["status"], "partially_refunded", "{told_first}");
        assert_eq!(
            count(&shop, &payment, "refund.succeeded").await,
            1,
            "{told_first}"
        );
    }
}

#[tokio::test]
async fn a_signed_body_that_makes_no_sense_is_named() {
    use crate::support::signer::symmetric;

    let shop = Shop::open().await;
    let payment = waiting_payment(&shop).await;
    let good = Message::signed(&shop, &about(&payment, "00")).await;
    let secret = shop.world.secrets().field("secretKey");
    let before = shop.items("PAYMENT#").await;
    let table = [
        (json!({}), "4005602", "originalPartnerReferenceNo"),
        (
            json!({"originalPartnerReferenceNo": "A", "amount": idr(1)}),
            "4005602",
            "latestTransactionStatus",
        ),
        (
            json!({"originalPartnerReferenceNo": "A", "latestTransactionStatus": "00"}),
            "4005602",
            "amount",
        ),
        (
            json!({"originalPartnerReferenceNo": "A".repeat(65), "latestTransactionStatus": "00", "amount": idr(1)}),
            "4005602",
            "originalPartnerReferenceNo",
        ),
        (
            json!({"originalPartnerReferenceNo": "A", "latestTransactionStatus": "0 0", "amount": idr(1)}),
            "4005602",
            "latestTransactionStatus",
        ),
        (json!([1, 2]), "4005601", "body"),
        (json!("text"), "4005601", "body"),
    ];
    for (body, code, member) in table {
        let body = body.to_string();
        let timestamp = good.header("x-timestamp").to_owned();
        let signature = symmetric(&secret, &good.path, good.token(), &body, &timestamp);
        let message = Message {
            body: body.clone(),
            ..good.clone()
        };
        let answer = message.with("x-signature", signature).to(&shop).await;
        expect_code(&answer, code, &body);
        let said = answer.body["responseMessage"].as_str().unwrap();
        assert!(said.ends_with(member), "{body}: {said}");
    }
    assert_eq!(shop.items("PAYMENT#").await, before);
    // Kept for somebody to look at, each once.
    assert_eq!(shop.items("DEADLETTER").await.len(), 7);
    let huge = Message {
        body: " ".repeat(70_000),
        ..good
    };
    expect_code(&huge.to(&shop).await, "4005600", "70,000 bytes");
}
