//! News under a number that is not known here.

use serde_json::{Value, json};

use super::{counted, kept, metric_lines, told, told_snap};
use crate::support::{Message, Shop};

/// Bodies that reach the older family's address and are not about a payment here.
#[allow(clippy::too_many_lines, reason = "a table")]
fn foreign() -> Vec<(&'static str, &'static str, Value)> {
    let of = |service: &str, channel: &str, order: Value, status: Value| {
        json!({
            "service": {"id": service}, "channel": {"id": channel},
            "order": order, "transaction": status,
        })
    };
    let order = json!({"invoice_number": "OTHER-1", "amount": 10_000});
    let bare = json!({"invoice_number": "OTHER-1"});
    let success = json!({"status": "SUCCESS", "date": "2026-11-28T01:15:30Z"});
    vec![
        (
            "a virtual account, paid",
            "VIRTUAL_ACCOUNT",
            of(
                "VIRTUAL_ACCOUNT",
                "VIRTUAL_ACCOUNT_BCA",
                order.clone(),
                success.clone(),
            ),
        ),
        (
            "a virtual account that expired, without an amount",
            "VIRTUAL_ACCOUNT",
            of(
                "VIRTUAL_ACCOUNT",
                "VIRTUAL_ACCOUNT_BCA",
                bare.clone(),
                json!({"status": "EXPIRED"}),
            ),
        ),
        (
            "without an amount although paid",
            "QRIS",
            of("QRIS", "QRIS_DOKU", bare.clone(), success.clone()),
        ),
        (
            "an invoice number with a space",
            "PEER_TO_PEER",
            of(
                "PEER_TO_PEER",
                "PEER_TO_PEER_KREDIVO",
                json!({"invoice_number": "INV 0001", "amount": 10_000}),
                success.clone(),
            ),
        ),
        (
            "a card of a shop whose invoice numbers hold spaces",
            "CREDIT_CARD",
            of(
                "CREDIT_CARD",
                "CREDIT_CARD",
                json!({"invoice_number": "INV 0001", "amount": 10_000}),
                success.clone(),
            ),
        ),
        (
            "a page that expired before a method was chosen",
            "NONE",
            json!({
                "service": null, "acquirer": null, "channel": null, "order": bare,
                "transaction": {"status": "EXPIRED"},
            }),
        ),
        (
            "a review for fraud",
            "FRAUD_REVIEW",
            json!({
                "order": {"invoice_number": "OTHER-1"}, "verification": {"status": "APPROVE"},
                "service": {"id": "CREDIT_CARD"},
            }),
        ),
        (
            "a service of tomorrow",
            "OTHER",
            of("MOON_PAY", "MOON_PAY", order, success),
        ),
        ("no order at all", "OTHER", json!({"payout": {"id": "1"}})),
    ]
}

#[tokio::test]
async fn what_is_not_ours_is_acknowledged_and_counted_by_service() {
    let shop = Shop::open().await;
    let before = shop.table().await;
    let mut expected = Vec::new();
    for (why, service, body) in foreign() {
        let message = Message::non_snap_of(&shop, &body.to_string()).await;
        let answer = message.to(&shop).await;
        assert_eq!(answer.status, 200, "{why}: {}", answer.text);
        expected.push(service);
    }
    let virtual_account = json!({
        "partnerServiceId": "   19008", "customerNo": "0001", "virtualAccountNo": "   190080001",
        "virtualAccountName": "A Customer", "trxId": "OTHER-1", "paymentRequestId": "1",
        "paidAmount": {"value": "10000.00", "currency": "IDR"},
        "additionalInfo": {"channel": "VIRTUAL_ACCOUNT_BCA"},
    });
    told_snap(&shop, &virtual_account).await;
    expected.push("VIRTUAL_ACCOUNT");
    let qris = json!({
        "originalPartnerReferenceNo": "OTHER-1", "latestTransactionStatus": "00",
        "amount": {"value": 10_000, "currency": "IDR"}, "additionalInfo": {"channel": "QRIS"},
    });
    told_snap(&shop, &qris).await;
    expected.push("QRIS");

    let lines = metric_lines(&shop, "NotificationNotOurs");
    let services: Vec<_> = lines.iter().map(|line| line["service"].clone()).collect();
    assert_eq!(
        services,
        expected.iter().map(|it| json!(it)).collect::<Vec<_>>()
    );
    for metric in ["DeadLetter", "NotificationUnmatched", "StatusUnrecognised"] {
        assert_eq!(counted(&shop, metric), 0, "{metric}");
    }
    assert_eq!(shop.table().await, before, "nothing is kept");
}

#[tokio::test]
async fn a_deployment_may_keep_what_is_not_ours() {
    let shop = Shop::open_with(|options| {
        let setting = ("KeepForeignNotifications".to_owned(), "true".to_owned());
        options.parameters.extend([setting]);
    })
    .await;
    let all = foreign();
    for (_, _, body) in &all {
        told(&shop, body).await;
    }
    let kept = kept(&shop).await;
    assert_eq!(kept.len(), all.len(), "{kept:?}");
    let text = json!(kept).to_string();
    assert!(!text.contains("OTHER-1"), "sealed: {text}");
    assert_eq!(counted(&shop, "DeadLetter"), 0);
    let list = shop
        .world
        .tick_with("reconcile", &json!({"deadLetters": "list"}))
        .await
        .unwrap();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), all.len());
    for item in items {
        let reason = item["reason"].as_str().unwrap();
        assert!(reason.starts_with("it is not about a payment"), "{reason}");
    }
}

#[tokio::test]
async fn an_unknown_payment_of_a_channel_of_ours_is_kept_for_thirty_days_without_alarm() {
    let shop = Shop::open().await;
    let card = json!({
        "service": {"id": "CREDIT_CARD"}, "channel": {"id": "CREDIT_CARD"},
        "order": {"invoice_number": "ORPHAN-1", "amount": 10_000},
        "transaction": {"status": "SUCCESS", "type": "SALE"},
    });
    let debit = json!({
        "originalPartnerReferenceNo": "ORPHAN-2", "latestTransactionStatus": "00",
        "amount": {"value": "10000.00", "currency": "IDR"},
        "additionalInfo": {"channelId": "DIRECT_DEBIT_CIMB_SNAP"},
    });
    let wallet = json!({
        "originalPartnerReferenceNo": "ORPHAN-3", "latestTransactionStatus": "00",
        "amount": {"value": "10000.00", "currency": "IDR"},
    });
    told(&shop, &card).await;
    told_snap(&shop, &debit).await;
    told_snap(&shop, &wallet).await;
    let kept = kept(&shop).await;
    assert_eq!(kept.len(), 3, "{kept:?}");
    for item in &kept {
        assert!(item["waiting"].get("B").is_some(), "sealed: {item}");
        let number = |name: &str| -> i64 { item[name]["N"].as_str().unwrap().parse().unwrap() };
        assert_eq!(number("expiresAt") - number("at") / 1000, 30 * 86_400);
    }
    for metric in ["DeadLetter", "NotificationUnmatched", "NotificationNotOurs"] {
        assert_eq!(counted(&shop, metric), 0, "{metric}");
    }
    assert_eq!(counted(&shop, "NotificationKept"), 3);
}

#[tokio::test]
async fn an_unreadable_body_of_a_kind_of_ours_is_a_dead_letter() {
    let shop = Shop::open().await;
    let table = [
        json!({"service": {"id": "CREDIT_CARD"}, "order": {"invoice_number": "A"}, "transaction": {"status": "SUCCESS"}}),
        json!({"order": {"invoice_number": "A", "amount": 1}, "transaction": {"status": "S S"}, "card_payment": {"response_code": "00"}}),
        json!({"service": {"id": "DIRECT_DEBIT"}, "acquirer": {"id": "BRI"}, "order": {"invoice_number": "A", "amount": 1}}),
    ];
    for body in &table {
        let message = Message::non_snap_of(&shop, &body.to_string()).await;
        assert_eq!(message.to(&shop).await.status, 400, "{body}");
    }
    let debit = json!({
        "originalPartnerReferenceNo": "A", "latestTransactionStatus": "00",
        "additionalInfo": {"channelId": "DIRECT_DEBIT_CIMB_SNAP"},
    });
    let message = Message::snap_of(&shop, &debit.to_string()).await;
    assert_eq!(message.to(&shop).await.status, 400);
    assert_eq!(kept(&shop).await.len(), 4);
    assert_eq!(counted(&shop, "DeadLetter"), 4);
}
