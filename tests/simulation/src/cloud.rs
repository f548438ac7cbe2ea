//! AWS in this process, without a socket: the table, the secret and the queue, as the SDK calls them.
//!
//! The table is a real `DynamoDB` API (`dynoxide`); the SDK, its retries and its timeouts are those of the
//! functions. The weather decides how well it goes.

mod answering;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use doku_shared::clock::Timestamp;
use dynoxide::{Database, Item};
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
}

/// The key of an item, as one text.
fn name_of(item: &Item) -> String {
    let part = |name: &str| match item.get(name) {
        Some(dynoxide::AttributeValue::S(text)) => text.clone(),
        _ => String::new(),
    };
    format!("{}/{}", part("pk"), part("sk"))
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
