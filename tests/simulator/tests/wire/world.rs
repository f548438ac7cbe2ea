//! One simulator, the merchant it notifies, and the client that calls it.

use std::sync::LazyLock;
use std::time::Duration;

use doku_shared::signing::asymmetric::SigningKey;
use doku_simulator::keys::{self, PemPair};
use doku_simulator::{Config, Simulator};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::merchant::Merchant;

pub const CLIENT_ID: &str = "BRN-0000-TESTONLY00001";
pub const SECRET: &str = "SK-TESTONLY-0123456789abcdef";

static MERCHANT_KEYS: LazyLock<PemPair> = LazyLock::new(|| keys::generate().unwrap());
static DOKU_KEYS: LazyLock<PemPair> = LazyLock::new(|| keys::generate().unwrap());

pub struct World {
    pub simulator: Simulator,
    pub merchant: Merchant,
    pub merchant_key: SigningKey,
    pub http: reqwest::Client,
    pub b2b: String,
    /// How far the simulator's clock was moved.
    pub advanced: Duration,
}

impl World {
    /// A simulator with a merchant behind it and a B2B token minted.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same where DOKU reads its documents strictly, and demands what any of its libraries does. Null
    /// still counts as absent: that is how tests leave members out.
    pub async fn start_strict() -> Self {
        let world = Self::start().await;
        let switches = json!({
            "cardRegistrationAnswersTokens": true,
            "tokenTimesInUtcOnly": true,
            "customerTokenWithScheme": true,
            "bearerAsWritten": true,
            "signatureOfBodyAsSent": true,
            "demandsOfLibraries": true,
        });
        world.admin("/admin/settings", &switches).await;
        world
    }

    /// The same, configured further.
    pub async fn start_with(configure: impl FnOnce(&mut Config)) -> Self {
        let merchant = Merchant::start(&DOKU_KEYS.public).await;
        let mut config = Config::new(CLIENT_ID, SECRET, &MERCHANT_KEYS.public, &DOKU_KEYS.private);
        config.merchant_base_url = Some(merchant.base_url.clone());
        configure(&mut config);
        let simulator = Simulator::start(config).await.unwrap();
        let merchant_key =
            SigningKey::from_pem(&SecretString::from(MERCHANT_KEYS.private.clone())).unwrap();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let mut world = Self {
            simulator,
            merchant,
            merchant_key,
            http,
            b2b: String::new(),
            advanced: Duration::ZERO,
        };
        world.mint_b2b().await;
        world
    }

    pub fn base(&self) -> &str {
        self.simulator.base_url()
    }

    pub async fn admin(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.try_admin(path, body).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub async fn try_admin(&self, path: &str, body: &Value) -> (u16, Value) {
        let url = format!("{}{path}", self.base());
        let response = self
            .http
            .post(url)
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        )
    }

    pub async fn look(&self, path: &str) -> Value {
        let text = self
            .http
            .get(format!("{}{path}", self.base()))
            .send()
            .await
            .unwrap();
        serde_json::from_str(&text.text().await.unwrap()).unwrap()
    }

    pub async fn ledger(&self) -> Value {
        self.look("/admin/ledger").await
    }

    pub async fn fault(&self, fault: Value) {
        self.admin("/admin/faults", &fault).await;
    }

    pub async fn advance(&mut self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap();
        self.admin("/admin/clock", &json!({"advanceMs": millis}))
            .await;
        self.advanced += by;
    }

    /// Waits until that many delivery attempts have been made.
    pub async fn deliveries(&self, count: usize) -> Vec<Value> {
        for _ in 0..400 {
            let deliveries = self.look("/admin/notifications").await;
            let deliveries = deliveries.as_array().unwrap();
            if deliveries.len() >= count {
                return deliveries.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("fewer than {count} deliveries");
    }
}
