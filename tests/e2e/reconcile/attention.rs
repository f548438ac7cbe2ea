//! What a person was told of: it can be found, looked at again, and is gone when it is final.

use serde_json::{Value, json};

use super::{A_DAY, AMOUNT, MAY_ASK};
use crate::channels::scene::CIMB;
use crate::support::{Shop, count};

async fn listed(shop: &Shop) -> Vec<Value> {
    let event = json!({"attention": "list"});
    let list = shop.world.tick_with("reconcile", &event).await.unwrap();
    assert_eq!(list["nextCursor"], Value::Null, "{list}");
    list["items"].as_array().unwrap().clone()
}

async fn look(shop: &Shop, id: &str) -> Value {
    let event = json!({"look": id});
    let looked = shop.world.tick_with("reconcile", &event).await.unwrap();
    looked["looked"].clone()
}

/// Insists that the list names these and no others; each is a member and its value.
async fn names(shop: &Shop, expected: &[(&str, &str)]) {
    let list = listed(shop).await;
    assert_eq!(list.len(), expected.len(), "{list:?}");
    for (member, id) in expected {
        let found = list.iter().find(|item| item[*member] == *id);
        assert!(
            found.is_some_and(|item| item["since"].is_string()),
            "{id}: {list:?}"
        );
    }
}

/// How many lines of the log call it what a person has to look at.
fn logged(shop: &Shop, id: &str) -> usize {
    let lines = shop.world.logs();
    let told = lines.iter().filter(|line| {
        let line: Value = serde_json::from_str(&line.text).unwrap_or_default();
        let named = ["paymentId", "refundId", "bindingId"].map(|member| line[member] == id);
        line["level"] == "ERROR" && named.contains(&true)
    });
    told.count()
}

#[tokio::test]
async fn what_nobody_knows_for_a_week_is_listed_and_looked_at_again_on_request() {
    let shop = Shop::reconciled().await;
    shop.doku.is_set(json!({"manualRefunds": true})).await;
    let card = shop.card_paid(AMOUNT).await;
    shop.settle(&card).await;
    let unlinking = shop.link_account("cust-1").await;
    let account = shop.link_account("cust-2").await;
    shop.hears_nothing().await;

    let refund = shop.refund(&card.id, 4_000).await;
    let refund = refund.expect(201).body.clone();
    let refund_id = refund["refundId"].as_str().unwrap();
    let silent = json!({
        "operation": "status", "channel": CIMB, "kind": "bad_gateway", "times": 1_000,
    });
    shop.doku.order("faults", silent).await;
    let deaf = json!({"operation": "unbinding", "kind": "bad_gateway", "times": 1_000});
    shop.doku.order("faults", deaf).await;
    shop.doku.goes_wrong("payment", "accept_then_reset").await;
    let mut body = shop.payment_body(&account, AMOUNT);
    body["method"]["confirmation"] = json!("page");
    let payment = shop.merchant.post("/v1/payments", &body).await;
    let payment = payment.expect(202).word("paymentId");
    let invoice = body["invoiceNumber"].as_str().unwrap();
    let path = format!("payments/{invoice}/approve");
    shop.doku.order(&path, json!({})).await;
    let path = format!("/v1/bindings/{unlinking}");
    shop.merchant.delete_with("unlink", &path).await.expect(202);

    let all = [
        ("paymentId", payment.as_str()),
        ("refundId", refund_id),
        ("bindingId", unlinking.as_str()),
    ];
    for day in 1..=7 {
        names(&shop, &[]).await;
        let swept = shop.looks_after(A_DAY + MAY_ASK).await;
        assert_eq!(swept["told"], if day == 7 { 3 } else { 0 }, "day {day}");
    }
    names(&shop, &all).await;
    for (_, id) in all {
        assert_eq!(logged(&shop, id), 1, "{id}");
    }
    assert_eq!(shop.looks_after(A_DAY).await["due"], 0);

    // Still nobody knows; but now it is asked again, for another week.
    for (_, id) in all {
        assert_eq!(look(&shop, id).await, "open", "{id}");
    }
    names(&shop, &[]).await;
    assert_eq!(shop.looks_after(MAY_ASK).await["due"], 3);
    assert_eq!(shop.looks_after(A_DAY * 7).await["told"], 3);
    names(&shop, &all).await;
    let told = count(&shop, &payment, "payment.needs_attention").await;
    assert_eq!(told, 2);

    shop.doku.recovers().await;
    assert_eq!(look(&shop, &payment).await, "finished");
    assert_eq!(look(&shop, &unlinking).await, "finished");
    assert_eq!(shop.read_binding(&unlinking).await["status"], "unbound");
    names(&shop, &all[1..2]).await;
    // DOKU's own notification takes it off the list as well.
    let request = &refund["gateway"]["partnerRefundNo"];
    let order = json!({"requestId": request, "success": true});
    shop.doku.order("cards/complete", order).await;
    shop.doku.falls_silent().await;
    names(&shop, &[]).await;
    for (id, expected) in [
        (payment.as_str(), "nothing_open"),
        (unlinking.as_str(), "nothing_open"),
        (refund_id, "unknown"),
        ("pay_01ARZ3NDEKTSV4RRFFQ69G5FAV", "unknown"),
        ("INV-1", "unknown"),
    ] {
        assert_eq!(look(&shop, id).await, expected, "{id}");
    }
}
