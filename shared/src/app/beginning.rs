//! Beginning something: a claim on the caller's key, stored together with what it begins.

use std::time::Duration;

use super::answer::Answer;
use super::recording::pause;
use super::{App, AppError, Deadline, Idempotency};
use crate::secrets::Secrets;
use crate::store::{Claim, Rejected};

/// How the write that begins something went.
pub(super) enum Begun {
    /// It is stored: go on.
    Stored,
    /// The same key began it before: continue that.
    Before(Claim),
    /// Somebody else wrote first: look again whether it is possible.
    LookAgain,
}

/// The claim of a request that creates no resource of its own.
pub(super) enum Claimed {
    /// Stored by this request.
    Now(Claim),
    /// Made by the same request before, which has got this answer.
    Answered(Answer),
}

impl App {
    /// Stores the claim of a request that creates no resource of its own. `in_progress` (409) where the same
    /// request is being processed elsewhere.
    pub(super) async fn claim_alone(
        &self,
        secrets: &Secrets,
        idempotency: &Idempotency,
        claim: Claim,
    ) -> Result<Claimed, AppError> {
        match self.store.write().claim(&claim).commit().await {
            Ok(()) => Ok(Claimed::Now(claim)),
            Err(Rejected::Claimed(earlier)) => {
                let answered = self.answered(secrets, idempotency, &earlier).await?;
                let answered = answered.map(Claimed::Answered);
                answered.ok_or(AppError::InProgress(Duration::from_secs(1)))
            }
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }

    /// Stores the final answer to such a request, so that a repeat gets the same one, and returns it.
    pub(super) async fn answer_claim(
        &self,
        secrets: &Secrets,
        claim: &Claim,
        answer: Answer,
    ) -> Result<Answer, AppError> {
        let kept = Self::keep(secrets, &claim.key, &answer);
        let mut write = self.store.write();
        write.answer(&claim.key, &kept, self.clock.now());
        match write.commit().await {
            Ok(()) | Err(Rejected::Answered) => Ok(answer),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }

    /// What the answer to such a write means. Waits before looking again, longer each `round`.
    pub(super) async fn begun(
        stored: Result<(), Rejected>,
        round: &mut u32,
        deadline: Deadline,
    ) -> Result<Begun, AppError> {
        match stored {
            Ok(()) => Ok(Begun::Stored),
            Err(Rejected::Claimed(claim)) => Ok(Begun::Before(*claim)),
            Err(Rejected::Stale) if !deadline.is_near() => {
                pause(*round).await;
                *round += 1;
                Ok(Begun::LookAgain)
            }
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }

    /// The claim of an earlier request with the same key; without one, what is wrong with this one.
    /// A repeat gets its answer even when the world has moved on since.
    pub(super) async fn begun_before(
        &self,
        idempotency: &Idempotency,
        error: AppError,
    ) -> Result<Claim, AppError> {
        self.earlier(idempotency).await?.ok_or(error)
    }
}
