//! Recurring charges, all due at once: how long a sweep takes and what it holds in memory, and how busy
//! DOKU is kept.
//!
//! Two sizes, each in a world of its own, because what grows is what matters.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use local::building::{Target, build};
use local::{Options, Profile, Queue, World};
use serde_json::{Value, json};

use super::merchant::Merchant;
use super::{Goals, members, one_decimal, peak_kib, two_decimals, warn_of_debug};
use crate::commands::Surprise;
use crate::commands::paint::Paint;

/// The functions that have something to do here. The others are not even built.
const FUNCTIONS: [&str; 4] = ["bind", "subscribe", "recurring", "notify-webhook"];

/// How long DOKU takes for a payment.
const DOKU_MS: u64 = 200;

/// Notifications that arrive at a time, once everything is charged.
const NOTIFICATIONS: usize = 100;

/// How often the schedule ticks at most until nothing is due any more.
const TICKS: u32 = 20;

/// The goals.
mod goal {
    /// Of the larger sweep's time per subscription, against the smaller one's, in hundredths.
    pub const TIME_HUNDREDTHS: u64 = 120;
    /// The same of its memory.
    pub const MEMORY_HUNDREDTHS: u64 = 110;
    /// Of the charges that concurrency ÷ latency allows, in hundredths.
    pub const SHARE_HUNDREDTHS: u64 = 80;
}

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How cargo compiles the functions.
    pub profile: Profile,
    /// Subscriptions of the larger world; the smaller one has a tenth of them.
    pub subscriptions: usize,
    /// Charges at a time in the larger world.
    pub concurrency: usize,
    /// The same in the smaller one.
    pub low_concurrency: usize,
}

/// What one world showed.
struct Figures {
    subscriptions: usize,
    concurrency: usize,
    made: Duration,
    sweep: Duration,
    sweep_peak_kib: u64,
    charging: Duration,
    worker_peak_kib: u64,
    /// Calls at DOKU while it charged, those for tokens among them.
    calls: usize,
}

/// Measures.
pub async fn run(plan: Plan) -> Result<(), Surprise> {
    warn_of_debug();
    let targets = FUNCTIONS.map(|name| Target::Package(name.to_owned()));
    let built = tokio::task::spawn_blocking(move || build(&targets, plan.profile));
    let built = built
        .await
        .map_err(|_| Surprise::new("The build was interrupted."))?;
    let executables = built.map_err(local::StartError::from)?;
    let (few, many) = (plan.subscriptions.div_ceil(10), plan.subscriptions);
    let few = measure(few, plan.low_concurrency, executables.clone()).await?;
    let many = measure(many, plan.concurrency, executables).await?;
    let mut goals = Goals::default();
    print_sweeps(&few, &many, &mut goals);
    print_charging(&[&few, &many], &mut goals);
    goals.verdict()
}

/// Makes so many subscriptions and lets all of them fall due, sweeps, and charges.
async fn measure(
    subscriptions: usize,
    concurrency: usize,
    executables: HashMap<String, PathBuf>,
) -> Result<Figures, Surprise> {
    let limit = ("RecurringConcurrency".to_owned(), concurrency.to_string());
    let world = World::start(Options {
        build: false,
        executables,
        parameters: HashMap::from([limit]),
        ..Options::default()
    })
    .await?;
    let merchant = Arc::new(Merchant::new(&world)?);
    let queue = world.queue("DueQueue");
    let queue = queue.ok_or_else(|| Surprise::new("error: the template has no DueQueue"))?;

    say(format!("making {subscriptions} subscriptions …"));
    let began = Instant::now();
    let until_due = members::join(&merchant, subscriptions).await?;
    let made = began.elapsed();
    say(format!("made in {} s", seconds(made)));

    // A process that has done nothing yet, but is connected to everything.
    sweep(&world, 0).await?;
    let moved = world.move_clock(until_due).await;
    moved.map_err(|error| Surprise::new(format!("error: {error}")))?;
    queue.hold();
    let began = Instant::now();
    sweep(&world, subscriptions).await?;
    let sweep_took = began.elapsed();
    let sweep_peak_kib = peak(&world);
    say(format!("swept in {} s", seconds(sweep_took)));
    let waiting = queue.depth().visible;
    if waiting != subscriptions {
        return Err(Surprise::new(format!(
            "error: {waiting} messages are on the queue"
        )));
    }

    say(format!(
        "charging them, {concurrency} at a time, DOKU answering after {DOKU_MS} ms …"
    ));
    let slow = json!({
        "operation": "payment", "kind": "slow", "delayMs": DOKU_MS, "times": subscriptions,
    });
    merchant.order("faults", &slow).await?;
    // On AWS they are taken in by another function on other machines; here that would share the
    // processors with those who charge.
    let hold = json!({ "operation": "notification", "kind": "hold", "times": subscriptions });
    merchant.order("faults", &hold).await?;
    let calls_before = merchant.calls().await?.len();
    let began = Instant::now();
    queue.release();
    drained(&queue).await?;
    let charging = began.elapsed();
    say(format!("charged in {} s", seconds(charging)));
    let worker_peak_kib = peak(&world);
    let calls = merchant.calls().await?;

    say("DOKU notifies, and what is left is looked after …".to_owned());
    settle(&world, &merchant, &queue).await?;
    check(&merchant.ledger().await?, &calls, subscriptions)?;
    world.shutdown().await;
    Ok(Figures {
        subscriptions,
        concurrency,
        made,
        sweep: sweep_took,
        sweep_peak_kib,
        charging,
        worker_peak_kib,
        calls: calls.len() - calls_before,
    })
}

fn say(sentence: String) {
    println!("   {}", Paint::for_stdout().dim(sentence));
}

/// The largest of the processes of `recurring` there are.
fn peak(world: &World) -> u64 {
    let peaks = world.pids("recurring").into_iter().filter_map(peak_kib);
    peaks.max().unwrap_or_default()
}

/// One tick, which must find so many.
async fn sweep(world: &World, wanted: usize) -> Result<(), Surprise> {
    let swept = tick(world).await?;
    if swept == json!({ "queued": wanted, "complete": true }) {
        return Ok(());
    }
    Err(Surprise::new(format!(
        "error: the sweep was to find {wanted}, and said {swept}"
    )))
}

async fn tick(world: &World) -> Result<Value, Surprise> {
    let told = world.tick("recurring").await;
    told.map_err(|error| Surprise::new(format!("error: recurring failed: {error}")))
}

async fn drained(queue: &Queue) -> Result<(), Surprise> {
    let drained = queue.drained().await;
    drained.map_err(|error| Surprise::new(format!("error: {error}")))?;
    let depth = queue.depth();
    if depth == local::Depth::default() && queue.dead_letters().is_empty() {
        return Ok(());
    }
    Err(Surprise::new(format!(
        "error: messages were left on the queue: {depth:?}"
    )))
}

/// Lets DOKU notify, and the schedule tick until nothing is due.
async fn settle(world: &World, merchant: &Merchant, queue: &Queue) -> Result<(), Surprise> {
    while merchant.release_notifications(NOTIFICATIONS).await? > 0 {}
    for _ in 0..TICKS {
        let swept = tick(world).await?;
        drained(queue).await?;
        if swept == json!({ "queued": 0, "complete": true }) {
            return Ok(());
        }
    }
    Err(Surprise::new("error: something stays due"))
}

/// Insists that every wallet was debited once, by one call.
fn check(ledger: &Value, calls: &[Value], subscriptions: usize) -> Result<(), Surprise> {
    let charges = ledger["charges"].as_array().map_or(&[][..], Vec::as_slice);
    let wallets: HashSet<_> = charges.iter().map(|row| &row["custIdMerchant"]).collect();
    let payments = calls.iter().filter(|call| call["operation"] == "payment");
    let counted = [charges.len(), wallets.len(), payments.count()];
    if counted != [subscriptions; 3] || ledger["violations"] != json!([]) {
        return Err(Surprise::new(format!(
            "error: of {subscriptions} wallets, DOKU's ledger has {} debited by {} charges and {} \
             calls: {}",
            counted[1], counted[0], counted[2], ledger["violations"]
        )));
    }
    Ok(())
}

/// `12.3`
fn seconds(time: Duration) -> String {
    one_decimal(micros(time) / 1000)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn count(subscriptions: usize) -> u64 {
    u64::try_from(subscriptions).unwrap_or(u64::MAX)
}

fn print_sweeps(few: &Figures, many: &Figures, goals: &mut Goals) {
    let paint = Paint::for_stdout();
    println!(
        "\n{}",
        paint.title("Sweep: one tick puts everything that is due on the queue")
    );
    println!(
        "   {:>13}{:>10}{:>10}{:>14}{:>10}",
        "subscriptions", "made s", "sweep ms", "µs each", "peak MB"
    );
    let each = |figures: &Figures| micros(figures.sweep) / count(figures.subscriptions).max(1);
    for figures in [few, many] {
        println!(
            "   {:>13}{:>10}{:>10}{:>14}{:>10}",
            figures.subscriptions,
            seconds(figures.made),
            one_decimal(micros(figures.sweep)),
            each(figures),
            one_decimal(figures.sweep_peak_kib * 1000 / 1024),
        );
    }
    let time = each(many) * 100 / each(few).max(1);
    let memory = many.sweep_peak_kib * 100 / few.sweep_peak_kib.max(1);
    println!(
        "   {:>13}{:>10}{:>10}{}{}",
        "ratio",
        "",
        "",
        goals.judge(&two_decimals(time), 14, time <= goal::TIME_HUNDREDTHS),
        goals.judge(&two_decimals(memory), 10, memory <= goal::MEMORY_HUNDREDTHS),
    );
    println!(
        "   {:>13}{:>10}{:>10}{:>14}{:>10}",
        "goal", "", "", "≤ 1.20", "≤ 1.10"
    );
}

fn print_charging(all: &[&Figures], goals: &mut Goals) {
    let paint = Paint::for_stdout();
    println!(
        "\n{}",
        paint.title(format!(
            "Charging: each wallet once, by DOKU's ledger; DOKU answering payments after {DOKU_MS} ms"
        ))
    );
    println!(
        "   {:>13}{:>12}{:>8}{:>11}{:>9}{:>8}{:>10}{:>12}",
        "subscriptions",
        "concurrency",
        "s",
        "charges/s",
        "limit/s",
        "share",
        "peak MB",
        "calls each"
    );
    for figures in all {
        // Thousandths, so that one decimal is left of them.
        let rate = count(figures.subscriptions) * 1_000_000_000 / micros(figures.charging).max(1);
        let limit = count(figures.concurrency) * 1_000_000 / DOKU_MS;
        let share = rate * 100 / limit.max(1);
        println!(
            "   {:>13}{:>12}{:>8}{:>11}{:>9}{}{:>10}{:>12}",
            figures.subscriptions,
            figures.concurrency,
            seconds(figures.charging),
            one_decimal(rate),
            one_decimal(limit),
            goals.judge(&two_decimals(share), 8, share >= goal::SHARE_HUNDREDTHS),
            one_decimal(figures.worker_peak_kib * 1000 / 1024),
            two_decimals(count(figures.calls) * 100 / count(figures.subscriptions).max(1)),
        );
    }
    println!(
        "   {:>13}{:>12}{:>8}{:>11}{:>9}{:>8}",
        "goal", "", "", "", "", "≥ 0.80"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_must_have_each_wallet_once() {
        let row = |wallet: &str| json!({ "custIdMerchant": wallet });
        let ledger = |rows: &[Value]| json!({ "charges": rows, "violations": [] });
        let call = json!({ "operation": "payment" });
        let token = json!({ "operation": "b2b" });
        let calls = [token, call.clone(), call.clone()];
        let table = [
            ("each once", ledger(&[row("a"), row("b")]), true),
            ("one twice", ledger(&[row("a"), row("a")]), false),
            ("one missing", ledger(&[row("a")]), false),
            ("no ledger", json!({}), false),
        ];
        for (why, ledger, good) in table {
            assert_eq!(check(&ledger, &calls, 2).is_ok(), good, "{why}");
        }
        let once = ledger(&[row("a"), row("b")]);
        assert!(check(&once, &calls[..2], 2).is_err(), "one never asked for");
        let wrong = json!({ "charges": once["charges"], "violations": ["twice"] });
        assert!(check(&wrong, &calls, 2).is_err(), "DOKU complains");
    }
}
