//! Lambda on one machine: the Runtime API and the processes that poll it.
//!
//! As in Lambda, one process handles one invocation at a time. A request takes an idle process or,
//! below the function's cap, starts another; above the cap it waits its turn. A process that dies
//! is forgotten and its invocation fails; a process that is too slow is killed.
//!
//! Processes end with this one. They are killed when their owner is dropped, also while unwinding
//! from a panic. Should this process be killed outright, their poll of the Runtime API breaks and
//! the Lambda runtime in them gives up by itself.

mod environment;
mod function;
mod instance;
mod runtime_api;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use tokio::net::TcpListener;

use crate::logs::Logs;
use crate::tasks::Tasks;
use crate::template::FunctionSpec;

pub use environment::Endpoints;
pub(crate) use function::uuid_shape;
pub use function::{Function, InvokeError};
pub use instance::Instance;

/// The functions of one world.
pub struct Lambda {
    functions: HashMap<String, Arc<Function>>,
}

/// What the functions need besides the template.
pub struct LambdaOptions {
    /// The executable of each function, by package name.
    pub executables: HashMap<String, PathBuf>,
    /// How many processes one function may have. One that queues call has at least as many as they may
    /// call at a time, and one for everybody else.
    pub instances_per_function: usize,
    /// The endpoints that the AWS SDK is pointed at, and the rest of the shared environment.
    pub endpoints: Endpoints,
    /// The directory that the functions run in.
    pub directory: PathBuf,
    /// Where their output goes.
    pub logs: Logs,
}

impl Lambda {
    /// Serves the Runtime API and gets ready to start the functions. None is started before its
    /// first invocation.
    pub async fn start(
        specs: &[FunctionSpec],
        options: LambdaOptions,
        tasks: &Arc<Tasks>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let registry = runtime_api::Registry::default();
        let app = runtime_api::router(registry.clone());
        tasks.spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        let mut functions = HashMap::new();
        for spec in specs {
            let Some(executable) = options.executables.get(&spec.package) else {
                continue;
            };
            let function = Function::new(
                spec,
                function::Shared {
                    executable: executable.clone(),
                    environment: environment::of(spec, &options.endpoints),
                    runtime_api: address,
                    registry: registry.clone(),
                    directory: options.directory.clone(),
                    logs: options.logs.clone(),
                    tasks: Arc::clone(tasks),
                },
                options.instances_per_function.max(wanted_by_queues(spec)),
            );
            functions.insert(spec.package.clone(), Arc::new(function));
        }
        Ok(Self { functions })
    }

    /// A function by its package name.
    pub fn function(&self, name: &str) -> Option<&Arc<Function>> {
        self.functions.get(name)
    }

    /// Invokes a function and waits for its answer. The invocation goes on when the caller stops
    /// waiting, as Lambda's does.
    pub async fn invoke(&self, name: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let function = self.function(name).ok_or(InvokeError::NotHere)?;
        let function = Arc::clone(function);
        tokio::spawn(async move { function.invoke(event).await })
            .await
            .unwrap_or(Err(InvokeError::Died))
    }

    /// Kills every process of every function.
    pub async fn stop(&self) {
        for function in self.functions.values() {
            function.kill(false).await;
        }
    }
}

fn wanted_by_queues(spec: &FunctionSpec) -> usize {
    let calls: usize = spec.event_sources.iter().map(|one| one.concurrency).sum();
    calls + 1
}
