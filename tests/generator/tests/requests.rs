//! A hundred generated requests for every route; `cargo run -p generator -- --each 10000` sends more.
#![allow(clippy::unwrap_used, reason = "everything here is a test")]

use generator::{Document, Plan, REASONS, report, run, shown_bodies};

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_to_generated_requests_is_documented() {
    let seed = 1;
    let plan = Plan {
        seed,
        each: 100,
        routes: Vec::new(),
        at_once: 4,
        shrink: true,
    };
    let outcome = run(Document::read().unwrap(), plan, |_, _| {})
        .await
        .unwrap();
    let report = report(&outcome, seed);
    assert!(outcome.found.is_empty(), "{report}");
    assert!(outcome.troubles.is_empty(), "{report}");
    println!("{report}");
}

#[test]
fn every_example_of_the_document_is_valid() {
    let document = Document::read().unwrap();
    let shown = shown_bodies(&document);
    assert!(shown.len() > 40, "{}", shown.len());
    for (name, schema, example) in shown {
        let faults = document.schemas.faults(&schema, &example);
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(faults.is_empty(), "{name}: {faults:?}");
    }
}

#[test]
fn every_reason_is_stated_in_the_document() {
    let document = Document::read().unwrap();
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(&document.text);
    for reason in REASONS {
        assert!(text.contains(&words(reason.stated)), "{}", reason.stated);
    }
}
