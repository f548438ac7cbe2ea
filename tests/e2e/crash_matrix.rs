//! The crash matrix: every operation, killed before and after every call that it makes to the database,
//! to the secret and to DOKU, and three ways in which the world goes on. Whatever happens, DOKU's books
//! and ours agree, nothing is charged twice, and nothing stays open, that is, neither final nor escalated.
//!
//! A third of the calls is done at each run, another third for each continuation. `CRASH_MATRIX=whole`
//! does all of them.

mod batch;
mod books;
mod charges;
mod operation;
mod stage;
mod table;

use std::collections::HashMap;
use std::time::Instant;

use tokio::task::{JoinSet, LocalSet};

use batch::{CONTINUATIONS, Tally};
use operation::OPERATIONS;
use stage::Stage;
use table::Row;

/// Restricts the run to operations whose names hold this.
fn wanted(name: &str) -> bool {
    std::env::var("CRASH_MATRIX_ONLY").map_or(true, |only| name.contains(&only))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_killed_wherever_the_books_agree() {
    let is_whole = std::env::var("CRASH_MATRIX").is_ok_and(|which| which == "whole");
    let began = Instant::now();
    let mut tallies = LocalSet::new().run_until(tallies(is_whole)).await;
    let names = OPERATIONS.into_iter().map(operation::Operation::name);
    let names = names
        .chain(charges::METHODS.map(charges::Method::name))
        .filter(|name| wanted(name));
    let rows: Vec<Row> = names
        .map(|name| Row {
            name,
            tallies: [0, 1, 2].map(|which| tallies.remove(&(name, which)).unwrap()),
        })
        .collect();
    let seconds = began.elapsed().as_secs();
    let everything = is_whole && std::env::var_os("CRASH_MATRIX_ONLY").is_none();
    let text = table::heading(everything, seconds) + &table::markdown(&rows);
    let place = table::write(&text, everything);
    let cases: usize = rows
        .iter()
        .flat_map(|row| &row.tallies)
        .map(Tally::cases)
        .sum();
    println!(
        "{text}\n{cases} kills in {seconds} s, written to {}",
        place.display()
    );
    let troubles: Vec<&String> = rows
        .iter()
        .flat_map(|row| &row.tallies)
        .flat_map(|tally| &tally.troubles)
        .collect();
    assert!(
        troubles.is_empty(),
        "{} troubles: {troubles:#?}",
        troubles.len()
    );
}

/// Runs everything, by operation and continuation. Each continuation has a world of its own, and
/// the charges of subscriptions, which live in another year, have another.
async fn tallies(is_whole: bool) -> HashMap<(&'static str, usize), Tally> {
    let mut running = JoinSet::new();
    for (which, continuation) in CONTINUATIONS.into_iter().enumerate() {
        let chosen = move |nth: usize| is_whole || nth % 3 == which;
        running.spawn_local(async move {
            let stage = Stage::open().await;
            let mut done = Vec::new();
            for operation in OPERATIONS {
                if wanted(operation.name()) {
                    let tally = batch::run(&stage, operation, continuation, chosen).await;
                    done.push(((operation.name(), which), tally));
                }
            }
            done
        });
        for method in charges::METHODS {
            if wanted(method.name()) {
                running.spawn_local(async move {
                    let tally = charges::run(method, continuation, chosen).await;
                    vec![((method.name(), which), tally)]
                });
            }
        }
    }
    let mut tallies = HashMap::new();
    while let Some(done) = running.join_next().await {
        tallies.extend(done.unwrap());
    }
    tallies
}
