//! One key, one effect.

use std::sync::Arc;
use std::time::Duration;

use super::answer::Answer;
use super::{Actor, App, AppError};
use crate::clock::Timestamp;
use crate::domain::attribution;
use crate::domain::ids::CustomerId;
use crate::seal::Keyring;
use crate::secrets::Secrets;
use crate::signing::sha256_hex;
use crate::store::{CLAIM_LIFE, Claim, ClaimScope, Target};

/// How long after the first start of this release the keys of the release before are checked: as long as
/// that release kept them.
pub(super) const EARLIER_KEYS_FOR: Duration = CLAIM_LIFE;

/// What makes two requests the same one.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// Whose key it is: the merchant's, a customer's, or a name of our own.
    pub scope: String,
    /// Method and route, without ids.
    pub route: &'static str,
    /// The caller's key, without quotation marks around it.
    pub key: String,
    /// The actor whose request it is.
    pub requested_by: attribution::Actor,
    /// Under which names earlier releases would have stored the same claim.
    pub earlier: Vec<String>,
    /// Everything that was asked, in a canonical form. May hold an OTP: only a keyed hash of it is
    /// stored.
    pub request: Vec<u8>,
}

impl Idempotency {
    /// The key of a caller's request. Earlier releases kept keys apart by the token's subject, and as
    /// they were sent: `spellings` are the other ways of writing this one.
    pub fn of_caller(
        actor: &Actor,
        route: &'static str,
        key: &str,
        spellings: &[String],
        request: Vec<u8>,
    ) -> Self {
        let customer = actor.customer.as_ref().map_or("", CustomerId::as_str);
        let subject = format!("{}\n{customer}", actor.subject);
        let spellings = spellings.iter().map(String::as_str);
        Self {
            scope: actor.scope(),
            route,
            key: key.to_owned(),
            requested_by: actor.attribution().actor().clone(),
            earlier: std::iter::once(key)
                .chain(spellings)
                .map(|key| name(&subject, route, key))
                .collect(),
            request,
        }
    }

    /// Name of the claim.
    pub(super) fn claim_key(&self) -> String {
        name(&self.scope, self.route, &self.key)
    }

    /// A claim to be stored.
    pub(super) fn claim(&self, secrets: &Secrets, target: Target, now: Timestamp) -> Claim {
        Claim {
            key: self.claim_key(),
            fingerprint: secrets.keyring().fingerprint(&self.request),
            target,
            requested_by: Some(self.requested_by.clone()),
            answer: None,
            created_at: now,
            expires_at: None,
        }
    }
}

/// Name of a claim: a hash, so that neither length nor characters of a key matter.
fn name(scope: &str, route: &str, key: &str) -> String {
    let parts = [scope, route, key];
    let lengths = parts.map(|part| part.len().to_string()).join(".");
    sha256_hex(format!("{lengths}:{}", parts.concat()).as_bytes())
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
        let now = self.clock.now();
        match claim.filter(|claim| claim.is_alive(now)) {
            None => self.of_earlier_release(idempotency).await,
            claim => Ok(claim),
        }
    }

    /// The claim that an earlier release made for the same caller and key: it has to be asked for before
    /// a claim is made, until every such claim is gone. What it began is continued under its own name.
    pub(super) async fn of_earlier_release(
        &self,
        idempotency: &Idempotency,
    ) -> Result<Option<Claim>, AppError> {
        let now = self.clock.now();
        let known = self.claim_scope.get();
        if idempotency.earlier.is_empty() || known.is_some_and(|scope| !checks_earlier(scope, now))
        {
            return Ok(None);
        }
        let found = self
            .store
            .claims_of_earlier(&idempotency.earlier, known.is_none())
            .await?;
        if known.is_none() {
            let scope = match found.scope {
                Some(scope) => scope,
                None => self.store.begin_claim_scope(now).await?,
            };
            // Another request of this process may have read it as well.
            self.claim_scope.get_or_init(|| scope);
        }
        Ok(found.claims.into_iter().find(|claim| claim.is_alive(now)))
    }
}

fn checks_earlier(scope: &ClaimScope, now: Timestamp) -> bool {
    now < scope.since.plus(EARLIER_KEYS_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_key_do_not_run_together() {
        let key = |scope: &str, key: &str| name(scope, "POST /v1/payments", key);
        assert_ne!(key("a", "b"), key("a", "c"));
        assert_eq!(key("a", "b"), key("a", "b"));
        assert_ne!(key("a", "b"), name("aP", "OST /v1/payments", "b"));
    }

    #[test]
    fn tokens_of_one_merchant_or_customer_share_their_keys() {
        let key = |subject: &str, customer: Option<&str>| {
            let actor = Actor {
                subject: subject.to_owned(),
                customer: customer.map(|id| CustomerId::parse(id).unwrap()),
            };
            let quoted = ["\"k\"".to_owned()];
            Idempotency::of_caller(&actor, "POST /v1/payments", "k", &quoted, Vec::new())
        };
        let of = |subject, customer| key(subject, customer).claim_key();
        assert_eq!(of("backend", None), of("staff", None));
        assert_eq!(of("phone", Some("cust-1")), of("web", Some("cust-1")));
        assert_ne!(of("app", Some("cust-1")), of("app", Some("cust-2")));
        assert_ne!(of("app", Some("merchant")), of("app", None));
        let (first, other) = (key("backend", None), key("staff", None));
        assert_eq!(first.earlier.len(), 2);
        assert!(
            first
                .earlier
                .iter()
                .all(|name| !other.earlier.contains(name))
        );
    }
}
