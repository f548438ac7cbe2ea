//! The HTTP client of the demo and of the tests.

use std::time::Duration;

/// A client for loopback addresses: plain HTTP, no redirects followed, a limit on every answer.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    // `reqwest` wants a TLS provider even where no TLS is spoken. A second installation is refused,
    // which is fine: somebody else's is as good.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .tls_certs_only([])
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(Duration::from_mins(1))
        .build()
}
