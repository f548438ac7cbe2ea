//! What operators do by hand.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Shop, idr};

/// A payment whose outcome DOKU does not tell, for more than a week.
async fn escalated(shop: &Shop) -> String {
    let binding = shop.link_account("cust-1").await;
    let id = shop.pay(&binding, 10_000).await.id;
    shop.doku.holds_notifications(9).await;
    shop.doku.goes_wrong("otp", "accept_then_reset").await;
    shop.give_otp(&id, crate::support::RIGHT_OTP)
        .await
        .expect(202);
    let silent = json!({"operation": "status", "kind": "bad_gateway", "times": 1_000});
    shop.doku.order("faults", silent).await;
    for _ in 0..9 {
        shop.doku.time_passes(Duration::from_hours(25)).await;
        shop.tick().await;
    }
    id
}

async fn says(shop: &Shop, payload: &Value) -> Value {
    shop.world.tick_with("reconcile", payload).await.unwrap()
}

#[tokio::test]
async fn an_operator_who_settles_is_named() {
    let shop = Shop::open().await;
    let id = escalated(&shop).await;
    let settle = json!({"settle": {
        "id": id, "outcome": "paid", "amount": idr(10_000), "referenceNo": "DOKU-1",
        "by": "Ayu, operations", "reason": "Seen in the dashboard",
    }});
    assert_eq!(says(&shop, &settle).await["settled"], "done");
    let lines = shop.attributed(&format!("PAYMENT#{id}")).await;
    assert_eq!(
        lines[lines.len() - 2..],
        [
            "payment.needs_attention: schedule, schedule",
            "payment.settled: operator Ayu, operations, operator, for merchant merchant-backend",
        ]
    );
}

#[tokio::test]
async fn an_operator_who_has_something_checked_may_be_named() {
    let shop = Shop::open().await;
    for (by, expected) in [(json!("Ayu"), "operator Ayu"), (Value::Null, "operator")] {
        let id = escalated(&shop).await;
        let invalid = json!({"look": id, "by": ""});
        let refused = says(&shop, &invalid).await;
        assert_eq!(refused["looked"], "invalid");
        assert_eq!(refused["errors"][0]["field"], "by");
        shop.doku.recovers().await;
        let look = json!({"look": id, "by": by});
        assert_eq!(says(&shop, &look).await["looked"], "finished");
        let lines = shop.attributed(&format!("PAYMENT#{id}")).await;
        let last = lines.last().unwrap();
        let paid = format!("payment.paid: {expected}, status_check, for merchant merchant-backend");
        assert_eq!(*last, paid);
    }
}
