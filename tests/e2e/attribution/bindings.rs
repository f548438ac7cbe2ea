//! Linking and unlinking.

use std::time::Duration;

use serde_json::json;

use crate::channels::bri_archived;
use crate::channels::scene::BRI_ARCHIVED;
use crate::support::{RIGHT_OTP, Shop, fresh};

fn name(id: &str) -> String {
    format!("BINDING#{id}")
}

#[tokio::test]
async fn an_account_is_linked_by_a_browser_and_unlinked_by_the_customer() {
    let shop = Shop::open().await;
    let id = shop.link_account("cust-1").await;
    let app = shop.app_of("cust-1");
    let path = format!("/v1/bindings/{id}");
    app.delete_with(&fresh("unbind"), &path).await.expect(200);
    assert_eq!(
        shop.attributed(&name(&id)).await,
        [
            "binding.active: browser, request, for merchant merchant-backend",
            "binding.unbound: customer cust-1, request",
        ]
    );
}

#[tokio::test]
async fn a_customer_who_confirms_the_return_has_linked_the_account() {
    let shop = Shop::open_with(|options| {
        let list = ("ReturnUrls".to_owned(), "https://shop.example".to_owned());
        options.parameters.extend([list]);
    })
    .await;
    let app = shop.app_of("cust-1");
    let begun = app.post("/v1/bindings", &shop.binding_body("cust-1")).await;
    let binding = begun.expect(201).body.clone();
    let back = shop.agree(&binding).await;
    let address = back.header("location");
    let (_, code) = address.split_once("returnCode=").unwrap();
    let id = begun.word("bindingId");
    let path = format!("/v1/bindings/{id}/confirm");
    app.post(&path, &json!({"returnCode": code}))
        .await
        .expect(200);
    let lines = shop.attributed(&name(&id)).await;
    assert_eq!(lines, ["binding.active: customer cust-1, request"]);
}

#[tokio::test]
async fn a_card_is_linked_by_the_otp_of_its_customer() {
    let shop = bri_archived::open().await;
    let binding = BRI_ARCHIVED.begin_link(&shop, "cust-1").await;
    let id = binding["bindingId"].as_str().unwrap();
    let path = format!("/v1/bindings/{id}/otp");
    let app = shop.app_of("cust-1");
    app.post(&path, &json!({"otp": RIGHT_OTP}))
        .await
        .expect(200);
    assert_eq!(
        shop.attributed(&name(id)).await,
        ["binding.active: customer cust-1, request, for merchant merchant-backend"]
    );
}

#[tokio::test]
async fn what_nobody_finishes_is_ended_by_the_schedule() {
    let shop = Shop::open().await;
    let abandoned = shop.begin_link("cust-1").await;
    let linked = shop.link_account("cust-2").await;
    shop.doku.goes_wrong("unbinding", "accept_then_reset").await;
    let path = format!("/v1/bindings/{linked}");
    let answer = shop.merchant.delete_with(&fresh("unbind"), &path).await;
    answer.expect(202);
    shop.doku.recovers().await;
    shop.doku.time_passes(Duration::from_hours(25)).await;
    shop.tick().await;
    let abandoned = abandoned["bindingId"].as_str().unwrap();
    assert_eq!(
        shop.attributed(&name(abandoned)).await,
        ["binding.failed: schedule, status_check, for merchant merchant-backend"]
    );
    assert_eq!(
        shop.attributed(&name(&linked)).await,
        [
            "binding.active: browser, request, for merchant merchant-backend",
            "binding.unbound: schedule, schedule, for merchant merchant-backend",
        ]
    );
}
