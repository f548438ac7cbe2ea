//! DANA and `ShopeePay`: nothing is linked, the customer goes to the wallet's app for each payment.

use std::time::Duration;

use serde_json::{Value, json};

use super::scene::{
    AMOUNT, CIMB, DANA, DANA_CORE, SHOPEE_PAY, SHOPEE_PAY_ARCHIVED, SHOPEE_PAY_CORE, Scene,
};
use crate::support::{Payment, Shop};

const WALLETS: [Scene; 2] = [DANA_CORE, SHOPEE_PAY_CORE];
/// Later than any clock here.
const FAR: &str = "2099-12-31T23:59:59+07:00";

#[tokio::test]
async fn the_customer_jumps_to_the_wallet_and_back() {
    let shop = Shop::open().await;
    for wallet in WALLETS {
        let plain = wallet.payment_body(&shop, "");
        let mut linked = wallet.payment_body(&shop, "");
        linked["method"]["deepLink"] = json!("myshop://paid?order=1");
        linked["method"]["pointOfInitiation"] = json!("app");
        linked["method"]["validUntil"] = json!(FAR);
        linked["description"] = json!("Vitamins");
        for (body, back) in [(&plain, None), (&linked, Some("myshop://paid?order=1"))] {
            let payment = wallet.pay(&shop, body, "page").await;
            let told = &payment.body;
            assert_eq!(
                told["method"],
                json!({"type": "wallet", "channel": wallet.code})
            );
            assert_eq!(told["bindingId"], Value::Null);
            assert_eq!(told["customerId"], "cust-wallet");
            let returned = format!("https://shop.example/paid?paymentId={}", payment.id);
            let redirect = shop.customer_agrees(told).await;
            assert_eq!(redirect, back.unwrap_or(&returned), "{}", wallet.code);
            let paid = shop.wait_until_paid(&payment.id).await;
            shop.doku.charged_once(&paid).await;
            let held = shop.doku.payment_of(&paid).await;
            assert_eq!(held["custIdMerchant"], Value::Null, "{held}");
        }
    }
    shop.doku.saw_no_violation().await;
}

/// Why, where in the body, what stands there, and the fields that are named then.
fn odd_orders() -> [(&'static str, &'static str, Value, &'static [&'static str]); 14] {
    [
        (
            "over",
            "/method/validUntil",
            json!("2026-11-20T00:00:00Z"),
            &["method.validUntil"],
        ),
        (
            "no time",
            "/method/validUntil",
            json!("tomorrow"),
            &["method.validUntil"],
        ),
        (
            "a script",
            "/method/deepLink",
            json!("javascript://x"),
            &["method.deepLink"],
        ),
        (
            "relative",
            "/method/deepLink",
            json!("/paid"),
            &["method.deepLink"],
        ),
        (
            "nowhere",
            "/method/pointOfInitiation",
            json!("tv"),
            &["method.pointOfInitiation"],
        ),
        (
            "a bank",
            "/method/channel",
            json!(CIMB),
            &["method.channel"],
        ),
        (
            "cards",
            "/method/channel",
            json!("CREDIT_CARD"),
            &["method.channel"],
        ),
        (
            "unknown",
            "/method/channel",
            json!("EMONEY_NOBODY_SNAP"),
            &["method.channel"],
        ),
        (
            "an account's",
            "/method/confirmation",
            json!("page"),
            &["method.confirmation"],
        ),
        (
            "an account's",
            "/method/bindingId",
            json!("bnd_x"),
            &["method.bindingId"],
        ),
        (
            "a card's",
            "/method/paymentType",
            json!("SALE"),
            &["method.paymentType"],
        ),
        ("nobody", "/customer", Value::Null, &["customer"]),
        (
            "a card's",
            "/customer/name",
            json!("Anton Budiman"),
            &["customer.name"],
        ),
        (
            "unknown",
            "/device",
            Value::Null,
            &["device.id", "device.ipAddress"],
        ),
    ]
}

#[tokio::test]
async fn what_is_missing_or_odd_is_refused_before_the_wallet_hears_of_it() {
    let shop = Shop::open().await;
    let calls = shop.doku.call_count().await;
    let table = odd_orders();
    for wallet in WALLETS {
        for (why, pointer, value, fields) in &table {
            let mut body = wallet.payment_body(&shop, "");
            let (place, member) = pointer.rsplit_once('/').unwrap();
            body.pointer_mut(place).unwrap()[member] = value.clone();
            let refused = shop.merchant.post("/v1/payments", &body).await;
            refused.expect_problem(400, "invalid_request");
            assert_eq!(
                refused.fields(),
                *fields,
                "{} {pointer}: {why}",
                wallet.code
            );
        }
    }
    // A binding pays by its own type, and a wallet has none.
    for code in [DANA, SHOPEE_PAY] {
        let mut body = shop.binding_body("cust-1");
        body["channel"] = json!(code);
        let refused = shop.merchant.post("/v1/bindings", &body).await;
        refused.expect_problem(400, "operation_not_supported");
    }
    assert_eq!(shop.doku.call_count().await, calls);
}

#[tokio::test]
async fn a_customers_app_pays_for_its_customer_only() {
    let shop = Shop::open().await;
    let body = DANA_CORE.payment_body(&shop, "");
    let refused = shop.app_of("cust-1").post("/v1/payments", &body).await;
    refused.expect_problem(403, "forbidden");
    let own = shop.app_of("cust-wallet");
    let answer = own.post("/v1/payments", &body).await;
    let path = format!("/v1/payments/{}", answer.expect(201).word("paymentId"));
    own.get(&path).await.expect(200);
    let other = shop.app_of("cust-1").get(&path).await;
    other.expect_problem(404, "payment_not_found");
}

/// A payment that can be paid for ten minutes from now.
async fn for_ten_minutes(shop: &Shop, wallet: Scene) -> Payment {
    let now = shop.doku.admin(reqwest::Method::GET, "clock", None).await;
    let now = now["now"].as_str().unwrap();
    let (day, time) = now.split_at(11);
    let minutes = 60 * number(&time[..2]) + number(&time[3..5]) + 10;
    // Past midnight the day would have to change: until then, an hour as the zone does the same.
    let zone = if minutes >= 1_440 { "-01:00" } else { "+00:00" };
    let minutes = if minutes >= 1_440 {
        minutes - 60
    } else {
        minutes
    };
    let until = format!(
        "{day}{:02}:{:02}{}{zone}",
        minutes / 60,
        minutes % 60,
        &time[5..8]
    );
    let mut body = wallet.payment_body(shop, "");
    body["method"]["validUntil"] = json!(until);
    wallet.pay(shop, &body, "page").await
}

fn number(digits: &str) -> u32 {
    digits.parse().unwrap()
}

#[tokio::test]
async fn a_payment_that_nobody_makes_in_time_is_over() {
    let shop = Shop::open().await;
    for wallet in WALLETS {
        let late = for_ten_minutes(&shop, wallet).await;
        let early = for_ten_minutes(&shop, wallet).await;
        shop.customer_agrees(&early.body).await;
        shop.doku.time_passes(Duration::from_mins(11)).await;
        let page = shop.http.get(late.page()).send().await.unwrap();
        assert_eq!(page.status(), 410, "{}", wallet.code);
        let over = shop.wait_until(&late.id, "failed").await;
        assert_eq!(over["nextAction"], Value::Null, "{over}");
        shop.wait_until_paid(&early.id).await;
        let reference = &over["gateway"]["partnerReferenceNo"];
        let charges = shop
            .doku
            .rows("charges", "partnerReferenceNo", reference)
            .await;
        assert_eq!(charges, Vec::<Value>::new());
        let path = format!("/v1/payments/{}/refunds", late.id);
        let refused = shop.merchant.post(&path, &json!({})).await;
        refused.expect_problem(409, "illegal_transition");
    }
}

/// The simulator refuses a refund without the customer's device, and nobody gives one with it.
#[tokio::test]
async fn money_goes_back_in_parts_without_the_customer() {
    let archived = Shop::open_with(|options| {
        let paths = ("ChannelPaths".to_owned(), format!("{SHOPEE_PAY}=archived"));
        options.parameters.extend([paths]);
    });
    let (core, archived) = tokio::join!(Shop::open(), archived);
    for (shop, wallet) in [
        (&core, DANA_CORE),
        (&core, SHOPEE_PAY_CORE),
        (&archived, SHOPEE_PAY_ARCHIVED),
    ] {
        let paid = wallet.paid(shop, "").await;
        let id = paid["paymentId"].as_str().unwrap();
        for (rupiah, then) in [(4_000, "partially_refunded"), (AMOUNT - 4_000, "refunded")] {
            let refund = shop.refund(id, rupiah).await;
            assert_eq!(refund.expect(201).body["status"], "succeeded");
            shop.wait_until(id, then).await;
        }
        let more = shop.refund(id, 1_000).await;
        more.expect_problem(409, "illegal_transition");
        let reference = &paid["gateway"]["partnerReferenceNo"];
        let refunds = shop
            .doku
            .rows("refunds", "originalPartnerReferenceNo", reference);
        assert_eq!(refunds.await.len(), 2);
        shop.doku.saw_no_violation().await;
    }
}
