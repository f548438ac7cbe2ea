//! What no answer may repeat.

use serde_json::Value;

use super::Finding;
use crate::bench::Answer;
use crate::document::Document;
use crate::draw::card_numbers;
use crate::request::Sent;

/// Shorter texts stand in any answer by chance.
const SHORTEST: usize = 8;
/// Stands for the member of a text that is a member's name itself.
const A_NAME: &str = "(a name)";
/// Members whose texts no answer repeats, wherever they stand.
const SECRET: [&str; 14] = [
    "address",
    "cardData",
    "chargeToken",
    "dateOfBirth",
    "deepLink",
    "email",
    "idCard",
    "ipAddress",
    "number",
    "otp",
    "phone",
    "returnCode",
    "tokenId",
    "model",
];

/// Members that may hold what looks like a card number, by the document.
const MAY_LOOK_LIKE_CARDS: [&str; 6] = [
    "customerId",
    "id",
    "idCard",
    "invoiceNumber",
    "invoicePrefix",
    "number",
];

/// What is in no line of the functions' logs: of the scenes' customers, and card numbers that requests held.
pub fn leaks<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<Finding> {
    let mut secrets: Vec<String> = [
        "Siti Aminah",
        "siti@example.com",
        "6281234567890",
        "https://shop.example/",
        "3171000000000001",
    ]
    .map(str::to_owned)
    .into();
    for number in card_numbers() {
        let (first, rest) = number.split_at(4);
        let (second, rest) = rest.split_at(4);
        let (third, last) = rest.split_at(4);
        secrets.extend([" ", "-", "."].map(|sign| [first, second, third, last].join(sign)));
        secrets.push(number);
    }
    let leak = |line: &&'l str| {
        // A reference is the merchant's own name for a payment: operators look for it, whatever it looks like.
        let (before, after) = line.split_once("\"reference\":\"").unwrap_or((line, ""));
        let after = after.split_once('"').map_or("", |(_, after)| after);
        secrets
            .iter()
            .any(|secret| before.contains(secret) || after.contains(secret))
    };
    let found = lines.filter(leak).take(3);
    found
        .map(|line| Finding::new("no log holds what is personal", line))
        .collect()
}

/// Everything that was repeated.
pub fn faults(document: &Document, sent: &Sent, answer: &Answer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_refusal = answer.status >= 400;
    let mut texts = Vec::new();
    if let Ok(body) = serde_json::from_slice::<Value>(&sent.body) {
        collect(&body, "", &mut texts);
    }
    for card in &sent.cards {
        if is_refusal && holds(answer, card) {
            findings.push(Finding::new("no card number is repeated", card.clone()));
        }
        let is_taken = |(name, text): &&(String, String)| {
            text.contains(card) && !MAY_LOOK_LIKE_CARDS.contains(&name.as_str())
        };
        if !is_refusal
            && sent.claims.is_some()
            && let Some((name, _)) = texts.iter().find(is_taken)
        {
            findings.push(Finding::new(
                "no card number is accepted",
                format!("{name}: {card}"),
            ));
        }
    }
    if is_refusal {
        let values = sent
            .headers
            .iter()
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        texts.extend(values.map(|value| (String::new(), value)));
        let pairs = sent.query.iter().filter_map(|pair| pair.split_once('='));
        texts.extend(pairs.map(|(_, value)| (String::new(), value.to_owned())));
    }
    for (name, text) in texts {
        // A problem names the fields that are wrong.
        let matters = name != A_NAME && (is_refusal || SECRET.contains(&name.as_str()));
        // A word of the document is ours as much as the caller's.
        let is_known = document.text.contains(text.trim());
        if matters && !is_known && holds(answer, &text) {
            findings.push(Finding::new(
                "no value is repeated",
                format!("{name} {text:?} in {}", answer.text),
            ));
        }
    }
    findings
}

/// Whether an answer repeats a text.
fn holds(answer: &Answer, text: &str) -> bool {
    if text.chars().count() < SHORTEST {
        return false;
    }
    let mut repeated = Vec::new();
    match serde_json::from_str::<Value>(&answer.text) {
        Ok(body) => collect(&body, "", &mut repeated),
        Err(_) => repeated.push((String::new(), answer.text.clone())),
    }
    let headers = answer.headers.iter().filter(|(name, _)| name != "location");
    repeated.extend(headers.cloned());
    repeated.iter().any(|(_, own)| own.contains(text))
}

fn collect(value: &Value, name: &str, texts: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                // A name may hold anything as well.
                texts.push((A_NAME.to_owned(), name.clone()));
                collect(value, name, texts);
            }
        }
        Value::Array(elements) => elements
            .iter()
            .for_each(|value| collect(value, name, texts)),
        Value::String(text) => texts.push((name.to_owned(), text.clone())),
        _ => {}
    }
}
