//! A line between the bundle and what is behind it: it can be cut, it can be slow, and it counts.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::Moment;
use super::counter::Counter;
use super::signer::Lines;

/// Passes HTTP on. What is behind it is known only once the world has started, which has to be
/// given the relay's address before that.
pub struct Relay {
    address: SocketAddr,
    line: Arc<Line>,
    running: tokio::sync::Mutex<Option<JoinHandle<()>>>,
}

struct Line {
    own_url: String,
    target: OnceLock<String>,
    secret: OnceLock<String>,
    http: reqwest::Client,
    used: Mutex<Vec<Use>>,
    /// Paths whose answers are kept back.
    gates: Mutex<HashMap<String, Arc<Semaphore>>>,
    /// Paths that are answered with a status before anything behind the line hears of it.
    refusals: Mutex<HashMap<String, u16>>,
    /// What the next answer of a path says at a JSON pointer.
    slips: Mutex<HashMap<String, (&'static str, Value)>>,
    /// Of so many calls of the database, one is throttled; none of no calls.
    throttled: AtomicUsize,
    /// Items on a page of a query; none of no number.
    page: AtomicUsize,
    /// Calls of the database that are answered "not now".
    put_off: Mutex<Vec<PutOff>>,
    /// Path and body of every call, byte for byte.
    heard: Mutex<Vec<(String, Bytes)>>,
    /// Counts the calls, over other lines too.
    counter: Arc<Counter>,
    /// Whether every call counts, or those of the database only.
    counts_all: bool,
}

/// A way in which `DynamoDB` says "not now".
#[derive(Debug, Clone)]
pub enum NotNow {
    /// The transaction is cancelled; one of its items, by its place, has this reason.
    Cancelled(usize, &'static str),
    /// The transaction is made; where a condition of its does not hold, another item has this reason.
    Beside(&'static str),
    /// Status and code of an error.
    Error(u16, &'static str),
    /// A batch is read in part only: half of it, and nothing of a single key.
    Unprocessed,
}

/// Calls of one operation that are put off.
struct PutOff {
    operation: &'static str,
    /// So many pass before.
    passing: usize,
    /// So many are put off.
    times: usize,
    how: NotNow,
}

/// One call of the database that passed by.
#[derive(Debug, Clone)]
pub struct Use {
    /// `TransactWriteItems`
    pub operation: String,
    /// Units read and written as the database bills them, indexes included.
    pub read_units: f64,
    pub write_units: f64,
}

impl Relay {
    /// Takes a port. Nobody may call before [`Relay::leads_to`]. Calls of the database are counted.
    pub async fn start() -> Self {
        Self::start_with(Arc::default(), false).await
    }

    /// One more line, whose calls, whatever they are, are counted together with this one's.
    pub async fn start_beside(&self) -> Self {
        Self::start_with(Arc::clone(&self.line.counter), true).await
    }

    async fn start_with(counter: Arc<Counter>, counts_all: bool) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Line {
            own_url: format!("http://{address}"),
            target: OnceLock::new(),
            secret: OnceLock::new(),
            http: local::http_client().unwrap(),
            used: Mutex::default(),
            gates: Mutex::default(),
            refusals: Mutex::default(),
            slips: Mutex::default(),
            throttled: AtomicUsize::new(0),
            page: AtomicUsize::new(0),
            put_off: Mutex::default(),
            heard: Mutex::default(),
            counter,
            counts_all,
        });
        let running = tokio::spawn(serve(listener, Arc::clone(&line)));
        Self {
            address,
            line,
            running: tokio::sync::Mutex::new(Some(running)),
        }
    }

    pub fn url(&self) -> String {
        self.line.own_url.clone()
    }

    /// Says what is behind it.
    pub fn leads_to(&self, url: &str) {
        self.line.target.set(url.to_owned()).unwrap();
    }

    /// Signs DOKU's answers anew, because it alters the addresses in them.
    pub fn signs_with(&self, secret: String) {
        self.line.secret.set(secret).unwrap();
    }

    /// Refuses connections from now on. Those that are open stay so.
    pub async fn hangs_up(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.abort();
            let _ = running.await; // it ends by being stopped
        }
    }

    /// Takes connections again.
    pub async fn picks_up(&self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let running = tokio::spawn(serve(listener, Arc::clone(&self.line)));
        *self.running.lock().await = Some(running);
    }

    /// Keeps back the answers to calls of this path. The calls themselves go through.
    pub fn holds(&self, path: &str) {
        let gate = Arc::new(Semaphore::new(0));
        self.line
            .gates
            .lock()
            .unwrap()
            .insert(path.to_owned(), gate);
    }

    /// Lets the answers to calls of this path go, those to come too.
    pub fn lets_go(&self, path: &str) {
        if let Some(gate) = self.line.gates.lock().unwrap().remove(path) {
            gate.close();
        }
    }

    /// Refuses calls of this path with that status. What is behind does not hear of them.
    pub fn refuses(&self, path: &str, status: u16) {
        let mut refusals = self.line.refusals.lock().unwrap();
        refusals.insert(path.to_owned(), status);
    }

    /// Refuses no calls any more.
    pub fn refuses_nothing(&self) {
        self.line.refusals.lock().unwrap().clear();
    }

    /// Throttles one call of the database in so many; 0 throttles none any more.
    pub fn throttles(&self, one_in: usize) {
        self.line.throttled.store(one_in, Ordering::Relaxed);
    }

    /// Answers calls of an operation of the database "not now", so often, once so many have passed.
    pub fn puts_off(&self, operation: &'static str, passing: usize, times: usize, how: NotNow) {
        self.line.put_off.lock().unwrap().push(PutOff {
            operation,
            passing,
            times,
            how,
        });
    }

    /// Cuts each page of a query that has no limit after so many items, as `DynamoDB` does after 1 MB.
    pub fn cuts_pages(&self, items: usize) {
        self.line.page.store(items, Ordering::Relaxed);
    }

    /// Puts nothing off any more; true when everything that was ordered has happened.
    pub fn puts_nothing_off(&self) -> bool {
        let mut orders = self.line.put_off.lock().unwrap();
        orders.drain(..).all(|order| order.times == 0)
    }

    /// The next answer of this path says `value` at a JSON pointer. What is behind remembers what it
    /// said itself.
    pub fn misquotes(&self, path: &str, pointer: &'static str, value: Value) {
        let mut slips = self.line.slips.lock().unwrap();
        slips.insert(path.to_owned(), (pointer, value));
    }

    /// What counts the calls over this line, and stops one.
    pub fn counter(&self) -> &Counter {
        &self.line.counter
    }

    /// Stops the nth call that is counted from now on, until [`Relay::goes_on`].
    pub fn stops_at(&self, nth: usize, moment: Moment) {
        self.counter().stops_at(nth, moment);
    }

    /// Waits until the call is stopped; false when it was given up before it came.
    pub async fn is_stopped(&self) -> bool {
        self.counter().is_stopped().await
    }

    /// Lets the call that is stopped go, and stops none.
    pub fn goes_on(&self) {
        self.counter().goes_on();
    }

    /// The bodies of the calls of this path so far, byte for byte.
    pub fn heard(&self, path: &str) -> Vec<String> {
        let heard = self.line.heard.lock().unwrap();
        let bodies = heard.iter().filter(|(called, _)| called == path);
        bodies
            .map(|(_, body)| String::from_utf8(body.to_vec()).unwrap())
            .collect()
    }

    /// The calls of the database since the last time this was asked.
    pub fn uses(&self) -> Vec<Use> {
        std::mem::take(&mut self.line.used.lock().unwrap())
    }
}

async fn serve(listener: TcpListener, line: Arc<Line>) {
    let router = Router::new().fallback(pass).with_state(line);
    axum::serve(listener, router).await.unwrap();
}

async fn pass(State(line): State<Arc<Line>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let mut body = to_bytes(body, usize::MAX).await.unwrap();
    let operation = database_operation(&parts.headers);
    if operation.is_some() {
        body = ask_for_units(&body);
    }
    let page = line.page.load(Ordering::Relaxed);
    if page > 0 && operation.as_deref() == Some("Query") {
        body = cut(&body, page);
    }
    let counts = line.counts_all || operation.is_some();
    let stop = counts.then(|| line.counter.count()).flatten();
    if let Some(stop) = &stop
        && !stop.passes(Moment::Before).await
    {
        let nothing = Response::builder().status(502);
        return nothing.body(Body::empty()).unwrap();
    }
    if operation.is_some() && is_throttled(&line) {
        return throttled();
    }
    let mut left_out = None;
    let mut beside = None;
    if let Some(operation) = &operation
        && let Some(how) = put_off(&line, operation)
    {
        match not_now(&how, &body) {
            Later::Answer(answer) => return answer,
            Later::InPart(half, rest) => {
                body = half;
                left_out = Some(rest);
            }
            Later::Beside(reason) => beside = Some(reason),
        }
    }
    let target = line.target.get().unwrap();
    let uri = parts.uri.clone();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if operation.is_none() {
        let heard = (path.to_owned(), body.clone());
        line.heard.lock().unwrap().push(heard);
    }
    let refusal = line.refusals.lock().unwrap().get(path).copied();
    if let Some(status) = refusal {
        let error = json!({"error": {"code": "REFUSED", "message": "Refused on the way"}});
        let answer = Response::builder().status(status);
        return answer.body(Body::from(error.to_string())).unwrap();
    }
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    headers.remove(header::CONTENT_LENGTH);
    // A connection that breaks behind it breaks in front of it too: nothing else is known to be said.
    let sent = line
        .http
        .request(parts.method, format!("{target}{path}"))
        .headers(headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let gate = line.gates.lock().unwrap().get(path).cloned();
    if let Some(gate) = gate {
        let _ = gate.acquire().await; // opens by being closed
    }
    if let Some(stop) = &stop {
        stop.passes(Moment::After).await;
    }
    let mut answer = Response::builder().status(sent.status());
    let mut headers = sent.headers().clone();
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    let sealed = headers.contains_key("signature") && line.secret.get().is_none();
    let mut body = sent.bytes().await.unwrap();
    match operation {
        Some(operation) => {
            line.used.lock().unwrap().push(used(operation, &body));
            if let Some(rest) = left_out {
                let mut answer: Value = serde_json::from_slice(&body).unwrap();
                answer["UnprocessedKeys"] = rest;
                body = answer.to_string().into();
                headers.remove("x-amz-crc32");
            }
            if let Some(reason) = beside {
                body = add_reason(&body, reason);
                headers.remove("x-amz-crc32");
            }
        }
        // What is signed is not to be touched by whoever cannot sign it.
        None if sealed => {}
        // Addresses of what is behind it become addresses of its own.
        None => {
            if let Ok(text) = std::str::from_utf8(&body) {
                body = text.replace(target.as_str(), &line.own_url).into();
                misquote(&line, path, &mut body);
                sign(&line, path, &mut headers, &body);
            }
        }
    }
    answer.headers_mut().unwrap().extend(headers);
    answer.body(Body::from(body)).unwrap()
}

/// How DynamoDB refuses a call that comes too soon.
fn throttled() -> Response<Body> {
    let error = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "Throttled on the way",
    });
    let answer = Response::builder().status(400);
    answer.body(Body::from(error.to_string())).unwrap()
}

/// Whether this call of the database is one of those that are throttled, by chance.
fn is_throttled(line: &Line) -> bool {
    let one_in = line.throttled.load(Ordering::Relaxed);
    let mut chance = [0; 8];
    aws_lc_rs::rand::fill(&mut chance).unwrap();
    one_in > 0 && usize::from_le_bytes(chance).is_multiple_of(one_in)
}

/// How this call of the database is put off, if that was ordered.
fn put_off(line: &Line, operation: &str) -> Option<NotNow> {
    let mut orders = line.put_off.lock().unwrap();
    let order = orders
        .iter_mut()
        .find(|order| order.operation == operation && order.times > 0)?;
    if order.passing > 0 {
        order.passing -= 1;
        return None;
    }
    order.times -= 1;
    Some(order.how.clone())
}

/// What becomes of a call that is put off.
enum Later {
    /// It is answered at once.
    Answer(Response<Body>),
    /// Half of it passes; the rest is named in the answer.
    InPart(Bytes, Value),
    /// It passes, and its refusal gets one reason more.
    Beside(&'static str),
}

/// Gives an item of a cancelled transaction that has no reason this one.
fn add_reason(body: &Bytes, reason: &str) -> Bytes {
    let mut answer: Value = serde_json::from_slice(body).unwrap();
    if let Some(reasons) = answer["CancellationReasons"].as_array_mut() {
        let free = reasons.iter_mut().find(|one| one["Code"] == "None");
        *free.expect("an item without a reason") = json!({ "Code": reason });
    }
    answer.to_string().into()
}

fn not_now(how: &NotNow, body: &Bytes) -> Later {
    let answer = |status: u16, body: Value| {
        let answer = Response::builder().status(status);
        Later::Answer(answer.body(Body::from(body.to_string())).unwrap())
    };
    let mut request: Value = serde_json::from_slice(body).unwrap();
    match how {
        NotNow::Cancelled(place, reason) => {
            let items = request["TransactItems"].as_array().unwrap().len();
            let place = (*place).min(items - 1);
            let reason = |nth| if nth == place { *reason } else { "None" };
            let reasons: Vec<_> = (0..items)
                .map(|nth| json!({ "Code": reason(nth) }))
                .collect();
            answer(
                400,
                json!({
                    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                    "Message": "Transaction cancelled, please refer cancellation reasons",
                    "CancellationReasons": reasons,
                }),
            )
        }
        NotNow::Beside(reason) => Later::Beside(reason),
        NotNow::Error(status, code) => {
            let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
            answer(*status, json!({"__type": code, "message": "Not now"}))
        }
        NotNow::Unprocessed => {
            let tables = request["RequestItems"].clone();
            let (table, asked) = tables.as_object().unwrap().iter().next().unwrap();
            let keys = asked["Keys"].as_array().unwrap();
            let (half, rest) = keys.split_at(keys.len() / 2);
            let mut left_out = tables.clone();
            left_out[table]["Keys"] = rest.into();
            if half.is_empty() {
                return answer(200, json!({"Responses": {}, "UnprocessedKeys": left_out}));
            }
            request["RequestItems"][table]["Keys"] = half.into();
            Later::InPart(request.to_string().into(), left_out)
        }
    }
}

/// Makes an answer say something else, where that was ordered.
fn misquote(line: &Line, path: &str, body: &mut Bytes) {
    if let Some((pointer, value)) = line.slips.lock().unwrap().remove(path) {
        let mut said: Value = serde_json::from_slice(body).unwrap();
        *said.pointer_mut(pointer).unwrap() = value;
        *body = said.to_string().into();
    }
}

/// Signs an answer that carries a signature of the kind that covers its body.
fn sign(line: &Line, path: &str, headers: &mut HeaderMap, body: &[u8]) {
    let Some(secret) = line.secret.get() else {
        return;
    };
    let signature = {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(_), Some(client_id), Some(request_id), Some(timestamp)) = (
            text("signature"),
            text("client-id"),
            text("request-id"),
            text("response-timestamp"),
        ) else {
            return;
        };
        let lines = Lines {
            stamp: "Response-Timestamp",
            client_id,
            request_id,
            timestamp,
            path,
            body,
        };
        lines.sign(secret)
    };
    headers.insert("signature", signature.parse().unwrap());
}

/// `TransactWriteItems` of `DynamoDB_20120810.TransactWriteItems`.
fn database_operation(headers: &HeaderMap) -> Option<String> {
    let target = headers.get("x-amz-target")?.to_str().ok()?;
    let (service, name) = target.split_once('.')?;
    service.starts_with("DynamoDB").then(|| name.to_owned())
}

fn cut(body: &Bytes, page: usize) -> Bytes {
    let mut request: Value = serde_json::from_slice(body).unwrap();
    if request["Limit"].is_null() {
        request["Limit"] = page.into();
    }
    request.to_string().into()
}

fn ask_for_units(body: &Bytes) -> Bytes {
    let mut request: Value = serde_json::from_slice(body).unwrap();
    request["ReturnConsumedCapacity"] = json!("INDEXES");
    request.to_string().into()
}

fn used(operation: String, answer: &Bytes) -> Use {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let consumed = match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.clone(),
        Value::Object(table) => vec![Value::Object(table.clone())],
        // A refused write is billed as well, but the database does not say how much.
        _ => Vec::new(),
    };
    let sum = |member: &str| {
        consumed
            .iter()
            .filter_map(|table| table[member].as_f64())
            .sum()
    };
    let (reads, writes) = (sum("ReadCapacityUnits"), sum("WriteCapacityUnits"));
    // A plain read or write states its units without saying of which kind they are.
    let plain: f64 = sum("CapacityUnits");
    let is_write = ["Put", "Update", "Delete", "TransactWrite", "BatchWrite"]
        .iter()
        .any(|kind| operation.starts_with(kind));
    let (read_units, write_units) = if is_write {
        (reads, f64::max(writes, plain))
    } else {
        (f64::max(reads, plain), writes)
    };
    Use {
        operation,
        read_units,
        write_units,
    }
}
