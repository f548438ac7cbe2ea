//! Captures and bindings that nothing was heard of.

use serde_json::json;

use super::{recorded, settlement};
use crate::support::{Shop, idr};

#[tokio::test]
async fn a_capture_that_doku_made_is_settled() {
    let shop = Shop::unanswered().await;
    let payment = shop.authorised(90_000).await;
    shop.notifies_no_more().await;
    let deaf = json!({"operation": "capture", "kind": "accept_then_reset", "times": 1_000_000});
    shop.doku.order("faults", deaf).await;
    shop.capture(&payment.id, Some(60_000)).await.expect(202);
    // Only now: without an answer to the question before it, no capture is sent.
    let silent = json!({"operation": "order_status", "kind": "bad_gateway", "times": 1_000_000});
    shop.doku.order("faults", silent).await;
    shop.is_escalated().await;
    let mut settle = settlement(&payment.id, "paid", Some(60_000));
    let refused = shop.settles(&settle).await;
    assert_eq!(refused["settled"], "refused", "{refused}");
    settle["capture"] = json!(true);
    settle["outcome"] = json!("captured");
    let done = shop.settles(&settle).await;
    assert_eq!(done, json!({"settled": "done", "status": "paid"}));
    let now = shop.read(&payment.id).await;
    assert_eq!(now["capturedAmount"], idr(60_000), "{now}");
    assert!(shop.escalated().await.is_empty());
    recorded(&shop, &payment.id, "payment.settled", "captured").await;
}

#[tokio::test]
async fn a_hold_whose_capture_was_settled_as_failed_is_escalated_when_it_does_not_lapse() {
    let shop = Shop::unanswered().await;
    let payment = shop.authorised(90_000).await;
    shop.notifies_no_more().await;
    let deaf = json!({"operation": "capture", "kind": "bad_gateway", "times": 1_000_000});
    shop.doku.order("faults", deaf).await;
    shop.capture(&payment.id, Some(60_000)).await.expect(202);
    let silent = json!({"operation": "order_status", "kind": "bad_gateway", "times": 1_000_000});
    shop.doku.order("faults", silent).await;
    shop.is_escalated().await;
    let mut settle = settlement(&payment.id, "failed", None);
    settle["referenceNo"] = json!("DOKU-4711");
    settle["capture"] = json!(true);
    let done = shop.settles(&settle).await;
    assert_eq!(done, json!({"settled": "done", "status": "authorized"}));

    // Its lapse was never announced, because a capture was open at that time.
    shop.is_escalated().await;
    let done = shop.settles(&settlement(&payment.id, "failed", None)).await;
    assert_eq!(done, json!({"settled": "done", "status": "failed"}));
    assert!(shop.escalated().await.is_empty());
}

#[tokio::test]
async fn an_unlinking_is_settled_either_way() {
    for (outcome, status) in [("unbound", "unbound"), ("active", "active")] {
        let shop = Shop::unanswered().await;
        let binding = shop.link_account("cust-1").await;
        let deaf = json!({"operation": "unbinding", "kind": "bad_gateway", "times": 1_000_000});
        shop.doku.order("faults", deaf).await;
        let path = format!("/v1/bindings/{binding}");
        shop.merchant.delete_with("unlink", &path).await.expect(202);
        shop.is_escalated().await;
        let done = shop.settles(&settlement(&binding, outcome, None)).await;
        assert_eq!(done, json!({"settled": "done", "status": status}));
        let now = shop.merchant.get(&path).await;
        assert_eq!(now.expect(200).body["status"], status);
        let again = shop.merchant.delete_with("unlink", &path).await;
        assert!(again.expect(200).is_replayed());
        assert!(shop.escalated().await.is_empty());
        let table = shop.table().await;
        let settled = table
            .iter()
            .filter(|item| item["type"]["S"] == "binding.settled");
        assert_eq!(settled.count(), 1);
    }
}
