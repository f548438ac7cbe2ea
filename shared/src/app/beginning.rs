//! Beginning something: a claim on the caller's key, stored together with what it begins.

use super::recording::pause;
use super::{App, AppError, Deadline, Idempotency};
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

impl App {
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
