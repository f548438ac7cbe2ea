//! The pages of the channels: an OTP, or a wallet's button.

use serde_json::json;

use super::bodies;
use super::scene::{ALLO, BRI, DANA, Flavour, Linked, OVO, Op, SHOPEE_PAY};
use crate::world::World;

async fn press(world: &World, address: &str, form: &str) -> (u16, String) {
    let request = world
        .http
        .post(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    let response = request.send().await.unwrap();
    let location = response.headers().get("location");
    let location = location.map(|value| value.to_str().unwrap().to_owned());
    (response.status().as_u16(), location.unwrap_or_default())
}

async fn text(world: &World, address: &str) -> String {
    let response = world.http.get(address).send().await.unwrap();
    response.text().await.unwrap()
}

#[tokio::test]
async fn customers_confirm_on_the_page_of_their_channel() {
    let world = World::start().await;
    let ok = "https://merchant.example.com/pay/ok";
    let back = "https://merchant.example.com/pay/return";
    let table: [(Flavour, &str, &str); 5] = [
        (ALLO, "action=confirm&otp=111000", ok),
        (BRI, "action=confirm&otp=111000", ok),
        (OVO, "action=confirm", ok),
        (DANA, "action=confirm", back),
        (SHOPEE_PAY, "action=confirm", back),
    ];
    for (number, (flavour, form, address)) in table.into_iter().enumerate() {
        let linked = world.link(flavour, "cust1").await;
        let reference = super::scene::reference(flavour, number);
        let paid = world.waiting(flavour, &reference, &linked).await;
        let page = text(&world, &paid.page).await;
        assert!(page.contains("IDR 10000.00"), "{page}");
        assert_eq!(page.contains("Agree"), !form.contains("otp"), "{page}");
        let seen = press(&world, &paid.page, form).await;
        assert_eq!(seen, (302, address.to_owned()), "{}", flavour.code);
        assert_eq!(press(&world, &paid.page, form).await.0, 410);
        let ledger = world.ledger().await;
        assert_eq!(ledger["payments"][number]["status"], "paid");
    }
}

#[tokio::test]
async fn customers_link_on_the_page_of_their_channel() {
    let world = World::start().await;
    let ok = "https://merchant.example.com/bind/ok";
    let table = [
        (ALLO, "action=confirm&otp=111000"),
        (BRI, "action=confirm&otp=111000"),
        (OVO, "action=confirm"),
    ];
    for (flavour, form) in table {
        let op = bodies::registering(flavour);
        let body = bodies::registration(flavour, "cust1");
        let none = Linked::default();
        let answer = world.channel_call(flavour, op, &body, &none).await;
        let page = answer.text("/redirectUrl");
        assert!(text(&world, &page).await.contains("Link your"));
        let seen = press(&world, &page, form).await;
        assert_eq!(seen, (302, ok.to_owned()), "{}", flavour.code);
        let exchanged = world
            .exchange(&answer.text("/additionalInfo/authCode"))
            .await;
        assert_eq!(exchanged.code(), "2007400", "{exchanged:?}");
    }
}

#[tokio::test]
async fn balances_are_what_a_test_says() {
    let world = World::start().await;
    let ovo = world.link(OVO, "cust1").await;
    let ask = bodies::balance(OVO, &ovo);
    let set = json!({"custIdMerchant": "cust1", "channel": OVO.code, "balance": "25000.00"});
    world.admin("/admin/accounts", &set).await;
    let answer = world.channel_call(OVO, Op::Balance, &ask, &ovo).await;
    let rows = answer.body["accountInfos"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["balanceType"], "CASH");
    assert_eq!(rows[0]["amount"]["value"], "25000.00");
    assert_eq!(
        rows[1]["amount"],
        json!({"value": "0.00", "currency": "IDR"})
    );

    world.confirmed(OVO, "INV-1", &ovo).await;
    let answer = world.channel_call(OVO, Op::Balance, &ask, &ovo).await;
    assert_eq!(answer.text("/accountInfos/0/amount/value"), "15000.00");

    let rows = json!([{"balanceType": "POINTS", "amount": "7.00", "holdAmount": "2.00"}]);
    let set = json!({"custIdMerchant": "cust1", "channel": OVO.code, "holdings": rows});
    world.admin("/admin/accounts", &set).await;
    let answer = world.channel_call(OVO, Op::Balance, &ask, &ovo).await;
    assert_eq!(answer.text("/accountInfos/0/balanceType"), "POINTS");
    assert_eq!(answer.text("/accountInfos/0/holdAmount/value"), "2.00");
    assert_eq!(answer.text("/accountInfos/0/flatAmount/value"), "0.00");

    let poor = json!({"custIdMerchant": DANA.code, "balance": 1});
    world.admin("/admin/accounts", &poor).await;
    world.confirmed(DANA, "INV-2", &Linked::default()).await;
    assert_eq!(world.ledger().await["payments"][1]["status"], "failed");
    let (status, _) = world
        .try_admin("/admin/accounts", &json!({"custIdMerchant": "cust1"}))
        .await;
    assert_eq!(status, 400);
}
