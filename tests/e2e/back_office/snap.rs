//! SNAP payments, by notification: status `04`.

use serde_json::{Value, json};

use super::{made_by, refunds, staff_refund_snap, stands};
use crate::support::{Message, Shop, at_once, count, fresh, idr};

const AMOUNT: u64 = 10_000;

/// A payment of a linked account that is paid.
async fn paid(shop: &Shop) -> String {
    let binding = shop.link_account(&fresh("cust")).await;
    let id = shop.paid(&binding, AMOUNT).await;
    shop.doku.falls_silent().await;
    id
}

async fn told(shop: &Shop, id: &str, rupiah: u64, number: Option<&str>) -> Value {
    let payment = shop.read(id).await;
    json!({
        "partnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": "04",
        "amount": format!("{rupiah}.00"),
        "refundNo": number,
    })
}

#[tokio::test]
async fn a_refund_is_booked_and_no_more_than_the_rest_can_go_back() {
    let shop = Shop::open().await;
    for named in [true, false] {
        shop.doku
            .is_set(json!({"backOfficeRefundsNamed": named}))
            .await;
        let id = paid(&shop).await;
        let number = staff_refund_snap(&shop, &id, Some(4_000)).await;
        shop.doku.falls_silent().await;
        let now = stands(&shop, &id, "partially_refunded", 4_000, 6_000).await;
        assert_eq!(now["flags"], json!([]), "{named}");
        // Where the notification gave no number, a status check does.
        super::minutes_pass(&shop, 8).await;
        let booked = refunds(&shop, &id).await;
        assert_eq!(booked.len(), 1, "{booked:?}");
        assert_eq!(booked[0]["origin"], "gateway");
        assert_eq!(booked[0]["status"], "succeeded");
        assert_eq!(booked[0]["gateway"]["refundNo"], number, "{named}");
        assert_eq!(count(&shop, &id, "refund.succeeded").await, 1);

        let too_much = shop.refund(&id, AMOUNT).await;
        too_much.expect_problem(409, "illegal_transition");
        shop.refund(&id, 6_000).await.expect(201);
        shop.doku.falls_silent().await;
        stands(&shop, &id, "refunded", AMOUNT, 0).await;
        let doku = shop.doku.payment_of(&now).await;
        assert_eq!(doku["refunded"], "10000.00");
        assert_eq!(shop.tick().await["due"], 0, "{named}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn all_of_it_at_once_is_refunded() {
    let shop = Shop::open().await;
    for named in [true, false] {
        shop.doku
            .is_set(json!({"backOfficeRefundsNamed": named}))
            .await;
        let id = paid(&shop).await;
        staff_refund_snap(&shop, &id, None).await;
        shop.doku.falls_silent().await;
        stands(&shop, &id, "refunded", AMOUNT, 0).await;
        super::minutes_pass(&shop, 2).await;
        stands(&shop, &id, "refunded", AMOUNT, 0).await;
        assert_eq!(made_by(&shop, &id, "gateway").await, [idr(AMOUNT)]);
    }
}

#[tokio::test]
async fn deliveries_at_once_book_each_refund_once() {
    let shop = Shop::open().await;
    let id = paid(&shop).await;
    let mut messages = Vec::new();
    for number in 0..3 {
        let order = told(&shop, &id, 1_000 + number, Some(&format!("REF-{number}"))).await;
        messages.push(Message::signed(&shop, &order).await);
    }
    let answers = at_once(24, |number| {
        let (message, shop) = (messages[number % 3].clone(), shop.clone());
        async move { message.to(&shop).await }
    })
    .await;
    for answer in &answers {
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
    }
    for message in &messages {
        message.to(&shop).await.expect(200);
    }
    stands(&shop, &id, "partially_refunded", 3_003, 6_997).await;
    assert_eq!(made_by(&shop, &id, "gateway").await.len(), 3);
    assert_eq!(count(&shop, &id, "refund.succeeded").await, 3);
}

#[tokio::test]
async fn one_that_is_told_by_a_name_and_listed_by_a_number_is_booked_once() {
    let shop = Shop::open().await;
    let unnamed = json!({"backOfficeRefundsNamed": false});
    shop.doku.is_set(unnamed).await;
    let id = paid(&shop).await;
    shop.doku.holds_notifications(2).await;
    staff_refund_snap(&shop, &id, Some(4_000)).await;
    staff_refund_snap(&shop, &id, Some(3_000)).await;
    let mut named = told(&shop, &id, 4_000, None).await;
    named["partnerRefundNo"] = json!("STAFF-1");
    // The second has no name: DOKU is asked, and lists both by their numbers.
    for order in [named, told(&shop, &id, 3_000, None).await] {
        let message = Message::signed(&shop, &order).await;
        message.to(&shop).await.expect(200);
    }
    stands(&shop, &id, "partially_refunded", 7_000, 3_000).await;
    super::minutes_pass(&shop, 8).await;
    stands(&shop, &id, "partially_refunded", 7_000, 3_000).await;
    let booked = made_by(&shop, &id, "gateway").await;
    assert_eq!(booked, [idr(4_000), idr(3_000)]);
}

#[tokio::test]
async fn what_is_told_with_the_amount_of_the_order_is_not_booked_again_when_it_is_listed() {
    let shop = Shop::open().await;
    let id = paid(&shop).await;
    shop.doku.holds_notifications(1).await;
    staff_refund_snap(&shop, &id, Some(4_000)).await;
    let order = told(&shop, &id, AMOUNT, None).await;
    let message = Message::signed(&shop, &order).await;
    message.to(&shop).await.expect(200);
    super::minutes_pass(&shop, 8).await;
    // No more can go back meanwhile, and operators hear of it.
    let now = stands(&shop, &id, "refunded", AMOUNT, 0).await;
    assert_eq!(now["flags"], json!(["refund_unmatched"]));
    assert_eq!(made_by(&shop, &id, "gateway").await, [idr(AMOUNT)]);
}

#[tokio::test]
async fn what_comes_before_the_success_ends_alike() {
    let shop = Shop::open().await;
    let binding = shop.link_account(&fresh("cust")).await;
    let payment = shop.pay(&binding, AMOUNT).await;
    shop.doku.holds_notifications(1).await;
    let refunded = told(&shop, &payment.id, 4_000, Some("REF-1")).await;
    shop.doku.order("notifications", refunded).await;
    stands(&shop, &payment.id, "partially_refunded", 4_000, 6_000).await;
    let late = json!({
        "partnerReferenceNo": payment.body["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": "00",
    });
    shop.doku.order("notifications", late).await;
    stands(&shop, &payment.id, "partially_refunded", 4_000, 6_000).await;
    assert_eq!(count(&shop, &payment.id, "payment.paid").await, 1);
    assert_eq!(count(&shop, &payment.id, "refund.succeeded").await, 1);
}
