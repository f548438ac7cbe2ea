//! Sends the requests, block by block, and collects what was found.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

use crate::bench::{Answer, Bench, Deployment};
use crate::check::{Finding, Validity, check, leaks};
use crate::document::{Document, Operation};
use crate::draw;
use crate::request::Request;
use crate::scene::Scene;
use crate::shrink;
use crate::sign::sign;

/// How many requests share what a scene provides.
pub const BLOCK: u64 = 50;
/// Findings of one kind at one route that are made small and shown.
const SHOWN: usize = 1;

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// How many requests each route gets.
    pub each: u64,
    /// The routes; all where there is none.
    pub routes: Vec<String>,
    /// How many blocks run at a time.
    pub at_once: usize,
    /// Whether findings are made small.
    pub shrink: bool,
}

/// What became of one route's requests.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// How many were sent.
    pub requests: u64,
    /// How many the document allows.
    pub valid: u64,
    /// How many it does not allow.
    pub invalid: u64,
    /// How many answers had each status.
    pub statuses: BTreeMap<u16, u64>,
    /// How many rules were broken.
    pub findings: u64,
}

/// A finding, and the request that it came of.
#[derive(Debug, Clone)]
pub struct Found {
    /// The route.
    pub route: String,
    /// The request's number.
    pub number: u64,
    /// The deployment that answered it.
    pub deployment: Deployment,
    /// The rule.
    pub finding: Finding,
    /// The request, as small as it could be made.
    pub request: Request,
    /// Whether the request alone leads to it, without those before it.
    pub alone: bool,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// By route, in the document's order.
    pub tallies: Vec<(String, Tally)>,
    /// The first findings of each rule at each route.
    pub found: Vec<Found>,
    /// What kept a request from being sent, and log lines that hold what they must not.
    pub troubles: Vec<String>,
    /// How many requests HTTP does not have, or another route answers.
    pub skipped: u64,
}

struct Run {
    document: Document,
    benches: Vec<Bench>,
    plan: Plan,
    next: AtomicU64,
    outcome: Mutex<Outcome>,
    counts: Mutex<BTreeMap<(String, String), usize>>,
}

/// One request and its answer.
pub struct Exchange {
    /// The answer.
    pub answer: Answer,
    /// Whether the document allows the request.
    pub validity: Validity,
    /// The rules that were broken.
    pub findings: Vec<Finding>,
}

/// Sends one request; none where HTTP has no such request.
pub async fn exchange(
    document: &Document,
    bench: &Bench,
    operation: &Operation,
    request: &Request,
    scene: &mut Scene<'_>,
) -> Result<Option<Exchange>, String> {
    let mut sent = request.complete(scene).await?;
    if request.signed {
        sign(bench, operation, &mut sent)?;
    }
    let Ok(answer) = bench.send(operation, &sent).await else {
        return Ok(None);
    };
    // A path that is another route's, or none's, is the gateway's business.
    if answer.status == 404 && answer.text == "{\"message\":\"Not Found\"}" {
        return Ok(None);
    }
    let (validity, findings) = check(document, operation, &sent, &answer);
    Ok(Some(Exchange {
        answer,
        validity,
        findings,
    }))
}

/// Runs a plan.
pub async fn run(
    document: Document,
    plan: Plan,
    progress: impl Fn(u64, u64),
) -> Result<Outcome, String> {
    let mut benches = Vec::new();
    for deployment in Deployment::ALL {
        benches.push(Bench::start(deployment, plan.at_once.max(2)).await?);
    }
    let routes: Vec<String> = document.operations.iter().map(Operation::route).collect();
    let chosen: Vec<String> = routes
        .into_iter()
        .filter(|route| plan.routes.is_empty() || plan.routes.contains(route))
        .collect();
    let outcome = Outcome {
        tallies: chosen
            .iter()
            .map(|route| (route.clone(), Tally::default()))
            .collect(),
        ..Outcome::default()
    };
    let blocks = plan.each.div_ceil(BLOCK);
    let total = blocks * u64::try_from(chosen.len()).unwrap_or_default();
    let at_once = plan.at_once;
    let run = Arc::new(Run {
        document,
        benches,
        plan,
        next: AtomicU64::new(0),
        outcome: Mutex::new(outcome),
        counts: Mutex::default(),
    });
    let chosen = Arc::new(chosen);
    let mut workers = JoinSet::new();
    for _ in 0..at_once.max(1) {
        let (run, chosen) = (Arc::clone(&run), Arc::clone(&chosen));
        workers.spawn(async move {
            loop {
                let task = run.next.fetch_add(1, Ordering::Relaxed);
                if task >= total {
                    return;
                }
                // The routes take turns, so that what is wrong with one shows early.
                let count = u64::try_from(chosen.len()).unwrap_or(1);
                let route = &chosen[usize::try_from(task % count).unwrap_or_default()];
                run.block(route, task / count).await;
            }
        });
    }
    let mut ticker = tokio::time::interval(std::time::Duration::from_secs(5));
    loop {
        tokio::select! {
            done = workers.join_next() => match done {
                None => break,
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(())) => {}
            },
            _ = ticker.tick() => progress(run.next.load(Ordering::Relaxed).min(total) * BLOCK, total * BLOCK),
        }
    }
    let mut leaking = Vec::new();
    for bench in &run.benches {
        let lines = bench.world.logs();
        let found = leaks(lines.iter().map(|line| line.text.as_str()));
        leaking.extend(
            found
                .into_iter()
                .map(|one| format!("{}: {}", one.rule, one.what)),
        );
    }
    let mut outcome =
        std::mem::take(&mut *run.outcome.lock().unwrap_or_else(PoisonError::into_inner));
    outcome.troubles.extend(leaking);
    outcome.found.sort_by(|a, b| {
        (&a.route, a.finding.rule, a.number).cmp(&(&b.route, b.finding.rule, b.number))
    });
    Ok(outcome)
}

/// Sends the requests of one route from one number to another, each of which `watch` sees; those before the first
/// in its block are left out.
pub async fn replay(
    document: &Document,
    seed: u64,
    route: &str,
    numbers: std::ops::RangeInclusive<u64>,
    mut watch: impl FnMut(u64, &Request, Option<&Exchange>),
) -> Result<(), String> {
    let operation = document.operation(route).ok_or("there is no such route")?;
    let bench = Bench::start(deployment_of(*numbers.start()), 2).await?;
    let mut scene = Scene::new(&bench, "again".to_owned());
    for number in numbers {
        let request = draw::request(document, operation, seed, number);
        let exchanged = exchange(document, &bench, operation, &request, &mut scene).await?;
        watch(number, &request, exchanged.as_ref());
    }
    // What a function that ended has to say of it is in no answer.
    for line in bench.world.logs() {
        if line.text.contains("panicked")
            || line.text.contains("ERROR")
            || line.text.starts_with("[local]")
        {
            eprintln!("{} | {}", line.instance, line.text);
        }
    }
    Ok(())
}

/// The first number of the block that a number is in.
pub const fn block_start(number: u64) -> u64 {
    number - number % BLOCK
}

fn deployment_of(number: u64) -> Deployment {
    let [usual, other] = Deployment::ALL;
    if (number / BLOCK).is_multiple_of(2) {
        usual
    } else {
        other
    }
}

impl Run {
    fn outcome(&self) -> std::sync::MutexGuard<'_, Outcome> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bench(&self, deployment: Deployment) -> &Bench {
        let found = self
            .benches
            .iter()
            .find(|bench| bench.deployment == deployment);
        found.unwrap_or(&self.benches[0])
    }

    async fn block(&self, route: &str, block: u64) {
        let Some(operation) = self.document.operation(route) else {
            return;
        };
        let first = block * BLOCK;
        let deployment = deployment_of(first);
        let bench = self.bench(deployment);
        let place = self
            .document
            .operations
            .iter()
            .position(|one| one.route() == route);
        let mut scene = Scene::new(bench, format!("{}-{block}", place.unwrap_or_default()));
        let mut tally = Tally::default();
        for number in first..(first + BLOCK).min(self.plan.each) {
            let request = draw::request(&self.document, operation, self.plan.seed, number);
            match exchange(&self.document, bench, operation, &request, &mut scene).await {
                Ok(Some(exchange)) => {
                    tally.requests += 1;
                    *tally.statuses.entry(exchange.answer.status).or_default() += 1;
                    tally.valid += u64::from(exchange.validity == Validity::Valid);
                    tally.invalid += u64::from(matches!(exchange.validity, Validity::Invalid(_)));
                    for finding in exchange.findings {
                        tally.findings += 1;
                        self.found(operation, bench, number, &request, finding)
                            .await;
                    }
                }
                Ok(None) => self.outcome().skipped += 1,
                Err(trouble) => self
                    .outcome()
                    .troubles
                    .push(format!("{route} {number}: {trouble}")),
            }
        }
        let mut outcome = self.outcome();
        if let Some((_, sum)) = outcome.tallies.iter_mut().find(|(own, _)| own == route) {
            sum.requests += tally.requests;
            sum.valid += tally.valid;
            sum.invalid += tally.invalid;
            sum.findings += tally.findings;
            for (status, count) in tally.statuses {
                *sum.statuses.entry(status).or_default() += count;
            }
        }
    }

    async fn found(
        &self,
        operation: &Operation,
        bench: &Bench,
        number: u64,
        request: &Request,
        finding: Finding,
    ) {
        let route = operation.route();
        let is_new = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            let count = counts.entry((route.clone(), finding.kind())).or_default();
            *count += 1;
            *count <= SHOWN
        };
        if !is_new {
            return;
        }
        let small = if self.plan.shrink {
            shrink::smallest(&self.document, bench, operation, request, &finding).await
        } else {
            None
        };
        let found = Found {
            route,
            number,
            deployment: bench.deployment,
            finding: small
                .as_ref()
                .map_or(finding, |(_, finding)| finding.clone()),
            alone: small.is_some(),
            request: small.map_or_else(|| request.clone(), |(request, _)| request),
        };
        self.outcome().found.push(found);
    }
}
