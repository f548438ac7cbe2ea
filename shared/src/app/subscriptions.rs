//! Standing orders: making them, changing them, ending them. Charging is `recurring`'s.
//!
//! Every change is one conditional write that holds the caller's key, the answer and the subscription,
//! so that a change and the beginning of a charge never mix: one of them comes first.

mod change;
mod create;
mod method;
mod reading;
mod view;

pub(super) use change::MOST_WOKEN;
pub use change::{CancelCommand, Change, ChangeCommand};
pub use create::{Plan, SubscribeCommand};
pub use method::{MethodCommand, StandingMethod};

use serde_json::json;

use super::answer::Answer;
use super::context::Context;
use super::{App, AppError, Idempotency};
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::EventId;
use crate::domain::subscription::{Charge, ChargeStatus, Subscription};
use crate::secrets::Secrets;
use crate::store::{CLAIM_LIFE, Claim, Event, Target};

impl App {
    /// A claim that is answered in the very write that makes it.
    fn answered_claim(
        &self,
        secrets: &Secrets,
        idempotency: &Idempotency,
        subscription: &Subscription,
        answer: &Answer,
    ) -> Claim {
        let target = Target::Subscription(subscription.id);
        let now = self.clock.now();
        let mut claim = idempotency.claim(secrets, target, now);
        claim.expires_at = Some(now.plus(CLAIM_LIFE));
        claim.answer = Some(Self::keep(secrets, &claim.key, answer));
        claim
    }

    /// The answer that the same request got before, if it was made before.
    async fn answered_before(
        &self,
        secrets: &Secrets,
        idempotency: &Idempotency,
    ) -> Result<Option<Answer>, AppError> {
        match self.earlier(idempotency).await? {
            Some(claim) => self.answered(secrets, idempotency, &claim).await,
            None => Ok(None),
        }
    }

    /// A line of a subscription's timeline, perhaps about one of its charges.
    pub(super) fn subscription_event(
        &self,
        ctx: &Context,
        kind: EventType,
        subscription: &Subscription,
        charge: Option<&Charge>,
    ) -> Result<Event, AppError> {
        let failure = charge.map_or(subscription.failure, |charge| charge.failure);
        let amount = charge.map_or(subscription.amount, |charge| charge.amount);
        Ok(Event {
            id: EventId::new(self.ulid()?),
            kind,
            at: self.clock.now(),
            status: subscription.status.as_str().to_owned(),
            by: ctx.by.clone(),
            requested_by: None,
            detail: json!({
                "customerId": subscription.customer.as_str(),
                "amount": {"value": amount.to_snap(), "currency": "IDR"},
                "period": charge.map(|charge| charge.date.to_string()),
                "chargeStatus": charge.map(|charge| charge.status.as_str()),
                "paymentId": charge
                    .and_then(|charge| charge.payments.last())
                    .map(ToString::to_string),
                "tries": charge.map(|charge| charge.tries),
                "nextTryAt": charge
                    .filter(|charge| charge.status == ChargeStatus::PastDue)
                    .and_then(|charge| charge.due_at)
                    .map(crate::clock::Timestamp::rfc3339_millis),
                "failure": failure.map(Failure::code),
            }),
        })
    }
}
