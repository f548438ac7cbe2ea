//! Spellings of amounts, times, schemes and statuses that DOKU, or a library in between, may choose.

use serde_json::{Value, json};

use super::{told, told_snap};
use crate::support::{A_MINUTE, Answer, Message, Payment, Shop};

/// JSON texts of ten thousand rupiah.
const SAME: [&str; 9] = [
    r#""10000.00""#,
    "10000",
    "10000.0",
    "10000.00",
    r#""10000""#,
    r#""10000.0""#,
    "1e4",
    "1.0E+4",
    r#""1000000e-2""#,
];
/// JSON texts of other amounts.
const OTHER: [&str; 6] = [
    "10000.5",
    r#""10000.50""#,
    r#""9999.5""#,
    "1.00005e4",
    "100005e-1",
    r#""10000.01""#,
];

fn snap_body(payment: &Payment, amount: &str) -> String {
    let reference = &payment.body["gateway"]["partnerReferenceNo"];
    format!(
        r#"{{"originalPartnerReferenceNo":{reference},"latestTransactionStatus":"00","amount":{{"value":{amount},"currency":"IDR"}},"additionalInfo":{{"channelId":"DIRECT_DEBIT_CIMB_SNAP"}}}}"#
    )
}

fn card_body(payment: &Payment, amount: &str) -> String {
    let invoice = &payment.body["invoiceNumber"];
    format!(
        r#"{{"service":{{"id":"CREDIT_CARD"}},"order":{{"invoice_number":{invoice},"amount":{amount}}},"transaction":{{"status":"SUCCESS","type":"SALE"}}}}"#
    )
}

#[tokio::test]
async fn equal_amounts_are_equal_in_every_spelling() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let all = SAME
        .iter()
        .map(|it| (it, true))
        .chain(OTHER.iter().map(|it| (it, false)));
    for (amount, is_same) in all {
        let flags = if is_same {
            json!([])
        } else {
            json!(["amount_mismatch"])
        };
        let debit = shop.pay(&binding, 10_000).await;
        let message = Message::snap_of(&shop, &snap_body(&debit, amount)).await;
        message.to(&shop).await.expect(200);
        let now = shop.read(&debit.id).await;
        assert_eq!(now["status"] == "paid", is_same, "{amount}: {now}");
        assert_eq!(now["flags"], flags, "{amount}");

        let card = shop.open_page(&shop.card_body("cust-1", 10_000)).await;
        let message = Message::non_snap_of(&shop, &card_body(&card, amount)).await;
        message.to(&shop).await.expect(200);
        let now = shop.read(&card.id).await;
        assert_eq!(now["status"] == "paid", is_same, "{amount}: {now}");
        assert_eq!(now["flags"], flags, "{amount}");
    }
}

#[tokio::test]
async fn the_same_news_in_another_spelling_of_the_amount_is_no_news() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let debit = shop.pay(&binding, 10_000).await;
    for amount in SAME {
        let message = Message::snap_of(&shop, &snap_body(&debit, amount)).await;
        message.to(&shop).await.expect(200);
    }
    assert_eq!(shop.items("NOTIFICATION#").await.len(), 1);
}

#[tokio::test]
async fn status_answers_spell_amounts_and_statuses_as_they_like() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    for (amount, is_same) in [("10000", true), ("1e4", true), ("10000.5", false)] {
        // The customer pays, and the notification is lost.
        let debit = shop.pay(&binding, 10_000).await;
        let card = shop.open_page(&shop.card_body("cust-1", 10_000)).await;
        shop.doku.goes_wrong("notification", "lose").await;
        shop.confirm(&debit.id).await;
        shop.doku.goes_wrong("notification", "lose").await;
        shop.holder_pays(&card, "approve").await;
        let fault = json!({
            "operation": "status", "kind": "alter", "times": 9,
            "literals": {"value": amount, "latestTransactionStatus": "0"},
        });
        shop.doku.order("faults", fault).await;
        let value: Value = serde_json::from_str(amount).unwrap();
        let fault = json!({
            "operation": "order_status", "kind": "alter", "times": 9,
            "set": {"order": {"amount": value}},
        });
        shop.doku.order("faults", fault).await;
        shop.doku.time_passes(A_MINUTE).await;
        shop.tick().await;
        shop.doku.recovers().await;
        for id in [&debit.id, &card.id] {
            let now = shop.read(id).await;
            assert_eq!(now["status"] == "paid", is_same, "{amount}: {now}");
            let flags = if is_same {
                json!([])
            } else {
                json!(["amount_mismatch"])
            };
            assert_eq!(now["flags"], flags, "{amount}: {now}");
        }
    }
}

/// A notification that a payment of 10,000 rupiah is paid, with something changed before it is signed.
async fn altered(shop: &Shop, payment: &Payment, change: impl Fn(Message) -> Message) -> Answer {
    let body = snap_body(payment, r#""10000.00""#);
    let message = change(Message::snap_of(shop, &body).await);
    let body = message.body.clone();
    message.resigned(shop, &body).to(shop).await
}

/// A change of a notification before it is signed.
type Change = Box<dyn Fn(Message) -> Message>;

#[tokio::test]
#[allow(clippy::too_many_lines, reason = "a table")]
async fn forms_that_the_signature_covers_are_taken() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let with = |name: &'static str, change: fn(&str) -> String| {
        move |message: Message| {
            let value = change(message.header(name));
            message.with(name, value)
        }
    };
    let local = |text: &str, zone: &str, fraction: &str| -> String {
        let utc = text.trim_end_matches('Z');
        let utc = time::PrimitiveDateTime::parse(
            utc,
            &time::format_description::well_known::Iso8601::DEFAULT,
        );
        let there = utc.unwrap() + time::Duration::hours(7);
        let whole = there
            .format(&time::format_description::well_known::Iso8601::DATE_TIME)
            .unwrap();
        format!("{}{fraction}{zone}", &whole[..19])
    };
    let stamp = move |zone: &'static str, fraction: &'static str| -> Change {
        Box::new(move |message: Message| {
            let value = local(message.header("x-timestamp"), zone, fraction);
            message.with("x-timestamp", value)
        })
    };
    let table: Vec<(&str, Change)> = vec![
        (
            "a lower-case scheme",
            Box::new(with("authorization", |it| it.replace("Bearer", "bearer"))),
        ),
        (
            "a scheme in capitals",
            Box::new(with("authorization", |it| it.replace("Bearer", "BEARER"))),
        ),
        (
            "no scheme",
            Box::new(with("authorization", |it| it.replace("Bearer ", ""))),
        ),
        ("an offset", stamp("+07:00", "")),
        ("no colon", stamp("+0700", "")),
        ("hours alone", stamp("+07", "")),
        ("no zone", stamp("", "")),
        ("milliseconds, no zone", stamp("", ".123")),
        ("twelve digits", stamp("+0700", ".123456789012")),
        (
            "a byte order mark",
            Box::new(|message| Message {
                body: format!("\u{feff}{}", message.body),
                ..message
            }),
        ),
        (
            "a status as a number",
            Box::new(|message| Message {
                body: message.body.replace(
                    r#""latestTransactionStatus":"00""#,
                    r#""latestTransactionStatus":0"#,
                ),
                ..message
            }),
        ),
        (
            "printed over several lines",
            Box::new(|message| {
                let value: Value = serde_json::from_str(&message.body).unwrap();
                Message {
                    body: serde_json::to_string_pretty(&value).unwrap(),
                    ..message
                }
            }),
        ),
    ];
    for (why, change) in table {
        let payment = shop.pay(&binding, 10_000).await;
        let answer = altered(&shop, &payment, &change).await;
        assert_eq!(answer.status, 200, "{why}: {}", answer.text);
        assert_eq!(shop.read(&payment.id).await["status"], "paid", "{why}");
    }
    // The same mark before a card's body, and the other spelling of its authorisation.
    let payment = shop
        .open_page(&shop.card_body_of("AUTHORIZE", 10_000))
        .await;
    let body = card_body(&payment, "10000").replace(
        r#""type":"SALE"}"#,
        r#""type":"AUTHORIZE"},"authorized_id":"12345678901234""#,
    );
    let message = Message::non_snap_of(&shop, &format!("\u{feff}{body}")).await;
    message.to(&shop).await.expect(200);
    assert_eq!(shop.read(&payment.id).await["status"], "authorized");
    let captured = shop.capture(&payment.id, None).await;
    let sent = shop.doku.calls("capture").await;
    assert!(
        !sent.is_empty(),
        "it has a name to capture by: {}",
        captured.text
    );
}

#[tokio::test]
async fn what_is_refused_is_refused_for_its_own_reason() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.pay(&binding, 10_000).await;
    for stamp in ["yesterday", "20261128011530", "2026-11-28T01:15:30 WIB"] {
        let answer = altered(&shop, &payment, |it| it.with("x-timestamp", stamp)).await;
        assert_eq!(answer.body["responseCode"], "4005601", "{stamp}");
        assert!(answer.text.contains("X-TIMESTAMP"), "{}", answer.text);
    }
    let old = |it: Message| it.with("x-timestamp", "2020-01-01T00:00:00Z");
    let answer = altered(&shop, &payment, old).await;
    assert_eq!(answer.body["responseCode"], "4015600");
    assert!(answer.text.contains("X-TIMESTAMP"), "{}", answer.text);

    let body = card_body(&payment, "10000");
    for (stamp, status) in [("yesterday", 400), ("2020-01-01T00:00:00Z", 401)] {
        let message = Message::non_snap_of(&shop, &body).await;
        let message = message
            .with("Request-Timestamp", stamp)
            .resigned(&shop, &body);
        let answer = message.to(&shop).await;
        assert_eq!(answer.status, status, "{stamp}: {}", answer.text);
        assert!(answer.text.contains("Request-Timestamp"), "{}", answer.text);
    }
    assert_eq!(shop.read(&payment.id).await["status"], "otp_required");
    told_snap(
        &shop,
        &serde_json::from_str(&snap_body(&payment, "10000")).unwrap(),
    )
    .await;
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
    // Nothing signed for the other family's payment counts either.
    told(
        &shop,
        &serde_json::from_str(&card_body(&payment, "10000")).unwrap(),
    )
    .await;
}
