//! Keys that the release before stored: apart by the token's subject, and as they were sent.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::support::{Shop, fresh, idr};

/// The name that the release before gave to a claim of the merchant's backend.
fn earlier_name(route: &str, key: &str) -> String {
    let subject = "merchant-backend\n";
    let lengths = format!("{}.{}.{}", subject.len(), route.len(), key.len());
    let text = format!("{lengths}:{subject}{route}{key}");
    hex::encode(digest(&SHA256, text.as_bytes()))
}

impl Shop {
    /// The only claim that began this kind of work.
    pub(super) async fn claim_of(&self, work: &str) -> Value {
        let claims = self.items("CLAIM#").await.into_iter();
        let mut own: Vec<_> = claims.filter(|item| item["work"]["S"] == work).collect();
        assert_eq!(own.len(), 1, "{own:?}");
        own.remove(0)
    }

    /// Makes the claim one of the release before: under that name, and with its time running from the
    /// start. An answer is sealed for the name, so that it goes.
    pub(super) async fn is_of_earlier_release(&self, claim: &Value, name: &str) {
        let text = claim["pk"]["S"].as_str().unwrap();
        let now = text.strip_prefix("CLAIM#").unwrap();
        for item in self.table().await {
            let spelt = item.to_string();
            if spelt.contains(now) {
                let mut item: Value = serde_json::from_str(&spelt.replace(now, name)).unwrap();
                if item["pk"]["S"] == format!("CLAIM#{name}") {
                    let made: i64 = item["createdAt"]["N"].as_str().unwrap().parse().unwrap();
                    let ends = made / 1_000 + 30 * 24 * 3_600;
                    item["expiresAt"] = json!({"N": ends.to_string()});
                    for member in ["answerStatus", "answerBody"] {
                        item.as_object_mut().unwrap().remove(member);
                    }
                }
                self.put_item(item).await;
            }
        }
        if now != name {
            self.remove_item(text, "CLAIM").await;
        }
    }
}

const PAY: &str = "POST /v1/payments";
const REFUND: &str = "POST /v1/payments/{paymentId}/refunds";

#[tokio::test]
async fn a_key_of_the_release_before_is_found_bare_and_in_quotation_marks() {
    let shop = Shop::open().await;
    for (stored, sent) in [
        ("K", "K"),
        ("\"K\"", "K"),
        ("\"K\"", "\"K\""),
        ("K", "\"K\""),
    ] {
        let shop = if shop.items("CLAIM#").await.is_empty() {
            shop.clone()
        } else {
            Shop::open().await
        };
        let binding = shop.link_account("cust-1").await;
        let body = shop.payment_body(&binding, 10_000);
        let first = shop.merchant.post_with(stored, "/v1/payments", &body).await;
        first.expect(201);
        let claim = shop.claim_of("pay").await;
        shop.is_of_earlier_release(&claim, &earlier_name(PAY, stored))
            .await;
        let again = shop.merchant.post_with(sent, "/v1/payments", &body).await;
        let again = again.expect(201).word("paymentId");
        assert_eq!(first.word("paymentId"), again, "{stored} {sent}");
        let other = shop.payment_body(&binding, 10_000);
        let other = shop.merchant.post_with(sent, "/v1/payments", &other).await;
        other.expect_problem(422, "idempotency_key_reused");
        assert_eq!(shop.doku.calls("payment").await.len(), 1);
    }
}

#[tokio::test]
async fn what_was_begun_under_a_key_of_the_release_before_is_continued() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.paid(&binding, 10_000).await;
    let (path, body) = (
        format!("/v1/payments/{payment}/refunds"),
        json!({"amount": idr(4_000)}),
    );
    let key = fresh("open");
    let unheard = json!({"operation": "notification", "kind": "lose", "times": 1_000_000});
    shop.doku.falls_silent().await;
    shop.doku.order("faults", unheard).await;
    shop.doku.goes_wrong("refund", "accept_then_reset").await;
    shop.merchant
        .post_with(&key, &path, &body)
        .await
        .expect(202);
    let claim = shop.claim_of("refund").await;
    shop.is_of_earlier_release(&claim, &earlier_name(REFUND, &key))
        .await;
    let again = shop.merchant.post_with(&key, &path, &body).await;
    again.expect(202);
    shop.doku.time_passes(Duration::from_secs(61)).await;
    let again = shop.merchant.post_with(&key, &path, &body).await;
    assert_eq!(
        again.expect(201).body["status"],
        "succeeded",
        "{}",
        again.text
    );
    let refunds = shop.doku.ledger().await["refunds"].as_array().map(Vec::len);
    assert_eq!(refunds, Some(1));
    assert_eq!(shop.read(&payment).await["refundedAmount"], idr(4_000));
}

#[tokio::test]
async fn the_first_start_of_this_release_is_remembered_once() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let scope = async || {
        let mut items = shop.items("DEPLOYMENT").await;
        items.retain(|item| item["sk"]["S"] == "CLAIM_SCOPE");
        assert_eq!(items.len(), 1, "{items:?}");
        items.remove(0)["since"]["N"].clone()
    };
    let first = scope().await;
    shop.doku.time_passes(Duration::from_hours(24)).await;
    shop.pay(&binding, 10_000).await;
    assert_eq!(scope().await, first);
}
