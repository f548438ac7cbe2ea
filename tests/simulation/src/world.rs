//! A world in one process: functions, table, DOKU, and one clock for all of them.

mod back_office;
mod disorder;
mod ending;
mod foundry;
mod news;
mod operator;
mod running;
mod wishes;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use doku_shared::app::{App, Browser, Deadline, ReturnOutcome};
use doku_shared::clock::{Clock, Timestamp};
use doku_shared::domain::ids::BindingId;
use doku_shared::queue::Queue;
use doku_shared::transport::Transport;
use doku_simulator::Simulator;
use dynoxide::Item;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use foundry::{Foundry, key_pairs};
use running::Change;
use wishes::name;

use crate::call::{PATIENCE, Request};
use crate::cloud::{Cloud, QUEUE, plain_item};
use crate::judge::{Judge, Tally, Violation};
use crate::leaks::{DATA_KEY, Leaks, Lines, Reader, SECRET_KEY};
use crate::plan::{Action, FUNCTIONS, How, Key, Spelling, Step};
use crate::reaper::{Caller, Reaper};
use crate::webhook::Webhook;

/// When every world begins.
const BEGINNING: &str = "2032-01-01T00:00:00Z";

const CLIENT: &str = "BRN-0000-SIMULATION01";
/// How many steps a restore can go back, and one more.
const REMEMBERED: usize = 8;
/// Delay of a late call: longer than a caller waits for its answer.
const LATE: Duration = Duration::from_secs(90);

/// What a step left behind for others to go on with.
#[derive(Default, Clone)]
struct Made {
    request: Option<Request>,
    /// The last answer that named a resource.
    body: Value,
    /// The answer that every repeat has to be equal to.
    answer: Option<(u16, Vec<u8>)>,
}

/// One world.
pub struct World {
    functions: Vec<Arc<App>>,
    foundry: Foundry,
    queue: Queue,
    cloud: Cloud,
    reaper: Reaper,
    doku: Simulator,
    http: reqwest::Client,
    /// AWS answered every call when the last request was made.
    answers: bool,
    webhook: Webhook,
    webhook_url: String,
    /// The table after each of the last steps.
    history: VecDeque<(Timestamp, Vec<Item>)>,
    /// What happened to it that is counted.
    tally: Tally,
    made: BTreeMap<usize, Made>,
    judge: Judge,
    leaks: Leaks,
    lines: Lines,
    /// How often the signing key was replaced: at our side, and at DOKU's.
    keys: (u32, u32),
    tokens: HashMap<u8, String>,
    /// How it went, call by call.
    told: Vec<String>,
    deaths: u64,
    meetings: u64,
    logged: u64,
}

impl World {
    /// An empty world, whose functions write those lines. Needs a runtime of one thread whose time is
    /// paused.
    pub async fn begin(lines: Lines) -> Self {
        let start = Instant::now();
        let beginning = Timestamp::parse_rfc3339(BEGINNING).expect("a moment");
        let clock = Clock::told_by(move || beginning.plus(start.elapsed()));
        let reaper = Reaper::default();
        let (merchant, doku_keys) = key_pairs();
        let secret = json!({
            "clientId": CLIENT,
            "secretKey": signing_key(0),
            "merchantPrivateKey": merchant.private,
            "dokuPublicKey": doku_keys.public,
            "dataKey": format!("{DATA_KEY}{:032}", 0),
            "tokenSigningKey": format!("{DATA_KEY}signing-{:032}", 0),
        });
        let cloud = Cloud::new(secret, beginning, reaper.clone());
        let (own, theirs) = (&merchant.public, &doku_keys.private);
        let mut config = doku_simulator::Config::new(CLIENT, &signing_key(0), own, theirs);
        config.clock = Some(clock.clone());
        config.settings = doku_simulator::Settings::calls_as_documented();
        config.gate = Some(Arc::new(reaper.clone()));
        let doku = Simulator::start(config).await.expect("DOKU");
        let transport = Transport::new().expect("a client");
        let foundry = Foundry {
            cloud: cloud.clone(),
            clock,
            transport: transport.clone(),
            doku: doku.base_url().to_owned(),
            parameters: Arc::default(),
        };
        let functions = (0..FUNCTIONS).map(|n| Arc::new(foundry.app(Caller::Function(n))));
        let maker = foundry.clone();
        let webhook = Webhook::new(move || maker.app(Caller::Webhook), reaper.clone());
        let webhook_url = webhook.serve().await;
        let queue = Queue::new(&cloud.config(Caller::Function(0)), QUEUE);
        let world = Self {
            functions: functions.collect(),
            foundry,
            queue,
            cloud,
            reaper,
            doku,
            http: transport.client().clone(),
            answers: true,
            webhook,
            webhook_url,
            history: VecDeque::new(),
            tally: Tally::default(),
            made: BTreeMap::new(),
            judge: Judge::default(),
            leaks: Leaks::new(&merchant.private),
            lines,
            keys: (0, 0),
            tokens: HashMap::new(),
            told: Vec::new(),
            deaths: 0,
            meetings: 0,
            logged: 0,
        };
        let place = json!({"baseUrl": world.webhook_url});
        world.order("merchant", &place).await;
        world
    }

    /// An order to DOKU's simulator; null where it makes no sense now.
    async fn order(&self, path: &str, body: &Value) -> Value {
        let request = self
            .http
            .post(format!("{}/admin/{path}", self.doku.base_url()));
        let answer = request
            .body(body.to_string())
            .send()
            .await
            .expect("the simulator");
        let good = answer.status().is_success();
        let text = answer.text().await.unwrap_or_default();
        if good {
            serde_json::from_str(&text).unwrap_or_default()
        } else {
            Value::Null
        }
    }

    /// Lets what goes by itself come to rest: notifications on their way, and retries that are due.
    async fn settle(&self) {
        self.order("clock", &json!({"advanceMs": 0})).await;
    }

    async fn pass(&self, time: Duration) {
        self.settle().await;
        tokio::time::advance(time).await;
        self.settle().await;
    }

    /// Makes one step happen, and judges what came of it.
    pub async fn step(&mut self, step: &Step) -> Result<(), Violation> {
        self.cloud.reseed(step.seed);
        Box::pin(self.act(step)).await?;
        self.settle().await;
        self.judge()
    }

    fn judge(&mut self) -> Result<(), Violation> {
        let raw = self.cloud.raw_items();
        let items: Vec<Value> = raw.iter().map(plain_item).collect();
        self.history.push_back((self.foundry.clock.now(), raw));
        if self.history.len() > REMEMBERED {
            self.history.pop_front();
        }
        let ledger = self.doku.ledger();
        self.judge.look(&items, &ledger, &self.doku.deliveries())?;
        self.leaks.learn(&ledger);
        if let Some(event) = self.leaks.in_events(&items) {
            return Err(Violation::new("I7", format!("an event tells: {event}")));
        }
        if let Some(event) = items.iter().find(|item| is_anonymous(item)) {
            return Err(Violation::new(
                "attribution",
                format!("an event without its actor or its cause: {event}"),
            ));
        }
        let lines = self.lines.take();
        self.logged += u64::try_from(lines.len()).unwrap_or_default();
        self.must_not_tell(&lines, Reader::Everybody)
    }

    async fn act(&mut self, step: &Step) -> Result<(), Violation> {
        let number = step.number;
        match &step.action {
            Action::Bind { how, .. }
            | Action::BindingOtp { how, .. }
            | Action::Unbind { how, .. }
            | Action::Pay { how, .. }
            | Action::Page { how, .. }
            | Action::Otp { how, .. }
            | Action::Capture { how, .. }
            | Action::Refund { how, .. }
            | Action::Subscribe { how, .. }
            | Action::Turn { how, .. } => {
                if let Some(request) = self.request(step).await {
                    return self.ask(number, &request, *how).await;
                }
            }
            Action::Repeat {
                of,
                stranger,
                spelling,
                how,
            } => {
                let request = self.made.get(of).and_then(|made| made.request.clone());
                if let Some(mut request) = request {
                    request.stranger = *stranger;
                    request.spelling = *spelling;
                    return self.ask(*of, &request, *how).await;
                }
            }
            Action::Agree {
                bind,
                yes,
                returns,
                how,
            } => {
                self.agree(*bind, *yes, *returns, *how).await;
            }
            Action::Decide { pay, yes } => self.decide(*pay, *yes).await,
            Action::Settle { pay } => {
                if let Some(reference) = self.reference(*pay) {
                    self.order("cards/settle", &json!({"invoiceNumber": reference}))
                        .await;
                }
            }
            Action::Tick {
                after,
                deliveries,
                meanwhile,
                how,
            } => {
                self.pass(Duration::from_secs(*after)).await;
                let request = self.request(step).await;
                let meeting = meanwhile.map(|meanwhile| meanwhile.meeting);
                let change = request.zip(meeting).map(|(request, meeting)| Change {
                    number,
                    request,
                    meeting,
                });
                Box::pin(self.tick(*deliveries, change, *how)).await?;
            }
            Action::Reconcile { meanwhile, how } => {
                let change = meanwhile.and_then(|(of, meeting)| {
                    let request = self.made.get(&of)?.request.clone()?;
                    Some(Change {
                        number: of,
                        request,
                        meeting,
                    })
                });
                self.reconcile(change, *how).await?;
            }
            Action::Wait { seconds } => self.pass(Duration::from_secs(*seconds)).await,
            Action::Forge { pay } => self.forge(*pay).await?,
            Action::Rumour { pay } => self.rumour(*pay).await,
            Action::BackOffice { pay, deed } => self.back_office(*pay, *deed).await,
            Action::ForeignNews { pay, foreign } => self.foreign_news(*pay, *foreign).await?,
            Action::UnknownNews { foreign } => self.unknown_news(number, *foreign).await?,
            Action::Operator { nth, wrongly } => self.operator(*nth, *wrongly).await?,
            Action::NewWord { nth } => self.new_word(number, *nth).await?,
            Action::Lie {
                operation,
                kind,
                code,
                times,
                behind,
                seconds,
            } => {
                let millis = |seconds: &Option<u64>| seconds.map(|seconds| seconds * 1_000);
                let fault = json!({
                    "operation": operation, "kind": kind, "times": times, "responseCode": code,
                    "delayMs": millis(behind), "forMs": millis(seconds),
                });
                self.order("faults", &fault).await;
            }
            Action::Month => self.month().await?,
            other => self.change(other).await,
        }
        Ok(())
    }

    /// What a step asks for, which a later step may ask for again.
    async fn request(&mut self, step: &Step) -> Option<Request> {
        let wish = self.wish(step.number, &step.action).await?;
        let request = Request {
            wish,
            key: format!("key-{}", step.number),
            stranger: false,
            spelling: Spelling::Bare,
        };
        let made = self.made.entry(step.number).or_default();
        made.request = Some(request.clone());
        Some(request)
    }

    /// Changes what surrounds the functions.
    async fn change(&mut self, action: &Action) {
        match action {
            Action::Restore { steps, stated } => self.restore(*steps, *stated).await,
            Action::Shards { count } => self.shards(*count),
            Action::NewAttribute { nth } => self.new_attribute(*nth),
            Action::OldWriter { nth } => self.old_writer(*nth),
            Action::Misquote { pay } => self.misquote(*pay).await,
            Action::Fault {
                operation,
                kind,
                times,
            } => {
                let mut fault = json!({"operation": operation, "kind": kind, "times": times});
                match *kind {
                    "slow" => fault["delayMs"] = json!(3_000),
                    // It is done all the same.
                    "late" => {
                        fault["kind"] = json!("slow");
                        fault["delayMs"] = json!(LATE.as_millis());
                    }
                    "hang" | "accept_then_hang" => fault["delayMs"] = json!(60_000),
                    "reject" => fault["responseCode"] = json!(rejection(operation)),
                    _ => {}
                }
                self.order("faults", &fault).await;
            }
            Action::Post { kind, times } => {
                let fault = json!({"operation": "notification", "kind": kind, "times": times});
                self.order("faults", &fault).await;
            }
            Action::KillWebhook { death } => {
                drop(self.reaper.watch(Caller::Webhook, Some(*death), None));
            }
            Action::Release => {
                self.order("notifications/release", &json!({})).await;
            }
            Action::Decline { customer, times } => {
                let order = json!({"custIdMerchant": name(*customer), "times": times});
                self.order("declines", &order).await;
            }
            Action::VoidTokens { customers } => {
                let path = if *customers {
                    "tokens/void-customers"
                } else {
                    "tokens/void"
                };
                self.order(path, &json!({})).await;
            }
            Action::Rotate { key } => self.rotate(*key).await,
            Action::Weather { weather, seconds } => {
                self.cloud
                    .weather(*weather, Some(Duration::from_secs(*seconds)));
            }
            _ => {}
        }
    }

    /// Who is second takes over the key that the other side has.
    async fn rotate(&mut self, key: Key) {
        let (ours, dokus) = self.keys;
        let now = self.foundry.clock.now();
        match key {
            Key::Data => self.cloud.replace_data_key(now),
            Key::Ours => {
                self.keys.0 = dokus.max(ours + u32::from(dokus <= ours));
                self.cloud
                    .replace_secret_key(&signing_key(self.keys.0), now);
            }
            Key::Dokus => {
                self.keys.1 = ours.max(dokus + u32::from(ours <= dokus));
                let order = json!({"secretKey": signing_key(self.keys.1)});
                self.order("merchant/secret", &order).await;
            }
        }
    }

    /// The customer's card registered with BRI.
    async fn token(&mut self, customer: u8) -> String {
        if let Some(token) = self.tokens.get(&customer) {
            return token.clone();
        }
        let made = self
            .order("bri/tokens", &json!({"customerId": name(customer)}))
            .await;
        let token = made["tokenId"].as_str().unwrap_or_default().to_owned();
        self.tokens.insert(customer, token.clone());
        token
    }

    fn id(&self, step: usize, member: &str) -> Option<String> {
        self.made.get(&step)?.body[member]
            .as_str()
            .map(str::to_owned)
    }

    /// DOKU's name for a payment.
    fn reference(&self, pay: usize) -> Option<String> {
        let body = &self.made.get(&pay)?.body;
        body["gateway"]["partnerReferenceNo"]
            .as_str()
            .map(str::to_owned)
    }

    /// The customer decides on the bank's page; the browser may never come back.
    async fn agree(&mut self, bind: usize, yes: bool, returns: bool, how: How) {
        let page = self
            .made
            .get(&bind)
            .map(|made| made.body["nextAction"]["url"].clone());
        let page = page.and_then(|page| page.as_str().map(str::to_owned));
        let Some(code) = page.and_then(|page| page.rsplit('/').next().map(str::to_owned)) else {
            return;
        };
        let verb = if yes { "approve" } else { "decline" };
        let decided = self
            .order(&format!("bindings/{code}/{verb}"), &json!({}))
            .await;
        let Some(Ok(back)) = decided["redirect"].as_str().map(Url::parse) else {
            return;
        };
        let state = back.query_pairs().find(|(name, _)| name == "state");
        let state = state
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default();
        let path: Vec<_> = back
            .path_segments()
            .map(Iterator::collect)
            .unwrap_or_default();
        let (Some(Ok(id)), true) = (path.get(2).map(|id| BindingId::parse(id)), returns) else {
            return;
        };
        let outcome = match path.last() {
            Some(&"success") => ReturnOutcome::Success,
            _ => ReturnOutcome::Failed,
        };
        self.run(how, async |app| {
            let (browser, deadline) = (Browser::default(), Deadline::within(PATIENCE));
            app.binding_return(id, outcome, &state, &browser, deadline)
                .await
        })
        .await;
    }

    async fn decide(&self, pay: usize, yes: bool) {
        let Some(reference) = self.reference(pay) else {
            return;
        };
        self.approve(&reference, yes).await;
    }

    /// The customer decides on the page of a payment, if there is one.
    async fn approve(&self, reference: &str, yes: bool) {
        let card = if yes { "approve" } else { "decline" };
        let order = json!({"invoiceNumber": reference, "card": card});
        let paid = self.order("cards/pay", &order).await;
        if paid.is_null() {
            let verb = if yes { "approve" } else { "decline" };
            self.order(&format!("payments/{reference}/{verb}"), &json!({}))
                .await;
        }
    }

    /// How calls went since this was asked last, and how everything stands.
    pub fn told(&mut self) -> Vec<String> {
        let mut told = std::mem::take(&mut self.told);
        let shown = |item: &Value| {
            let kind = item["sk"].as_str().unwrap_or_default();
            let starts = ["PAYMENT", "REFUND#", "BINDING", "CHARGE#", "SUBSCRIPTION"];
            let counts =
                starts.iter().any(|start| kind.starts_with(start)) && kind != "BINDING#TOKEN";
            let watch = &item["watch"]["told"];
            let name = item["reference"].as_str().or_else(|| item["id"].as_str());
            let name = name.unwrap_or(kind);
            counts.then(|| {
                format!(
                    "{name}: {} told {watch} {}",
                    item["status"], item["failure"]
                )
            })
        };
        told.extend(self.cloud.items().iter().filter_map(shown));
        let ledger = self.doku.ledger();
        for part in ["refunds", "cardRefunds"] {
            let rows = ledger[part].as_array().into_iter().flatten();
            told.extend(rows.map(|row| format!("DOKU, {part}: {row}")));
        }
        told
    }

    async fn clear(&self, what: &str) {
        let url = format!("{}/admin/{what}", self.doku.base_url());
        self.http.delete(url).send().await.expect("the simulator");
    }
}

/// What signs what is said between DOKU and us, after so many replacements.
fn signing_key(number: u32) -> String {
    format!("{SECRET_KEY}{number}")
}

/// A refusal that fits the operation: the bank's, DOKU's own fault, or "too many".
fn rejection(operation: &str) -> &'static str {
    match operation {
        "payment" => "4035414",
        "otp" => "5000400",
        "refund" => "5005800",
        "status" => "4295500",
        "b2b" => "5007300",
        "b2b2c" => "5047400",
        "binding" => "5000700",
        "unbinding" => "5040500",
        _ => "503",
    }
}

/// True for an event that does not say who made the change, or what led to it.
fn is_anonymous(item: &Value) -> bool {
    let is_event = item["sk"]
        .as_str()
        .is_some_and(|sk| sk.starts_with("EVENT#"));
    is_event && !(item["actor"]["kind"].is_string() && item["cause"].is_string())
}
