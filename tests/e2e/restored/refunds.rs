//! Refunds that the table has forgotten.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Answer, Payment, Shop, fresh, idr};

pub const AMOUNT: u64 = 10_000;
pub const PART: u64 = 4_000;

pub async fn refund_with(shop: &Shop, id: &str, key: &str, rupiah: u64) -> Answer {
    let path = format!("/v1/payments/{id}/refunds");
    let body = json!({"amount": idr(rupiah)});
    shop.merchant.post_with(key, &path, &body).await
}

/// What DOKU gave back of a payment, each refund in rupiah.
pub async fn given_back(shop: &Shop, id: &str) -> Vec<u64> {
    let payment = shop.read(id).await;
    let (part, member, name) = if payment["method"]["type"] == "card" {
        ("cardRefunds", "invoiceNumber", &payment["invoiceNumber"])
    } else {
        let reference = &payment["gateway"]["partnerReferenceNo"];
        ("refunds", "originalPartnerReferenceNo", reference)
    };
    let rows = shop.doku.rows(part, member, name).await;
    let rupiah = |row: &Value| match &row["amount"] {
        Value::String(text) => text.split('.').next().unwrap().parse().unwrap(),
        number => number.as_u64().unwrap(),
    };
    rows.iter().map(rupiah).collect()
}

async fn adopted(shop: &Shop, id: &str, answer: &Answer) {
    assert_eq!(answer.expect(201).body["status"], "succeeded");
    assert_eq!(answer.body["adopted"], true, "{}", answer.body);
    let payment = shop.read(id).await;
    assert_eq!(payment["refundedAmount"], idr(PART));
    assert_eq!(payment["refundableAmount"], idr(AMOUNT - PART));
    assert_eq!(payment["flags"], json!([]));
    let events = shop.items(&format!("PAYMENT#{id}")).await;
    let named = |item: &&Value| item["type"]["S"] == "refund.adopted";
    assert_eq!(events.iter().filter(named).count(), 1);
}

#[tokio::test]
async fn a_refund_that_was_forgotten_is_not_made_again() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.doku.falls_silent().await;
    let backup = shop.backs_up().await;
    let key = fresh("refund");
    let first = refund_with(&shop, &id, &key, PART).await;
    assert_eq!(first.expect(201).body["status"], "succeeded");
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let again = refund_with(&shop, &id, &key, PART).await;
    assert_eq!(given_back(&shop, &id).await, [PART]);
    // DOKU answers a name that it knows as it did before: nothing was to be adopted.
    assert_eq!(again.expect(201).body["status"], "succeeded");
    assert_eq!(shop.read(&id).await["refundedAmount"], idr(PART));
    assert_eq!(
        again.body["gateway"]["partnerRefundNo"],
        first.body["gateway"]["partnerRefundNo"]
    );
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refund_that_doku_says_it_knows_already_is_adopted_or_refused() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    for (code, other) in [("4045800", PART), ("4095801", PART), ("4045818", 3_000)] {
        let id = shop.paid(&binding, AMOUNT).await;
        shop.doku.falls_silent().await;
        let backup = shop.backs_up().await;
        let key = fresh("refund");
        refund_with(&shop, &id, &key, PART).await.expect(201);
        shop.doku.falls_silent().await;
        shop.is_restored(&backup).await;
        shop.doku.refuses("refund", code).await;
        let again = refund_with(&shop, &id, &key, other).await;
        if other == PART {
            adopted(&shop, &id, &again).await;
        } else {
            again.expect_problem(422, "idempotency_key_reused");
            let repeated = refund_with(&shop, &id, &key, other).await;
            repeated.expect_problem(422, "idempotency_key_reused");
            assert_eq!(shop.read(&id).await["refundedAmount"], idr(PART));
        }
        assert_eq!(given_back(&shop, &id).await, [PART], "{code}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_card_refund_that_was_forgotten_is_not_made_again() {
    let shop = Shop::open().await;
    let payment = shop.card_paid(AMOUNT).await;
    shop.settle(&payment).await;
    shop.doku.falls_silent().await;
    let backup = shop.backs_up().await;
    let key = fresh("refund");
    let first = refund_with(&shop, &payment.id, &key, PART).await;
    assert_eq!(first.expect(201).body["status"], "succeeded");
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let again = refund_with(&shop, &payment.id, &key, PART).await;
    assert_eq!(given_back(&shop, &payment.id).await, [PART]);
    adopted(&shop, &payment.id, &again).await;
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn another_amount_under_a_forgotten_refund_sends_nothing() {
    let shop = Shop::open().await;
    let payment = shop.card_paid(AMOUNT).await;
    shop.settle(&payment).await;
    shop.doku.falls_silent().await;
    let backup = shop.backs_up().await;
    let key = fresh("refund");
    let first = refund_with(&shop, &payment.id, &key, PART).await;
    first.expect(201);
    shop.doku.falls_silent().await;
    shop.is_restored(&backup).await;

    let other = refund_with(&shop, &payment.id, &key, 3_000).await;
    other.expect_problem(422, "idempotency_key_reused");
    assert_eq!(given_back(&shop, &payment.id).await, [PART]);
    assert_eq!(shop.doku.called("card_refund").await, 1);
    let again = refund_with(&shop, &payment.id, &key, 3_000).await;
    again.expect_problem(422, "idempotency_key_reused");
    assert_eq!(given_back(&shop, &payment.id).await, [PART]);
}

#[tokio::test]
async fn a_claim_that_is_gone_does_not_make_a_refund_twice() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let id = shop.paid(&binding, AMOUNT).await;
    let key = fresh("refund");
    let first = refund_with(&shop, &id, &key, PART).await;
    first.expect(201);
    shop.doku.falls_silent().await;
    for claim in shop.items("CLAIM#").await {
        shop.delete_item(&claim).await;
    }
    let calls = shop.doku.called("refund").await;
    let again = refund_with(&shop, &id, &key, PART).await;
    assert_eq!(again.expect(201).body["refundId"], first.body["refundId"]);
    let other = refund_with(&shop, &id, &key, PART + 1).await;
    other.expect_problem(422, "idempotency_key_reused");
    assert_eq!(shop.doku.called("refund").await, calls);
    assert_eq!(given_back(&shop, &id).await, [PART]);
}

/// The two ways to pay that refunds here are about.
pub async fn paid_both_ways(shop: &Shop) -> [String; 2] {
    let binding = shop.link_account("cust-1").await;
    let account = shop.paid(&binding, AMOUNT).await;
    let card: Payment = shop.card_paid(AMOUNT).await;
    shop.settle(&card).await;
    shop.doku.falls_silent().await;
    [account, card.id]
}

#[tokio::test]
async fn a_refund_restored_to_between_its_claim_and_its_answer_is_not_made_again() {
    let shop = Shop::open_impatient().await;
    for (id, operation) in paid_both_ways(&shop)
        .await
        .iter()
        .zip(["refund", "card_refund"])
    {
        let key = fresh("refund");
        // The claim is stored, and the answer does not come.
        shop.doku.goes_wrong(operation, "accept_then_reset").await;
        refund_with(&shop, id, &key, PART).await.expect(202);
        let backup = shop.backs_up().await;
        shop.doku.time_passes(Duration::from_mins(2)).await;
        let done = refund_with(&shop, id, &key, PART).await;
        assert_eq!(done.expect(201).body["status"], "succeeded", "{operation}");
        shop.doku.falls_silent().await;
        shop.is_restored(&backup).await;
        let again = refund_with(&shop, id, &key, PART).await;
        assert_eq!(again.expect(201).body["status"], "succeeded", "{operation}");
        assert_eq!(given_back(&shop, id).await, [PART], "{operation}");
        assert_eq!(shop.read(id).await["refundedAmount"], idr(PART));
    }
}
