//! Refunds under a new key after a restore: no name recognises what was forgotten, so that DOKU is asked
//! about each payment from before.

use reqwest::Method;
use serde_json::json;

use super::refunds::{AMOUNT, PART, given_back, paid_both_ways, refund_with};
use crate::support::{Shop, fresh, idr};

/// The same table under a deployment that knows of the restore.
async fn knowing_of_the_restore(shop: &Shop) -> Shop {
    let clock = shop.doku.admin(Method::GET, "clock", None).await;
    let now = clock["now"].as_str().unwrap().to_owned();
    shop.another_deployment(|options| {
        options.parameters.extend([("RestoredAt".to_owned(), now)]);
    })
    .await
}

/// A deployment that knows of the restore, with two payments whose refunds of `PART` the table has forgotten, and
/// the keys of those refunds. The first shop owns the table and has to live as long.
async fn forgotten_refunds() -> (Shop, Shop, [String; 2], [String; 2]) {
    let first = Shop::open().await;
    let ids = paid_both_ways(&first).await;
    let backup = first.backs_up().await;
    let keys = [fresh("refund"), fresh("refund")];
    for (id, key) in ids.iter().zip(&keys) {
        refund_with(&first, id, key, PART).await.expect(201);
    }
    first.doku.falls_silent().await;
    first.is_restored(&backup).await;
    let shop = knowing_of_the_restore(&first).await;
    (first, shop, ids, keys)
}

#[tokio::test]
async fn refunds_that_were_forgotten_count_against_what_is_left() {
    let first = Shop::open().await;
    let ids = paid_both_ways(&first).await;
    let backup = first.backs_up().await;
    for id in &ids {
        refund_with(&first, id, &fresh("refund"), 6_000)
            .await
            .expect(201);
    }
    first.doku.falls_silent().await;
    first.is_restored(&backup).await;
    let shop = knowing_of_the_restore(&first).await;
    for id in &ids {
        let more = refund_with(&shop, id, &fresh("refund"), 6_000).await;
        more.expect_problem(409, "illegal_transition");
        assert_eq!(given_back(&shop, id).await, [6_000]);
        let payment = shop.read(id).await;
        assert_eq!(payment["refundedAmount"], idr(6_000));
        assert_eq!(payment["status"], "partially_refunded");
        assert_eq!(payment["flags"], json!([]));
        let rest = refund_with(&shop, id, &fresh("refund"), PART).await;
        assert_eq!(rest.expect(201).body["status"], "succeeded");
        let payment = shop.read(id).await;
        assert_eq!(payment["refundedAmount"], idr(AMOUNT));
        let list = shop
            .merchant
            .get(&format!("/v1/payments/{id}/refunds"))
            .await;
        let items = list.expect(200).body["items"].as_array().unwrap();
        let adopted = items.iter().filter(|item| item["adopted"] == true);
        assert_eq!(adopted.count(), 1, "{items:?}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn the_same_request_is_the_refund_that_the_check_finds() {
    let (_table, shop, ids, keys) = forgotten_refunds().await;
    for (id, key) in ids.iter().zip(&keys) {
        let again = refund_with(&shop, id, key, PART).await;
        assert_eq!(again.expect(201).body["status"], "succeeded");
        assert_eq!(again.body["origin"], "merchant", "{}", again.text);
        assert_eq!(given_back(&shop, id).await, [PART]);
        let payment = shop.read(id).await;
        assert_eq!(payment["refundedAmount"], idr(PART), "{payment}");
        let list = format!("/v1/payments/{id}/refunds");
        let list = shop.merchant.get(&list).await;
        assert_eq!(list.expect(200).body["items"].as_array().unwrap().len(), 1);
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn what_the_check_booked_without_a_name_is_the_refund_that_is_asked_for_later() {
    let (_table, shop, ids, keys) = forgotten_refunds().await;
    for (id, key) in ids.iter().zip(&keys) {
        // Another one comes first: of a card the check states the sum alone.
        let other = refund_with(&shop, id, &fresh("refund"), 1_000).await;
        other.expect(201);
        let again = refund_with(&shop, id, key, PART).await;
        assert_eq!(again.expect(201).body["status"], "succeeded");
        assert_eq!(again.body["origin"], "merchant", "{}", again.text);
        assert_eq!(given_back(&shop, id).await, [PART, 1_000]);
        let payment = shop.read(id).await;
        assert_eq!(payment["refundedAmount"], idr(PART + 1_000), "{payment}");
    }
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn each_refund_of_a_sum_that_the_check_booked_is_the_one_that_is_asked_for_later() {
    let first = Shop::open().await;
    let [_, card] = paid_both_ways(&first).await;
    let backup = first.backs_up().await;
    let wanted = [(fresh("refund"), PART), (fresh("refund"), 2_000)];
    for (key, rupiah) in &wanted {
        refund_with(&first, &card, key, *rupiah).await.expect(201);
    }
    first.doku.falls_silent().await;
    first.is_restored(&backup).await;
    let shop = knowing_of_the_restore(&first).await;
    let other = refund_with(&shop, &card, &fresh("refund"), 1_000).await;
    other.expect(201);
    let mut ids = Vec::new();
    for (key, rupiah) in &wanted {
        let again = refund_with(&shop, &card, key, *rupiah).await;
        assert_eq!(again.expect(201).body["status"], "succeeded");
        assert_eq!(again.body["amount"], idr(*rupiah));
        assert_eq!(again.body["origin"], "merchant", "{}", again.text);
        ids.push(again.word("refundId"));
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(given_back(&shop, &card).await, [PART, 2_000, 1_000]);
    let payment = shop.read(&card).await;
    assert_eq!(payment["refundedAmount"], idr(PART + 3_000), "{payment}");
    let path = format!("/v1/payments/{card}/refunds");
    let all = shop.merchant.get(&path).await;
    assert_eq!(all.expect(200).body["items"].as_array().unwrap().len(), 3);
    shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn a_refund_of_which_the_check_booked_a_part_is_booked_once_when_it_is_named() {
    let first = Shop::open().await;
    let [_, card] = paid_both_ways(&first).await;
    first.doku.falls_silent().await;
    // DOKU's staff refund the whole payment, and the notification is held; the merchant's own refund then gets no answer.
    first.doku.holds_notifications(1).await;
    let invoice = first.read(&card).await["invoiceNumber"].clone();
    let whole = json!({"invoiceNumber": invoice});
    let made = first.doku.order("cards/refund", whole).await;
    first.doku.goes_wrong("card_refund", "reset").await;
    let lost = refund_with(&first, &card, &fresh("refund"), PART).await;
    lost.expect(202);
    first.doku.recovers().await;
    let shop = knowing_of_the_restore(&first).await;
    let more = refund_with(&shop, &card, &fresh("refund"), 1_000).await;
    more.expect_problem(409, "illegal_transition");
    let booked = shop.read(&card).await;
    assert_eq!(
        booked["refundedAmount"],
        idr(AMOUNT - PART),
        "what is ours is left out"
    );
    assert_eq!(shop.doku.releases_notifications().await, 1);
    shop.doku.falls_silent().await;
    let now = shop.read(&card).await;
    assert_eq!(now["refundedAmount"], idr(AMOUNT), "{now}");
    assert_eq!(now["flags"], json!([]), "{now}");
    let path = format!("/v1/payments/{card}/refunds");
    let all = shop.merchant.get(&path).await;
    let items = all.expect(200).body["items"].as_array().unwrap().clone();
    let named = items.iter().filter(|item| item["origin"] == "gateway");
    let named: Vec<_> = named.collect();
    assert_eq!(named.len(), 1, "{items:?}");
    assert_eq!(named[0]["amount"], idr(AMOUNT));
    assert_eq!(named[0]["gateway"]["refundNo"], made["requestId"]);
}

#[tokio::test]
async fn nothing_is_sent_while_doku_cannot_be_asked_and_it_is_asked_once() {
    let first = Shop::open().await;
    let [account, _] = paid_both_ways(&first).await;
    let shop = knowing_of_the_restore(&first).await;
    shop.doku.refuses("status", "5005500").await;
    let key = fresh("refund");
    let refused = refund_with(&shop, &account, &key, 1_000).await;
    refused.expect_problem(502, "gateway_unreachable");
    assert_eq!(given_back(&shop, &account).await, [0; 0]);
    refund_with(&shop, &account, &key, 1_000).await.expect(201);
    let asked = shop.doku.called("status").await;
    let other = refund_with(&shop, &account, &fresh("refund"), 1_000).await;
    other.expect(201);
    assert_eq!(shop.doku.called("status").await, asked, "asked once");
    assert_eq!(given_back(&shop, &account).await, [1_000, 1_000]);
}

#[tokio::test]
async fn a_capture_that_was_forgotten_is_known_before_another_one() {
    let first = Shop::open().await;
    let payment = first.authorised(AMOUNT).await;
    first.doku.falls_silent().await;
    let backup = first.backs_up().await;
    first.capture(&payment.id, Some(PART)).await.expect(200);
    first.doku.falls_silent().await;
    first.is_restored(&backup).await;
    let shop = knowing_of_the_restore(&first).await;
    let again = shop.capture(&payment.id, Some(PART)).await;
    again.expect_problem(409, "illegal_transition");
    let now = shop.read(&payment.id).await;
    assert_eq!(now["status"], "paid");
    assert_eq!(now["capturedAmount"], idr(PART));
    assert_eq!(shop.doku.called("capture").await, 1);
}
