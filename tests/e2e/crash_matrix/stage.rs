//! A merchant whose functions reach everything over lines that count together.

use std::sync::Arc;
use std::time::Duration;

use local::Options;
use serde_json::json;

use crate::channels::scene::BRI;
use crate::support::{Counter, Moment, Relay, Shop};

/// More than will ever be sent.
const ALL: u32 = 1_000_000;

/// The three lines: to the database, to the secret and to DOKU.
pub struct Lines {
    database: Relay,
    secrets: Relay,
    doku: Relay,
}

impl Lines {
    /// Lines that lead nowhere yet.
    pub async fn laid() -> Self {
        let database = Relay::start().await;
        let secrets = database.start_beside().await;
        let doku = database.start_beside().await;
        Self {
            database,
            secrets,
            doku,
        }
    }

    /// Puts them before what the functions call. One shard makes few calls.
    pub fn are_used_by(&self, options: &mut Options) {
        options.dynamodb_endpoint = Some(self.database.url());
        options.secrets_endpoint = Some(self.secrets.url());
        let parameters = [
            ("DokuBaseUrl".to_owned(), self.doku.url()),
            ("DueShards".to_owned(), "1".to_owned()),
            ("ChannelPaths".to_owned(), format!("{BRI}=archived-bri")),
        ];
        options.parameters.extend(parameters);
    }

    /// Says where they lead.
    pub fn lead_to(&self, shop: &Shop) {
        self.database.leads_to(shop.world.dynamodb_url());
        self.secrets.leads_to(shop.world.secrets_url());
        self.doku.leads_to(&shop.doku.base_url);
        self.doku
            .signs_with(shop.world.secrets().field("secretKey"));
    }

    /// What counts the calls over all three.
    pub fn counter(&self) -> &Counter {
        self.database.counter()
    }
}

/// A shop, its lines, and a customer who is linked.
#[derive(Clone)]
pub struct Stage {
    pub shop: Shop,
    pub binding: String,
    /// Another account of theirs.
    pub wallet: String,
    lines: Arc<Lines>,
}

impl Stage {
    pub async fn open() -> Self {
        let lines = Lines::laid().await;
        let shop = Shop::open_with(|options| lines.are_used_by(options)).await;
        lines.lead_to(&shop);
        let binding = shop.link_account("cust-1").await;
        let wallet = shop.link_wallet("cust-1").await;
        Self {
            shop,
            binding,
            wallet,
            lines: Arc::new(lines),
        }
    }

    /// From now on no notification arrives by itself.
    pub async fn hears_nothing(&self) {
        self.shop.doku.falls_silent().await;
        self.shop.doku.holds_notifications(ALL).await;
    }

    /// Notifications arrive again; those that were kept back stay so.
    pub async fn hears(&self) {
        self.shop.doku.recovers().await;
    }

    /// DOKU answers no question and takes no order until it [recovers](Self::hears).
    pub async fn doku_is_overrun(&self) {
        for (operation, code) in [
            ("b2b2c", "4297400"),
            ("status", "4295500"),
            ("unbinding", "4290500"),
            ("order_status", "429"),
        ] {
            let fault = json!({
                "operation": operation, "kind": "reject", "responseCode": code, "times": ALL,
            });
            self.shop.doku.order("faults", fault).await;
        }
    }

    /// How many calls a new process of `function` makes during `strike`.
    pub async fn count(&self, function: &str, strike: impl Future<Output = ()>) -> usize {
        self.shop.world.kill(function).await;
        self.lines.counter().counted();
        strike.await;
        self.lines.counter().counted()
    }

    /// Kills a new process of `function` at its nth call during `strike`; false when there were fewer.
    pub async fn kills(
        &self,
        function: &str,
        nth: usize,
        moment: Moment,
        strike: impl Future<Output = ()>,
    ) -> bool {
        kills(
            &self.shop,
            self.lines.counter(),
            function,
            nth,
            moment,
            strike,
        )
        .await
    }

    /// Virtual time passes.
    pub async fn waits(&self, time: Duration) {
        self.shop.doku.time_passes(time).await;
    }

    /// Reconciliation looks until nothing is due any more, three times at most.
    pub async fn reconciles(&self) {
        for _ in 0..3 {
            let swept = self.shop.tick().await;
            if swept["complete"] == true && swept["due"] == json!(0) {
                break;
            }
        }
    }
}

/// Kills a new process of `function` at the nth call that `counter` counts during `strike`; false when
/// there were fewer.
pub async fn kills(
    shop: &Shop,
    counter: &Counter,
    function: &str,
    nth: usize,
    moment: Moment,
    strike: impl Future<Output = ()>,
) -> bool {
    shop.world.kill(function).await;
    counter.stops_at(nth, moment);
    let striking = async {
        strike.await;
        counter.goes_on();
    };
    let killing = async {
        let reached = counter.is_stopped().await;
        if reached {
            let killed = shop.world.kill_busy(function).await;
            counter.loses_it();
            assert_eq!(killed, 1, "{function}, {moment:?} call {nth}");
        }
        reached
    };
    tokio::join!(striking, killing).1
}
