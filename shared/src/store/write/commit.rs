//! Sending a write, and the meaning of its refusal.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};

use super::{Item, Part, Rejected, Write, from_item, unavailable};
use crate::domain::ids::PaymentId;
use crate::retry::{self, Backoff, NotNow};
use crate::store::StoreError;
use crate::store::items::{ClaimItem, ReferenceItem};

/// Most items of one transaction.
const MOST_ITEMS: usize = 100;

/// The meaning of a refusal.
#[derive(Debug)]
enum Refusal {
    /// A condition does not hold, or the request itself is wrong: the same again would be refused again.
    Final(Rejected),
    /// Not now. With the reason, for the case that time runs out.
    NotNow(NotNow, StoreError),
}

impl Write<'_> {
    /// Writes everything or nothing; with nothing to write there is nothing to refuse.
    ///
    /// A transaction that `DynamoDB` cancelled because of throttling or a conflict did nothing: it is sent
    /// again under another token, until time runs out. One of unknown fate is sent again under its own
    /// token, as the SDK does with its own retries, so that a write whose answer was lost is not refused
    /// by itself.
    pub async fn commit(&mut self) -> Result<(), Rejected> {
        if let Some(broken) = self.broken.take() {
            return Err(broken.into());
        }
        if self.parts.is_empty() {
            return Ok(());
        }
        if self.parts.len() > MOST_ITEMS {
            return Err(StoreError::TooManyItems(self.parts.len()).into());
        }
        self.store.announce_shards().await?;
        let (parts, items): (Vec<_>, Vec<_>) = self.parts.drain(..).unzip();
        let forms = std::mem::take(&mut self.forms);
        let mut backoff = Backoff::new();
        let mut token = token()?;
        loop {
            let (why, error) = match self.attempt(&parts, items.clone(), &token).await {
                Ok(()) => {
                    for (stored, form) in forms {
                        stored.set(form);
                    }
                    return Ok(());
                }
                Err(Refusal::Final(rejected)) => return Err(rejected),
                Err(Refusal::NotNow(why, error)) => (why, error),
            };
            if !backoff.allows(why).await {
                return Err(error.into());
            }
            if !why.is_unclear() {
                token = self::token()?;
            }
        }
    }

    async fn attempt(
        &self,
        parts: &[Part],
        items: Vec<TransactWriteItem>,
        token: &str,
    ) -> Result<(), Refusal> {
        let sent = self
            .store
            .client
            .transact_write_items()
            .set_transact_items(Some(items))
            .client_request_token(token)
            .send()
            .await;
        sent.map(drop).map_err(|error| refusal(parts, &error))
    }
}

/// Names one transaction.
fn token() -> Result<String, StoreError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| StoreError::Unavailable("no randomness".to_owned()))?;
    Ok(hex::encode(bytes))
}

fn refusal(parts: &[Part], error: &SdkError<TransactWriteItemsError>) -> Refusal {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancellation(parts, cancelled.cancellation_reasons())
        }
        // The token named another transaction: this one did nothing.
        Some(TransactWriteItemsError::IdempotentParameterMismatchException(_)) => {
            Refusal::NotNow(NotNow::Throttled, unavailable(error))
        }
        _ => match retry::meaning_of(error) {
            Some(why) => Refusal::NotNow(why, unavailable(error)),
            None => Refusal::Final(unavailable(error).into()),
        },
    }
}

/// The meaning of a cancelled transaction. A condition that does not hold decides, whatever else is said
/// of other items: the claim says most, then the first of the others. Throttling and conflicts are left
/// when there is nothing that time would not mend.
fn cancellation(parts: &[Part], reasons: &[CancellationReason]) -> Refusal {
    let mut failed = None;
    let mut wrong = None;
    let mut later = None;
    for (part, reason) in parts.iter().zip(reasons) {
        match reason.code() {
            None | Some("None") => {}
            Some("ConditionalCheckFailed") => {
                let found = refused(part, reason.item()).unwrap_or_else(Rejected::from);
                match found {
                    Rejected::Claimed(_) => return Refusal::Final(found),
                    // Why it failed cannot be read: no other meaning may hide that.
                    Rejected::Unavailable(_) => failed = Some(found),
                    other => failed = failed.or(Some(other)),
                }
            }
            Some(code) => {
                let error = StoreError::Unavailable(code.to_owned());
                match retry::meaning(code) {
                    Some(why) => later = later.or(Some((why, error))),
                    None => wrong = wrong.or(Some(error)),
                }
            }
        }
    }
    match (failed, wrong, later) {
        (Some(rejected), _, _) => Refusal::Final(rejected),
        (None, Some(error), _) => Refusal::Final(error.into()),
        // It was cancelled as a whole, whatever the code of one item says.
        (None, None, Some((_, error))) => Refusal::NotNow(NotNow::Throttled, error),
        (None, None, None) => Refusal::Final(Rejected::Stale),
    }
}

fn refused(part: &Part, old: Option<&Item>) -> Result<Rejected, StoreError> {
    Ok(match part {
        Part::Claim(key) => match old {
            Some(old) => {
                let item: ClaimItem = from_item(old.clone())?;
                Rejected::Claimed(Box::new(item.read(key.clone())?))
            }
            None => Rejected::Stale,
        },
        Part::Reference(text) => {
            let item: Option<ReferenceItem> = old.cloned().map(from_item).transpose()?;
            let payment = item.and_then(|item| item.payment_id);
            Rejected::Referenced {
                text: text.clone(),
                payment: payment.and_then(|id| PaymentId::parse(&id).ok()),
            }
        }
        Part::Notification => Rejected::Seen,
        Part::Answer => Rejected::Answered,
        Part::Resource | Part::Other => Rejected::Stale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "ConditionalCheckFailed";

    /// The refusal in a word.
    fn word(reasons: &[&str]) -> String {
        let parts = [
            Part::Answer,
            Part::Resource,
            Part::Notification,
            Part::Other,
        ];
        let reasons: Vec<_> = reasons
            .iter()
            .map(|code| CancellationReason::builder().code(*code).build())
            .collect();
        match cancellation(&parts, &reasons) {
            Refusal::Final(Rejected::Answered) => "answered".to_owned(),
            Refusal::Final(Rejected::Stale) => "stale".to_owned(),
            Refusal::Final(Rejected::Seen) => "seen".to_owned(),
            Refusal::Final(other) => format!("final: {other}"),
            Refusal::NotNow(NotNow::Throttled, _) => "later".to_owned(),
            Refusal::NotNow(why, _) => format!("{why:?}"),
        }
    }

    #[test]
    fn the_meaning_of_a_cancelled_transaction() {
        let table: [(&[&str], &str); 14] = [
            (&["None", "ThrottlingError", "None", "None"], "later"),
            (&["ProvisionedThroughputExceeded"], "later"),
            (&["None", "None", "None", "RequestLimitExceeded"], "later"),
            (&["None", "TransactionConflict", "None"], "later"),
            (&["TransactionConflict", "ThrottlingError"], "later"),
            (&["InternalServerError", "None"], "later"),
            (&["None", FAILED, "None", "None"], "stale"),
            (&[FAILED, "ThrottlingError", "None"], "answered"),
            (&["ThrottlingError", "None", FAILED, "None"], "seen"),
            (&["TransactionConflict", FAILED], "stale"),
            (&[FAILED, FAILED, FAILED, FAILED], "answered"),
            (
                &["ThrottlingError", "ValidationError"],
                "final: DynamoDB is not available: ValidationError",
            ),
            (&["ValidationError", FAILED], "stale"),
            (&[], "stale"),
        ];
        for (reasons, expected) in table {
            assert_eq!(word(reasons), expected, "{reasons:?}");
        }
    }

    #[test]
    fn no_two_transactions_have_one_token() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_ne!(one, other);
        assert!((1..=36).contains(&one.len()));
    }
}
