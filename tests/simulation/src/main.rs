//! Lets worlds happen: `--seed 7` one of them, `--seeds 10000` many.

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use simulation::{Failure, LENGTH, Tally, draw, run, run_seed};

/// How long a failing history is shortened.
const SHORTEN_FOR: Duration = Duration::from_mins(3);

/// Random worlds, each by its seed.
#[derive(Parser)]
struct Arguments {
    /// This world only; prints its history, and how it went.
    #[arg(long)]
    seed: Option<u64>,
    /// So many worlds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many steps each has.
    #[arg(long, default_value_t = LENGTH)]
    steps: usize,
    /// How many at a time.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Goes on after a failure, and does not shorten it.
    #[arg(long)]
    all: bool,
    /// Prints nothing but the seed and the rule of the first failure.
    #[arg(long)]
    found: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return one(seed, arguments.steps);
    }
    match many(&arguments) {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn one(seed: u64, length: usize) -> ExitCode {
    let steps = draw(seed, length);
    let mut show = |step: Option<&_>, told: Vec<String>| {
        match step {
            Some(step) => println!("{step}"),
            None => println!("the end"),
        }
        for line in told {
            println!("        {line}");
        }
    };
    match run(&steps, Some(&mut show)) {
        Ok(tally) => {
            println!("seed {seed}: nothing is broken; {tally}");
            ExitCode::SUCCESS
        }
        Err((violation, reached)) => {
            let steps = steps.into_iter().take(reached).collect();
            let failure = Failure {
                seed,
                length,
                violation,
                steps,
            };
            println!("{}", failure.shortened(SHORTEN_FOR));
            ExitCode::FAILURE
        }
    }
}

/// How many worlds failed.
fn many(arguments: &Arguments) -> usize {
    let began = Instant::now();
    let next = AtomicU64::new(arguments.from);
    let end = arguments.from + arguments.seeds;
    let failures: Mutex<Vec<Failure>> = Mutex::new(Vec::new());
    let sum: Mutex<Tally> = Mutex::default();
    let count = || failures.lock().map_or(1, |all| all.len());
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                while arguments.all || count() == 0 {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    match run_seed(seed, arguments.steps) {
                        Ok(one) => {
                            if let Ok(mut sum) = sum.lock() {
                                *sum = sum.plus(one);
                            }
                        }
                        Err(failure) => {
                            eprintln!("seed {seed} breaks {}", failure.violation);
                            if let Ok(mut all) = failures.lock() {
                                all.push(failure);
                            }
                        }
                    }
                    if !arguments.found {
                        progress(seed - arguments.from + 1, began);
                    }
                }
            });
        }
    });
    if arguments.found {
        let all = failures.into_inner().unwrap_or_default();
        if let Some(failure) = all.first() {
            println!("{} {}", failure.seed, failure.violation.rule);
        }
        return all.len();
    }
    let done = next.load(Ordering::Relaxed).min(end) - arguments.from;
    let all = failures.into_inner().unwrap_or_default();
    let (seconds, rate) = rate(done, began);
    println!(
        "{done} worlds in {seconds} s, {rate} per second, {} broken",
        all.len()
    );
    println!("{}", sum.into_inner().unwrap_or_default());
    if let (Some(first), false) = (all.first(), arguments.all) {
        println!("{}", first.clone().shortened(SHORTEN_FOR));
    }
    all.len()
}

fn progress(done: u64, began: Instant) {
    if done.is_multiple_of(500) {
        let (seconds, rate) = rate(done, began);
        eprintln!("{done} worlds, {seconds} s, {rate} per second");
    }
}

/// Seconds gone, and whole worlds per second.
fn rate(done: u64, began: Instant) -> (u64, u64) {
    let millis = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    (millis / 1_000, done * 1_000 / millis.max(1))
}
