//! One key, one effect.

use std::sync::Arc;

use super::answer::Answer;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::seal::Keyring;
use crate::secrets::Secrets;
use crate::signing::sha256_hex;
use crate::store::{Claim, Target};

/// What makes two requests the same one.
pub struct Idempotency {
    /// Who calls.
    pub subject: String,
    /// Method and route, without ids.
    pub route: &'static str,
    /// The caller's key.
    pub key: String,
    /// Everything that was asked, in a canonical form. May hold an OTP: only a keyed hash of it is
    /// stored.
    pub request: Vec<u8>,
}

impl Idempotency {
    /// Name of the claim: a hash, so that neither length nor characters of a key matter.
    pub(super) fn claim_key(&self) -> String {
        let parts = [&self.subject, self.route, &self.key];
        let lengths = parts.map(|part| part.len().to_string()).join(".");
        sha256_hex(format!("{lengths}:{}", parts.concat()).as_bytes())
    }

    /// A claim to be stored.
    pub(super) fn claim(&self, secrets: &Secrets, target: Target, now: Timestamp) -> Claim {
        Claim {
            key: self.claim_key(),
            fingerprint: secrets.keyring().fingerprint(&self.request),
            target,
            answer: None,
            created_at: now,
        }
    }
}

impl App {
    /// Checks that a claim found was made for the same request.
    async fn check_same(
        &self,
        secrets: &Secrets,
        idempotency: &Idempotency,
        claim: &Claim,
    ) -> Result<(), AppError> {
        let same = |keyring: &Keyring| {
            keyring
                .fingerprint_matches(&claim.fingerprint, &idempotency.request)
                .then_some(())
        };
        if same(secrets.keyring()).is_some() {
            return Ok(());
        }
        self.with_any_keyring(same)
            .await?
            .ok_or(AppError::KeyReused)
    }

    /// The claim of an earlier request that was the same, though it could not be begun now: what is
    /// offered, and what a body has to say, may have changed since.
    pub(super) async fn same_before(
        &self,
        idempotency: &Idempotency,
    ) -> Result<Option<(Arc<Secrets>, Claim)>, AppError> {
        let Some(claim) = self.earlier(idempotency).await? else {
            return Ok(None);
        };
        let secrets = self.secrets.current().await?;
        match self.check_same(&secrets, idempotency, &claim).await {
            Ok(()) => Ok(Some((secrets, claim))),
            Err(AppError::KeyReused) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The answer that an earlier request with this claim got, if it got one. Refuses a claim that
    /// was made for another request.
    pub(super) async fn answered(
        &self,
        secrets: &Secrets,
        idempotency: &Idempotency,
        claim: &Claim,
    ) -> Result<Option<Answer>, AppError> {
        self.check_same(secrets, idempotency, claim).await?;
        match &claim.answer {
            Some(answer) => self.replay(&claim.key, answer).await.map(Some),
            None => Ok(None),
        }
    }

    /// Looks whether a request that cannot be started anew was started before: a repeat must get
    /// its answer even when the world has moved on since.
    pub(super) async fn earlier(
        &self,
        idempotency: &Idempotency,
    ) -> Result<Option<Claim>, AppError> {
        let claim = self.store.claim(&idempotency.claim_key()).await?;
        let alive = self.clock.now().minus(crate::store::CLAIM_LIFE);
        Ok(claim.filter(|claim| claim.created_at > alive))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_key_do_not_run_together() {
        let key = |subject: &str, key: &str| {
            Idempotency {
                subject: subject.into(),
                route: "POST /v1/payments",
                key: key.into(),
                request: Vec::new(),
            }
            .claim_key()
        };
        assert_ne!(key("a", "b"), key("a", "c"));
        assert_eq!(key("a", "b"), key("a", "b"));
        let moved = Idempotency {
            subject: "aP".into(),
            route: "OST /v1/payments",
            key: "b".into(),
            request: Vec::new(),
        };
        assert_ne!(key("a", "b"), moved.claim_key());
    }
}
