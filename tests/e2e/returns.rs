//! Where a browser may be sent, whose browser it is, and for whom the account was linked.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::{Answer, Shop, fresh};

/// A bundle that lists where browsers may go.
async fn listing(list: &'static str, more: &[(&'static str, &'static str)]) -> Shop {
    Shop::open_with(|options| {
        let all = [&[("ReturnUrls", list)], more].concat();
        let all = all
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        options.parameters.extend(all);
    })
    .await
}

const SHOP: &str = "https://shop.example,shopapp:,http://127.0.0.1";

/// Another browser than the suite's own.
fn another_browser(agent: &str) -> Client {
    let client = Client::builder().redirect(Policy::none());
    client.user_agent(agent).build().unwrap()
}

async fn visit(browser: &Client, address: &str, cookie: Option<&str>) -> Answer {
    let mut request = browser.get(address);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    Answer::read(request.send().await.unwrap()).await
}

/// The customer agrees (or not); gives the address that DOKU's page sends the browser to.
async fn decides(shop: &Shop, binding: &Value, word: &str) -> String {
    let page = binding["nextAction"]["url"].as_str().unwrap();
    let code = page.rsplit('/').next().unwrap();
    let order = format!("bindings/{code}/{word}");
    let decided = shop.doku.order(&order, json!({})).await;
    decided["redirect"].as_str().unwrap().to_owned()
}

fn id_of(binding: &Value) -> &str {
    binding["bindingId"].as_str().unwrap()
}

async fn read(shop: &Shop, binding: &Value) -> Value {
    let path = format!("/v1/bindings/{}", id_of(binding));
    shop.merchant.get(&path).await.expect(200).body.clone()
}

/// The value of a parameter in the address that a browser is sent to.
fn parameter(answer: &Answer, name: &str) -> Option<String> {
    let address = answer.header("location");
    let (_, query) = address.split_once('?')?;
    let query = query.split('#').next()?;
    let pair = query
        .split('&')
        .find(|pair| pair.starts_with(&format!("{name}=")));
    pair.map(|pair| pair[name.len() + 1..].to_owned())
}

#[tokio::test]
async fn a_browser_goes_where_the_deployment_allows() {
    let addresses = [
        ("https://shop.example/linked", true, true),
        ("https://shop.example/#/linked", true, false),
        ("shopapp://linked", true, false),
        ("http://127.0.0.1:5173/linked", true, false),
        ("https://elsewhere.example/linked", false, true),
        ("otherapp://linked", false, false),
        ("http://localhost:3000/linked", false, false),
        ("https://localhost/linked", false, false),
        ("https://203.0.113.10/linked", false, false),
        ("https://[2001:db8::1]/linked", false, false),
        ("https:shop.example", false, false),
        ("https:\\\\shop.example", false, false),
        ("https://shop.example\\@evil.example/", false, false),
        (" https://shop.example/linked", false, false),
        ("\thttps://shop.example/linked", false, false),
        ("https://shop.example@evil.example/", false, false),
        ("javascript:alert(1)", false, false),
    ];
    let listed = listing(SHOP, &[]).await;
    let open = Shop::open().await;
    for (address, where_listed, where_open) in addresses {
        for (shop, allowed) in [(&listed, where_listed), (&open, where_open)] {
            let mut bind = shop.binding_body("cust-1");
            bind["relink"] = json!(true);
            bind["returnUrl"] = json!(address);
            let mut pay = shop.payment_body("bnd_01JD0000000000000000000000", 10_000);
            pay["returnUrl"] = json!(address);
            let mut card = shop.payment_body("bnd_01JD0000000000000000000000", 10_000);
            card["method"] = json!({"type": "card", "page": {"failedUrl": address}});
            card["customer"] = json!({"id": "cust-1", "email": "siti@example.com"});
            let requests = [
                ("/v1/bindings", bind, 201, "returnUrl"),
                ("/v1/payments", pay, 404, "returnUrl"),
                ("/v1/payments", card, 201, "method.page.failedUrl"),
            ];
            for (path, body, good, field) in requests {
                let answer = shop.merchant.post(path, &body).await;
                if allowed {
                    // A list without the shop's other addresses refuses those of the suite.
                    assert_eq!(answer.status, good, "{address}: {}", answer.text);
                } else {
                    answer.expect_problem(400, "invalid_request");
                    assert_eq!(answer.fields(), [field], "{address}: {}", answer.text);
                    assert!(!answer.text.contains("evil"), "{}", answer.text);
                }
            }
        }
    }
}

#[tokio::test]
async fn parameters_of_the_merchants_own_are_not_doubled() {
    let shop = listing(SHOP, &[]).await;
    let mut body = shop.binding_body("cust-1");
    body["returnUrl"] = json!("https://shop.example/?status=new&cart=%41&bindingId=x#/linked");
    let answer = shop.merchant.post("/v1/bindings", &body).await;
    let binding = answer.expect(201).body.clone();
    let id = id_of(&binding);
    let back = decides(&shop, &binding, "approve").await;
    let sent = visit(&shop.http, &back, None).await;
    let expected = format!("https://shop.example/?cart=%41&bindingId={id}&status=active#/linked");
    assert_eq!(sent.expect(302).header("location"), expected);
}

#[tokio::test]
async fn a_state_works_once_and_the_same_browser_may_repeat_it() {
    let shop = Shop::open().await;
    let binding = shop.begin_link("cust-1").await;
    let back = decides(&shop, &binding, "approve").await;
    let first = visit(&shop.http, &back, None).await;
    first.expect(302);
    let cookie = first.header("set-cookie").to_owned();
    for word in ["HttpOnly", "Secure", "SameSite=Lax", "Max-Age=600"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert!(cookie.contains(&format!("Path=/v1/bindings/{}/return", id_of(&binding))));
    let cookie = cookie.split(';').next().unwrap().to_owned();

    let other = another_browser("another person");
    let again = async |browser: &Client, cookie: Option<&str>, status: u16| {
        let answer = visit(browser, &back, cookie).await;
        answer.expect(status);
        if status == 404 {
            assert!(answer.header("location").is_empty() && answer.header("set-cookie").is_empty());
            assert!(answer.text.contains("not valid") && answer.text.contains("tidak berlaku"));
        } else {
            assert_eq!(answer.header("location"), first.header("location"));
        }
    };
    again(&shop.http, None, 302).await;
    again(&other, Some(&cookie), 302).await;
    again(&other, None, 404).await;
    let of_another = cookie.replace('=', "=0");
    again(&other, Some(&of_another), 404).await;
    shop.doku.time_passes(Duration::from_secs(590)).await;
    again(&shop.http, None, 302).await;
    shop.doku.time_passes(Duration::from_secs(20)).await;
    again(&shop.http, None, 404).await;
    again(&shop.http, Some(&cookie), 404).await;
    again(&other, Some(&cookie), 404).await;
    assert_eq!(read(&shop, &binding).await["status"], "active");
    assert_eq!(
        shop.doku.calls("b2b2c").await.len(),
        1,
        "the code was sold once"
    );
}

#[tokio::test]
async fn a_return_whose_function_was_killed_is_repeated() {
    let shop = Shop::open().await;
    let binding = shop.begin_link("cust-1").await;
    let back = decides(&shop, &binding, "approve").await;
    shop.doku.goes_wrong("b2b2c", "hang").await;
    let request = shop.http.get(&back).send();
    let killed = async {
        shop.doku.was_called("b2b2c", 1).await;
        shop.world.kill_busy("bind").await
    };
    let (response, killed) = tokio::join!(request, killed);
    assert!(killed > 0 && response.unwrap().status().is_server_error());
    shop.doku.recovers().await;
    shop.doku.time_passes(Duration::from_secs(30)).await;
    let answer = visit(&shop.http, &back, None).await;
    answer.expect(302);
    assert_eq!(read(&shop, &binding).await["status"], "active");
}

/// A binding that a customer's app requested and that was agreed to on DOKU's page.
async fn agreed(shop: &Shop, customer: &str) -> (Value, String) {
    let body = shop.binding_body(customer);
    let answer = shop.app_of(customer).post("/v1/bindings", &body).await;
    let binding = answer.expect(201).body.clone();
    let back = decides(shop, &binding, "approve").await;
    (binding, back)
}

#[tokio::test]
async fn a_victim_on_dokus_page_is_not_linked_to_the_sender() {
    let shop = listing(SHOP, &[]).await;
    let sender = shop.app_of("cust-sender");
    let (binding, back) = agreed(&shop, "cust-sender").await;
    let path = format!("/v1/bindings/{}", id_of(&binding));
    let confirm = format!("{path}/confirm");
    let code = json!({"returnCode": "3f2a9c1e-00"});
    let early = sender.post(&confirm, &code).await;
    early.expect_problem(409, "illegal_transition");

    // The victim's browser comes back, to the shop: not to the sender.
    let victim = another_browser("the victim");
    let sent = visit(&victim, &back, None).await;
    sent.expect(302);
    assert!(
        sent.header("location")
            .starts_with("https://shop.example/linked?")
    );
    assert_eq!(parameter(&sent, "status").as_deref(), Some("pending"));
    let code = parameter(&sent, "returnCode").unwrap();
    let now = sender.get(&path).await;
    assert_eq!(now.body["status"], "pending");
    assert_eq!(now.body["nextAction"]["type"], "confirm");
    assert!(!now.text.contains(&code));

    // Nothing that the sender can do makes it active, and DOKU was not asked for a token.
    for wrong in [
        "",
        "x",
        "3f2a9c1e-00",
        &code[..code.len() - 1],
        &code.replace('-', ""),
    ] {
        let answer = sender.post(&confirm, &json!({"returnCode": wrong})).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), ["returnCode"]);
    }
    // The victim's own app has the code, and is not the customer's.
    let theirs = shop.app_of("cust-victim");
    let answer = theirs.post(&confirm, &json!({"returnCode": code})).await;
    answer.expect_problem(404, "binding_not_found");
    let pay = shop.payment_body(id_of(&binding), 10_000);
    let answer = shop.merchant.post("/v1/payments", &pay).await;
    answer.expect_problem(409, "illegal_transition");
    assert_eq!(shop.doku.calls("b2b2c").await.len(), 0);

    // Ten minutes later it is over; even a lapse does not link it.
    shop.doku.time_passes(Duration::from_mins(11)).await;
    let late = sender.post(&confirm, &json!({"returnCode": code})).await;
    late.expect_problem(409, "illegal_transition");
    shop.world.tick("reconcile").await.unwrap();
    let now = read(&shop, &binding).await;
    assert_eq!(
        (&now["status"], &now["failure"]["code"]),
        (&json!("failed"), &json!("expired"))
    );
    assert_eq!(shop.doku.calls("b2b2c").await.len(), 0);
}

#[tokio::test]
async fn a_confirmation_without_agreement_uses_the_code_up() {
    let shop = listing(SHOP, &[]).await;
    let app = shop.app_of("cust-1");
    let body = shop.binding_body("cust-1");
    let begun = app.post("/v1/bindings", &body).await;
    let binding = begun.expect(201).body.clone();
    // Who asked for the binding goes to the return address without agreeing to anything.
    let own = &shop.doku.ledger().await["bindings"][0];
    let success = own["successUrl"].as_str().unwrap();
    let sent = visit(&shop.http, success, None).await;
    let code = parameter(sent.expect(302), "returnCode").unwrap();
    let confirm = format!("/v1/bindings/{}/confirm", id_of(&binding));
    let body = json!({"returnCode": code});
    let answer = app.post_with("early", &confirm, &body).await;
    assert_eq!(
        answer.expect(200).body["status"],
        "failed",
        "{}",
        answer.text
    );
    assert_eq!(answer.body["failure"]["code"], "cancelled_by_customer");
    // Now another person agrees: too late for the code, under the same key and under another one.
    decides(&shop, &binding, "approve").await;
    let again = app.post_with("early", &confirm, &body).await;
    assert!(again.expect(200).is_replayed());
    let late = app.post(&confirm, &body).await;
    late.expect_problem(409, "illegal_transition");
    assert_eq!(read(&shop, &binding).await["status"], "failed");
}

#[tokio::test]
async fn the_customer_confirms_after_the_return() {
    let shop = listing(SHOP, &[]).await;
    let app = shop.app_of("cust-1");
    let (binding, back) = agreed(&shop, "cust-1").await;
    let sent = visit(&shop.http, &back, None).await;
    let code = parameter(sent.expect(302), "returnCode").unwrap();
    // A reload brings the same code.
    let again = visit(&shop.http, &back, None).await;
    assert_eq!(parameter(&again, "returnCode").as_deref(), Some(&*code));
    let confirm = format!("/v1/bindings/{}/confirm", id_of(&binding));
    let body = json!({"returnCode": code});
    let answer = app.post_with("one", &confirm, &body).await;
    assert_eq!(answer.expect(200).body["status"], "active");
    let again = app.post_with("one", &confirm, &body).await;
    assert!(again.expect(200).is_replayed());
    assert_eq!(again.text, answer.text);
    let other = app
        .post_with("one", &confirm, &json!({"returnCode": "00"}))
        .await;
    other.expect_problem(422, "idempotency_key_reused");
    let twice = app.post(&confirm, &body).await;
    assert_eq!(twice.expect(200).body["status"], "active");
    let without = app
        .send(Method::POST, &confirm, None, Some(body.to_string()))
        .await;
    without.expect_problem(400, "invalid_request");
    // Once it is active, the way back says so, and brings no code.
    let active = visit(&shop.http, &back, None).await;
    assert_eq!(parameter(&active, "status").as_deref(), Some("active"));
    assert_eq!(parameter(&active, "returnCode"), None);
    shop.paid(id_of(&binding), 10_000).await;
    assert_eq!(shop.doku.calls("b2b2c").await.len(), 1);
}

#[tokio::test]
async fn which_bindings_wait_is_the_deployments_to_say() {
    // What the return makes of a binding that the merchant asked for, and one that a customer's app did.
    let table = [
        (listing(SHOP, &[]).await, "active", "pending"),
        (
            listing(SHOP, &[("ConfirmBindings", "all")]).await,
            "pending",
            "pending",
        ),
        (
            listing(SHOP, &[("ConfirmBindings", "none")]).await,
            "active",
            "active",
        ),
        (Shop::open().await, "active", "active"),
    ];
    for (shop, of_merchant, of_customer) in table {
        let binding = shop.begin_link(&fresh("cust")).await;
        let back = decides(&shop, &binding, "approve").await;
        let sent = visit(&shop.http, &back, None).await;
        assert_eq!(
            parameter(sent.expect(302), "status").as_deref(),
            Some(of_merchant)
        );
        let (_, back) = agreed(&shop, &fresh("cust")).await;
        let sent = visit(&shop.http, &back, None).await;
        assert_eq!(
            parameter(sent.expect(302), "status").as_deref(),
            Some(of_customer)
        );
    }
}

#[tokio::test]
async fn a_customer_who_says_no_ends_a_binding_that_waits() {
    let shop = listing(SHOP, &[]).await;
    let body = shop.binding_body("cust-1");
    let answer = shop.app_of("cust-1").post("/v1/bindings", &body).await;
    let binding = answer.expect(201).body.clone();
    let back = decides(&shop, &binding, "decline").await;
    // The address for a refusal cannot be turned into the one that brings the code.
    let turned = back.replace("/return/failed", "/return/success");
    assert_ne!(turned, back);
    visit(&shop.http, &turned, None).await.expect(404);
    let sent = visit(&shop.http, &back, None).await;
    assert_eq!(
        parameter(sent.expect(302), "status").as_deref(),
        Some("failed")
    );
    let now = read(&shop, &binding).await;
    assert_eq!(now["failure"]["code"], "cancelled_by_customer");
    assert_eq!(shop.doku.calls("b2b2c").await.len(), 0);
}
