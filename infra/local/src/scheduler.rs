//! `EventBridge` Scheduler on one machine: hands an event to a function when its time has come.
//!
//! Scheduler keeps to real time. Whoever moves the clock that the functions read makes the events
//! come by hand.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::clock::now_ms;
use crate::keys::random_hex;
use crate::lambda::{InvokeError, Lambda, uuid_shape};
use crate::logs::{LogLine, Logs};
use crate::tasks::Tasks;
use crate::template::{ACCOUNT, FunctionSpec, REGION, Schedule};

/// Why a schedule's event has no answer.
#[derive(Debug, thiserror::Error)]
pub enum TickError {
    /// Neither a schedule nor a function with one is called this.
    #[error("the template has no schedule {0}")]
    NoSchedule(String),
    /// The function did not answer.
    #[error(transparent)]
    Function(#[from] InvokeError),
    /// The function answered with something that is not JSON.
    #[error("the function's answer is not JSON")]
    NotJson,
}

/// The schedules of one world.
pub struct Scheduler {
    entries: Vec<Entry>,
    lambda: Arc<Lambda>,
    logs: Logs,
}

/// A schedule and the function that it calls.
#[derive(Clone)]
struct Entry {
    logical_id: String,
    function: String,
    schedule: Schedule,
}

impl Scheduler {
    /// Collects the schedules of all functions.
    pub fn new(functions: &[FunctionSpec], lambda: Arc<Lambda>, logs: Logs) -> Self {
        let of_function = |function: &FunctionSpec| {
            let (logical_id, package) = (function.logical_id.clone(), function.package.clone());
            let schedules = function.schedules.clone().into_iter();
            schedules.map(move |schedule| Entry {
                logical_id: logical_id.clone(),
                function: package.clone(),
                schedule,
            })
        };
        Self {
            entries: functions.iter().flat_map(of_function).collect(),
            lambda,
            logs,
        }
    }

    /// Hands one event to the function of a schedule, now, and waits for the function's answer. A
    /// failure is told and not tried again. `name` is the schedule's, or its function's, by logical
    /// id or package; of several schedules of a function, that is the first.
    pub async fn tick(&self, name: &str) -> Result<Value, TickError> {
        self.deliver(self.find(name)?).await
    }

    /// The same with another event than the schedule's.
    pub async fn tick_with(&self, name: &str, event: Bytes) -> Result<Value, TickError> {
        self.hand_over(self.find(name)?, event).await
    }

    fn find(&self, name: &str) -> Result<&Entry, TickError> {
        let by_name = |entry: &&Entry| entry.schedule.name == name;
        let by_function = |entry: &&Entry| entry.logical_id == name || entry.function == name;
        let found = self.entries.iter().find(by_name);
        let found = found.or_else(|| self.entries.iter().find(by_function));
        found.ok_or_else(|| TickError::NoSchedule(name.to_owned()))
    }

    async fn deliver(&self, entry: &Entry) -> Result<Value, TickError> {
        let event = match &entry.schedule.input {
            Some(input) => Bytes::from(input.clone()),
            None => event(&entry.schedule.name).to_string().into(),
        };
        self.hand_over(entry, event).await
    }

    async fn hand_over(&self, entry: &Entry, event: Bytes) -> Result<Value, TickError> {
        let answer = self.lambda.invoke(&entry.function, event).await?;
        serde_json::from_slice(&answer).map_err(|_| TickError::NotJson)
    }

    /// Delivers the events of every schedule at its rate, until `tasks` stop. As Scheduler does not
    /// wait for the function, a run that takes longer than the rate meets the next one. A run that
    /// failed leaves a line among the function's.
    pub fn run(self: &Arc<Self>, tasks: &Arc<Tasks>) {
        for entry in &self.entries {
            let Some(rate) = entry.schedule.rate else {
                continue;
            };
            let (scheduler, entry) = (Arc::clone(self), entry.clone());
            let runs = Arc::clone(tasks);
            tasks.spawn(async move {
                let mut timer = interval_at(Instant::now() + rate, rate);
                // A machine that slept owes nobody the events of that time.
                timer.set_missed_tick_behavior(MissedTickBehavior::Skip);
                loop {
                    timer.tick().await;
                    let (scheduler, entry) = (Arc::clone(&scheduler), entry.clone());
                    runs.spawn(async move {
                        if let Err(error) = scheduler.deliver(&entry).await {
                            scheduler.complain(&entry, &error);
                        }
                    });
                }
            });
        }
    }

    fn complain(&self, entry: &Entry, error: &TickError) {
        let name = &entry.schedule.name;
        self.logs.push(LogLine {
            function: entry.function.clone(),
            instance: name.clone(),
            text: format!("[local] the event of the schedule {name} was lost: {error}"),
        });
    }

    /// Name and rate of every schedule.
    pub fn schedules(&self) -> impl Iterator<Item = (&str, Option<Duration>)> {
        let entries = self.entries.iter();
        entries.map(|entry| (entry.schedule.name.as_str(), entry.schedule.rate))
    }

    /// The names of those that tick by themselves.
    pub fn rated(&self) -> Vec<String> {
        let rated = self.schedules().filter(|(_, rate)| rate.is_some());
        rated.map(|(name, _)| name.to_owned()).collect()
    }
}

/// What Scheduler sends where the template gives no `Input`. `detail` is text, not an object.
fn event(schedule: &str) -> Value {
    let id = random_hex(16).unwrap_or_else(|_| "0".repeat(32));
    let seconds = i64::try_from(now_ms() / 1000).unwrap_or_default();
    let now = OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|now| now.format(&Rfc3339).ok());
    json!({
        "version": "0",
        "id": uuid_shape(&id),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": ACCOUNT,
        "time": now,
        "region": REGION,
        "resources": [format!("arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/default/{schedule}")],
        "detail": "{}",
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;
    use crate::lambda::{Endpoints, LambdaOptions};

    #[tokio::test]
    async fn a_schedule_ticks_at_its_rate_until_it_is_stopped() {
        let schedule = |name: &str, rate| Schedule {
            name: name.to_owned(),
            rate,
            input: None,
        };
        let function = FunctionSpec {
            logical_id: "F".into(),
            package: "f".into(),
            environment: BTreeMap::new(),
            timeout: Duration::from_secs(1),
            memory_mb: 128,
            routes: Vec::new(),
            schedules: vec![
                schedule("quick", Some(Duration::from_millis(20))),
                schedule("by-hand", None),
            ],
            event_sources: Vec::new(),
        };
        // Without an executable every event is lost, which leaves a line.
        let (tasks, logs) = (Arc::new(Tasks::default()), Logs::default());
        let options = LambdaOptions {
            executables: HashMap::new(),
            instances_per_function: 1,
            endpoints: Endpoints::default(),
            directory: std::env::temp_dir(),
            logs: logs.clone(),
        };
        let functions = [function];
        let lambda = Lambda::start(&functions, options, &tasks).await.unwrap();
        let scheduler = Scheduler::new(&functions, Arc::new(lambda), logs.clone());
        Arc::new(scheduler).run(&tasks);
        while logs.lines().len() < 3 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tasks.stop();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let ticked = logs.lines().len();
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(logs.lines().len(), ticked);
        let text = logs.text();
        assert!(!text.contains("by-hand"), "{text}");
        let line = "the event of the schedule quick was lost: there is no such function";
        assert!(text.contains(line), "{text}");
    }
}
