//! Who may do what, route by route. The rows are looked up by the template's routes: a route
//! without a row fails.

mod deployed;
mod issuers;
mod rows;
mod table;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::routes;
use crate::support::{Caller, Shop, Untouched};

use rows::{ALL_SCOPES, Possessions, UNKNOWN_ID, call, furnished, guarded, is_public, row};

#[test]
fn every_route_of_the_template_is_covered() {
    let guarded: Vec<_> = guarded().into_iter().map(|(route, ..)| route).collect();
    let things = Possessions {
        binding: String::new(),
        payment: String::new(),
        refund: String::new(),
        invoice: String::new(),
        wallet: String::new(),
        subscription: String::new(),
    };
    for (route, deployed) in routes::deployed() {
        assert_eq!(deployed.token, !is_public(&route), "{route}");
        assert_eq!(deployed.token, guarded.contains(&route), "{route}");
        if deployed.token {
            row(&route, &things);
        }
    }
}

#[tokio::test]
async fn a_request_goes_as_far_as_its_caller_may() {
    let (shop, things) = furnished().await;
    let untouched = Untouched::so_far(&shop).await;
    for (route, described, scope) in guarded() {
        let row = row(&route, &things);
        let answers = refused_callers(&shop, &scope);
        for (why, caller, status, code) in answers {
            let answer = call(&caller, &route, &row.path, &row).await;
            assert_eq!(answer.status, status, "{route}, {why}: {}", answer.text);
            assert!(described.statuses.contains(&status), "{route}: {status}");
            match code {
                Some(code) => {
                    answer.expect_problem(status, code);
                }
                None => assert!(answer.body["message"].is_string(), "{}", answer.text),
            }
        }

        let stranger = shop.caller("app", Some("cust-stranger"), ALL_SCOPES);
        let answer = call(&stranger, &route, &row.path, &row).await;
        if row.stranger.0 == 200 {
            answer.expect(200);
        } else {
            answer.expect_problem(row.stranger.0, row.stranger.1);
        }

        for path in &row.absent {
            for caller in [&shop.merchant, &stranger] {
                let answer = call(caller, &route, path, &row).await;
                let refused_first = caller.token == stranger.token && row.stranger.0 == 403;
                let (status, code) = if refused_first {
                    row.stranger
                } else {
                    (404, row.absent_code)
                };
                assert_eq!(answer.status, status, "{route} {path}: {}", answer.text);
                answer.expect_problem(status, code);
            }
        }
        for (query, named) in row.queries {
            let path = row.path.split('?').next().unwrap_or_default();
            let answer = call(&shop.merchant, &route, &format!("{path}?{query}"), &row).await;
            assert_eq!(answer.status, 400, "{route}?{query}: {}", answer.text);
            answer.expect_problem(400, "invalid_request");
            assert_eq!(answer.fields(), *named, "{route}?{query}");
        }
    }
    untouched.still(&shop, "refused requests").await;
}

type Refused = (&'static str, Caller, u16, Option<&'static str>);

/// Callers that may not call a route of that scope, whatever they ask for.
fn refused_callers(shop: &Shop, scope: &str) -> Vec<Refused> {
    let others = ALL_SCOPES.split(' ').filter(|other| *other != scope);
    let others = others.collect::<Vec<_>>().join(" ");
    let with = |token: String| Caller {
        token,
        ..shop.merchant.clone()
    };
    let claims = |claims: Value| {
        let mut all: Map<String, Value> = claims.as_object().unwrap().clone();
        all.insert("sub".into(), "x".into());
        all.insert("scope".into(), ALL_SCOPES.into());
        with(shop.world.token_with(all))
    };
    let merchant = |scopes: &str| shop.caller("m", None, scopes);
    let customer = |scopes: &str| shop.caller("a", Some("cust-owner"), scopes);
    let missing = Some("missing_scope");
    vec![
        ("no token", with(String::new()), 401, None),
        ("not a token", with("abc".into()), 401, None),
        ("stale", claims(json!({"exp": 1_700_000_000})), 401, None),
        (
            "not yet",
            claims(json!({"nbf": 9_999_999_999_u64})),
            401,
            None,
        ),
        (
            "another issuer",
            claims(json!({"iss": "https://else.example"})),
            401,
            None,
        ),
        (
            "another audience",
            claims(json!({"aud": "else"})),
            401,
            None,
        ),
        ("no scope", merchant(""), 403, missing),
        ("every other scope", merchant(&others), 403, missing),
        (
            "a customer with every other scope",
            customer(&others),
            403,
            missing,
        ),
        (
            "one scope glued to another",
            merchant(&ALL_SCOPES.replace(' ', ",")),
            403,
            missing,
        ),
        (
            "a longer scope",
            merchant(&format!("{scope}s")),
            403,
            missing,
        ),
        ("in capitals", merchant(&scope.to_uppercase()), 403, missing),
        (
            "a blank customer",
            shop.caller("a", Some(""), ALL_SCOPES),
            403,
            Some("forbidden"),
        ),
        (
            "no customer's id",
            shop.caller("a", Some("a b"), ALL_SCOPES),
            403,
            Some("forbidden"),
        ),
    ]
}

#[tokio::test]
async fn the_named_scope_is_enough() {
    let (shop, things) = furnished().await;
    for (route, _, scope) in guarded() {
        let row = row(&route, &things);
        // The binding is still needed by the rows behind this one.
        let path = match (route.method.as_str(), route.path.as_str()) {
            ("DELETE", "/v1/bindings/{bindingId}") => format!("/v1/bindings/bnd_{UNKNOWN_ID}"),
            ("DELETE", "/v1/subscriptions/{subscriptionId}") => {
                format!("/v1/subscriptions/sub_{UNKNOWN_ID}")
            }
            _ => row.path.clone(),
        };
        let mut callers = vec![shop.caller("m", None, &scope)];
        if row.stranger.1 != "merchant_only" {
            callers.push(shop.caller("app", Some("cust-owner"), &scope));
        }
        for caller in callers {
            let answer = call(&caller, &route, &path, &row).await;
            let let_in = ![401, 403].contains(&answer.status) && answer.status < 500;
            assert!(let_in, "{route}: {} {}", answer.status, answer.text);
            if route.path.ends_with("/balance") {
                // The owner's bank does not tell; that is an answer to somebody who may ask.
                answer.expect_problem(400, "operation_not_supported");
            } else if route.method == "GET" {
                answer.expect(200);
            }
        }
    }
}

#[tokio::test]
async fn a_customers_app_never_refunds() {
    let (shop, things) = furnished().await;
    let untouched = Untouched::so_far(&shop).await;
    let path = format!("/v1/payments/{}/refunds", things.payment);
    let owner = shop.caller("app", Some("cust-owner"), ALL_SCOPES);
    let answer = owner.post(&path, &json!({})).await;
    answer.expect_problem(403, "merchant_only");
    untouched.still(&shop, "refused requests").await;
}

#[tokio::test]
async fn what_is_somebody_elses_looks_like_what_is_not_there() {
    let (shop, things) = furnished().await;
    let stranger = shop.app_of("cust-stranger");
    let pairs = [
        (
            format!("/v1/bindings/{}", things.binding),
            format!("/v1/bindings/bnd_{UNKNOWN_ID}"),
        ),
        (
            format!("/v1/payments/{}", things.payment),
            format!("/v1/payments/pay_{UNKNOWN_ID}"),
        ),
        (
            format!("/v1/payments/{}/events", things.payment),
            format!("/v1/payments/pay_{UNKNOWN_ID}/events"),
        ),
        (
            format!("/v1/payments/{}/refunds/{}", things.payment, things.refund),
            format!("/v1/payments/pay_{UNKNOWN_ID}/refunds/{}", things.refund),
        ),
        (
            format!("/v1/payments?invoiceNumber={}", things.invoice),
            "/v1/payments?invoiceNumber=UNKNOWN_ID".to_owned(),
        ),
        (
            "/v1/customers/cust-owner/cards".to_owned(),
            "/v1/customers/cust-nobody/cards".to_owned(),
        ),
        (
            format!("/v1/subscriptions/{}", things.subscription),
            format!("/v1/subscriptions/sub_{UNKNOWN_ID}"),
        ),
        (
            format!("/v1/subscriptions/{}/charges", things.subscription),
            format!("/v1/subscriptions/sub_{UNKNOWN_ID}/charges"),
        ),
        (
            "/v1/subscriptions?customerId=cust-owner".to_owned(),
            "/v1/subscriptions?customerId=cust-nobody".to_owned(),
        ),
    ];
    for (theirs, nobodys) in pairs {
        let seen = async |path: &str| {
            let mut answer = stranger.get(path).await;
            answer.body["requestId"] = Value::Null;
            (answer.status, answer.body)
        };
        assert_eq!(seen(&theirs).await, seen(&nobodys).await, "{theirs}");
    }
    let own = shop.app_of("cust-owner");
    let path = format!("/v1/payments?invoiceNumber={}", things.invoice);
    let found = own.get(&path).await.expect(200).body["items"].clone();
    assert_eq!(found.as_array().unwrap().len(), 1, "the owner finds it");
}

#[tokio::test]
async fn a_refund_is_found_under_its_own_payment_only() {
    let (shop, things) = furnished().await;
    let other = shop.pay(&things.binding, 7_000).await;
    let cases = [
        (&other.id, things.refund.clone()),
        (&things.payment, format!("rfn_{UNKNOWN_ID}")),
        (&things.payment, "x".to_owned()),
    ];
    for (payment, refund) in cases {
        let path = format!("/v1/payments/{payment}/refunds/{refund}");
        let answer = shop.merchant.get(&path).await;
        answer.expect_problem(404, "refund_not_found");
    }
}

#[tokio::test]
async fn what_carries_no_token_is_refused_by_its_own_means() {
    let shop = Shop::open().await;
    let untouched = Untouched::so_far(&shop).await;
    let nobody = Caller {
        token: String::new(),
        ..shop.merchant.clone()
    };
    for (route, deployed) in routes::deployed() {
        if deployed.token {
            continue;
        }
        let method: Method = route.method.parse().unwrap();
        for path in [route.filled("x"), route.filled(UNKNOWN_ID)] {
            for caller in [&nobody, &shop.merchant] {
                let body = (method == Method::POST).then(|| "{}".to_owned());
                let answer = caller.send(method.clone(), &path, None, body).await;
                let expected = if method == Method::GET { 404 } else { 401 };
                assert_eq!(answer.status, expected, "{route}: {}", answer.text);
            }
        }
    }
    untouched.still(&shop, "refused requests").await;
}

#[tokio::test]
async fn every_route_of_the_template_is_one_of_its_function() {
    let shop = Shop::open().await;
    for (route, deployed) in routes::deployed() {
        let method: Method = route.method.parse().unwrap();
        let path = route.filled("x");
        let answer = shop.merchant.send(method, &path, None, None).await;
        assert_ne!(answer.body["code"], "not_found", "{route}");
        assert_ne!(answer.body["message"], "Not Found", "{route}");
        let spoke = shop
            .world
            .logs()
            .iter()
            .any(|l| l.function == deployed.function);
        assert!(spoke, "{route}: {} was not asked", deployed.function);
    }
}
