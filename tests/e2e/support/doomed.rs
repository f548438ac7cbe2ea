//! A request whose function dies on the way.

use std::time::Duration;

use serde_json::Value;

use super::{Answer, Shop, eventually};

/// Longer than any lease and than DOKU's sixty seconds before it may be asked.
pub const A_MINUTE: Duration = Duration::from_secs(61);

/// What is sent, by which function, and under which key.
pub struct Doomed<'s> {
    pub shop: &'s Shop,
    pub function: &'static str,
    pub path: String,
    pub body: Value,
    pub key: &'static str,
}

impl Doomed<'_> {
    pub async fn send(&self) -> Answer {
        self.shop
            .merchant
            .post_with(self.key, &self.path, &self.body)
            .await
    }

    /// Sends it and kills the function once DOKU got a call of `operation`, which must hang.
    pub async fn dies_during(&self, operation: &str) {
        let calls = self.shop.doku.calls(operation).await.len();
        let killer = async {
            self.shop.doku.was_called(operation, calls + 1).await;
            eventually("the function being at work", async || {
                (self.shop.world.kill_busy(self.function).await == 1).then_some(())
            })
            .await;
        };
        let (answer, ()) = tokio::join!(self.send(), killer);
        answer.expect(500);
    }

    /// Sends it again at once, when nobody can know yet whether the first one is dead, and again
    /// after a minute.
    pub async fn is_repeated(&self) -> Answer {
        let early = self.send().await;
        early.expect_problem(409, "in_progress");
        assert!(early.retry_after().is_some_and(|seconds| seconds > 0));
        self.shop.doku.recovers().await;
        self.shop.doku.time_passes(A_MINUTE).await;
        self.send().await
    }
}
