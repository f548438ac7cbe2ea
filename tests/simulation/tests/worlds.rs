//! Worlds of every kind, and nothing broken in any of them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use simulation::run_seed;

/// Shorter than by default: many small worlds take no longer than a few large ones.
const STEPS: usize = 25;
/// How many worlds there are; `cargo run -p simulation --release -- --seeds N` makes as many as wanted.
const SEEDS: u64 = 200;

#[test]
fn random_worlds_break_no_rule() {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= SEEDS {
                        return;
                    }
                    if let Err(failure) = run_seed(seed, STEPS) {
                        panic!("{}", failure.shortened(Duration::from_mins(1)));
                    }
                }
            });
        }
    });
}
