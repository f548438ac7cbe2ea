//! AWS in this process, without a socket: the table, the secret and the queue, as the SDK calls them.
//!
//! The table is a real `DynamoDB` API (`dynoxide`); the SDK, its retries and its timeouts are those of the
//! functions. The weather decides how well it goes.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use doku_shared::clock::Timestamp;
use dynoxide::{Database, DynoxideError, Item};
use local::template::{TableSpec, Template};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::reaper::{Caller, Reaper};

/// What the functions call the secret.
pub const SECRET: &str = "arn:aws:secretsmanager:ap-southeast-3:000000000000:secret:doku";
/// Where the functions put what is due.
pub const QUEUE: &str = "https://sqs.ap-southeast-3.amazonaws.com/000000000000/due.fifo";

/// The operations that write.
const WRITES: [&str; 4] = ["TransactWriteItems", "UpdateItem", "PutItem", "DeleteItem"];

/// How well AWS works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Weather {
    /// As always.
    #[default]
    Fair,
    /// So many calls of a hundred to the table are refused, to be tried again.
    Throttled(u8),
    /// So many calls of a hundred to the table are done, and their answers get lost.
    Lossy(u8),
    /// Nothing answers.
    Gone,
    /// So many calls of a hundred are refused for now *inside* an answer: transactions are cancelled
    /// as throttled, batches are answered in part, messages fail one by one; and the secret is
    /// throttled.
    Busy(u8),
}

/// The template's table, read once.
pub fn table() -> &'static TableSpec {
    static TABLE: OnceLock<TableSpec> = OnceLock::new();
    TABLE.get_or_init(|| {
        let path = local::building::workspace_root().join("infra/template.yaml");
        let template = Template::read(&path).expect("the template");
        let bundle = template.bundle(&HashMap::new()).expect("its parts");
        bundle.table.expect("its table")
    })
}

/// One account of AWS. Clones share it.
#[derive(Clone)]
pub struct Cloud(Arc<Shared>);

struct Shared {
    database: Database,
    reaper: Reaper,
    state: Mutex<State>,
}

struct State {
    secret: Value,
    previous: Option<Value>,
    /// When the secret was made.
    created: Timestamp,
    versions: u32,
    messages: Vec<String>,
    weather: Weather,
    until: Option<Instant>,
    chance: fastrand::Rng,
    calls: u64,
    /// Transactions so far.
    entered: u64,
    /// What transactions under way are about.
    under_way: Vec<(u64, Vec<String>)>,
    counts: Counts,
}

/// How often AWS said "not now".
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Writes that were throttled.
    pub throttled_writes: u64,
    /// Batches that were done in part.
    pub partial_batches: u64,
    /// Writes that met a transaction under way.
    pub conflicts: u64,
}

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

/// The way of one function to AWS.
#[derive(Clone)]
struct Line {
    cloud: Cloud,
    caller: Caller,
}

impl Cloud {
    /// An empty table, an empty queue and a secret made at that moment.
    pub fn new(secret: Value, created: Timestamp, reaper: Reaper) -> Self {
        let database = Database::memory().expect("a database in memory");
        let create = serde_json::from_value(table().create.clone()).expect("CreateTable");
        database.create_table(create).expect("the table");
        Self(Arc::new(Shared {
            database,
            reaper,
            state: Mutex::new(State {
                secret,
                previous: None,
                created,
                versions: 1,
                messages: Vec::new(),
                weather: Weather::Fair,
                until: None,
                chance: fastrand::Rng::with_seed(0),
                calls: 0,
                entered: 0,
                under_way: Vec::new(),
                counts: Counts::default(),
            }),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on, chance goes by this seed.
    pub fn reseed(&self, seed: u64) {
        self.state().chance = fastrand::Rng::with_seed(seed);
    }

    /// Changes how well AWS works, for so long or until it is changed again.
    pub fn weather(&self, weather: Weather, lasting: Option<Duration>) {
        let mut state = self.state();
        state.weather = weather;
        state.until = lasting.map(|lasting| Instant::now() + lasting);
    }

    /// Whether AWS answers every call, though perhaps with "not now".
    pub fn answers(&self) -> bool {
        let state = self.state();
        let over = state.until.is_some_and(|until| until <= Instant::now());
        over || matches!(state.weather, Weather::Fair | Weather::Busy(_))
    }

    /// Calls to the table so far.
    pub fn calls(&self) -> u64 {
        self.state().calls
    }

    /// Takes what lies on the queue.
    pub fn take_messages(&self) -> Vec<String> {
        std::mem::take(&mut self.state().messages)
    }

    /// The version of the secret that is valid now.
    pub fn secret(&self) -> Value {
        self.state().secret.clone()
    }

    /// Replaces the data key, as a finished rotation does; those before still open.
    pub fn replace_data_key(&self, now: Timestamp) {
        let mut secret = self.secret();
        let kept = secret["dataKey"].take();
        match &mut secret["previousDataKeys"] {
            Value::Array(keys) => keys.insert(0, kept),
            none => *none = json!([kept]),
        }
        let number = self.state().versions;
        secret["dataKey"] = json!(format!("data-key-{number:032}"));
        self.replace(secret, now);
    }

    /// Replaces the key that what is said between DOKU and the merchant is signed with.
    pub fn replace_secret_key(&self, key: &str, now: Timestamp) {
        let mut secret = self.secret();
        secret["secretKey"] = json!(key);
        self.replace(secret, now);
    }

    fn replace(&self, secret: Value, now: Timestamp) {
        let mut state = self.state();
        state.previous = Some(std::mem::replace(&mut state.secret, secret));
        state.versions += 1;
        state.created = now;
    }

    /// How often AWS said "not now".
    pub fn counts(&self) -> Counts {
        self.state().counts
    }

    /// Everything in the table, as JSON.
    pub fn items(&self) -> Vec<Value> {
        self.raw_items().iter().map(plain_item).collect()
    }

    /// Everything in the table.
    pub fn raw_items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let request = dynoxide::actions::scan::ScanRequest {
                table_name: table().name.clone(),
                exclusive_start_key: start,
                ..Default::default()
            };
            let page = self.0.database.scan(request).expect("a scan");
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                return items;
            }
        }
    }

    /// Puts the table back to what it was.
    pub fn restore(&self, items: &[Item]) {
        let kept: HashSet<String> = items.iter().map(name_of).collect();
        for item in self.raw_items() {
            if !kept.contains(&name_of(&item)) {
                self.delete(&item);
            }
        }
        for item in items {
            self.put(item.clone());
        }
    }

    /// Writes an item, as it is.
    pub fn put(&self, item: Item) {
        let request = dynoxide::actions::put_item::PutItemRequest {
            table_name: table().name.clone(),
            item,
            ..Default::default()
        };
        self.0.database.put_item(request).expect("a put");
    }

    fn delete(&self, item: &Item) {
        let key = ["pk", "sk"].map(|name| (name.to_owned(), item[name].clone()));
        let request = dynoxide::actions::delete_item::DeleteItemRequest {
            table_name: table().name.clone(),
            key: key.into_iter().collect(),
            ..Default::default()
        };
        self.0.database.delete_item(request).expect("a deletion");
    }

    /// Deletes what has expired by then, as the table does by itself. Returns it.
    pub fn delete_expired(&self, now: Timestamp) -> Vec<Value> {
        let attribute = table().ttl_attribute.as_deref().unwrap_or_default();
        let mut deleted = Vec::new();
        for item in self.raw_items() {
            let plain = plain_item(&item);
            if plain[attribute]
                .as_i64()
                .is_some_and(|at| at < now.seconds())
            {
                self.delete(&item);
                deleted.push(plain);
            }
        }
        deleted
    }

    /// How a function reaches AWS: as it does when deployed, but for the wire.
    pub fn config(&self, caller: Caller) -> SdkConfig {
        let line = Line {
            cloud: self.clone(),
            caller,
        };
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(2))
            .operation_timeout(Duration::from_secs(5));
        SdkConfig::builder()
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "id",
                "key",
                None,
                None,
                "simulation",
            )))
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("ap-southeast-3"))
            .http_client(line)
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .timeout_config(timeouts.build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .time_source(SystemTimeSource::new())
            .sleep_impl(TokioSleep::new())
            .build()
    }

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

/// The key of an item, as one text.
fn name_of(item: &Item) -> String {
    let part = |name: &str| match item.get(name) {
        Some(dynoxide::AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    };
    format!("{}/{}", part("pk"), part("sk"))
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

/// An item as plain JSON: numbers as numbers, bytes as null.
pub fn plain_item(item: &Item) -> Value {
    let members = item.iter();
    Value::Object(members.map(|(k, v)| (k.clone(), plain(v))).collect())
}

fn plain(value: &dynoxide::AttributeValue) -> Value {
    use dynoxide::AttributeValue as Av;
    match value {
        Av::S(text) => json!(text),
        Av::N(number) => number.parse::<i64>().map_or(json!(number), |n| json!(n)),
        Av::BOOL(truth) => json!(truth),
        Av::L(list) => Value::Array(list.iter().map(plain).collect()),
        Av::M(map) => Value::Object(map.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
        Av::SS(list) => json!(list),
        _ => Value::Null,
    }
}
