//! One function: its processes, who is idle, and who waits.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::process::Command;
use tokio::sync::Semaphore;

use super::instance::{Instance, Invocation, Outcome};
use super::runtime_api::Registry;
use crate::clock::now_ms;
use crate::keys::random_hex;
use crate::logs::Logs;
use crate::tasks::Tasks;
use crate::template::{ACCOUNT, FunctionSpec, REGION};

/// Why an invocation has no answer.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The function answered with an error: what it posted.
    #[error("the function failed: {}", String::from_utf8_lossy(.0))]
    Failed(Bytes),
    /// The process ended before it answered.
    #[error("the process of the function ended")]
    Died,
    /// The function's `Timeout` passed; the process was killed.
    #[error("the function timed out")]
    TimedOut,
    /// The process could not be started.
    #[error("the function cannot be started")]
    Spawn(#[source] std::io::Error),
    /// The event is larger than Lambda takes.
    #[error("the event is larger than 6 MB")]
    TooLarge,
    /// There is no such function.
    #[error("there is no such function")]
    NotHere,
}

/// What a function needs to start its processes.
pub(super) struct Shared {
    pub executable: PathBuf,
    pub environment: BTreeMap<String, String>,
    pub runtime_api: SocketAddr,
    pub registry: Registry,
    pub directory: PathBuf,
    pub logs: Logs,
    pub tasks: Arc<Tasks>,
}

/// A function of the template and its processes.
pub struct Function {
    name: String,
    timeout: Duration,
    shared: Shared,
    permits: Semaphore,
    spawned: AtomicUsize,
    instances: Mutex<Instances>,
}

#[derive(Default)]
struct Instances {
    all: Vec<Arc<Instance>>,
    /// The one used last is taken first, so that few stay warm.
    idle: Vec<Arc<Instance>>,
}

/// Lambda gives the start of a function ten seconds.
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest event of a synchronous invocation.
const LARGEST_EVENT: usize = 6 * 1024 * 1024;

impl Function {
    pub(super) fn new(spec: &FunctionSpec, shared: Shared, cap: usize) -> Self {
        Self {
            name: spec.package.clone(),
            timeout: spec.timeout,
            shared,
            permits: Semaphore::new(cap.max(1)),
            spawned: AtomicUsize::new(0),
            instances: Mutex::new(Instances::default()),
        }
    }

    fn instances(&self) -> MutexGuard<'_, Instances> {
        self.instances
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The processes that are alive.
    pub fn alive(&self) -> Vec<Arc<Instance>> {
        self.instances()
            .all
            .iter()
            .filter(|instance| !instance.has_exited())
            .cloned()
            .collect()
    }

    /// Kills all processes, or only those that work on an invocation, and waits until they are
    /// gone. Says how many there were.
    pub async fn kill(&self, only_busy: bool) -> usize {
        let mut killed = 0;
        for instance in self.alive() {
            if !only_busy || instance.is_busy() {
                instance.kill().await;
                killed += 1;
            }
        }
        killed
    }

    /// Hands the event to an idle process or a new one, and waits for what it makes of it.
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes, InvokeError> {
        if event.len() > LARGEST_EVENT {
            return Err(InvokeError::TooLarge);
        }
        // The semaphore is never closed, and its queue is first come, first served.
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| InvokeError::Died)?;
        let instance = match self.take_idle() {
            Some(instance) => instance,
            None => self.cold_start().await?,
        };
        let result = self.run(&instance, event).await;
        instance.set_busy(false);
        let mut instances = self.instances();
        if instance.has_exited() {
            instances.all.retain(|other| !Arc::ptr_eq(other, &instance));
        } else {
            instances.idle.push(instance);
        }
        result
    }

    fn take_idle(&self) -> Option<Arc<Instance>> {
        let mut instances = self.instances();
        instances.all.retain(|instance| !instance.has_exited());
        while let Some(instance) = instances.idle.pop() {
            if !instance.has_exited() {
                instance.set_busy(true);
                return Some(instance);
            }
        }
        None
    }

    /// Starts a process and waits for its first poll.
    pub async fn cold_start(&self) -> Result<Arc<Instance>, InvokeError> {
        let number = self.spawned.fetch_add(1, Ordering::Relaxed) + 1;
        let name = format!("{}-{number}", self.name);
        let shared = &self.shared;
        let mut command = Command::new(&shared.executable);
        command
            .env_clear()
            .envs(&shared.environment)
            // With a path in it the runtime needs the scheme in front.
            .env(
                "AWS_LAMBDA_RUNTIME_API",
                format!("http://{}/{name}", shared.runtime_api),
            )
            .current_dir(&shared.directory);
        let (instance, life) =
            Instance::spawn(name.clone(), self.name.clone(), command, &shared.logs)
                .map_err(InvokeError::Spawn)?;
        instance.set_busy(true);
        shared.registry.add(name.clone(), Arc::clone(&instance));
        self.instances().all.push(Arc::clone(&instance));
        let registry = shared.registry.clone();
        shared.tasks.spawn(async move {
            life.await;
            registry.remove(&name);
        });
        match tokio::time::timeout(INIT_TIMEOUT, instance.ready()).await {
            Ok(true) => Ok(instance),
            Ok(false) => Err(InvokeError::Died),
            Err(_) => {
                instance.kill().await;
                Err(InvokeError::TimedOut)
            }
        }
    }

    async fn run(&self, instance: &Instance, event: Bytes) -> Result<Bytes, InvokeError> {
        let timeout_ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
        let deadline_ms = now_ms().saturating_add(timeout_ms);
        let id = random_hex(16).map_err(|_| InvokeError::Died)?;
        let invocation = Invocation {
            request_id: uuid_shape(&id),
            deadline_ms,
            function_arn: format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.name),
            trace_id: format!(
                "Root=1-{:08x}-{};Parent={};Sampled=0",
                now_ms() / 1000,
                &id[..24],
                &id[16..]
            ),
            event,
        };
        let outcome = instance.invoke(invocation).await;
        match tokio::time::timeout(self.timeout, outcome).await {
            Ok(Ok(Outcome::Response(body))) => Ok(body),
            Ok(Ok(Outcome::Error(body))) => Err(InvokeError::Failed(body)),
            Ok(Err(_)) => {
                // The answer's other end is dropped when the process ends.
                instance.exited().await;
                Err(InvokeError::Died)
            }
            Err(_) => {
                instance.kill().await;
                Err(InvokeError::TimedOut)
            }
        }
    }
}

/// 32 hexadecimal digits with the hyphens of a UUID.
pub(crate) fn uuid_shape(hex: &str) -> String {
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &hex[range]);
    parts.join("-")
}
