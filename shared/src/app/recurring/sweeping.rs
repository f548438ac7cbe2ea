//! What is due, onto the queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::{App, AppError, Deadline};
use crate::domain::calendar::Date;
use crate::domain::ids::SubscriptionId;
use crate::queue::{Message, Queue};
use crate::signing::sha256_hex;
use crate::store::{Due, DueCharge, DueKind};
use crate::telemetry;

/// How much is read at a time: what the sweep holds in memory, however much is due.
const PAGE: usize = 100;

/// Kept back to finish a page that was begun.
const TO_FINISH: Duration = Duration::from_secs(5);

/// What a message on the queue says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueMessage {
    /// Whose.
    pub subscription: SubscriptionId,
    /// Which charge to look after; `None` for the period that is due.
    pub period: Option<Date>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    subscription_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<String>,
}

impl DueMessage {
    /// Reads a message's body; `None` for what no sweep wrote.
    pub fn parse(body: &str) -> Option<Self> {
        let body: Body = serde_json::from_str(body).ok()?;
        Some(Self {
            subscription: SubscriptionId::parse(&body.subscription_id).ok()?,
            period: body.period.as_deref().map(Date::parse).transpose().ok()?,
        })
    }
}

/// The message for what is due. Those of one subscription are handed out one after another; the same
/// one again, within five minutes, is not handed out again.
fn message(due: &DueCharge) -> Result<Message, AppError> {
    let group = due.subscription.to_string();
    let body = Body {
        subscription_id: group.clone(),
        period: due.period.map(|date| date.to_string()),
    };
    let body = serde_json::to_string(&body).map_err(|_| AppError::Internal("rendering"))?;
    let name = format!("{body}{}", due.due_at.millis());
    Ok(Message {
        group,
        deduplication: sha256_hex(name.as_bytes()),
        body,
    })
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SweptCharges {
    /// Messages that were put on the queue.
    pub queued: u32,
    /// False when time ran out before everything was looked at; the next sweep goes on.
    pub complete: bool,
}

impl App {
    /// Puts everything that is due on the queue, or what is due in one `shard`. Holds one page of it
    /// at a time, and stops before time runs out.
    pub async fn sweep_charges(
        &self,
        queue: &Queue,
        shard: Option<u32>,
        deadline: Deadline,
    ) -> Result<SweptCharges, AppError> {
        let shards = self.store.shards_in_use().await?;
        let first = u32::try_from(self.ulid()?.random() % u128::from(shards)).unwrap_or(0);
        let all = (0..shards).map(|step| (first + step) % shards);
        let chosen = all.filter(|other| shard.is_none_or(|shard| shard == *other));
        let mut swept = SweptCharges::default();
        for shard in chosen {
            // What was begun is finished before more is begun.
            for kind in [DueKind::Charge, DueKind::Subscription] {
                if !self
                    .sweep_partition(queue, shard, kind, &mut swept, deadline)
                    .await?
                {
                    telemetry::count("SweepIncomplete", 1);
                    return Ok(swept);
                }
            }
        }
        swept.complete = true;
        Ok(swept)
    }

    /// One partition; false when time ran out.
    async fn sweep_partition(
        &self,
        queue: &Queue,
        shard: u32,
        kind: DueKind,
        swept: &mut SweptCharges,
        deadline: Deadline,
    ) -> Result<bool, AppError> {
        let mut start = None;
        loop {
            if deadline.remaining() < TO_FINISH {
                return Ok(false);
            }
            let now = self.clock.now();
            let page = self.store.due(kind, shard, now, PAGE, start).await?;
            let charges = page.items.iter().filter_map(|due| match due {
                Due::Charge(charge) => Some(message(charge)),
                _ => None,
            });
            let messages: Result<Vec<_>, _> = charges.collect();
            let messages = messages?;
            let count = u32::try_from(messages.len()).unwrap_or(u32::MAX);
            if count > 0 {
                queue.send(messages).await?;
                swept.queued = swept.queued.saturating_add(count);
            }
            start = page.next;
            if start.is_none() {
                return Ok(true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use ulid::Ulid;

    fn due(period: Option<&str>, millis: i64) -> DueCharge {
        DueCharge {
            subscription: SubscriptionId::new(Ulid::from_parts(1, 2)),
            period: period.map(|date| Date::parse(date).unwrap()),
            due_at: Timestamp::from_millis(millis),
        }
    }

    #[test]
    fn a_message_reads_back() {
        for period in [None, Some("2026-12-31")] {
            let due = due(period, 1);
            let wanted = DueMessage {
                subscription: due.subscription,
                period: due.period,
            };
            let message = message(&due).unwrap();
            assert_eq!(DueMessage::parse(&message.body), Some(wanted));
            assert_eq!(message.group, due.subscription.to_string());
        }
        for odd in ["", "{}", r#"{"subscriptionId":"sub_1"}"#, "[]"] {
            assert_eq!(DueMessage::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_same_thing_due_is_one_message_and_another_is_another() {
        let name = |due: &DueCharge| message(due).unwrap().deduplication;
        let first = name(&due(None, 1));
        assert_eq!(first, name(&due(None, 1)));
        for other in [due(None, 2), due(Some("2026-12-31"), 1)] {
            assert_ne!(first, name(&other));
        }
    }
}
