//! The pages, as a browser would use them.

use crate::client::{self, BINDING, PAYMENT};
use crate::world::World;

struct Seen {
    status: u16,
    location: String,
    text: String,
}

async fn seen(response: reqwest::Response) -> Seen {
    let location = response
        .headers()
        .get("location")
        .map(|value| value.to_str().unwrap());
    let location = location.unwrap_or_default().to_owned();
    Seen {
        status: response.status().as_u16(),
        location,
        text: response.text().await.unwrap(),
    }
}

async fn open(world: &World, address: &str) -> Seen {
    seen(world.http.get(address).send().await.unwrap()).await
}

async fn press(world: &World, address: &str, form: &str) -> Seen {
    let request = world
        .http
        .post(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    seen(request.send().await.unwrap()).await
}

#[tokio::test]
async fn a_customer_links_an_account_and_pays() {
    let world = World::start().await;
    let bound = world
        .call(BINDING, &client::binding("cust-001"), None)
        .await;
    let address = bound.text("/redirectUrl");
    let page = open(&world, &address).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("6281*****0000") && !page.text.contains("6281200000000"));
    assert!(
        press(&world, &address, "action=send")
            .await
            .text
            .contains("name=\"otp\"")
    );
    let wrong = press(&world, &address, "action=confirm&otp=000000").await;
    assert!(wrong.text.contains("Tries left: 2"));
    let agreed = press(&world, &address, "action=confirm&otp=111000").await;
    assert_eq!(
        (agreed.status, &*agreed.location),
        (302, "https://merchant.example.com/bind/ok")
    );
    assert_eq!(open(&world, &address).await.status, 410);
    let token = world
        .exchange(&bound.text("/additionalInfo/authCode"))
        .await
        .text("/accessToken");

    let paying = world
        .call(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token))
        .await;
    let address = paying.text("/webRedirectUrl");
    assert!(open(&world, &address).await.text.contains("IDR 10000.00"));
    let status = world
        .call(client::STATUS, &client::status("INV-1"), None)
        .await;
    assert_eq!(status.text("/latestTransactionStatus"), "01");
    press(&world, &address, "action=send").await;
    let status = world
        .call(client::STATUS, &client::status("INV-1"), None)
        .await;
    assert_eq!(status.text("/latestTransactionStatus"), "03");
    let paid = press(&world, &address, "action=confirm&otp=111000").await;
    assert_eq!(
        (paid.status, &*paid.location),
        (302, "https://merchant.example.com/pay/ok")
    );
    assert_eq!(
        press(&world, &address, "action=confirm&otp=111000")
            .await
            .status,
        410
    );
    assert_eq!(
        world.deliveries(1).await[0]["latestTransactionStatus"],
        "00"
    );
    assert_eq!(world.ledger().await["charges"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_customer_who_refuses_goes_to_the_failed_address() {
    let world = World::start().await;
    let bound = world
        .call(BINDING, &client::binding("cust-001"), None)
        .await;
    let refused = press(&world, &bound.text("/redirectUrl"), "action=cancel").await;
    assert_eq!(refused.location, "https://merchant.example.com/bind/failed");
    assert_eq!(world.ledger().await["bindings"][0]["status"], "declined");

    let (token, _) = world.bound("cust-002").await;
    let paying = world
        .call(PAYMENT, &client::payment("INV-1", "10000.00"), Some(&token))
        .await;
    let refused = press(&world, &paying.text("/webRedirectUrl"), "action=cancel").await;
    assert_eq!(refused.location, "https://merchant.example.com/pay/failed");
    assert_eq!(
        world.deliveries(1).await[0]["latestTransactionStatus"],
        "06"
    );
    assert_eq!(
        open(
            &world,
            &format!("{}/direct-debit/ui/payment/core/1", world.base())
        )
        .await
        .status,
        404
    );
}
