//! Recurring charges. Called by a schedule, to find what is due, and by the queue, to charge it.

use doku_shared::app::{App, DueMessage, StartError};
use doku_shared::queue::Queue;
use doku_shared::schedule::{Event, Handled, serve};
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("recurring", queue, |app, queue, event| {
        Box::pin(handle(app, queue, event))
    })
    .await
}

/// The queue that what is due is put on.
fn queue(app: &App) -> Result<Queue, StartError> {
    let url = app.config().needed_due_queue_url()?;
    Ok(Queue::new(app.aws(), url))
}

async fn handle(app: &App, queue: &Queue, event: &Event) -> Handled {
    match event.payload().get("Records") {
        Some(records) => charge(app, records, event).await,
        None => sweep(app, queue, event).await,
    }
}

/// `{"shard": 3}` sweeps one shard; anything else, such as what the schedule sends, all of them.
async fn sweep(app: &App, queue: &Queue, event: &Event) -> Handled {
    let shard = event.payload().get("shard").and_then(Value::as_u64);
    let shard = shard.map(u32::try_from).transpose()?;
    let swept = app.sweep_charges(queue, shard, event.deadline()).await?;
    Ok(serde_json::to_value(swept)?)
}

/// A message as the queue hands it out.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    message_id: String,
    body: String,
}

/// Does what each message asks for. Those that failed, or for which no time was left, are named in the
/// answer and come again; the others do not.
async fn charge(app: &App, records: &Value, event: &Event) -> Handled {
    let records: Vec<Record> = Deserialize::deserialize(records)?;
    let mut failed = Vec::new();
    for record in records {
        let Some(message) = DueMessage::parse(&record.body) else {
            // It would never be understood: its place is the dead-letter queue.
            tracing::error!(messageId = record.message_id, "a message cannot be read");
            failed.push(record.message_id);
            continue;
        };
        if let Err(error) = app.charge_due(&message, event.deadline()).await {
            tracing::warn!(subscriptionId = %message.subscription, %error, "a charge is left for later");
            failed.push(record.message_id);
        }
    }
    let failures = failed.iter().map(|id| json!({ "itemIdentifier": id }));
    Ok(json!({ "batchItemFailures": failures.collect::<Vec<_>>() }))
}
