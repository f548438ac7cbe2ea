//! A signed payment altered on its way.

use super::refuses;
use crate::client::Draft;
use crate::world::World;

/// Why, what is altered, the code, part of the message.
type Row = (&'static str, fn(&mut Draft), &'static str, &'static str);

const ROWS: &[Row] = &[
    (
        "amount",
        |d| d.body = d.body.replace("10000.00", "10001.00"),
        "4015400",
        "Signature",
    ),
    (
        "a space in a string",
        |d| d.body = d.body.replace("r 1", "r  1"),
        "4015400",
        "Signature",
    ),
    (
        "the same moment, other text",
        rewrite_timestamp,
        "4015400",
        "Signature",
    ),
    (
        "a query",
        |d| d.path.push_str("?x=1"),
        "4015400",
        "Signature",
    ),
    (
        "first character of the signature",
        flip_first,
        "4015400",
        "Signature",
    ),
    ("signature in lower case", lower, "4015400", "Signature"),
    (
        "a hexadecimal signature",
        |d| d.set("X-SIGNATURE", &"ab".repeat(64)),
        "4015400",
        "Signature",
    ),
    (
        "a short signature",
        |d| d.set("X-SIGNATURE", "AAAA"),
        "4015400",
        "Signature",
    ),
    (
        "customer's token without Bearer",
        bare_customer_token,
        "4015402",
        "Customer",
    ),
    (
        "merchant's token as customer's",
        merchant_as_customer,
        "4015402",
        "Customer",
    ),
];

/// Checks every row; how many there are.
pub async fn check(world: &World, right: impl Fn() -> Draft) -> usize {
    for (why, alter, code, told) in ROWS {
        let mut draft = right();
        alter(&mut draft);
        refuses(world, why, &draft, code, told).await;
    }
    ROWS.len()
}

fn rewrite_timestamp(draft: &mut Draft) {
    let text = draft.headers["X-TIMESTAMP"].replace('Z', "+00:00");
    draft.set("X-TIMESTAMP", &text);
}

fn flip_first(draft: &mut Draft) {
    let signature = draft.headers["X-SIGNATURE"].clone();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    draft.set("X-SIGNATURE", &format!("{first}{}", &signature[1..]));
}

fn lower(draft: &mut Draft) {
    let signature = draft.headers["X-SIGNATURE"].to_lowercase();
    draft.set("X-SIGNATURE", &signature);
}

fn bare_customer_token(draft: &mut Draft) {
    let token = draft.headers["Authorization-customer"].replace("Bearer ", "");
    draft.set("Authorization-customer", &token);
}

fn merchant_as_customer(draft: &mut Draft) {
    let token = draft.headers["Authorization"].clone();
    draft.set("Authorization-customer", &token);
}
