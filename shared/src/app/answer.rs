//! What a caller gets: rendered once, so that a repeat gets the very same.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde::Serialize;

use super::{App, AppError};
use crate::domain::sealed::Sealed;
use crate::secrets::Secrets;
use crate::store::StoredAnswer;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status: 200, 201, or 202 while the outcome is not known.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
    /// True when the same answer was given before.
    pub replayed: bool,
    /// When to ask again.
    pub retry_after: Option<Duration>,
}

impl Answer {
    /// A fresh answer.
    pub(super) fn new<T: Serialize>(status: u16, view: &T) -> Result<Self, AppError> {
        Ok(Self {
            status,
            body: serde_json::to_vec(view).map_err(|_| AppError::Internal("rendering"))?,
            replayed: false,
            retry_after: None,
        })
    }

    /// The same, with advice when to ask again.
    #[must_use]
    pub(super) fn ask_again_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }
}

fn context(claim: &str) -> String {
    format!("CLAIM#{claim}/answer")
}

impl App {
    /// The answer as a claim keeps it.
    pub(super) fn keep(secrets: &Secrets, claim: &str, answer: &Answer) -> StoredAnswer {
        StoredAnswer {
            status: answer.status,
            body: Sealed(secrets.keyring().seal(&context(claim), &answer.body)),
        }
    }

    /// The answer of an operation that turns out to be over: it was stored together with its end,
    /// so whoever saw the end but read the claim before must look again.
    pub(super) async fn answered_meanwhile(&self, claim: &str) -> Result<Option<Answer>, AppError> {
        let answer = self.store.claim(claim).await?.and_then(|it| it.answer);
        match answer {
            Some(answer) => self.replay(claim, &answer).await.map(Some),
            None => Ok(None),
        }
    }

    /// The answer that a claim kept.
    pub(super) async fn replay(
        &self,
        claim: &str,
        stored: &StoredAnswer,
    ) -> Result<Answer, AppError> {
        let body = self.open(&context(claim), &stored.body).await?;
        Ok(Answer {
            status: stored.status,
            body: body.expose_secret().to_vec(),
            replayed: true,
            retry_after: None,
        })
    }
}
