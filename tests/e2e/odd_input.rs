//! Input that is well-formed and odd: cursors of elsewhere, parameters that do not exist, texts
//! without visible characters, numbers in another spelling.

mod card_numbers;
mod events;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::{Answer, CHANNEL, Caller, Shop, fresh, routes};

const ULID: &str = "01JD0000000000000000000000";

/// A path with an id in the right form in every place.
fn filled(path: &str) -> String {
    let ids = [
        ("{bindingId}", format!("bnd_{ULID}")),
        ("{paymentId}", format!("pay_{ULID}")),
        ("{refundId}", format!("rfn_{ULID}")),
        ("{subscriptionId}", format!("sub_{ULID}")),
        ("{customerId}", "cust-1".to_owned()),
        ("{tokenId}", "a".repeat(32)),
        ("{outcome}", "success".to_owned()),
    ];
    let fill = |path: String, (place, id): &(&str, String)| path.replace(place, id);
    ids.iter().fold(path.to_owned(), fill)
}

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let shop = Shop::open().await;
    let gone = format!("/v1/subscriptions/sub_{ULID}?at=x&y=1");
    let table = [
        (
            Method::GET,
            "/v1/payments?limit=x&customerId=%20",
            &["limit", "customerId"][..],
        ),
        (
            Method::GET,
            "/v1/payments?invoiceNumber=%20&customerId=%20&z=1",
            &["z", "invoiceNumber", "customerId"],
        ),
        (
            Method::GET,
            "/v1/subscriptions?limit=0&customerId=%20",
            &["limit", "customerId"],
        ),
        (Method::DELETE, &*gone, &["at", "y", "Idempotency-Key"]),
    ];
    for (method, path, named) in table {
        let answer = shop.merchant.send(method, path, None, None).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), named, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_parameter_that_a_route_does_not_have_is_refused() {
    let shop = Shop::open().await;
    let mut tried = 0;
    for (route, deployed) in routes::deployed() {
        let method: Method = route.method.parse().unwrap();
        let body = matches!(route.method.as_str(), "POST" | "PATCH").then(|| "{}".to_owned());
        for (query, named) in [
            ("nonsense=1", "nonsense"),
            ("customer_id=cust-1", "customer_id"),
            ("Limit=5", "Limit"),
            ("%20=1", "(unprintable name)"),
        ] {
            let path = format!("{}?{query}", filled(&route.path));
            let key = (method != Method::GET).then(|| fresh("odd"));
            let answer = shop
                .merchant
                .send(method.clone(), &path, key.as_deref(), body.clone());
            let answer = answer.await;
            if deployed.token {
                answer.expect_problem(400, "invalid_request");
                assert!(answer.fields().contains(&named), "{route}: {}", answer.text);
                tried += 1;
            } else {
                assert!(
                    !answer.text.contains("nonsense"),
                    "{route}: {}",
                    answer.text
                );
            }
        }
    }
    assert!(tried > 80, "{tried}");
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list_and_filters() {
    let shop = Shop::open().await;
    for customer in ["cust-1", "cust-2"] {
        for _ in 0..3 {
            shop.begin_link(customer).await;
        }
    }
    let list = |customer: &str| format!("/v1/customers/{customer}/bindings");
    let page = shop
        .merchant
        .get(&format!("{}?limit=1", list("cust-1")))
        .await;
    let cursor = page.expect(200).word("nextCursor");
    let next = format!("{}?limit=2&cursor={cursor}", list("cust-1"));
    let rest = shop.merchant.get(&next).await;
    assert_eq!(rest.expect(200).body["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        shop.merchant
            .walk(&list("cust-1"), "bindingId", 1)
            .await
            .len(),
        3
    );

    let refused = async |path: String| {
        let answer = shop.merchant.get(&path).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), ["cursor"], "{path}: {}", answer.text);
    };
    for elsewhere in [
        list("cust-2"),
        "/v1/payments?customerId=cust-1".to_owned(),
        "/v1/payments?invoiceNumber=INV-1".to_owned(),
        "/v1/subscriptions?customerId=cust-1".to_owned(),
    ] {
        let sign = if elsewhere.contains('?') { '&' } else { '?' };
        refused(format!("{elsewhere}{sign}cursor={cursor}")).await;
    }
    let other = if cursor.ends_with('A') { 'B' } else { 'A' };
    let altered = format!("{}{other}", &cursor[..cursor.len() - 1]);
    let made_up = "UEFZTUVOVCNwYXlfMDFKRDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA";
    for wrong in [
        &cursor[..cursor.len() - 1],
        &cursor[..cursor.len() / 2],
        &cursor[1..],
        &altered,
        &cursor.to_lowercase(),
        made_up,
        "x",
        "%21",
        "",
    ] {
        refused(format!("{}?cursor={wrong}", list("cust-1"))).await;
    }
}

#[tokio::test]
async fn a_problem_is_small_however_much_is_wrong() {
    let shop = Shop::open().await;
    let many: Map<String, Value> = (0..5_000).map(|n| (format!("key{n}"), json!(1))).collect();
    let deep = (0..60).fold(json!({"x": 1}), |inner, _| json!({"a".repeat(60): inner}));
    let deep = json!({"customer": deep, "channel": 7});
    for body in [Value::Object(many), deep] {
        assert!(body.to_string().len() < 65_536);
        for path in ["/v1/bindings", "/v1/payments", "/v1/subscriptions"] {
            let answer = shop.merchant.post(path, &body).await;
            answer.expect_problem(400, "invalid_request");
            assert!(answer.text.len() <= 2048, "{path}: {}", answer.text.len());
            assert!(!answer.fields().is_empty());
        }
    }
    let query: Vec<_> = (0..400).map(|n| format!("key{n}=1")).collect();
    let query = query.join("&");
    let answer = shop.merchant.get(&format!("/v1/payments?{query}")).await;
    answer.expect_problem(400, "invalid_request");
    assert!(answer.text.len() <= 2048);
    let omitted = answer.body["errorsOmitted"].as_u64().unwrap();
    let shown = u64::try_from(answer.fields().len()).unwrap();
    assert_eq!(shown + omitted, 400);
}

#[tokio::test]
async fn null_is_left_out_and_a_whole_number_has_many_spellings() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let body = |quantity: &str| {
        format!(
            r#"{{"invoiceNumber":"INV-1","amount":{{"value":"10000.00","currency":"IDR"}},
            "method":{{"type":"direct_debit","bindingId":"{binding}","feeType":null,"confirmation":null,
            "paymentType":null,"channel":null}},"items":[{{"name":"Vitamin C","price":"5000.00",
            "quantity":{quantity}}}],"returnUrl":"https://shop.example/paid","description":null,
            "metadata":null,"device":null,"customer":null}}"#
        )
    };
    let send = async |quantity: &str| {
        let sent = shop.merchant.send(
            Method::POST,
            "/v1/payments",
            Some("one"),
            Some(body(quantity)),
        );
        sent.await
    };
    send("2.5").await.expect_problem(400, "invalid_request");
    let first = send("2.0").await;
    first.expect(201);
    for spelling in ["2", "2.00", "20e-1", "0.2E1"] {
        let again = send(spelling).await;
        assert!(again.expect(201).is_replayed(), "{spelling}");
    }
}

#[tokio::test]
async fn every_answer_says_how_it_may_be_read() {
    let shop = Shop::open().await;
    let binding = shop.begin_link("cust-1").await;
    let back = shop.agree(&binding).await;
    let get = async |path: &str| shop.merchant.get(path).await;
    let mut answers = vec![
        (back.status, back),
        (200, get("/v1/channels").await),
        (404, get(&format!("/v1/payments/pay_{ULID}")).await),
        (
            404,
            get(&format!("/v1/bindings/bnd_{ULID}/return/success?state=x")).await,
        ),
        (400, shop.merchant.post("/v1/payments", &json!({})).await),
    ];
    let doku = shop
        .http
        .post(format!("{}/v1.0/debit/notify", shop.world.base_url()));
    answers.push((401, Answer::read(doku.send().await.unwrap()).await));
    for (status, answer) in answers {
        answer.expect(status);
        assert_eq!(
            answer.header("x-content-type-options"),
            "nosniff",
            "{}",
            answer.text
        );
        let secure = answer.header("strict-transport-security");
        assert!(secure.starts_with("max-age="), "{secure}");
    }
}

#[tokio::test]
async fn what_is_not_offered_names_field_reason_and_alternatives() {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    let wallet = shop.link_wallet("cust-1").await;
    let insist = |answer: Answer, code: &str, field: &str, alternative: &str| {
        answer.expect_problem(400, code);
        assert_eq!(answer.fields(), [field], "{}", answer.text);
        let error = &answer.body["errors"][0];
        assert!(error["rule"].as_str().is_some_and(|rule| !rule.is_empty()));
        let others = error["alternatives"].as_array().unwrap();
        assert!(others.contains(&json!(alternative)), "{}", answer.text);
    };
    let unsupported = "operation_not_supported";
    let answer = shop
        .merchant
        .get(&format!("/v1/bindings/{binding}/balance"))
        .await;
    insist(answer, unsupported, "bindingId", "EMONEY_OVO_SNAP");
    let otp = format!("/v1/bindings/{binding}/otp");
    let answer = shop.merchant.post(&otp, &json!({"otp": "111000"})).await;
    answer.expect_problem(400, unsupported);
    assert_eq!(answer.fields(), ["bindingId"]);

    let mut body = shop.payment_body(&binding, 10_000);
    body["method"]["confirmation"] = json!("none");
    let answer = shop.merchant.post("/v1/payments", &body).await;
    insist(answer, unsupported, "method.confirmation", "otp");

    let mut body = shop.binding_body("cust-1");
    body["channel"] = json!("DIRECT_DEBIT_NOWHERE");
    let answer = shop.merchant.post("/v1/bindings", &body).await;
    insist(answer, "invalid_request", "channel", CHANNEL);
    body["channel"] = json!("EMONEY_DANA_SNAP");
    let answer = shop.merchant.post("/v1/bindings", &body).await;
    insist(answer, unsupported, "channel", CHANNEL);
    body["channel"] = json!("DIRECT_DEBIT_MANDIRI_SNAP");
    body["cardData"] = json!("YLAqG+Kg7oe1K63pSMH+FQ==|ABEiM0RVZneImaq7zN3u/w==");
    let answer = shop.merchant.post("/v1/bindings", &body).await;
    insist(
        answer,
        "channel_not_confirmed",
        "channel",
        "DIRECT_DEBIT_BRI_SNAP",
    );

    let mut body = shop.payment_body(&wallet, 10_000);
    body["method"] = json!({"type": "wallet", "channel": "EMONEY_NOWHERE"});
    body["customer"] = json!({"id": "cust-1"});
    let answer = shop.merchant.post("/v1/payments", &body).await;
    insist(
        answer,
        "invalid_request",
        "method.channel",
        "EMONEY_DANA_SNAP",
    );
    let body = shop.subscription_body("cust-1", &binding);
    let answer = shop.merchant.post("/v1/subscriptions", &body).await;
    insist(answer, unsupported, "method.bindingId", "EMONEY_OVO_SNAP");

    let payment = shop.paid(&binding, 10_000).await;
    let capture = format!("/v1/payments/{payment}/capture");
    let answer = shop.merchant.post(&capture, &json!({})).await;
    insist(answer, unsupported, "paymentId", "CREDIT_CARD");
}

#[tokio::test]
async fn texts_without_visible_characters_and_dot_segments_as_ids_are_refused() {
    let shop = Shop::open().await;
    let bind = async |member: &str, text: &str| {
        let mut body = shop.binding_body("cust-1");
        body["relink"] = json!(true);
        body["customer"][member] = json!(text);
        shop.merchant.post("/v1/bindings", &body).await
    };
    for blank in [
        "   ",
        "\u{a0}",
        "\u{200b}",
        "\u{200b}\u{200d}\u{feff}",
        "\u{3164}",
        "\u{2800}",
    ] {
        for member in ["name", "country", "address", "idCard"] {
            let answer = bind(member, blank).await;
            answer.expect_problem(400, "invalid_request");
            assert_eq!(answer.fields(), [format!("customer.{member}")], "{blank:?}");
        }
    }
    for id in [".", ".."] {
        let answer = bind("id", id).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), ["customer.id"]);
        let list = format!("/v1/payments?customerId={id}");
        let answer = shop.merchant.get(&list).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), ["customerId"]);
    }
    bind("name", "שלום \u{200f}1").await.expect(201);
    bind("id", "...").await.expect(201);
}

/// Retry-After is in the document wherever a function may send it.
#[test]
fn retry_after_is_documented() {
    let document = routes::document();
    for (path, item) in document.get("paths").unwrap().entries() {
        for method in ["get", "post", "patch", "delete"] {
            let Some(operation) = item.get(method) else {
                continue;
            };
            for (status, response) in operation.get("responses").unwrap().entries() {
                let response = routes::followed(&document, response);
                let content = response.get("content");
                let ours = content.is_some_and(|content| {
                    content.get("application/problem+json").is_some() || status == "202"
                });
                if ours && matches!(status.as_str(), "202" | "409" | "502" | "503") {
                    let headers = response.get("headers");
                    let documented = headers.and_then(|it| it.get("Retry-After"));
                    assert!(documented.is_some(), "{method} {path}: {status}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_customer_whose_id_is_a_step_has_no_token() {
    let shop = Shop::open().await;
    for id in [".", ".."] {
        let app: Caller = shop.app_of(id);
        app.get("/v1/payments")
            .await
            .expect_problem(403, "forbidden");
    }
}
