//! The client for DOKU: its spelling, its codes, its tokens. Knows neither our table nor our
//! callers.
//!
//! A wire struct never leaves this module; what leaves are domain values. One call is one attempt:
//! whether to try again is decided by the use cases, which know what was stored.

pub mod exchange;
mod lenient;
pub mod non_snap;
pub mod reading;
pub mod snap;
pub mod token;
pub mod wire;

use std::time::Duration;

use url::Url;

use crate::clock::Clock;

/// DOKU's side of the network, as this deployment is configured to see it.
#[derive(Debug, Clone)]
pub struct Doku {
    http: reqwest::Client,
    base_url: Url,
    timeout: Duration,
    clock: Clock,
}

impl Doku {
    /// A client for `base_url` that waits at most `timeout` for an answer.
    pub const fn new(
        http: reqwest::Client,
        base_url: Url,
        timeout: Duration,
        clock: Clock,
    ) -> Self {
        Self {
            http,
            base_url,
            timeout,
            clock,
        }
    }

    /// Checks that an address DOKU gave us for the customer's browser really is DOKU's: `https`
    /// on a host of `doku.com`, or the very origin we call.
    pub fn is_own_page(&self, address: &str) -> bool {
        let Ok(url) = Url::parse(address) else {
            return false;
        };
        let doku_host = url
            .host_str()
            .is_some_and(|host| host == "doku.com" || host.ends_with(".doku.com"));
        url.scheme() == "https" && doku_host || url.origin() == self.base_url.origin()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Transport;

    #[test]
    fn only_dokus_pages_are_shown_to_customers() {
        let doku = Doku::new(
            Transport::new().unwrap().client().clone(),
            Url::parse("http://127.0.0.1:9000").unwrap(),
            Duration::from_secs(1),
            Clock::system(),
        );
        let table = [
            (
                "sandbox",
                "https://sandbox.doku.com/direct-debit/ui/binding/1",
                true,
            ),
            ("where we call", "http://127.0.0.1:9000/page", true),
            ("another port", "http://127.0.0.1:9001/page", false),
            ("not encrypted", "http://sandbox.doku.com/", false),
            ("look-alike", "https://doku.com.evil.example/", false),
            ("look-alike suffix", "https://evildoku.com/", false),
            ("user part", "https://doku.com@evil.example/", false),
            ("script", "javascript:alert(1)", false),
            ("nonsense", "page", false),
        ];
        for (why, address, own) in table {
            assert_eq!(doku.is_own_page(address), own, "{why}");
        }
    }
}
