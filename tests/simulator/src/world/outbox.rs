//! What DOKU has to tell the merchant, and how each delivery went.

use std::time::Duration;

use doku_shared::clock::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::channel::Items;

/// One event to tell the merchant about.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Of a direct debit, in the words of SNAP.
    Debit(DebitNotice),
    /// Of an order, in the non-SNAP family.
    Order(OrderNotice),
}

impl Notice {
    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Debit(notice) => Subject {
                partner_reference_no: Some(notice.partner_reference_no.clone()),
                channel: Some(notice.channel.clone()),
                latest_transaction_status: Some(notice.status.clone()),
                refund_no: notice.refund_no.clone(),
                ..Subject::default()
            },
            Self::Order(notice) => notice.subject.clone(),
        }
    }
}

/// What a notice is about: the first three of a direct debit, the others of an order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// The merchant's reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_reference_no: Option<String>,
    /// The channel's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// `latestTransactionStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_transaction_status: Option<String>,
    /// `order.invoice_number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoice_number: Option<String>,
    /// `transaction.type`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// `transaction.status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// `Request-Id` of the call that it tells the outcome of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// DOKU's number of a refund that its staff made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_no: Option<String>,
}

impl Subject {
    /// Whether every part that `wanted` names is the same here.
    pub fn fits(&self, wanted: &Self) -> bool {
        let same =
            |wanted: &Option<String>, here: &Option<String>| wanted.is_none() || wanted == here;
        same(&wanted.partner_reference_no, &self.partner_reference_no)
            && same(&wanted.channel, &self.channel)
            && same(
                &wanted.latest_transaction_status,
                &self.latest_transaction_status,
            )
            && same(&wanted.invoice_number, &self.invoice_number)
            && same(&wanted.kind, &self.kind)
            && same(&wanted.status, &self.status)
            && same(&wanted.request_id, &self.request_id)
    }
}

/// An event of an order: a card, or one of BRI's recurring charges.
#[derive(Debug, Clone)]
pub struct OrderNotice {
    /// What it is about.
    pub subject: Subject,
    /// The whole body.
    pub body: Value,
    /// Where it goes instead of the registered address.
    pub url: Option<String>,
    /// `Request-Id` of every attempt; none takes a new one each time.
    pub request_id: Option<String>,
}

/// An event of a direct debit.
#[derive(Debug, Clone)]
pub struct DebitNotice {
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
    /// The channel's code.
    pub channel: String,
    /// The member of `additionalInfo` that holds it.
    pub channel_key: String,
    /// The items of the payment; null when it came without.
    pub line_items: Value,
    /// Where they stand.
    pub items: Items,
    /// `additionalInfo.acquirerId`.
    pub acquirer: String,
    /// `additionalInfo.accountType`.
    pub account_type: String,
    /// `additionalInfo.custIdMerchant`.
    pub cust_id: String,
    /// `additionalInfo.partnerRefundNo`, of refunds.
    pub partner_refund_no: Option<String>,
    /// `additionalInfo.refundNo`, of refunds that DOKU's staff made.
    pub refund_no: Option<String>,
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
    /// What was told.
    #[serde(flatten)]
    pub subject: Subject,
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
        self.take_some(usize::MAX, |_, waits| applies(waits))
    }

    /// Takes out the oldest errands to which `applies` holds, at most so many.
    pub fn take_some(
        &mut self,
        at_most: usize,
        applies: impl Fn(&Errand, Waits) -> bool,
    ) -> Vec<Errand> {
        let mut taken = Vec::new();
        let mut left = Vec::new();
        for (errand, waits) in std::mem::take(&mut self.waiting) {
            if taken.len() < at_most && applies(&errand, waits) {
                taken.push(errand);
            } else {
                left.push((errand, waits));
            }
        }
        self.waiting = left;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_retries_counted_from_the_first_attempt() {
        let notice = DebitNotice {
            partner_reference_no: String::new(),
            reference_no: String::new(),
            external_id: String::new(),
            status: String::new(),
            description: String::new(),
            amount: String::new(),
            currency: String::new(),
            channel: String::new(),
            channel_key: String::new(),
            line_items: Value::Null,
            items: Items::Nowhere,
            acquirer: String::new(),
            account_type: String::new(),
            cust_id: String::new(),
            partner_refund_no: None,
            refund_no: None,
        };
        let first_at = Timestamp::from_millis(1_800_000_000_000);
        let mut errand = Errand {
            notice: Notice::Debit(notice),
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
