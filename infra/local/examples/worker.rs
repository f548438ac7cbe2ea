//! A function that a queue calls. The crate's own tests run it.

use std::time::Duration;

use doku_shared::queue::{Message, Queue};
use doku_shared::transport::{Transport, aws_config};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let aws = aws_config(&Transport::new()?);
    let queue = &Queue::new(&aws, std::env::var("JOBS_URL")?);
    lambda_runtime::run(service_fn(move |event| handle(queue, event))).await
}

/// Each body begins with what to do: `sleep`, `die`, `fail`, `refuse`, `show`, `send 12`; anything else
/// is only told. A line says what was begun, and how often it was received.
async fn handle(queue: &Queue, event: LambdaEvent<Value>) -> Result<Value, Error> {
    let mut failures = Vec::new();
    let records = event.payload["Records"].as_array().cloned();
    for record in records.unwrap_or_default() {
        let body = record["body"].as_str().unwrap_or_default();
        let times = &record["attributes"]["ApproximateReceiveCount"];
        println!("begun {body}, time {}", times.as_str().unwrap_or_default());
        let mut words = body.split(' ');
        match words.next() {
            Some("sleep") => tokio::time::sleep(Duration::from_millis(300)).await,
            Some("forever") => std::future::pending().await,
            Some("die") => std::process::exit(3),
            Some("fail") => return Err("asked to fail".into()),
            Some("refuse") => failures.push(json!({ "itemIdentifier": record["messageId"] })),
            Some("show") => println!("{record}"),
            Some("send") => {
                let count = words.next().and_then(|count| count.parse::<u32>().ok());
                let messages = (0..count.unwrap_or_default()).map(|number| Message {
                    group: (number % 3).to_string(),
                    deduplication: number.to_string(),
                    body: format!("sent {number}"),
                });
                queue.send(messages.collect()).await?;
            }
            _ => {}
        }
        println!("ended {body}");
    }
    Ok(json!({ "batchItemFailures": failures }))
}
