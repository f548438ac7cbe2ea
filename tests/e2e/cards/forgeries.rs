//! Whatever is altered in a card notification is refused, before the table is looked at.

use std::time::Duration;

use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::signer::Lines;
use crate::support::{Answer, Message, Payment, Relay, Shop, Untouched, count};

const HEADERS: [&str; 4] = ["Client-Id", "Request-Id", "Request-Timestamp", "Signature"];

/// Insists on a refusal that says nothing more.
#[track_caller]
fn expect_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 401, "{why}: {}", answer.text);
    assert!(answer.body["message"].is_string(), "{why}: {}", answer.text);
}

/// Insists that it was taken.
#[track_caller]
fn expect_taken(answer: &Answer, why: &str) {
    assert_eq!(answer.status, 200, "{why}: {}", answer.text);
    assert_eq!(answer.text, r#"{"message":"OK"}"#, "{why}");
}

fn flipped(text: &str, at: usize, bit: u8) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[at] ^= 1 << bit;
    String::from_utf8(bytes).unwrap()
}

/// A letter of it, from `start` on, in the other case.
fn case_folded(text: &str, start: usize) -> String {
    let found = text[start..].find(|c: char| c.is_ascii_alphabetic());
    flipped(text, start + found.unwrap(), 5)
}

/// The signature of a message, with something else about it.
fn signed(good: &Message, secret: &str, change: impl FnOnce(&mut Lines<'_>)) -> String {
    let mut lines = Lines {
        stamp: "Request-Timestamp",
        client_id: good.header("Client-Id"),
        request_id: good.header("Request-Id"),
        timestamp: good.header("Request-Timestamp"),
        path: &good.path,
        body: good.body.as_bytes(),
    };
    change(&mut lines);
    lines.sign(secret)
}

/// The body altered in every way, the headers as they were.
fn other_bodies(good: &Message) -> Vec<(String, Message)> {
    // Bits that leave ASCII text ASCII text; the signature covers the bytes, whatever they mean.
    let flips = (0..good.body.len()).step_by(7).map(|at| {
        let body = flipped(&good.body, at, u8::try_from(at % 4).unwrap());
        (format!("a bit of byte {at} of the body"), body)
    });
    let value: Value = serde_json::from_str(&good.body).unwrap();
    let named = [
        ("another amount", good.body.replace("90000", "10000")),
        ("another status", good.body.replace("SUCCESS", "FAILED")),
        ("another type", good.body.replace("SALE", "AUTHORIZE")),
        ("no body", String::new()),
        ("a member more", good.body.replacen('{', "{\"a\":1,", 1)),
        ("a space more", format!("{} ", good.body)),
        (
            "the same JSON, spelt out",
            serde_json::to_string_pretty(&value).unwrap(),
        ),
    ];
    let named = named.into_iter().map(|(why, body)| (why.to_owned(), body));
    flips
        .chain(named)
        .map(|(why, body)| {
            let message = Message {
                body,
                ..good.clone()
            };
            (why, message)
        })
        .collect()
}

/// Other spellings of the signature.
fn other_signatures(good: &Message) -> Vec<(&'static str, String)> {
    let signature = good.header("Signature");
    let bare = signature.strip_prefix("HMACSHA256=").unwrap();
    // Base64 has bits to spare at its end: another spelling of the same bytes is not the signature.
    let mut respelt = signature.as_bytes().to_vec();
    let spare = respelt.len() - 2;
    respelt[spare] += 1;
    vec![
        ("without its prefix", bare.to_owned()),
        ("a prefix in lower case", format!("hmacsha256={bare}")),
        ("a prefix in mixed case", format!("HmacSHA256={bare}")),
        ("another algorithm's prefix", format!("HMACSHA512={bare}")),
        ("the prefix twice", format!("HMACSHA256={signature}")),
        ("the prefix alone", "HMACSHA256=".to_owned()),
        ("a space after the prefix", format!("HMACSHA256= {bare}")),
        ("in lower case", signature.to_lowercase()),
        ("one letter's case", case_folded(signature, 11)),
        (
            "without its padding",
            signature.trim_end_matches('=').to_owned(),
        ),
        ("cut short", signature[..33].to_owned()),
        ("empty", String::new()),
        ("hexadecimal", format!("HMACSHA256={}", "ab".repeat(32))),
        (
            "nothing but zeroes",
            format!("HMACSHA256={}=", "A".repeat(43)),
        ),
        (
            "another spelling of the same bytes",
            String::from_utf8(respelt).unwrap(),
        ),
    ]
}

/// Every way of altering a message.
fn alterations(good: &Message, secret: &str) -> Vec<(String, Message)> {
    let mut all = other_bodies(good);
    let mut add = |why: String, message: Message| all.push((why, message));
    for (why, signature) in other_signatures(good) {
        let message = good.clone().with("Signature", signature);
        add(format!("the signature: {why}"), message);
    }
    let timestamp = good.header("Request-Timestamp");
    let seconds = timestamp.len() - 2;
    for (name, value) in [
        ("Request-Timestamp", flipped(timestamp, seconds, 0)),
        ("Request-Timestamp", timestamp.replace('Z', "+00:00")),
        ("Request-Id", "00000000-0000-4000-8000-000000000000".into()),
        ("Request-Id", case_folded(good.header("Request-Id"), 0)),
        ("Request-Id", String::new()),
        ("Client-Id", "BRN-0000-0000000000000".to_owned()),
        ("Client-Id", good.header("Client-Id").to_lowercase()),
        ("Client-Id", String::new()),
    ] {
        let why = format!("{name}: {value:?}");
        add(why, good.clone().with(name, value));
    }
    for name in HEADERS {
        add(format!("no {name}"), good.clone().without(name));
    }
    // Rightly made, but of something else.
    let mut resigned = |why: &str, signature: String| {
        add(why.to_owned(), good.clone().with("Signature", signature));
    };
    for path in [
        "/v1/doku/notifications/",
        "/v1/doku/Notifications",
        "/v1.0/debit/notify",
        "/v1/payments",
        "/",
        "",
    ] {
        let signature = signed(good, secret, |lines| lines.path = path);
        resigned(&format!("signed for {path:?}"), signature);
    }
    let other = "SK-somebody-elses-8c1f2d";
    resigned("another secret", signed(good, other, |_| ()));
    resigned("an empty secret", signed(good, "", |_| ()));
    let answer = |lines: &mut Lines<'_>| lines.stamp = "Response-Timestamp";
    resigned("signed as an answer", signed(good, secret, answer));
    // Another merchant of DOKU's, with a secret of their own or with ours.
    for key in [other, secret] {
        let theirs = signed(good, key, |lines| lines.client_id = "BRN-SOMEBODY");
        let message = good.clone().with("Client-Id", "BRN-SOMEBODY");
        add(
            "another merchant's".to_owned(),
            message.with("Signature", theirs),
        );
    }
    all
}

/// A page that waits to be paid, in a world whose database requests are counted.
async fn counted() -> (Relay, Shop, Payment) {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(|options| options.dynamodb_endpoint = Some(url)).await;
    relay.leads_to(shop.world.dynamodb_url());
    let payment = shop.open_page(&shop.card_body_of("SALE", AMOUNT)).await;
    (relay, shop, payment)
}

/// What DOKU would say if the page had been paid.
fn success(payment: &Payment) -> Value {
    json!({
        "invoiceNumber": payment.invoice(),
        "set": {"transaction": {"status": "SUCCESS"}},
    })
}

#[tokio::test]
async fn whatever_is_altered_is_refused_and_the_table_is_not_even_read() {
    let (relay, shop, payment) = counted().await;
    let good = Message::of_card(&shop, &success(&payment)).await;
    let secret = shop.world.secrets().field("secretKey");
    let own = signed(&good, &secret, |_| ());
    assert_eq!(own, good.header("Signature"), "made by hand like DOKU's");
    let untouched = Untouched::so_far(&shop).await;
    relay.uses();

    let altered = alterations(&good, &secret);
    for (why, message) in &altered {
        expect_refused(&message.to(&shop).await, why);
    }
    for name in HEADERS {
        // API Gateway joins headers of one name, so that the header is wrong, and not what it says.
        let mut twice = good.clone();
        let value = good.header(name).to_owned();
        twice.headers.push((name.to_owned(), value));
        let answer = twice.to(&shop).await;
        assert_eq!(answer.status, 400, "{name} twice: {}", answer.text);
        assert!(answer.text.contains(name), "{name} twice: {}", answer.text);
    }
    let untimely = good.clone().with("Request-Timestamp", "yesterday");
    let answer = untimely.to(&shop).await;
    assert_eq!(answer.status, 400, "no time at all: {}", answer.text);
    assert!(answer.text.contains("Request-Timestamp"), "{}", answer.text);
    println!("{} altered card notifications refused", altered.len());
    assert!(altered.len() > 100, "{}", altered.len());
    let uses = relay.uses();
    assert!(
        uses.is_empty(),
        "{} requests reached the database",
        uses.len()
    );
    untouched.still(&shop, "altered notifications").await;

    // What was altered is good: the relay counts, and the payment is paid.
    expect_taken(&good.to(&shop).await, "unaltered");
    assert!(!relay.uses().is_empty(), "the relay counts");
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
    expect_taken(&good.to(&shop).await, "a repeat");
    assert_eq!(count(&shop, &payment.id, "payment.paid").await, 1);
}

#[tokio::test]
async fn a_stale_notification_is_refused_on_either_side_of_now() {
    let (relay, shop, payment) = counted().await;
    // Signed at one time and sent at another.
    for (signed_at, sent_at) in [(0, 302), (302, 0)] {
        let set_clock = async |seconds: u64| {
            let order = json!({"offsetMs": seconds * 1000});
            shop.doku.order("clock", order).await;
        };
        set_clock(signed_at).await;
        let message = Message::of_card(&shop, &success(&payment)).await;
        set_clock(sent_at).await;
        relay.uses();
        let why = format!("signed at {signed_at} s, sent at {sent_at} s");
        expect_refused(&message.to(&shop).await, &why);
        assert_eq!(relay.uses().len(), 0, "{why}: the table was read");
        set_clock(0).await;
    }
    assert_eq!(shop.read(&payment.id).await["status"], "redirect_required");

    let message = Message::of_card(&shop, &success(&payment)).await;
    shop.doku.time_passes(Duration::from_secs(290)).await;
    expect_taken(&message.to(&shop).await, "old, but within the tolerance");
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
}

#[tokio::test]
async fn a_direct_debits_signature_is_none_of_a_cards() {
    let (relay, shop, payment) = counted().await;
    let binding = shop.link_account("cust-1").await;
    let debit = shop.pay(&binding, AMOUNT).await;
    let order = json!({"partnerReferenceNo": debit.body["gateway"]["partnerReferenceNo"]});
    let debit = Message::signed(&shop, &order).await;
    let card = Message::of_card(&shop, &success(&payment)).await;
    shop.doku.falls_silent().await;
    relay.uses();
    let swapped = |message: &Message, path: &str| Message {
        path: path.to_owned(),
        ..message.clone()
    };
    let answer = swapped(&debit, &card.path).to(&shop).await;
    expect_refused(&answer, "a direct debit's at the cards' door");
    let answer = swapped(&card, &debit.path).to(&shop).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert_eq!(relay.uses().len(), 0, "the table was read");
}

#[tokio::test]
async fn a_signed_body_that_makes_no_sense_is_refused_for_what_it_is() {
    let (_relay, shop, payment) = counted().await;
    let good = Message::of_card(&shop, &success(&payment)).await;
    let secret = shop.world.secrets().field("secretKey");
    let before = shop.items("PAYMENT#").await;
    let order = json!({"invoice_number": "A", "amount": 1});
    let status = json!({"status": "SUCCESS"});
    for body in [
        json!({}),
        json!([1, 2]),
        json!("text"),
        json!({"order": order}),
        json!({"transaction": status}),
        json!({"order": {"amount": 1}, "transaction": status}),
        json!({"order": {"invoice_number": "A"}, "transaction": status}),
        json!({"order": {"invoice_number": "A".repeat(65), "amount": 1}, "transaction": status}),
        json!({"order": order, "transaction": {"status": "S S"}}),
    ] {
        let body = body.to_string();
        let message = Message {
            body: body.clone(),
            ..good.clone()
        };
        let signature = signed(&message, &secret, |_| ());
        let answer = message.with("Signature", signature).to(&shop).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert!(answer.body["message"].is_string(), "{body}");
    }
    assert_eq!(shop.items("PAYMENT#").await, before);
    // Kept for somebody to look at, each once.
    assert_eq!(shop.items("DEADLETTER").await.len(), 9);
}
