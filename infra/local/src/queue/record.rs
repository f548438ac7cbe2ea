//! What a function gets of a message.
//!
//! Source: AWS Lambda Developer Guide, "Using Lambda with Amazon SQS", example FIFO event.

use serde_json::{Map, Value, json};

use super::messages::{Delivery, Message};
use crate::template::{QueueSpec, REGION};

/// The event of one call.
pub fn event(queue: &QueueSpec, deliveries: &[Delivery]) -> Value {
    let records = deliveries.iter().map(|delivery| record(queue, delivery));
    json!({ "Records": records.collect::<Vec<_>>() })
}

fn record(queue: &QueueSpec, delivery: &Delivery) -> Value {
    json!({
        "messageId": delivery.message.id,
        "receiptHandle": delivery.receipt,
        "body": delivery.message.body,
        "attributes": attributes(queue, delivery),
        "messageAttributes": {},
        "md5OfBody": md5(&delivery.message.body),
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
        "awsRegion": REGION,
    })
}

/// The attributes that SQS itself gives a message.
pub fn attributes(queue: &QueueSpec, delivery: &Delivery) -> Map<String, Value> {
    let Message {
        group,
        deduplication,
        sequence,
        sent_at,
        ..
    } = &delivery.message;
    let first = delivery.first_received_at;
    let values = [
        (
            "ApproximateReceiveCount",
            Some(delivery.receives.to_string()),
        ),
        ("SentTimestamp", Some(sent_at.to_string())),
        ("SenderId", Some("AIDALOCAL".to_owned())),
        ("ApproximateFirstReceiveTimestamp", Some(first.to_string())),
        ("MessageGroupId", group.clone()),
        ("MessageDeduplicationId", deduplication.clone()),
        ("SequenceNumber", queue.fifo.then(|| number(*sequence))),
    ];
    let present = values.into_iter();
    let present = present.filter_map(|(name, value)| Some((name.to_owned(), value?.into())));
    present.collect()
}

/// A sequence number as SQS writes it: twenty digits.
pub fn number(sequence: u64) -> String {
    const FIRST: u64 = 10_000_000_000_000_000_000;
    FIRST.saturating_add(sequence).to_string()
}

/// What SQS tells of a body, for the receiver to compare.
pub fn md5(body: &str) -> String {
    format!("{:x}", md5::compute(body))
}
