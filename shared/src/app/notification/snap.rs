//! SNAP notifications: service 56.

use secrecy::ExposeSecret;

use super::super::asking::Told;
use super::super::context::Context;
use super::super::recording::Along;
use super::super::refund::RefundReport;
use super::super::{App, AppError};
use super::{InboundHeaders, News, Refusal, adopt, is_partner, signed_forms};
use crate::clock::Timestamp;
use crate::doku::wire::notification::{self as wire, Notification};
use crate::doku::wire::status::{self, Latest};
use crate::domain::channel::Family;
use crate::domain::ids::ExternalId;
use crate::domain::money::{Rupiah, StatedAmount};
use crate::domain::outcome::{Outcome, RefundVerdict, Verdict};
use crate::domain::payment::Payment;
use crate::secrets::Secrets;
use crate::signing::{asymmetric, reserialise, sha256_hex, snap};
use crate::store::SeenNotification;

/// Length of a base64 HMAC-SHA512.
const SYMMETRIC_LENGTH: usize = 88;

impl App {
    /// Takes a SNAP notification.
    pub async fn receive_notification(
        &self,
        headers: &InboundHeaders,
        body: &[u8],
    ) -> Result<(), Refusal> {
        if let Err(refusal) = self.verify_notification(headers, body).await {
            refusal.log("a notification was refused");
            return Err(refusal);
        }
        let mut notification = match wire::read(body) {
            Ok(notification) => notification,
            Err(why) => return self.take_unreadable(Family::Snap, body, why).await,
        };
        let seen = seen(&notification, self.clock.now());
        if notification.happened_at.is_none() {
            let signed_at = headers.timestamp.as_deref();
            notification.happened_at = signed_at.and_then(Timestamp::parse_lenient);
        }
        let news = News::Snap(Box::new(notification));
        self.absorb(&news, seen, || wire::keep(body)).await?;
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
        if signed_forms(body).any(verify) {
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

    /// Applies what a SNAP notification says.
    pub(super) async fn apply_notification(
        &self,
        ctx: &Context,
        payment: Payment,
        notification: &Notification,
        seen: &SeenNotification,
    ) -> Result<(), AppError> {
        let latest = status::latest(&notification.status);
        if latest == Latest::Refunded && !notification.refunds.is_empty() {
            return self
                .record_listed_refunds(ctx, payment, notification, seen)
                .await;
        }
        if latest == Latest::Refunded {
            let report = RefundReport::of_snap(notification, seen.at);
            return self
                .record_refund_report(ctx, payment.id, &report, Some(seen))
                .await;
        }
        let mut outcome = Outcome::new(super::super::asking::verdict(latest), seen.at);
        outcome.stated = Some(notification.amount.clone());
        outcome.reference_no.clone_from(&notification.reference_no);
        outcome.happened_at = notification.happened_at.or(Some(seen.at));
        // Ours are shorter; a longer one could not go along with a refund.
        let taken = notification.external_id.clone();
        let taken = taken.filter(|id| id.len() <= 36).map(ExternalId::trusted);
        let stated = notification.amount.rupiah();
        let (was, is_earlier) = (payment.status, seen.at < payment.created_at);
        let settle = |payment: &mut Payment| {
            adopt(payment, was, is_earlier);
            // That of something else must not go along with a refund, nor refuse our own news.
            let is_its_amount = stated.is_some_and(|stated| payment.may_charge(stated));
            if payment.taken_external_id.is_none() && is_its_amount {
                payment.taken_external_id.clone_from(&taken);
            }
        };
        let along = Along {
            settle: &settle,
            ..Along::only(Some(seen))
        };
        self.record_payment(ctx, payment, &outcome, &along).await?;
        Ok(())
    }

    /// Records the refunds that a notification lists, as a status check would.
    async fn record_listed_refunds(
        &self,
        ctx: &Context,
        payment: Payment,
        notification: &Notification,
        seen: &SeenNotification,
    ) -> Result<(), AppError> {
        let id = payment.id;
        if !payment.status.is_settled() {
            // What went back was taken before. Whose amount is stated beside it is not said.
            self.record_beside(ctx, payment, Verdict::Paid, None, seen.at)
                .await?;
        }
        let report = Told::Snap(Box::new(notification.as_found()));
        self.record_reported_refunds(ctx, id, &report, None).await?;
        let again = self.store.payment(id).await?;
        let payment = again.ok_or(AppError::PaymentNotFound)?;
        self.record_beside(ctx, payment, Verdict::NoNews, Some(seen), seen.at)
            .await
    }
}

pub(super) fn seen(notification: &Notification, at: Timestamp) -> SeenNotification {
    // The amount belongs to the key: a right one after a wrong one is news, and another spelling is not.
    let amount = &notification.amount;
    let value = amount
        .rupiah()
        .map_or_else(|| amount.value.clone(), Rupiah::to_snap);
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (name, number) = (
        text(&notification.refund_reference),
        text(&notification.refund_no),
    );
    let mut part = format!("{value}|{}|{name}|{number}", notification.amount.currency);
    for refund in &notification.refunds {
        let amount = refund.amount.as_ref().map(StatedAmount::canonical);
        let status = match refund.verdict {
            RefundVerdict::Succeeded => "00",
            RefundVerdict::Failed(_) => "06",
            RefundVerdict::Pending | RefundVerdict::Unknown => "03",
        };
        let names = [&refund.reference, &refund.refund_no].map(text);
        part = [part, names.join("|"), amount.unwrap_or_default()].join("|");
        part.push_str(status);
    }
    let latest = status::latest(&notification.status);
    if matches!(
        latest,
        Latest::Payment(Verdict::Failed(_) | Verdict::Cancelled)
    ) {
        // One before the success is no news after it; one of another time may contradict that.
        let at = notification.happened_at.map(Timestamp::rfc3339_millis);
        part = [part, at.unwrap_or_default()].join("|");
    }
    let is_refund = latest == Latest::Refunded;
    if is_refund && notification.refunds.is_empty() && name.is_empty() && number.is_empty() {
        // Two refunds of one amount, told apart by nothing else. The time is that which the body states.
        let at = notification.happened_at.map(Timestamp::rfc3339_millis);
        let ids = [&notification.reference_no, &notification.external_id].map(text);
        part = [part, ids.join("|"), at.unwrap_or_default()].join("|");
    }
    SeenNotification {
        reference: notification.reference.clone(),
        what: format!(
            "{}#{}",
            notification.status,
            &sha256_hex(part.as_bytes())[..16]
        ),
        family: Family::Snap,
        at,
        waiting: None,
    }
}

/// The token of an `Authorization` header: behind its scheme, in any case, or alone.
fn bearer(headers: &InboundHeaders) -> Option<&str> {
    let value = headers.authorization.as_ref()?.expose_secret().trim();
    let token = match value.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token.trim_start(),
        Some(_) => return None,
        None if value.eq_ignore_ascii_case("Bearer") => return None,
        None => value,
    };
    (!token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    #[test]
    fn the_scheme_is_written_in_any_case_or_left_out() {
        let table = [
            ("Bearer abc.def", Some("abc.def")),
            ("bearer abc.def", Some("abc.def")),
            ("BEARER abc.def", Some("abc.def")),
            ("Bearer  abc.def ", Some("abc.def")),
            ("abc.def", Some("abc.def")),
            ("Basic abc.def", None),
            ("Bearer", None),
            ("Bearer ", None),
            ("", None),
        ];
        for (text, token) in table {
            let headers = InboundHeaders {
                authorization: Some(SecretString::from(text)),
                ..InboundHeaders::default()
            };
            assert_eq!(bearer(&headers), token, "{text:?}");
        }
        assert_eq!(bearer(&InboundHeaders::default()), None);
    }
}
