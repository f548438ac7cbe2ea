//! Functions of a world, as many as wanted, and the keys that they share with DOKU.

use std::collections::HashMap;
use std::sync::OnceLock;

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
}

impl Foundry {
    pub fn app(&self, caller: Caller) -> App {
        let settings = HashMap::from([
            ("TABLE_NAME", table().name.as_str()),
            ("DOKU_SECRET_ARN", SECRET),
            ("DOKU_ENVIRONMENT", "sandbox"),
            ("DOKU_BASE_URL", self.doku.as_str()),
            ("PUBLIC_BASE_URL", PUBLIC),
            ("CHANNEL_PATHS", "DIRECT_DEBIT_BRI_SNAP=archived-bri"),
            ("DUE_SHARDS", "1"),
            ("DUE_QUEUE_URL", QUEUE),
        ]);
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
