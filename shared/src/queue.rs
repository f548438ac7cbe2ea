//! A FIFO queue of SQS, to send to. Receiving is Lambda's: it calls a function with what is there.
//!
//! SQS takes ten messages a call, and may take some of them and refuse others.

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use aws_types::SdkConfig;

use crate::retry::{self, Backoff, NotNow};
use crate::transport::kind_of_failure;

/// Messages that SQS takes in one call.
const LARGEST_COUNT: usize = 10;
/// Bytes of all bodies of one call, and so of one body: 256 KiB, which every queue takes.
const LARGEST_SIZE: usize = 256 * 1024;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Messages of one group are handled in order, one call at a time. 1 to 128 letters, digits and
    /// punctuation marks of ASCII.
    pub group: String,
    /// What was sent under this before, within five minutes, is taken and not kept twice. Letters as
    /// in `group`.
    pub deduplication: String,
    /// The text itself; not empty, at most 256 KiB.
    pub body: String,
}

/// Why not all messages are in the queue. Sending them all again is safe: their `deduplication`
/// tells SQS which it has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// A body is larger than 256 KiB. Nothing was sent.
    #[error("a message is larger than 256 KiB")]
    TooLarge,
    /// SQS did not answer, throttles us, or refuses us. The text names the kind of failure. Of the
    /// messages given, those before may have arrived, and none after.
    #[error("SQS is not available: {0}")]
    Unavailable(String),
    /// SQS refused messages one by one; where the fault was its own, until time ran out. All others have
    /// arrived.
    #[error("SQS refused {count} messages, the first with {code}")]
    Refused {
        /// How many.
        count: usize,
        /// SQS's word for why.
        code: String,
    },
}

/// One queue. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl Queue {
    /// The queue of this URL. Calls nobody.
    pub fn new(aws: &SdkConfig, url: impl Into<String>) -> Self {
        Self {
            client: aws_sdk_sqs::Client::new(aws),
            url: url.into(),
        }
    }

    /// Sends any number of messages, in their order and in as few calls as SQS allows.
    pub async fn send(&self, messages: Vec<Message>) -> Result<(), QueueError> {
        if messages.iter().any(|one| one.body.len() > LARGEST_SIZE) {
            return Err(QueueError::TooLarge);
        }
        let mut refused = Vec::new();
        for batch in batches(messages) {
            refused.extend(self.send_batch(batch).await?);
        }
        match refused.first() {
            None => Ok(()),
            Some(first) => Err(QueueError::Refused {
                count: refused.len(),
                code: first.clone(),
            }),
        }
    }

    /// Sends what fits into one call, and again what SQS did not take by its own fault, in an answer
    /// that took the others. Says with what code each of the rest was refused.
    async fn send_batch(&self, batch: Vec<Message>) -> Result<Vec<String>, QueueError> {
        let mut codes = Vec::new();
        let mut batch = batch;
        let mut backoff = Backoff::new();
        loop {
            let (mut again, mut reasons) = (Vec::new(), Vec::new());
            for refusal in self.attempt(&batch).await? {
                match batch.get(refusal.index) {
                    Some(message) if refusal.is_for_now() => {
                        again.push(message.clone());
                        reasons.push(refusal.code);
                    }
                    _ => codes.push(refusal.code),
                }
            }
            if again.is_empty() {
                return Ok(codes);
            }
            if again.len() < batch.len() {
                backoff.advanced();
            }
            if !backoff.allows(NotNow::Throttled).await {
                codes.append(&mut reasons);
                return Ok(codes);
            }
            batch = again;
        }
    }

    async fn attempt(&self, batch: &[Message]) -> Result<Vec<Refusal>, QueueError> {
        let entry = |(index, message): (usize, &Message)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(&message.body)
                .message_group_id(&message.group)
                .message_deduplication_id(&message.deduplication)
                .build()
        };
        let entries: Result<Vec<_>, _> = batch.iter().enumerate().map(entry).collect();
        let entries = entries.map_err(|_| QueueError::Unavailable("incomplete entry".into()))?;
        let call = self.client.send_message_batch().queue_url(&self.url);
        let call = call.set_entries(Some(entries));
        let answer = retry::call(|| call.clone().send()).await;
        let answer = answer.map_err(|error| QueueError::Unavailable(kind_of_failure(&error)))?;
        let refusals = answer.failed().iter().map(|failed| Refusal {
            index: failed.id().parse().unwrap_or(usize::MAX),
            by_our_fault: failed.sender_fault(),
            code: failed.code().to_owned(),
        });
        Ok(refusals.collect())
    }
}

/// One message that SQS did not take.
struct Refusal {
    index: usize,
    by_our_fault: bool,
    code: String,
}

impl Refusal {
    /// Whether SQS may take it later. Throttling counts as the sender's fault where a key of KMS is
    /// concerned.
    fn is_for_now(&self) -> bool {
        !self.by_our_fault || retry::meaning(&self.code).is_some()
    }
}

/// Cuts messages into what fits into one call each, in their order.
fn batches(messages: Vec<Message>) -> Vec<Vec<Message>> {
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut size = 0;
    for message in messages {
        let full = batch.len() == LARGEST_COUNT || size + message.body.len() > LARGEST_SIZE;
        if full && !batch.is_empty() {
            batches.push(std::mem::take(&mut batch));
            size = 0;
        }
        size += message.body.len();
        batch.push(message);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::transport::canned::{answer, json, serve};
    use crate::transport::{Transport, aws_config_from};

    const URL: &str = "https://sqs.ap-southeast-3.amazonaws.com/123456789012/due.fifo";

    fn message(name: &str, size: usize) -> Message {
        Message {
            group: format!("group-{name}"),
            deduplication: format!("once-{name}"),
            body: name.repeat(size),
        }
    }

    fn queue(address: &str) -> Queue {
        let address = address.to_owned();
        let aws = aws_config_from(&Transport::new().unwrap(), move |name| match name {
            "AWS_REGION" => Some("ap-southeast-3".into()),
            "AWS_ACCESS_KEY_ID" => Some("key-id".into()),
            "AWS_SECRET_ACCESS_KEY" => Some("key".into()),
            "AWS_ENDPOINT_URL_SQS" => Some(address.clone()),
            "AWS_ENDPOINT_URL" => Some("http://127.0.0.1:1".into()),
            _ => None,
        });
        Queue::new(&aws, URL)
    }

    /// The bodies that were sent with one request.
    fn bodies(request: &str) -> Vec<String> {
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let entries = body["Entries"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["MessageBody"].as_str().unwrap().to_owned())
            .collect()
    }

    fn refusing(refused: &[(usize, bool, &str)]) -> String {
        let failed: Vec<_> = refused
            .iter()
            .map(|(id, fault, code)| {
                serde_json::json!({"Id": id.to_string(), "SenderFault": fault, "Code": code})
            })
            .collect();
        json(&serde_json::json!({ "Successful": [], "Failed": failed }).to_string())
    }

    #[tokio::test]
    async fn a_message_arrives_as_sqs_wants_it_at_the_endpoint_of_its_own() {
        let (address, server) = serve(vec![refusing(&[])]);
        queue(&address).send(vec![message("a", 1)]).await.unwrap();
        let asked = server.join().unwrap().remove(0);
        let head = asked.to_lowercase();
        assert!(
            head.contains("x-amz-target: amazonsqs.sendmessagebatch\r\n"),
            "{asked}"
        );
        assert!(
            head.contains("/ap-southeast-3/sqs/aws4_request"),
            "signed: {asked}"
        );
        let (_, body) = asked.split_once("\r\n\r\n").unwrap();
        let expected = serde_json::json!({
            "QueueUrl": URL,
            "Entries": [{
                "Id": "0",
                "MessageBody": "a",
                "MessageGroupId": "group-a",
                "MessageDeduplicationId": "once-a",
            }],
        });
        assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
    }

    #[tokio::test]
    async fn what_sqs_refuses_by_its_own_fault_is_sent_until_it_is_taken() {
        let table = [
            (
                "taken the second time",
                vec![refusing(&[(1, false, "InternalError")]), refusing(&[])],
                vec![vec!["a", "b", "c"], vec!["b"]],
                Ok(()),
            ),
            (
                "refused three times",
                vec![
                    refusing(&[(0, false, "InternalError"), (2, false, "InternalError")]),
                    refusing(&[(1, false, "Throttled")]),
                    refusing(&[(0, true, "KMS.ThrottlingException")]),
                    refusing(&[]),
                ],
                vec![vec!["a", "b", "c"], vec!["a", "c"], vec!["c"], vec!["c"]],
                Ok(()),
            ),
            (
                "our fault would be our fault again",
                vec![
                    refusing(&[
                        (0, true, "InvalidParameterValue"),
                        (2, false, "InternalError"),
                    ]),
                    refusing(&[]),
                ],
                vec![vec!["a", "b", "c"], vec!["c"]],
                Err(QueueError::Refused {
                    count: 1,
                    code: "InvalidParameterValue".into(),
                }),
            ),
        ];
        for (why, answers, asked, result) in table {
            let (address, server) = serve(answers);
            let messages = ["a", "b", "c"].map(|name| message(name, 1)).to_vec();
            assert_eq!(queue(&address).send(messages).await, result, "{why}");
            let requests = server.join().unwrap();
            let seen: Vec<_> = requests.iter().map(|request| bodies(request)).collect();
            assert_eq!(seen, asked, "{why}");
        }
    }

    #[tokio::test]
    async fn a_refused_message_does_not_hold_up_the_next_call() {
        let (address, server) = serve(vec![refusing(&[(3, true, "No")]), refusing(&[])]);
        let messages: Vec<_> = (0..12).map(|n| message(&n.to_string(), 1)).collect();
        let refused = QueueError::Refused {
            count: 1,
            code: "No".into(),
        };
        assert_eq!(queue(&address).send(messages).await, Err(refused));
        let requests = server.join().unwrap();
        assert_eq!(bodies(&requests[1]), ["10", "11"]);
    }

    #[tokio::test]
    async fn a_queue_that_refuses_everything_is_not_available() {
        let refusal = r#"{"__type":"com.amazonaws.sqs#AccessDenied"}"#;
        let (address, server) = serve(vec![answer("400 Bad Request", refusal)]);
        let failed = queue(&address).send(vec![message("a", 1)]).await;
        assert_eq!(failed, Err(QueueError::Unavailable("AccessDenied".into())));
        server.join().unwrap();
    }

    #[tokio::test]
    async fn nothing_is_sent_where_there_is_nothing_or_one_is_too_large() {
        let queue = queue("http://127.0.0.1:1");
        assert_eq!(queue.send(Vec::new()).await, Ok(()));
        let messages = vec![message("a", 1), message("b", LARGEST_SIZE + 1)];
        assert_eq!(queue.send(messages).await, Err(QueueError::TooLarge));
    }

    #[test]
    fn batches_hold_ten_messages_and_256_kib() {
        const HALF: usize = LARGEST_SIZE / 2;
        let table: [(&str, Vec<usize>, Vec<usize>); 6] = [
            ("none", vec![], vec![]),
            ("ten", vec![1; 10], vec![10]),
            ("one more", vec![1; 11], vec![10, 1]),
            ("just full", vec![HALF, HALF, 1], vec![2, 1]),
            ("a byte too many", vec![HALF, HALF + 1], vec![1, 1]),
            ("one that fills a call", vec![LARGEST_SIZE, 1], vec![1, 1]),
        ];
        for (why, sizes, expected) in table {
            let messages = sizes.into_iter().map(|size| message("x", size)).collect();
            let counts: Vec<_> = batches(messages).iter().map(Vec::len).collect();
            assert_eq!(counts, expected, "{why}");
        }
    }
}
