//! A function that a schedule calls: it speaks plain JSON, not HTTP. The crate's own tests run it.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

/// `{"do":…}`: `sleep`, `die`, `fail`; anything else is answered with what came.
async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    match event.payload["do"].as_str() {
        Some("sleep") => tokio::time::sleep(Duration::from_millis(700)).await,
        Some("die") => std::process::exit(3),
        Some("fail") => return Err("asked to fail".into()),
        _ => {}
    }
    Ok(json!({ "pid": std::process::id(), "event": event.payload }))
}
