//! A call of DOKU's, ready to be sent or to be altered first.

use reqwest::Client;
use serde_json::Value;

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
