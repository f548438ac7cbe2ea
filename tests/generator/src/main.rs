//! Sends generated requests to every route: `--each 10000` of them, or `--only` one again.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use generator::{Document, Plan, replay, report, run};

/// Generated requests, each by seed, route and number.
#[derive(Parser)]
struct Arguments {
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many requests each route gets.
    #[arg(long, default_value_t = 1_000)]
    each: u64,
    /// These routes only, such as `"POST /v1/payments"`.
    #[arg(long)]
    route: Vec<String>,
    /// This request of the route only; prints it and its answer.
    #[arg(long, requires = "route")]
    only: Option<u64>,
    /// The requests of the route from this one on; prints each.
    #[arg(long, requires = "through")]
    from: Option<u64>,
    /// The last of them.
    #[arg(long, requires = "route")]
    through: Option<u64>,
    /// How many blocks of requests run at a time.
    #[arg(long, default_value_t = 4)]
    threads: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match start(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing was found.
async fn start(arguments: Arguments) -> Result<bool, String> {
    let document = Document::read()?;
    if let Some(last) = arguments.only.or(arguments.through) {
        let first = arguments.only.or(arguments.from).unwrap_or(last);
        return again(&document, &arguments, first, last).await;
    }
    let plan = Plan {
        seed: arguments.seed,
        each: arguments.each,
        routes: arguments.route,
        at_once: arguments.threads,
        shrink: true,
    };
    let began = Instant::now();
    let outcome = run(document, plan, |done, all| {
        eprintln!("{done} of {all} requests, {} s", began.elapsed().as_secs());
    })
    .await?;
    println!("{}", report(&outcome, arguments.seed));
    println!("seed {}, {} s", arguments.seed, began.elapsed().as_secs());
    Ok(outcome.found.is_empty() && outcome.troubles.is_empty())
}

async fn again(
    document: &Document,
    arguments: &Arguments,
    first: u64,
    last: u64,
) -> Result<bool, String> {
    let route = arguments.route.first().map_or("", String::as_str);
    let mut found = 0;
    replay(
        document,
        arguments.seed,
        route,
        first..=last,
        |number, request, exchange| {
            println!("{route} {number}\n{request}");
            let Some(exchange) = exchange else {
                println!("  is none of HTTP's, or another route's\n");
                return;
            };
            println!(
                "  {} -> {} {}",
                exchange.validity.word(),
                exchange.answer.status,
                exchange.answer.text
            );
            for finding in &exchange.findings {
                println!("  broken: {}: {}", finding.rule, finding.what);
                found += 1;
            }
            println!();
        },
    )
    .await?;
    Ok(found == 0)
}
