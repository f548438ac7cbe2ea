//! Events as API Gateway sends them behind a base path, and with headers that no client should send.

use serde_json::{Value, json};

use crate::support::Shop;

/// An event of API Gateway's, as behind a custom domain with the mapping key `pay`.
fn event(route: &str, path: &str, headers: &Value, claims: &Value) -> Value {
    let (method, pattern) = route.split_once(' ').unwrap();
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {
            "accountId": "1", "apiId": "a", "domainName": "pay.example", "domainPrefix": "pay",
            "requestId": "r", "routeKey": format!("{method} {pattern}"), "stage": "$default",
            "time": "20/Nov/2026:01:15:30 +0000", "timeEpoch": 1,
            "authorizer": {"jwt": {"claims": claims, "scopes": null}},
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "t"},
        },
        "isBase64Encoded": false,
    })
}

async fn invoke(shop: &Shop, function: &str, event: &Value) -> (u16, Value) {
    let answer = shop
        .world
        .lambda()
        .invoke(function, event.to_string().into());
    let answer: Value = serde_json::from_slice(&answer.await.unwrap()).unwrap();
    let status = answer["statusCode"].as_u64().unwrap();
    let body = answer["body"].as_str().unwrap_or_default();
    let body = serde_json::from_str(body).unwrap_or(Value::Null);
    (u16::try_from(status).unwrap(), body)
}

#[tokio::test]
async fn routes_work_behind_a_base_path() {
    let shop = Shop::open_with(|options| {
        let settings = [
            ("PublicBaseUrl", "https://pay.example/pay"),
            ("NotificationPath", "/pay/v1.0/debit/notify"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        options.parameters.extend(settings);
    })
    .await;
    let scope = "merchant bindings:write bindings:read payments:read";
    let claims = json!({"sub": "backend", "scope": scope});
    let headers = json!({"content-type": "application/json", "idempotency-key": "one"});
    let list = event("GET /v1/channels", "/pay/v1/channels", &headers, &claims);
    assert_eq!(invoke(&shop, "bind", &list).await.0, 200);
    let mut bind = event("POST /v1/bindings", "/pay/v1/bindings", &headers, &claims);
    bind["body"] = json!(shop.binding_body("cust-1").to_string());
    let (status, body) = invoke(&shop, "bind", &bind).await;
    assert_eq!(status, 201, "{body}");
    let page = body["nextAction"]["url"].as_str().unwrap();
    let approve = format!("bindings/{}/approve", page.rsplit('/').next().unwrap());
    let decided = shop.doku.order(&approve, json!({})).await;
    let back = decided["redirect"].as_str().unwrap();
    let ours = "https://pay.example/pay/v1/bindings/bnd_";
    assert!(back.starts_with(ours), "{back}");
    // The same request without the key is the same request: the API's own address works as well.
    let mut again = bind.clone();
    again["rawPath"] = json!("/v1/bindings");
    let (status, again) = invoke(&shop, "bind", &again).await;
    assert_eq!((status, again), (201, body));
}

#[tokio::test]
async fn no_header_ends_a_function() {
    let shop = Shop::open().await;
    let claims = json!({"sub": "backend", "scope": "merchant payments:read"});
    let before = shop.world.pids("bind");
    for odd in [
        "",
        "ht tp",
        "://",
        "a,b",
        "[::",
        "a b",
        "a\nb",
        "é",
        "x:99999999",
        "javascript:",
    ] {
        for name in ["x-forwarded-proto", "host", "x-forwarded-for"] {
            let headers = json!({(name): odd});
            let event = event("GET /v1/channels", "/v1/channels", &headers, &claims);
            let (status, body) = invoke(&shop, "bind", &event).await;
            assert_eq!(status, 200, "{name}: {odd:?}: {body}");
        }
    }
    let mut odd = event("GET /v1/channels", "/v1/channels", &json!({}), &claims);
    odd["rawQueryString"] = json!("a=<b>&c=\u{e9} \"");
    assert_eq!(invoke(&shop, "bind", &odd).await.0, 400);
    odd["rawPath"] = json!("v1/<channels> é");
    assert_eq!(invoke(&shop, "bind", &odd).await.0, 404);
    let after = shop.world.pids("bind");
    assert!(
        before.iter().all(|pid| after.contains(pid)),
        "{before:?} {after:?}"
    );
    assert!(!shop.world.logs_text().contains("panicked"));
}
