//! The one way out: a single TLS configuration and a single HTTP client for DOKU and AWS alike.
//!
//! The trust roots come with the binary (`webpki-roots`): parsing the system's certificate store
//! is most of what a cold start would otherwise cost. They are renewed by updating that crate.
//! Proxy variables (`HTTPS_PROXY` and its kin) are ignored on purpose, so that a variable set for
//! some other tool cannot send payments through a proxy. Redirects are never followed: a signature
//! is for one path, and a payment must not be repeated elsewhere.

mod aws;
#[cfg(test)]
pub(crate) mod canned;

use std::{sync::Arc, time::Duration};

use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than what servers commonly keep: a connection they have closed meanwhile would make a
/// payment's outcome unknown for nothing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// The HTTP client could not be built. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The TLS configuration is refused.
    #[error("the TLS configuration is not usable")]
    Tls(#[from] rustls::Error),
    /// The client is refused.
    #[error("the HTTP client could not be built")]
    Client(#[from] reqwest::Error),
}

/// An HTTP client that everything shares. Cheap to clone; clones share its connections.
#[derive(Debug, Clone)]
pub struct Transport {
    client: reqwest::Client,
}

impl Transport {
    /// Builds the client: TLS 1.2 and 1.3, HTTP/1.1, connecting within 5 s. It has no limit on a
    /// whole call: whoever sends sets one, from the time that is left.
    pub fn new() -> Result<Self, TransportError> {
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build()?;
        Ok(Self { client })
    }

    /// The client itself, for calls to DOKU.
    pub const fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

pub use aws::aws_config;
#[cfg(test)]
pub(crate) use aws::build as aws_config_from;
pub(crate) use aws::kind_of_failure;
