//! DANA and `ShopeePay`: nothing is linked, the customer goes to the wallet's app for each payment.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::scene::{
    AMOUNT, CIMB, DANA, DANA_CORE, DEVICE_ID, IP_ADDRESS, SHOPEE_PAY, SHOPEE_PAY_ARCHIVED,
    SHOPEE_PAY_CORE, Scene,
};
use crate::support::leaks::plant;
use crate::support::{Payment, Relay, Shop};

const WALLETS: [Scene; 2] = [DANA_CORE, SHOPEE_PAY_CORE];
#[tokio::test]
async fn the_customer_jumps_to_the_wallet_and_back() {
    let shop = Shop::open().await;
    for wallet in WALLETS {
        let plain = wallet.payment_body(&shop, "");
        let mut linked = wallet.payment_body(&shop, "");
        linked["method"]["deepLink"] = json!("myshop://paid?order=1");
        linked["method"]["pointOfInitiation"] = json!("app");
        linked["method"]["validUntil"] = json!(in_minutes(&shop, 10).await);
        linked["device"] = json!({"id": plant(DEVICE_ID), "ipAddress": plant(IP_ADDRESS)});
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
fn odd_orders() -> [(&'static str, &'static str, Value, &'static [&'static str]); 15] {
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
            "no flag",
            "/method/supportDeepLinkCheckoutUrl",
            json!("Y"),
            &["method.supportDeepLinkCheckoutUrl"],
        ),
        (
            "no text",
            "/method/metadata",
            json!({"order": 1}),
            &["method.metadata"],
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
    let shop = Shop::open_for_top_ups().await;
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

/// The simulator's time so many minutes from now.
async fn in_minutes(shop: &Shop, minutes: i64) -> String {
    let now = shop.doku.admin(reqwest::Method::GET, "clock", None).await;
    let now = OffsetDateTime::parse(now["now"].as_str().unwrap(), &Rfc3339).unwrap();
    let then = now + time::Duration::minutes(minutes);
    then.format(&Rfc3339).unwrap()
}

/// A payment that can be paid for ten minutes from now.
async fn for_ten_minutes(shop: &Shop, wallet: Scene) -> Payment {
    let mut body = wallet.payment_body(shop, "");
    body["method"]["validUntil"] = json!(in_minutes(shop, 10).await);
    wallet.pay(shop, &body, "page").await
}

#[tokio::test]
async fn a_payment_stays_open_no_longer_than_the_channel_allows() {
    let shop = Shop::open().await;
    let day = 24 * 60;
    let channels = shop.channels().await;
    for (wallet, longest) in [(DANA_CORE, None), (SHOPEE_PAY_CORE, Some(day))] {
        let item = channels.iter().find(|item| item["channel"] == wallet.code);
        let limit = &item.unwrap()["limits"]["validUntilMaxSeconds"];
        assert_eq!(limit, &json!(longest.map(|minutes| minutes * 60)));
        let mut body = wallet.payment_body(&shop, "");
        body["method"]["validUntil"] = json!(in_minutes(&shop, day - 1).await);
        wallet.pay(&shop, &body, "page").await;
        let mut body = wallet.payment_body(&shop, "");
        body["method"]["validUntil"] = json!(in_minutes(&shop, day + 1).await);
        if longest.is_none() {
            wallet.pay(&shop, &body, "page").await;
            continue;
        }
        let calls = shop.doku.call_count().await;
        let refused = shop.merchant.post("/v1/payments", &body).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), ["method.validUntil"]);
        assert_eq!(shop.doku.call_count().await, calls);
    }
}

/// Neither wallet wants to know the device, unless DOKU demands what some of its libraries do.
#[tokio::test]
async fn the_device_may_be_left_out() {
    let shop = Shop::open().await;
    let device = json!({"id": plant(DEVICE_ID), "ipAddress": plant(IP_ADDRESS)});
    for (demanded, told) in [(false, false), (true, true)] {
        shop.doku
            .is_set(json!({"demandsOfLibraries": demanded}))
            .await;
        for wallet in WALLETS {
            let mut body = wallet.payment_body(&shop, "");
            if told {
                body["device"] = device.clone();
            }
            let payment = wallet.pay(&shop, &body, "page").await;
            let paid = wallet.confirm(&shop, &payment).await;
            shop.doku.charged_once(&paid).await;
            let refund = shop.refund(&payment.id, 4_000).await;
            assert_eq!(refund.expect(201).body["status"], "succeeded");
        }
    }
    shop.doku.saw_no_violation().await;
}

/// The members that only one of the wallets knows reach it, and are refused for the other.
#[tokio::test]
async fn what_only_one_wallet_knows_reaches_that_wallet() {
    let relay = Relay::start().await;
    let url = relay.url();
    let shop = Shop::open_with(|options| {
        options.parameters.insert("DokuBaseUrl".to_owned(), url);
    })
    .await;
    relay.leads_to(&shop.doku.base_url);
    let only = [
        (
            DANA_CORE,
            "supportDeepLinkCheckoutUrl",
            json!(true),
            SHOPEE_PAY_CORE,
        ),
        (
            SHOPEE_PAY_CORE,
            "metadata",
            json!("{\"order\":1}"),
            DANA_CORE,
        ),
    ];
    for (wallet, member, value, other) in only {
        let mut body = wallet.payment_body(&shop, "");
        body["method"][member] = value.clone();
        wallet.pay(&shop, &body, "page").await;
        let heard = relay.heard("/direct-debit/core/v1/debit/payment-host-to-host");
        let heard: Value = serde_json::from_str(heard.last().unwrap()).unwrap();
        assert_eq!(heard["additionalInfo"][member], value, "{heard}");
        let mut body = other.payment_body(&shop, "");
        body["method"][member] = value;
        let refused = shop.merchant.post("/v1/payments", &body).await;
        refused.expect_problem(400, "invalid_request");
        assert_eq!(refused.fields(), [format!("method.{member}")]);
    }
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

/// The archived paths refuse a refund without the customer's device, and a refund request has none.
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
