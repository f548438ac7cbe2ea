//! What a person was told of, because nobody knew for a week what became of it: listed until it is
//! final, and looked after anew when somebody asks for it.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::super::{App, AppError, Deadline};
use super::Looked;
use crate::clock::Timestamp;
use crate::domain::attribution::Attribution;
use crate::domain::ids::{BindingId, PaymentId, RefundId};
use crate::store::{Due, NeedsAttention, Rejected};

/// Most entries of one list.
const PAGE: usize = 100;

/// How often a change is tried that somebody else was faster than.
const TRIES: usize = 4;

/// What became of something that somebody asked to have looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LookedAfter {
    /// It is final now.
    Finished,
    /// It is still open, and will be looked at again by itself, for another week.
    Open,
    /// It could not be looked at; the log says why. It stays due, and the schedule looks at it.
    Left,
    /// Nothing about it is open.
    NothingOpen,
    /// There is no such thing; a refund that is on no list is one.
    Unknown,
}

impl App {
    /// What a person was told of and is still open, the oldest first: `items` with `paymentId`,
    /// `refundId` and `paymentId`, or `bindingId`, and `since`, when somebody was to look at it for the
    /// first time; and `nextCursor`.
    pub async fn list_attention(&self, after: Option<&str>) -> Result<Value, AppError> {
        let page = self.store.attention(PAGE, after).await?;
        let items = page.items.iter().map(|NeedsAttention { what, since }| {
            let mut item = match what {
                Due::Payment(id) => json!({"paymentId": id.to_string()}),
                Due::Refund(payment, id) => {
                    json!({"refundId": id.to_string(), "paymentId": payment.to_string()})
                }
                Due::Binding(id) => json!({"bindingId": id.to_string()}),
                Due::Charge(charge) => {
                    json!({"subscriptionId": charge.subscription.to_string()})
                }
            };
            item["since"] = json!(Timestamp::rfc3339_millis(*since));
            item
        });
        Ok(json!({ "items": items.collect::<Vec<_>>(), "nextCursor": page.next }))
    }

    /// Looks at a payment, a refund or a binding now, whenever it was to be looked at, and has it looked
    /// after by itself again if it stays open. `id` says which of them it is; `by`, the operator.
    pub async fn look_after(
        &self,
        id: &str,
        by: Option<&str>,
        deadline: Deadline,
    ) -> Result<LookedAfter, AppError> {
        let Some(what) = self.named(id).await? else {
            return Ok(LookedAfter::Unknown);
        };
        if !self.make_due(what).await? {
            return Ok(LookedAfter::Unknown);
        }
        let ctx = self.context(Attribution::operator(by)).await?;
        Ok(match self.attend(&ctx, what, deadline).await {
            Ok(Looked::Finished | Looked::Expired) => LookedAfter::Finished,
            Ok(Looked::Open | Looked::Told | Looked::Announced) => LookedAfter::Open,
            Ok(Looked::NotDue) => LookedAfter::NothingOpen,
            Err(()) => LookedAfter::Left,
        })
    }

    /// What is called that. A refund's id does not say of which payment it is: the list does.
    pub(in crate::app) async fn named(&self, id: &str) -> Result<Option<Due>, AppError> {
        if let Ok(id) = PaymentId::parse(id) {
            return Ok(Some(Due::Payment(id)));
        }
        if let Ok(id) = BindingId::parse(id) {
            return Ok(Some(Due::Binding(id)));
        }
        let Ok(id) = RefundId::parse(id) else {
            return Ok(None);
        };
        let mut after = None;
        loop {
            let page = self.store.attention(PAGE, after.as_deref()).await?;
            let mut found = page.items.iter().map(|item| item.what);
            let found = found.find(|what| matches!(what, Due::Refund(_, other) if *other == id));
            after = page.next;
            if found.is_some() || after.is_none() {
                return Ok(found);
            }
        }
    }

    /// Makes something due now, if it is open; false when there is no such thing.
    pub(super) async fn make_due(&self, what: Due) -> Result<bool, AppError> {
        for _ in 0..TRIES {
            let now = self.clock.now();
            let is_due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
            let mut write = self.store.write();
            match what {
                Due::Payment(id) => {
                    let Some(mut payment) = self.store.payment(id).await? else {
                        return Ok(false);
                    };
                    payment.watch.look_now(now);
                    if !is_due(payment.due_at()) {
                        return Ok(true);
                    }
                    write.payment(&payment);
                }
                Due::Refund(payment, id) => {
                    let Some(mut refund) = self.store.refund(payment, id).await? else {
                        return Ok(false);
                    };
                    refund.watch.look_now(now);
                    if !is_due(refund.due_at()) {
                        return Ok(true);
                    }
                    write.refund(&refund);
                }
                Due::Binding(id) => {
                    let Some((mut binding, _)) = self.store.binding(id).await? else {
                        return Ok(false);
                    };
                    binding.watch.look_now(now);
                    if !is_due(binding.due_at()) {
                        return Ok(true);
                    }
                    write.binding(&binding);
                }
                Due::Charge(_) => return Ok(false),
            }
            match write.commit().await {
                Ok(()) => return Ok(true),
                Err(Rejected::Stale) => {}
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::InProgress(Duration::from_secs(1)))
    }
}
