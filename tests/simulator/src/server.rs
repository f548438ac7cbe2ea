//! Starting and stopping the simulator.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use doku_shared::signing::asymmetric::{KeyError, SigningKey, VerifyingKey};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use url::Url;

use crate::channel::Channels;
use crate::clock::MovableClock;
use crate::config::Config;
use crate::connection::{BreakableListener, Breaker};
use crate::notifications::{MerchantLink, courier};
use crate::shared::{Identity, Shared};
use crate::world::World;
use crate::{admin, front, pages};

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Simulator at {}", self.base_url)
    }
}

/// How long open connections may take to finish once the simulator stops.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error("{0} is in use by another program; choose another port")]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The merchant's public key cannot be used.
    #[error("the merchant's public key cannot be read: expected a PEM `PUBLIC KEY`")]
    MerchantKey(#[source] KeyError),
    /// DOKU's private key cannot be used.
    #[error("DOKU's private key cannot be read: expected an unencrypted PEM `PRIVATE KEY`")]
    DokuKey(#[source] KeyError),
    /// The merchant's address is no web address.
    #[error("the merchant's address {0:?} is no http or https address")]
    MerchantUrl(String),
    /// The HTTP client for notifications could not be made.
    #[error("the HTTP client for notifications could not be made")]
    Client(#[source] reqwest::Error),
}

/// A running simulator. Dropping it stops it too, without waiting.
pub struct Simulator {
    base_url: String,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    server: JoinHandle<io::Result<()>>,
}

impl Simulator {
    /// Starts serving on the current Tokio runtime, and returns once connections are accepted.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if let Some(url) = &config.merchant_base_url {
            check_merchant_url(url)?;
        }
        let identity = Identity {
            client_id: config.client_id,
            secret_now: RwLock::new(SecretString::from(config.secret_key)),
            merchant_key: VerifyingKey::from_pem(&config.merchant_public_key_pem)
                .map_err(StartError::MerchantKey)?,
            doku_key: SigningKey::from_pem(&SecretString::from(config.doku_private_key_pem))
                .map_err(StartError::DokuKey)?,
            merchant_name: config.merchant_name,
        };
        let merchant = MerchantLink::new(
            config.notification_path,
            config.card_notification_path,
            config.token_path,
        )
        .map_err(StartError::Client)?;
        let (listener, base_url) = listen(config.listen).await?;
        let page_base = config.page_host.unwrap_or_else(|| base_url.clone());
        let (stop, stopping) = watch::channel(false);
        let shared = Shared::new(
            identity,
            match config.clock {
                Some(clock) => MovableClock::elsewhere(clock),
                None => MovableClock::new(config.clock_offset_file),
            },
            page_base.trim_end_matches('/').to_owned(),
            merchant,
            config.gate,
            stopping,
            World::new(
                config.settings,
                Channels::with(config.channels),
                config.merchant_base_url,
                config.default_balance,
            ),
        );
        tokio::spawn(courier::watch_clock(Arc::clone(&shared)));
        let router = Router::new()
            .merge(pages::router())
            .merge(admin::router())
            .fallback(front::handle)
            .with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<Breaker>();
        let server = axum::serve(BreakableListener(listener), service).with_graceful_shutdown({
            let shared = Arc::clone(&shared);
            async move { shared.stopped().await }
        });
        let server = tokio::spawn(async move { server.await });
        Ok(Self {
            base_url,
            shared,
            stop,
            server,
        })
    }

    /// Where it listens, e.g. `http://127.0.0.1:8090`, without a slash at the end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// What `GET /admin/ledger` shows.
    pub fn ledger(&self) -> Value {
        let now = self.shared.clock.now();
        self.shared.world().ledger(now)
    }

    /// What `GET /admin/calls` shows: every call, accepted or not.
    pub fn calls(&self) -> Value {
        json!(self.shared.world().calls)
    }

    /// What `GET /admin/notifications` shows: every delivery of a notification, and how it went.
    pub fn deliveries(&self) -> Value {
        json!(self.shared.world().outbox.deliveries)
    }

    /// Stops accepting, lets open requests finish for two seconds, and returns.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let abort = self.server.abort_handle();
        if tokio::time::timeout(FINISH_WITHIN, self.server)
            .await
            .is_err()
        {
            abort.abort();
        }
    }
}

/// Refuses what is no http or https address.
pub fn check_merchant_url(url: &str) -> Result<(), StartError> {
    let is_web =
        Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if is_web {
        Ok(())
    } else {
        Err(StartError::MerchantUrl(url.to_owned()))
    }
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, String), StartError> {
    let refused = |source: io::Error| match source.kind() {
        io::ErrorKind::AddrInUse => StartError::AddressInUse(address),
        _ => StartError::Listen {
            listen: address,
            source,
        },
    };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    Ok((listener, format!("http://{bound}")))
}
