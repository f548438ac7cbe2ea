//! News that is correctly signed and not about a payment of this deployment: acknowledged and counted.

use super::super::context::Context;
use super::super::identity::foreign_outcome;
use super::super::recording::Along;
use super::super::{App, AppError};
use crate::doku::wire::card::transaction;
use crate::doku::wire::notification as wire;
use crate::doku::wire::unread::{Fragment, Unread};
use crate::domain::attribution::Attribution;
use crate::domain::channel::Family;
use crate::domain::identity::{Member, identify, is_foreign};
use crate::domain::payment::Payment;
use crate::signing::sha256_hex;
use crate::store::{Arrival, SeenNotification};
use crate::telemetry;

impl App {
    /// Counts news that is not about a payment of this deployment, and keeps it if the deployment is set to.
    pub(super) async fn note_foreign(
        &self,
        family: Family,
        body: &[u8],
        service: &'static str,
    ) -> Result<(), AppError> {
        // Without its reference: it is another system's, and may be personal.
        tracing::info!(
            service,
            "a notification is not about a payment of this deployment"
        );
        telemetry::count_by_service("NotificationNotOurs", service);
        if !self.config.keep_foreign_notifications {
            return Ok(());
        }
        let reason = format!("it is not about a payment of this deployment: {service}");
        self.store_letter(family, body, reason).await
    }

    /// Takes a verified body that cannot be read, if it is not of this deployment: true then. One that names
    /// a payment here and another product is foreign news of that payment.
    pub(super) async fn take_unread_foreign(
        &self,
        family: Family,
        body: &[u8],
    ) -> Result<bool, AppError> {
        let unread = match family {
            Family::Snap => wire::unread(body),
            Family::NonSnap => transaction::unread(body),
        };
        let fragment = match unread {
            None => return Ok(false),
            Some(Unread::NoOrder(service)) => {
                self.note_foreign(family, body, service).await?;
                return Ok(true);
            }
            Some(Unread::Order(fragment)) => fragment,
        };
        let statement = fragment.statement();
        let Some(reference) = fragment.possible_reference() else {
            let is_foreign = fragment.has_foreign_reference() || self.is_foreign_order(&fragment);
            if is_foreign {
                self.note_foreign(family, body, statement.label()).await?;
            }
            return Ok(is_foreign);
        };
        let what = format!("unread#{}", &sha256_hex(body)[..16]);
        let seen = SeenNotification {
            reference: reference.to_owned(),
            what,
            family,
            at: self.clock.now(),
            waiting: None,
        };
        match self
            .store
            .arrival(&seen.reference, &other_key(&seen))
            .await?
        {
            Arrival::Repeated => Ok(true),
            Arrival::For(id) => {
                let payment = self.store.payment(id).await?;
                let payment =
                    payment.ok_or(AppError::Internal("a reference without its payment"))?;
                let Some(member) = identify(&statement, &payment).contradiction else {
                    return Ok(false);
                };
                let ctx = self.context(Attribution::notification()).await?;
                self.record_foreign(&ctx, payment, member, &seen).await?;
                Ok(true)
            }
            Arrival::Unknown => {
                let is_foreign = self.is_foreign_order(&fragment);
                if is_foreign {
                    self.note_foreign(family, body, statement.label()).await?;
                }
                Ok(is_foreign)
            }
        }
    }

    /// True for an order of no product of ours: of another one, or of none, for its customer has not chosen.
    fn is_foreign_order(&self, fragment: &Fragment) -> bool {
        let statement = fragment.statement();
        let channels = self.config.channels.all();
        let has_no_product = fragment.states_no_product && !statement.names_a_product();
        has_no_product && !fragment.has_own_details
            || is_foreign(&statement, channels, fragment.has_own_details)
    }

    /// Records that news under a payment's reference is about something else. It decides nothing: the
    /// payment is flagged, and the next status check comes soon.
    pub(super) async fn record_foreign(
        &self,
        ctx: &Context,
        payment: Payment,
        member: Member,
        seen: &SeenNotification,
    ) -> Result<(), AppError> {
        let outcome = foreign_outcome(&payment, member, seen.at);
        // Under a key of its own: the payment's own news, which may look alike, is not a repeat of it.
        let seen = SeenNotification {
            what: other_key(seen),
            ..seen.clone()
        };
        let along = Along::only(Some(&seen));
        self.record_payment(ctx, payment, &outcome, &along)
            .await
            .map(drop)
    }
}

/// The key under which news of another product is remembered beside a payment's own.
fn other_key(seen: &SeenNotification) -> String {
    format!("{}|other", seen.what)
}
