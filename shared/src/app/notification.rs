//! DOKU tells us something.
//!
//! Verified on the bytes that arrived, before anything is parsed, read or written; stored before
//! it is acknowledged.

use std::sync::Arc;

use secrecy::SecretString;

use super::recording::Along;
use super::{App, AppError};
use crate::config::Config;
use crate::doku::wire::notification::{self as wire, BadMember, Notification};
use crate::doku::wire::status::{self, Latest};
use crate::domain::ids::PaymentId;
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::secrets::Secrets;
use crate::signing::{asymmetric, reserialise, sha256_hex, snap};
use crate::store::{Arrival, Rejected, SeenNotification};
use crate::{clock::Timestamp, telemetry};

/// Length of a base64 HMAC-SHA512.
const SYMMETRIC_LENGTH: usize = 88;

/// The headers that a notification is verified with, as received.
#[derive(Default)]
pub struct InboundHeaders {
    /// `X-PARTNER-ID`, or `X-CLIENT-KEY`.
    pub partner: Option<String>,
    /// `X-TIMESTAMP`.
    pub timestamp: Option<String>,
    /// `X-SIGNATURE`.
    pub signature: Option<String>,
    /// `Authorization`.
    pub authorization: Option<SecretString>,
}

/// Why an inbound call is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not signed by DOKU. Like the next two it is told outwardly as a wrong signature.
    #[error("signature")]
    Signature,
    /// Too old, from the future, or no time at all.
    #[error("timestamp")]
    Stale,
    /// Not meant for us.
    #[error("partner")]
    Partner,
    /// The bearer is none of our tokens.
    #[error("token")]
    Token,
    /// Signed by DOKU, but not what it should be.
    #[error(transparent)]
    Member(#[from] BadMember),
    /// Ours to mend: DOKU should try again.
    #[error(transparent)]
    Failed(#[from] AppError),
}

impl App {
    /// Takes a SNAP notification.
    pub async fn receive_notification(
        &self,
        headers: &InboundHeaders,
        body: &[u8],
    ) -> Result<(), Refusal> {
        if let Err(refusal) = self.verify_notification(headers, body).await {
            log_refusal(&refusal, "a notification was refused");
            return Err(refusal);
        }
        let notification = wire::read(body)?;
        self.absorb(&notification).await?;
        Ok(())
    }

    async fn verify_notification(
        &self,
        headers: &InboundHeaders,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let timestamp = self.fresh_timestamp(headers)?;
        let signature = headers.signature.as_deref().ok_or(Refusal::Signature)?;
        let token = match bearer(headers) {
            Some(token) => token,
            None if self.config.snap_notification_without_token => "",
            None => return Err(Refusal::Token),
        };
        let verify = |secrets: &Secrets| {
            if !is_partner(headers, secrets, &self.config) {
                Err(Refusal::Partner)
            } else if !token.is_empty() && !self.is_own_token(secrets, token) {
                Err(Refusal::Token)
            } else {
                self.verify_with(secrets, token, timestamp, signature, body)
            }
        };
        self.with_any_secret(verify).await.map(drop)
    }

    /// The secret that `verify` accepts: the current one; else the one before it, which counts
    /// while rotating; else, if it was rotated since we last looked, the new one.
    pub(super) async fn with_any_secret(
        &self,
        verify: impl Fn(&Secrets) -> Result<(), Refusal>,
    ) -> Result<Arc<Secrets>, Refusal> {
        let current = self.secrets.current().await.map_err(AppError::from)?;
        let mut refusal = match verify(&current) {
            Ok(()) => return Ok(current),
            Err(refusal) => refusal,
        };
        let mut others = vec![self.secrets.previous_while_rotating().await.ok().flatten()];
        let newer = self.secrets.refresh().await.map_err(AppError::from)?;
        others.push((!Arc::ptr_eq(&newer, &current)).then_some(newer));
        for secrets in others.into_iter().flatten() {
            match verify(&secrets) {
                Ok(()) => return Ok(secrets),
                // "The token" says more than "the signature": that one was not even looked at.
                Err(Refusal::Token) => refusal = Refusal::Token,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    fn verify_with(
        &self,
        secrets: &Secrets,
        token: &str,
        timestamp: &str,
        signature: &str,
        body: &[u8],
    ) -> Result<(), Refusal> {
        let path = &self.config.notification_path;
        let verify = |body: &[u8]| {
            if signature.len() == SYMMETRIC_LENGTH {
                let text = snap::string_to_sign("POST", path, token, body, timestamp);
                snap::verify(secrets.secret_key(), &text, signature).is_ok()
            } else {
                let text = asymmetric::transaction_string("POST", path, body, timestamp);
                secrets
                    .doku_public_key()
                    .is_ok_and(|key| key.verify(&text, signature).is_ok())
            }
        };
        if verify(body) {
            return Ok(());
        }
        if self.config.allow_reserialised_body
            && let Some(again) = reserialise(body)
            && verify(&again)
        {
            return Ok(());
        }
        Err(Refusal::Signature)
    }

    /// The header's text, if its time is near enough to ours.
    pub(super) fn fresh_timestamp<'a>(
        &self,
        headers: &'a InboundHeaders,
    ) -> Result<&'a str, Refusal> {
        let text = headers.timestamp.as_deref().ok_or(Refusal::Stale)?;
        let stated = Timestamp::parse_rfc3339(text).ok_or(Refusal::Stale)?;
        let now = self.clock.now();
        let tolerance = self.config.notification_tolerance;
        if now.since(stated) > tolerance || stated.since(now) > tolerance {
            return Err(Refusal::Stale);
        }
        Ok(text)
    }

    /// Stores what a verified notification says, once.
    async fn absorb(&self, notification: &Notification) -> Result<(), AppError> {
        let secrets = self.secrets.current().await?;
        let mut seen = seen(notification, self.clock.now());
        for _ in 0..4 {
            match self.store.arrival(&seen.reference, &seen.what).await? {
                Arrival::Repeated => return Ok(()),
                Arrival::For(id) => {
                    seen.waiting = false;
                    return self.apply_notification(&secrets, id, &seen).await;
                }
                Arrival::Unknown => {}
            }
            seen.waiting = true;
            let mut write = self.store.write();
            write.early_reference(&seen.reference).notification(&seen);
            match write.commit().await {
                Ok(()) => {
                    tracing::warn!("a notification came for a payment that is not known; kept");
                    telemetry::count("NotificationUnmatched", 1);
                    return Ok(());
                }
                // The payment was stored this very moment, or another delivery was faster.
                Err(Rejected::Referenced { .. } | Rejected::Seen | Rejected::Stale) => {}
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::InProgress(std::time::Duration::from_secs(1)))
    }

    async fn apply_notification(
        &self,
        secrets: &Secrets,
        id: PaymentId,
        seen: &SeenNotification,
    ) -> Result<(), AppError> {
        let payment = self.store.payment(id).await?;
        let payment = payment.ok_or(AppError::Internal("a reference without its payment"))?;
        let latest = status::latest(&seen.status);
        if latest == Latest::Refunded {
            return self.apply_refund_notification(secrets, payment, seen).await;
        }
        let mut outcome = Outcome::new(super::asking::verdict(latest), seen.at);
        outcome.stated = Some(seen.amount.clone());
        outcome.reference_no.clone_from(&seen.reference_no);
        let along = Along::only(Some(seen));
        self.record_payment(secrets, payment, &outcome, &along)
            .await?;
        Ok(())
    }

    /// "Refunded" says neither which refund nor, for certain, whose amount it states: our own name
    /// for the refund decides, else the one refund that fits. Of a payment that we do not know to be
    /// paid we have refunded nothing: that is for a person to look at.
    async fn apply_refund_notification(
        &self,
        secrets: &Secrets,
        payment: Payment,
        seen: &SeenNotification,
    ) -> Result<(), AppError> {
        let refunds = self.store.refunds(payment.id).await?;
        let Some(refund) = meant(&refunds, seen) else {
            let outcome = Outcome::new(Verdict::RefundUnmatched, seen.at);
            let along = Along::only(Some(seen));
            self.record_payment(secrets, payment, &outcome, &along)
                .await?;
            return Ok(());
        };
        let mut outcome = RefundOutcome::new(RefundVerdict::Succeeded, seen.at);
        outcome.stated = Some(seen.amount.clone());
        outcome.refund_no.clone_from(&seen.refund_no);
        let along = Along::only(Some(seen));
        self.record_refund(secrets, payment, refund.clone(), &outcome, &along)
            .await?;
        Ok(())
    }

    /// Applies what DOKU told of a payment before we knew it.
    pub(super) async fn join_waiting(
        &self,
        secrets: &Secrets,
        payment: Payment,
    ) -> Result<Payment, AppError> {
        let reference = payment.reference.as_str();
        for mut seen in self.store.waiting_notifications(reference).await? {
            seen.waiting = false;
            self.apply_notification(secrets, payment.id, &seen).await?;
        }
        let again = self.store.payment(payment.id).await?;
        again.ok_or(AppError::Internal("a payment vanished"))
    }
}

/// The refund that a notification means: by our name for it, by DOKU's, or, with neither, the only
/// one of this amount. Where two would fit none is taken: a wrong guess would call a refund done
/// that never was, and a status check names them.
fn meant<'a>(refunds: &'a [Refund], seen: &SeenNotification) -> Option<&'a Refund> {
    if let Some(reference) = &seen.refund_reference {
        return refunds
            .iter()
            .find(|refund| refund.reference.as_str() == reference);
    }
    if let Some(refund_no) = &seen.refund_no
        && let Some(refund) = refunds
            .iter()
            .find(|refund| refund.refund_no.as_ref() == Some(refund_no))
    {
        return Some(refund);
    }
    let mut fitting = refunds
        .iter()
        .filter(|refund| seen.amount.rupiah() == Some(refund.amount));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

fn seen(notification: &Notification, at: Timestamp) -> SeenNotification {
    // The amount belongs to the key: a right one after a wrong one is news.
    let part = format!(
        "{}|{}|{}|{}",
        notification.amount.value,
        notification.amount.currency,
        notification.refund_reference.as_deref().unwrap_or_default(),
        notification.refund_no.as_deref().unwrap_or_default()
    );
    SeenNotification {
        reference: notification.reference.clone(),
        what: format!(
            "{}#{}",
            notification.status,
            &sha256_hex(part.as_bytes())[..16]
        ),
        status: notification.status.clone(),
        amount: notification.amount.clone(),
        reference_no: notification.reference_no.clone(),
        refund_reference: notification.refund_reference.clone(),
        refund_no: notification.refund_no.clone(),
        at,
        waiting: false,
    }
}

/// Logs and counts a call that is not believed: why, but nothing of what came.
pub(super) fn log_refusal(refusal: &Refusal, what: &str) {
    if matches!(
        refusal,
        Refusal::Signature | Refusal::Stale | Refusal::Partner | Refusal::Token
    ) {
        tracing::warn!(reason = %refusal, "{what}");
        telemetry::count("NotificationRejected", 1);
    }
}

fn bearer(headers: &InboundHeaders) -> Option<&str> {
    use secrecy::ExposeSecret;
    let value = headers.authorization.as_ref()?.expose_secret();
    value
        .strip_prefix("Bearer ")
        .filter(|token| !token.is_empty())
}

/// True when the caller names itself as the client we are, or as the one that is set.
pub(super) fn is_partner(headers: &InboundHeaders, secrets: &Secrets, config: &Config) -> bool {
    headers.partner.as_deref().is_some_and(|partner| {
        partner == secrets.client_id() || config.partner_id.as_deref() == Some(partner)
    })
}
