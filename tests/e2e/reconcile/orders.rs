//! What can be heard of one payment, in every order: our own answer, DOKU's notification and the same
//! again, a status check, and the caller who asks again.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{AMOUNT, MAY_ASK};
use crate::support::{Answer, Message, Relay, Shop, count, fresh};

/// What is true, and has to be believed in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    /// The customer paid from an account.
    Paid,
    /// The customer declined on DOKU's page.
    Declined,
    /// The holder paid by card.
    PaidByCard,
}

impl Truth {
    /// Where the call goes whose answer is one of the news.
    const fn path(self) -> &'static str {
        match self {
            Self::Paid | Self::Declined => "/direct-debit/core/v1/debit/payment-host-to-host",
            Self::PaidByCard => "/credit-card/v1/payment-page",
        }
    }

    /// The simulator's name for it.
    const fn operation(self) -> &'static str {
        match self {
            Self::Paid | Self::Declined => "payment",
            Self::PaidByCard => "payment_page",
        }
    }

    /// What the payment is in the end, and what it never was.
    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Paid | Self::PaidByCard => ("paid", "failed"),
            Self::Declined => ("failed", "paid"),
        }
    }
}

/// What can happen, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// DOKU's answer to our call arrives.
    Answer,
    /// DOKU tells what is true.
    Decided,
    /// DOKU tells what was true before that: the customer has not decided.
    Before,
    /// Reconciliation asks DOKU.
    Check,
    /// The caller sends the request again.
    Repeat,
}

const NEWS: [News; 5] = [
    News::Answer,
    News::Decided,
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
    truth: Truth,
    body: Value,
    key: String,
    call: Option<JoinHandle<Answer>>,
    /// What the notification says that tells what was true before it was decided.
    before: Value,
    decided: Value,
}

impl<'s> Run<'s> {
    /// DOKU has it, and the customer has decided; nobody has heard of either.
    async fn begin(shop: &'s Shop, relay: &'s Relay, binding: &str, truth: Truth) -> Self {
        let body = if truth == Truth::PaidByCard {
            shop.card_body_of("SALE", AMOUNT)
        } else {
            let mut body = shop.payment_body(binding, AMOUNT);
            body["method"]["confirmation"] = json!("page");
            body
        };
        let (invoice, key) = (body["invoiceNumber"].as_str().unwrap(), fresh("order"));
        shop.doku.forget_calls().await;
        relay.holds(truth.path());
        let call = tokio::spawn({
            let (merchant, body, key) = (shop.merchant.clone(), body.clone(), key.clone());
            async move { merchant.post_with(&key, "/v1/payments", &body).await }
        });
        shop.doku.was_called(truth.operation(), 1).await;
        let about = |status: &str| match truth {
            Truth::PaidByCard => {
                json!({"invoiceNumber": invoice, "set": {"transaction": {"status": status}}})
            }
            _ => json!({"partnerReferenceNo": invoice, "latestTransactionStatus": status}),
        };
        let (order, what, before, decided) = match truth {
            Truth::Paid => (format!("payments/{invoice}/approve"), json!({}), "01", "00"),
            Truth::Declined => (format!("payments/{invoice}/decline"), json!({}), "01", "06"),
            Truth::PaidByCard => (
                "cards/pay".to_owned(),
                json!({"invoiceNumber": invoice, "card": "approve"}),
                "PENDING",
                "SUCCESS",
            ),
        };
        shop.doku.order(&order, what).await;
        let (before, decided) = (about(before), about(decided));
        Self {
            shop,
            relay,
            truth,
            body,
            key,
            call: Some(call),
            before,
            decided,
        }
    }

    async fn repeat(&self) -> Answer {
        let merchant = &self.shop.merchant;
        merchant
            .post_with(&self.key, "/v1/payments", &self.body)
            .await
    }

    /// DOKU sends it now, under a token and a signature of now.
    async fn told(&self, what: &Value) {
        let message = if self.truth == Truth::PaidByCard {
            Message::of_card(self.shop, what).await
        } else {
            Message::signed(self.shop, what).await
        };
        message.to(self.shop).await.expect(200);
    }

    async fn takes(&mut self, news: News) {
        match news {
            News::Answer => {
                self.relay.lets_go(self.truth.path());
                let answer = self.call.take().unwrap().await.unwrap();
                assert!(matches!(answer.status, 201 | 202), "{}", answer.text);
            }
            News::Decided => {
                self.told(&self.decided).await;
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
        let (is, never_was) = self.truth.words();
        assert_eq!(now["status"], is, "{why}: {now}");
        assert_eq!(now["flags"], json!([]), "{why}");
        for (status, times) in [(is, 1), (never_was, 0)] {
            let event = format!("payment.{status}");
            let told = count(self.shop, &id, &event).await;
            assert_eq!(told, times, "{why}: {event}");
        }
        let doku = &self.shop.doku;
        let (part, member) = match self.truth {
            Truth::Paid | Truth::Declined => ("charges", "partnerReferenceNo"),
            Truth::PaidByCard => ("cardCharges", "invoiceNumber"),
        };
        let charges = doku.rows(part, member, &now["invoiceNumber"]).await;
        assert_eq!(charges.len(), usize::from(is == "paid"), "{why}");
        if self.truth != Truth::PaidByCard {
            // A page is asked for under its own id again, which is how it is asked about.
            assert_eq!(doku.called("payment").await, 1, "{why}");
            assert_eq!(doku.payment_of(&now).await["attempts"], 1, "{why}");
        }
    }
}

async fn orders_end_alike(truth: Truth, orders: &[Vec<News>]) {
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
    relay.signs_with(shop.world.secrets().field("secretKey"));
    let binding = shop.link_account("cust-1").await;
    // The ones that arrive come from here.
    shop.doku.holds_notifications(100_000).await;
    for order in orders {
        let why = format!("{truth:?}, {order:?}");
        let mut run = Run::begin(&shop, &relay, &binding, truth).await;
        for news in order {
            run.takes(*news).await;
        }
        run.ended_well(&why).await;
        // Everything once more.
        run.told(&run.decided).await;
        run.told(&run.before).await;
        run.ended_well(&why).await;
    }
    println!("{truth:?}: {} orders end alike", orders.len());
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn every_order_of_what_can_be_heard_ends_alike() {
    let orders = orders();
    assert_eq!(orders.len(), 120);
    orders_end_alike(Truth::Paid, &orders).await;
}

/// Every fifth of the others, where nobody asks for the whole.
#[tokio::test]
async fn what_failed_and_what_a_card_paid_end_alike_in_every_order_too() {
    let is_whole = std::env::var("CRASH_MATRIX").is_ok_and(|which| which == "whole");
    let step = if is_whole { 1 } else { 5 };
    let orders: Vec<_> = orders().into_iter().step_by(step).collect();
    for truth in [Truth::Declined, Truth::PaidByCard] {
        orders_end_alike(truth, &orders).await;
    }
}
