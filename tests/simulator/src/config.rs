//! What a simulator needs to know before it starts.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use doku_shared::clock::Clock;

use crate::Settings;
use crate::channel::Channel;
use crate::gate::Gate;

/// Where to listen, whose merchant this is, and where that merchant can be reached.
///
/// `Debug` is left out on purpose: the value holds a secret key and a private key.
#[derive(Clone)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one; `Simulator::base_url` says which.
    pub listen: SocketAddr,
    /// The merchant's client id (`X-CLIENT-KEY`, `X-PARTNER-ID`), e.g. `BRN-0000-TESTONLY00001`.
    pub client_id: String,
    /// The merchant's secret key: the key of every symmetric signature, both ways.
    pub secret_key: String,
    /// PEM `PUBLIC KEY`: verifies the merchant's token requests.
    pub merchant_public_key_pem: String,
    /// PEM `PRIVATE KEY` (PKCS#8): DOKU's own key, signs requests for the merchant's token.
    pub doku_private_key_pem: String,
    /// Where the merchant answers, e.g. `http://127.0.0.1:3000`. None: nothing is sent until the
    /// admin API says where.
    pub merchant_base_url: Option<String>,
    /// Path of the merchant's notification endpoint.
    pub notification_path: String,
    /// Path of the merchant's endpoint for card notifications.
    pub card_notification_path: String,
    /// Path of the merchant's token endpoint.
    pub token_path: String,
    /// File holding the clock's offset in milliseconds, shared with the functions. None: the
    /// offset lives in memory.
    pub clock_offset_file: Option<PathBuf>,
    /// The time, where it is neither the system's nor that with an offset.
    pub clock: Option<Clock>,
    /// Who sees every call come in and its answer go out.
    pub gate: Option<Arc<dyn Gate>>,
    /// Scheme and host that page addresses begin with. None: the simulator's own address.
    pub page_host: Option<String>,
    /// Name shown to the customer on the pages.
    pub merchant_name: String,
    /// What a customer's account holds until it is said otherwise, in whole rupiah.
    pub default_balance: u64,
    /// Channels besides those that DOKU has, e.g. a made-up bank.
    pub channels: Vec<Channel>,
    /// Choices where DOKU's documents disagree or say nothing.
    pub settings: Settings,
}

impl Config {
    /// A configuration on a free port of this machine, with the paths DOKU's documents use.
    ///
    /// Both keys are PEM text; see the fields of the same names.
    pub fn new(
        client_id: &str,
        secret_key: &str,
        merchant_public_key_pem: &str,
        doku_private_key_pem: &str,
    ) -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            client_id: client_id.to_owned(),
            secret_key: secret_key.to_owned(),
            merchant_public_key_pem: merchant_public_key_pem.to_owned(),
            doku_private_key_pem: doku_private_key_pem.to_owned(),
            merchant_base_url: None,
            notification_path: "/v1.0/debit/notify".to_owned(),
            card_notification_path: "/v1/doku/notifications".to_owned(),
            token_path: "/v1.0/access-token/b2b".to_owned(),
            clock_offset_file: None,
            clock: None,
            gate: None,
            page_host: None,
            merchant_name: "Toko Contoh".to_owned(),
            default_balance: 1_000_000_000_000,
            channels: Vec::new(),
            settings: Settings::default(),
        }
    }
}
