//! The benchmark: cold init, warm payments and captures, memory and size, each beside its goal.
//!
//! Ratios hold better than absolute figures, so an empty function is measured in the same run, in
//! turn with the others. Recurring charges are measured apart, in `recurring`.

mod members;
mod merchant;
pub mod recurring;
mod work;

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use local::building::{Target, build, workspace_root};
use local::template::{FunctionSpec, Template};
use local::{Options, Profile, World};

use super::Surprise;
use super::paint::Paint;

/// The example of package `pay` that does nothing.
const EMPTY: &str = "empty";

/// The goals: hundredths of the empty function's init, microseconds, KiB, bytes.
mod goal {
    pub const INIT_RATIO_HUNDREDTHS: u64 = 250;
    pub const WARM_P50_US: u64 = 5_000;
    pub const PEAK_KIB: u64 = 16 * 1024;
    pub const ZIP_BYTES: u64 = 5 * 1024 * 1024;
}

/// What is measured, and of which executables.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Build with `cargo lambda` instead of cargo.
    pub cargo_lambda: bool,
    /// How cargo compiles the functions.
    pub profile: Profile,
    /// Cold starts of each function.
    pub cold: usize,
    /// Warm requests of each kind.
    pub warm: usize,
}

/// Measures.
pub async fn run(plan: Plan) -> Result<(), Surprise> {
    warn_of_debug();
    let template = Template::read(&Options::default().template).map_err(local::StartError::from)?;
    let bundle = template
        .bundle(&HashMap::new())
        .map_err(local::StartError::from)?;
    let names: Vec<String> = bundle.functions.iter().map(|f| f.package.clone()).collect();
    let executables = if plan.cargo_lambda {
        by_cargo_lambda(&names)?
    } else {
        by_cargo(&names, plan.profile).await?
    };
    let level = match plan.profile {
        Profile::Release => Compression::best(),
        // Large and full of debug information: not worth the time.
        Profile::Dev => Compression::fast(),
    };
    let sizes = executables
        .iter()
        .map(|(name, path)| Ok((name.clone(), zipped_size(path, level)?)))
        .collect::<Result<HashMap<_, _>, Surprise>>()?;
    let world = World::start(Options {
        build: false,
        executables,
        extra_functions: vec![empty_function()],
        ..Options::default()
    })
    .await?;

    let mut all = names.clone();
    all.push(EMPTY.to_owned());
    let inits = cold_starts(&world, &all, plan.cold).await?;
    let times = work::all(&world, plan.warm).await?;
    let mut peaks = BTreeMap::new();
    for name in &all {
        let peak = world.pids(name).into_iter().filter_map(peak_kib).max();
        peaks.insert(name.clone(), peak.unwrap_or_default());
    }
    world.shutdown().await;
    let mut goals = Goals::default();
    print_functions(&all, &inits, &peaks, &sizes, &mut goals);
    print_warm(&times, &mut goals);
    let more =
        "Recurring charges, ten thousand due at once: `cargo measure recurring`, ten minutes";
    println!("\n{}", Paint::for_stdout().dim(more));
    goals.verdict()
}

fn warn_of_debug() {
    if cfg!(debug_assertions) {
        eprintln!(
            "The gateway and the database are compiled without optimisation, which the figures \
             include: use `cargo measure`."
        );
    }
}

fn empty_function() -> FunctionSpec {
    FunctionSpec {
        logical_id: "Empty".to_owned(),
        package: EMPTY.to_owned(),
        environment: BTreeMap::new(),
        timeout: Duration::from_secs(3),
        memory_mb: 256,
        routes: Vec::new(),
        schedules: Vec::new(),
        event_sources: Vec::new(),
    }
}

async fn by_cargo(
    names: &[String],
    profile: Profile,
) -> Result<HashMap<String, PathBuf>, Surprise> {
    let mut targets: Vec<_> = names.iter().cloned().map(Target::Package).collect();
    targets.push(Target::Example("pay".to_owned(), EMPTY.to_owned()));
    let built = tokio::task::spawn_blocking(move || build(&targets, profile));
    let built = built
        .await
        .map_err(|_| Surprise::new("The build was interrupted."))?;
    Ok(built.map_err(local::StartError::from)?)
}

/// Builds as for deployment. `cargo lambda` builds the functions and, in a second call, the example.
fn by_cargo_lambda(names: &[String]) -> Result<HashMap<String, PathBuf>, Surprise> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |arguments: &[&str]| -> Result<(), Surprise> {
        let mut command = Command::new(&cargo);
        command
            .args(["lambda", "build", "--release"])
            .args(arguments);
        match command.current_dir(workspace_root()).status() {
            Ok(status) if status.success() => Ok(()),
            _ => Err(Surprise::new(
                "error: `cargo lambda build` failed: is cargo-lambda installed? \
                 `pip install cargo-lambda` brings it",
            )),
        }
    };
    let packages: Vec<&str> = names
        .iter()
        .flat_map(|name| ["--package", name.as_str(), "--bin", name.as_str()])
        .collect();
    run(&packages)?;
    run(&["--package", "pay", "--example", EMPTY])?;
    let directory = Profile::Release.output_directory().with_file_name("lambda");
    let bootstrap = |name: &str| directory.join(name).join("bootstrap");
    let all = names.iter().map(String::as_str).chain([EMPTY]);
    Ok(all.map(|name| (name.to_owned(), bootstrap(name))).collect())
}

/// Bytes of a zip that holds the executable as `bootstrap`: the deflated data and its headers.
fn zipped_size(path: &Path, level: Compression) -> Result<u64, Surprise> {
    let unreadable = |error: std::io::Error| {
        Surprise::new(format!("error: {} cannot be read: {error}", path.display()))
    };
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(&bytes).map_err(unreadable)?;
    let deflated = encoder.finish().map_err(unreadable)?.len();
    // Local header, central header and end of directory, with the name twice.
    let headers = 30 + 46 + 22 + 2 * "bootstrap".len();
    Ok(u64::try_from(deflated + headers).unwrap_or(u64::MAX))
}

/// The median init time of each function in microseconds, one start of each in turn.
async fn cold_starts(
    world: &World,
    names: &[String],
    rounds: usize,
) -> Result<BTreeMap<String, u64>, Surprise> {
    let mut times: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for _ in 0..rounds.max(1) {
        for name in names {
            let function = world.lambda().function(name);
            let function = function
                .ok_or_else(|| Surprise::new(format!("error: no executable for {name}")))?;
            let instance = function
                .cold_start()
                .await
                .map_err(|error| Surprise::new(format!("error: {name} does not start: {error}")))?;
            times
                .entry(name.clone())
                .or_default()
                .push(micros(instance.init_time()));
            instance.kill().await;
        }
    }
    // The empty function gets no request later on; it is started once more for its memory.
    if let Some(function) = world.lambda().function(EMPTY) {
        let _ = function.cold_start().await;
    }
    Ok(times
        .into_iter()
        .map(|(name, times)| (name, quantile(times, 50)))
        .collect())
}

fn micros(time: Option<Duration>) -> u64 {
    time.map_or(0, |time| {
        u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
    })
}

/// The value below which `percent` of the values lie; 0 for no values.
fn quantile(mut values: Vec<u64>, percent: usize) -> u64 {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    values
        .get(last * percent / 100)
        .copied()
        .unwrap_or_default()
}

/// `VmHWM` of a process in KiB.
fn peak_kib(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// `12345` thousandths → `12.3`
fn one_decimal(thousandths: u64) -> String {
    let tenths = (thousandths + 50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Hundredths → `2.34`
fn two_decimals(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Holds figures against their goals, and remembers how many missed them.
#[derive(Default)]
struct Goals {
    missed: usize,
}

impl Goals {
    /// A figure in a column, painted by whether it reaches its goal.
    fn judge(&mut self, text: &str, width: usize, good: bool) -> String {
        let paint = Paint::for_stdout();
        // Padded before it is painted: the colour's own characters would count.
        let padded = format!("{text:>width$}");
        if good {
            return paint.good(padded);
        }
        self.missed += 1;
        paint.bad(format!("{padded}!"))
    }

    /// An error when any was missed, for the exit status.
    fn verdict(&self) -> Result<(), Surprise> {
        let which = match self.missed {
            0 => return Ok(()),
            1 => "One figure misses its goal".to_owned(),
            many => format!("{many} figures miss their goals"),
        };
        Err(Surprise::new(format!(
            "{which}: see the marks (!). Was the machine busy with something else?"
        )))
    }
}

fn print_functions(
    names: &[String],
    inits: &BTreeMap<String, u64>,
    peaks: &BTreeMap<String, u64>,
    sizes: &HashMap<String, u64>,
    goals: &mut Goals,
) {
    let paint = Paint::for_stdout();
    let empty = inits.get(EMPTY).copied().unwrap_or_default().max(1);
    println!(
        "\n{}",
        paint.title("Cold init (spawn to first poll), peak memory, size")
    );
    println!(
        "   {:<16}{:>9}{:>10}{:>10}{:>10}",
        "function", "init ms", "× empty", "peak MB", "zip MB"
    );
    for name in names {
        let init = inits.get(name).copied().unwrap_or_default();
        let peak = peaks.get(name).copied().unwrap_or_default();
        let size = sizes.get(name).copied().unwrap_or_default();
        let ratio = init * 100 / empty;
        println!(
            "   {name:<16}{:>9}{}{}{}",
            one_decimal(init),
            goals.judge(
                &two_decimals(ratio),
                10,
                ratio <= goal::INIT_RATIO_HUNDREDTHS
            ),
            goals.judge(&one_decimal(peak * 1000 / 1024), 10, peak <= goal::PEAK_KIB),
            goals.judge(
                &two_decimals(size * 100 / (1024 * 1024)),
                10,
                size <= goal::ZIP_BYTES
            ),
        );
    }
    println!(
        "   {:<16}{:>9}{:>10}{:>10}{:>10}",
        "goal", "", "≤ 2.50", "≤ 16.0", "≤ 5.00"
    );
}

fn print_warm(times: &work::Times, goals: &mut Goals) {
    println!(
        "\n{}",
        Paint::for_stdout().title(format!(
            "Warm, {} times each, DOKU answering at once",
            times.payments.len()
        ))
    );
    println!("   {:<28}{:>9}{:>10}", "request", "p50 ms", "p90 ms");
    let rows = [
        ("POST /v1/payments", &times.payments),
        ("POST /v1/payments, by card", &times.card_payments),
        ("POST …/capture", &times.captures),
    ];
    for (request, times) in rows {
        let p50 = quantile(times.clone(), 50);
        println!(
            "   {request:<28}{}{:>10}",
            goals.judge(&one_decimal(p50), 9, p50 <= goal::WARM_P50_US),
            one_decimal(quantile(times.clone(), 90))
        );
    }
    println!("   {:<28}{:>9}", "goal", "≤ 5.0");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_goal_is_an_error() {
        let mut goals = Goals::default();
        goals.judge("1", 2, true);
        assert!(goals.verdict().is_ok());
        goals.judge("3", 2, false);
        let told = goals.verdict().unwrap_err().to_string();
        assert!(told.starts_with("One figure"), "{told}");
    }

    #[test]
    fn figures_are_rounded_without_floats() {
        assert_eq!(one_decimal(12_345), "12.3");
        assert_eq!(one_decimal(960), "1.0");
        assert_eq!(two_decimals(205), "2.05");
        assert_eq!(quantile(vec![5, 1, 3, 2, 4], 50), 3);
        assert_eq!(quantile(vec![], 50), 0);
    }
}
