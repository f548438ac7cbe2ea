//! `cargo demo`, `cargo local` and `cargo measure`: the bundle on one machine; `cargo ship`: on AWS.

mod commands;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use commands::measure::{Plan, recurring};
use local::{Options, Profile, State};

#[derive(Parser)]
#[command(name = "local", about = "Runs the bundle on this machine, without AWS")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Walk the main job, by account, by card and by the month, and check the ledger
    Demo(Common),
    /// Keep serving until Ctrl-C
    Serve {
        #[command(flatten)]
        common: Common,
        /// The port of the API
        #[arg(long, default_value_t = 3000)]
        port: u16,
        /// Show what the functions write
        #[arg(long)]
        logs: bool,
    },
    /// Measure cold init, warm time, memory and size; or recurring charges
    #[command(args_conflicts_with_subcommands = true)]
    Measure {
        #[command(subcommand)]
        part: Option<Part>,
        /// Build with `cargo lambda`, as for deployment
        #[arg(long)]
        cargo_lambda: bool,
        /// Use the dev profile for the functions: quick to try, but the figures mean little
        #[arg(long, conflicts_with = "cargo_lambda")]
        dev: bool,
        /// Cold starts of each function
        #[arg(long, default_value_t = 20)]
        cold: usize,
        /// Warm requests of each kind
        #[arg(long, default_value_t = 200)]
        warm: usize,
    },
    /// Build for Lambda and deploy to AWS
    Ship {
        /// The environment of infra/samconfig.toml: dev or prod
        environment: String,
    },
}

/// What is measured apart, because it takes its time.
#[derive(Subcommand)]
enum Part {
    /// Measure recurring charges that are all due at once
    Recurring {
        /// Use the dev profile for the functions: quick to try, but the figures mean little
        #[arg(long)]
        dev: bool,
        /// Subscriptions; a tenth of them is measured before
        #[arg(long, default_value_t = 10_000)]
        subscriptions: usize,
        /// Charges at a time. More than ten, and the database of one process is what is measured
        #[arg(long, default_value_t = 10)]
        concurrency: usize,
        /// Charges at a time of the tenth
        #[arg(long, default_value_t = 5)]
        low_concurrency: usize,
    },
}

#[derive(Args)]
struct Common {
    /// Keep the table in this file instead of in memory
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Use the release profile for the functions
    #[arg(long)]
    release: bool,
    /// Do not build: take the executables from where cargo puts them
    #[arg(long)]
    no_build: bool,
    /// Copy what the functions write to this file
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Processes per function at most
    #[arg(long, default_value_t = 8)]
    instances: usize,
    /// Another template than infra/template.yaml
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// A parameter of the template
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    parameters: Vec<(String, String)>,
}

fn parameter(raw: &str) -> Result<(String, String), String> {
    let (name, value) = raw.split_once('=').ok_or("must be NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

const fn profile(dev: bool) -> Profile {
    if dev { Profile::Dev } else { Profile::Release }
}

impl Common {
    fn options(self) -> Options {
        let defaults = Options::default();
        Options {
            template: self.template.unwrap_or(defaults.template),
            parameters: self.parameters.into_iter().collect(),
            profile: profile(!self.release),
            build: !self.no_build,
            state: self.state.map_or(State::Memory, State::File),
            instances_per_function: self.instances,
            log_file: self.log_file,
            ..Options::default()
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Demo(common) => commands::demo::run(common.options()).await,
        Command::Serve { common, port, logs } => {
            let options = Options {
                port: Some(port),
                show_logs: logs,
                ..common.options()
            };
            commands::serve::run(options).await
        }
        Command::Measure {
            part:
                Some(Part::Recurring {
                    dev,
                    subscriptions,
                    concurrency,
                    low_concurrency,
                }),
            ..
        } => {
            recurring::run(recurring::Plan {
                profile: profile(dev),
                subscriptions,
                concurrency,
                low_concurrency,
            })
            .await
        }
        Command::Measure {
            part: None,
            cargo_lambda,
            dev,
            cold,
            warm,
        } => {
            commands::measure::run(Plan {
                cargo_lambda,
                profile: profile(dev),
                cold,
                warm,
            })
            .await
        }
        Command::Ship { environment } => commands::ship::run(&environment),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(surprise) => {
            eprintln!("\n{surprise}");
            ExitCode::FAILURE
        }
    }
}
