//! Answers to the calls of the SDK: to the table, the secret and the queue, as the weather has it.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{Cloud, Line, SECRET, WRITES, Weather, table};
use crate::reaper::Caller;

/// A transaction under way; no longer, when this is dropped.
struct UnderWay {
    cloud: Cloud,
    number: u64,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let number = self.number;
        let mut state = self.cloud.state();
        state.under_way.retain(|(other, _)| *other != number);
    }
}

impl Cloud {
    /// Whether this call goes wrong, and how.
    fn fate(&self) -> Weather {
        let mut state = self.state();
        state.calls += 1;
        if state.until.is_some_and(|until| until <= Instant::now()) {
            state.weather = Weather::Fair;
            state.until = None;
        }
        let strikes = match state.weather {
            Weather::Throttled(percent) | Weather::Lossy(percent) | Weather::Busy(percent) => {
                state.chance.u8(0..100) < percent
            }
            Weather::Gone => true,
            Weather::Fair => false,
        };
        if strikes {
            state.weather
        } else {
            Weather::Fair
        }
    }

    /// The same for what is no call to the table: only what is refused for now inside an answer.
    fn fate_inside(&self) -> Weather {
        let mut state = self.state();
        let Weather::Busy(percent) = state.weather else {
            return Weather::Fair;
        };
        if state.chance.u8(0..100) < percent {
            Weather::Busy(percent)
        } else {
            Weather::Fair
        }
    }

    /// How long a call takes, so that calls made at once come in one order or another.
    fn delay(&self) -> Duration {
        Duration::from_millis(self.state().chance.u64(1..=9))
    }

    fn table_call(&self, operation: &str, body: &str) -> Result<(u16, String), ConnectorError> {
        let fate = self.fate();
        match fate {
            Weather::Gone => return Err(lost("gone")),
            Weather::Throttled(_) => {
                let writes = WRITES.contains(&operation);
                self.state().counts.throttled_writes += u64::from(writes);
                let kind = "com.amazonaws.dynamodb.v20120810#ThrottlingException";
                return Ok((
                    400,
                    json!({"__type": kind, "message": "slow down"}).to_string(),
                ));
            }
            Weather::Busy(_) if operation == "TransactWriteItems" => {
                return Ok(self.cancelled_as_throttled(body));
            }
            Weather::Busy(_) if operation == "BatchGetItem" => {
                return Ok(self.in_part(body));
            }
            Weather::Fair | Weather::Lossy(_) | Weather::Busy(_) => {}
        }
        let answer = match perform(&self.0.database, operation, body) {
            Ok(answer) => (200, answer),
            Err(error) => (error.status_code(), error.to_json()),
        };
        if matches!(fate, Weather::Lossy(_)) {
            return Err(lost("lost"));
        }
        Ok(answer)
    }

    /// A transaction of which nothing is done: one of its items, in any place, is throttled.
    fn cancelled_as_throttled(&self, body: &str) -> (u16, String) {
        let mut state = self.state();
        state.counts.throttled_writes += 1;
        let count = names_in(body).len();
        let place = state.chance.usize(0..count.max(1));
        let codes = ["ThrottlingError", "ProvisionedThroughputExceeded"];
        let code = *state.chance.choice(&codes).unwrap_or(&codes[0]);
        cancelled(count, code, &[place])
    }

    /// A batch of which some keys are left for later, and at least one is not.
    fn in_part(&self, body: &str) -> (u16, String) {
        let mut request: Value = serde_json::from_str(body).unwrap_or_default();
        let name = &table().name;
        let mut left = request["RequestItems"][name].clone();
        let keys = left["Keys"].as_array().cloned().unwrap_or_default();
        let now = {
            let mut state = self.state();
            state.counts.partial_batches += u64::from(keys.len() > 1);
            state.chance.usize(1..=keys.len().max(1))
        };
        let (done, later) = keys.split_at(now.min(keys.len()));
        request["RequestItems"][name]["Keys"] = json!(done);
        let answer = perform(&self.0.database, "BatchGetItem", &request.to_string());
        let text = match answer {
            Ok(answer) => answer,
            Err(error) => return (error.status_code(), error.to_json()),
        };
        let mut answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if !later.is_empty() {
            left["Keys"] = json!(later);
            answer["UnprocessedKeys"] = json!({ name: left });
        }
        (200, answer.to_string())
    }

    /// Enters a transaction among those under way, or refuses a write for another one that is.
    fn enter(&self, operation: &str, body: &str) -> Result<Option<UnderWay>, (u16, String)> {
        let transacts = operation == "TransactWriteItems";
        if !transacts && !WRITES.contains(&operation) {
            return Ok(None);
        }
        let names = names_in(body);
        let mut state = self.state();
        let busy = |name: &String| state.under_way.iter().any(|(_, all)| all.contains(name));
        let places: Vec<usize> = (0..names.len()).filter(|n| busy(&names[*n])).collect();
        if !places.is_empty() {
            state.counts.conflicts += 1;
            if transacts {
                return Err(cancelled(names.len(), "TransactionConflict", &places));
            }
            let kind = "com.amazonaws.dynamodb.v20120810#TransactionConflictException";
            let text = json!({"__type": kind, "message": "a transaction is under way"});
            return Err((400, text.to_string()));
        }
        if !transacts {
            return Ok(None);
        }
        let number = state.entered;
        state.entered += 1;
        state.under_way.push((number, names));
        drop(state);
        let cloud = self.clone();
        Ok(Some(UnderWay { cloud, number }))
    }

    fn secret_call(&self, body: &str) -> (u16, String) {
        if matches!(self.fate_inside(), Weather::Busy(_)) {
            let error = json!({"__type": "ThrottlingException", "Message": "slow down"});
            return (400, error.to_string());
        }
        let request: Value = serde_json::from_str(body).unwrap_or_default();
        let versions = self.state();
        let (value, created) = match request["VersionStage"].as_str() {
            Some("AWSPREVIOUS") => (versions.previous.as_ref(), None),
            _ => (Some(&versions.secret), Some(versions.created.seconds())),
        };
        if let Some(value) = value {
            let text = value.to_string();
            let mut answer = json!({"ARN": SECRET, "Name": "doku", "SecretString": text});
            if let Some(created) = created {
                answer["CreatedDate"] = json!(created);
            }
            return (200, answer.to_string());
        }
        let error = json!({"__type": "ResourceNotFoundException", "Message": "none"});
        (400, error.to_string())
    }

    fn queue_call(&self, body: &str) -> (u16, String) {
        let request: Value = serde_json::from_str(body).unwrap_or_default();
        let entries = request["Entries"].as_array().cloned().unwrap_or_default();
        let (mut taken, mut failed) = (Vec::new(), Vec::new());
        for entry in entries {
            if matches!(self.fate_inside(), Weather::Busy(_)) {
                self.state().counts.partial_batches += 1;
                let code = "ServiceUnavailable";
                failed.push(json!({"Id": entry["Id"], "Code": code, "SenderFault": false}));
                continue;
            }
            let text = entry["MessageBody"].as_str().unwrap_or_default();
            let digest = format!("{:x}", md5::compute(text));
            taken.push(
                json!({"Id": entry["Id"], "MessageId": entry["Id"], "MD5OfMessageBody": digest}),
            );
            self.state().messages.push(text.to_owned());
        }
        (
            200,
            json!({"Successful": taken, "Failed": failed}).to_string(),
        )
    }

    async fn answer(
        &self,
        caller: Caller,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (service, operation) = target.split_once('.').unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        let body = String::from_utf8_lossy(body);
        let number = self.0.reaper.leaves(caller).await;
        let entered = self.enter(operation, &body);
        tokio::time::sleep(self.delay()).await;
        let answered = match (service, &entered) {
            ("secretsmanager", _) => Ok(self.secret_call(&body)),
            ("AmazonSQS", _) => Ok(self.queue_call(&body)),
            (_, Err(conflict)) => Ok(conflict.clone()),
            (_, Ok(_)) => self.table_call(operation, &body),
        };
        drop(entered);
        if answered.is_err() {
            // A connection that breaks does so after a while.
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        self.0.reaper.answered(caller, number).await;
        let (status, body) = answered?;
        let response = http::Response::builder()
            .status(status)
            .header("content-type", "application/x-amz-json-1.0")
            .body(SdkBody::from(body))
            .map_err(|error| ConnectorError::other(error.into(), None))?;
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

/// The items that a write is about, in their order.
fn names_in(body: &str) -> Vec<String> {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let name = |place: &Value| {
        let part = |part: &str| place[part]["S"].as_str().unwrap_or_default().to_owned();
        format!("{}/{}", part("pk"), part("sk"))
    };
    let of_action = |action: &Value| {
        let put = action["Item"].is_object();
        name(&action[if put { "Item" } else { "Key" }])
    };
    let Some(items) = body["TransactItems"].as_array() else {
        return vec![of_action(&body)];
    };
    let one = |item: &Value| {
        let action = item.as_object().and_then(|item| item.values().next());
        of_action(&action.cloned().unwrap_or_default())
    };
    items.iter().map(one).collect()
}

/// A transaction of so many items that was cancelled for those.
fn cancelled(count: usize, code: &str, places: &[usize]) -> (u16, String) {
    let reason = |place: usize| {
        if places.contains(&place) {
            json!({"Code": code, "Message": "try again"})
        } else {
            json!({"Code": "None"})
        }
    };
    let reasons: Vec<Value> = (0..count).map(reason).collect();
    let body = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    });
    (400, body.to_string())
}

fn lost(why: &'static str) -> ConnectorError {
    ConnectorError::io(why.into())
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({:?})", self.caller)
    }
}

impl HttpClient for Line {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let line = self.clone();
        HttpConnectorFuture::new_boxed(Box::pin(async move {
            line.cloud.answer(line.caller, request).await
        }))
    }
}

/// The operations that the functions use.
fn perform(database: &Database, operation: &str, body: &str) -> Result<String, DynoxideError> {
    fn read<T: serde::de::DeserializeOwned>(body: &str) -> Result<T, DynoxideError> {
        serde_json::from_str(body).map_err(|e| DynoxideError::ValidationException(e.to_string()))
    }
    fn write<T: serde::Serialize>(answer: &T) -> Result<String, DynoxideError> {
        serde_json::to_string(answer).map_err(|e| DynoxideError::InternalServerError(e.to_string()))
    }
    match operation {
        "GetItem" => write(&database.get_item(read(body)?)?),
        "BatchGetItem" => write(&database.batch_get_item(read(body)?)?),
        "Query" => write(&database.query(read(body)?)?),
        "UpdateItem" => write(&database.update_item(read(body)?)?),
        "PutItem" => write(&database.put_item(read(body)?)?),
        "DeleteItem" => write(&database.delete_item(read(body)?)?),
        "TransactWriteItems" => write(&database.transact_write_items(read(body)?)?),
        other => Err(DynoxideError::ValidationException(format!(
            "no {other} here"
        ))),
    }
}
