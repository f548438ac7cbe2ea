//! DOKU's answers get lost. Nobody is told "failed", and the truth comes out.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Answer, RIGHT_OTP, Relay, Shop, fresh, idr};

/// How an answer gets lost after DOKU has done the work.
const AFTER_THE_WORK: [&str; 4] = [
    "accept_then_hang",
    "accept_then_reset",
    "accept_then_bad_gateway",
    "accept_then_garbage",
];
/// How it gets lost without anything having been done. The caller sees no difference.
const BEFORE_THE_WORK: [&str; 4] = ["hang", "reset", "bad_gateway", "garbage"];

const A_MINUTE: Duration = Duration::from_secs(61);
const FIVE_MINUTES: Duration = Duration::from_secs(301);
/// Longer than any token lives.
const TOKENS_GONE: Duration = Duration::from_secs(1_000);
/// DOKU gets one second here, our own work the rest.
const DEADLINE: Duration = Duration::from_secs(10);

/// A shop that is impatient, and a request whose answer gets lost.
struct Lost<'s> {
    shop: &'s Shop,
    path: String,
    body: Value,
    key: String,
}

impl<'s> Lost<'s> {
    fn new(shop: &'s Shop, path: &str, body: Value) -> Self {
        Self {
            shop,
            path: path.to_owned(),
            body,
            key: fresh("lost"),
        }
    }

    async fn send(&self) -> Answer {
        self.shop
            .merchant
            .post_with(&self.key, &self.path, &self.body)
            .await
    }

    /// Sends it while DOKU's answers get lost that way: 202 `unknown`, in time, and again 202 when
    /// it is repeated at once, without DOKU being bothered.
    async fn is_lost(&self, operation: &str, kind: &str) -> Answer {
        let calls = self.shop.doku.calls(operation).await.len();
        self.shop.doku.goes_wrong(operation, kind).await;
        let began = Instant::now();
        let answer = self.send().await;
        assert!(began.elapsed() < DEADLINE, "{kind}: {:?}", began.elapsed());
        self.unknown(&answer, kind);
        let again = self.send().await;
        self.unknown(&again, kind);
        let now = self.shop.doku.calls(operation).await.len();
        assert_eq!(now, calls + 1, "{kind}: sent once");
        answer
    }

    fn unknown(&self, answer: &Answer, kind: &str) {
        assert_eq!(answer.status, 202, "{kind}: {}", answer.text);
        assert_eq!(answer.body["status"], "unknown", "{kind}");
        assert_eq!(answer.body["failure"], Value::Null, "{kind}");
        assert!(answer.retry_after().is_some_and(|seconds| seconds > 0));
        assert!(!answer.is_replayed());
    }

    /// Repeats it when DOKU may be asked.
    async fn is_asked_about(&self) -> Answer {
        self.shop.doku.time_passes(A_MINUTE).await;
        self.send().await
    }

    /// Repeats it until DOKU's "never heard of it" is believed.
    async fn is_sent_again(&self, kind: &str) -> Answer {
        self.unknown(&self.is_asked_about().await, kind);
        self.shop.doku.time_passes(FIVE_MINUTES).await;
        self.send().await
    }
}

#[tokio::test]
async fn a_payment_whose_answer_is_lost_is_unknown_until_doku_is_asked() {
    let shop = Shop::open_impatient().await;
    let binding = shop.link_account("cust-1").await;
    for (kind, accepted) in both() {
        let lost = Lost::new(&shop, "/v1/payments", shop.payment_body(&binding, 10_000));
        let first = lost.is_lost("payment", kind).await;
        let id = first.word("paymentId");
        assert_eq!(shop.read(&id).await["status"], "unknown", "{kind}");

        let answer = if accepted {
            lost.is_asked_about().await
        } else {
            lost.is_sent_again(kind).await
        };
        assert_eq!(answer.expect(201).body["status"], "otp_required", "{kind}");
        assert_eq!(answer.word("paymentId"), id);
        assert_eq!(shop.doku.payment_of(&answer.body).await["attempts"], 1);
        shop.confirm(&id).await;
        let paid = shop.wait_until_paid(&id).await;
        shop.doku.charged_once(&paid).await;
    }
}

#[tokio::test]
async fn a_payment_whose_next_attempt_does_not_leave_may_have_been_taken_before() {
    let shop = Shop::open_impatient().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    let lost = Lost::new(&shop, "/v1/payments", body);
    let first = lost.is_lost("payment", "accept_then_reset").await;
    let id = first.word("paymentId");
    shop.doku.recovers().await;
    // DOKU denies it for longer than an absence is doubted, and gives no token then.
    let denial = json!({"operation": "status", "kind": "miss", "forMs": 3_600_000});
    shop.doku.order("faults", denial).await;
    lost.unknown(&lost.is_asked_about().await, "denied");
    shop.doku.time_passes(TOKENS_GONE).await;
    let no_token = json!({"operation": "b2b2c", "kind": "bad_gateway", "times": 9});
    shop.doku.order("faults", no_token).await;
    lost.unknown(&lost.send().await, "no token");
    shop.doku.recovers().await;
    for _ in 0..26 {
        shop.doku.time_passes(Duration::from_hours(1)).await;
        shop.tick().await;
    }
    let now = shop.read(&id).await;
    assert_eq!(now["status"], "otp_required", "{now}");
    let payment = shop.doku.payment_of(&now).await;
    assert_eq!(payment["attempts"], 1);
}

#[tokio::test]
async fn a_payment_whose_answer_is_lost_is_known_once_the_notification_came() {
    let shop = Shop::open_impatient().await;
    let binding = shop.link_account("cust-1").await;
    for kind in AFTER_THE_WORK {
        let mut body = shop.payment_body(&binding, 10_000);
        body["method"]["confirmation"] = json!("page");
        let reference = body["invoiceNumber"].as_str().unwrap().to_owned();
        let lost = Lost::new(&shop, "/v1/payments", body);
        let id = lost.is_lost("payment", kind).await.word("paymentId");

        shop.doku
            .order(&format!("payments/{reference}/approve"), json!({}))
            .await;
        let paid = shop.wait_until_paid(&id).await;
        assert!(paid["paidAt"].is_string());
        shop.doku.charged_once(&paid).await;
        let answer = lost.send().await;
        assert_eq!(answer.expect(201).body["status"], "paid", "{kind}");
        assert!(shop.doku.calls("status").await.is_empty());
    }
}

#[tokio::test]
async fn an_otp_whose_answer_is_lost_is_unknown_until_the_truth_comes() {
    let shop = Shop::open_impatient().await;
    let binding = shop.link_account("cust-1").await;
    for (kind, accepted) in both() {
        for notified in [true, false] {
            if notified && !accepted {
                continue; // nothing to be notified of
            }
            let payment = shop.pay(&binding, 10_000).await;
            let path = format!("/v1/payments/{}/otp", payment.id);
            let lost = Lost::new(&shop, &path, json!({"otp": RIGHT_OTP}));
            if accepted {
                // One way or the other it comes only after the 202.
                shop.doku.holds_notifications(1).await;
            }
            lost.is_lost("otp", kind).await;
            assert_eq!(shop.read(&payment.id).await["status"], "unknown", "{kind}");

            if notified {
                assert_eq!(shop.doku.releases_notifications().await, 1);
                assert_eq!(shop.read(&payment.id).await["status"], "paid", "{kind}");
            }
            let answer = lost.is_asked_about().await;
            if accepted {
                assert_eq!(answer.expect(200).body["status"], "paid", "{kind}");
                shop.doku.releases_notifications().await;
            } else {
                // Never sent twice: the customer is asked for another one.
                assert_eq!(answer.expect(200).body["status"], "otp_required", "{kind}");
                assert_eq!(answer.body["failure"]["code"], "otp_outcome_unknown");
                shop.confirm(&payment.id).await;
            }
            let paid = shop.wait_until_paid(&payment.id).await;
            shop.doku.charged_once(&paid).await;
        }
    }
}

#[tokio::test]
async fn a_refund_whose_answer_is_lost_is_unknown_until_the_truth_comes() {
    let shop = Shop::open_impatient().await;
    let binding = shop.link_account("cust-1").await;
    for (kind, accepted) in both() {
        for notified in [true, false] {
            if notified && !accepted {
                continue;
            }
            let id = shop.paid(&binding, 10_000).await;
            let path = format!("/v1/payments/{id}/refunds");
            let lost = Lost::new(&shop, &path, json!({"amount": idr(4_000)}));
            if accepted {
                shop.doku.holds_notifications(1).await;
            }
            let first = lost.is_lost("refund", kind).await;
            let refund = format!("{path}/{}", first.word("refundId"));
            let read = shop.merchant.get(&refund).await;
            assert_eq!(read.expect(200).body["status"], "unknown", "{kind}");
            // Until it is known, the money counts as gone.
            assert_eq!(shop.read(&id).await["refundableAmount"], idr(6_000));

            if notified {
                assert_eq!(shop.doku.releases_notifications().await, 1);
                let read = shop.merchant.get(&refund).await;
                assert_eq!(read.expect(200).body["status"], "succeeded", "{kind}");
            }
            let answer = if accepted {
                lost.is_asked_about().await
            } else {
                lost.is_sent_again(kind).await
            };
            assert_eq!(answer.expect(201).body["status"], "succeeded", "{kind}");
            shop.doku.releases_notifications().await;
            let payment = shop.read(&id).await;
            assert_eq!(payment["refundedAmount"], idr(4_000), "{kind}");
            let reference = &answer.body["gateway"]["partnerRefundNo"];
            let rows = shop
                .doku
                .rows("refunds", "partnerRefundNo", reference)
                .await;
            assert_eq!(rows.len(), 1, "{kind}: {rows:?}");
            assert_eq!(rows[0]["attempts"], 1, "{kind}");
        }
    }
}

/// Every kind, and whether DOKU does the work.
fn both() -> impl Iterator<Item = (&'static str, bool)> {
    let after = AFTER_THE_WORK.into_iter().map(|kind| (kind, true));
    after.chain(BEFORE_THE_WORK.into_iter().map(|kind| (kind, false)))
}

#[tokio::test]
async fn a_refused_connection_is_no_outcome_at_all_and_the_same_key_works_later() {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.parameters.insert("DokuBaseUrl".to_owned(), url);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    let binding = shop.link_account("cust-1").await;
    let waiting = shop.pay(&binding, 10_000).await;
    let paid = shop.paid(&binding, 10_000).await;
    let attempts = &waiting.body["nextAction"]["attemptsLeft"];
    let table = [
        (
            "bind",
            "/v1/bindings".to_owned(),
            shop.binding_body("cust-2"),
            201,
        ),
        (
            "pay",
            "/v1/payments".to_owned(),
            shop.payment_body(&binding, 10_000),
            201,
        ),
        (
            "otp",
            format!("/v1/payments/{}/otp", waiting.id),
            json!({"otp": "999999"}),
            200,
        ),
        (
            "refund",
            format!("/v1/payments/{paid}/refunds"),
            json!({"amount": idr(4_000)}),
            201,
        ),
    ];
    shop.doku.forget_calls().await;
    for (function, path, body, status) in table {
        let lost = Lost::new(&shop, &path, body);
        relay.hangs_up().await;
        // A process that is new has no connection left over.
        shop.world.kill(function).await;
        for _ in 0..2 {
            let answer = lost.send().await;
            answer.expect_problem(502, "gateway_unreachable");
            assert_eq!(answer.body["outcome"], "none");
            assert_eq!(answer.body["retryable"], true);
        }
        if function == "otp" {
            let payment = shop.read(&waiting.id).await;
            assert_eq!(payment["status"], "otp_required");
            assert_eq!(&payment["nextAction"]["attemptsLeft"], attempts);
        }
        assert_eq!(shop.doku.call_count().await, 0, "{function}");

        relay.picks_up().await;
        let answer = lost.send().await;
        assert!(!answer.expect(status).is_replayed(), "{function}");
        assert_eq!(shop.doku.call_count().await, 1, "{function}");
        assert!(lost.send().await.expect(status).is_replayed());
        shop.doku.forget_calls().await;
    }
}
