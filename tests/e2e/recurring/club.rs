//! A merchant whose customers pay every month, on a clock that goes where the test wants it.

use std::time::Duration;

use local::{Options, Queue};
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::support::{Answer, Caller, Shop, eventually, fresh, idr};

/// A day on which nothing else happens: tests choose their own dates, whatever today is.
pub const NEW_YEAR: &str = "2032-01-01T00:00";

const OVO: &str = "EMONEY_OVO_SNAP";

/// What a month costs.
pub const PRICE: u64 = 50_000;

const SCOPES: &str = "bindings:write bindings:read payments:write payments:read refunds:write \
     subscriptions:write subscriptions:read";

/// Cheap to clone.
#[derive(Clone)]
pub struct Club {
    pub shop: Shop,
    pub merchant: Caller,
}

impl Club {
    /// Opens on [`NEW_YEAR`].
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Options)) -> Self {
        let shop = Shop::open_with(change).await;
        let merchant = shop.caller("merchant-backend", None, SCOPES);
        let club = Self { shop, merchant };
        club.goes_to(NEW_YEAR).await;
        club
    }

    /// Moves the clock to a moment at Jakarta, such as `2032-01-31T09:00`. It never goes back.
    pub async fn goes_to(&self, moment: &str) {
        let target = OffsetDateTime::parse(&format!("{moment}:00+07:00"), &Rfc3339).unwrap();
        let clock = self.shop.doku.admin(Method::GET, "clock", None).await;
        let now = OffsetDateTime::parse(clock["now"].as_str().unwrap(), &Rfc3339).unwrap();
        let ahead = Duration::try_from(target - now).expect("a clock goes forward");
        self.shop.doku.time_passes(ahead).await;
    }

    pub fn queue(&self) -> Queue {
        self.shop.world.queue("DueQueue").unwrap()
    }

    /// The schedule ticks once, and the queue is worked off.
    pub async fn ticks(&self) -> Value {
        let swept = self.shop.world.tick("RecurringFunction").await.unwrap();
        self.queue().drained().await.unwrap();
        swept
    }

    /// The same, where functions may die on the way.
    pub async fn ticks_whatever_happens(&self) {
        let _ = self.shop.world.tick("RecurringFunction").await; // who dies answers nothing
        self.queue().drained().await.unwrap();
    }

    /// A wallet that agreed to be charged; its binding.
    pub async fn joins(&self, customer: &str) -> String {
        let mut body = self.shop.binding_body(customer);
        body["channel"] = json!(OVO);
        let linking = self.merchant.post("/v1/bindings", &body).await;
        let linking = linking.expect(201).body.clone();
        self.shop.agree(&linking).await.expect(302);
        linking["bindingId"].as_str().unwrap().to_owned()
    }

    /// The body of a monthly subscription of a wallet.
    pub fn plan(customer: &str, binding: &str, start: &str) -> Value {
        json!({
            "customerId": customer,
            "method": {"type": "direct_debit", "bindingId": binding},
            "amount": idr(PRICE),
            "interval": {"unit": "month"},
            "startDate": start,
        })
    }

    /// Makes a subscription; its id.
    pub async fn subscribes(&self, plan: &Value) -> String {
        let answer = self.merchant.post("/v1/subscriptions", plan).await;
        answer.expect(201).word("subscriptionId")
    }

    /// A new customer's monthly subscription; the customer and its id.
    pub async fn member(&self, start: &str) -> (String, String) {
        self.member_with(start, json!({})).await
    }

    /// The same with something else said.
    pub async fn member_with(&self, start: &str, more: Value) -> (String, String) {
        let customer = fresh("cust");
        let binding = self.joins(&customer).await;
        let mut plan = Self::plan(&customer, &binding, start);
        let members = more.as_object().unwrap().clone();
        plan.as_object_mut().unwrap().extend(members);
        let id = self.subscribes(&plan).await;
        (customer, id)
    }

    pub async fn read(&self, id: &str) -> Value {
        let answer = self.merchant.get(&format!("/v1/subscriptions/{id}")).await;
        answer.expect(200).body.clone()
    }

    /// The charges, the latest period first.
    pub async fn charges(&self, id: &str) -> Vec<Value> {
        let path = format!("/v1/subscriptions/{id}/charges?limit=100");
        let answer = self.merchant.get(&path).await;
        answer.expect(200).body["items"].as_array().unwrap().clone()
    }

    /// The charge of a period, once there is one.
    pub async fn charge(&self, id: &str, period: &str) -> Option<Value> {
        let charges = self.charges(id).await;
        charges
            .into_iter()
            .find(|charge| charge["period"] == period)
    }

    /// The schedule ticks until the charge of a period has this status. What DOKU tells of it may come
    /// between two ticks.
    pub async fn until(&self, id: &str, period: &str, status: &str) -> Value {
        eventually(&format!("{period} being {status}"), async || {
            self.ticks().await;
            let charge = self.charge(id, period).await?;
            (charge["status"] == status).then_some(charge)
        })
        .await
    }

    /// What a customer was debited by DOKU's own books.
    pub async fn debits(&self, customer: &str) -> Vec<Value> {
        self.shop.doku.debits_of(customer).await
    }

    pub async fn change(&self, id: &str, change: &Value) -> Answer {
        let path = format!("/v1/subscriptions/{id}");
        self.merchant.patch(&path, change).await
    }

    pub async fn cancel(&self, id: &str) -> Answer {
        let path = format!("/v1/subscriptions/{id}");
        self.merchant.delete_with(&fresh("cancel"), &path).await
    }

    /// The kinds of what happened, oldest first.
    pub async fn events(&self, id: &str) -> Vec<String> {
        let path = format!("/v1/subscriptions/{id}/events?limit=100");
        let answer = self.merchant.get(&path).await;
        let items = answer.expect(200).body["items"].as_array().unwrap().clone();
        let kinds = items.iter().map(|event| event["type"].as_str().unwrap());
        kinds.map(str::to_owned).collect()
    }
}
