//! Runs a history, and shortens one that fails.

use std::time::{Duration, Instant};

use tokio::runtime::Builder;

use crate::judge::{Tally, Violation};
use crate::leaks::Lines;
use crate::plan::{Step, draw};
use crate::world::World;

/// Enough for a world.
const STACK: usize = 64 << 20;

/// A history that fails.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which world.
    pub seed: u64,
    /// How many steps it was to have.
    pub length: usize,
    /// What it violates.
    pub violation: Violation,
    /// The steps that lead there.
    pub steps: Vec<Step>,
}

/// Sees each step when it has happened, and the end, with how calls to functions went.
pub type Watch<'a> = &'a mut (dyn FnMut(Option<&Step>, Vec<String>) + Send);

/// Lets a world of that seed happen from its beginning to its end.
pub fn run_seed(seed: u64, length: usize) -> Result<Tally, Failure> {
    let mut steps = draw(seed, length);
    run(&steps, None).map_err(|(violation, reached)| {
        steps.truncate(reached);
        Failure {
            seed,
            length,
            violation,
            steps,
        }
    })
}

/// Lets these steps happen. What is violated comes with how many steps that took.
///
/// # Panics
///
/// Never: a panic within a world is a violation.
pub fn run(steps: &[Step], mut watch: Option<Watch<'_>>) -> Result<Tally, (Violation, usize)> {
    let mut tell = move |step: Option<&Step>, world: &mut World| {
        if let Some(watch) = &mut watch {
            watch(step, world.told());
        }
    };
    let happens = || {
        let lines = Lines::default();
        let _listening = lines.listen();
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build();
        let runtime = runtime.expect("a runtime");
        let outcome = runtime.block_on(async {
            let mut world = World::begin(lines).await;
            for (index, step) in steps.iter().enumerate() {
                let stepped = Box::pin(world.step(step)).await;
                tell(Some(step), &mut world);
                stepped.map_err(|violation| (violation, index + 1))?;
            }
            let ended = Box::pin(world.end()).await;
            tell(None, &mut world);
            ended.map_err(|violation| (violation, steps.len()))
        });
        runtime.shutdown_background();
        outcome
    };
    // A thread of its own: futures of use cases in a debug build are large, and a bug may show as a
    // panic, also of what is judged.
    let outcome = std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, happens);
        thread.map(std::thread::ScopedJoinHandle::join)
    });
    match outcome {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(panic)) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Err((
                Violation::new("no panic", text.unwrap_or_default()),
                steps.len(),
            ))
        }
        Err(error) => Err((Violation::new("a thread", error.to_string()), 0)),
    }
}

impl Failure {
    /// Leaves steps out, many at a time and then one by one, as long as the same rule is broken.
    #[must_use]
    pub fn shortened(mut self, within: Duration) -> Self {
        let until = Instant::now() + within;
        let mut chunk = self.steps.len().div_ceil(2).max(1);
        loop {
            let mut start = 0;
            let mut shorter = false;
            while start < self.steps.len() && Instant::now() < until {
                let mut fewer = self.steps.clone();
                fewer.drain(start..(start + chunk).min(fewer.len()));
                match run(&fewer, None) {
                    Err((violation, reached)) if violation.rule == self.violation.rule => {
                        fewer.truncate(reached);
                        self.steps = fewer;
                        self.violation = violation;
                        shorter = true;
                    }
                    _ => start += chunk,
                }
            }
            if Instant::now() >= until || chunk == 1 && !shorter {
                return self;
            }
            chunk = if chunk > 1 { chunk / 2 } else { 1 };
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {} breaks {}", self.seed, self.violation)?;
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        let Self { seed, length, .. } = self;
        write!(
            f,
            "again: cargo run -p simulation --release -- --seed {seed} --steps {length}"
        )
    }
}
