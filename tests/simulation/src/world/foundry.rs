//! Functions of a world, as many as wanted, and the keys that they share with DOKU.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use doku_shared::app::App;
use doku_shared::clock::Clock;
use doku_shared::config::Config;
use doku_shared::transport::Transport;
use doku_simulator::keys::{self, PemPair};

use crate::call::PUBLIC;
use crate::cloud::{Cloud, QUEUE, SECRET, table};
use crate::reaper::Caller;

/// The keys of this process.
pub(super) fn key_pairs() -> &'static (PemPair, PemPair) {
    static KEYS: OnceLock<(PemPair, PemPair)> = OnceLock::new();
    KEYS.get_or_init(|| {
        let pair = || keys::generate().expect("entropy");
        (pair(), pair())
    })
}

/// Makes functions.
#[derive(Clone)]
pub(super) struct Foundry {
    pub cloud: Cloud,
    pub clock: Clock,
    pub transport: Transport,
    pub doku: String,
    pub parameters: Arc<Mutex<Parameters>>,
}

/// What operators set.
#[derive(Debug, Clone)]
pub(super) struct Parameters {
    pub shards: u8,
    /// When the table was restored to, if they said so.
    pub restored_at: Option<String>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            shards: 1,
            restored_at: None,
        }
    }
}

impl Foundry {
    pub fn app(&self, caller: Caller) -> App {
        let parameters = self.parameters.lock();
        let parameters = parameters.unwrap_or_else(PoisonError::into_inner).clone();
        let shards = parameters.shards.to_string();
        let mut settings = HashMap::from([
            ("TABLE_NAME", table().name.as_str()),
            ("DOKU_SECRET_ARN", SECRET),
            ("DOKU_ENVIRONMENT", "sandbox"),
            ("DOKU_BASE_URL", self.doku.as_str()),
            ("PUBLIC_BASE_URL", PUBLIC),
            ("CHANNEL_PATHS", "DIRECT_DEBIT_BRI_SNAP=archived-bri"),
            ("DUE_SHARDS", shards.as_str()),
            ("DUE_QUEUE_URL", QUEUE),
        ]);
        if let Some(at) = &parameters.restored_at {
            settings.insert("RESTORED_AT", at);
        }
        let config = Config::from_lookup(|name| settings.get(name).map(|&text| text.to_owned()));
        let aws = self.cloud.config(caller);
        App::new(
            config.expect("settings"),
            self.clock.clone(),
            aws,
            &self.transport,
        )
        .expect("a function")
    }
}
