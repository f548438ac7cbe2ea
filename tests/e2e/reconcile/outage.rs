//! A database that throttles, and one that is gone for a minute: nobody hears of a success that was not
//! stored, and all is well afterwards.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::{A_DAY, AMOUNT, MAY_ASK};
use crate::support::{Answer, RIGHT_OTP, Relay, Shop, at_once, count, eventually, fresh};

const A_MINUTE: Duration = Duration::from_mins(1);

/// How long DOKU takes over what is on its way when the line is cut.
const A_WHILE: Duration = Duration::from_secs(3);

/// Waits until a payment is stored.
async fn is_stored(shop: &Shop, body: &Value) {
    let path = format!(
        "/v1/payments?invoiceNumber={}",
        body["invoiceNumber"].as_str().unwrap()
    );
    eventually("the payment being stored", async || {
        let found = shop.merchant.get(&path).await;
        found.body["items"].get(0).map(|_| ())
    })
    .await;
}

async fn behind_a_relay() -> (Shop, Arc<Relay>) {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.dynamodb_endpoint = Some(url);
        let shards = ("DueShards".to_owned(), "1".to_owned());
        options.parameters.extend([shards]);
    })
    .await;
    relay.leads_to(shop.world.dynamodb_url());
    (shop, relay)
}

/// A request of the merchant's and what it was answered last.
struct Asked {
    key: String,
    path: String,
    body: Value,
    answer: Answer,
}

impl Asked {
    async fn many(shop: &Shop, requests: Vec<(String, Value)>) -> Vec<Self> {
        let mut all = Vec::new();
        for some in requests.chunks(8) {
            let some: Vec<_> = some.to_vec();
            let keyed: Vec<_> = some.iter().map(|_| fresh("outage")).collect();
            let (merchant, sent, keys) = (shop.merchant.clone(), some.clone(), keyed.clone());
            let answers = at_once(some.len(), |number| {
                let ((path, body), key) = (sent[number].clone(), keys[number].clone());
                let merchant = merchant.clone();
                async move {
                    let answer = merchant.post_with(&key, &path, &body).await;
                    Answer {
                        // The order in which they end is not the one in which they began.
                        headers: {
                            let mut headers = answer.headers.clone();
                            headers.insert("x-number", number.into());
                            headers
                        },
                        ..answer
                    }
                }
            })
            .await;
            for answer in answers {
                let number: usize = answer.header("x-number").parse().unwrap();
                let (path, body) = some[number].clone();
                let key = keyed[number].clone();
                all.push(Self {
                    key,
                    path,
                    body,
                    answer,
                });
            }
        }
        all
    }

    fn is_success(&self) -> bool {
        self.answer.status < 300
    }

    /// Asks again until it is answered for good.
    async fn settled(&self, shop: &Shop) -> Answer {
        for _ in 0..6 {
            let merchant = &shop.merchant;
            let answer = merchant.post_with(&self.key, &self.path, &self.body).await;
            if matches!(answer.status, 200 | 201) {
                return answer;
            }
            shop.doku.time_passes(Duration::from_secs(301)).await;
        }
        panic!("never answered: {} {}", self.path, self.answer.text)
    }
}

/// Insists that what was answered is in the table, and was when it was answered.
async fn success_is_stored(shop: &Shop, asked: &[Asked]) {
    for one in asked.iter().filter(|one| one.is_success()) {
        let id = one.answer.word("paymentId");
        let stored = shop.read(&id).await;
        assert_eq!(stored["paymentId"], json!(id));
        if let Some(invoice) = one.body.get("invoiceNumber") {
            assert_eq!(&stored["invoiceNumber"], invoice);
        }
        let again = shop.merchant.post_with(&one.key, &one.path, &one.body);
        let again = again.await;
        if one.answer.status != 202 {
            assert!(again.is_replayed(), "{}", again.text);
            assert_eq!(again.text, one.answer.text);
        }
    }
}

/// Insists that every notification that was answered 2xx has had its effect.
async fn what_was_taken_is_stored(shop: &Shop) {
    let deliveries = shop.doku.admin(reqwest::Method::GET, "notifications", None);
    let deliveries = deliveries.await;
    let taken = deliveries.as_array().unwrap().iter();
    let taken: Vec<_> = taken.filter(|row| row["outcome"] == "delivered").collect();
    println!("{} notifications were taken", taken.len());
    assert!(!taken.is_empty(), "{deliveries}");
    for row in taken {
        let invoice = row["partnerReferenceNo"].as_str().unwrap();
        let path = format!("/v1/payments?invoiceNumber={invoice}");
        let found = shop.merchant.get(&path).await;
        assert_eq!(
            found.expect(200).body["items"][0]["status"],
            "paid",
            "{row}"
        );
    }
}

/// Whatever was answered and whatever was not, everything can be paid, and was charged once.
async fn all_is_well(shop: &Shop, payments: &[Asked]) {
    for one in payments {
        let answer = one.settled(shop).await;
        let id = answer.word("paymentId");
        if shop.read(&id).await["status"] == "otp_required" {
            shop.give_otp(&id, RIGHT_OTP).await.expect(200);
        }
    }
    shop.looks_after(MAY_ASK).await;
    shop.looks_after(A_DAY).await;
    for one in payments {
        let invoice = one.body["invoiceNumber"].as_str().unwrap();
        let path = format!("/v1/payments?invoiceNumber={invoice}");
        let found = shop.merchant.get(&path).await;
        let payment = found.expect(200).body["items"][0].clone();
        assert_eq!(payment["status"], "paid", "{payment}");
        shop.doku.charged_once(&payment).await;
        let id = payment["paymentId"].as_str().unwrap();
        assert_eq!(count(shop, id, "payment.paid").await, 1);
    }
    shop.doku.saw_no_violation().await;
}

/// `201 57, 503 3`
fn told(what: &str, asked: &[Asked]) {
    let answers: Vec<_> = asked.iter().map(|one| one.answer.clone()).collect();
    println!("{what}: {:?}", crate::support::statuses(&answers));
}

fn payments(shop: &Shop, binding: &str, many: usize) -> Vec<(String, Value)> {
    let one = |_| {
        (
            "/v1/payments".to_owned(),
            shop.payment_body(binding, AMOUNT),
        )
    };
    (0..many).map(one).collect()
}

fn otps(payments: &[Asked]) -> Vec<(String, Value)> {
    let taken = payments.iter().filter(|one| one.answer.status == 201);
    let otp = |one: &Asked| {
        let path = format!("/v1/payments/{}/otp", one.answer.word("paymentId"));
        (path, json!({"otp": RIGHT_OTP}))
    };
    taken.map(otp).collect()
}

#[tokio::test]
async fn throttled_at_one_call_in_ten_nothing_is_lost() {
    let (shop, relay) = behind_a_relay().await;
    let binding = shop.link_account("cust-1").await;
    relay.throttles(10);
    let paying = Asked::many(&shop, payments(&shop, &binding, 80)).await;
    let confirming = Asked::many(&shop, otps(&paying)).await;
    told("payments, one call in ten throttled", &paying);
    told("OTPs, one call in ten throttled", &confirming);
    shop.doku.falls_silent().await;
    // Reconciliation works at it too meanwhile; a run that fails is followed by another.
    shop.doku.time_passes(MAY_ASK).await;
    for _ in 0..3 {
        let _ = shop.world.tick("reconcile").await;
    }
    relay.throttles(0);
    what_was_taken_is_stored(&shop).await;
    success_is_stored(&shop, &paying).await;
    success_is_stored(&shop, &confirming).await;
    all_is_well(&shop, &paying).await;
}

#[tokio::test]
async fn throttled_at_every_second_call_callers_hear_of_it_and_nothing_is_lost() {
    let (shop, relay) = behind_a_relay().await;
    let binding = shop.link_account("cust-1").await;
    relay.throttles(2);
    let paying = Asked::many(&shop, payments(&shop, &binding, 40)).await;
    told("payments, one call in two throttled", &paying);
    for one in paying.iter().filter(|one| !one.is_success()) {
        assert_eq!(one.answer.status, 503, "{}", one.answer.text);
        assert!(one.answer.retry_after().is_some(), "{}", one.answer.text);
    }
    relay.throttles(0);
    success_is_stored(&shop, &paying).await;
    all_is_well(&shop, &paying).await;
}

#[tokio::test]
async fn while_the_database_is_gone_nobody_hears_of_a_success() {
    let (shop, relay) = behind_a_relay().await;
    let binding = shop.link_account("cust-1").await;
    let paying = Asked::many(&shop, payments(&shop, &binding, 16)).await;
    // DOKU has some to tell of, and calls are on their way when the line is cut.
    shop.doku.holds_notifications(8).await;
    let confirming = Asked::many(&shop, otps(&paying[..8])).await;
    shop.doku.is_slow("payment", A_WHILE).await;
    shop.doku.is_slow("payment", A_WHILE).await;
    let requests = payments(&shop, &binding, 2);
    let on_their_way = Asked::many(&shop, requests.clone());
    let cut = async {
        for (_, body) in &requests {
            is_stored(&shop, body).await;
        }
        relay.hangs_up().await;
        // Connections that are open stay so, and bring nothing any more.
        relay.throttles(1);
    };
    let (on_their_way, ()) = tokio::join!(on_their_way, cut);
    told("payments that were on their way", &on_their_way);
    let meanwhile = Asked::many(&shop, payments(&shop, &binding, 8)).await;
    let otps = Asked::many(&shop, otps(&paying[8..])).await;
    let released = shop.doku.releases_notifications().await;
    assert_eq!(released, 8);
    for one in meanwhile.iter().chain(&otps).chain(&on_their_way) {
        assert!(!one.is_success(), "{}", one.answer.text);
    }
    told("payments without a database", &meanwhile);
    let deliveries = shop.doku.admin(reqwest::Method::GET, "notifications", None);
    let deliveries = deliveries.await;
    let taken = |row: &&Value| row["outcome"] == "delivered";
    let taken = deliveries.as_array().unwrap().iter().filter(taken).count();
    assert_eq!(taken, 0, "a notification was taken and not stored");
    shop.world.tick("reconcile").await.unwrap_err();

    shop.doku.time_passes(A_MINUTE).await;
    relay.throttles(0);
    relay.picks_up().await;
    success_is_stored(&shop, &confirming).await;
    // DOKU's own second attempt.
    shop.looks_after(Duration::from_mins(31)).await;
    for one in &confirming {
        let id = one.answer.word("paymentId");
        assert_eq!(shop.read(&id).await["status"], "paid");
    }
    let all: Vec<Asked> = paying
        .into_iter()
        .chain(on_their_way)
        .chain(meanwhile)
        .collect();
    all_is_well(&shop, &all).await;
}
