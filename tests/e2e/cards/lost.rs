//! A request of ours about a card whose answer gets lost, and the same request again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::AMOUNT;
use crate::support::{A_MINUTE, Answer, Payment, Shop, capture_body, fresh, idr};

/// DOKU gets one second here, our own work the rest.
const DEADLINE: Duration = Duration::from_secs(10);

/// A request whose answer gets lost.
pub struct Lost<'s> {
    pub shop: &'s Shop,
    pub operation: &'static str,
    pub path: String,
    pub body: Value,
    pub key: String,
}

impl<'s> Lost<'s> {
    fn new(shop: &'s Shop, operation: &'static str, path: &str, body: Value) -> Self {
        Self {
            shop,
            operation,
            path: path.to_owned(),
            body,
            key: fresh("lost"),
        }
    }

    pub fn page(shop: &'s Shop) -> Self {
        let body = shop.card_body_of("SALE", AMOUNT);
        Self::new(shop, "payment_page", "/v1/payments", body)
    }

    pub fn capture(shop: &'s Shop, payment: &Payment) -> Self {
        let path = format!("/v1/payments/{}/capture", payment.id);
        Self::new(shop, "capture", &path, capture_body(Some(60_000)))
    }

    pub fn refund(shop: &'s Shop, payment: &Payment) -> Self {
        let path = format!("/v1/payments/{}/refunds", payment.id);
        let body = json!({"amount": idr(40_000)});
        Self::new(shop, "card_refund", &path, body)
    }

    pub async fn send(&self) -> Answer {
        self.shop
            .merchant
            .post_with(&self.key, &self.path, &self.body)
            .await
    }

    /// Sends it while the answer gets lost that way: 202, in time, and 202 again when it is repeated
    /// at once, without DOKU being bothered.
    pub async fn is_lost(&self, kind: &str) -> Answer {
        self.shop.doku.forget_calls().await;
        self.shop.doku.goes_wrong(self.operation, kind).await;
        let began = Instant::now();
        let answer = self.send().await;
        assert!(began.elapsed() < DEADLINE, "{kind}: {:?}", began.elapsed());
        let again = self.send().await;
        for answer in [&answer, &again] {
            assert_eq!(answer.status, 202, "{kind}: {}", answer.text);
            assert!(answer.retry_after().is_some_and(|seconds| seconds > 0));
            assert!(!answer.is_replayed());
            assert_eq!(answer.body["failure"], Value::Null, "{kind}");
        }
        assert_eq!(self.shop.doku.called(self.operation).await, 1, "{kind}");
        answer
    }

    /// Repeats it after a minute. DOKU sees the same `Request-Id` again.
    pub async fn is_repeated(&self, kind: &str, accepted: bool) -> Answer {
        self.shop.doku.time_passes(A_MINUTE).await;
        let answer = self.send().await;
        let calls = self.shop.doku.calls(self.operation).await;
        assert_eq!(calls.len(), 2, "{kind}: {calls:?}");
        assert_eq!(calls[0]["requestId"], calls[1]["requestId"], "{kind}");
        let code = if accepted { "REPEATED" } else { "SUCCESS" };
        assert_eq!(calls[1]["responseCode"], code, "{kind}");
        let replayed = self.send().await;
        assert!(replayed.is_replayed(), "{kind}: {}", replayed.text);
        assert_eq!(self.shop.doku.called(self.operation).await, 2, "{kind}");
        answer
    }
}
