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
    pub async fn order(&self, what: &str, body: &Value) -> Result<(), Surprise> {
        let url = format!("{}/admin/{what}", self.simulator_url);
        let response = self.client.post(url).json(body).send().await?;
        if response.status().is_success() {
            return Ok(());
        }
        let text = response.text().await?;
        Err(Surprise::new(format!(
            "error: DOKU would not do {what}: {text}"
        )))
    }
}

/// Rupiah as the API writes them.
pub fn idr(rupiah: u32) -> Value {
    json!({ "value": format!("{rupiah}.00"), "currency": "IDR" })
}
