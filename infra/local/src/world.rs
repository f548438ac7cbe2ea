//! A whole bundle in one process: gateway, functions, database, queues, secret, simulator.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use doku_simulator::Simulator;
use serde_json::{Map, Value};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::building::{BuildError, Profile, build_functions, workspace_root};
use crate::clock::MovableClock;
use crate::dynamodb::{self, DynamoDbError, State};
use crate::gateway::{self, Claims, Gateway, Issuer, Routes};
use crate::hand::Hand;
use crate::keys::{KeyError, keys};
use crate::lambda::{Endpoints, Instance, Lambda, LambdaOptions};
use crate::logs::{LogLine, Logs};
use crate::mover::{ClockError, Mover};
use crate::queue::{self, Queue, Queues};
use crate::scheduler::{Scheduler, TickError};
use crate::secrets::Secrets;
use crate::simulator;
use crate::tasks::Tasks;
use crate::template::{Bundle, FunctionSpec, SecretSpec, Template, TemplateError};

/// How a world is made. `Options::default()` is what a test wants: everything on free ports, in
/// memory, functions compiled with the dev profile.
#[derive(Debug, Clone)]
pub struct Options {
    /// The template; by default the workspace's `infra/template.yaml`.
    pub template: PathBuf,
    /// Values for parameters of the template, by name.
    pub parameters: HashMap<String, String>,
    /// How the functions are compiled.
    pub profile: Profile,
    /// Whether to build the functions. Without it they are taken from where cargo would put them.
    pub build: bool,
    /// Executables to use instead of building, by package name.
    pub executables: HashMap<String, PathBuf>,
    /// Functions beside the template's, which no route leads to; their executables must be given.
    /// The benchmark puts an empty one there.
    pub extra_functions: Vec<FunctionSpec>,
    /// Where the table lives.
    pub state: State,
    /// Address of the database to give to the functions instead of its own: of a recorder or a
    /// throttle that a test puts before it.
    pub dynamodb_endpoint: Option<String>,
    /// Address of Secrets Manager to give to the functions instead of its own, for the same reason.
    pub secrets_endpoint: Option<String>,
    /// The gateway's port; none takes a free one.
    pub port: Option<u16>,
    /// How many processes one function may have at a time. Where queues may call it more often than that
    /// at a time, it may have that many and one more.
    pub instances_per_function: usize,
    /// How long the functions wait for DOKU; none leaves the template's default.
    pub doku_timeout: Option<Duration>,
    /// Whether to start the simulator. Without it, the functions keep the template's address of DOKU.
    pub simulator: bool,
    /// A file that gets every line the functions write.
    pub log_file: Option<PathBuf>,
    /// Whether to show those lines on standard error too.
    pub show_logs: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            template: workspace_root().join("infra/template.yaml"),
            parameters: HashMap::new(),
            profile: Profile::Dev,
            build: true,
            executables: HashMap::new(),
            extra_functions: Vec::new(),
            state: State::Memory,
            dynamodb_endpoint: None,
            secrets_endpoint: None,
            port: None,
            instances_per_function: 8,
            doku_timeout: None,
            simulator: true,
            log_file: None,
            show_logs: false,
        }
    }
}

impl Options {
    /// Where the functions find everything: there, unless something else was ordered.
    fn endpoints(&self, dynamodb: &str, secrets: &str, sqs: &str, clock: &Path) -> Endpoints {
        let or_own =
            |ordered: &Option<String>, own: &str| ordered.clone().unwrap_or_else(|| own.to_owned());
        Endpoints {
            dynamodb: or_own(&self.dynamodb_endpoint, dynamodb),
            secrets_manager: or_own(&self.secrets_endpoint, secrets),
            sqs: sqs.to_owned(),
            clock_offset_file: Some(clock.to_path_buf()),
        }
    }
}

/// Why a world could not be started. Each is a sentence for whoever typed the command.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The functions.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The database.
    #[error(transparent)]
    DynamoDb(#[from] DynamoDbError),
    /// Somebody else listens on the port.
    #[error("port {0} is already in use: stop what uses it or choose another with --port")]
    PortInUse(u16),
    /// No socket could be opened.
    #[error("no port on 127.0.0.1 could be opened: {0}")]
    Listen(std::io::Error),
    /// The directory for the clock and the log file could not be made.
    #[error("a file could not be made: {0}")]
    File(std::io::Error),
    /// No key could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The token issuer's key could not be used.
    #[error("the token issuer's key cannot be used: {0}")]
    Issuer(#[from] jsonwebtoken::errors::Error),
    /// The simulator.
    #[error("the DOKU simulator could not be started: {0}")]
    Simulator(#[from] doku_simulator::StartError),
    /// The background task that runs cargo was stopped.
    #[error("the build was interrupted")]
    Interrupted,
}

/// A running bundle. Dropping it ends everything that it started.
pub struct World {
    base_url: String,
    dynamodb_url: String,
    bundle: Bundle,
    issuer: Issuer,
    secrets: Secrets,
    gateway: Arc<Gateway>,
    doku_key: &'static str,
    lambda: Arc<Lambda>,
    hand: Hand,
    queues_url: String,
    secrets_url: String,
    logs: Logs,
    simulator: Option<Simulator>,
    clock_offset_file: PathBuf,
    tasks: Arc<Tasks>,
    _directory: TempDir,
}

/// The parameters of the template that say where the world itself is.
mod parameter {
    pub const PUBLIC_BASE_URL: &str = "PublicBaseUrl";
    pub const DOKU_BASE_URL: &str = "DokuBaseUrl";
    pub const DOKU_TIMEOUT_MS: &str = "DokuTimeoutMs";
}

impl World {
    /// Starts everything and returns when the gateway answers. Needs a Tokio runtime.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let template = Template::read(&options.template)?;
        let keys = tokio::task::spawn_blocking(keys);
        let listener = listen(options.port).await?;
        let address = listener.local_addr().map_err(StartError::Listen)?;
        let base_url = format!("http://{address}");
        let directory = TempDir::with_prefix("doku-local-").map_err(StartError::File)?;
        let clock_offset_file = directory.path().join("clock-offset");
        let logs =
            Logs::new(options.log_file.as_deref(), options.show_logs).map_err(StartError::File)?;
        let tasks = Arc::new(Tasks::default());
        // From here on, an early return must end what was started.
        let mut guard = StopOnDrop(Some(Arc::clone(&tasks)));

        let mut parameters = Parameters {
            template: &template,
            values: options.parameters.clone(),
        };
        parameters.offer(parameter::PUBLIC_BASE_URL, base_url.clone());
        if let Some(timeout) = options.doku_timeout {
            parameters.offer(parameter::DOKU_TIMEOUT_MS, timeout.as_millis().to_string());
        }
        // Neither the functions nor the secret depend on where the simulator will be, so cargo and the
        // key generation, which take longest, run beside each other.
        let first = template.bundle(&parameters.values)?;
        let executables = tokio::spawn(executables(first.functions, options.clone()));
        let keys = keys.await.map_err(|_| StartError::Interrupted)??;
        let secret = first.secret.unwrap_or_else(nobody_asks);
        let secrets = Secrets::generate(&secret, keys, options.state.secret_file())?;
        let merchant = simulator::Merchant {
            secrets: &secrets,
            keys,
            base_url: &base_url,
            clock_offset_file: &clock_offset_file,
        };
        let simulator = if options.simulator {
            Some(simulator::start(&merchant).await?)
        } else {
            None
        };
        let simulator_url = simulator.as_ref().map(|side| side.base_url().to_owned());
        if let Some(url) = &simulator_url {
            parameters.offer(parameter::DOKU_BASE_URL, url.clone());
        }
        let mut bundle = template.bundle(&parameters.values)?;
        bundle
            .functions
            .extend(options.extra_functions.iter().cloned());

        let executables = executables.await.map_err(|_| StartError::Interrupted)??;
        let dynamodb_url = dynamodb::start(&options.state, bundle.table.as_ref(), &tasks).await?;
        let secrets_url = secrets.serve(&tasks).await.map_err(StartError::Listen)?;
        let clock = MovableClock::new(clock_offset_file.clone());
        let queues = Arc::new(Queues::new(&bundle.queues, clock));
        let queues_url = queues.serve(&tasks).await.map_err(StartError::Listen)?;
        let lambda_options = LambdaOptions {
            executables,
            instances_per_function: options.instances_per_function,
            endpoints: options.endpoints(
                &dynamodb_url,
                &secrets_url,
                &queues_url,
                &clock_offset_file,
            ),
            directory: directory.path().to_path_buf(),
            logs: logs.clone(),
        };
        let lambda = Lambda::start(&bundle.functions, lambda_options, &tasks)
            .await
            .map_err(StartError::Listen)?;
        let lambda = Arc::new(lambda);
        let issuer = Issuer::new(&keys.issuer, bundle.authorizer.as_ref())?;
        let gateway = Arc::new(Gateway {
            routes: Routes::new(&bundle.functions),
            issuer: issuer.clone(),
            lambda: Arc::clone(&lambda),
        });
        gateway::serve(Arc::clone(&gateway), listener, &tasks);
        queue::run(&queues, &bundle.functions, &lambda, &logs, &tasks);
        let scheduler = Scheduler::new(&bundle.functions, Arc::clone(&lambda), logs.clone());
        let hand = Hand {
            scheduler: Arc::new(scheduler),
            queues,
            mover: Arc::new(Mover::new(clock_offset_file.clone(), simulator_url)),
        };
        guard.0 = None;
        Ok(Self {
            base_url,
            dynamodb_url,
            bundle,
            issuer,
            secrets,
            gateway,
            doku_key: &keys.doku.private,
            lambda,
            hand,
            queues_url,
            secrets_url,
            logs,
            simulator,
            clock_offset_file,
            tasks,
            _directory: directory,
        })
    }

    /// `http://127.0.0.1:…`, where the API is.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Where the simulator is; empty when it was not started.
    pub fn simulator_url(&self) -> &str {
        self.simulator.as_ref().map_or("", Simulator::base_url)
    }

    /// Where the database is.
    pub fn dynamodb_url(&self) -> &str {
        &self.dynamodb_url
    }

    /// The table's name; empty when the template has none.
    pub fn table_name(&self) -> &str {
        let table = self.bundle.table.as_ref();
        table.map(|table| table.name.as_str()).unwrap_or_default()
    }

    /// The secret, for a rotation.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// What was read from the template.
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The file that holds the functions' clock offset in milliseconds; the simulator writes it.
    pub fn clock_offset_file(&self) -> &std::path::Path {
        &self.clock_offset_file
    }

    /// A token for `subject` with space-separated `scopes`; with a customer it is that customer's.
    pub fn token(&self, subject: &str, customer: Option<&str>, scopes: &str) -> String {
        self.issuer.token(subject, customer, scopes)
    }

    /// A token with any claims: stale, of another issuer, without scopes.
    pub fn token_with(&self, claims: Map<String, Value>) -> String {
        self.issuer.sign(claims)
    }

    /// Answers a request as if it had come with a token of these claims: the authorizer is passed by, so that
    /// thousands of requests need no signatures. Without claims it is a request of a route without a token.
    pub async fn answer_as(
        &self,
        claims: Option<Claims>,
        request: Request<Bytes>,
    ) -> Response<Body> {
        self.gateway.answer_as(claims, request).await
    }

    /// The private key by which the simulator signs, in PEM.
    pub fn doku_key(&self) -> &str {
        self.doku_key
    }

    /// Every line that the functions wrote so far.
    pub fn logs(&self) -> Vec<LogLine> {
        self.logs.lines()
    }

    /// The same as one text.
    pub fn logs_text(&self) -> String {
        self.logs.text()
    }

    fn alive(&self, function: &str) -> Vec<Arc<Instance>> {
        self.lambda
            .function(function)
            .map(|function| function.alive())
            .unwrap_or_default()
    }

    /// The process ids of a function's processes.
    pub fn pids(&self, function: &str) -> Vec<u32> {
        self.alive(function)
            .iter()
            .map(|instance| instance.pid())
            .collect()
    }

    /// The process ids of those that work on an invocation right now.
    pub fn busy_pids(&self, function: &str) -> Vec<u32> {
        let busy = self
            .alive(function)
            .into_iter()
            .filter(|instance| instance.is_busy());
        busy.map(|instance| instance.pid()).collect()
    }

    /// Kills (SIGKILL) all processes of a function, waits until they are gone, and says how many
    /// there were. Whoever waits for one of them gets what API Gateway answers then: 500.
    pub async fn kill(&self, function: &str) -> usize {
        match self.lambda.function(function) {
            Some(function) => function.kill(false).await,
            None => 0,
        }
    }

    /// The same for those processes only that work on an invocation.
    pub async fn kill_busy(&self, function: &str) -> usize {
        match self.lambda.function(function) {
            Some(function) => function.kill(true).await,
            None => 0,
        }
    }

    /// Hands the event of a schedule to its function, as `EventBridge` Scheduler would, and waits for
    /// the function's answer, which Scheduler would not. `name` is the schedule's, or its function's
    /// by logical id or package: `ReconcileFunction`, `reconcile`. Several ticks may run at once.
    /// Nothing ticks by itself before [`Self::start_schedules`].
    pub async fn tick(&self, name: &str) -> Result<Value, TickError> {
        self.hand.scheduler.tick(name).await
    }

    /// The same with another event than the schedule's.
    pub async fn tick_with(&self, name: &str, event: &Value) -> Result<Value, TickError> {
        let event = event.to_string().into();
        self.hand.scheduler.tick_with(name, event).await
    }

    /// Where the secret is.
    pub fn secrets_url(&self) -> &str {
        &self.secrets_url
    }

    /// Where the queues are.
    pub fn sqs_url(&self) -> &str {
        &self.queues_url
    }

    /// The queues of the template. What is in them is delivered to functions from the start.
    pub fn queues(&self) -> Vec<Queue> {
        self.hand.queues.all()
    }

    /// A queue by its name or its name in the template: `DueQueue`.
    pub fn queue(&self, name: &str) -> Option<Queue> {
        self.hand.queues.find(name)
    }

    /// Moves the clock of functions, queues and simulator, and returns when the simulator has sent
    /// what became due. Nothing ticks by it.
    pub async fn move_clock(&self, by: Duration) -> Result<(), ClockError> {
        self.hand.forward(by).await
    }

    /// From now on, lets every schedule tick at its rate, and somebody else do by hand what a test does
    /// by methods: `POST {address}/tick/{name}`, `GET {address}/queues`, `POST {address}/clock`. Says
    /// the address.
    pub async fn start_schedules(&self) -> Result<String, StartError> {
        let served = self.hand.clone().serve(&self.tasks).await;
        let address = served.map_err(StartError::Listen)?;
        self.hand.scheduler.run(&self.tasks);
        Ok(address)
    }

    /// Name and rate of every schedule; no rate means that it ticks by hand only.
    pub fn schedules(&self) -> impl Iterator<Item = (&str, Option<Duration>)> {
        self.hand.scheduler.schedules()
    }

    /// The functions, for a measurement that goes around the gateway.
    pub fn lambda(&self) -> &Arc<Lambda> {
        &self.lambda
    }

    /// Ends everything and waits until the functions' processes are gone.
    pub async fn shutdown(mut self) {
        self.lambda.stop().await;
        if let Some(simulator) = self.simulator.take() {
            simulator.stop().await;
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}

/// Stops what has been started so far when a start fails half-way.
struct StopOnDrop(Option<Arc<Tasks>>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        if let Some(tasks) = &self.0 {
            tasks.stop();
        }
    }
}

/// Values for the parameters of a template.
struct Parameters<'t> {
    template: &'t Template,
    values: HashMap<String, String>,
}

impl Parameters<'_> {
    /// A value for a parameter that the template has and nobody has set.
    fn offer(&mut self, name: &str, value: String) {
        if self.template.has_parameter(name) {
            self.values.entry(name.to_owned()).or_insert(value);
        }
    }
}

/// A template without a secret: nobody will ask for it.
fn nobody_asks() -> SecretSpec {
    SecretSpec {
        arn: String::new(),
        name: String::new(),
        fields: Map::new(),
        generated_field: None,
    }
}

async fn listen(port: Option<u16>) -> Result<TcpListener, StartError> {
    let address = SocketAddr::from(([127, 0, 0, 1], port.unwrap_or(0)));
    TcpListener::bind(address)
        .await
        .map_err(|error| match (error.kind(), port) {
            (std::io::ErrorKind::AddrInUse, Some(port)) => StartError::PortInUse(port),
            _ => StartError::Listen(error),
        })
}

/// The executable of each function, and of whatever else the options name one for.
async fn executables(
    functions: Vec<FunctionSpec>,
    options: Options,
) -> Result<HashMap<String, PathBuf>, StartError> {
    let mut executables = options.executables;
    let packages = functions.into_iter().map(|function| function.package);
    let missing: Vec<String> = packages
        .filter(|package| !executables.contains_key(package))
        .collect();
    if options.build {
        let profile = options.profile;
        let built = tokio::task::spawn_blocking(move || build_functions(&missing, profile));
        executables.extend(built.await.map_err(|_| StartError::Interrupted)??);
    } else {
        let directory = options.profile.output_directory();
        executables.extend(missing.into_iter().map(|name| {
            let path = directory.join(&name);
            (name, path)
        }));
    }
    Ok(executables)
}
