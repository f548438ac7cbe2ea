//! The news of one card payment in every order that can happen: DOKU's notifications of the
//! authorisation, the capture and the refund, and the answers to our own three calls.

use std::sync::Arc;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::support::{Answer, Relay, Shop, fresh, idr};

const PAGE_PATH: &str = "/credit-card/v1/payment-page";
const CAPTURE_PATH: &str = "/credit-card/capture";
const REFUND_PATH: &str = "/cancellation/credit-card/refund";

/// What can arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// The answer to our call for a page.
    Page,
    /// DOKU tells that the money is held.
    Authorized,
    /// The answer to our capture.
    CaptureAnswer,
    /// DOKU tells of the capture.
    Captured,
    /// The answer to our refund.
    RefundAnswer,
    /// DOKU tells of the refund.
    Refunded,
}

use News::{Authorized, CaptureAnswer, Captured, Page, RefundAnswer, Refunded};

/// Every order in which the six can arrive: the capture is asked for once the payment is known to be
/// authorised, the refund once it is known to be captured.
fn orders() -> Vec<Vec<News>> {
    fn grow(so_far: &mut Vec<News>, all: &mut Vec<Vec<News>>) {
        if so_far.len() == 6 {
            all.push(so_far.clone());
            return;
        }
        for next in [
            Page,
            Authorized,
            CaptureAnswer,
            Captured,
            RefundAnswer,
            Refunded,
        ] {
            let seen = |news| so_far.contains(&news);
            let possible = match next {
                Page | Authorized => true,
                CaptureAnswer | Captured => seen(Authorized),
                RefundAnswer | Refunded => seen(CaptureAnswer) || seen(Captured),
            };
            if possible && !seen(next) {
                so_far.push(next);
                grow(so_far, all);
                so_far.pop();
            }
        }
    }
    let mut all = Vec::new();
    grow(&mut Vec::new(), &mut all);
    all
}

/// Whose `Request-Id` the notifications of the capture and of the refund carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// That of the call they are about.
    Own,
    /// That of the page.
    Page,
}

/// A notification as DOKU signed it.
struct Message {
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Message {
    /// The one that tells how the invoice stands at DOKU now, with these changes.
    async fn about(shop: &Shop, invoice: &str, set: Value) -> Self {
        let order = json!({"invoiceNumber": invoice, "set": set});
        let built = shop.doku.order("cards/notifications/build", order).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = built["headers"].as_object().unwrap();
        Self {
            url: format!("{}{}", shop.world.base_url(), text(&built["path"])),
            headers: headers.iter().map(|(n, v)| (n.clone(), text(v))).collect(),
            body: text(&built["body"]),
        }
    }

    async fn arrives(&self, http: &Client) {
        let mut request = http.post(&self.url).body(self.body.clone());
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Answer::read(request.send().await.unwrap())
            .await
            .expect(200);
    }
}

/// One payment on its way through an order.
struct Run {
    shop: Shop,
    relay: Arc<Relay>,
    invoice: String,
    payment: String,
    times: usize,
    named: Named,
    page: Option<JoinHandle<Answer>>,
    capture: Option<JoinHandle<Answer>>,
    refund: Option<JoinHandle<Answer>>,
    told: Vec<Message>,
}

impl Run {
    /// A page whose answer is still on its way, and a holder who has paid on it all the same.
    async fn begin(shop: &Shop, relay: &Arc<Relay>, times: usize, named: Named) -> Self {
        shop.doku.forget_calls().await;
        let invoice = fresh("CARD");
        let body = json!({
            "invoiceNumber": invoice,
            "amount": idr(10_000),
            "customer": {"id": "cust-1", "email": "siti@shop.example"},
            "method": {"type": "card", "paymentType": "AUTHORIZE"},
        });
        let mut run = Self {
            shop: shop.clone(),
            relay: Arc::clone(relay),
            invoice,
            payment: String::new(),
            times,
            named,
            page: None,
            capture: None,
            refund: None,
            told: Vec::new(),
        };
        run.page = Some(
            run.calls("payment_page", PAGE_PATH, "/v1/payments".into(), body)
                .await,
        );
        let path = format!("/v1/payments?invoiceNumber={}", run.invoice);
        let found = shop.merchant.get(&path).await;
        let id = found.expect(200).body["items"][0]["paymentId"].as_str();
        run.payment = id.unwrap().to_owned();
        let pay = json!({"invoiceNumber": run.invoice, "card": "approve"});
        shop.doku.order("cards/pay", pay).await;
        let message = Message::about(shop, &run.invoice, Value::Null).await;
        run.told.push(message);
        run
    }

    /// The `Request-Id` that a notification carries when it is about the one row of the invoice in
    /// this part of DOKU's ledger.
    async fn name_in(&self, part: &str) -> Value {
        let part = match self.named {
            Named::Own => part,
            Named::Page => "cardPages",
        };
        let invoice = json!(self.invoice);
        let rows = self.shop.doku.rows(part, "invoiceNumber", &invoice).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0]["requestId"].clone()
    }

    /// Calls the API, and waits until DOKU has done its part; the answer is kept back.
    async fn calls(
        &self,
        operation: &str,
        doku_path: &str,
        path: String,
        body: Value,
    ) -> JoinHandle<Answer> {
        let before = self.shop.doku.calls(operation).await.len();
        self.relay.holds(doku_path);
        let merchant = self.shop.merchant.clone();
        let call = tokio::spawn(async move { merchant.post(&path, &body).await });
        self.shop.doku.was_called(operation, before + 1).await;
        call
    }

    async fn capture_is_asked_for(&mut self) {
        let path = format!("/v1/payments/{}/capture", self.payment);
        let body = json!({"amount": idr(6_000)});
        self.capture = Some(self.calls("capture", CAPTURE_PATH, path, body).await);
        let set = json!({"card_payment": {"request_id": self.name_in("cardCaptures").await}});
        let message = Message::about(&self.shop, &self.invoice, set).await;
        self.told.push(message);
    }

    async fn refund_is_asked_for(&mut self) {
        if self.refund.is_some() {
            return;
        }
        // Before the bank has paid out, a card's payment can only be voided as a whole.
        let settled = json!({"invoiceNumber": self.invoice});
        self.shop.doku.order("cards/settle", settled).await;
        let path = format!("/v1/payments/{}/refunds", self.payment);
        let body = json!({"amount": idr(2_000)});
        self.refund = Some(self.calls("card_refund", REFUND_PATH, path, body).await);
        let set = json!({
            "order": {"amount": 10_000},
            "transaction": {"type": "REFUND"},
            "card_payment": {
                "type": "REFUND", "request_id": self.name_in("cardRefunds").await,
            },
            "refund": {"amount": "2000"},
        });
        let message = Message::about(&self.shop, &self.invoice, set).await;
        self.told.push(message);
    }

    async fn doku_tells(&self, which: usize) {
        for _ in 0..self.times {
            self.told[which].arrives(&self.shop.http).await;
        }
    }

    async fn takes(&mut self, news: News) {
        match news {
            Page => {
                self.relay.lets_go(PAGE_PATH);
                self.page.take().unwrap().await.unwrap().expect(201);
            }
            Authorized => {
                self.doku_tells(0).await;
                self.capture_is_asked_for().await;
            }
            CaptureAnswer => {
                self.relay.lets_go(CAPTURE_PATH);
                self.capture.take().unwrap().await.unwrap().expect(200);
                self.refund_is_asked_for().await;
            }
            Captured => {
                self.doku_tells(1).await;
                self.refund_is_asked_for().await;
            }
            RefundAnswer => {
                self.relay.lets_go(REFUND_PATH);
                let call = self.refund.as_mut().unwrap();
                call.await.unwrap().expect(201);
            }
            Refunded => self.doku_tells(2).await,
        }
    }
}

/// What every order must end with, nothing more and nothing less.
async fn ended_well(run: &Run, why: &str) {
    let after = run.shop.read(&run.payment).await;
    assert_eq!(after["status"], "partially_refunded", "{why}: {after}");
    assert_eq!(after["capturedAmount"], idr(6_000), "{why}");
    assert_eq!(after["refundedAmount"], idr(2_000), "{why}");
    assert_eq!(after["refundableAmount"], idr(4_000), "{why}");
    assert_eq!(after["capture"]["status"], "succeeded", "{why}");
    assert_eq!(after["flags"], json!([]), "{why}");
    let path = format!("/v1/payments/{}/refunds", run.payment);
    let refunds = run.shop.merchant.get(&path).await.body;
    let statuses: Vec<_> = refunds["items"].as_array().unwrap().iter().collect();
    assert_eq!(statuses.len(), 1, "{why}");
    assert_eq!(statuses[0]["status"], "succeeded", "{why}");
    let path = format!("/v1/payments/{}/events?limit=100", run.payment);
    let events = run.shop.merchant.get(&path).await.body;
    for once in ["payment.authorized", "payment.paid", "refund.succeeded"] {
        let items = events["items"].as_array().unwrap();
        let count = items.iter().filter(|event| event["type"] == once).count();
        assert_eq!(count, 1, "{why}: {once} in {events}");
    }
}

async fn every_order_ends_alike(times: usize, named: Named) {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.parameters.insert("DokuBaseUrl".to_owned(), url);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    relay.signs_with(shop.world.secrets().field("secretKey"));
    // DOKU's own notifications are kept back to the end: the ones that arrive come from here.
    shop.doku.holds_notifications(10_000).await;
    let orders = orders();
    assert_eq!(orders.len(), 72);
    for order in orders {
        let why = format!("{order:?} × {times}, {named:?}");
        let mut run = Run::begin(&shop, &relay, times, named).await;
        for news in order {
            run.takes(news).await;
        }
        ended_well(&run, &why).await;
        // Everything once more, the oldest last.
        for message in run.told.iter().rev() {
            message.arrives(&shop.http).await;
        }
        ended_well(&run, &why).await;
    }
    shop.doku.releases_notifications().await;
    let ledger = shop.doku.ledger().await;
    assert_eq!(ledger["violations"], json!([]));
}

#[tokio::test]
async fn every_order_of_the_news_of_a_card_payment_ends_alike() {
    every_order_ends_alike(1, Named::Own).await;
}

#[tokio::test]
async fn every_order_ends_alike_when_all_news_come_twice() {
    every_order_ends_alike(2, Named::Own).await;
}

#[tokio::test]
async fn every_order_ends_alike_when_the_news_name_no_call_but_the_page() {
    every_order_ends_alike(1, Named::Page).await;
}
