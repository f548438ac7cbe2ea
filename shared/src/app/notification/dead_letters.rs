//! Letters that nobody could deliver: listed, and delivered again when somebody asks for it.

use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};

use super::super::{App, AppError};
use super::{News, card, snap};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction;
use crate::doku::wire::notification::{self as wire, BadMember};
use crate::domain::channel::Family;
use crate::domain::sealed::Sealed;
use crate::signing::sha256_hex;
use crate::store::{DeadLetter, LetterId, Rejected, SeenNotification, Unreadable};

/// Most letters of one list, and of one replay of all.
const PAGE: usize = 100;

/// What became of a letter that was delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replayed {
    /// It has reached its payment.
    Delivered,
    /// Its payment is still not known.
    StillUnmatched,
    /// It still cannot be read.
    StillUnreadable,
    /// There is no such letter, or not any more.
    Gone,
}

fn context(hash: &str) -> String {
    format!("DEADLETTER#{hash}")
}

impl App {
    pub(super) async fn store_unreadable(
        &self,
        family: Family,
        body: &[u8],
        why: &BadMember,
    ) -> Result<(), AppError> {
        let secrets = self.secrets.current().await?;
        let hash = sha256_hex(body);
        let letter = Unreadable {
            reason: format!("{} is missing or is not valid", why.0),
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
    /// where it is known, `reference`; and `nextCursor`. Nothing of what a letter says.
    pub async fn list_dead_letters(&self, after: Option<&str>) -> Result<Value, AppError> {
        let page = self.store.dead_letters(PAGE, after).await?;
        let items = page.items.iter().map(|(id, letter)| {
            let (reason, at, reference) = match letter {
                DeadLetter::Unmatched(seen) => (
                    "its payment is not known".to_owned(),
                    seen.at,
                    Some(seen.reference.clone()),
                ),
                DeadLetter::Unreadable(letter) => (letter.reason.clone(), letter.at, None),
            };
            json!({
                "letterId": id.to_string(),
                "reason": reason,
                "at": Timestamp::rfc3339_millis(at),
                "reference": reference,
            })
        });
        Ok(json!({ "items": items.collect::<Vec<_>>(), "nextCursor": page.next }))
    }

    /// Delivers a letter again. It was verified when it came.
    pub async fn replay_dead_letter(&self, id: &str) -> Result<Replayed, AppError> {
        let Some(id) = LetterId::parse(id) else {
            return Ok(Replayed::Gone);
        };
        match self.store.dead_letter(&id).await? {
            None => Ok(Replayed::Gone),
            Some(DeadLetter::Unmatched(seen)) => match News::kept(&seen) {
                Some(news) => self.deliver(&news, seen).await,
                None => Ok(Replayed::StillUnreadable),
            },
            Some(DeadLetter::Unreadable(letter)) => {
                let body = self.open(&context(&letter.hash), &letter.body).await?;
                let Some((news, seen)) = read(letter.family, body.expose_secret(), letter.at)
                else {
                    return Ok(Replayed::StillUnreadable);
                };
                let replayed = self.deliver(&news, seen).await?;
                // It lies where unmatched ones lie now, or has reached its payment.
                let forgotten = self.store.write().forget_letter(&id).commit().await;
                forgotten.map_err(AppError::of_write)?;
                Ok(replayed)
            }
        }
    }

    /// Delivers every letter again that lies there; says how many ended how.
    pub async fn replay_dead_letters(&self) -> Result<Value, AppError> {
        let (mut delivered, mut left) = (0_u32, 0_u32);
        let mut after = None;
        loop {
            let page = self.store.dead_letters(PAGE, after.as_deref()).await?;
            for (id, _) in page.items {
                match self.replay_dead_letter(&id.to_string()).await? {
                    Replayed::Delivered => delivered += 1,
                    Replayed::Gone => {}
                    Replayed::StillUnmatched | Replayed::StillUnreadable => left += 1,
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(json!({ "delivered": delivered, "left": left }));
            }
        }
    }

    async fn deliver(&self, news: &News, seen: SeenNotification) -> Result<Replayed, AppError> {
        let waiting = seen.waiting.clone().unwrap_or_default();
        let known = self.store.payment_id_of(&seen.reference).await?.is_some();
        self.absorb(news, seen, || waiting.clone()).await?;
        Ok(if known {
            Replayed::Delivered
        } else {
            Replayed::StillUnmatched
        })
    }
}

/// Reads what could not be read before: this program may be a newer one.
fn read(family: Family, body: &[u8], at: Timestamp) -> Option<(News, SeenNotification)> {
    match family {
        Family::Snap => {
            let notification = wire::read(body).ok()?;
            let mut seen = snap::seen(&notification, at);
            seen.waiting = Some(wire::keep(body));
            Some((News::Snap(notification), seen))
        }
        Family::NonSnap => {
            let transaction = transaction::read(body).ok()?;
            let mut seen = card::seen(&transaction, at);
            seen.waiting = Some(transaction.keep());
            Some((News::Card(Box::new(transaction)), seen))
        }
    }
}
