//! What can be heard of one payment, in every order: our own answer, DOKU's notification and the same
//! again, a status check, and the caller who asks again.

use std::sync::Arc;

use serde_json::json;
use tokio::task::JoinHandle;

use super::{AMOUNT, MAY_ASK};
use crate::support::{Answer, Message, Relay, Shop, count, fresh};

const PATH: &str = "/direct-debit/core/v1/debit/payment-host-to-host";

/// What can happen, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// DOKU's answer to our call arrives.
    Answer,
    /// DOKU tells that it is paid.
    Paid,
    /// DOKU tells what was true before that: the customer has not decided.
    Before,
    /// Reconciliation asks DOKU.
    Check,
    /// The caller sends the request again.
    Repeat,
}

const NEWS: [News; 5] = [
    News::Answer,
    News::Paid,
    News::Before,
    News::Check,
    News::Repeat,
];

fn orders() -> Vec<Vec<News>> {
    fn grow(so_far: &mut Vec<News>, all: &mut Vec<Vec<News>>) {
        if so_far.len() == NEWS.len() {
            all.push(so_far.clone());
        }
        for next in NEWS {
            if !so_far.contains(&next) {
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

/// One payment on its way through an order.
struct Run<'s> {
    shop: &'s Shop,
    relay: &'s Relay,
    body: serde_json::Value,
    key: String,
    call: Option<JoinHandle<Answer>>,
    /// What the notification says that tells what was true before it was paid.
    before: serde_json::Value,
    paid: serde_json::Value,
}

impl<'s> Run<'s> {
    /// DOKU has it, and the customer has paid; nobody has heard of either.
    async fn begin(shop: &'s Shop, relay: &'s Relay, binding: &str) -> Self {
        let mut body = shop.payment_body(binding, AMOUNT);
        body["method"]["confirmation"] = json!("page");
        let (invoice, key) = (body["invoiceNumber"].as_str().unwrap(), fresh("order"));
        shop.doku.forget_calls().await;
        relay.holds(PATH);
        let call = tokio::spawn({
            let (merchant, body, key) = (shop.merchant.clone(), body.clone(), key.clone());
            async move { merchant.post_with(&key, "/v1/payments", &body).await }
        });
        shop.doku.was_called("payment", 1).await;
        let about = |status: &str| json!({"partnerReferenceNo": invoice, "latestTransactionStatus": status});
        let path = format!("payments/{invoice}/approve");
        shop.doku.order(&path, json!({})).await;
        let (before, paid) = (about("01"), about("00"));
        Self {
            shop,
            relay,
            body,
            key,
            call: Some(call),
            before,
            paid,
        }
    }

    async fn repeat(&self) -> Answer {
        let merchant = &self.shop.merchant;
        merchant
            .post_with(&self.key, "/v1/payments", &self.body)
            .await
    }

    /// DOKU sends it now, under a token and a signature of now.
    async fn told(&self, what: &serde_json::Value) {
        let message = Message::signed(self.shop, what).await;
        message.to(self.shop).await.expect(200);
    }

    async fn takes(&mut self, news: News) {
        match news {
            News::Answer => {
                self.relay.lets_go(PATH);
                let answer = self.call.take().unwrap().await.unwrap();
                assert!(matches!(answer.status, 201 | 202), "{}", answer.text);
            }
            News::Paid => {
                self.told(&self.paid).await;
            }
            News::Before => {
                self.told(&self.before).await;
            }
            News::Check => {
                self.shop.looks_after(MAY_ASK).await;
            }
            News::Repeat => {
                let answer = self.repeat().await;
                let waits = answer.body["code"] == "in_progress";
                let known = matches!(answer.status, 201 | 202);
                assert!(known || waits, "{}", answer.text);
            }
        }
    }

    async fn ended_well(&self, why: &str) {
        let answer = self.repeat().await;
        let id = answer.expect(201).word("paymentId");
        let now = self.shop.read(&id).await;
        assert_eq!(now["status"], "paid", "{why}: {now}");
        assert_eq!(now["flags"], json!([]), "{why}");
        self.shop.doku.charged_once(&now).await;
        assert_eq!(self.shop.doku.payment_of(&now).await["attempts"], 1);
        for (event, times) in [("payment.paid", 1), ("payment.failed", 0)] {
            assert_eq!(count(self.shop, &id, event).await, times, "{why}: {event}");
        }
        assert_eq!(self.shop.doku.called("payment").await, 1, "{why}");
    }
}

#[tokio::test]
async fn every_order_of_what_can_be_heard_ends_alike() {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.parameters.extend([
            ("DokuBaseUrl".to_owned(), url),
            ("DueShards".to_owned(), "1".to_owned()),
        ]);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    let binding = shop.link_account("cust-1").await;
    // The ones that arrive come from here.
    shop.doku.holds_notifications(100_000).await;
    let orders = orders();
    assert_eq!(orders.len(), 120);
    for order in &orders {
        let why = format!("{order:?}");
        let mut run = Run::begin(&shop, &relay, &binding).await;
        for news in order {
            run.takes(*news).await;
        }
        run.ended_well(&why).await;
        // Everything once more.
        run.told(&run.paid).await;
        run.told(&run.before).await;
        run.ended_well(&why).await;
    }
    println!("{} orders end alike", orders.len());
    shop.doku.saw_no_violation().await;
}
