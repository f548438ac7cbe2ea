//! Steps with cards, as the merchant, as the holder, and as whoever looks at DOKU's books.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Answer, Doku, Payment, Shop, fresh, idr};

impl Shop {
    /// The body that asks for a card payment, with an invoice number of its own.
    pub fn card_body(&self, customer: &str, rupiah: u64) -> Value {
        json!({
            "invoiceNumber": fresh("CARD"),
            "amount": idr(rupiah),
            "customer": {
                "id": customer,
                "name": "Anton Budiman",
                "email": "anton.budiman@pos.example",
                "phone": "6281234567890",
            },
            "method": {"type": "card"},
            "returnUrl": "https://shop.example/paid",
        })
    }

    /// The same of a certain `paymentType`.
    pub fn card_body_of(&self, kind: &str, rupiah: u64) -> Value {
        let mut body = self.card_body("cust-1", rupiah);
        body["method"]["paymentType"] = json!(kind);
        body
    }

    /// Asks for a payment and gets DOKU's page for it.
    pub async fn open_page(&self, body: &Value) -> Payment {
        let answer = self.merchant.post("/v1/payments", body).await;
        assert_eq!(answer.expect(201).body["status"], "redirect_required");
        assert_eq!(answer.body["nextAction"]["type"], "redirect");
        Payment {
            id: answer.word("paymentId"),
            status: answer.word("status"),
            body: answer.body,
        }
    }

    /// The holder pays with one of the test cards; gives `approved`, `declined` or `challenged`.
    pub async fn holder_pays(&self, payment: &Payment, card: &str) -> String {
        self.holder_does(payment, json!({"card": card})).await
    }

    /// The holder pays, with more said than the card.
    pub async fn holder_does(&self, payment: &Payment, how: Value) -> String {
        let mut order = how;
        order["invoiceNumber"] = payment.body["invoiceNumber"].clone();
        let told = self.doku.order("cards/pay", order).await;
        told["outcome"].as_str().unwrap().to_owned()
    }

    /// A card payment from the order to the notification.
    pub async fn card_paid(&self, rupiah: u64) -> Payment {
        let payment = self.open_page(&self.card_body_of("SALE", rupiah)).await;
        self.holder_pays(&payment, "approve").await;
        self.wait_until_paid(&payment.id).await;
        payment
    }

    /// Money that a card holds and nobody took yet.
    pub async fn authorised(&self, rupiah: u64) -> Payment {
        let payment = self
            .open_page(&self.card_body_of("AUTHORIZE", rupiah))
            .await;
        self.holder_pays(&payment, "approve").await;
        self.wait_until(&payment.id, "authorized").await;
        payment
    }

    /// Money that was held, and of which some was taken; the bank has paid it out.
    pub async fn captured(&self, held: u64, taken: u64) -> Payment {
        let payment = self.authorised(held).await;
        let answer = self.capture(&payment.id, Some(taken)).await;
        assert_eq!(answer.expect(200).body["status"], "paid");
        self.doku.falls_silent().await;
        self.settle(&payment).await;
        payment
    }

    /// The bank pays out now: from here on money goes back as a refund, and no longer as a void.
    pub async fn settle(&self, payment: &Payment) {
        let order = json!({"invoiceNumber": payment.invoice()});
        self.doku.order("cards/settle", order).await;
    }

    /// Captures so much, or everything.
    pub async fn capture(&self, payment: &str, rupiah: Option<u64>) -> Answer {
        let path = format!("/v1/payments/{payment}/capture");
        self.merchant.post(&path, &capture_body(rupiah)).await
    }

    /// A customer's saved cards.
    pub async fn cards_of(&self, customer: &str) -> Vec<Value> {
        let path = format!("/v1/customers/{customer}/cards");
        let answer = self.merchant.get(&path).await;
        answer.expect(200).body["items"].as_array().unwrap().clone()
    }

    /// One of a payment's refunds as it is now.
    pub async fn read_refund(&self, payment: &Payment, refund: &Value) -> Value {
        let id = refund["refundId"].as_str().unwrap();
        let path = format!("/v1/payments/{}/refunds/{id}", payment.id);
        self.merchant.get(&path).await.expect(200).body.clone()
    }

    /// What time alone makes happen, made to happen now; gives what the function says it did.
    pub async fn tick(&self) -> Value {
        self.world.tick("reconcile").await.unwrap()
    }

    /// A card notification made to order, which must be taken.
    pub async fn told_of_card(&self, order: Value) {
        let answer = self.doku.order("cards/notifications", order).await;
        assert_eq!(answer["status"], 200, "{answer}");
        assert_eq!(answer["body"], json!({"message": "OK"}));
    }
}

impl Payment {
    /// The merchant's name for it, DOKU's too.
    pub fn invoice(&self) -> &str {
        self.body["invoiceNumber"].as_str().unwrap()
    }

    /// DOKU's page.
    pub fn page(&self) -> &str {
        self.body["nextAction"]["url"].as_str().unwrap()
    }
}

/// The body of a capture of so much, or of everything.
pub fn capture_body(rupiah: Option<u64>) -> Value {
    rupiah.map_or_else(|| json!({}), |rupiah| json!({"amount": idr(rupiah)}))
}

impl Doku {
    /// Rows about an invoice in one part of the ledger: `cardPages`, `cardCharges`, `cardCaptures`
    /// or `cardRefunds`.
    pub async fn of_invoice(&self, part: &str, payment: &Payment) -> Vec<Value> {
        self.rows(part, "invoiceNumber", &json!(payment.invoice()))
            .await
    }

    /// The one charge or authorisation of a payment.
    pub async fn card_charge(&self, payment: &Payment) -> Value {
        let rows = self.of_invoice("cardCharges", payment).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].clone()
    }

    /// How many calls of one operation there were.
    pub async fn called(&self, operation: &str) -> usize {
        self.calls(operation).await.len()
    }

    /// Changes how DOKU behaves where its documents disagree.
    pub async fn is_set(&self, settings: Value) {
        self.order("settings", settings).await;
    }

    /// The next call of an operation takes that long.
    pub async fn is_slow(&self, operation: &str, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap();
        let fault = json!({"operation": operation, "kind": "slow", "delayMs": delay});
        self.order("faults", fault).await;
    }

    /// Insists that an operation was called so often, each time under the same `Request-Id`, and
    /// that every answer but the first was the first one again.
    pub async fn was_asked_again(&self, operation: &str, times: usize) {
        let calls = self.calls(operation).await;
        assert_eq!(calls.len(), times, "{calls:?}");
        for again in &calls[1..] {
            assert_eq!(again["requestId"], calls[0]["requestId"], "{calls:?}");
            assert_eq!(again["responseCode"], "REPEATED", "{calls:?}");
            assert_eq!(again["httpStatus"], 409, "{calls:?}");
        }
    }
}
