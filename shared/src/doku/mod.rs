//! The client for DOKU: its spelling, its codes, its tokens. Knows neither our table nor our
//! callers.
//!
//! A wire struct never leaves this module; what leaves are domain values. One call is one attempt:
//! whether to try again is decided by the use cases, which know what was stored.

pub mod doubt;
pub mod exchange;
mod lenient;
pub mod non_snap;
pub mod reading;
pub mod snap;
pub mod token;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use crate::clock::Clock;

/// DOKU's side of the network, as this deployment is configured to see it.
#[derive(Debug, Clone)]
pub struct Doku {
    http: reqwest::Client,
    base_url: Url,
    timeout: Duration,
    clock: Clock,
    turns: Option<Arc<Semaphore>>,
}

/// Leave to call DOKU, until it is dropped.
pub struct Turn<'a> {
    _permit: Option<SemaphorePermit<'a>>,
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
            turns: None,
        }
    }

    /// The same, with one order at a time at DOKU, however much this process does side by side.
    #[must_use]
    pub fn one_at_a_time(self) -> Self {
        Self {
            turns: Some(Arc::new(Semaphore::new(1))),
            ..self
        }
    }

    /// Waits until an order may go to DOKU; `None` when it took longer than `patience`. Tokens are
    /// bought out of turn.
    pub async fn turn(&self, patience: Duration) -> Option<Turn<'_>> {
        let Some(turns) = &self.turns else {
            return Some(Turn { _permit: None });
        };
        let permit = tokio::time::timeout(patience, turns.acquire()).await;
        Some(Turn {
            _permit: Some(permit.ok()?.ok()?),
        })
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

    fn client() -> Doku {
        Doku::new(
            Transport::new().unwrap().client().clone(),
            Url::parse("http://127.0.0.1:9000").unwrap(),
            Duration::from_secs(1),
            Clock::system(),
        )
    }

    #[tokio::test]
    async fn turns_are_taken_one_after_another() {
        const AT_ONCE: Duration = Duration::ZERO;
        let free = client();
        let both = (free.turn(AT_ONCE).await, free.turn(AT_ONCE).await);
        assert!(both.0.is_some() && both.1.is_some(), "nobody waits");

        let doku = client().one_at_a_time();
        let first = doku.turn(AT_ONCE).await;
        assert!(first.is_some());
        assert!(doku.turn(AT_ONCE).await.is_none(), "it is taken");
        drop(first);
        assert!(doku.turn(AT_ONCE).await.is_some(), "it is free again");
    }

    #[test]
    fn only_dokus_pages_are_shown_to_customers() {
        let doku = client();
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
