//! Reconciliation: what is not finished becomes known, although nobody asks for it.
//!
//! Driven by a schedule. Everything here goes the way that a repeated request goes: DOKU is asked, and
//! its answer passes through the one function that applies outcomes. Two runs at once do no harm: each
//! change is a conditional write, and who comes second finds it done.
//!
//! - `payments`: charges, OTPs and captures whose outcome is open, and authorisations that lapse
//! - `refunds`: refunds that DOKU works on, or nobody knows of
//! - `bindings`: unlinking that was left, and linking that never came about
//! - `claims`: claims of the release before, which must not expire while their work is open
//! - `learning`: samples of what DOKU is known to have, checked to learn what a status check finds
//! - `rounds`: in which order, and how long each kind may keep the others waiting
//! - `attention`: what a person was told of: listed, and looked after anew when somebody asks for it

mod attention;
mod bindings;
mod claims;
mod learning;
mod payments;
mod refunds;
mod rounds;

pub use attention::LookedAfter;

use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::context::Context;
use super::{App, AppError, Deadline};
use crate::domain::attribution::Attribution;
use crate::store::Due;
use crate::telemetry;

/// What the log says of what a person has to look at.
const TOLD: &str = "nobody knows for a week what became of it: a person has to look at it";

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Things that were due.
    pub due: u32,
    /// Things that came to their end.
    pub finished: u32,
    /// Authorisations about to lapse, of which the merchant was told.
    pub announced: u32,
    /// Authorisations that lapsed.
    pub expired: u32,
    /// Things that nobody knows of for a week: a person was told.
    pub told: u32,
    /// Things that could not be dealt with and stay due.
    pub left: u32,
    /// False when time ran out before everything was looked at; the next run goes on.
    pub complete: bool,
}

/// What a look at one thing brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looked {
    /// Somebody else dealt with it already.
    NotDue,
    /// It is finished.
    Finished,
    /// It is still open, and will be looked at again.
    Open,
    /// It is still open after a week: a person was told.
    Told,
    /// The merchant was told that the authorisation lapses.
    Announced,
    /// The authorisation lapsed.
    Expired,
}

impl Swept {
    fn count(&mut self, looked: Result<Looked, ()>) {
        match looked {
            Ok(Looked::NotDue) => return,
            Ok(Looked::Finished) => self.finished += 1,
            Ok(Looked::Open) => {}
            Ok(Looked::Told) => self.told += 1,
            Ok(Looked::Announced) => self.announced += 1,
            Ok(Looked::Expired) => self.expired += 1,
            Err(()) => self.left += 1,
        }
        self.due += 1;
    }
}

impl App {
    /// Looks at everything that is due, a few things side by side.
    pub async fn reconcile(&self, deadline: Deadline) -> Result<Swept, AppError> {
        let ctx = self.context(Attribution::schedule()).await?;
        let share = Deadline::within(deadline.remaining() / 3);
        if let Err(error) = self.keep_open_claims(share).await {
            // The sweep must not wait for it; the next run goes on.
            tracing::warn!(%error, "the idempotency claims of what is open were not all checked");
        }
        let counted = Mutex::new(Swept::default());
        self.learn(&ctx, deadline).await;
        let complete = self.sweep(&ctx, &counted, deadline).await;
        let mut swept = counted.into_inner().unwrap_or_else(PoisonError::into_inner);
        if swept.left > 0 {
            telemetry::count("DueLeft", swept.left);
        }
        swept.complete = complete?;
        if !swept.complete {
            telemetry::count("SweepIncomplete", 1);
        }
        Ok(swept)
    }

    /// Deals with one thing. What cannot be dealt with is left for the next run and keeps nobody else
    /// waiting.
    async fn attend(&self, ctx: &Context, due: Due, deadline: Deadline) -> Result<Looked, ()> {
        let looked = match due {
            Due::Payment(id) => self.look_at_payment(ctx, id, deadline).await,
            Due::Refund(payment, id) => self.look_at_refund(ctx, payment, id, deadline).await,
            Due::Binding(id) => self.look_at_binding(ctx, id, deadline).await,
            Due::Charge(_) => Ok(Looked::NotDue), // `recurring` looks after those
        };
        if matches!(looked, Ok(Looked::Told)) {
            // At once, and by name: whoever is alarmed by the metric has to find it.
            match due {
                Due::Payment(id) => tracing::error!(paymentId = %id, "{TOLD}"),
                Due::Refund(payment, id) => {
                    tracing::error!(refundId = %id, paymentId = %payment, "{TOLD}");
                }
                Due::Binding(id) => tracing::error!(bindingId = %id, "{TOLD}"),
                Due::Charge(_) => {}
            }
            telemetry::count("NeedsAttention", 1);
        }
        looked.map_err(|error| {
            tracing::warn!(%due, %error, "something that is due is left for later");
        })
    }
}
