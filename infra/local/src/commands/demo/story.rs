//! Tells a story of HTTP calls: what was sent, what came back, how long it took.

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::Value;

use crate::commands::Surprise;
use crate::commands::paint::{Paint, short_token};

/// Who calls.
#[derive(Clone)]
pub struct Caller {
    /// "merchant", "customer cust-001"
    pub name: String,
    /// Their token.
    pub token: String,
}

/// One call of the API.
pub struct Call<'c> {
    /// `POST`
    pub method: Method,
    /// `/v1/payments`
    pub path: String,
    /// Whose token is shown.
    pub caller: &'c Caller,
    /// `Idempotency-Key`
    pub idempotency_key: Option<String>,
    /// The body.
    pub body: Option<Value>,
}

impl<'c> Call<'c> {
    /// A read.
    pub fn get(path: impl Into<String>, caller: &'c Caller) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            caller,
            idempotency_key: None,
            body: None,
        }
    }

    /// A change.
    pub fn post(path: impl Into<String>, caller: &'c Caller, key: &str, body: Value) -> Self {
        Self {
            method: Method::POST,
            path: path.into(),
            caller,
            idempotency_key: Some(key.to_owned()),
            body: Some(body),
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Whether the answer says that it is a repeat.
    pub replayed: bool,
    /// The body; null when it is not JSON.
    pub body: Value,
    /// How long it took.
    pub took: Duration,
}

impl Answer {
    /// A text of the body by its JSON pointer.
    pub fn text(&self, pointer: &str) -> Result<String, Surprise> {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.map(str::to_owned).ok_or_else(|| {
            Surprise::new(format!(
                "The answer has no text at {pointer}: {}",
                self.body
            ))
        })
    }

    /// Insists on a status and a value.
    pub fn expect(&self, status: u16, pointer: &str, value: &Value) -> Result<(), Surprise> {
        let actual = self.body.pointer(pointer).unwrap_or(&Value::Null);
        if self.status == status && actual == value {
            return Ok(());
        }
        Err(Surprise::new(format!(
            "Expected {status} with {pointer} {value}, but got {} with {actual}.",
            self.status
        )))
    }
}

/// One line of the table at the end.
pub struct Row {
    /// The step's title.
    pub title: String,
    /// What came of it.
    pub result: String,
    /// How long it took.
    pub took: Duration,
}

/// The story so far.
pub struct Story {
    /// How it is painted.
    pub paint: Paint,
    /// The HTTP client.
    pub client: Client,
    base_url: String,
    /// The table at the end.
    pub rows: Vec<Row>,
    step_began: Instant,
}

impl Story {
    /// Begins a story about the API at `base_url`.
    pub fn new(client: Client, base_url: &str) -> Self {
        Self {
            paint: Paint::for_stdout(),
            client,
            base_url: base_url.to_owned(),
            rows: Vec::new(),
            step_began: Instant::now(),
        }
    }

    /// Begins a step.
    pub fn step(&mut self, title: &str) {
        println!(
            "\n{}",
            self.paint
                .title(format!("{}. {title}", self.rows.len() + 1))
        );
        self.rows.push(Row {
            title: title.to_owned(),
            result: String::new(),
            took: Duration::ZERO,
        });
        self.step_began = Instant::now();
    }

    /// Ends a step with what came of it.
    pub fn done(&mut self, result: impl Into<String>) {
        let took = self.step_began.elapsed();
        if let Some(row) = self.rows.last_mut() {
            row.result = result.into();
            row.took = took;
        }
    }

    /// A remark between the calls.
    pub fn say(&self, text: impl AsRef<str>) {
        println!("   {}", self.paint.dim(text.as_ref()));
    }

    /// Calls the API and shows both directions.
    pub async fn call(&self, call: Call<'_>) -> Result<Answer, Surprise> {
        let paint = self.paint;
        println!(
            "   {}",
            paint.sent(format!("→ {} {}", call.method, call.path))
        );
        println!(
            "     {}",
            paint.dim(format!(
                "Authorization: Bearer {} — {}",
                short_token(&call.caller.token),
                call.caller.name
            ))
        );
        if let Some(key) = &call.idempotency_key {
            println!("     {}", paint.dim(format!("Idempotency-Key: {key}")));
        }
        if let Some(body) = &call.body {
            println!("{}", paint.json(body, 5));
        }
        let answer = self.send(&call).await?;
        let line = format!("← {} · {} ms", answer.status, answer.took.as_millis());
        println!(
            "   {}",
            if answer.status < 400 {
                paint.good(line)
            } else {
                paint.bad(line)
            }
        );
        if answer.replayed {
            println!("     {}", paint.dim("Idempotent-Replayed: true"));
        }
        if !answer.body.is_null() {
            println!("{}", paint.json(&answer.body, 5));
        }
        Ok(answer)
    }

    /// Calls the API without a word.
    pub async fn send(&self, call: &Call<'_>) -> Result<Answer, Surprise> {
        let url = format!("{}{}", self.base_url, call.path);
        let mut request = self
            .client
            .request(call.method.clone(), url)
            .bearer_auth(&call.caller.token);
        if let Some(key) = &call.idempotency_key {
            request = request.header("Idempotency-Key", key);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let began = Instant::now();
        let response = request.send().await?;
        let status = response.status().as_u16();
        let replayed = response
            .headers()
            .get("idempotent-replayed")
            .is_some_and(|v| v == "true");
        let body = response.bytes().await?;
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Answer {
            status,
            replayed,
            body,
            took: began.elapsed(),
        })
    }

    /// Reads `path` until the text at `pointer` is `wanted`; shows the last answer.
    pub async fn wait_for(
        &self,
        path: &str,
        caller: &Caller,
        pointer: &str,
        wanted: &str,
    ) -> Result<Answer, Surprise> {
        let deadline = Instant::now() + PATIENCE;
        let mut reads = 0;
        loop {
            let answer = self.send(&Call::get(path, caller)).await?;
            reads += 1;
            if answer.body.pointer(pointer).and_then(Value::as_str) == Some(wanted) {
                println!(
                    "   {}",
                    self.paint.sent(format!("→ GET {path} (read {reads}×)"))
                );
                let line = format!("← {} · {} ms", answer.status, answer.took.as_millis());
                println!("   {}", self.paint.good(line));
                println!("{}", self.paint.json(&answer.body, 5));
                return Ok(answer);
            }
            if Instant::now() > deadline {
                return Err(Surprise::new(format!(
                    "After {} s, {path} still has {} at {pointer} instead of {wanted}.",
                    PATIENCE.as_secs(),
                    answer.body.pointer(pointer).unwrap_or(&Value::Null),
                )));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Shows the events that `path` answered with, a line each.
    pub fn list_events(&self, path: &str, answer: &Answer) {
        println!("   {}", self.paint.sent(format!("→ GET {path}")));
        for event in answer.body["items"].as_array().into_iter().flatten() {
            let text = |name: &str| event[name].as_str().unwrap_or_default();
            println!(
                "     {}  {:<28} {}",
                text("at"),
                text("type"),
                text("status")
            );
        }
    }

    /// Prints the table.
    pub fn summary(&self) {
        let title = self
            .rows
            .iter()
            .map(|row| row.title.chars().count())
            .max()
            .unwrap_or(0);
        let result = self
            .rows
            .iter()
            .map(|row| row.result.chars().count())
            .max()
            .unwrap_or(0);
        println!("\n{}", self.paint.title("In short"));
        for (index, row) in self.rows.iter().enumerate() {
            println!(
                "   {:>2}  {:<title$}  {:<result$}  {:>5} ms",
                index + 1,
                row.title,
                row.result,
                row.took.as_millis()
            );
        }
    }
}

/// How long a notification may take.
const PATIENCE: Duration = Duration::from_secs(15);
