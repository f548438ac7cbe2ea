//! Letters that nobody could deliver: listed, and delivered again when somebody asks for it.

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::{App, AppError, Deadline};
use super::{Delivery, News, card, snap};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction;
use crate::doku::wire::notification as wire;
use crate::domain::channel::Family;
use crate::domain::sealed::Sealed;
use crate::signing::sha256_hex;
use crate::store::{DeadLetter, LetterId, Rejected, SeenNotification, StoreError, Unreadable};

/// Most letters of one list, and most failures that a replay names.
const PAGE: usize = 100;

const UNMATCHED: &str = "its payment is not known";

/// What became of a letter that was delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Replayed {
    /// It has reached its payment.
    Delivered,
    /// Its payment is still not known.
    StillUnmatched,
    /// It still cannot be read.
    StillUnreadable,
    /// It is about something else than a payment of this deployment.
    NotOurs,
    /// There is no such letter, or not any more.
    Gone,
}

fn context(hash: &str) -> String {
    format!("DEADLETTER#{hash}")
}

impl App {
    /// Keeps a body, sealed, with the reason why it was not delivered.
    pub(super) async fn store_letter(
        &self,
        family: Family,
        body: &[u8],
        reason: String,
    ) -> Result<(), AppError> {
        let secrets = self.secrets.current().await?;
        let hash = sha256_hex(body);
        let letter = Unreadable {
            reason,
            family,
            at: self.clock.now(),
            body: Sealed(secrets.keyring().seal(&context(&hash), body)),
            hash,
        };
        match self.store.write().unreadable(&letter).commit().await {
            // DOKU sends it again and again.
            Ok(()) | Err(Rejected::Seen) => Ok(()),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }

    /// Letters that nobody could deliver, the latest first: `items` with `letterId`, `reason`, `at` and,
    /// where it is known, `reference`; and `nextCursor`, where there is more or time ran out. Nothing of
    /// what a letter says.
    pub async fn list_dead_letters(
        &self,
        after: Option<&str>,
        deadline: Deadline,
    ) -> Result<Value, AppError> {
        let page = self.store.dead_letters(PAGE, after).await?;
        let mut items = Vec::new();
        let mut last = after.map(str::to_owned);
        for name in page.items {
            if deadline.is_near() {
                return Ok(json!({ "items": items, "nextCursor": last }));
            }
            let (reason, reference) = match self.store.dead_letter(&name.id).await {
                Ok(Some(DeadLetter::Unmatched(seen))) => {
                    (UNMATCHED.to_owned(), Some(seen.reference))
                }
                Ok(Some(DeadLetter::Unreadable(letter))) => (letter.reason, None),
                // It was delivered meanwhile.
                Ok(None) => continue,
                Err(error) => (reason(&error.into()), None),
            };
            items.push(json!({
                "letterId": name.id.to_string(),
                "reason": reason,
                "at": name.at(),
                "reference": reference,
            }));
            last = Some(name.place);
        }
        Ok(json!({ "items": items, "nextCursor": page.next }))
    }

    /// Delivers a letter again: `replayed`, and a `reason` where it failed.
    pub async fn replay_dead_letter(&self, id: &str) -> Value {
        let Some(id) = LetterId::parse(id) else {
            return json!({ "replayed": Replayed::Gone });
        };
        match self.redeliver(&id).await {
            Ok(replayed) => json!({ "replayed": replayed }),
            Err(error) => json!({ "replayed": "failed", "reason": reason(&error) }),
        }
    }

    /// Delivers every letter again that lies there, from `after` on, and says how many ended how:
    /// `delivered`, `left` (its payment is still not known, it still cannot be read, or it is not about one), `failed`;
    /// `failures` names the first of those with their reasons. `complete` is false when time ran out:
    /// `nextCursor` goes on from there.
    pub async fn replay_dead_letters(
        &self,
        after: Option<&str>,
        deadline: Deadline,
    ) -> Result<Value, AppError> {
        let (mut delivered, mut left, mut failed) = (0_u32, 0_u32, 0_u32);
        let mut failures = Vec::new();
        let mut after = after.map(str::to_owned);
        let complete = 'all: loop {
            if deadline.is_near() {
                break false;
            }
            let page = match self.store.dead_letters(PAGE, after.as_deref()).await {
                Ok(page) => page,
                // What was done so far must not be forgotten.
                Err(_) if delivered + left + failed > 0 => break false,
                Err(error) => return Err(error.into()),
            };
            for name in page.items {
                if deadline.is_near() {
                    break 'all false;
                }
                match self.redeliver(&name.id).await {
                    Ok(Replayed::Delivered) => delivered += 1,
                    Ok(Replayed::Gone) => {}
                    Ok(
                        Replayed::StillUnmatched | Replayed::StillUnreadable | Replayed::NotOurs,
                    ) => left += 1,
                    Err(error) => {
                        let (letter, reason) = (name.id.to_string(), reason(&error));
                        tracing::warn!(letter, reason, "a letter could not be delivered");
                        failed += 1;
                        if failures.len() < PAGE {
                            failures.push(json!({ "letterId": letter, "reason": reason }));
                        }
                    }
                }
                after = Some(name.place);
            }
            if page.next.is_none() {
                break true;
            }
        };
        Ok(json!({
            "delivered": delivered,
            "left": left,
            "failed": failed,
            "failures": failures,
            "complete": complete,
            "nextCursor": after.filter(|_| !complete),
        }))
    }

    /// Delivers a letter again. It was verified when it came.
    async fn redeliver(&self, id: &LetterId) -> Result<Replayed, AppError> {
        match self.store.dead_letter(id).await? {
            None => Ok(Replayed::Gone),
            Some(DeadLetter::Unmatched(seen)) => {
                let kept = self.kept(&seen).await?.unwrap_or_default();
                match News::again(seen.family, &kept) {
                    Some(news) => self.deliver(&news, seen, &kept).await,
                    None => Ok(Replayed::StillUnreadable),
                }
            }
            Some(DeadLetter::Unreadable(letter)) => {
                let body = self.open(&context(&letter.hash), &letter.body).await?;
                let read = read(letter.family, body.expose_secret(), letter.at);
                let Some((news, seen, kept)) = read else {
                    return Ok(Replayed::StillUnreadable);
                };
                let replayed = self.deliver(&news, seen, &kept).await?;
                if replayed == Replayed::NotOurs {
                    return Ok(replayed);
                }
                // It lies where unmatched ones lie now, or has reached its payment.
                let forgotten = self.store.write().forget_letter(id).commit().await;
                forgotten.map_err(AppError::of_write)?;
                Ok(replayed)
            }
        }
    }

    async fn deliver(
        &self,
        news: &News,
        seen: SeenNotification,
        kept: &str,
    ) -> Result<Replayed, AppError> {
        let waiting = seen.clone();
        match self.absorb(news, seen, || kept.to_owned()).await? {
            Delivery::Applied => Ok(Replayed::Delivered),
            Delivery::Waiting => Ok(Replayed::StillUnmatched),
            Delivery::Foreign => Ok(Replayed::NotOurs),
            Delivery::OfAnother => {
                self.forget_waiting(&waiting).await?;
                Ok(Replayed::NotOurs)
            }
        }
    }

    /// Forgets a notification that waited for a payment and turned out to be about something else.
    pub(super) async fn forget_waiting(&self, seen: &SeenNotification) -> Result<(), AppError> {
        let letter = LetterId::of_waiting(seen);
        let forgotten = self.store.write().forget_letter(&letter).commit().await;
        forgotten.map_err(AppError::of_write)
    }
}

/// Why a letter could not be dealt with, and nothing of what it says.
fn reason(error: &AppError) -> String {
    match error {
        // The store quotes what it could not read.
        AppError::Store(StoreError::Corrupt(_)) => "its item cannot be read".to_owned(),
        AppError::Store(error) => error.to_string(),
        AppError::Internal(why) => (*why).to_owned(),
        error => error.to_string(),
    }
}

/// Reads what could not be read before (this program may be a newer one), and what to keep of it.
fn read(family: Family, body: &[u8], at: Timestamp) -> Option<(News, SeenNotification, String)> {
    match family {
        Family::Snap => {
            let notification = wire::read(body).ok()?;
            let seen = snap::seen(&notification, at);
            Some((News::Snap(Box::new(notification)), seen, wire::keep(body)))
        }
        Family::NonSnap => {
            let transaction = transaction::read(body).ok()?;
            let (seen, kept) = (card::seen(&transaction, at), transaction.keep());
            Some((News::Card(Box::new(transaction)), seen, kept))
        }
    }
}
