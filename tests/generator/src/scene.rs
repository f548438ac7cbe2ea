//! What a block of requests finds in its world: bindings, payments and the rest of one customer, each made when
//! the first request asks for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bench::{Bench, Deployment, SCOPES};
use crate::request::Claims;

/// The OTP that DOKU takes.
const RIGHT_OTP: &str = "111000";
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// The world of one block.
pub struct Scene<'b> {
    bench: &'b Bench,
    /// Makes its names different from those of every other scene.
    name: String,
    made: BTreeMap<String, String>,
    count: usize,
}

/// The mark of the merchant's backend, with every scope.
pub fn merchant() -> Claims {
    let claims = [("sub", "shop"), ("scope", &format!("merchant {SCOPES}"))];
    claims
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

impl<'b> Scene<'b> {
    /// An empty scene.
    pub fn new(bench: &'b Bench, name: String) -> Self {
        Self {
            bench,
            name,
            made: BTreeMap::new(),
            count: 0,
        }
    }

    /// The text with what `$(…)` names in it.
    pub async fn fill(&mut self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("$(") {
            filled.push_str(before);
            let known = after.split_once(')').filter(|(name, _)| {
                let kind = name.split('.').next().unwrap_or_default();
                KINDS.contains(&kind)
            });
            if let Some((name, after)) = known {
                filled.push_str(&self.get(name).await?);
                rest = after;
            } else {
                filled.push_str("$(");
                rest = after;
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    async fn get(&mut self, name: &str) -> Result<String, String> {
        if let Some(known) = self.made.get(name) {
            return Ok(known.clone());
        }
        let (kind, number) = name.split_once('.').unwrap_or((name, ""));
        let value = Box::pin(self.make(kind, number)).await;
        let value = value.map_err(|error| format!("the scene has no {name}: {error}"))?;
        // What is new each time is not remembered.
        if !kind.starts_with("new-") {
            self.made.insert(name.to_owned(), value.clone());
        }
        Ok(value)
    }

    fn fresh(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what}-{}-{}", self.name, self.count)
    }

    async fn make(&mut self, kind: &str, number: &str) -> Result<String, String> {
        if let Some(list) = kind.strip_prefix("cursor-of-") {
            return self.cursor_of(list).await;
        }
        if kind.ends_with("payment") || matches!(kind, "refund" | "known-invoice") {
            return self.money(kind, number).await;
        }
        match kind {
            "customer" => Ok(format!("cust-{}{number}", self.name)),
            "stranger" => Ok(format!("other-{}{number}", self.name)),
            "new-key" => Ok(self.fresh("key")),
            "new-invoice" => Ok(self.fresh("INV")),
            "soon" => Ok(now().plus(Duration::from_mins(10)).rfc3339()),
            "now" => Ok(now().rfc3339()),
            // A payer is what the scene's own payments are charged to: no request is about it.
            "active-binding" | "payer" => self.linked("DIRECT_DEBIT_CIMB_SNAP", "customer").await,
            "wallet-binding" | "payer-wallet" => self.linked("EMONEY_OVO_SNAP", "customer").await,
            "strangers-binding" | "payer-stranger" => {
                self.linked("DIRECT_DEBIT_CIMB_SNAP", "stranger").await
            }
            "pending-binding" => {
                let binding = self.link("DIRECT_DEBIT_CIMB_SNAP", "customer").await?;
                Ok(word(&binding, "bindingId"))
            }
            "otp-binding" => self.waits_for_otp().await,
            // A binding and what its browser brings, or brought, back: made together.
            "return-binding" | "return-state" => {
                let (binding, address) = self.came_back().await?;
                let state = parameter(&address, "state");
                self.pair(
                    number,
                    ["return-binding", "return-state"],
                    [binding, state],
                    kind,
                )
            }
            "confirm-binding" | "return-code" => {
                let (binding, address) = self.came_back().await?;
                let code = parameter(&self.visit(&address).await?, "returnCode");
                let code = if code.is_empty() {
                    "3f2a9c1e-00".to_owned()
                } else {
                    code
                };
                self.pair(
                    number,
                    ["confirm-binding", "return-code"],
                    [binding, code],
                    kind,
                )
            }
            "subscription" => {
                let body = self.standing_order().await?;
                Ok(word(
                    &self.post("/v1/subscriptions", &body).await?,
                    "subscriptionId",
                ))
            }
            "card-token" => self.token_of("cards/tokens").await,
            "bri-token" => self.token_of("bri/tokens").await,
            "client-id" => Ok(self.bench.world.secrets().field("clientId")),
            "b2b-token" => self.b2b_token().await,
            other => Err(format!("{other} is not known")),
        }
    }

    /// A payment, a refund or an invoice number.
    async fn money(&mut self, kind: &str, number: &str) -> Result<String, String> {
        match kind {
            "otp-payment" => {
                let binding = self.get("payer").await?;
                Ok(word(&self.charged(&binding).await?, "paymentId"))
            }
            "paid-payment" => {
                let binding = self.get("payer").await?;
                self.paid(&binding).await
            }
            "strangers-payment" => {
                let binding = self.get("payer-stranger").await?;
                self.paid(&binding).await
            }
            "page-payment" => Ok(word(&self.page("SALE").await?, "paymentId")),
            "authorized-payment" => self.card("AUTHORIZE", "authorized").await,
            "card-payment" => self.card("SALE", "paid").await,
            "known-invoice" => {
                let id = self.get("otp-payment").await?;
                let payment = self.read(&format!("/v1/payments/{id}")).await?;
                Ok(word(&payment, "invoiceNumber"))
            }
            "refunded-payment" | "refund" => {
                let binding = self.get("payer").await?;
                let payment = self.paid(&binding).await?;
                let path = format!("/v1/payments/{payment}/refunds");
                let part = json!({"amount": idr("1000.00")});
                self.post(&path, &part).await?;
                let refund = word(&self.post(&path, &part).await?, "refundId");
                self.pair(
                    number,
                    ["refunded-payment", "refund"],
                    [payment, refund],
                    kind,
                )
            }
            other => Err(format!("{other} is not known")),
        }
    }

    /// The cursor of a list's second page.
    async fn cursor_of(&mut self, list: &str) -> Result<String, String> {
        let customer = self.get("customer").await?;
        let list = match list {
            "bindings" => {
                self.get("active-binding").await?;
                self.get("pending-binding").await?;
                format!("/v1/customers/{customer}/bindings?")
            }
            "payments" => {
                self.get("otp-payment").await?;
                self.get("otp-payment.1").await?;
                format!("/v1/payments?customerId={customer}&")
            }
            "events" => format!("/v1/payments/{}/events?", self.get("paid-payment").await?),
            "refunds" => format!(
                "/v1/payments/{}/refunds?",
                self.get("refunded-payment").await?
            ),
            _ => {
                self.get("subscription").await?;
                self.get("subscription.1").await?;
                format!("/v1/subscriptions?customerId={customer}&")
            }
        };
        let page = self.read(&format!("{list}limit=1")).await?;
        let cursor = page["nextCursor"].as_str().map(str::to_owned);
        cursor.ok_or_else(|| format!("{list} has one page"))
    }

    /// A token that DOKU has for the customer.
    async fn token_of(&mut self, path: &str) -> Result<String, String> {
        let customer = self.get("customer").await?;
        let saved = self
            .bench
            .order(path, &json!({"customerId": customer}))
            .await?;
        Ok(word(&saved, "tokenId"))
    }

    fn pair(
        &mut self,
        number: &str,
        names: [&str; 2],
        values: [String; 2],
        wanted: &str,
    ) -> Result<String, String> {
        let dot = if number.is_empty() { "" } else { "." };
        for (name, value) in names.into_iter().zip(values) {
            self.made.insert(format!("{name}{dot}{number}"), value);
        }
        let name = format!("{wanted}{dot}{number}");
        self.made.get(&name).cloned().ok_or(name)
    }

    async fn post(&mut self, path: &str, body: &Value) -> Result<Value, String> {
        let key = self.fresh("scene");
        let headers = [
            ("content-type".to_owned(), b"application/json".to_vec()),
            ("idempotency-key".to_owned(), key.into_bytes()),
        ];
        let text = body.to_string();
        let answer = self
            .bench
            .call(Some(merchant()), "POST", path, &headers, text.as_bytes())
            .await?;
        if matches!(answer.status, 200 | 201) {
            Ok(answer.body())
        } else {
            Err(format!(
                "POST {path} {body}: {} {}",
                answer.status, answer.text
            ))
        }
    }

    async fn read(&self, path: &str) -> Result<Value, String> {
        let answer = self
            .bench
            .call(Some(merchant()), "GET", path, &[], b"")
            .await?;
        match answer.status {
            200 => Ok(answer.body()),
            status => Err(format!("GET {path}: {status} {}", answer.text)),
        }
    }

    async fn becomes(&self, path: &str, status: &str) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        loop {
            let now = self.read(path).await?;
            if now["status"] == status {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("{path} is not {status}: {now}"));
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    async fn link(&mut self, channel: &str, owner: &str) -> Result<Value, String> {
        let customer = self.get(owner).await?;
        let body = json!({
            "customer": {"id": customer, "name": "Siti Aminah", "phone": "6281234567890"},
            "channel": channel,
            "relink": true,
            "returnUrl": "https://shop.example/linked",
        });
        self.post("/v1/bindings", &body).await
    }

    async fn waits_for_otp(&mut self) -> Result<String, String> {
        if self.bench.deployment == Deployment::Usual {
            return self.get("pending-binding").await;
        }
        let customer = self.get("customer").await?;
        self.count += 1;
        // Wrong OTPs are counted by card.
        let last_four = format!("{:04}", self.count);
        let body = json!({
            "customer": {"id": customer, "phone": "6281234567890"},
            "channel": "DIRECT_DEBIT_BRI_SNAP",
            "card": {"lastFour": last_four, "type": "debit", "expiry": "1228", "identification": {"type": "01", "number": "3171000000000001"}},
            "device": {"id": "0123456789abcdef"},
            "relink": true,
            "returnUrl": "https://shop.example/linked",
        });
        let binding = self.post("/v1/bindings", &body).await?;
        Ok(binding["bindingId"].as_str().unwrap_or_default().to_owned())
    }

    /// A binding that the customer agreed to, and where DOKU's page sends the browser.
    async fn agreed(&mut self, channel: &str, owner: &str) -> Result<(String, String), String> {
        let binding = self.link(channel, owner).await?;
        let page = binding["nextAction"]["url"].as_str().unwrap_or_default();
        let code = page.rsplit('/').next().unwrap_or_default();
        let decided = self
            .bench
            .order(&format!("bindings/{code}/approve"), &json!({}))
            .await?;
        let address = decided["redirect"].as_str().unwrap_or_default().to_owned();
        let id = binding["bindingId"].as_str().unwrap_or_default().to_owned();
        Ok((id, address))
    }

    async fn came_back(&mut self) -> Result<(String, String), String> {
        self.agreed("DIRECT_DEBIT_CIMB_SNAP", "customer").await
    }

    /// The browser goes to an address of ours; gives where it is sent on to.
    async fn visit(&self, address: &str) -> Result<String, String> {
        let target = address
            .strip_prefix(self.bench.world.base_url())
            .unwrap_or(address);
        let answer = self.bench.call(None, "GET", target, &[], b"").await?;
        let on = answer.header("location").map(str::to_owned);
        on.ok_or_else(|| format!("{target}: {} {}", answer.status, answer.text))
    }

    async fn linked(&mut self, channel: &str, owner: &str) -> Result<String, String> {
        let (id, address) = self.agreed(channel, owner).await?;
        let code = parameter(&self.visit(&address).await?, "returnCode");
        if !code.is_empty() {
            let path = format!("/v1/bindings/{id}/confirm");
            self.post(&path, &json!({"returnCode": code})).await?;
        }
        self.becomes(&format!("/v1/bindings/{id}"), "active")
            .await?;
        Ok(id)
    }

    async fn charged(&mut self, binding: &str) -> Result<Value, String> {
        let body = json!({
            "invoiceNumber": self.fresh("SCENE"),
            "amount": idr("10000.00"),
            "method": {"type": "direct_debit", "bindingId": binding},
            "returnUrl": "https://shop.example/paid",
        });
        self.post("/v1/payments", &body).await
    }

    async fn paid(&mut self, binding: &str) -> Result<String, String> {
        let payment = self.charged(binding).await?;
        let id = payment["paymentId"].as_str().unwrap_or_default().to_owned();
        let otp = json!({"otp": RIGHT_OTP});
        self.post(&format!("/v1/payments/{id}/otp"), &otp).await?;
        self.becomes(&format!("/v1/payments/{id}"), "paid").await?;
        Ok(id)
    }

    async fn page(&mut self, kind: &str) -> Result<Value, String> {
        let customer = self.get("customer").await?;
        let body = json!({
            "invoiceNumber": self.fresh("CARD"),
            "amount": idr("90000.00"),
            "customer": {"id": customer, "email": "siti@example.com"},
            "method": {"type": "card", "paymentType": kind},
            "returnUrl": "https://shop.example/paid",
        });
        self.post("/v1/payments", &body).await
    }

    async fn card(&mut self, kind: &str, status: &str) -> Result<String, String> {
        let payment = self.page(kind).await?;
        let order = json!({"invoiceNumber": payment["invoiceNumber"], "card": "approve"});
        self.bench.order("cards/pay", &order).await?;
        let id = payment["paymentId"].as_str().unwrap_or_default().to_owned();
        self.becomes(&format!("/v1/payments/{id}"), status).await?;
        Ok(id)
    }

    async fn standing_order(&mut self) -> Result<Value, String> {
        let customer = self.get("customer").await?;
        let binding = self.get("payer-wallet").await?;
        Ok(json!({
            "customerId": customer,
            "amount": idr("10000.00"),
            "method": {"type": "direct_debit", "bindingId": binding},
            "interval": {"unit": "month"},
            "startDate": "2096-01-31",
        }))
    }

    /// A token that DOKU asked us for.
    async fn b2b_token(&mut self) -> Result<String, String> {
        let reference = json!({"partnerReferenceNo": "ANY"});
        let built = self.bench.order("notifications/build", &reference).await?;
        let headers = built["headers"].as_object();
        let mut authorization = headers.into_iter().flatten();
        let found = authorization.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let token = found.and_then(|(_, value)| value.as_str()?.strip_prefix("Bearer "));
        token.map(str::to_owned).ok_or_else(|| built.to_string())
    }
}

/// What a scene can provide.
pub const KINDS: [&str; 34] = [
    "active-binding",
    "authorized-payment",
    "b2b-token",
    "bri-token",
    "card-payment",
    "card-token",
    "client-id",
    "confirm-binding",
    "cursor-of-bindings",
    "cursor-of-events",
    "cursor-of-payments",
    "cursor-of-refunds",
    "cursor-of-subscriptions",
    "customer",
    "known-invoice",
    "new-invoice",
    "new-key",
    "now",
    "otp-binding",
    "otp-payment",
    "page-payment",
    "paid-payment",
    "pending-binding",
    "refund",
    "refunded-payment",
    "return-binding",
    "return-code",
    "return-state",
    "soon",
    "stranger",
    "strangers-binding",
    "strangers-payment",
    "subscription",
    "wallet-binding",
];

fn word(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn idr(value: &str) -> Value {
    json!({"value": value, "currency": "IDR"})
}

fn now() -> doku_shared::clock::Timestamp {
    doku_shared::clock::Clock::system().now()
}

/// A parameter of an address's query; empty where it has none.
fn parameter(address: &str, name: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(own, _)| *own == name);
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}
