//! Worlds of every kind, and nothing broken in any of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use simulation::{Tally, run_seed};

/// Shorter than by default: many small worlds take no longer than a few large ones.
const STEPS: usize = 25;
/// How many worlds there are; `cargo run -p simulation --release -- --seeds N` makes as many as wanted.
const SEEDS: u64 = 200;

#[test]
fn random_worlds_break_no_rule() {
    let next = AtomicU64::new(0);
    let sum: Mutex<Tally> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SEEDS {
                        return;
                    }
                    match run_seed(seed, STEPS) {
                        Ok(one) => {
                            let mut sum = sum.lock().unwrap();
                            *sum = sum.plus(one);
                        }
                        Err(failure) => panic!("{}", failure.shortened(Duration::from_mins(1))),
                    }
                }
            });
        }
    });
    // Worlds in which nothing happens would find nothing.
    let sum = sum.into_inner().unwrap();
    println!("{sum}");
    for (what, times) in [
        ("payments", sum.payments),
        ("debits", sum.debits),
        ("refunds", sum.refunds),
        ("periods", sum.periods),
        ("notifications that were taken", sum.taken),
        ("deaths", sum.deaths),
    ] {
        assert!(times >= SEEDS / 8, "{times} {what} in {SEEDS} worlds");
    }
    for (what, times) in [
        ("restores", sum.restores),
        ("disagreements", sum.disagreements),
        ("expired claims", sum.expired_claims),
        ("throttled writes", sum.throttled_writes),
        ("partial batches", sum.partial_batches),
        ("conflicts", sum.conflicts),
        ("changes of shards", sum.shard_changes),
        ("writes of a newer release", sum.newer_writes),
        ("settlements by operators", sum.settlements),
    ] {
        assert!(times > 0, "no {what} in {SEEDS} worlds");
    }
}
