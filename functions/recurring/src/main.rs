//! Recurring charges. Called by a schedule, to find what is due, and by the queue, to charge it.

use doku_shared::app::{App, Deadline, DueMessage, StartError};
use doku_shared::queue::Queue;
use doku_shared::schedule::{Event, Handled, serve};
use futures_util::StreamExt;
use futures_util::stream;
use lambda_runtime::Error;
use serde::Deserialize;
use serde_json::{Value, json};

/// Subscriptions that are looked after side by side: while DOKU works on one charge, which is one at a
/// time, the next is made ready and the last is settled.
const AT_A_TIME: usize = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    serve("recurring", with_queue, |app, queue, event| {
        Box::pin(handle(app, queue, event))
    })
    .await
}

/// With the queue that what is due is put on.
fn with_queue(app: App) -> Result<(App, Queue), StartError> {
    let url = app.config().needed_due_queue_url()?;
    let queue = Queue::new(app.aws(), url);
    Ok((app.one_at_a_time(), queue))
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
    let mut messages: Vec<Vec<(DueMessage, String)>> = Vec::new();
    for record in records {
        let Some(message) = DueMessage::parse(&record.body) else {
            // It would never be understood: its place is the dead-letter queue.
            tracing::error!(messageId = record.message_id, "a message cannot be read");
            failed.push(record.message_id);
            continue;
        };
        let about_it = |others: &&mut Vec<(DueMessage, String)>| {
            let first = others.first();
            first.is_some_and(|(other, _)| other.subscription == message.subscription)
        };
        match messages.iter_mut().find(about_it) {
            Some(others) => others.push((message, record.message_id)),
            None => messages.push(vec![(message, record.message_id)]),
        }
    }
    let deadline = event.deadline();
    let charging = stream::iter(messages)
        .map(|messages| charge_each(app, messages, deadline))
        .buffer_unordered(AT_A_TIME)
        .collect::<Vec<_>>();
    failed.extend(charging.await.into_iter().flatten());
    let failures = failed.iter().map(|id| json!({ "itemIdentifier": id }));
    Ok(json!({ "batchItemFailures": failures.collect::<Vec<_>>() }))
}

/// Does what the messages about one subscription ask for, in their order. Gives the ids of those that
/// failed.
async fn charge_each(
    app: &App,
    messages: Vec<(DueMessage, String)>,
    deadline: Deadline,
) -> Vec<String> {
    let mut failed = Vec::new();
    for (message, id) in messages {
        if let Err(error) = app.charge_due(&message, deadline).await {
            tracing::warn!(subscriptionId = %message.subscription, %error, "a charge is left for later");
            failed.push(id);
        }
    }
    failed
}
