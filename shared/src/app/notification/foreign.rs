//! News that is correctly signed and not about a payment of this deployment: acknowledged and counted.

use super::super::identity::foreign_outcome;
use super::super::recording::Along;
use super::super::{App, AppError};
use crate::doku::wire::card::transaction;
use crate::doku::wire::notification as wire;
use crate::domain::channel::Family;
use crate::domain::identity::{Member, Statement, is_foreign};
use crate::domain::payment::Payment;
use crate::secrets::Secrets;
use crate::store::SeenNotification;
use crate::telemetry;

impl App {
    /// Counts news that is not about a payment of this deployment, and keeps it if the deployment is set to.
    pub(super) async fn note_foreign(
        &self,
        family: Family,
        body: &[u8],
        service: &'static str,
        reference: Option<&str>,
    ) -> Result<(), AppError> {
        tracing::info!(
            service,
            reference,
            "a notification is not about a payment of this deployment"
        );
        telemetry::count_by_service("NotificationNotOurs", service);
        if !self.config.keep_foreign_notifications {
            return Ok(());
        }
        let reason = format!("it is not about a payment of this deployment: {service}");
        self.store_letter(family, body, reason).await
    }

    /// The service that an unreadable body is about, where it certainly is not one of ours.
    pub(super) fn foreign_subject(&self, family: Family, body: &[u8]) -> Option<&'static str> {
        let is_foreign =
            |statement: &Statement<'_>| is_foreign(statement, self.config.channels.all());
        match family {
            Family::Snap => wire::foreign_subject(body, is_foreign),
            Family::NonSnap => transaction::foreign_subject(body, is_foreign),
        }
    }

    /// Records that news under a payment's reference is about something else. It decides nothing: the
    /// payment is flagged, and the next status check comes soon.
    pub(super) async fn record_foreign(
        &self,
        secrets: &Secrets,
        payment: Payment,
        member: Member,
        seen: &SeenNotification,
    ) -> Result<(), AppError> {
        let outcome = foreign_outcome(&payment, member, seen.at);
        // Under a key of its own: the payment's own news, which may look alike, is not a repeat of it.
        let seen = SeenNotification {
            what: format!("{}|other", seen.what),
            ..seen.clone()
        };
        let along = Along::only(Some(&seen));
        self.record_payment(secrets, payment, &outcome, &along)
            .await
            .map(drop)
    }
}
