//! BRI's archived paths: a card is linked by its last four digits, and the customer gives OTPs to the
//! merchant's app.

use std::time::Duration;

use local::Options;
use serde_json::{Value, json};

use super::scene::{BRI, BRI_ARCHIVED, PAPER};
use crate::support::leaks::plant;
use crate::support::{A_MINUTE, Answer, Doomed, RIGHT_OTP, Shop, at_once, fresh, idr, statuses};

pub const WRONG_OTP: &str = "000000";

pub async fn open() -> Shop {
    open_with(|_| {}).await
}

async fn open_with(change: impl FnOnce(&mut Options)) -> Shop {
    Shop::open_with(|options| {
        let paths = ("ChannelPaths".to_owned(), format!("{BRI}=archived-bri"));
        options.parameters.extend([paths]);
        change(options);
    })
    .await
}

/// A binding whose customer has got an OTP; its id.
pub async fn waiting(shop: &Shop) -> String {
    let binding = BRI_ARCHIVED.begin_link(shop, &fresh("cust")).await;
    binding["bindingId"].as_str().unwrap().to_owned()
}

/// The body of a payment that the customer confirms that way.
pub fn payment_body(shop: &Shop, binding: &str, way: &str) -> Value {
    let mut body = BRI_ARCHIVED.payment_body(shop, binding);
    body["method"]["confirmation"] = json!(way);
    body
}

/// A binding as it is now.
pub async fn read(shop: &Shop, binding: &str) -> Value {
    let answer = shop.merchant.get(&format!("/v1/bindings/{binding}")).await;
    answer.expect(200).body.clone()
}

#[tokio::test]
async fn from_the_cards_last_digits_to_its_unlinking() {
    let shop = open().await;
    let mut body = BRI_ARCHIVED.binding_body(&shop, "cust-1");
    body["customer"]["email"] = json!("anton.budiman@pos.example");
    body["customer"]["dateOfBirth"] = json!("1999-01-31");
    body["card"] = json!({
        "lastFour": "1234",
        "type": "debit",
        "expiry": "1228",
        "identification": {"type": "01", "number": plant(PAPER)},
    });
    let linking = shop.merchant.post("/v1/bindings", &body).await;
    assert_eq!(linking.expect(201).body["status"], "pending");
    let next = json!({"type": "otp", "attemptsLeft": 4});
    assert_eq!(linking.body["nextAction"], next);
    let binding = linking.word("bindingId");

    let early = payment_body(&shop, &binding, "otp");
    let early = shop.merchant.post("/v1/payments", &early).await;
    early.expect_problem(409, "illegal_transition");
    let wrong = shop.give_binding_otp(&binding, WRONG_OTP).await;
    assert_eq!(wrong.expect(200).body["status"], "pending");
    assert_eq!(wrong.body["failure"]["code"], "otp_incorrect");
    assert_eq!(wrong.body["nextAction"]["attemptsLeft"], 3);
    for other in [
        shop.app_of("cust-2"),
        shop.caller("app", Some("cust-2"), "bindings:write"),
    ] {
        let path = format!("/v1/bindings/{binding}/otp");
        let refused = other.post(&path, &json!({"otp": RIGHT_OTP})).await;
        refused.expect_problem(404, "binding_not_found");
    }
    let right = shop.give_binding_otp(&binding, RIGHT_OTP).await;
    assert_eq!(right.expect(200).body["status"], "active");
    assert_eq!(right.body["nextAction"], Value::Null);
    assert_eq!(right.body["failure"], Value::Null);
    let again = shop.give_binding_otp(&binding, RIGHT_OTP).await;
    again.expect_problem(409, "illegal_transition");

    let body = payment_body(&shop, &binding, "otp");
    let payment = BRI_ARCHIVED.pay(&shop, &body, "otp").await;
    let next = json!({"type": "otp", "attemptsLeft": 4});
    assert_eq!(payment.body["nextAction"], next, "a right OTP is forgiven");
    let held = shop.doku.payment_of(&payment.body).await;
    assert_eq!(held["confirmation"], "H2H", "{held}");
    shop.confirm(&payment.id).await;
    let paid = shop.wait_until_paid(&payment.id).await;
    shop.doku.charged_once(&paid).await;

    let part = shop.refund(&payment.id, 4_000).await;
    part.expect_problem(400, "operation_not_supported");
    let path = format!("/v1/payments/{}/refunds", payment.id);
    let refund = shop.merchant.post(&path, &json!({})).await;
    assert_eq!(refund.expect(201).body["status"], "succeeded");
    assert_eq!(refund.body["amount"], idr(10_000));
    shop.wait_until(&payment.id, "refunded").await;
    let path = format!("/v1/bindings/{binding}");
    let unbound = shop.merchant.delete_with("unbind", &path).await;
    assert_eq!(unbound.expect(200).body["status"], "unbound");
    let bindings = shop.doku.rows("bindings", "channel", &json!(BRI)).await;
    assert_eq!(bindings.len(), 1, "{bindings:?}");
    assert_eq!(bindings[0]["status"], "unbound");
    assert_eq!(bindings[0]["card"], "1234");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn only_the_merchant_charges_without_asking_the_customer() {
    let shop = open_with(|options| {
        let may = ("CustomersMayPay".to_owned(), "true".to_owned());
        options.parameters.extend([may]);
    })
    .await;
    let binding = BRI_ARCHIVED.link(&shop, "cust-1").await;
    let calls = shop.doku.call_count().await;
    let body = payment_body(&shop, &binding, "none");
    let refused = shop.app_of("cust-1").post("/v1/payments", &body).await;
    refused.expect_problem(403, "merchant_only");
    assert_eq!(shop.doku.call_count().await, calls);

    let answer = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(answer.expect(201).body["method"]["confirmation"], "none");
    let paid = shop.wait_until_paid(&answer.word("paymentId")).await;
    shop.doku.charged_once(&paid).await;
    let held = shop.doku.payment_of(&paid).await;
    assert_eq!(held["confirmation"], "NONE", "{held}");
    let otp = shop.give_otp(&answer.word("paymentId"), RIGHT_OTP).await;
    otp.expect_problem(409, "illegal_transition");
}

/// An OTP for a binding, under a key of its own.
pub struct Given<'s> {
    shop: &'s Shop,
    path: String,
    key: String,
}

impl<'s> Given<'s> {
    pub fn new(shop: &'s Shop, binding: &str) -> Self {
        Self {
            shop,
            path: format!("/v1/bindings/{binding}/otp"),
            key: fresh("otp"),
        }
    }

    pub async fn send(&self, otp: &str) -> Answer {
        let body = json!({"otp": otp});
        self.shop
            .merchant
            .post_with(&self.key, &self.path, &body)
            .await
    }
}

#[tokio::test]
async fn an_otp_whose_answer_is_lost_ends_active_when_it_is_repeated() {
    let a_second = Some(Duration::from_secs(1));
    let shop = open_with(|options| options.doku_timeout = a_second).await;
    for kind in [
        "accept_then_hang",
        "accept_then_reset",
        "accept_then_bad_gateway",
        "accept_then_garbage",
        "hang",
        "reset",
        "bad_gateway",
        "garbage",
    ] {
        let binding = waiting(&shop).await;
        let given = Given::new(&shop, &binding);
        shop.doku.goes_wrong("otp", kind).await;
        let lost = given.send(RIGHT_OTP).await;
        assert_eq!(lost.expect(202).body["status"], "pending", "{kind}");
        assert_eq!(lost.body["failure"]["code"], "otp_outcome_unknown");
        assert!(lost.retry_after().is_some(), "{kind}");
        shop.doku.time_passes(A_MINUTE).await;
        let again = given.send(RIGHT_OTP).await;
        assert_eq!(again.expect(200).body["status"], "active", "{kind}");
        assert_eq!(again.body["failure"], Value::Null, "{kind}");
        assert!(given.send(RIGHT_OTP).await.is_replayed(), "{kind}");
        BRI_ARCHIVED.paid(&shop, &binding).await;
    }
}

#[tokio::test]
async fn an_answer_that_does_not_say_that_the_card_is_linked_is_no_link() {
    let shop = open().await;
    for (why, http, set) in [
        ("in progress", 202, json!({"responseCode": "2020400"})),
        (
            "the token cannot be used",
            200,
            json!({"additionalInfo": {"tokenStatus": "FAILED"}}),
        ),
    ] {
        let binding = waiting(&shop).await;
        let order = json!({"operation": "otp", "kind": "alter", "httpStatus": http, "set": set});
        shop.doku.order("faults", order).await;
        let given = Given::new(&shop, &binding);
        let doubtful = given.send(RIGHT_OTP).await;
        assert_eq!(doubtful.expect(202).body["status"], "pending", "{why}");
        assert_eq!(doubtful.body["failure"]["code"], "otp_outcome_unknown");
        let again = given.send(RIGHT_OTP).await;
        assert_eq!(again.expect(200).body["status"], "active", "{why}");
    }
    let binding = waiting(&shop).await;
    shop.doku.refuses("otp", "2020400").await;
    let given = Given::new(&shop, &binding);
    given.send(WRONG_OTP).await.expect(202);
    let again = given.send(WRONG_OTP).await;
    assert_eq!(again.expect(200).body["failure"]["code"], "otp_incorrect");

    for code in ["4040407", "4050400"] {
        let binding = waiting(&shop).await;
        shop.doku.goes_wrong("otp", "accept_then_reset").await;
        let given = Given::new(&shop, &binding);
        given.send(RIGHT_OTP).await.expect(202);
        shop.doku.refuses("otp", code).await;
        let again = given.send(RIGHT_OTP).await;
        assert_eq!(again.expect(200).body["status"], "failed", "{code}");
    }
}

#[tokio::test]
async fn another_otp_after_one_whose_answer_was_lost_ends_active_too() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    shop.doku.goes_wrong("otp", "accept_then_reset").await;
    let lost = shop.give_binding_otp(&binding, RIGHT_OTP).await;
    lost.expect(202);
    shop.doku.time_passes(A_MINUTE).await;
    let other = shop.give_binding_otp(&binding, "222000").await;
    assert_eq!(other.expect(200).body["status"], "active");
}

#[tokio::test]
async fn a_payment_that_no_status_check_finds_stays_unknown_and_is_not_sent_again() {
    let shop = open().await;
    let binding = BRI_ARCHIVED.link(&shop, "cust-1").await;
    let body = payment_body(&shop, &binding, "none");
    let key = fresh("lost");
    let send = || shop.merchant.post_with(&key, "/v1/payments", &body);
    shop.doku.holds_notifications(1).await;
    shop.doku.goes_wrong("payment", "accept_then_reset").await;
    send().await.expect(202);
    for _ in 0..4 {
        shop.doku.refuses("status", "4045501").await;
        shop.doku.time_passes(Duration::from_mins(6)).await;
        let asked = send().await;
        assert_eq!(asked.expect(202).body["status"], "unknown");
    }
    assert_eq!(shop.doku.called("status").await, 4);
    assert_eq!(shop.doku.called("payment").await, 1);

    let found = send().await;
    assert_eq!(found.expect(201).body["status"], "paid");
    shop.doku.charged_once(&found.body).await;
}

#[tokio::test]
async fn an_otp_under_one_key_is_one_otp() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    let given = Given::new(&shop, &binding);
    let wrong = given.send(WRONG_OTP).await;
    assert_eq!(wrong.expect(200).body["nextAction"]["attemptsLeft"], 3);
    let again = given.send(WRONG_OTP).await;
    assert!(again.expect(200).is_replayed());
    assert_eq!(again.text, wrong.text);
    let other = given.send(RIGHT_OTP).await;
    other.expect_problem(422, "idempotency_key_reused");
    assert_eq!(shop.doku.calls("otp").await.len(), 1);

    let right = Given::new(&shop, &binding);
    let active = right.send(RIGHT_OTP).await;
    assert_eq!(active.expect(200).body["status"], "active");
    let path = format!("/v1/bindings/{binding}");
    shop.merchant.delete_with("unbind", &path).await.expect(200);
    let again = right.send(RIGHT_OTP).await;
    assert!(again.expect(200).is_replayed());
    assert_eq!(again.text, active.text, "the first answer, not the state");
    assert_eq!(shop.doku.calls("otp").await.len(), 2);
}

#[tokio::test]
async fn an_otp_of_another_length_is_refused_before_the_bank_counts_it() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    for bad in ["", "1234567890123456789", "11100a"] {
        let refused = shop.give_binding_otp(&binding, bad).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), ["otp"], "{bad}");
    }
    assert_eq!(shop.doku.calls("otp").await.len(), 0);
    let next = &read(&shop, &binding).await["nextAction"];
    assert_eq!(next["attemptsLeft"], 4);
}

pub fn doomed<'s>(shop: &'s Shop, binding: &str) -> Doomed<'s> {
    Doomed {
        shop,
        function: "otp",
        path: format!("/v1/bindings/{binding}/otp"),
        body: json!({"otp": RIGHT_OTP}),
        key: "otp-key",
    }
}

#[tokio::test]
async fn an_otp_killed_on_the_way_ends_active_when_it_is_repeated() {
    for kind in ["accept_then_hang", "hang"] {
        let shop = open().await;
        let binding = waiting(&shop).await;
        let doomed = doomed(&shop, &binding);
        shop.doku.goes_wrong("otp", kind).await;
        doomed.dies_during("otp").await;
        let answer = doomed.is_repeated().await;
        assert_eq!(answer.expect(200).body["status"], "active", "{kind}");
        let again = doomed.send().await;
        assert!(again.expect(200).is_replayed(), "{kind}");
        assert_eq!(again.text, answer.text, "{kind}");
    }
}

#[tokio::test]
async fn of_two_otps_at_once_one_is_passed_on() {
    let shop = open().await;
    let binding = waiting(&shop).await;
    shop.doku.is_slow("otp", Duration::from_millis(300)).await;
    let answers = at_once(2, |_| {
        let (shop, binding) = (shop.clone(), binding.clone());
        async move { shop.give_binding_otp(&binding, RIGHT_OTP).await }
    })
    .await;
    assert_eq!(
        statuses(&answers),
        [(200, 1), (409, 1)].into(),
        "{answers:?}"
    );
    assert_eq!(shop.doku.calls("otp").await.len(), 1);
}
