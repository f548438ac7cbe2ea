//! Every response code through the whole stack: what the merchant is told, and what is done about it.

mod case;
mod linking;
mod operations;
mod table;

use std::collections::BTreeSet;

use linking::{balances, bindings, linking_otps, unlinkings};
use operations::{contradictions, otps, payments, refunds, statuses};
use table::{CONTRADICTIONS, DOCUMENTED, documented, undocumented};

#[tokio::test]
async fn every_code_leads_to_what_it_means() {
    let mut rows = documented();
    let tried: BTreeSet<_> = rows.iter().map(|row| (row.http, row.case)).collect();
    let known = DOCUMENTED.iter();
    let known = known.flat_map(|(http, cases)| cases.iter().map(|case| (*http, *case)));
    assert_eq!(tried, known.collect(), "every documented code has its row");
    assert_eq!(tried.len(), rows.len(), "and no more than one");
    rows.extend(undocumented());

    tokio::join!(
        payments(&rows),
        otps(&rows),
        refunds(&rows),
        statuses(&rows),
        bindings(&rows),
        linking_otps(&rows),
        unlinkings(&rows),
        balances(&rows),
    );
}

#[tokio::test]
async fn an_answer_that_contradicts_itself_is_not_believed() {
    contradictions(&CONTRADICTIONS).await;
}
