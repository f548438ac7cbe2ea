//! Nothing that is anybody's secret is in what the functions write, not even at DEBUG, nor in a
//! problem answer. What every other world wrote is searched when it ends, see `support::leaks`.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::leaks::{holds, leak, leak_in, plant};
use crate::support::{RIGHT_OTP, Shop, fresh, idr};

/// A shop at the most talkative level that can be set.
async fn talkative() -> Shop {
    Shop::open_with(|options| {
        let level = ("LogLevel".to_owned(), "DEBUG".to_owned());
        options.parameters.extend([level]);
        options.doku_timeout = Some(Duration::from_secs(1));
    })
    .await
}

/// Values that occur nowhere else.
struct Planted {
    phone: String,
    name: String,
    email: String,
    return_url: String,
    paid_url: String,
    otp: String,
    note: String,
    reason: String,
    key: String,
}

fn planted() -> Planted {
    Planted {
        phone: plant("6285917264083"),
        name: plant("Kartika Wulandari-Hasibuan"),
        email: plant("kartika.wh@pos.example"),
        return_url: plant("https://kedai.example/sesi/7f3a9c"),
        paid_url: plant("https://kedai.example/lunas/51be20"),
        otp: plant("829374"),
        note: plant("catatan-rahasia-4471"),
        reason: plant("alasan-pribadi-9082"),
        key: plant("kunci-idempoten-6620"),
    }
}

/// The customer agrees, and everything DOKU issued for it is planted.
async fn link(shop: &Shop, planted: &Planted) -> String {
    let body = json!({
        "customer": {
            "id": "cust-logs",
            "name": planted.name,
            "email": planted.email,
            "phone": planted.phone,
        },
        "channel": crate::support::CHANNEL,
        "returnUrl": planted.return_url,
    });
    let answer = shop
        .merchant
        .post_with(&planted.key, "/v1/bindings", &body)
        .await;
    let binding = answer.expect(201).body.clone();
    let page = plant(binding["nextAction"]["url"].as_str().unwrap());
    plant(page.rsplit('/').next().unwrap()); // the authCode
    let back = shop.agree(&binding).await;
    back.expect(302);
    answer.word("bindingId")
}

#[tokio::test]
async fn the_whole_story_told_at_debug_gives_nobody_away() {
    let shop = talkative().await;
    let planted = planted();
    let binding = link(&shop, &planted).await;
    let pay = |confirmation: &str| {
        json!({
            "invoiceNumber": fresh("LOG"),
            "amount": idr(10_000),
            "method": {
                "type": "direct_debit", "bindingId": binding, "confirmation": confirmation,
            },
            "returnUrl": planted.paid_url,
            "description": planted.note,
            "metadata": {"note": planted.note},
        })
    };
    let order = async |confirmation| {
        let answer = shop.merchant.post("/v1/payments", &pay(confirmation)).await;
        answer.expect(201).body.clone()
    };

    // The good way, with a wrong OTP on it.
    let payment = order("otp").await;
    let id = payment["paymentId"].as_str().unwrap();
    shop.give_otp(id, &planted.otp).await.expect(200);
    shop.give_otp(id, RIGHT_OTP).await.expect(200);
    shop.wait_until_paid(id).await;
    let body = json!({"amount": idr(1_000), "reason": planted.reason});
    let refunds = format!("/v1/payments/{id}/refunds");
    shop.merchant.post(&refunds, &body).await.expect(201);
    let page = order("page").await;
    plant(page["nextAction"]["url"].as_str().unwrap());

    // Everything that can go wrong on the way to DOKU and back.
    for operation in ["payment", "otp", "refund"] {
        for kind in [
            "reset",
            "accept_then_bad_gateway",
            "garbage",
            "accept_then_hang",
        ] {
            let payment = order("otp").await;
            let id = payment["paymentId"].as_str().unwrap();
            shop.doku.goes_wrong(operation, kind).await;
            match operation {
                "payment" => shop.merchant.post("/v1/payments", &pay("otp")).await,
                "otp" => shop.give_otp(id, RIGHT_OTP).await,
                _ => shop.merchant.post(&refunds, &body).await,
            };
            shop.doku.recovers().await;
        }
    }
    for code in ["4010700", "4030705", "4290700", "5000700"] {
        shop.doku.refuses("payment", code).await;
        shop.merchant.post("/v1/payments", &pay("otp")).await;
        shop.doku.recovers().await;
    }
    shop.doku.order("tokens/void", json!({})).await;
    shop.doku.order("tokens/void-customers", json!({})).await;
    shop.merchant.post("/v1/payments", &pay("otp")).await;

    refused(&shop, &planted, id).await;
    forged(&shop, &payment).await;
    shop.merchant
        .delete_with(&fresh("key"), &format!("/v1/bindings/{binding}"))
        .await;
    shop.doku.falls_silent().await;

    let lines = shop.world.logs();
    let speaking = |function: &str| lines.iter().any(|line| line.function == function);
    for function in ["bind", "pay", "otp", "refund", "notify-webhook"] {
        assert!(
            speaking(function),
            "{function} wrote nothing, so this proves nothing"
        );
    }
    shop.logs_hold_no_secret();
}

/// Requests that are refused, with secrets in every place that a refusal might repeat. The
/// problems themselves are searched as they arrive.
async fn refused(shop: &Shop, planted: &Planted, payment: &str) {
    let Planted {
        otp, phone, note, ..
    } = planted;
    let bodies = [
        json!({"otp": format!("{otp}0")}).to_string(),
        json!({"otp": otp, "phone": phone}).to_string(),
        json!({"otp": [otp, note]}).to_string(),
        format!("{{\"otp\":\"{otp}\",\"note\":{note}}}"),
        otp.clone(),
    ];
    let path = format!("/v1/payments/{payment}/otp");
    for body in bodies {
        let key = fresh("refused");
        let answer = shop
            .merchant
            .send(Method::POST, &path, Some(&key), Some(body))
            .await;
        answer.expect_problem(400, "invalid_request");
    }
    for path in [
        format!("/v1/payments/{note}"),
        format!("/v1/bindings/{phone}"),
        format!("/v1/customers/{}/bindings", planted.email),
        format!("/v1/payments?customerId={}", planted.email),
        format!("/v1/payments?cursor={note}"),
        format!("/v1/bindings/{note}/return/success?state={note}"),
    ] {
        let answer = shop.merchant.get(&path).await;
        assert!(
            (400..500).contains(&answer.status),
            "{path}: {}",
            answer.text
        );
        assert_eq!(leak(&answer.text), None, "{path}");
    }
    let body = json!({"amount": idr(2_000), "reason": planted.reason});
    let path = format!("/v1/payments/{payment}/refunds");
    let key = planted.key.as_str();
    shop.merchant.post_with(key, &path, &body).await;
    let other = json!({"amount": idr(3_000)});
    let answer = shop.merchant.post_with(key, &path, &other).await;
    answer.expect_problem(422, "idempotency_key_reused");
}

/// Calls in DOKU's name that are refused.
async fn forged(shop: &Shop, payment: &Value) {
    let order = json!({"partnerReferenceNo": payment["gateway"]["partnerReferenceNo"]});
    let built = shop.doku.order("notifications/build", order).await;
    let url = format!("{}/v1.0/debit/notify", shop.world.base_url());
    for altered in [
        "X-SIGNATURE",
        "Authorization",
        "X-PARTNER-ID",
        "X-TIMESTAMP",
    ] {
        let mut request = shop.http.post(&url);
        for (name, value) in built["headers"].as_object().unwrap() {
            let value = value.as_str().unwrap();
            let tail = if name == altered { "x" } else { "" };
            let value = format!("{value}{tail}");
            request = request.header(name, value);
        }
        let body = built["body"].as_str().unwrap().to_owned();
        let answer = request.body(body).send().await.unwrap();
        // A time that cannot be read is refused as such.
        let refused = if altered == "X-TIMESTAMP" { 400 } else { 401 };
        assert_eq!(answer.status(), refused, "{altered}");
        let text = answer.text().await.unwrap();
        assert_eq!(leak_in(&shop.world, &text), None, "{altered}");
    }
}

/// The search must be able to find: each kind is put before it once.
#[tokio::test]
async fn the_search_finds_what_it_looks_for() {
    let shop = Shop::open().await;
    let planted = plant("ditanam-untuk-dicari-31");
    let secret = shop.world.secrets();
    let key = secret.field("merchantPrivateKey");
    let line_of_key = key.lines().nth(3).unwrap();
    for leaking in [
        planted,
        secret.field("secretKey"),
        secret.field("dataKey"),
        line_of_key.to_owned(),
        shop.merchant.token.clone(),
        "6281234567890".to_owned(),
        "Anton Budiman".to_owned(),
        RIGHT_OTP.to_owned(),
        "https://shop.example/linked".to_owned(),
    ] {
        let line = format!("{{\"message\":\"x {leaking}, y\"}}");
        assert!(leak_in(&shop.world, &line).is_some(), "not found");
    }
    assert_eq!(
        leak_in(&shop.world, "{\"status\":200,\"at\":1795111000123}"),
        None
    );
    assert!(!holds("id 7111000f", RIGHT_OTP), "a part of an id");
}

/// Only `Shop` starts worlds, and it guards each.
#[test]
fn every_world_is_searched_when_it_ends() {
    fn sources(directory: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e");
    sources(&here, &mut found);
    let start = ["World", "start("].join("::");
    let starting: Vec<_> = found
        .iter()
        .filter(|path| std::fs::read_to_string(path).unwrap().contains(&start))
        .map(|path| path.file_name().unwrap().to_owned())
        .collect();
    assert_eq!(starting, ["shop.rs"]);
}
