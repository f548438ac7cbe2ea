//! DOKU tells us something.
//!
//! Verified on the bytes that arrived, before anything is parsed, read or written; stored before
//! it is acknowledged. What the two families have in common stands here; each has a file of its
//! own for how it is signed and what it says.

mod card;
mod dead_letters;
mod foreign;
mod snap;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::context::Context;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::config::Config;
use crate::doku::wire::card::transaction::{self, Transaction};
use crate::doku::wire::notification::{self as wire, BadMember, Notification};
use crate::domain::attribution::Attribution;
use crate::domain::channel::Family;
use crate::domain::identity::{Origin, Statement, identify, origin};
use crate::domain::ids::PaymentId;
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::sealed::Sealed;
use crate::retry;
use crate::secrets::Secrets;
use crate::store::{Arrival, Kept, Rejected, SeenNotification};
use crate::telemetry;

use super::recording::Along;

/// The headers that a notification is verified with, as received.
#[derive(Default)]
pub struct InboundHeaders {
    /// `X-PARTNER-ID`, `X-CLIENT-KEY`, or `Client-Id`.
    pub partner: Option<String>,
    /// `Request-Id`, which only a non-SNAP signature covers.
    pub request_id: Option<String>,
    /// `X-TIMESTAMP`, or `Request-Timestamp`.
    pub timestamp: Option<String>,
    /// `X-SIGNATURE`, or `Signature`.
    pub signature: Option<String>,
    /// `Authorization`.
    pub authorization: Option<SecretString>,
}

/// Why an inbound call is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not signed by DOKU.
    #[error("signature")]
    Signature,
    /// Without a time.
    #[error("no timestamp")]
    Untimed,
    /// With a time that cannot be read.
    #[error("unreadable timestamp")]
    UnreadableTime,
    /// Too old, or from the future.
    #[error("timestamp")]
    Stale,
    /// Addressed to another client.
    #[error("partner")]
    Partner,
    /// The bearer is none of our tokens.
    #[error("token")]
    Token,
    /// A header that must come once came more than once, or holds a comma: its name.
    #[error("{0} came more than once")]
    Repeated(&'static str),
    /// Signed by DOKU, but not what it should be.
    #[error(transparent)]
    Member(#[from] BadMember),
    /// Ours to mend: DOKU should try again.
    #[error(transparent)]
    Failed(#[from] AppError),
}

/// What DOKU tells, read.
enum News {
    Snap(Box<Notification>),
    Card(Box<Transaction>),
}

impl News {
    /// What it states about the identity of its payment.
    fn statement(&self) -> Statement<'_> {
        match self {
            Self::Snap(notification) => notification.statement(),
            Self::Card(transaction) => transaction.statement(),
        }
    }

    /// True when it has details that only a payment of ours has.
    fn has_own_details(&self) -> bool {
        match self {
            Self::Snap(_) => false,
            Self::Card(transaction) => transaction.has_card,
        }
    }

    /// Reads again what was kept of a notification.
    fn again(family: Family, kept: &str) -> Option<Self> {
        let body = kept.as_bytes();
        match family {
            Family::Snap => wire::read(body).ok().map(Box::new).map(Self::Snap),
            Family::NonSnap => transaction::read(body).ok().map(Box::new).map(Self::Card),
        }
    }
}

/// What became of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Delivery {
    /// It reached its payment, now or before.
    Applied,
    /// It waits for its payment.
    Waiting,
    /// It names a payment here and is about something else.
    OfAnother,
    /// It is not about a payment of this deployment.
    Foreign,
}

/// What a notification that waits is sealed for.
fn waiting_context(seen: &SeenNotification) -> String {
    format!("NOTIFICATION#{}#{}", seen.reference, seen.what)
}

impl App {
    /// Takes a verified notification that cannot be read. One that certainly is not about a payment of ours
    /// is acknowledged; any other is kept, so that nothing DOKU stated is lost, and refused with what is
    /// wrong with it.
    async fn take_unreadable(
        &self,
        family: Family,
        body: &[u8],
        why: BadMember,
    ) -> Result<(), Refusal> {
        retry::must_be_stored();
        if self.take_unread_foreign(family, body).await? {
            return Ok(());
        }
        tracing::error!(member = why.0, "a notification of DOKU's cannot be read");
        telemetry::count("DeadLetter", 1);
        let reason = format!("{} is missing or is not valid", why.0);
        self.store_letter(family, body, reason).await?;
        Err(why.into())
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
        let previous = self.secrets.previous_while_rotating().await;
        let (previous, unread) = match previous {
            Ok(previous) => (previous, None),
            Err(error) => (None, Some(error)),
        };
        let mut others = vec![previous];
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
        // What the version before would have said of it is not known.
        match unread {
            Some(error) => Err(AppError::from(error).into()),
            None => Err(refusal),
        }
    }

    /// The header's text, if its time is near enough to ours.
    pub(super) fn fresh_timestamp<'a>(
        &self,
        headers: &'a InboundHeaders,
    ) -> Result<&'a str, Refusal> {
        let text = headers.timestamp.as_deref().ok_or(Refusal::Untimed)?;
        let stated = Timestamp::parse_lenient(text).ok_or(Refusal::UnreadableTime)?;
        let now = self.clock.now();
        let tolerance = self.config.notification_tolerance;
        if now.since(stated) > tolerance || stated.since(now) > tolerance {
            return Err(Refusal::Stale);
        }
        Ok(text)
    }

    /// Stores what a verified notification says, once.
    async fn absorb(
        &self,
        news: &News,
        mut seen: SeenNotification,
        keep: impl Fn() -> String,
    ) -> Result<Delivery, AppError> {
        let ctx = self.context(Attribution::notification()).await?;
        // What is not stored now DOKU sends again half an hour later.
        retry::must_be_stored();
        let all = self.config.channels.all();
        let origin = origin(&news.statement(), all, news.has_own_details());
        for _ in 0..4 {
            match self.store.arrival(&seen.reference, &seen.what).await? {
                Arrival::Repeated => return Ok(Delivery::Applied),
                Arrival::For(id) => {
                    seen.waiting = None;
                    return self.apply_news(&ctx, id, news, &seen).await;
                }
                Arrival::Unknown => {}
            }
            if let Origin::Foreign(service) = origin {
                let kept = keep();
                self.note_foreign(seen.family, kept.as_bytes(), service)
                    .await?;
                return Ok(Delivery::Foreign);
            }
            let mut kept = SeenNotification {
                what: waiting::key(&seen, &news.statement()),
                ..seen.clone()
            };
            let context = waiting_context(&kept);
            let sealed = ctx.secrets.keyring().seal(&context, keep().as_bytes());
            kept.waiting = Some(Kept::Sealed(Sealed(sealed)));
            let mut write = self.store.write();
            write.early_reference(&kept.reference).notification(&kept);
            match write.commit().await {
                Ok(()) => {
                    // Without its reference, which may be personal: `deadLetters` lists it.
                    tracing::info!("a notification came for a payment that is not known; kept");
                    telemetry::count("NotificationKept", 1);
                    return Ok(Delivery::Waiting);
                }
                // The payment was stored this very moment, or another delivery was faster.
                Err(Rejected::Referenced { .. } | Rejected::Seen | Rejected::Stale) => {}
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::InProgress(Duration::from_secs(1)))
    }

    async fn apply_news(
        &self,
        ctx: &Context,
        id: PaymentId,
        news: &News,
        seen: &SeenNotification,
    ) -> Result<Delivery, AppError> {
        let payment = self.store.payment(id).await?;
        let payment = payment.ok_or(AppError::Internal("a reference without its payment"))?;
        let identity = identify(&news.statement(), &payment);
        super::identity::count_unknown(identity.unknown);
        if let Some(member) = identity.contradiction {
            self.record_foreign(ctx, payment, member, seen).await?;
            return Ok(Delivery::OfAnother);
        }
        match news {
            News::Snap(notification) => {
                self.apply_notification(ctx, payment, notification, seen)
                    .await?;
            }
            News::Card(transaction) => {
                let (was, is_earlier) = (payment.status, seen.at < payment.created_at);
                let along = Along {
                    settle: &|payment: &mut Payment| adopt(payment, was, is_earlier),
                    ..Along::only(Some(seen))
                };
                self.record_transaction(ctx, payment, transaction, &along, seen.at)
                    .await?;
            }
        }
        Ok(Delivery::Applied)
    }

    /// What a notification that waits said; `None` when it does not wait.
    async fn kept(&self, seen: &SeenNotification) -> Result<Option<String>, AppError> {
        match &seen.waiting {
            None => Ok(None),
            Some(Kept::Plain(text)) => Ok(Some(text.clone())),
            Some(Kept::Sealed(sealed)) => {
                let body = self.open(&waiting_context(seen), sealed).await?;
                let text = String::from_utf8(body.expose_secret().to_vec());
                text.map(Some)
                    .map_err(|_| AppError::Internal("what was kept is no text"))
            }
        }
    }

    /// Applies what DOKU told of a payment before we knew it.
    pub(super) async fn join_waiting(
        &self,
        ctx: &Context,
        payment: Payment,
    ) -> Result<Payment, AppError> {
        let ctx = &ctx.notification();
        let reference = payment.reference.as_str();
        for waiting in self.store.waiting_notifications(reference).await? {
            let kept = match self.kept(&waiting).await {
                Ok(kept) => kept,
                // Its key is gone. That must not keep the payment from becoming known in other ways.
                Err(AppError::Internal(_)) => None,
                Err(error) => return Err(error),
            };
            let news = kept.and_then(|kept| News::again(waiting.family, &kept));
            let Some(news) = news else {
                tracing::error!(paymentId = %payment.id, "a notification that was kept cannot be read");
                continue;
            };
            // Under its own key, where a newer release may have added something to it. The same news told again
            // is not known by that key, and changes nothing.
            let seen = SeenNotification {
                waiting: None,
                ..waiting.clone()
            };
            let delivery = self.apply_news(ctx, payment.id, &news, &seen).await?;
            if delivery == Delivery::OfAnother {
                // It waits for nothing any more.
                self.forget_waiting(&waiting).await?;
            }
        }
        let again = self.store.payment(payment.id).await?;
        again.ok_or(AppError::Internal("a payment vanished"))
    }
}

impl Refusal {
    /// Logs and counts a call that is not believed: why, but nothing of what came.
    pub(crate) fn log(&self, what: &str) {
        if matches!(
            self,
            Self::Signature
                | Self::Untimed
                | Self::UnreadableTime
                | Self::Stale
                | Self::Partner
                | Self::Token
                | Self::Repeated(_)
        ) {
            tracing::warn!(reason = %self, "{what}");
            telemetry::count("NotificationRejected", 1);
        }
    }
}

/// Marks a payment that was decided by news from before it was made: this deployment does not remember the
/// call that the news is about.
fn adopt(payment: &mut Payment, was: PaymentStatus, is_earlier: bool) {
    if is_earlier && payment.status != was {
        payment.adopted = true;
    }
}

/// The forms of a body that its sender may have signed: as it came, and without the byte order mark that was put
/// in front of it.
fn signed_forms(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bare = body.strip_prefix("\u{feff}".as_bytes());
    [Some(body), bare].into_iter().flatten()
}

/// True when the caller names itself as the client we are, or as the one that is set.
pub(super) fn is_partner(headers: &InboundHeaders, secrets: &Secrets, config: &Config) -> bool {
    headers.partner.as_deref().is_some_and(|partner| {
        partner == secrets.client_id() || config.partner_id.as_deref() == Some(partner)
    })
}
