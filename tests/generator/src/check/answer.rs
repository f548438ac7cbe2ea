//! An answer by what the document says of its status.

use serde_json::Value;

use super::Finding;
use crate::bench::Answer;
use crate::document::{Described, Document, Operation};

/// The most bytes of a problem.
const LARGEST_PROBLEM: usize = 2048;
/// Headers of HTTP itself, and those that the document says every answer has.
const UNIVERSAL: [&str; 7] = [
    "apigw-requestid",
    "cache-control",
    "content-length",
    "content-type",
    "date",
    "strict-transport-security",
    "x-content-type-options",
];

/// Everything that the document does not allow.
pub fn faults(document: &Document, operation: &Operation, answer: &Answer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let status = answer.status;
    if status >= 500 {
        let what = format!("{status} {}", answer.text);
        findings.push(Finding::new("no request is answered with 5xx", what));
    }
    if answer.is_binary {
        findings.push(Finding::new("an answer is text", ""));
    }
    let has_all = answer.header("x-content-type-options") == Some("nosniff")
        && answer.header("strict-transport-security").is_some();
    if !has_all {
        let what = format!("{:?}", answer.headers);
        findings.push(Finding::new(
            "every answer has the headers of every answer",
            what,
        ));
    }
    let Some(described) = operation.answers.get(&status) else {
        let what = format!("{status} {}", answer.text);
        findings.push(Finding::new("the status is documented", what));
        return findings;
    };
    of_body(document, described, answer, &mut findings);
    of_headers(document, described, answer, &mut findings);
    if media_type(answer) == "application/problem+json" {
        of_problem(answer, &mut findings);
    }
    findings
}

fn media_type(answer: &Answer) -> &str {
    let kind = answer.header("content-type").unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim()
}

fn of_body(
    document: &Document,
    described: &Described,
    answer: &Answer,
    findings: &mut Vec<Finding>,
) {
    const RULE: &str = "the body is as documented";
    let kind = media_type(answer);
    let Some(schema) = described.content.get(kind) else {
        if !described.content.is_empty() || !answer.text.is_empty() {
            let what = format!("{} {kind}", answer.status);
            findings.push(Finding::new("the media type is documented", what));
        }
        return;
    };
    let value = if kind.ends_with("json") {
        serde_json::from_str(&answer.text)
    } else {
        Ok(Value::from(answer.text.as_str()))
    };
    match value {
        Ok(value) => {
            for fault in document.schemas.faults(schema, &value) {
                let what = format!("{} {fault} in {}", answer.status, answer.text);
                findings.push(Finding::new(RULE, what));
            }
        }
        Err(error) => findings.push(Finding::new(RULE, format!("{error}: {}", answer.text))),
    }
}

fn of_headers(
    document: &Document,
    described: &Described,
    answer: &Answer,
    findings: &mut Vec<Finding>,
) {
    for (name, value) in &answer.headers {
        if let Some((_, schema)) = described.headers.get(name) {
            let value = value
                .parse::<i64>()
                .map_or_else(|_| Value::from(value.as_str()), Value::from);
            for fault in document.schemas.faults(schema, &value) {
                let what = format!("{} {name}: {fault}", answer.status);
                findings.push(Finding::new("the headers are as documented", what));
            }
        } else if !UNIVERSAL.contains(&name.as_str()) {
            let what = format!("{} {name}", answer.status);
            findings.push(Finding::new("the headers are documented", what));
        }
    }
    for (name, (required, _)) in &described.headers {
        if *required && answer.header(name).is_none() {
            let what = format!("{} {name}", answer.status);
            findings.push(Finding::new("required headers are there", what));
        }
    }
}

fn of_problem(answer: &Answer, findings: &mut Vec<Finding>) {
    if answer.text.len() > LARGEST_PROBLEM {
        let what = format!("{} bytes", answer.text.len());
        findings.push(Finding::new("a problem has at most 2 KiB", what));
    }
    let problem = answer.body();
    if problem["status"] != answer.status {
        findings.push(Finding::new(
            "a problem states its status",
            answer.text.clone(),
        ));
    }
    let (kind, code) = (problem["type"].as_str(), problem["code"].as_str());
    let is_of_code = |kind: &str| kind.ends_with(&format!("/{}", code.unwrap_or_default()));
    if !kind.is_some_and(is_of_code) {
        let rule = "a problem's type is that of its code";
        findings.push(Finding::new(rule, answer.text.clone()));
    }
}
