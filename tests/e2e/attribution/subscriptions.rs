//! Subscriptions and their charges.

use serde_json::json;

use crate::recurring::club::Club;
use crate::support::fresh;

async fn charged_by(club: &Club, id: &str) -> Vec<String> {
    let charge = club.charge(id, "2032-01-31").await.unwrap();
    let payment = charge["paymentId"].as_str().unwrap();
    club.shop.attributed(&format!("PAYMENT#{payment}")).await
}

#[tokio::test]
async fn the_merchant_changes_a_subscription_and_the_schedule_charges_it() {
    let club = Club::open().await;
    let (_, id) = club.member("2032-01-31").await;
    let path = format!("/v1/subscriptions/{id}");
    let scopes = "subscriptions:write subscriptions:read";
    let sales = club.shop.caller("sales", None, scopes);
    let changes = [
        json!({"description": "another"}),
        json!({"status": "paused"}),
        json!({"status": "active"}),
        json!({"skipNext": true}),
    ];
    for change in &changes[..3] {
        sales.patch(&path, change).await.expect(200);
    }
    club.goes_to("2032-01-31T09:00").await;
    club.until(&id, "2032-01-31", "paid").await;
    sales.patch(&path, &changes[3]).await.expect(200);
    sales.delete_with(&fresh("end"), &path).await.expect(200);
    assert_eq!(
        club.shop.attributed(&format!("SUBSCRIPTION#{id}")).await,
        [
            "subscription.created: merchant merchant-backend, request",
            "subscription.changed: merchant sales, request",
            "subscription.paused: merchant sales, request",
            "subscription.resumed: merchant sales, request",
            "subscription.charged: schedule, schedule",
            "subscription.skipped: merchant sales, request",
            "subscription.cancelled: merchant sales, request",
        ]
    );
    assert_eq!(
        charged_by(&club, &id).await,
        [
            "payment.processing: schedule, schedule",
            "payment.paid: doku, notification",
        ]
    );
}
