//! Reconciliation: look after the payments that nobody asks about. Called by a schedule.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(_: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(json!({}))
}
