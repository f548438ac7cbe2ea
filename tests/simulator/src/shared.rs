//! What all handlers share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use doku_shared::signing::asymmetric::{SigningKey, VerifyingKey};
use secrecy::SecretString;
use tokio::sync::watch;

use crate::clock::MovableClock;
use crate::gate::Gate;
use crate::notifications::MerchantLink;
use crate::world::World;

/// Who the merchant is and how both sides sign.
pub struct Identity {
    /// The merchant's client id.
    pub client_id: String,
    /// The secret of symmetric signatures; see [`Identity::secret`].
    pub secret_now: RwLock<SecretString>,
    /// Verifies the merchant's token requests.
    pub merchant_key: VerifyingKey,
    /// Signs DOKU's token requests.
    pub doku_key: SigningKey,
    /// Name shown on the pages.
    pub merchant_name: String,
}

impl Identity {
    /// The secret of symmetric signatures, as it is now.
    pub fn secret(&self) -> SecretString {
        let secret = self.secret_now.read();
        secret.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Signs and verifies with another secret from now on.
    pub fn change_secret(&self, secret: SecretString) {
        let now = self.secret_now.write();
        *now.unwrap_or_else(PoisonError::into_inner) = secret;
    }
}

/// The running simulator.
pub struct Shared {
    /// Who is who.
    pub identity: Identity,
    /// The time.
    pub clock: MovableClock,
    /// What page addresses begin with.
    pub page_base: String,
    /// The way to the merchant.
    pub merchant: MerchantLink,
    /// Who sees every call.
    pub gate: Option<Arc<dyn Gate>>,
    /// Held while due retries are sent, so that whoever moved the clock waits for all of them.
    pub retrying: tokio::sync::Mutex<()>,
    /// Turns true, or loses its sender, when the simulator stops.
    pub stopping: watch::Receiver<bool>,
    world: Mutex<World>,
}

impl Shared {
    /// Puts the parts together.
    pub fn new(
        identity: Identity,
        clock: MovableClock,
        page_base: String,
        merchant: MerchantLink,
        gate: Option<Arc<dyn Gate>>,
        stopping: watch::Receiver<bool>,
        world: World,
    ) -> Arc<Self> {
        Arc::new(Self {
            identity,
            clock,
            page_base,
            merchant,
            gate,
            retrying: tokio::sync::Mutex::new(()),
            stopping,
            world: Mutex::new(world),
        })
    }

    /// The world, locked. Never held across an await. A poisoned lock is taken as it is: the
    /// ledger of a failed test is worth reading.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.begin(self.clock.now());
        world
    }

    /// Returns once the simulator stops.
    pub async fn stopped(&self) {
        let mut stopping = self.stopping.clone();
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}
