//! By the month: a wallet is charged on the last day of three months without its owner, once at the
//! second try; then the subscription is cancelled.

use std::time::Duration;

use local::World;
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::story::{Answer, Call};
use super::{Demo, SHOP, day};
use crate::commands::{CUSTOMER, Surprise};

/// What a month costs, in rupiah.
const PRICE: u64 = 50_000;
/// Longer than any month.
const A_MONTH: Duration = Duration::from_hours(32 * 24);
/// How often the schedule ticks until a charge has come to an end, and how far apart.
const TICKS: u32 = 200;
const BETWEEN_TICKS: Duration = Duration::from_millis(50);

impl Demo {
    /// The story of a subscription.
    pub async fn by_the_month(&mut self, world: &World) -> Result<(), Surprise> {
        let binding_id = self.link_a_wallet().await?;
        let path = self.subscribe(&binding_id).await?;
        self.a_month_is_paid(world, &path, "the first month")
            .await?;
        self.a_month_is_declined(world, &path).await?;
        self.it_is_paid_a_day_later(world, &path).await?;
        self.a_month_is_paid(world, &path, "the third month")
            .await?;
        self.read_the_charges(&path).await?;
        self.cancel(world, &path).await
    }

    async fn link_a_wallet(&mut self) -> Result<String, Surprise> {
        self.story.step("Link the customer's OVO wallet");
        let body = json!({
            "customer": { "id": CUSTOMER, "name": "Anton Budiman", "phone": "6281234567890" },
            "channel": "EMONEY_OVO_SNAP",
            "returnUrl": format!("{SHOP}/linked"),
        });
        let call = Call::post("/v1/bindings", &self.merchant, &self.key("wallet"), body);
        let answer = self.story.call(call).await?;
        answer.expect(201, "/status", &json!("pending"))?;
        self.agree(&answer).await?;
        self.story.done("active");
        answer.text("/bindingId")
    }

    /// Makes a subscription, and says its path.
    async fn subscribe(&mut self, binding_id: &str) -> Result<String, Surprise> {
        self.story
            .step("Subscribe: 50,000 on the last day of every month");
        let body = json!({
            "customerId": CUSTOMER,
            "method": { "type": "direct_debit", "bindingId": binding_id },
            "amount": { "value": format!("{PRICE}.00"), "currency": "IDR" },
            "description": "Gym, monthly",
            "interval": { "unit": "month" },
            "anchorDay": 31,
        });
        let key = self.key("subscribe");
        let call = Call::post("/v1/subscriptions", &self.merchant, &key, body);
        let answer = self.story.call(call).await?;
        answer.expect(201, "/status", &json!("active"))?;
        let first = answer.text("/nextCharge/period")?;
        self.story.done(format!("active, to be charged on {first}"));
        let id = answer.text("/subscriptionId")?;
        Ok(format!("/v1/subscriptions/{id}"))
    }

    async fn a_month_is_paid(
        &mut self,
        world: &World,
        path: &str,
        which: &str,
    ) -> Result<(), Surprise> {
        let period = self.the_next_day_comes(world, path, which).await?;
        let charge = self.charge_becomes(world, path, &period, "paid").await?;
        charge.expect(200, "/items/0/tries", &json!(1))?;
        self.note(&charge, &period).await?;
        self.story
            .done(format!("paid on {period} without asking the customer"));
        Ok(())
    }

    async fn a_month_is_declined(&mut self, world: &World, path: &str) -> Result<(), Surprise> {
        let empty = json!({ "custIdMerchant": CUSTOMER, "times": 1 });
        self.at_doku(world, "declines", &empty).await?;
        let which = "the second month, when the wallet is empty";
        let period = self.the_next_day_comes(world, path, which).await?;
        let charge = self
            .charge_becomes(world, path, &period, "past_due")
            .await?;
        let why = json!("insufficient_funds");
        charge.expect(200, "/items/0/failure/code", &why)?;
        let subscription = self.story.send(&Call::get(path, &self.merchant)).await?;
        subscription.expect(200, "/status", &json!("past_due"))?;
        let next = charge.text("/items/0/nextTryAt")?;
        self.story
            .done(format!("past_due, to be tried again on {}", day(&next)));
        Ok(())
    }

    async fn it_is_paid_a_day_later(&mut self, world: &World, path: &str) -> Result<(), Surprise> {
        self.story.step("A day later it is tried again");
        let charge = self.latest_charge(path).await?;
        let period = charge.text("/items/0/period")?;
        self.goes_to(world, &charge.text("/items/0/nextTryAt")?)
            .await?;
        self.tick(world, "recurring").await?;
        let charge = self.charge_becomes(world, path, &period, "paid").await?;
        charge.expect(200, "/items/0/tries", &json!(2))?;
        self.note(&charge, &period).await?;
        let subscription = self.story.send(&Call::get(path, &self.merchant)).await?;
        subscription.expect(200, "/status", &json!("active"))?;
        self.story.done("paid at the second try, active again");
        Ok(())
    }

    /// Notes what a paid charge took. It is a payment like any other.
    async fn note(&mut self, charge: &Answer, period: &str) -> Result<(), Surprise> {
        let payment_id = charge.text("/items/0/paymentId")?;
        let call = Call::get(format!("/v1/payments/{payment_id}"), &self.merchant);
        let payment = self.story.send(&call).await?;
        payment.expect(200, "/status", &json!("paid"))?;
        payment.expect(200, "/period", &json!(period))?;
        self.claim(&payment_id, PRICE, 0);
        Ok(())
    }

    async fn read_the_charges(&mut self, path: &str) -> Result<(), Surprise> {
        self.story.step("The charges of the subscription");
        let path = format!("{path}/charges");
        let answer = self.story.send(&Call::get(&*path, &self.merchant)).await?;
        let statuses: Vec<_> = items(&answer).map(|one| &one["status"]).collect();
        if statuses != ["paid", "paid", "paid"] {
            return Err(Surprise::new(format!("{path} are not three paid ones.")));
        }
        let sent = format!("→ GET {path}");
        println!("   {}", self.story.paint.sent(sent));
        for charge in items(&answer) {
            let word = |name: &str| charge[name].as_str().unwrap_or_default();
            let tries = &charge["tries"];
            println!(
                "     {}  {}  tries: {tries}",
                word("period"),
                word("status")
            );
        }
        self.story.done("three months, three paid");
        Ok(())
    }

    async fn cancel(&mut self, world: &World, path: &str) -> Result<(), Surprise> {
        self.story.step("Cancel the subscription");
        let call = Call {
            method: Method::DELETE,
            path: path.to_owned(),
            caller: &self.merchant,
            idempotency_key: Some(self.key("cancel")),
            body: None,
        };
        let answer = self.story.call(call).await?;
        answer.expect(200, "/status", &json!("cancelled"))?;
        answer.expect(200, "/nextCharge", &Value::Null)?;
        self.story.say("a month passes");
        self.let_pass(world, A_MONTH).await?;
        self.tick(world, "recurring").await?;
        drain(world).await?;
        let charges = Call::get(format!("{path}/charges"), &self.merchant);
        let charges = self.story.send(&charges).await?;
        charges.expect(200, "/items/3", &Value::Null)?;
        self.story
            .done("cancelled, a month later nothing is charged");
        Ok(())
    }

    /// Begins a step by moving the clock to the next period and letting the schedule tick. Says the
    /// period.
    async fn the_next_day_comes(
        &mut self,
        world: &World,
        path: &str,
        which: &str,
    ) -> Result<String, Surprise> {
        let subscription = self.story.send(&Call::get(path, &self.merchant)).await?;
        let period = subscription.text("/nextCharge/period")?;
        self.story.step(&format!("{period}, {which}"));
        let at = subscription.text("/nextCharge/at")?;
        self.goes_to(world, &at).await?;
        self.tick(world, "recurring").await?;
        Ok(period)
    }

    /// Moves the clock to a moment, if it is still to come.
    async fn goes_to(&self, world: &World, at: &str) -> Result<(), Surprise> {
        let url = format!("{}/admin/clock", world.simulator_url());
        let clock: Value = self.story.client.get(url).send().await?.json().await?;
        let now = clock["now"].as_str().unwrap_or_default();
        let ahead = moment(at)? - moment(now)?;
        self.story.say(format!("the clock moves to {at}"));
        match Duration::try_from(ahead) {
            Ok(ahead) => self.let_pass(world, ahead).await,
            Err(_) => Ok(()), // it is late already
        }
    }

    /// Waits until the latest charge, which is this period's, has come to a status, and shows it. The
    /// schedule ticks meanwhile: what DOKU notified is taken up at the next tick.
    async fn charge_becomes(
        &self,
        world: &World,
        path: &str,
        period: &str,
        status: &str,
    ) -> Result<Answer, Surprise> {
        for _ in 0..TICKS {
            drain(world).await?;
            let charge = self.latest_charge(path).await?;
            charge.expect(200, "/items/0/period", &json!(period))?;
            if charge.body["items"][0]["status"] == status {
                let path = format!("{path}/charges?limit=1");
                return self.story.call(Call::get(path, &self.merchant)).await;
            }
            tokio::time::sleep(BETWEEN_TICKS).await;
            let ticked = world.tick("recurring").await;
            ticked.map_err(|error| Surprise::new(format!("recurring failed: {error}")))?;
        }
        Err(Surprise::new(format!(
            "The charge of {period} did not become {status}."
        )))
    }

    async fn latest_charge(&self, path: &str) -> Result<Answer, Surprise> {
        let path = format!("{path}/charges?limit=1");
        self.story.send(&Call::get(path, &self.merchant)).await
    }
}

/// Waits until the functions have done what is on the queue.
async fn drain(world: &World) -> Result<(), Surprise> {
    let queue = world.queue("DueQueue");
    let queue = queue.ok_or_else(|| Surprise::new("The template has no DueQueue."))?;
    let drained = queue.drained().await;
    drained.map_err(|error| Surprise::new(format!("The queue is not empty: {error}.")))
}

fn items(answer: &Answer) -> impl Iterator<Item = &Value> {
    answer.body["items"].as_array().into_iter().flatten()
}

fn moment(at: &str) -> Result<OffsetDateTime, Surprise> {
    OffsetDateTime::parse(at, &Rfc3339)
        .map_err(|_| Surprise::new(format!("This is no moment: {at}")))
}
