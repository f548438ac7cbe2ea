//! The card page, as a browser would use it.

use serde_json::json;

use super::client::{self, TOKENS};
use crate::world::World;

struct Seen {
    status: u16,
    location: String,
    text: String,
}

async fn seen(request: reqwest::RequestBuilder) -> Seen {
    let response = request.send().await.unwrap();
    let location = response
        .headers()
        .get("location")
        .map_or("", |value| value.to_str().unwrap())
        .to_owned();
    Seen {
        status: response.status().as_u16(),
        location,
        text: response.text().await.unwrap(),
    }
}

async fn open(world: &World, address: &str) -> Seen {
    seen(world.http.get(address)).await
}

async fn press(world: &World, address: &str, form: &str) -> Seen {
    let request = world
        .http
        .post(address)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.to_owned());
    seen(request).await
}

fn filled(number: &str) -> String {
    format!("action=pay&number={number}&expiry=12%2F30&cvv=123&holder=SITI+AMINAH")
}

#[tokio::test]
async fn a_customer_tries_again_until_a_card_is_taken() {
    let world = World::start().await;
    let (_, address) = world.opened(&client::page("INV-1")).await;
    let page = open(&world, &address).await;
    assert_eq!(page.status, 200);
    for part in ["IDR 90000", "INV-1", "Toko Contoh", "4000000000000002"] {
        assert!(page.text.contains(part), "{part}");
    }
    let wrong = [
        ("no card of ours", filled("4111111111111112")),
        (
            "no code",
            filled("4111111111111111").replace("cvv=123", "cvv="),
        ),
        ("run out", filled("4111111111111111").replace("F30", "F20")),
        (
            "nobody's",
            filled("4111111111111111").replace("SITI+AMINAH", ""),
        ),
    ];
    for (why, form) in wrong {
        let again = press(&world, &address, &form).await;
        assert!(again.text.contains("class=\"wrong\""), "{why}");
    }
    assert_eq!(world.deliveries(0).await.len(), 0, "the bank was not asked");

    let declined = press(&world, &address, &filled("4000+0000+0000+0002")).await;
    assert_eq!(declined.status, 200);
    assert!(declined.text.contains("The bank refused this card"));
    let cancelled = press(&world, &address, "action=cancel").await;
    assert_eq!(
        cancelled.location,
        "https://merchant.example.com/cards/failed"
    );
    let paid = press(&world, &address, &filled("4111111111111111")).await;
    assert_eq!(
        (paid.status, &*paid.location),
        (302, "https://merchant.example.com/cards/ok")
    );
    assert_eq!(open(&world, &address).await.status, 410);
    let again = press(&world, &address, &filled("4111111111111111")).await;
    assert_eq!(again.status, 410);
    let told = world.told(2).await;
    assert_eq!(told[0]["transaction"]["status"], "FAILED");
    assert_eq!(told[1]["transaction"]["status"], "SUCCESS");
    assert_eq!(world.rows("cardCharges").await.len(), 1);
    let nowhere = format!("{}/credit-card/ui/payment/1", world.base());
    assert_eq!(open(&world, &nowhere).await.status, 404);
}

#[tokio::test]
async fn the_bank_has_a_page_of_its_own() {
    let world = World::start().await;
    let (_, address) = world.opened(&client::page("INV-1")).await;
    let challenged = press(&world, &address, &filled("4000000000003220")).await;
    assert_eq!(challenged.status, 302);
    let bank = format!("{}{}", world.base(), challenged.location);
    assert!(bank.contains("/challenge/"));
    assert_eq!(open(&world, &address).await.location, challenged.location);
    let asked = open(&world, &bank).await;
    assert!(asked.text.contains("name=\"otp\""));
    let wrong = press(&world, &bank, "action=confirm&otp=000000").await;
    assert!(wrong.text.contains("Tries left: 2"));
    let right = press(&world, &bank, "action=confirm&otp=111000").await;
    assert_eq!(right.location, "https://merchant.example.com/cards/ok");
    assert_eq!(open(&world, &bank).await.status, 410);

    let (_, address) = world.opened(&client::page("INV-2")).await;
    let challenged = press(&world, &address, &filled("4000000000003220")).await;
    let bank = format!("{}{}", world.base(), challenged.location);
    let gave_up = press(&world, &bank, "action=cancel").await;
    assert!(gave_up.text.contains("name=\"number\""), "the form again");
    assert_eq!(world.told(2).await[1]["transaction"]["status"], "FAILED");
}

#[tokio::test]
async fn the_page_looks_and_offers_as_it_was_ordered() {
    let world = World::start().await;
    let mut order = client::page("INV-1");
    order["order"]["auto_redirect"] = json!(false);
    order["card"] = json!({"save": true});
    order["override_configuration"] = json!({
        "themes": {"language": "ID", "background_color": "fff8e1", "button_font_color": "123456"},
        "allow_bin": ["411111"],
        "allow_tenor": [3, 6],
        "promo": [{"bin": "411111", "discount_amount": 5_000}],
    });
    order["additional_info"] = json!({"disclaimer": {"id": "Harga <tetap>", "en": "Fixed"}});
    let (_, address) = world.opened(&order).await;
    let page = open(&world, &address).await;
    let parts = [
        "lang=\"id\"",
        "Bayar dengan kartu",
        "body{background:#fff8e1}",
        "button{color:#123456}",
        "Harga &lt;tetap&gt;",
        "<option value=\"6\">6 bulan</option>",
        "name=\"save\"",
    ];
    for part in parts {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let refused = press(&world, &address, &filled("5555555555554444")).await;
    assert!(refused.text.contains("This card cannot be used here"));
    let form = format!("{}&tenor=6&save=yes", filled("4111111111111111"));
    let paid = press(&world, &address, &form).await;
    assert_eq!(paid.status, 200, "no redirect");
    assert!(
        paid.text
            .contains("href=\"https://merchant.example.com/cards/ok\"")
    );
    let charge = &world.rows("cardCharges").await[0];
    assert_eq!(charge["tenor"], 6);
    assert_eq!(charge["amount"], 85_000);

    let listed = world.card(TOKENS, &client::tokens("cust-001")).await;
    assert_eq!(listed.at("/tokens/0/card/cardholder_name"), "SITI AMINAH");
    let mut order = client::page("INV-2");
    order["card"] = json!({"token": listed.at("/tokens/0/id")});
    let (_, address) = world.opened(&order).await;
    let page = open(&world, &address).await;
    assert!(page.text.contains("411111******1111"));
    assert!(!page.text.contains("name=\"number\""));
    let paid = press(&world, &address, "action=pay&cvv=123").await;
    assert_eq!(paid.status, 302);
}
