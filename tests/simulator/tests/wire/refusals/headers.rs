//! A payment with one header changed or left out, and signed again.

use super::refuses;
use crate::client::Draft;
use crate::world::World;

/// Why, which header, its new value (none: left out), the code.
type Row = (
    &'static str,
    &'static str,
    Option<&'static str>,
    &'static str,
);

const ROWS: &[Row] = &[
    ("left out", "X-TIMESTAMP", None, "4005402"),
    ("left out", "X-SIGNATURE", None, "4005402"),
    ("left out", "X-PARTNER-ID", None, "4005402"),
    ("left out", "X-EXTERNAL-ID", None, "4005402"),
    ("left out", "Authorization", None, "4005402"),
    ("left out", "Authorization-customer", None, "4005402"),
    ("left out", "Content-Type", None, "4005402"),
    ("not JSON", "Content-Type", Some("text/plain"), "4005401"),
    ("letters", "X-EXTERNAL-ID", Some("12ab"), "4005401"),
    (
        "37 digits",
        "X-EXTERNAL-ID",
        Some("1234567890123456789012345678901234567"),
        "4005401",
    ),
    (
        "milliseconds",
        "X-TIMESTAMP",
        Some("2026-11-20T01:15:30.000Z"),
        "4005401",
    ),
    (
        "long ago",
        "X-TIMESTAMP",
        Some("2020-01-01T00:00:00Z"),
        "4015400",
    ),
    (
        "in the future",
        "X-TIMESTAMP",
        Some("2090-01-01T00:00:00Z"),
        "4015400",
    ),
    (
        "another merchant",
        "X-PARTNER-ID",
        Some("BRN-OTHER"),
        "4015400",
    ),
    (
        "token of nobody",
        "Authorization",
        Some("Bearer abc"),
        "4015401",
    ),
    ("no word Bearer", "Authorization", Some("abc"), "4015401"),
    (
        "token of nobody",
        "Authorization-customer",
        Some("Bearer abc"),
        "4015402",
    ),
    ("neither DH nor H2H", "X-CHANNEL-ID", Some("SDK"), "4005401"),
    (
        "seven characters",
        "X-IP-ADDRESS",
        Some("8.8.8.8"),
        "4005401",
    ),
    ("symbols", "X-DEVICE-ID", Some("a-b"), "4005401"),
];

/// Checks every row; how many there are.
pub async fn check(world: &World, right: impl Fn() -> Draft) -> usize {
    for (why, header, value, code) in ROWS {
        let mut draft = right();
        match value {
            Some(value) => draft.set(header, value),
            None => draft.without(header),
        }
        if *header != "X-SIGNATURE" {
            draft.sign();
        }
        // A header of the wrong form is named; who is unknown is not told why.
        let told = if code.starts_with("400") { header } else { "" };
        refuses(world, &format!("{header}: {why}"), &draft, code, told).await;
    }
    ROWS.len()
}
