//! Each rule is broken once.

use serde_json::{Value, json};

use super::check;
use crate::bench::Answer;
use crate::document::Document;
use crate::request::Sent;
use crate::scene::merchant;

const PAYMENT: &str = "POST /v1/payments/{paymentId}/refunds";
const ID: &str = "pay_01K9M4D7T3B5C6D7E8F9G0H1JK";

fn sent(body: &str) -> Sent {
    let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
    Sent {
        path: vec![ID.to_owned()],
        query: Vec::new(),
        headers: vec![
            header("content-type", "application/json"),
            header("idempotency-key", "a-key-of-mine"),
        ],
        claims: Some(merchant()),
        body: body.as_bytes().to_vec(),
        cards: Vec::new(),
    }
}

fn answer(status: u16, kind: &str, body: &Value) -> Answer {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Answer {
        status,
        headers: vec![
            header("content-type", kind),
            header("x-content-type-options", "nosniff"),
            header("strict-transport-security", "max-age=1"),
        ],
        text: body.to_string(),
        is_binary: false,
    }
}

fn problem(status: u16, code: &str, errors: &Value) -> Answer {
    let body = json!({
        "type": format!("https://doku-lambda.dev/problems/{code}"), "title": "t", "status": status, "detail": "d",
        "code": code, "errors": errors, "retryable": false, "outcome": "none", "requestId": "r",
    });
    answer(status, "application/problem+json", &body)
}

fn refund() -> Value {
    json!({
        "refundId": "rfn_01K9M4E9V1W2X3Y4Z5A6B7C8DE", "paymentId": ID, "amount": {"value": "4000.00", "currency": "IDR"},
        "status": "succeeded", "origin": "merchant", "type": null, "manual": false, "reason": "Item returned", "failure": null,
        "gateway": {"partnerRefundNo": "RFD-0001", "refundNo": null, "responseCode": "2005800"},
        "createdAt": "2026-11-20T02:00:00Z", "updatedAt": "2026-11-20T02:00:01Z",
    })
}

/// The rules that a pair of request and answer breaks.
fn broken(sent: &Sent, answer: &Answer) -> Vec<&'static str> {
    let document = Document::read().unwrap();
    let operation = document.operation(PAYMENT).unwrap();
    let (_, findings) = check(&document, operation, sent, answer);
    findings.into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn good_pairs_break_nothing() {
    let pairs = [
        (sent("{}"), answer(201, "application/json", &refund())),
        (sent("{}"), problem(404, "payment_not_found", &json!([]))),
        (
            sent("{\"reason\":1}"),
            problem(
                400,
                "invalid_request",
                &json!([{"field": "reason", "rule": "must be text"}]),
            ),
        ),
        (
            sent("{\"reason\":\"\\u0085\"}"),
            problem(
                400,
                "invalid_request",
                &json!([{"field": "reason", "rule": "must not hold control characters"}]),
            ),
        ),
    ];
    for (sent, answer) in pairs {
        assert_eq!(broken(&sent, &answer), [""; 0], "{answer:?}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn each_rule_is_noticed() {
    let good = || answer(201, "application/json", &refund());
    let with = |pointer: &str, value: Value| {
        let mut body = refund();
        *body.pointer_mut(pointer).unwrap() = value;
        answer(201, "application/json", &body)
    };
    let header = |answer: Answer, name: &str, value: &str| {
        let mut answer = answer;
        answer.headers.push((name.to_owned(), value.to_owned()));
        answer
    };
    let bare = Answer {
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        ..good()
    };
    let long = problem(
        400,
        "invalid_request",
        &json!([{"field": "a", "rule": "b".repeat(2000)}]),
    );
    let mut lying = problem(409, "in_progress", &json!([]));
    lying.text = lying.text.replace("\"status\":409", "\"status\":408");
    let mut misnamed = problem(409, "in_progress", &json!([]));
    misnamed.text = misnamed
        .text
        .replace("problems/in_progress", "problems/internal");
    let text = Answer {
        is_binary: true,
        ..good()
    };
    let echoing = problem(
        400,
        "invalid_request",
        &json!([{"field": "a", "rule": "not Secret words"}]),
    );
    let mut carded = sent("{\"reason\":\"4111 1111 1111 1111\"}");
    carded.cards.push("4111 1111 1111 1111".to_owned());
    let repeating = problem(
        400,
        "invalid_request",
        &json!([{"field": "4111 1111 1111 1111", "rule": "c"}]),
    );
    let refused = problem(
        400,
        "invalid_request",
        &json!([{"field": "reason", "rule": "is not to my liking"}]),
    );
    let table = [
        (
            "no request is answered with 5xx",
            sent("{}"),
            problem(503, "throttled", &json!([])),
        ),
        ("an answer is text", sent("{}"), text),
        (
            "every answer has the headers of every answer",
            sent("{}"),
            bare,
        ),
        (
            "the status is documented",
            sent("{}"),
            problem(405, "method_not_allowed", &json!([])),
        ),
        (
            "the media type is documented",
            sent("{}"),
            answer(201, "text/plain", &refund()),
        ),
        (
            "the body is as documented",
            sent("{}"),
            with("/status", json!("done")),
        ),
        (
            "the body is as documented",
            sent("{}"),
            with("/createdAt", json!("yesterday")),
        ),
        (
            "the headers are documented",
            sent("{}"),
            header(good(), "location", "/"),
        ),
        (
            "the headers are as documented",
            sent("{}"),
            header(problem(409, "in_progress", &json!([])), "retry-after", "0"),
        ),
        ("a problem has at most 2 KiB", sent("{\"reason\":1}"), long),
        ("a problem states its status", sent("{}"), lying),
        ("a problem's type is that of its code", sent("{}"), misnamed),
        (
            "no value is repeated",
            sent("{\"reason\":[\"Secret words\"]}"),
            echoing,
        ),
        ("no card number is repeated", carded.clone(), repeating),
        ("no card number is accepted", carded, good()),
        (
            "what the document does not allow is refused",
            sent("{\"amount\":1}"),
            good(),
        ),
        (
            "what the document does not allow is refused",
            sent("{\"reason\":\"a\",\"reason\":\"b\"}"),
            good(),
        ),
        (
            "what the document does not allow is refused",
            sent(""),
            good(),
        ),
        (
            "what the document allows is not refused as malformed",
            sent("{}"),
            refused,
        ),
        (
            "what the document allows is not refused as malformed",
            sent("{}"),
            problem(413, "payload_too_large", &json!([])),
        ),
    ];
    for (rule, sent, answer) in table {
        assert!(broken(&sent, &answer).contains(&rule), "{rule}: {answer:?}");
    }
}

#[test]
fn logs_are_searched() {
    let number = crate::draw::card_numbers().remove(0);
    let spaced = format!(
        "of {} {} {} {}",
        &number[..4],
        &number[4..8],
        &number[8..12],
        &number[12..]
    );
    let own = format!("{{\"reference\":\"{number}\",\"a\":1}}");
    let lines = ["nothing", "for Siti Aminah", &spaced, &own];
    assert_eq!(super::leaks(lines.into_iter()).len(), 2);
}
