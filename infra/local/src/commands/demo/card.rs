//! By card: held, captured and refunded in parts; saved and paid with again; held and left to lapse.

use std::time::Duration;

use local::World;
use reqwest::Method;
use serde_json::{Value, json};

use super::story::{Answer, Call};
use super::{Demo, SHOP, day};
use crate::commands::customer::{self, Card, Visit};
use crate::commands::{CUSTOMER, Surprise};

const DAY: Duration = Duration::from_hours(24);
const MINUTE: Duration = Duration::from_mins(1);

impl Demo {
    /// The story of a card.
    pub async fn by_card(&mut self, world: &World) -> Result<(), Surprise> {
        let (held, page) = self.hold().await?;
        self.a_card_is_refused(&held, &page).await?;
        self.the_holder_pays(&held, &page).await?;
        self.capture_a_part(&held).await?;
        self.refund_a_part_of_the_capture(world, &held).await?;

        self.pay_and_save().await?;
        let token_id = self.read_the_saved_cards().await?;
        let again = self.pay_with_the_saved_card(&token_id).await?;
        self.take_it_back(&again).await?;
        self.delete_the_saved_card(&token_id).await?;

        let left = self.hold_and_leave().await?;
        self.the_sixth_day(world, &left).await?;
        self.the_seventh_day(world, &left).await
    }

    fn card_payment(&self, invoice: &str, rupiah: &str, method: Value) -> Value {
        let mut method = method;
        method["type"] = json!("card");
        method["page"] = json!({ "autoRedirect": true });
        json!({
            "invoiceNumber": format!("INV-{}-{invoice}", self.run),
            "amount": { "value": rupiah, "currency": "IDR" },
            "customer": { "id": CUSTOMER, "name": "Anton Budiman", "email": "anton@example.com" },
            "method": method,
            "items": [{ "name": "Running shoes", "price": rupiah, "quantity": 1 }],
            "returnUrl": format!("{SHOP}/paid"),
        })
    }

    /// Asks for a page, and says its payment and its address.
    async fn open_a_page(
        &mut self,
        invoice: &str,
        rupiah: &str,
        method: Value,
    ) -> Result<(String, String), Surprise> {
        let body = self.card_payment(invoice, rupiah, method);
        let key = self.key(&format!("card-{invoice}"));
        let call = Call::post("/v1/payments", &self.merchant, &key, body);
        let answer = self.story.call(call).await?;
        answer.expect(201, "/status", &json!("redirect_required"))?;
        answer.expect(201, "/nextAction/type", &json!("redirect"))?;
        Ok((answer.text("/paymentId")?, answer.text("/nextAction/url")?))
    }

    /// Pays as the card holder, who must come back to the shop.
    async fn pay_the_page(&self, page: &str, card: Card) -> Result<(), Surprise> {
        let Visit { steps, leads_to } = customer::pay(&self.story.client, page, card).await?;
        for step in &steps {
            self.story.say(step);
        }
        if !leads_to.as_str().starts_with(SHOP) {
            return Err(Surprise::new(format!(
                "DOKU's page led to {leads_to}, which is not the shop."
            )));
        }
        self.story.say(format!("302 → {leads_to}"));
        Ok(())
    }

    async fn wait_until(&self, payment_id: &str, status: &str) -> Result<Answer, Surprise> {
        let path = format!("/v1/payments/{payment_id}");
        self.story
            .wait_for(&path, &self.merchant, "/status", status)
            .await
    }

    async fn hold(&mut self) -> Result<(String, String), Surprise> {
        self.story.step("Hold 90,000 rupiah on a card");
        let method = json!({ "paymentType": "AUTHORIZE" });
        let (held, page) = self.open_a_page("3", "90000.00", method).await?;
        self.story
            .say(format!("the browser is sent, as a whole page, to {page}"));
        self.story.done("redirect_required");
        Ok((held, page))
    }

    async fn a_card_is_refused(&mut self, payment_id: &str, page: &str) -> Result<(), Surprise> {
        self.story.step("The bank refuses the first card");
        let refusal = customer::try_in_vain(&self.story.client, page, customer::REFUSED).await?;
        for step in &refusal.steps {
            self.story.say(step);
        }
        self.story
            .say(format!("the page says: {}", refusal.sentence));
        let path = format!("/v1/payments/{payment_id}");
        let open = self
            .story
            .wait_for(&path, &self.merchant, "/failure/code", "declined")
            .await?;
        open.expect(200, "/status", &json!("redirect_required"))?;
        self.story.done("still open, another card may be tried");
        Ok(())
    }

    async fn the_holder_pays(&mut self, payment_id: &str, page: &str) -> Result<(), Surprise> {
        self.story
            .step("The holder tries another, whose bank asks for a code");
        self.pay_the_page(page, customer::ASKS_FOR_A_CODE).await?;
        let held = self.wait_until(payment_id, "authorized").await?;
        let before = held.text("/captureBefore")?;
        self.story.done(format!(
            "authorized, to be captured before {}",
            day(&before)
        ));
        Ok(())
    }

    async fn capture_a_part(&mut self, payment_id: &str) -> Result<(), Surprise> {
        self.story.step("Capture 60,000 of it");
        let body = json!({ "amount": { "value": "60000.00", "currency": "IDR" } });
        let path = format!("/v1/payments/{payment_id}/capture");
        let call = Call::post(path, &self.merchant, &self.key("capture"), body);
        let answer = self.story.call(call).await?;
        answer.expect(200, "/status", &json!("paid"))?;
        answer.expect(200, "/capturedAmount/value", &json!("60000.00"))?;
        self.story.done("paid, the rest is let go");
        Ok(())
    }

    async fn refund(
        &mut self,
        payment_id: &str,
        what: &str,
        body: Value,
    ) -> Result<Answer, Surprise> {
        let path = format!("/v1/payments/{payment_id}/refunds");
        let call = Call::post(path, &self.merchant, &self.key(what), body);
        let answer = self.story.call(call).await?;
        answer.expect(201, "/status", &json!("succeeded"))?;
        Ok(answer)
    }

    async fn refund_a_part_of_the_capture(
        &mut self,
        world: &World,
        payment_id: &str,
    ) -> Result<(), Surprise> {
        self.story
            .step("The bank pays out; refund 15,000 of the capture");
        let path = format!("/v1/payments/{payment_id}");
        let payment = self.story.send(&Call::get(path, &self.merchant)).await?;
        let invoice = json!({ "invoiceNumber": payment.text("/invoiceNumber")? });
        self.at_doku(world, "cards/settle", &invoice).await?;
        let body = json!({
            "amount": { "value": "15000.00", "currency": "IDR" },
            "reason": "Came with a scratch",
        });
        let refund = self.refund(payment_id, "card-refund", body).await?;
        refund.expect(201, "/type", &json!("partial_refund"))?;
        let payment = self.wait_until(payment_id, "partially_refunded").await?;
        payment.expect(200, "/refundableAmount/value", &json!("45000.00"))?;
        self.claim(payment_id, 60_000, 15_000);
        self.story.done("partially_refunded");
        Ok(())
    }

    async fn pay_and_save(&mut self) -> Result<(), Surprise> {
        self.story.step("Pay 50,000 at once, and save the card");
        let method = json!({ "paymentType": "SALE", "saveCard": true });
        let (payment_id, page) = self.open_a_page("4", "50000.00", method).await?;
        self.pay_the_page(&page, customer::GOOD.saved()).await?;
        self.wait_until(&payment_id, "paid").await?;
        self.claim(&payment_id, 50_000, 0);
        self.story.done("paid");
        Ok(())
    }

    fn cards_path() -> String {
        format!("/v1/customers/{CUSTOMER}/cards")
    }

    async fn read_the_saved_cards(&mut self) -> Result<String, Surprise> {
        self.story.step("The customer's saved cards");
        let call = Call::get(Self::cards_path(), &self.customer);
        let answer = self.story.call(call).await?;
        answer.expect(200, "/items/1", &Value::Null)?;
        let masked = answer.text("/items/0/masked")?;
        self.story.done(masked);
        answer.text("/items/0/tokenId")
    }

    async fn pay_with_the_saved_card(&mut self, token_id: &str) -> Result<String, Surprise> {
        self.story.step("Pay 20,000 with the saved card");
        let method = json!({ "paymentType": "SALE", "cardTokenId": token_id });
        let (payment_id, page) = self.open_a_page("5", "20000.00", method).await?;
        self.pay_the_page(&page, customer::GOOD).await?;
        self.wait_until(&payment_id, "paid").await?;
        self.story.done("paid, only the security code was typed");
        Ok(payment_id)
    }

    async fn take_it_back(&mut self, payment_id: &str) -> Result<(), Surprise> {
        self.story.step("Give all of it back the same day");
        let body = json!({ "reason": "Ordered by mistake" });
        let refund = self.refund(payment_id, "void", body).await?;
        refund.expect(201, "/type", &json!("void"))?;
        self.wait_until(payment_id, "voided").await?;
        self.claim(payment_id, 20_000, 20_000);
        self.story.done("voided, before the bank paid out");
        Ok(())
    }

    async fn delete_the_saved_card(&mut self, token_id: &str) -> Result<(), Surprise> {
        self.story.step("Delete the saved card");
        let call = Call {
            method: Method::DELETE,
            path: format!("{}/{token_id}", Self::cards_path()),
            caller: &self.customer,
            idempotency_key: Some(self.key("forget")),
            body: None,
        };
        let answer = self.story.call(call).await?;
        answer.expect(200, "/status", &json!("deleted"))?;
        let call = Call::get(Self::cards_path(), &self.customer);
        let answer = self.story.call(call).await?;
        answer.expect(200, "/items", &json!([]))?;
        self.story.done("deleted, none is left");
        Ok(())
    }

    async fn hold_and_leave(&mut self) -> Result<String, Surprise> {
        self.story.step("Hold 30,000, and leave it alone");
        let method = json!({ "paymentType": "AUTHORIZE" });
        let (payment_id, page) = self.open_a_page("6", "30000.00", method).await?;
        self.pay_the_page(&page, customer::GOOD).await?;
        self.wait_until(&payment_id, "authorized").await?;
        self.claim(&payment_id, 0, 0);
        self.story.done("authorized");
        Ok(payment_id)
    }

    async fn the_sixth_day(&mut self, world: &World, payment_id: &str) -> Result<(), Surprise> {
        self.story.step("Six days later, reconcile looks");
        self.let_pass(world, 6 * DAY).await?;
        self.tick(world, "reconcile").await?;
        let path = format!("/v1/payments/{payment_id}/events");
        let answer = self.story.send(&Call::get(&*path, &self.merchant)).await?;
        self.story.list_events(&path, &answer);
        let last = answer.body["items"]
            .as_array()
            .and_then(|items| items.last());
        if last.is_none_or(|event| event["type"] != "payment.capture_due") {
            return Err(Surprise::new(
                "Nobody was told that the authorisation will lapse.",
            ));
        }
        self.story.done("payment.capture_due");
        Ok(())
    }

    async fn the_seventh_day(&mut self, world: &World, payment_id: &str) -> Result<(), Surprise> {
        self.story.step("A day later DOKU is asked again");
        self.let_pass(world, DAY + MINUTE).await?;
        self.tick(world, "reconcile").await?;
        self.wait_until(payment_id, "expired").await?;
        let path = format!("/v1/payments/{payment_id}/capture");
        let call = Call::post(path, &self.merchant, &self.key("late"), json!({}));
        let answer = self.story.call(call).await?;
        answer.expect(409, "/code", &json!("illegal_transition"))?;
        self.story.done("expired, and can no longer be captured");
        Ok(())
    }
}
