//! The way to the merchant: its token endpoint and its notification endpoint.

use std::sync::Arc;
use std::time::Duration;

use doku_shared::clock::Timestamp;
use doku_shared::signing::asymmetric;
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};
use url::Url;

use super::message::{self, Signed};
use crate::shared::Shared;
use crate::world::World;
use crate::world::outbox::Notice;

/// DOKU names no limit for an answer; a merchant's plugin that sleeps 20 s before it answers
/// works, so this is longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How many deliveries may be on the wire at once.
const AT_ONCE: usize = 64;

/// Why nothing could be delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nobody said where the merchant is.
    #[error("the merchant's address is not known; POST /admin/merchant says it")]
    NoMerchantUrl,
    /// The token endpoint gave no token.
    #[error("the merchant's token endpoint gave no token: {0}")]
    NoToken(String),
    /// No answer at all.
    #[error("the merchant did not answer: {0}")]
    Unreachable(String),
}

impl Trouble {
    /// One word for the list of deliveries.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::NoMerchantUrl => "no_merchant_url",
            Self::NoToken(_) => "no_token",
            Self::Unreachable(_) => "unreachable",
        }
    }
}

/// What the merchant answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body as text.
    pub body: String,
}

impl Reply {
    /// Whether the notification counts as delivered.
    pub const fn is_taken(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether it was refused because of its token: 401 with case 01 or 03.
    fn refuses_token(&self) -> bool {
        let body: Value = serde_json::from_str(&self.body).unwrap_or(Value::Null);
        let code = body["responseCode"].as_str().unwrap_or_default();
        self.status == 401 && (code.ends_with("01") || code.ends_with("03"))
    }
}

/// The HTTP client towards the merchant and the token it was given.
pub struct MerchantLink {
    http: Client,
    notification_path: String,
    card_notification_path: String,
    token_path: String,
    token: Mutex<Option<(String, Timestamp)>>,
    slots: Arc<Semaphore>,
}

impl MerchantLink {
    /// A link with no token yet; the error is that of the HTTP client.
    pub fn new(
        notification_path: String,
        card_notification_path: String,
        token_path: String,
    ) -> reqwest::Result<Self> {
        // Another part of the process may have chosen the TLS provider already: then that one is
        // used, and the refusal here means nothing.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let http = Client::builder()
            .timeout(ANSWER_WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            http,
            notification_path,
            card_notification_path,
            token_path,
            token: Mutex::new(None),
            slots: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// The address registered for card notifications; none while nobody said where the merchant
    /// is.
    pub fn card_address(&self, world: &World) -> Option<Url> {
        under(
            world.merchant_base_url.as_deref()?,
            &self.card_notification_path,
        )
    }

    /// Forgets the token, e.g. because the merchant moved.
    pub async fn forget_token(&self) {
        *self.token.lock().await = None;
    }
}

/// Signs a notification; one of a direct debit with the cached token, or a new one.
pub async fn sign(shared: &Shared, notice: &Notice) -> Result<Signed, Trouble> {
    match notice {
        Notice::Debit(notice) => {
            let url = address(shared, &shared.merchant.notification_path)?;
            let token = token(shared).await?;
            Ok(message::sign_debit(shared, notice, url, &token))
        }
        Notice::Order(notice) => {
            let url = match &notice.url {
                Some(url) => Url::parse(url).map_err(|_| Trouble::NoMerchantUrl)?,
                None => address(shared, &shared.merchant.card_notification_path)?,
            };
            Ok(message::sign_order(shared, notice, url))
        }
    }
}

/// Sends what was signed, as it is.
pub async fn send(shared: &Shared, signed: &Signed) -> Result<Reply, Trouble> {
    // The semaphore is never closed, so there is always a permit in the end.
    let _slot = shared.merchant.slots.acquire().await;
    let mut request = shared
        .merchant
        .http
        .post(signed.url.clone())
        .body(signed.body.clone());
    for (name, value) in &signed.headers.0 {
        request = request.header(*name, value);
    }
    answer(request).await
}

/// Signs and sends; a token that is refused is replaced once.
pub async fn deliver(shared: &Shared, notice: &Notice) -> Result<(Signed, Reply), Trouble> {
    let signed = sign(shared, notice).await?;
    let reply = send(shared, &signed).await?;
    if matches!(notice, Notice::Order(_)) || !reply.refuses_token() {
        return Ok((signed, reply));
    }
    shared.merchant.forget_token().await;
    let signed = sign(shared, notice).await?;
    let reply = send(shared, &signed).await?;
    Ok((signed, reply))
}

/// The cached token while it lives. The lock is held over the request, so that many deliveries
/// at once ask for one token.
async fn token(shared: &Shared) -> Result<String, Trouble> {
    let mut cached = shared.merchant.token.lock().await;
    let now = shared.clock.now();
    if let Some((token, expires_at)) = &*cached
        && now < *expires_at
    {
        return Ok(token.clone());
    }
    let url = address(shared, &shared.merchant.token_path)?;
    let timestamp = now.rfc3339();
    let text = asymmetric::token_string(&shared.identity.client_id, &timestamp);
    let signature = shared
        .identity
        .doku_key
        .sign(&text)
        .map_err(|error| Trouble::NoToken(error.to_string()))?;
    let request = shared
        .merchant
        .http
        .post(url)
        .header("Content-Type", "application/json")
        .header("X-CLIENT-KEY", &shared.identity.client_id)
        .header("X-TIMESTAMP", timestamp)
        .header("X-SIGNATURE", signature)
        .body(r#"{"grantType":"client_credentials"}"#);
    let reply = answer(request).await?;
    let (token, life) = read_token(&reply)?;
    *cached = Some((token.clone(), now.plus(life)));
    Ok(token)
}

fn read_token(reply: &Reply) -> Result<(String, Duration), Trouble> {
    let refused = |what: &str| Trouble::NoToken(format!("HTTP {}, {what}", reply.status));
    if !reply.is_taken() {
        return Err(refused("refused"));
    }
    let body: Value = serde_json::from_str(&reply.body).map_err(|_| refused("no JSON"))?;
    if body["responseCode"] != "2007300" {
        return Err(refused("responseCode is not 2007300"));
    }
    let token = body["accessToken"]
        .as_str()
        .filter(|token| !token.is_empty());
    let token = token.ok_or_else(|| refused("no accessToken"))?;
    // A number in most of DOKU's models, text in one.
    let life = &body["expiresIn"];
    let seconds = life.as_u64().or_else(|| life.as_str()?.parse().ok());
    let seconds = seconds.ok_or_else(|| refused("no expiresIn"))?;
    Ok((token.to_owned(), Duration::from_secs(seconds)))
}

fn address(shared: &Shared, path: &str) -> Result<Url, Trouble> {
    let base = shared
        .world()
        .merchant_base_url
        .clone()
        .ok_or(Trouble::NoMerchantUrl)?;
    under(&base, path).ok_or(Trouble::NoMerchantUrl)
}

fn under(base: &str, path: &str) -> Option<Url> {
    Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).ok()
}

async fn answer(request: RequestBuilder) -> Result<Reply, Trouble> {
    let unreachable = |error: reqwest::Error| Trouble::Unreachable(error.to_string());
    let response = request.send().await.map_err(unreachable)?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(unreachable)?;
    Ok(Reply { status, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply {
            status,
            body: body.to_owned(),
        }
    }

    #[test]
    fn the_merchants_token_answer() {
        let table = [
            (
                "number",
                200,
                r#"{"responseCode":"2007300","accessToken":"t","expiresIn":900}"#,
                Some(900),
            ),
            (
                "text",
                200,
                r#"{"responseCode":"2007300","accessToken":"t","expiresIn":"60"}"#,
                Some(60),
            ),
            ("refused", 401, r#"{"responseCode":"4017300"}"#, None),
            (
                "other code",
                200,
                r#"{"responseCode":"2005600","accessToken":"t","expiresIn":900}"#,
                None,
            ),
            (
                "no token",
                200,
                r#"{"responseCode":"2007300","expiresIn":900}"#,
                None,
            ),
            ("a page", 200, "<html>", None),
        ];
        for (why, status, body, seconds) in table {
            let life = read_token(&reply(status, body))
                .ok()
                .map(|(_, life)| life.as_secs());
            assert_eq!(life, seconds, "{why}");
        }
    }

    #[test]
    fn only_a_refused_token_is_replaced() {
        assert!(reply(401, r#"{"responseCode":"4015601"}"#).refuses_token());
        assert!(!reply(401, r#"{"responseCode":"4015600"}"#).refuses_token());
        assert!(!reply(400, r#"{"responseCode":"4005601"}"#).refuses_token());
        assert!(!reply(401, "").refuses_token());
    }
}
