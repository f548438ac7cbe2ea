//! Banks that refuse.

use serde_json::{Value, json};

use super::Doku;

impl Doku {
    /// The bank refuses the next so many debits of a customer, at every channel and by every token,
    /// for want of money; the one after them is paid. It replaces the order before it, so that 0
    /// takes that back.
    pub async fn declines(&self, customer: &str, times: u32) {
        self.declines_so(json!({"custIdMerchant": customer, "times": times}))
            .await;
    }

    /// The same, with everything said: `custIdMerchant`, with `channel` if only there, or
    /// `tokenId`; `times` (left out: until taken back); and a `reason`, which is one of
    /// `insufficient_funds`, `do_not_honour`, `over_the_limit`, `card_blocked`, `card_expired` and
    /// `inactive_account`.
    pub async fn declines_so(&self, order: Value) {
        self.order("declines", order).await;
    }
}
