//! The main job once, so that a failure here explains all the others.

use serde_json::json;

use crate::support::{CHANNEL, Shop};

#[tokio::test]
async fn an_account_is_linked_charged_and_refunded() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let payment = shop.pay(&binding, 10_000).await;
    assert_eq!(payment.status, "otp_required");
    assert_eq!(payment.body["channel"], CHANNEL);
    shop.confirm(&payment.id).await;
    shop.wait_until_paid(&payment.id).await;

    let refund = shop.refund(&payment.id, 2_500).await;
    assert_eq!(refund.expect(201).body["status"], "succeeded");
    let payment = shop.read(&payment.id).await;
    assert_eq!(payment["status"], "partially_refunded");
    assert_eq!(
        payment["refundableAmount"],
        json!({"value": "7500.00", "currency": "IDR"})
    );
    shop.doku.charged_once(&payment).await;
    shop.doku.saw_no_violation().await;
}
