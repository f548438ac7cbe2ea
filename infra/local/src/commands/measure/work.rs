//! The work that is measured: payments one after the other, and once everything else, so that each
//! function has done something before its memory is read.

use std::time::Instant;

use local::{World, http_client};
use reqwest::Client;
use serde_json::{Value, json};

use crate::commands::{CUSTOMER, MERCHANT_SCOPES, RIGHT_OTP, Surprise, customer};

/// Payments that are not counted: connections, tokens and caches settle during them.
const SETTLING: usize = 20;

/// Links an account, makes `count` payments, confirms and refunds the last, and says how long each
/// payment took in microseconds, seen from the merchant.
pub async fn payments(world: &World, count: usize) -> Result<Vec<u64>, Surprise> {
    let merchant = Merchant {
        client: http_client()?,
        base_url: world.base_url().to_owned(),
        token: world.token("merchant-backend", None, MERCHANT_SCOPES),
    };
    let binding_id = merchant.link().await?;
    let mut times = Vec::with_capacity(count);
    let mut last = Value::Null;
    for number in 0..SETTLING + count {
        let body = json!({
            "invoiceNumber": format!("INV-{number}"),
            "amount": { "value": "10000.00", "currency": "IDR" },
            "method": { "type": "direct_debit", "bindingId": binding_id },
            "returnUrl": "https://shop.example/paid",
        });
        let began = Instant::now();
        last = merchant
            .post("/v1/payments", &format!("pay-{number}"), &body, 201)
            .await?;
        if number >= SETTLING {
            times.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
        }
    }
    let payment_id = last["paymentId"].as_str().unwrap_or_default();
    let path = format!("/v1/payments/{payment_id}");
    merchant
        .post(
            &format!("{path}/otp"),
            "otp",
            &json!({ "otp": RIGHT_OTP }),
            200,
        )
        .await?;
    merchant.wait_until_paid(&path).await?;
    let part = json!({ "amount": { "value": "2500.00", "currency": "IDR" } });
    merchant
        .post(&format!("{path}/refunds"), "refund", &part, 201)
        .await?;
    Ok(times)
}

struct Merchant {
    client: Client,
    base_url: String,
    token: String,
}

impl Merchant {
    async fn post(
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

    async fn link(&self) -> Result<String, Surprise> {
        let body = json!({
            "customer": { "id": CUSTOMER, "phone": "6281234567890" },
            "channel": "DIRECT_DEBIT_CIMB_SNAP",
            "returnUrl": "https://shop.example/linked",
        });
        let binding = self.post("/v1/bindings", "link", &body, 201).await?;
        let page = binding
            .pointer("/nextAction/url")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let visit = customer::approve(&self.client, page).await?;
        customer::follow(&self.client, &visit.leads_to).await?;
        Ok(binding["bindingId"].as_str().unwrap_or_default().to_owned())
    }

    async fn wait_until_paid(&self, path: &str) -> Result<(), Surprise> {
        for _ in 0..200 {
            let request = self.client.get(format!("{}{path}", self.base_url));
            let payment: Value = request
                .bearer_auth(&self.token)
                .send()
                .await?
                .json()
                .await?;
            if payment["status"] == "paid" {
                return Ok(());
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        Err(Surprise::new(
            "error: no notification made the payment paid",
        ))
    }
}
