//! By account: linked, charged, confirmed in both ways, refunded, unlinked.

use local::World;
use reqwest::Method;
use serde_json::{Value, json};

use super::story::{Answer, Call, Caller};
use super::{Demo, SHOP};
use crate::commands::{CUSTOMER, CUSTOMER_SCOPES, RIGHT_OTP, Surprise, customer};

impl Demo {
    /// The story of a linked account.
    pub async fn by_account(&mut self, world: &World) -> Result<(), Surprise> {
        let binding_id = self.link_an_account().await?;
        self.refuse_callers_without_the_right(world, &binding_id)
            .await?;
        let first = self.pay_with_otp(&binding_id).await?;
        let second = self.pay_on_dokus_page(&binding_id).await?;
        let first = self.refund_a_part(&first).await?;
        self.read_the_timeline(&first).await?;
        self.keep_strangers_out(world, &first).await?;
        self.claim(&first.text("/paymentId")?, 10_000, 2_500);
        self.claim(&second.text("/paymentId")?, 25_000, 0);
        self.unlink(&binding_id).await
    }

    async fn link_an_account(&mut self) -> Result<String, Surprise> {
        self.story.step("Link a customer's CIMB account");
        let body = json!({
            "customer": {
                "id": CUSTOMER,
                "name": "Anton Budiman",
                "email": "anton@example.com",
                "phone": "6281234567890",
            },
            "channel": "DIRECT_DEBIT_CIMB_SNAP",
            "returnUrl": format!("{SHOP}/linked"),
        });
        let call = Call::post("/v1/bindings", &self.merchant, &self.key("link"), body);
        let answer = self.story.call(call).await?;
        answer.expect(201, "/status", &json!("pending"))?;
        answer.expect(201, "/nextAction/type", &json!("redirect"))?;
        let binding_id = answer.text("/bindingId")?;
        self.story.done("pending, the customer must agree");

        self.story.step("The customer agrees on DOKU's page");
        self.agree(&answer).await?;
        self.story.done("active");
        Ok(binding_id)
    }

    /// Agrees on DOKU's page as the customer, and waits until the binding is active.
    pub async fn agree(&self, binding: &Answer) -> Result<(), Surprise> {
        let page = binding.text("/nextAction/url")?;
        let visit = customer::approve(&self.story.client, &page).await?;
        for step in &visit.steps {
            self.story.say(step);
        }
        self.story.say(format!("302 → {}", visit.leads_to.path()));
        let (status, shop) = customer::follow(&self.story.client, &visit.leads_to).await?;
        let shop = shop.filter(|shop| status == 302 && shop.as_str().starts_with(SHOP));
        let shop = shop.ok_or_else(|| {
            Surprise::new(format!(
                "The return route answered {status} and did not lead to the shop."
            ))
        })?;
        self.story.say(format!("302 → {shop}"));
        let path = format!("/v1/bindings/{}", binding.text("/bindingId")?);
        self.story
            .wait_for(&path, &self.merchant, "/status", "active")
            .await?;
        Ok(())
    }

    fn payment(&self, invoice: &str, rupiah: &str, binding_id: &str, confirmation: &str) -> Value {
        json!({
            "invoiceNumber": format!("INV-{}-{invoice}", self.run),
            "amount": { "value": rupiah, "currency": "IDR" },
            "method": { "type": "direct_debit", "bindingId": binding_id, "confirmation": confirmation },
            "items": [{ "name": "Vitamin C", "price": rupiah, "quantity": 1 }],
            "returnUrl": format!("{SHOP}/paid"),
            "metadata": { "cart": "42" },
        })
    }

    async fn pay_with_otp(&mut self, binding_id: &str) -> Result<String, Surprise> {
        self.story.step("Charge 10,000 rupiah");
        let body = self.payment("1", "10000.00", binding_id, "otp");
        let key = self.key("pay");
        let call = Call::post("/v1/payments", &self.merchant, &key, body.clone());
        let first = self.story.call(call).await?;
        first.expect(201, "/status", &json!("otp_required"))?;
        let payment_id = first.text("/paymentId")?;
        self.story.done("otp_required");

        self.story.step("The same request again");
        let call = Call::post("/v1/payments", &self.merchant, &key, body);
        let again = self.story.call(call).await?;
        if !again.replayed || again.status != first.status || again.body != first.body {
            return Err(Surprise::new(
                "The repeat did not get the first answer back.",
            ));
        }
        self.story.done("the same answer, nothing charged twice");

        self.story.step("The customer mistypes the OTP");
        let left = first
            .body
            .pointer("/nextAction/attemptsLeft")
            .and_then(Value::as_u64);
        let answer = self.otp(&payment_id, "999999", "otp-1").await?;
        answer.expect(200, "/status", &json!("otp_required"))?;
        answer.expect(200, "/failure/code", &json!("otp_incorrect"))?;
        let less = left.map(|left| left.saturating_sub(1));
        answer.expect(200, "/nextAction/attemptsLeft", &json!(less))?;
        self.story.done(format!(
            "otp_incorrect, {} attempts left",
            less.unwrap_or_default()
        ));

        self.story.step("The customer gives the right OTP");
        let answer = self.otp(&payment_id, RIGHT_OTP, "otp-2").await?;
        if answer.status != 200 || answer.body["status"] == "failed" {
            return Err(Surprise::new(format!(
                "The right OTP was answered with {}.",
                answer.status
            )));
        }
        let status = answer.text("/status")?;
        self.story.done(status);

        self.story.step("DOKU's notification says that it is paid");
        let path = format!("/v1/payments/{payment_id}");
        self.story
            .wait_for(&path, &self.merchant, "/status", "paid")
            .await?;
        self.story.done("paid");
        Ok(payment_id)
    }

    async fn otp(&self, payment_id: &str, otp: &str, key: &str) -> Result<Answer, Surprise> {
        let path = format!("/v1/payments/{payment_id}/otp");
        let call = Call::post(path, &self.customer, &self.key(key), json!({ "otp": otp }));
        self.story.call(call).await
    }

    async fn pay_on_dokus_page(&mut self, binding_id: &str) -> Result<Answer, Surprise> {
        self.story
            .step("Charge 25,000 rupiah, confirmed on DOKU's page");
        let body = self.payment("2", "25000.00", binding_id, "page");
        let call = Call::post("/v1/payments", &self.merchant, &self.key("page"), body);
        let answer = self.story.call(call).await?;
        answer.expect(201, "/status", &json!("redirect_required"))?;
        let payment_id = answer.text("/paymentId")?;
        let visit = customer::approve(&self.story.client, &answer.text("/nextAction/url")?).await?;
        for step in &visit.steps {
            self.story.say(step);
        }
        self.story.say(format!("302 → {}", visit.leads_to));
        let path = format!("/v1/payments/{payment_id}");
        let paid = self
            .story
            .wait_for(&path, &self.merchant, "/status", "paid")
            .await?;
        self.story.done("paid");
        Ok(paid)
    }

    async fn refund_a_part(&mut self, payment_id: &str) -> Result<Answer, Surprise> {
        self.story.step("Refund 2,500 rupiah of the first payment");
        let body = json!({
            "amount": { "value": "2500.00", "currency": "IDR" },
            "reason": "One item was out of stock",
        });
        let path = format!("/v1/payments/{payment_id}/refunds");
        let call = Call::post(path, &self.merchant, &self.key("refund"), body);
        let answer = self.story.call(call).await?;
        answer.expect(201, "/status", &json!("succeeded"))?;
        let path = format!("/v1/payments/{payment_id}");
        let wait = self
            .story
            .wait_for(&path, &self.merchant, "/status", "partially_refunded");
        let payment = wait.await?;
        payment.expect(200, "/refundedAmount/value", &json!("2500.00"))?;
        payment.expect(200, "/refundableAmount/value", &json!("7500.00"))?;
        self.story.done("partially_refunded");
        Ok(payment)
    }

    async fn read_the_timeline(&mut self, payment: &Answer) -> Result<(), Surprise> {
        self.story
            .step("Everything that happened to the first payment");
        let path = format!("/v1/payments/{}/events", payment.text("/paymentId")?);
        let answer = self
            .story
            .send(&Call::get(path.clone(), &self.merchant))
            .await?;
        let items = answer.body["items"]
            .as_array()
            .filter(|items| !items.is_empty());
        let items = items.ok_or_else(|| Surprise::new(format!("{path} has no events.")))?;
        let count = items.len();
        self.story.list_events(&path, &answer);
        self.story.done(format!("{count} events"));
        Ok(())
    }

    async fn refuse_callers_without_the_right(
        &mut self,
        world: &World,
        binding_id: &str,
    ) -> Result<(), Surprise> {
        self.story
            .step("The customer's app orders the merchant's next invoice for one rupiah");
        let body = self.payment("1", "1.00", binding_id, "otp");
        let key = self.key("own-price");
        let call = Call::post("/v1/payments", &self.customer, &key, body);
        let answer = self.story.call(call).await?;
        answer.expect(403, "/code", &json!("merchant_only"))?;
        self.story
            .done("403, the merchant's backend sets the price");

        self.story
            .step("A valid token that carries neither mark asks for payments");
        let unmarked = Caller {
            name: "a shopper whose token lost its claim".to_owned(),
            token: world.token("shopper-77", None, CUSTOMER_SCOPES),
        };
        let path = format!("/v1/payments?customerId={CUSTOMER}");
        let answer = self.story.call(Call::get(path, &unmarked)).await?;
        answer.expect(403, "/code", &json!("missing_mark"))?;
        self.story
            .done("403, neither the merchant's scope nor a customer's claim");
        Ok(())
    }

    async fn keep_strangers_out(
        &mut self,
        world: &World,
        payment: &Answer,
    ) -> Result<(), Surprise> {
        self.story
            .step("Another customer asks for the first payment");
        let stranger = Caller {
            name: "the app of cust-002".to_owned(),
            token: world.token("shop-app", Some("cust-002"), CUSTOMER_SCOPES),
        };
        let path = format!("/v1/payments/{}", payment.text("/paymentId")?);
        let answer = self.story.call(Call::get(path, &stranger)).await?;
        answer.expect(404, "/code", &json!("payment_not_found"))?;
        self.story.done("404, as if it did not exist");
        Ok(())
    }

    async fn unlink(&mut self, binding_id: &str) -> Result<(), Surprise> {
        self.story.step("Unlink the account");
        let call = Call {
            method: Method::DELETE,
            path: format!("/v1/bindings/{binding_id}"),
            caller: &self.customer,
            idempotency_key: Some(self.key("unlink")),
            body: None,
        };
        let answer = self.story.call(call).await?;
        answer.expect(200, "/status", &json!("unbound"))?;
        self.story.done("unbound");
        Ok(())
    }
}
