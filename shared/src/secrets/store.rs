//! Fetching the secret, and keeping it for a while.

use std::{sync::Arc, time::Duration};

use aws_sdk_secretsmanager::{
    Client, error::ProvideErrorMetadata, operation::get_secret_value::GetSecretValueError,
};
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::{Secrets, SecretsError};
use crate::clock::{Clock, Timestamp};
use crate::retry::{self, Backoff};

/// The most time for the version before the current one: anyone can make us ask for it, and others wait.
const PREVIOUS_WITHIN: Duration = Duration::from_secs(2);
/// How long a version is used without asking again.
const FRESH_FOR: Duration = Duration::from_mins(5);
/// How often we may ask out of turn. Anyone can send a bad signature; that must not become a way
/// of making us call Secrets Manager.
const REFRESH_EVERY: Duration = Duration::from_secs(10);

/// How long after a rotation the version before it still verifies.
const ROTATION: Duration = Duration::from_hours(24);

/// The secret by its name or ARN, cached per environment.
#[derive(Debug)]
pub struct SecretStore {
    client: Client,
    arn: String,
    clock: Clock,
    current: Mutex<Slot<Arc<Secrets>>>,
    previous: Mutex<Slot<Option<Arc<Secrets>>>>,
}

/// A cached version, and when it was last asked for (successfully or not).
#[derive(Debug)]
struct Slot<T> {
    value: Option<T>,
    asked_at: Option<Timestamp>,
    /// When it was last asked for out of turn.
    refreshed_at: Option<Timestamp>,
    /// When Secrets Manager got it.
    created_at: Option<Timestamp>,
}

impl<T> Slot<T> {
    const EMPTY: Self = Self {
        value: None,
        asked_at: None,
        refreshed_at: None,
        created_at: None,
    };

    /// Whether it was asked for less than `span` ago.
    fn asked_within(&self, span: Duration, now: Timestamp) -> bool {
        is_within(self.asked_at, span, now)
    }
}

/// Whether something happened less than `span` ago. A clock that was moved back counts as long ago, or
/// a cached version could stay for ever.
fn is_within(at: Option<Timestamp>, span: Duration, now: Timestamp) -> bool {
    at.is_some_and(|at| at <= now && now.since(at) < span)
}

impl SecretStore {
    /// Fetches nothing yet.
    pub fn new(client: Client, arn: impl Into<String>, clock: Clock) -> Self {
        Self {
            client,
            arn: arn.into(),
            clock,
            current: Mutex::new(Slot::EMPTY),
            previous: Mutex::new(Slot::EMPTY),
        }
    }

    /// The current version, at most five minutes old.
    ///
    /// When Secrets Manager fails and an older version is at hand, that one is used: an outage
    /// there must not stop payments.
    pub async fn current(&self) -> Result<Arc<Secrets>, SecretsError> {
        let mut slot = self.current.lock().await;
        let now = self.clock.now();
        match &slot.value {
            Some(secrets) if slot.asked_within(FRESH_FOR, now) => Ok(Arc::clone(secrets)),
            _ => self.ask(&mut slot, now).await,
        }
    }

    /// The current version, asked for again unless this asked in the last ten seconds. (A process that
    /// began a moment ago may have read the secret just before it was rotated.)
    ///
    /// For when a signature or a token failed and the secret may have been rotated. Compare with
    /// [`Arc::ptr_eq`] to see whether it brought anything new. The previous version is asked for
    /// again as well, at its next use.
    pub async fn refresh(&self) -> Result<Arc<Secrets>, SecretsError> {
        let mut slot = self.current.lock().await;
        let now = self.clock.now();
        match &slot.value {
            Some(secrets) if is_within(slot.refreshed_at, REFRESH_EVERY, now) => {
                Ok(Arc::clone(secrets))
            }
            _ => {
                slot.refreshed_at = Some(now);
                self.ask(&mut slot, now).await
            }
        }
    }

    /// The current version, asked for at once. Only for what nobody outside can make happen.
    pub async fn read_again(&self) -> Result<Arc<Secrets>, SecretsError> {
        let mut slot = self.current.lock().await;
        let now = self.clock.now();
        slot.refreshed_at = Some(now);
        self.ask(&mut slot, now).await
    }

    /// The version before the current one, at most five minutes old; `None` when there is none,
    /// or when it was never usable (a new stack's placeholders are such a version).
    pub async fn previous(&self) -> Result<Option<Arc<Secrets>>, SecretsError> {
        let mut slot = self.previous.lock().await;
        let now = self.clock.now();
        if let Some(value) = &slot.value
            && slot.asked_within(FRESH_FOR, now)
        {
            return Ok(value.clone());
        }
        let fetched = self
            .fetch("AWSPREVIOUS", Backoff::at_most(PREVIOUS_WITHIN))
            .await?;
        let version = fetched.and_then(|(json, _)| Secrets::parse(&json).ok().map(Arc::new));
        *slot = Slot {
            value: Some(version.clone()),
            asked_at: Some(now),
            ..Slot::EMPTY
        };
        Ok(version)
    }

    /// The version before the current one as long as it may still verify what others sign: for a
    /// day after the current one was made. A secret that was replaced because it leaked must not
    /// be believed for ever.
    pub async fn previous_while_rotating(&self) -> Result<Option<Arc<Secrets>>, SecretsError> {
        let created_at = self.current.lock().await.created_at;
        let now = self.clock.now();
        if created_at.is_some_and(|created_at| now.since(created_at) > ROTATION) {
            return Ok(None);
        }
        self.previous().await
    }

    async fn ask(
        &self,
        slot: &mut Slot<Arc<Secrets>>,
        now: Timestamp,
    ) -> Result<Arc<Secrets>, SecretsError> {
        // A caller that has a version need not wait for a newer one.
        let patience = match &slot.value {
            Some(_) => Backoff::at_most(Duration::ZERO),
            None => Backoff::new(),
        };
        let fetched = match self.fetch("AWSCURRENT", patience).await {
            Ok(Some((json, created_at))) => {
                slot.created_at = created_at;
                Secrets::parse(&json)
            }
            Ok(None) => Err(SecretsError::Unavailable {
                code: "ResourceNotFoundException".into(),
            }),
            Err(error) => Err(error),
        };
        // Also after a failure: the next attempt is as far away as after a success.
        slot.asked_at = Some(now);
        match (fetched, &slot.value) {
            (Ok(secrets), _) => {
                let secrets = Arc::new(secrets);
                slot.value = Some(Arc::clone(&secrets));
                // What was previous then need not be now; it is never older than the current one.
                *self.previous.lock().await = Slot::EMPTY;
                Ok(secrets)
            }
            (Err(error), Some(kept)) => {
                tracing::warn!(%error, "the secret could not be read again; the last one is kept");
                Ok(Arc::clone(kept))
            }
            (Err(error), None) => Err(error),
        }
    }

    /// The text of one version; `None` when there is no such version.
    async fn fetch(
        &self,
        stage: &str,
        patience: Backoff,
    ) -> Result<Option<(SecretString, Option<Timestamp>)>, SecretsError> {
        let request = self
            .client
            .get_secret_value()
            .secret_id(&self.arn)
            .version_stage(stage);
        match retry::with(patience, || request.clone().send()).await {
            Ok(answer) => {
                let created_at = answer.created_date().and_then(|date| date.to_millis().ok());
                let text = answer.secret_string.map(SecretString::from);
                Ok(text.map(|text| (text, created_at.map(Timestamp::from_millis))))
            }
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
                Some(service) => {
                    let code = service.code().unwrap_or("service error").to_owned();
                    Err(SecretsError::Unavailable { code })
                }
                None => Err(SecretsError::Unavailable {
                    code: error.to_string(),
                }),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{path::PathBuf, sync::Mutex as StdMutex};

    use aws_sdk_secretsmanager::config::{
        BehaviorVersion, Credentials, Region, retry::RetryConfig,
    };
    use aws_smithy_runtime_api::{
        client::{
            http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
            orchestrator::{HttpRequest, HttpResponse},
        },
        http::StatusCode,
    };
    use aws_smithy_types::body::SdkBody;
    use secrecy::ExposeSecret;
    use serde_json::{Value, json};

    use super::*;
    use crate::secrets::tests::sample;

    /// Plays Secrets Manager: a version per stage, and a list of the stages asked for.
    #[derive(Debug, Clone, Default)]
    struct Fake {
        versions: Arc<StdMutex<Vec<(&'static str, Value)>>>,
        asked: Arc<StdMutex<Vec<String>>>,
        down: Arc<StdMutex<bool>>,
    }

    impl HttpConnector for Fake {
        fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
            let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            let stage = body["VersionStage"].as_str().unwrap().to_owned();
            self.asked.lock().unwrap().push(stage.clone());
            let versions = self.versions.lock().unwrap();
            let (status, body) = match versions.iter().find(|(name, _)| *name == stage) {
                _ if *self.down.lock().unwrap() => {
                    (400, json!({"__type": "AccessDeniedException"}))
                }
                Some((_, secret)) => (200, json!({"SecretString": secret.to_string()})),
                None => (400, json!({"__type": "ResourceNotFoundException"})),
            };
            let status = StatusCode::try_from(status).unwrap();
            HttpConnectorFuture::ready(Ok(HttpResponse::new(
                status,
                SdkBody::from(body.to_string()),
            )))
        }
    }

    struct World {
        fake: Fake,
        store: SecretStore,
        offset: PathBuf,
    }

    impl World {
        fn new(name: &str) -> Self {
            let fake = Fake::default();
            let connector = SharedHttpConnector::new(fake.clone());
            let config = aws_sdk_secretsmanager::Config::builder()
                .behavior_version(BehaviorVersion::v2026_01_12())
                .region(Region::from_static("ap-southeast-3"))
                .credentials_provider(Credentials::new("a", "b", None, None, "test"))
                .retry_config(RetryConfig::disabled())
                .http_client(http_client_fn(move |_, _| connector.clone()))
                .build();
            let file = format!("secrets-{name}-{}", std::process::id());
            let offset = std::env::temp_dir().join(file);
            let clock = Clock::with_offset_file(offset.clone());
            let store = SecretStore::new(Client::from_conf(config), "arn", clock);
            Self {
                fake,
                store,
                offset,
            }
        }

        fn put(&self, stage: &'static str, secret_key: &str) {
            let mut secret = sample();
            secret["secretKey"] = secret_key.into();
            let mut versions = self.fake.versions.lock().unwrap();
            versions.retain(|(name, _)| *name != stage);
            versions.push((stage, secret));
        }

        fn at(&self, seconds: u32) {
            std::fs::write(&self.offset, format!("{seconds}000")).unwrap();
        }

        fn asked(&self) -> usize {
            self.fake.asked.lock().unwrap().len()
        }
    }

    impl Drop for World {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.offset);
        }
    }

    #[tokio::test]
    async fn a_version_is_used_for_five_minutes() {
        let world = World::new("five");
        world.put("AWSCURRENT", "SK-1");
        let first = world.store.current().await.unwrap();
        world.at(290);
        assert!(Arc::ptr_eq(&first, &world.store.current().await.unwrap()));
        assert_eq!(world.asked(), 1);
        world.at(310);
        assert!(!Arc::ptr_eq(&first, &world.store.current().await.unwrap()));
        assert_eq!(world.asked(), 2);
    }

    #[tokio::test]
    async fn bad_signatures_cannot_make_us_hammer() {
        let world = World::new("hammer");
        world.put("AWSCURRENT", "SK-1");
        world.store.current().await.unwrap();
        // What was read in turn may be older than a rotation a moment ago.
        for (seconds, asked) in [(0, 2), (9, 2), (11, 3)] {
            world.at(seconds);
            let first = world.store.refresh().await.unwrap();
            for _ in 0..100 {
                assert!(Arc::ptr_eq(&first, &world.store.refresh().await.unwrap()));
            }
            assert_eq!(world.asked(), asked, "after {seconds} s");
        }
    }

    #[tokio::test]
    async fn what_we_sealed_ourselves_is_reason_enough_to_ask_at_once() {
        let world = World::new("again");
        world.put("AWSCURRENT", "SK-1");
        world.store.refresh().await.unwrap();
        world.put("AWSCURRENT", "SK-2");
        let key = |secrets: Arc<Secrets>| secrets.secret_key().expose_secret().to_owned();
        assert_eq!(key(world.store.refresh().await.unwrap()), "SK-1");
        assert_eq!(key(world.store.read_again().await.unwrap()), "SK-2");
        assert_eq!(key(world.store.current().await.unwrap()), "SK-2");
    }

    #[tokio::test]
    async fn the_previous_version_is_cached_even_when_there_is_none() {
        let world = World::new("previous");
        world.put("AWSCURRENT", "SK-2");
        world.store.current().await.unwrap();
        assert!(world.store.previous().await.unwrap().is_none());
        assert!(world.store.previous().await.unwrap().is_none());
        assert_eq!(world.asked(), 2);

        world.put("AWSPREVIOUS", "SK-1");
        world.at(20);
        world.store.refresh().await.unwrap();
        assert!(
            world.store.previous().await.unwrap().is_some(),
            "a refresh forgets it"
        );
        assert_eq!(world.asked(), 4);
    }

    #[tokio::test]
    async fn placeholders_of_a_new_stack_are_no_previous_version() {
        let world = World::new("placeholder");
        world.put("AWSPREVIOUS", "REPLACE_ME");
        assert!(world.store.previous().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn an_outage_keeps_the_last_version() {
        let world = World::new("outage");
        *world.fake.down.lock().unwrap() = true;
        let error = world.store.current().await.unwrap_err();
        assert!(
            error.to_string().contains("AccessDeniedException"),
            "{error}"
        );
        *world.fake.down.lock().unwrap() = false;
        world.put("AWSCURRENT", "SK-1");
        let kept = world.store.current().await.unwrap();
        *world.fake.down.lock().unwrap() = true;
        world.at(400);
        assert!(Arc::ptr_eq(&kept, &world.store.current().await.unwrap()));
    }
}
