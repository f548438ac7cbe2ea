//! A call of DOKU's, ready to be sent or to be altered first.

use reqwest::Client;
use serde_json::Value;

use super::signer::{Lines, minified, symmetric};
use super::{Answer, Shop};

/// A call of DOKU's as it goes over the wire.
#[derive(Debug, Clone)]
pub struct Message {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Message {
    /// A notification of a direct debit that the simulator has signed and not sent.
    pub async fn signed(shop: &Shop, order: &Value) -> Self {
        Self::built(shop, "notifications/build", order).await
    }

    /// The same of a card.
    pub async fn of_card(shop: &Shop, order: &Value) -> Self {
        Self::built(shop, "cards/notifications/build", order).await
    }

    async fn built(shop: &Shop, path: &str, order: &Value) -> Self {
        let built = shop.doku.order(path, order.clone()).await;
        let headers = built["headers"].as_object().unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self {
            path: text(&built["path"]),
            headers: headers.iter().map(|(n, v)| (n.clone(), text(v))).collect(),
            body: text(&built["body"]),
        }
    }

    /// A call of the SNAP family with any body, signed as DOKU signs.
    pub async fn snap_of(shop: &Shop, body: &str) -> Self {
        let any = serde_json::json!({"partnerReferenceNo": "ANY"});
        let message = Self::signed(shop, &any).await;
        message.resigned(shop, body)
    }

    /// The same of the older family.
    pub async fn non_snap_of(shop: &Shop, body: &str) -> Self {
        let any = serde_json::json!({"invoiceNumber": "ANY"});
        let message = Self::of_card(shop, &any).await;
        message.resigned(shop, body)
    }

    /// The same call with another body, signed anew with the headers as they are.
    pub fn resigned(self, shop: &Shop, body: &str) -> Self {
        let secret = shop.world.secrets().field("secretKey");
        let body = body.to_owned();
        let is_snap = self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("x-signature"));
        if is_snap {
            let authorization = self.header("authorization");
            let token = authorization
                .rsplit(' ')
                .next()
                .unwrap_or_default()
                .to_owned();
            let stamp = self.header("x-timestamp").to_owned();
            let signature = symmetric(&secret, &self.path, &token, &minified(&body), &stamp);
            return Self { body, ..self }.with("x-signature", signature);
        }
        let signature = Lines {
            stamp: "Request-Timestamp",
            client_id: self.header("Client-Id"),
            request_id: self.header("Request-Id"),
            timestamp: self.header("Request-Timestamp"),
            path: &self.path,
            body: body.as_bytes(),
        }
        .sign(&secret);
        Self { body, ..self }.with("Signature", signature)
    }

    pub fn header(&self, name: &str) -> &str {
        let found = self
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        &found.unwrap().1
    }

    /// The bearer of a direct debit's notification.
    pub fn token(&self) -> &str {
        self.header("authorization")
            .strip_prefix("Bearer ")
            .unwrap()
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self = self.without(name);
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self
    }

    pub async fn send(&self, http: &Client, base_url: &str) -> Answer {
        let mut request = http.post(format!("{base_url}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Answer::read(request.body(self.body.clone()).send().await.unwrap()).await
    }

    pub async fn to(&self, shop: &Shop) -> Answer {
        self.send(&shop.http, shop.world.base_url()).await
    }
}
