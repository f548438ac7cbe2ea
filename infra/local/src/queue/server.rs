//! `SQS` as the SDK calls it: `AWS JSON 1.0`, one path, the operation in a header.
//!
//! Source: Amazon SQS API Reference, version 2012-11-05, the operations of the same names.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

use super::deduplication::First;
use super::messages::{DeleteError, LARGEST_BODY, NewMessage, SendError};
use super::{NoQueue, Queues, Request, record};
use crate::tasks::Tasks;

/// The most entries of a batch, and messages of one answer.
const LARGEST_BATCH: usize = 10;
/// What the largest batch takes as JSON, were each of its letters escaped.
const LARGEST_REQUEST: usize = 8 * LARGEST_BODY;

/// Serves the queues on a free loopback port and says the endpoint.
pub async fn serve(queues: &Arc<Queues>, tasks: &Tasks) -> std::io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let app = axum::Router::new()
        .route("/", post(answer))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(Arc::clone(queues));
    tasks.spawn(async move {
        let _ = axum::serve(listener, app).await;
    });
    Ok(endpoint)
}

async fn answer(State(queues): State<Arc<Queues>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let operation = target.and_then(|target| target.strip_prefix("AmazonSQS."));
    let done = match operation.unwrap_or_default() {
        "SendMessage" => read(&body).and_then(|request| send(&queues, request)),
        "SendMessageBatch" => read(&body).and_then(|request| send_batch(&queues, request)),
        "ReceiveMessage" => match read(&body) {
            Ok(request) => receive(&queues, request).await,
            Err(refusal) => Err(refusal),
        },
        "DeleteMessage" => read(&body).and_then(|request| delete(&queues, &request)),
        "PurgeQueue" => read(&body).and_then(|request| purge(&queues, &request)),
        "GetQueueAttributes" => read(&body).and_then(|request| attributes(&queues, &request)),
        _ => Err(Refusal::new("UnknownOperationException", "is not here")),
    };
    let mut response = match done {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => refusal.into_response(),
    };
    let kind = axum::http::HeaderValue::from_static("application/x-amz-json-1.0");
    response.headers_mut().insert("content-type", kind);
    response
}

/// Why a request has no answer, in the words of SQS.
#[derive(Debug)]
struct Refusal {
    code: &'static str,
    message: &'static str,
}

impl Refusal {
    const fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let kind = format!("com.amazonaws.sqs#{}", self.code);
        let body = json!({ "__type": kind, "message": self.message });
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    }
}

impl From<NoQueue> for Refusal {
    fn from(NoQueue: NoQueue) -> Self {
        Self::new("QueueDoesNotExist", "The specified queue does not exist.")
    }
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        let (code, message) = match error {
            SendError::Empty => ("MissingParameter", "MessageBody must not be empty."),
            SendError::TooLong => (
                "InvalidParameterValue",
                "A message must be shorter than 262144 bytes.",
            ),
            SendError::NoGroup => (
                "MissingParameter",
                "The request must contain the parameter MessageGroupId.",
            ),
            SendError::NoDeduplication => (
                "InvalidParameterValue",
                "The queue should either have ContentBasedDeduplication enabled or \
                 MessageDeduplicationId provided explicitly.",
            ),
            SendError::BadGroup => (
                "InvalidParameterValue",
                "MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
            ),
            SendError::BadDeduplication => (
                "InvalidParameterValue",
                "MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
            ),
            SendError::DelayOfOne => (
                "InvalidParameterValue",
                "DelaySeconds of a message is invalid for this queue type.",
            ),
            SendError::Own => ("InternalError", "An internal error occurred."),
        };
        Self::new(code, message)
    }
}

impl From<DeleteError> for Refusal {
    fn from(error: DeleteError) -> Self {
        match error {
            DeleteError::NoReceipt => Self::new(
                "ReceiptHandleIsInvalid",
                "The specified receipt handle isn't valid.",
            ),
            DeleteError::Expired => {
                Self::new("InvalidParameterValue", "The receipt handle has expired.")
            }
        }
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|_| Refusal::new("SerializationException", "The request cannot be read."))
}

/// The name of a queue is the end of its URL.
fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    queue_url: String,
    #[serde(flatten)]
    message: Entry,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    message_body: String,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    delay_seconds: Option<u64>,
}

impl From<Entry> for NewMessage {
    fn from(entry: Entry) -> Self {
        Self {
            body: entry.message_body,
            group: entry.message_group_id,
            deduplication: entry.message_deduplication_id,
            delay: entry.delay_seconds.map(Duration::from_secs),
        }
    }
}

fn send(queues: &Queues, request: SendMessage) -> Result<Value, Refusal> {
    let name = name(&request.queue_url);
    let fifo = is_fifo(queues, name)?;
    let md5 = record::md5(&request.message.message_body);
    let sent = queues.send(name, request.message.into())??;
    Ok(told(&sent, &md5, fifo).into())
}

fn is_fifo(queues: &Queues, name: &str) -> Result<bool, NoQueue> {
    queues.with(name, |line, _| line.messages.spec().fifo)
}

fn told(sent: &First, md5: &str, fifo: bool) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert("MessageId".into(), sent.id.as_str().into());
    told.insert("MD5OfMessageBody".into(), md5.into());
    if fifo {
        let number = record::number(sent.sequence);
        told.insert("SequenceNumber".into(), number.into());
    }
    told
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessageBatch {
    queue_url: String,
    #[serde(default)]
    entries: Vec<BatchEntry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BatchEntry {
    id: String,
    #[serde(flatten)]
    message: Entry,
}

fn send_batch(queues: &Queues, request: SendMessageBatch) -> Result<Value, Refusal> {
    let name = name(&request.queue_url);
    let fifo = is_fifo(queues, name)?;
    check_batch(&request.entries)?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in request.entries {
        let md5 = record::md5(&entry.message.message_body);
        match queues.send(name, entry.message.into())? {
            Ok(sent) => {
                let mut told = told(&sent, &md5, fifo);
                told.insert("Id".into(), entry.id.into());
                successful.push(told);
            }
            Err(error) => {
                let by_sender = error != SendError::Own;
                let Refusal { code, message } = error.into();
                failed.push(json!({
                    "Id": entry.id, "SenderFault": by_sender, "Code": code, "Message": message,
                }));
            }
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn check_batch(entries: &[BatchEntry]) -> Result<(), Refusal> {
    let is_id = |id: &str| {
        (1..=80).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    let distinct: HashSet<_> = entries.iter().map(|entry| &entry.id).collect();
    let size: usize = entries
        .iter()
        .map(|entry| entry.message.message_body.len())
        .sum();
    let refusal = match entries.len() {
        0 => Refusal::new("EmptyBatchRequest", "There should be at least one entry."),
        11.. => Refusal::new(
            "TooManyEntriesInBatchRequest",
            "Maximum number of entries per request are 10.",
        ),
        count if count != distinct.len() => {
            Refusal::new("BatchEntryIdsNotDistinct", "Two ids are the same.")
        }
        _ if !entries.iter().all(|entry| is_id(&entry.id)) => Refusal::new(
            "InvalidBatchEntryId",
            "An id can only contain alphanumeric characters, hyphens and underscores, at most 80.",
        ),
        _ if size > LARGEST_BODY => Refusal::new(
            "BatchRequestTooLong",
            "Batch requests cannot be longer than 262144 bytes.",
        ),
        _ => return Ok(()),
    };
    Err(refusal)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReceiveMessage {
    queue_url: String,
    max_number_of_messages: Option<usize>,
    visibility_timeout: Option<u64>,
    wait_time_seconds: Option<u64>,
}

/// Gives out messages with all of their attributes, whichever were asked for.
async fn receive(queues: &Queues, request: ReceiveMessage) -> Result<Value, Refusal> {
    let name = name(&request.queue_url);
    let spec = queues.with(name, |line, _| line.messages.spec().clone())?;
    let most = request.max_number_of_messages.unwrap_or(1);
    if !(1..=LARGEST_BATCH).contains(&most) {
        let message = "MaxNumberOfMessages must be between 1 and 10, if provided.";
        return Err(Refusal::new("InvalidParameterValue", message));
    }
    let wanted = Request {
        most,
        visibility: request.visibility_timeout.map(Duration::from_secs),
        for_function: false,
    };
    let wait = Duration::from_secs(request.wait_time_seconds.unwrap_or(0));
    let given = match tokio::time::timeout(wait, queues.next(name, wanted)).await {
        Ok(given) => given?,
        Err(_) => Vec::new(),
    };
    let messages = given.iter().map(|delivery| {
        json!({
            "MessageId": delivery.message.id,
            "ReceiptHandle": delivery.receipt,
            "Body": delivery.message.body,
            "MD5OfBody": record::md5(&delivery.message.body),
            "Attributes": record::attributes(&spec, delivery),
        })
    });
    let messages: Vec<_> = messages.collect();
    Ok(if messages.is_empty() {
        json!({})
    } else {
        json!({ "Messages": messages })
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

fn delete(queues: &Queues, request: &DeleteMessage) -> Result<Value, Refusal> {
    queues.delete(name(&request.queue_url), &request.receipt_handle)??;
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfQueue {
    queue_url: String,
    #[serde(default)]
    attribute_names: Vec<String>,
}

fn purge(queues: &Queues, request: &OfQueue) -> Result<Value, Refusal> {
    queues.with(name(&request.queue_url), |line, _| line.messages.purge())?;
    queues.look_again();
    Ok(json!({}))
}

fn attributes(queues: &Queues, request: &OfQueue) -> Result<Value, Refusal> {
    let name = name(&request.queue_url);
    let (spec, depth) = queues.with(name, |line, now| {
        (line.messages.spec().clone(), line.messages.depth(now))
    })?;
    let hidden = depth.in_flight + depth.waiting;
    let seconds = |duration: Duration| duration.as_secs().to_string();
    let all = [
        ("QueueArn", spec.arn),
        ("ApproximateNumberOfMessages", depth.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", hidden.to_string()),
        (
            "ApproximateNumberOfMessagesDelayed",
            depth.delayed.to_string(),
        ),
        ("VisibilityTimeout", seconds(spec.visibility_timeout)),
        ("MessageRetentionPeriod", seconds(spec.retention)),
        ("DelaySeconds", seconds(spec.delay)),
    ];
    let asked = |name: &str| {
        let mut names = request.attribute_names.iter();
        names.any(|asked| asked == "All" || asked == name)
    };
    let mut told = Map::new();
    for (name, value) in all.into_iter().filter(|(name, _)| asked(name)) {
        told.insert(name.into(), value.into());
    }
    if spec.fifo && asked("FifoQueue") {
        told.insert("FifoQueue".into(), "true".into());
    }
    Ok(json!({ "Attributes": told }))
}
