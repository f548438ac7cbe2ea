//! Charging subscriptions.
//!
//! A schedule finds what is due and puts a message for each on a queue; the queue hands the messages to
//! as many workers as the deployment allows. A message only says where to look: what to do is read from
//! the table when it arrives, and begins with one conditional write. So a message that comes twice, late
//! or out of order does nothing that the first did not.
//!
//! - `sweeping`: what is due, onto the queue
//! - `charging`: the next period, and the next try of a declined one
//! - `earlier_tries`: whether a declined try was taken after all
//! - `settling`: what became of a charge's payments

mod charging;
mod earlier_tries;
mod settling;
mod sweeping;

pub use sweeping::{DueMessage, SweptCharges};

use charging::EACH;
use earlier_tries::EarlierTries;

use super::context::Context;
use super::{App, AppError, Deadline};
use crate::domain::attribution::Attribution;
use crate::domain::calendar::Date;
use crate::domain::ids::SubscriptionId;
use crate::domain::subscription::{ChargeStatus, SubscriptionStatus};
use crate::store::StoreError;
use crate::telemetry;

impl App {
    /// Does what a message asks for. An error means that the message should come again.
    pub async fn charge_due(
        &self,
        message: &DueMessage,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let ctx = self.context(Attribution::schedule()).await?;
        let id = message.subscription;
        let done = match message.period {
            None => self.advance(&ctx, id, deadline).await,
            Some(date) => self.look_after_charge(&ctx, id, date, deadline).await,
        };
        match done {
            // Counted where it was read. It stays due, for the release that knows what it means.
            Err(AppError::Store(error @ StoreError::NewerVersion(_))) => {
                tracing::error!(subscriptionId = %id, %error, "a subscription is left to a newer release");
                Ok(())
            }
            // To read it again at once would not help, and would hold up those behind it. It stays due.
            Err(AppError::Store(
                error @ (StoreError::Corrupt(_) | StoreError::UnknownChannel(_)),
            )) => {
                tracing::error!(subscriptionId = %id, %error, "a subscription cannot be read");
                telemetry::count("ItemUnreadable", 1);
                Ok(())
            }
            done => done,
        }
    }

    /// Looks after a charge that is due: learns what became of its payment, or tries it again.
    async fn look_after_charge(
        &self,
        ctx: &Context,
        id: SubscriptionId,
        date: Date,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let Some(charge) = self.store.charge(id, date).await? else {
            return Ok(());
        };
        let is_due = |due| due <= self.clock.now();
        if !charge.due_at.is_some_and(is_due) {
            return Ok(()); // Somebody dealt with it already.
        }
        // A payment that was declined may have been taken after all: then no other is sent.
        let Some((subscription, charge)) = self.settle_charge(ctx, id, date).await? else {
            return Ok(());
        };
        if deadline.remaining() < EACH {
            return Err(AppError::OutOfTime);
        }
        let deadline = Deadline::within(EACH);
        let due = charge.due_at.is_some_and(is_due);
        match charge.status {
            ChargeStatus::Charging | ChargeStatus::Paid => {
                return self.find_out(ctx, &charge, deadline).await;
            }
            ChargeStatus::PastDue | ChargeStatus::Postponed if due => {}
            _ => return Ok(()),
        }
        if subscription.status == SubscriptionStatus::Paused {
            return self.hold(subscription, charge).await;
        }
        // Also where no other try follows: what DOKU took is no failed charge.
        let earlier = self.check_earlier_tries(ctx, &charge, deadline).await?;
        match earlier {
            EarlierTries::Taken => self.settle_charge(ctx, id, date).await.map(drop),
            EarlierTries::Unclear => self.await_earlier_tries(ctx, subscription, charge).await,
            EarlierTries::TookNothing if subscription.status == SubscriptionStatus::Cancelled => {
                self.give_up_charge(ctx, subscription, charge).await
            }
            EarlierTries::TookNothing if deadline.is_near() => Err(AppError::OutOfTime),
            EarlierTries::TookNothing => self.try_again(ctx, subscription, charge, deadline).await,
        }
    }
}
