//! The main job over HTTP, as a merchant and a customer: by account from linking to a refund, by
//! card from holding money to its lapse, and three months of a subscription.

mod account;
mod card;
mod ledger;
mod story;
mod subscription;

use std::time::{Duration, Instant};

use local::{Options, World, http_client};
use serde_json::Value;

use super::{CUSTOMER, CUSTOMER_SCOPES, MERCHANT_SCOPES, Surprise, allow_own_shop};
use ledger::Claim;
use story::{Call, Caller, Story};

/// Where the shop would be. Nobody listens there: the demo only looks at where the browser is sent.
const SHOP: &str = "https://shop.example";

/// Runs the demo.
pub async fn run(mut options: Options) -> Result<(), Surprise> {
    allow_own_shop(&mut options);
    let began = Instant::now();
    let world = World::start(options).await?;
    let mut demo = Demo {
        story: Story::new(http_client()?, world.base_url()),
        merchant: Caller {
            name: "the merchant's backend".to_owned(),
            token: world.token("merchant-backend", None, MERCHANT_SCOPES),
        },
        customer: Caller {
            name: format!("the app of {CUSTOMER}"),
            token: world.token("shop-app", Some(CUSTOMER), CUSTOMER_SCOPES),
        },
        // A state file keeps what earlier runs did, so nothing may be called the same twice.
        claims: Vec::new(),
        run: format!("{:x}", std::process::id()) + &world.base_url()[world.base_url().len() - 4..],
    };
    let paint = demo.story.paint;
    println!(
        "{}",
        paint.title(
            "DOKU payments, by account, by card and by the month, from the first request to the last"
        )
    );
    println!("   API  {}", world.base_url());
    println!("   DOKU {} (simulator)", world.simulator_url());
    println!(
        "   {}",
        paint.dim(format!("up after {} ms", began.elapsed().as_millis()))
    );
    let told = demo.tell(&world).await;
    world.shutdown().await;
    match told {
        Ok(()) => {
            demo.story.summary();
            let seconds = began.elapsed().as_secs();
            println!(
                "\n   {}",
                paint.good(format!("All as it should be, after {seconds} s."))
            );
            Ok(())
        }
        Err(surprise) => Err(Surprise::new(
            paint.bad(format!("This was not expected. {surprise}")),
        )),
    }
}

struct Demo {
    story: Story,
    merchant: Caller,
    customer: Caller,
    /// What DOKU's ledger must show at the end.
    claims: Vec<Made>,
    /// Sets this run's keys and invoice numbers apart.
    run: String,
}

/// A payment that was made, in whole rupiah.
struct Made {
    payment_id: String,
    taken: u64,
    refunded: u64,
}

impl Demo {
    async fn tell(&mut self, world: &World) -> Result<(), Surprise> {
        self.by_account(world).await?;
        self.by_card(world).await?;
        self.by_the_month(world).await?;
        self.check_the_ledger(world).await
    }

    fn key(&self, what: &str) -> String {
        format!("demo-{what}-{}", self.run)
    }

    /// Keeps in mind what was taken and given back by a payment.
    fn claim(&mut self, payment_id: &str, taken: u64, refunded: u64) {
        self.claims.push(Made {
            payment_id: payment_id.to_owned(),
            taken,
            refunded,
        });
    }

    /// Gives the simulator an order.
    async fn at_doku(&self, world: &World, order: &str, body: &Value) -> Result<(), Surprise> {
        let url = format!("{}/admin/{order}", world.simulator_url());
        let response = self.story.client.post(url).json(body).send().await?;
        if response.status().is_success() {
            return Ok(());
        }
        let text = response.text().await?;
        Err(Surprise::new(format!("DOKU would not do {order}: {text}")))
    }

    /// Moves everybody's clock.
    async fn let_pass(&self, world: &World, time: Duration) -> Result<(), Surprise> {
        let moved = world.move_clock(time).await;
        moved.map_err(|error| Surprise::new(format!("Time did not pass: {error}.")))
    }

    /// Lets the schedule of a function tick, and gives the function's answer.
    async fn tick(&self, world: &World, function: &str) -> Result<Value, Surprise> {
        let told = world.tick(function).await;
        let told = told.map_err(|error| Surprise::new(format!("{function} failed: {error}")))?;
        self.story.say(format!("{function}: {told}"));
        Ok(told)
    }

    async fn check_the_ledger(&mut self, world: &World) -> Result<(), Surprise> {
        self.story.step("DOKU's ledger against the API");
        let url = format!("{}/admin/ledger", world.simulator_url());
        let ledger: Value = self.story.client.get(url).send().await?.json().await?;
        let mut claims = Vec::new();
        for made in &self.claims {
            let path = format!("/v1/payments/{}", made.payment_id);
            let answer = self.story.send(&Call::get(path, &self.merchant)).await?;
            claims.push(Claim {
                payment: answer.body,
                taken: made.taken,
                refunded: made.refunded,
            });
        }
        for sentence in ledger::check(&ledger, &claims)? {
            self.story.say(sentence);
        }
        self.story
            .done(format!("they agree on all {} payments", claims.len()));
        Ok(())
    }
}

/// `2026-11-27` of `2026-11-27T01:15:30Z`.
fn day(at: &str) -> &str {
    at.split('T').next().unwrap_or(at)
}
