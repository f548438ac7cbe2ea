//! The merchant whose requests are measured.

use std::time::{Duration, Instant};

use local::{World, http_client};
use reqwest::Client;
use serde_json::{Value, json};

use crate::commands::{MERCHANT_SCOPES, Surprise};

/// How often a payment is read until DOKU's notification has changed it, and how far apart.
const READS: u32 = 400;
const BETWEEN_READS: Duration = Duration::from_millis(10);

/// A merchant's backend, and the order book of DOKU's simulator.
pub struct Merchant {
    /// For both.
    pub client: Client,
    base_url: String,
    simulator_url: String,
    token: String,
}

impl Merchant {
    /// A merchant of this world.
    pub fn new(world: &World) -> Result<Self, Surprise> {
        Ok(Self {
            client: http_client()?,
            base_url: world.base_url().to_owned(),
            simulator_url: world.simulator_url().to_owned(),
            token: world.token("merchant-backend", None, MERCHANT_SCOPES),
        })
    }

    /// Posts, and insists on the status. `key` is the `Idempotency-Key`.
    pub async fn post(
        &self,
        path: &str,
        key: &str,
        body: &Value,
        expected: u16,
    ) -> Result<Value, Surprise> {
        let request = self.client.post(format!("{}{path}", self.base_url));
        let request = request
            .bearer_auth(&self.token)
            .header("Idempotency-Key", key);
        let response = request.json(body).send().await?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        if status != expected {
            return Err(Surprise::new(format!(
                "error: {path} answered {status}: {text}"
            )));
        }
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The same, with how long it took in microseconds.
    pub async fn timed_post(
        &self,
        path: &str,
        key: &str,
        body: &Value,
        expected: u16,
    ) -> Result<(Value, u64), Surprise> {
        let began = Instant::now();
        let answer = self.post(path, key, body, expected).await?;
        let took = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok((answer, took))
    }

    /// Reads a payment until it has the status.
    pub async fn wait_until(&self, path: &str, status: &str) -> Result<Value, Surprise> {
        for _ in 0..READS {
            let request = self.client.get(format!("{}{path}", self.base_url));
            let payment: Value = request
                .bearer_auth(&self.token)
                .send()
                .await?
                .json()
                .await?;
            if payment["status"] == status {
                return Ok(payment);
            }
            tokio::time::sleep(BETWEEN_READS).await;
        }
        Err(Surprise::new(format!(
            "error: no notification made {path} {status}"
        )))
    }

    /// Gives the simulator an order: `cards/pay`.
    pub async fn order(&self, what: &str, body: &Value) -> Result<Value, Surprise> {
        let url = format!("{}/admin/{what}", self.simulator_url);
        let response = self.client.post(url).json(body).send().await?;
        if response.status().is_success() {
            return Ok(response.json().await?);
        }
        let text = response.text().await?;
        Err(Surprise::new(format!(
            "error: DOKU would not do {what}: {text}"
        )))
    }
}

impl Merchant {
    /// Asks the simulator: `ledger`.
    async fn ask(&self, what: &str) -> Result<Value, Surprise> {
        let url = format!("{}/admin/{what}", self.simulator_url);
        Ok(self.client.get(url).send().await?.json().await?)
    }

    /// Everything DOKU accepted.
    pub async fn ledger(&self) -> Result<Value, Surprise> {
        self.ask("ledger").await
    }

    /// Every call of DOKU, oldest first.
    pub async fn calls(&self) -> Result<Vec<Value>, Surprise> {
        let calls = self.ask("calls").await?;
        Ok(calls.as_array().cloned().unwrap_or_default())
    }

    /// The time on the clock that is moved, as RFC 3339.
    pub async fn now(&self) -> Result<String, Surprise> {
        let clock = self.ask("clock").await?;
        Ok(clock["now"].as_str().unwrap_or_default().to_owned())
    }

    /// Agrees to a binding as its customer, who is then sent back to us.
    pub async fn agree(&self, auth_code: &str) -> Result<(), Surprise> {
        let what = format!("bindings/{auth_code}/approve");
        let decided = self.order(&what, &json!({})).await?;
        let back = decided["redirect"].as_str().unwrap_or_default();
        let status = self.client.get(back).send().await?.status().as_u16();
        if status == 302 {
            return Ok(());
        }
        Err(Surprise::new(format!(
            "error: the return route answered {status}"
        )))
    }

    /// Delivers at most so many of the notifications that DOKU holds back, and says how many.
    pub async fn release_notifications(&self, at_most: usize) -> Result<u64, Surprise> {
        let order = json!({ "atMost": at_most });
        let told = self.order("notifications/release", &order).await?;
        Ok(told["released"].as_u64().unwrap_or_default())
    }
}

/// Rupiah as the API writes them.
pub fn idr(rupiah: u32) -> Value {
    json!({ "value": format!("{rupiah}.00"), "currency": "IDR" })
}
