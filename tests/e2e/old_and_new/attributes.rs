//! An attribute of a newer release survives every write of this one, wherever it is.

use std::time::Duration;

use serde_json::json;

use crate::recurring::club::Club;
use crate::support::{Shop, fresh};

const A_MOMENT: Duration = Duration::from_secs(61);

/// The version of the one item under that key.
async fn version(shop: &Shop, pk: &str, sk: &str) -> u64 {
    let items = shop.items(pk).await;
    let item = items.iter().find(|item| item["sk"]["S"] == sk).unwrap();
    item["version"]["N"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_payment_keeps_them_from_the_order_to_its_refunds() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    shop.doku.holds_notifications(1).await;
    let id = shop.pay(&binding, 10_000).await.id;
    let pk = format!("PAYMENT#{id}");

    let marked = shop.marks(&pk).await;
    let before = version(&shop, &pk, "PAYMENT").await;
    shop.give_otp(&id, "000000").await;
    marked.are_kept(&shop, "a wrong OTP").await;
    let marked = shop.marks(&pk).await;
    shop.confirm(&id).await;
    marked.are_kept(&shop, "an OTP").await;

    let marked = shop.marks(&pk).await;
    assert_eq!(shop.doku.releases_notifications().await, 1);
    let paid = shop.wait_until_paid(&id).await;
    marked.are_kept(&shop, "a notification").await;

    let marked = shop.marks(&pk).await;
    shop.refund(&id, 1_000).await.expect(201);
    marked.are_kept(&shop, "a refund").await;

    shop.doku.falls_silent().await;
    // Else its notification may be faster than the reconciliation.
    shop.doku.holds_notifications(1).await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    let lost = shop.refund(&id, 2_000).await;
    lost.expect(202);
    let marked = shop.marks(&pk).await;
    let refund = format!("REFUND#{}", lost.word("refundId"));
    let open = version(&shop, &pk, &refund).await;
    shop.doku.time_passes(A_MOMENT).await;
    shop.tick().await;
    marked.are_kept(&shop, "reconciliation of a refund").await;
    assert!(version(&shop, &pk, &refund).await > open);
    assert!(version(&shop, &pk, "PAYMENT").await > before + 3);
    shop.doku.charged_once(&paid).await;
    assert_eq!(shop.read(&id).await["refundedAmount"]["value"], "3000.00");
}

#[tokio::test]
async fn a_payment_that_is_reconciled_keeps_them() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    shop.doku.goes_wrong("payment", "accept_then_reset").await;
    let body = shop.payment_body(&binding, 10_000);
    let lost = shop.merchant.post("/v1/payments", &body).await;
    lost.expect(202);
    let pk = format!("PAYMENT#{}", lost.word("paymentId"));
    let marked = shop.marks(&pk).await;
    let before = version(&shop, &pk, "PAYMENT").await;
    for _ in 0..3 {
        shop.doku.time_passes(A_MOMENT).await;
        shop.tick().await;
    }
    marked.are_kept(&shop, "reconciliation").await;
    assert!(version(&shop, &pk, "PAYMENT").await > before);
}

#[tokio::test]
async fn a_capture_and_the_one_before_it_keep_them() {
    let shop = Shop::open().await;
    let payment = shop.authorised(50_000).await;
    let pk = format!("PAYMENT#{}", payment.id);
    let marked = shop.marks(&pk).await;
    shop.doku.goes_wrong("capture", "decline").await;
    let first = shop.capture(&payment.id, Some(20_000)).await;
    assert_eq!(first.status, 200, "{}", first.body);
    marked.are_kept(&shop, "a capture that failed").await;
    let marked = shop.marks(&pk).await;
    shop.capture(&payment.id, Some(30_000)).await.expect(200);
    marked.are_kept(&shop, "a capture").await;
    assert_eq!(shop.read(&payment.id).await["status"], "paid");
}

#[tokio::test]
async fn a_binding_keeps_them_until_it_is_unlinked() {
    let shop = Shop::open().await;
    let linking = shop.begin_link("cust-1").await;
    let id = linking["bindingId"].as_str().unwrap();
    let pk = format!("BINDING#{id}");
    let marked = shop.marks(&pk).await;
    shop.agree(&linking).await.expect(302);
    marked.are_kept(&shop, "the customer agreeing").await;
    let marked = shop.marks(&pk).await;
    // Buys the customer's token.
    shop.paid(id, 10_000).await;
    marked.are_kept(&shop, "a payment").await;
    shop.doku.goes_wrong("unbinding", "accept_then_reset").await;
    let path = format!("/v1/bindings/{id}");
    shop.merchant
        .delete_with(&fresh("unlink"), &path)
        .await
        .expect(202);
    marked.are_kept(&shop, "unlinking").await;
    let marked = shop.marks(&pk).await;
    shop.doku.time_passes(A_MOMENT).await;
    shop.tick().await;
    let now = shop.merchant.get(&path).await;
    assert_eq!(now.expect(200).body["status"], "unbound");
    marked.are_kept(&shop, "reconciliation").await;
}

#[tokio::test]
async fn a_subscription_and_its_charges_keep_them() {
    let club = Club::open().await;
    let goods = |price: &str| json!([{"name": "Seat", "price": price, "quantity": 1}]);
    let more = json!({"items": goods("50000.00"), "metadata": {"plan": "gold"}});
    let (customer, id) = club.member_with("2032-01-31", more).await;
    let pk = format!("SUBSCRIPTION#{id}");
    let shop = &club.shop;

    let marked = shop.marks(&pk).await;
    shop.doku.declines(&customer, 1).await;
    club.goes_to("2032-01-31T09:00").await;
    club.ticks().await;
    club.until(&id, "2032-01-31", "past_due").await;
    marked.are_kept(shop, "a charge that was declined").await;

    let marked = shop.marks(&pk).await;
    let payments = shop.marks("PAYMENT#").await;
    club.goes_to("2032-02-01T09:05").await;
    club.ticks().await;
    club.until(&id, "2032-01-31", "paid").await;
    marked.are_kept(shop, "the next try").await;
    payments.are_kept(shop, "the next try").await;

    for (change, why) in [
        (json!({"status": "paused"}), "a pause"),
        (json!({"status": "active"}), "going on"),
        (json!({"metadata": {"plan": "silver"}}), "another note"),
    ] {
        let marked = shop.marks(&pk).await;
        let before = version(shop, &pk, "SUBSCRIPTION").await;
        let changed = club.change(&id, &change).await;
        if changed.status == 200 {
            assert!(version(shop, &pk, "SUBSCRIPTION").await > before, "{why}");
        }
        marked.are_kept(shop, why).await;
    }
    let marked = shop.marks(&pk).await;
    club.cancel(&id).await;
    marked.are_kept(shop, "the end").await;
    assert_eq!(club.debits(&customer).await.len(), 1);
}

/// A reference and a notification that wait for their payment, and then have it.
#[tokio::test]
async fn what_came_before_its_payment_keeps_them() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = shop.payment_body(&binding, 10_000);
    let early = json!({
        "partnerReferenceNo": body["invoiceNumber"],
        "latestTransactionStatus": "00",
        "amount": "10000.00",
    });
    let tell = async || {
        let told = shop.doku.order("notifications", early.clone()).await;
        assert_eq!(told["body"]["responseCode"], "2005600", "{told}");
    };
    tell().await;
    let invoice = body["invoiceNumber"].as_str().unwrap();
    let reference = shop.marks(&format!("REFERENCE#{invoice}")).await;
    let notification = shop.marks(&format!("NOTIFICATION#{invoice}")).await;
    tell().await;
    reference.are_kept(&shop, "the notification again").await;
    notification.are_kept(&shop, "the notification again").await;
    let paid = shop.merchant.post("/v1/payments", &body).await;
    assert_eq!(paid.expect(201).body["status"], "paid");
    reference.are_kept(&shop, "the payment").await;
    notification.are_kept(&shop, "the payment").await;
}
