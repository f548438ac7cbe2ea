//! What is done about statements of DOKU's that are not about the payment they name.

use super::asking::{Asked, Told};
use super::context::Context;
use super::recording::Along;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::domain::identity::{Identity, Member, Statement, identify};
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Flag, Payment};
use crate::telemetry;

/// Counts members in a spelling that is not known.
pub(super) fn count_unknown(members: u32) {
    if members > 0 {
        tracing::info!(
            members,
            "DOKU stated a service, channel or acquirer in an unknown spelling"
        );
        telemetry::count("ProductUnrecognised", members);
    }
}

/// The outcome of news that is about something else than the payment it names.
pub(super) fn foreign_outcome(payment: &Payment, member: Member, at: Timestamp) -> Outcome {
    tracing::warn!(
        paymentId = %payment.id,
        member = member.as_str(),
        "DOKU stated something of another transaction under the reference of a payment; it decides nothing"
    );
    Outcome::new(Verdict::NotOurs, at)
}

/// Compares what a status check found with a payment.
pub(super) fn identify_found(found: &Told, payment: &Payment) -> Identity {
    let statement: Statement<'_> = match found {
        Told::Snap(found) => found.statement(),
        Told::Card(found) => found.statement(),
    };
    identify(&statement, payment)
}

impl App {
    /// Lets an answer to a status check pass that is about the payment. One that is about something else
    /// says nothing; the payment is flagged, once.
    pub(super) async fn only_own(
        &self,
        ctx: &Context,
        payment: &Payment,
        asked: Asked,
    ) -> Result<Asked, AppError> {
        let Asked::Found(found) = &asked else {
            return Ok(asked);
        };
        let identity = identify_found(found, payment);
        count_unknown(identity.unknown);
        let Some(member) = identity.contradiction else {
            return Ok(asked);
        };
        let outcome = foreign_outcome(payment, member, self.clock.now());
        if !payment.flags.contains(&Flag::ForeignNews) {
            let along = Along::only(None);
            self.record_payment(&ctx.status_check(), payment.clone(), &outcome, &along)
                .await?;
        }
        Ok(Asked::Nothing)
    }
}
