//! Starts the DOKU simulator beside the bundle, in this process.

use std::path::Path;

use doku_simulator::{Config, Settings, Simulator};

use crate::keys::Keys;
use crate::secrets::Secrets;

/// What DOKU knows of the merchant.
pub struct Merchant<'w> {
    /// Client id and secret key.
    pub secrets: &'w Secrets,
    /// The merchant's public key, and DOKU's own private one.
    pub keys: &'w Keys,
    /// Where the merchant answers.
    pub base_url: &'w str,
    /// The clock that the functions read; the simulator moves it.
    pub clock_offset_file: &'w Path,
}

/// Starts the simulator on a free port. It reads the calls of the bundle as DOKU's documents have them.
pub async fn start(merchant: &Merchant<'_>) -> Result<Simulator, doku_simulator::StartError> {
    let mut config = Config::new(
        &merchant.secrets.field("clientId"),
        &merchant.secrets.field("secretKey"),
        &merchant.keys.merchant.public,
        &merchant.keys.doku.private,
    );
    config.merchant_base_url = Some(merchant.base_url.to_owned());
    config.clock_offset_file = Some(merchant.clock_offset_file.to_owned());
    config.settings = Settings::calls_as_documented();
    Simulator::start(config).await
}
