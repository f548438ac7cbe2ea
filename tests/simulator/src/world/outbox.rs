//! What DOKU has to tell the merchant, and how each delivery went.

use std::time::Duration;

use doku_shared::clock::Timestamp;
use serde::Serialize;

/// One event to tell the merchant about.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The merchant's reference of the payment.
    pub partner_reference_no: String,
    /// DOKU's reference of the payment.
    pub reference_no: String,
    /// `X-EXTERNAL-ID` of the payment.
    pub external_id: String,
    /// `latestTransactionStatus`.
    pub status: String,
    /// `transactionStatusDesc`.
    pub description: String,
    /// The amount's text.
    pub amount: String,
    /// The currency.
    pub currency: String,
    /// `additionalInfo.channelId`.
    pub channel: String,
    /// `additionalInfo.acquirerId`.
    pub acquirer: String,
    /// `additionalInfo.accountType`.
    pub account_type: String,
    /// `additionalInfo.custIdMerchant`.
    pub cust_id: String,
    /// `additionalInfo.partnerRefundNo`, of refunds.
    pub partner_refund_no: Option<String>,
}

/// DOKU's retries, counted from the first attempt: 30 minutes, 6 hours, 12 hours.
const RETRY_AFTER: [Duration; 3] = [
    Duration::from_mins(30),
    Duration::from_hours(6),
    Duration::from_hours(12),
];

/// A notice on its way: which attempt comes next, and when the first one was.
#[derive(Debug, Clone)]
pub struct Errand {
    /// What to tell.
    pub notice: Notice,
    /// 1 for the first delivery.
    pub attempt: u32,
    /// When the first attempt was made.
    pub first_at: Timestamp,
}

impl Errand {
    /// The next attempt and when it is due; none after the last.
    pub fn retry(&self) -> Option<(Self, Timestamp)> {
        let after = RETRY_AFTER.get(usize::try_from(self.attempt).ok()?.checked_sub(1)?)?;
        let next = Self {
            attempt: self.attempt + 1,
            ..self.clone()
        };
        Some((next, self.first_at.plus(*after)))
    }
}

/// Why an errand waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Until released.
    Held,
    /// Until a later one has been delivered.
    Reordered,
    /// Until that moment.
    Due(Timestamp),
}

/// One delivery attempt.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// The merchant's reference.
    pub partner_reference_no: String,
    /// What was told.
    pub latest_transaction_status: String,
    /// 1 for the first delivery; copies of a duplicate share their number.
    pub attempt: u32,
    /// The merchant's answer; none when there was none.
    pub http_status: Option<u16>,
    /// `delivered`, `refused`, `unreachable`, `lost`, `no_token` or `no_merchant_url`.
    pub outcome: &'static str,
    /// When.
    pub at: String,
}

/// Everything outbound.
#[derive(Debug, Default)]
pub struct Outbox {
    /// Not yet on its way.
    pub fresh: Vec<Notice>,
    /// Waiting.
    pub waiting: Vec<(Errand, Waits)>,
    /// Done, oldest first.
    pub deliveries: Vec<Delivery>,
    /// Errands on their way now.
    pub in_flight: usize,
}

impl Outbox {
    /// Takes out the errands that wait for a reason that `applies`.
    pub fn take(&mut self, applies: impl Fn(Waits) -> bool) -> Vec<Errand> {
        let all = std::mem::take(&mut self.waiting);
        let (taken, left) = all.into_iter().partition(|(_, waits)| applies(*waits));
        self.waiting = left;
        taken.into_iter().map(|(errand, _)| errand).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_retries_counted_from_the_first_attempt() {
        let notice = Notice {
            partner_reference_no: String::new(),
            reference_no: String::new(),
            external_id: String::new(),
            status: String::new(),
            description: String::new(),
            amount: String::new(),
            currency: String::new(),
            channel: String::new(),
            acquirer: String::new(),
            account_type: String::new(),
            cust_id: String::new(),
            partner_refund_no: None,
        };
        let first_at = Timestamp::from_millis(1_800_000_000_000);
        let mut errand = Errand {
            notice,
            attempt: 1,
            first_at,
        };
        for minutes in [30, 360, 720] {
            let (next, due) = errand.retry().unwrap();
            assert_eq!(due, first_at.plus(Duration::from_mins(minutes)));
            errand = next;
        }
        assert_eq!(errand.attempt, 4);
        assert!(errand.retry().is_none());
    }
}
