//! What a run found, as a person reads it.

use std::fmt::Write;

use crate::run::{Found, Outcome, Tally, block_start};

/// Statuses by class, the refusals one by one.
const COLUMNS: [(&str, std::ops::RangeInclusive<u16>); 11] = [
    ("2xx", 200..=299),
    ("3xx", 300..=399),
    ("400", 400..=400),
    ("401", 401..=401),
    ("403", 403..=403),
    ("404", 404..=404),
    ("409", 409..=409),
    ("413", 413..=413),
    ("422", 422..=422),
    ("other", 0..=0),
    ("5xx", 500..=599),
];

/// The table and the findings.
pub fn report(outcome: &Outcome, seed: u64) -> String {
    let mut text = format!(
        "{:<55}{:>9}{:>8}{:>8}",
        "route", "requests", "valid", "invalid"
    );
    for (name, _) in &COLUMNS {
        let _ = write!(text, "{name:>7}");
    }
    let _ = writeln!(text, "{:>10}", "findings");
    let mut sum = Tally::default();
    for (route, tally) in &outcome.tallies {
        text.push_str(&row(route, tally));
        sum.requests += tally.requests;
        sum.valid += tally.valid;
        sum.invalid += tally.invalid;
        sum.findings += tally.findings;
        for (status, count) in &tally.statuses {
            *sum.statuses.entry(*status).or_default() += count;
        }
    }
    text.push_str(&row("all", &sum));
    if outcome.skipped > 0 {
        let _ = writeln!(
            text,
            "{} requests were none of HTTP's, or of another route",
            outcome.skipped
        );
    }
    for trouble in outcome.troubles.iter().take(20) {
        let _ = writeln!(text, "{trouble}");
    }
    for found in &outcome.found {
        text.push_str(&shown(found, seed));
    }
    text
}

fn row(route: &str, tally: &Tally) -> String {
    let mut text = format!(
        "{route:<55}{:>9}{:>8}{:>8}",
        tally.requests, tally.valid, tally.invalid
    );
    let named: u64 = tally
        .statuses
        .iter()
        .filter(|(status, _)| COLUMNS.iter().any(|(_, range)| range.contains(status)))
        .map(|(_, count)| count)
        .sum();
    for (name, range) in &COLUMNS {
        let count: u64 = if *name == "other" {
            tally.requests - named
        } else {
            tally
                .statuses
                .iter()
                .filter(|(status, _)| range.contains(status))
                .map(|(_, count)| count)
                .sum()
        };
        let _ = write!(text, "{count:>7}");
    }
    let _ = writeln!(text, "{:>10}", tally.findings);
    text
}

fn shown(found: &Found, seed: u64) -> String {
    let Found {
        route,
        number,
        finding,
        deployment,
        request,
        alone,
    } = found;
    let what: String = finding.what.chars().take(1200).collect();
    let which = if *alone {
        format!("--only {number}")
    } else {
        format!("--from {} --through {number}", block_start(*number))
    };
    format!(
        "\n{route}: broken: {}\n  {what}\n{request}  in the deployment {deployment:?}\n  again: cargo run -p generator -- --seed {seed} --route \"{route}\" {which}\n",
        finding.rule
    )
}
