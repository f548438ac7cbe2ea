//! New ids, and new entries of the journal.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use ulid::Ulid;

use super::{App, AppError, Deadline};
use crate::domain::channel::Family;
use crate::domain::ids::ExternalId;
use crate::domain::operation::{GRACE, Operation, OperationKind, OperationState};

fn random<const N: usize>() -> Result<[u8; N], AppError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| AppError::Internal("no randomness"))?;
    Ok(bytes)
}

impl App {
    /// A ULID of this moment.
    pub(super) fn ulid(&self) -> Result<Ulid, AppError> {
        let millis = u64::try_from(self.clock.now().millis()).unwrap_or(0);
        Ok(Ulid::from_parts(millis, u128::from_be_bytes(random()?)))
    }

    /// A journal entry for a call that is about to be made, leased until this process must have
    /// ended.
    pub(super) fn intend(
        &self,
        kind: OperationKind,
        family: Family,
        claim: String,
        deadline: Deadline,
    ) -> Result<Operation, AppError> {
        let now = self.clock.now();
        Ok(Operation {
            kind,
            family,
            state: OperationState::Intended,
            external_id: self.external_id()?,
            started_at: now,
            lease_until: now.plus(deadline.remaining() + GRACE),
            absent_since: None,
            body: None,
            resent: false,
            claim,
        })
    }

    /// Id of one request to DOKU.
    pub(super) fn external_id(&self) -> Result<ExternalId, AppError> {
        let now = self.clock.now().rfc3339();
        let digits: String = now.chars().filter(char::is_ascii_digit).collect();
        Ok(ExternalId::new(&digits, u64::from_be_bytes(random()?)))
    }
}

/// 128 random bits as text, for a browser to bring back.
pub(super) fn nonce() -> Result<String, AppError> {
    Ok(hex::encode(random::<16>()?))
}
