//! A throttled write at each place of each operation.

use serde_json::{Value, json};

use super::{TRANSACTION, at_each_write, behind_a_relay, description, refunds_of};
use crate::recurring::club::Club;
use crate::support::{NotNow, Payment, fresh};

#[tokio::test]
async fn accounts_are_linked_charged_and_refunded_as_if_nothing_had_been() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let linked = async |()| {
        shop.link_account(&fresh("cust")).await;
    };
    at_each_write(&relay, "binding", async || (), linked).await;

    let binding = shop.link_account("cust-1").await;
    let quiet = async || {
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
    };
    let pays = async |()| {
        // 201, whatever the database said.
        let payment = shop.pay(&binding, 10_000).await;
        assert_eq!(payment.status, "otp_required");
        shop.doku.payment_of(&payment.body).await;
    };
    at_each_write(&relay, "payment", quiet, pays).await;

    let unconfirmed = async || {
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
        shop.pay(&binding, 10_000).await.body
    };
    let confirms = async |payment: Value| {
        shop.confirm(payment["paymentId"].as_str().unwrap()).await;
        shop.doku.charged_once(&payment).await;
    };
    at_each_write(&relay, "OTP", unconfirmed, confirms).await;

    let paid = async || {
        shop.doku.recovers().await;
        shop.doku.releases_notifications().await;
        let id = shop.paid(&binding, 10_000).await;
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
        shop.read(&id).await
    };
    let refunds = async |payment: Value| {
        let id = payment["paymentId"].as_str().unwrap();
        shop.refund(id, 4_000).await.expect(201);
        assert_eq!(refunds_of(&club, &payment).await.len(), 1);
        let now = shop.read(id).await;
        assert_eq!(now["refundedAmount"]["value"], "4000.00");
    };
    at_each_write(&relay, "refund", paid, refunds).await;

    let account = async || shop.link_account(&fresh("cust")).await;
    let unlinks = async |binding: String| {
        let path = format!("/v1/bindings/{binding}");
        let gone = shop.merchant.delete_with(&fresh("unbind"), &path).await;
        assert_eq!(gone.expect(200).body["status"], "unbound");
    };
    at_each_write(&relay, "unbinding", account, unlinks).await;
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn card_pages_captures_and_card_refunds_as_if_nothing_had_been() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let silent = async || {
        shop.doku.recovers().await;
        shop.doku.releases_notifications().await;
        shop.doku.falls_silent().await;
    };
    let opens = async |()| {
        let page = shop.open_page(&shop.card_body_of("SALE", 20_000)).await;
        assert_eq!(shop.doku.of_invoice("cardPages", &page).await.len(), 1);
    };
    at_each_write(&relay, "card page", silent, opens).await;

    let held = async || {
        silent().await;
        let payment = shop.authorised(20_000).await;
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
        payment
    };
    let captures = async |payment: Payment| {
        shop.capture(&payment.id, Some(15_000)).await.expect(200);
        assert_eq!(
            shop.doku.of_invoice("cardCaptures", &payment).await.len(),
            1
        );
    };
    at_each_write(&relay, "capture", held, captures).await;

    let taken = async || {
        silent().await;
        let payment = shop.captured(20_000, 15_000).await;
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
        payment
    };
    let refunds = async |payment: Payment| {
        let refund = shop.refund(&payment.id, 4_000).await;
        assert!(refund.status < 300, "{}", refund.text);
        assert_eq!(shop.doku.of_invoice("cardRefunds", &payment).await.len(), 1);
    };
    at_each_write(&relay, "card refund", taken, refunds).await;
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn subscriptions_are_made_changed_and_charged_as_if_nothing_had_been() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let wallet = shop.link_wallet("cust-1").await;
    let quiet = async || {
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
    };
    let pays = async |()| {
        let payment = shop.pay(&wallet, 10_000).await;
        shop.doku.payment_of(&payment.body).await;
    };
    at_each_write(&relay, "wallet payment", quiet, pays).await;
    shop.doku.recovers().await;

    let plan = Club::plan("cust-1", &wallet, "2096-01-31");
    let makes = async |()| {
        club.subscribes(&plan).await;
    };
    at_each_write(&relay, "subscription", async || (), makes).await;
    let made = async || club.subscribes(&plan).await;
    let changes = async |id: String| {
        let change = description(&fresh("another"));
        club.change(&id, &change).await.expect(200);
    };
    at_each_write(&relay, "change of a subscription", made, changes).await;

    let mut day = 1;
    for times in [1, 4] {
        for position in 0..3 {
            day += 1;
            let period = format!("2032-01-{day:02}");
            let (customer, id) = club.member(&period).await;
            shop.doku.falls_silent().await;
            shop.doku.holds_notifications(1).await;
            club.goes_to(&format!("{period}T09:00")).await;
            let how = NotNow::Cancelled(position, "ThrottlingError");
            relay.puts_off(TRANSACTION, position, times, how);
            club.ticks().await;
            assert!(relay.puts_nothing_off(), "write {position} of a charge");
            assert_eq!(club.debits(&customer).await.len(), 1, "{period}");
            shop.doku.recovers().await;
            shop.doku.releases_notifications().await;
            club.until(&id, &period, "paid").await;
            assert_eq!(club.debits(&customer).await.len(), 1, "{period}");
        }
    }
    let dead = club.queue().dead_letters();
    assert!(dead.is_empty(), "{dead:?}");
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_notification_is_acknowledged_at_its_first_delivery() {
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    let binding = shop.link_account("cust-1").await;
    let confirmed = async || {
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
        let id = shop.pay(&binding, 10_000).await.id;
        shop.confirm(&id).await;
        id
    };
    let arrives = async |id: String| {
        assert_eq!(shop.doku.releases_notifications().await, 1);
        // What was answered 503 would come again half an hour later, on a clock that stands still.
        assert_eq!(shop.read(&id).await["status"], "paid");
    };
    at_each_write(&relay, "notification", confirmed, arrives).await;

    // The reads before it as well.
    let id = confirmed().await;
    relay.puts_off("BatchGetItem", 0, 2, NotNow::Unprocessed);
    relay.puts_off("GetItem", 0, 5, NotNow::Error(400, "ThrottlingException"));
    arrives(id).await;
    assert!(relay.puts_nothing_off());
}

#[tokio::test]
async fn failures_and_conflicts_of_single_calls_are_waited_for_as_well() {
    let table = [
        (TRANSACTION, 400, "TransactionInProgressException"),
        (TRANSACTION, 400, "IdempotentParameterMismatchException"),
        (TRANSACTION, 400, "ThrottlingException"),
        (TRANSACTION, 400, "RequestLimitExceeded"),
        (TRANSACTION, 500, "InternalServerError"),
        (TRANSACTION, 503, "ServiceUnavailable"),
        ("UpdateItem", 400, "TransactionConflictException"),
        ("UpdateItem", 400, "ReplicatedWriteConflictException"),
        ("Query", 400, "ProvisionedThroughputExceededException"),
        ("GetItem", 500, "InternalServerError"),
    ];
    let (club, relay) = behind_a_relay().await;
    let shop = &club.shop;
    for (operation, status, code) in table {
        shop.doku.falls_silent().await;
        shop.doku.holds_notifications(1).await;
        // More often than the SDK tries.
        relay.puts_off(operation, 0, 4, NotNow::Error(status, code));
        let binding = shop.link_account(&fresh("cust")).await;
        let payment = shop.pay(&binding, 10_000).await;
        shop.read(&payment.id).await;
        assert!(relay.puts_nothing_off(), "{operation} {code}");
        shop.confirm(&payment.id).await;
        shop.doku.charged_once(&payment.body).await;
        shop.doku.recovers().await;
        shop.doku.releases_notifications().await;
    }
}

#[tokio::test]
async fn retries_are_counted() {
    let (club, relay) = behind_a_relay().await;
    let how = NotNow::Cancelled(0, "ThrottlingError");
    relay.puts_off(TRANSACTION, 0, 3, how);
    club.shop.begin_link("cust-1").await;
    let counted = |text: &str| {
        let line: Value = serde_json::from_str(text).unwrap_or_default();
        line["AwsCallRetried"] == json!(1)
    };
    let lines = club.shop.world.logs();
    let retried = lines.iter().filter(|line| counted(&line.text));
    assert_eq!(retried.count(), 3);
}
