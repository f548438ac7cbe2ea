//! The simulator's other side.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{Answer, eventually};

/// DOKU as a test sees it: what it accepted, what it was asked, and what it is told to do wrong.
#[derive(Debug, Clone)]
pub struct Doku {
    pub http: Client,
    pub base_url: String,
}

impl Doku {
    /// One call of the admin API, which must succeed.
    pub async fn admin(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let mut request = self
            .http
            .request(method, format!("{}/admin/{path}", self.base_url));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = Answer::read(request.send().await.unwrap()).await;
        answer.expect(200).body.clone()
    }

    /// Sends an order to the admin API.
    pub async fn order(&self, path: &str, body: Value) -> Value {
        self.admin(Method::POST, path, Some(body)).await
    }

    /// How DOKU answers where its documents disagree; `settings` takes them back as an order.
    pub async fn settings(&self) -> Value {
        self.admin(Method::GET, "settings", None).await
    }

    /// Everything DOKU accepted.
    pub async fn ledger(&self) -> Value {
        self.admin(Method::GET, "ledger", None).await
    }

    /// Rows of one part of the ledger whose `member` is `value`.
    pub async fn rows(&self, part: &str, member: &str, value: &Value) -> Vec<Value> {
        let ledger = self.ledger().await;
        let rows = ledger[part].as_array().cloned().unwrap_or_default();
        rows.into_iter()
            .filter(|row| row[member] == *value)
            .collect()
    }

    /// The one payment DOKU has for ours, accepted or paid.
    pub async fn payment_of(&self, payment: &Value) -> Value {
        let reference = &payment["gateway"]["partnerReferenceNo"];
        let rows = self.rows("payments", "partnerReferenceNo", reference).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].clone()
    }

    /// Insists that the customer's account was debited for this payment exactly once.
    pub async fn charged_once(&self, payment: &Value) {
        let reference = &payment["gateway"]["partnerReferenceNo"];
        let charges = self.rows("charges", "partnerReferenceNo", reference).await;
        assert_eq!(charges.len(), 1, "{charges:?}");
        assert_eq!(charges[0]["amount"], payment["amount"]["value"]);
    }

    /// Insists that no token or personal datum was seen where it does not belong.
    pub async fn saw_no_violation(&self) {
        assert_eq!(self.ledger().await["violations"], json!([]));
    }

    /// Every call of one operation, oldest first.
    pub async fn calls(&self, operation: &str) -> Vec<Value> {
        let calls = self.admin(Method::GET, "calls", None).await;
        let calls = calls.as_array().cloned().unwrap_or_default();
        calls
            .into_iter()
            .filter(|call| call["operation"] == operation)
            .collect()
    }

    /// How many calls there were of all operations.
    pub async fn call_count(&self) -> usize {
        let calls = self.admin(Method::GET, "calls", None).await;
        calls.as_array().map_or(0, Vec::len)
    }

    /// Starts the list of calls anew.
    pub async fn forget_calls(&self) {
        self.admin(Method::DELETE, "calls", None).await;
    }

    /// The next call of an operation goes wrong; the hanging kinds hang for a minute.
    pub async fn goes_wrong(&self, operation: &str, kind: &str) {
        self.order("faults", json!({"operation": operation, "kind": kind}))
            .await;
    }

    /// The next call of an operation is refused with that code.
    pub async fn refuses(&self, operation: &str, response_code: &str) {
        let fault =
            json!({"operation": operation, "kind": "reject", "responseCode": response_code});
        self.order("faults", fault).await;
    }

    /// The next notifications are kept back until [`Doku::releases_notifications`].
    pub async fn holds_notifications(&self, times: u32) {
        let fault = json!({"operation": "notification", "kind": "hold", "times": times});
        self.order("faults", fault).await;
    }

    /// Delivers what was kept back, and says how many there were.
    pub async fn releases_notifications(&self) -> u64 {
        let answer = self.order("notifications/release", json!({})).await;
        answer["released"].as_u64().unwrap_or_default()
    }

    /// Waits until no notification is on its way.
    pub async fn falls_silent(&self) {
        eventually("no notification on its way", async || {
            let waiting = self.admin(Method::GET, "notifications/waiting", None).await;
            (waiting["inFlight"] == 0).then_some(())
        })
        .await;
    }

    /// All goes well again.
    pub async fn recovers(&self) {
        self.admin(Method::DELETE, "faults", None).await;
    }

    /// Moves everybody's clock; returns when what became due has been sent.
    pub async fn time_passes(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap();
        self.order("clock", json!({"advanceMs": millis})).await;
    }

    /// Waits until a call of an operation has arrived, accepted or not.
    pub async fn was_called(&self, operation: &str, times: usize) {
        eventually(&format!("{times} {operation} calls"), async || {
            (self.calls(operation).await.len() >= times).then_some(())
        })
        .await;
    }
}
