//! DOKU's side of the wire as a program of its own: `cargo run -p doku-simulator -- --port 8090`.

mod arguments;
mod greeting;

use std::process::ExitCode;

use clap::Parser;
use doku_simulator::Simulator;

use arguments::{Arguments, Setup};

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("doku-simulator: {sentence}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), String> {
    let Setup { config, made_up } = arguments.setup()?;
    let simulator = Simulator::start(config.clone())
        .await
        .map_err(|error| arguments::sentence(&error))?;
    print!(
        "{}",
        greeting::text(simulator.base_url(), &config, &made_up)
    );
    tokio::signal::ctrl_c()
        .await
        .map_err(|error| format!("cannot wait for Ctrl-C: {error}"))?;
    println!("Stopping.");
    simulator.stop().await;
    Ok(())
}
