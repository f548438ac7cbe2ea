//! Who may do what, route by route. The rows are looked up by the template's routes: a route
//! without a row fails.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::support::routes::{self, Described, RouteName};
use crate::support::{Answer, Caller, RIGHT_OTP, Shop, Untouched, fresh, idr};

const ALL_SCOPES: &str = "bindings:write bindings:read payments:write payments:read captures:write \
     refunds:write subscriptions:write subscriptions:read";

/// What there is to be got at: everything belongs to the customer `cust-owner`.
struct Possessions {
    binding: String,
    payment: String,
    refund: String,
    invoice: String,
    wallet: String,
    subscription: String,
}

/// One route, with what it needs to be called for the owner's things.
struct Row {
    /// The path of the owner's thing.
    path: String,
    /// The body, if there is one.
    body: Option<Value>,
    /// The answer to another customer's app.
    stranger: (u16, &'static str),
    /// The paths with an id that nothing has, and the code they are answered with.
    absent: Vec<String>,
    absent_code: &'static str,
    /// Queries that are refused, and the parameters named.
    queries: &'static [(&'static str, &'static [&'static str])],
}

const PAGE_QUERIES: &[(&str, &[&str])] = &[
    ("limit=0", &["limit"]),
    ("limit=101", &["limit"]),
    ("limit=ten", &["limit"]),
    ("limit=1&limit=2", &["limit"]),
    ("cursor=!", &["cursor"]),
    ("limit=x&cursor=!", &["limit", "cursor"]),
    ("surprise=1", &["surprise"]),
];

const FIND_QUERIES: &[(&str, &[&str])] = &[
    ("limit=0&customerId=cust-owner", &["limit"]),
    ("cursor=!&customerId=cust-owner", &["cursor"]),
    ("surprise=1&customerId=cust-owner", &["surprise"]),
    ("customerId=", &["customerId"]),
    ("customerId=a%20b", &["customerId"]),
    ("customerId=a&customerId=b", &["customerId"]),
    ("invoiceNumber=", &["invoiceNumber"]),
    ("invoiceNumber=a%20b", &["invoiceNumber"]),
    ("invoiceNumber=A&customerId=cust-owner", &["invoiceNumber"]),
    ("", &["invoiceNumber"]),
];

const LIST_QUERIES: &[(&str, &[&str])] = &[
    ("limit=0&customerId=cust-owner", &["limit"]),
    ("cursor=!&customerId=cust-owner", &["cursor"]),
    ("surprise=1&customerId=cust-owner", &["surprise"]),
    ("customerId=", &["customerId"]),
    ("customerId=a%20b", &["customerId"]),
    ("customerId=a&customerId=b", &["customerId"]),
    ("", &["customerId"]),
];

const CANCEL_QUERIES: &[(&str, &[&str])] = &[
    ("at=", &["at"]),
    ("at=later", &["at"]),
    ("at=now&at=period_end", &["at"]),
    // A slip of the pen must not end at once what was to run out.
    ("At=period_end", &["query"]),
    ("at=period_end&surprise=1", &["query"]),
];

/// An id in the right form that nothing has.
const NOBODYS: &str = "01JD0000000000000000000000";

/// Ids for one place in a path: in the right form, and in all kinds of wrong ones.
fn absent(prefix: &str, path: impl Fn(&str) -> String) -> Vec<String> {
    let ids = [
        format!("{prefix}{NOBODYS}"),
        format!("{prefix}{}", NOBODYS.to_lowercase()),
        format!("{prefix}{NOBODYS}0"),
        format!("{prefix}81JD0000000000000000000000"),
        NOBODYS.to_owned(),
        "x".to_owned(),
        "%00".to_owned(),
        "..%2F..%2Fv1".to_owned(),
        "%F0%9F%92%B8".to_owned(),
        "a".repeat(2000),
    ];
    ids.iter().map(|id| path(id)).collect()
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn row(route: &RouteName, things: &Possessions) -> Row {
    let Possessions {
        binding,
        payment,
        refund,
        wallet,
        subscription,
        ..
    } = things;
    let plain = |path: String, body, absent_code| Row {
        path,
        body,
        stranger: (404, absent_code),
        absent: Vec::new(),
        absent_code,
        queries: &[],
    };
    let no_binding = "binding_not_found";
    let no_payment = "payment_not_found";
    let no_card = "card_not_found";
    let no_subscription = "subscription_not_found";
    let of_subscription = |tail: &str, body| Row {
        absent: absent("sub_", |id| format!("/v1/subscriptions/{id}{tail}")),
        ..plain(
            format!("/v1/subscriptions/{subscription}{tail}"),
            body,
            no_subscription,
        )
    };
    match (route.method.as_str(), route.path.as_str()) {
        ("POST", "/v1/bindings") => Row {
            // Not a thing of somebody's but a wish on behalf of somebody: there is nothing to hide.
            stranger: (403, "forbidden"),
            ..plain(
                "/v1/bindings".into(),
                Some(json!({
                    "customer": {"id": "cust-owner", "phone": "6281234567890"},
                    "channel": crate::support::CHANNEL,
                    "returnUrl": "https://shop.example/linked",
                })),
                no_binding,
            )
        },
        ("GET" | "DELETE", "/v1/bindings/{bindingId}") => Row {
            absent: absent("bnd_", |id| format!("/v1/bindings/{id}")),
            ..plain(format!("/v1/bindings/{binding}"), None, no_binding)
        },
        ("POST", "/v1/bindings/{bindingId}/otp") => Row {
            absent: absent("bnd_", |id| format!("/v1/bindings/{id}/otp")),
            ..plain(
                format!("/v1/bindings/{binding}/otp"),
                Some(json!({"otp": RIGHT_OTP})),
                no_binding,
            )
        },
        ("GET", "/v1/bindings/{bindingId}/balance") => Row {
            absent: absent("bnd_", |id| format!("/v1/bindings/{id}/balance")),
            ..plain(format!("/v1/bindings/{binding}/balance"), None, no_binding)
        },
        ("GET", "/v1/customers/{customerId}/bindings") => Row {
            absent: ["a%20b", "%2F", &"c".repeat(65)]
                .map(|id| format!("/v1/customers/{id}/bindings"))
                .into(),
            queries: PAGE_QUERIES,
            ..plain("/v1/customers/cust-owner/bindings".into(), None, no_binding)
        },
        ("GET", "/v1/channels") => Row {
            // Nobody's thing, and the same for all.
            stranger: (200, ""),
            queries: PAGE_QUERIES,
            ..plain("/v1/channels".into(), None, "not_found")
        },
        ("GET", "/v1/customers/{customerId}/cards") => Row {
            absent: ["a%20b", "%2F", &"c".repeat(65)]
                .map(|id| format!("/v1/customers/{id}/cards"))
                .into(),
            queries: PAGE_QUERIES,
            ..plain("/v1/customers/cust-owner/cards".into(), None, no_card)
        },
        ("DELETE", "/v1/customers/{customerId}/cards/{tokenId}") => Row {
            // DOKU is asked for those in the right form.
            absent: ["a%20b", "%00", "..%2F..%2Fv1", &"t".repeat(65)]
                .map(|id| format!("/v1/customers/cust-owner/cards/{id}"))
                .into(),
            ..plain(
                format!("/v1/customers/cust-owner/cards/{NOBODYS}"),
                None,
                no_card,
            )
        },
        ("POST", "/v1/payments") => plain(
            "/v1/payments".into(),
            Some(json!({
                "invoiceNumber": fresh("AUTH"),
                "amount": idr(1_000),
                "method": {"type": "direct_debit", "bindingId": binding},
                "returnUrl": "https://shop.example/paid",
            })),
            no_binding,
        ),
        ("GET", "/v1/payments") => Row {
            queries: FIND_QUERIES,
            ..plain(
                "/v1/payments?customerId=cust-owner".into(),
                None,
                no_payment,
            )
        },
        ("GET", "/v1/payments/{paymentId}") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}")),
            ..plain(format!("/v1/payments/{payment}"), None, no_payment)
        },
        ("GET", "/v1/payments/{paymentId}/events") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/events")),
            queries: PAGE_QUERIES,
            ..plain(format!("/v1/payments/{payment}/events"), None, no_payment)
        },
        ("POST", "/v1/payments/{paymentId}/otp") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/otp")),
            ..plain(
                format!("/v1/payments/{payment}/otp"),
                Some(json!({"otp": RIGHT_OTP})),
                no_payment,
            )
        },
        ("POST", "/v1/payments/{paymentId}/capture") => Row {
            stranger: (403, "merchant_only"),
            absent: absent("pay_", |id| format!("/v1/payments/{id}/capture")),
            ..plain(
                format!("/v1/payments/{payment}/capture"),
                Some(json!({"amount": idr(1)})),
                no_payment,
            )
        },
        ("POST", "/v1/payments/{paymentId}/refunds") => Row {
            // A customer's app learns that it may never do this, and nothing about the payment.
            stranger: (403, "merchant_only"),
            absent: absent("pay_", |id| format!("/v1/payments/{id}/refunds")),
            ..plain(
                format!("/v1/payments/{payment}/refunds"),
                Some(json!({"amount": idr(1)})),
                no_payment,
            )
        },
        ("GET", "/v1/payments/{paymentId}/refunds") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/refunds")),
            queries: PAGE_QUERIES,
            ..plain(format!("/v1/payments/{payment}/refunds"), None, no_payment)
        },
        ("GET", "/v1/payments/{paymentId}/refunds/{refundId}") => Row {
            absent: absent("pay_", |id| format!("/v1/payments/{id}/refunds/{refund}")),
            ..plain(
                format!("/v1/payments/{payment}/refunds/{refund}"),
                None,
                no_payment,
            )
        },
        ("POST", "/v1/subscriptions") => Row {
            // What a customer is charged is never the customer's app's to say.
            stranger: (403, "merchant_only"),
            ..plain(
                "/v1/subscriptions".into(),
                Some(json!({
                    "customerId": "cust-owner",
                    "amount": idr(1_000),
                    "method": {"type": "direct_debit", "bindingId": wallet},
                    "interval": {"unit": "month"},
                    "startDate": "2096-01-31",
                })),
                no_binding,
            )
        },
        ("GET", "/v1/subscriptions") => Row {
            queries: LIST_QUERIES,
            ..plain(
                "/v1/subscriptions?customerId=cust-owner".into(),
                None,
                no_subscription,
            )
        },
        ("GET", "/v1/subscriptions/{subscriptionId}") => of_subscription("", None),
        ("PATCH", "/v1/subscriptions/{subscriptionId}") => Row {
            stranger: (403, "merchant_only"),
            ..of_subscription("", Some(json!({"description": "Vitamins"})))
        },
        ("DELETE", "/v1/subscriptions/{subscriptionId}") => Row {
            stranger: (403, "merchant_only"),
            queries: CANCEL_QUERIES,
            ..of_subscription("", None)
        },
        ("GET", "/v1/subscriptions/{subscriptionId}/charges") => Row {
            queries: PAGE_QUERIES,
            ..of_subscription("/charges", None)
        },
        ("GET", "/v1/subscriptions/{subscriptionId}/events") => Row {
            queries: PAGE_QUERIES,
            ..of_subscription("/events", None)
        },
        _ => panic!("{route} has no row in this table"),
    }
}

/// Routes of DOKU's and of browsers; everything else wants a token.
fn is_public(route: &RouteName) -> bool {
    matches!(
        route.path.as_str(),
        "/v1/bindings/{bindingId}/return/{outcome}"
            | "/v1.0/access-token/b2b"
            | "/v1.0/debit/notify"
            | "/v1/doku/notifications"
    )
}

async fn call(caller: &Caller, route: &RouteName, path: &str, row: &Row) -> Answer {
    let method: Method = route.method.parse().unwrap();
    let body = row.body.as_ref().map(Value::to_string);
    let key = (method != Method::GET).then(|| fresh("auth"));
    caller.send(method, path, key.as_deref(), body).await
}

async fn furnished() -> (Shop, Possessions) {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-owner").await;
    let payment = shop.pay(&binding, 50_000).await;
    shop.confirm(&payment.id).await;
    shop.wait_until_paid(&payment.id).await;
    let refund = shop.refund(&payment.id, 1_000).await;
    let wallet = shop.link_wallet("cust-owner").await;
    let body = shop.subscription_body("cust-owner", &wallet);
    let subscription = shop.merchant.post("/v1/subscriptions", &body).await;
    let things = Possessions {
        subscription: subscription.expect(201).word("subscriptionId"),
        wallet,
        refund: refund.expect(201).word("refundId"),
        invoice: payment.body["invoiceNumber"].as_str().unwrap().to_owned(),
        payment: payment.id,
        binding,
    };
    (shop, things)
}

fn guarded() -> Vec<(RouteName, Described, String)> {
    let described: BTreeMap<_, _> = routes::described();
    let guarded = described.into_iter().filter(|(route, _)| !is_public(route));
    guarded
        .map(|(route, described)| {
            let scopes = described.scopes.clone();
            let scope = scopes.unwrap_or_default().pop();
            assert!(scope.is_some(), "{route} wants no scope");
            (route, described, scope.unwrap_or_default())
        })
        .collect()
}

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
            ("DELETE", "/v1/bindings/{bindingId}") => format!("/v1/bindings/bnd_{NOBODYS}"),
            ("DELETE", "/v1/subscriptions/{subscriptionId}") => {
                format!("/v1/subscriptions/sub_{NOBODYS}")
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
            format!("/v1/bindings/bnd_{NOBODYS}"),
        ),
        (
            format!("/v1/payments/{}", things.payment),
            format!("/v1/payments/pay_{NOBODYS}"),
        ),
        (
            format!("/v1/payments/{}/events", things.payment),
            format!("/v1/payments/pay_{NOBODYS}/events"),
        ),
        (
            format!("/v1/payments/{}/refunds/{}", things.payment, things.refund),
            format!("/v1/payments/pay_{NOBODYS}/refunds/{}", things.refund),
        ),
        (
            format!("/v1/payments?invoiceNumber={}", things.invoice),
            "/v1/payments?invoiceNumber=NOBODYS".to_owned(),
        ),
        (
            "/v1/customers/cust-owner/cards".to_owned(),
            "/v1/customers/cust-nobody/cards".to_owned(),
        ),
        (
            format!("/v1/subscriptions/{}", things.subscription),
            format!("/v1/subscriptions/sub_{NOBODYS}"),
        ),
        (
            format!("/v1/subscriptions/{}/charges", things.subscription),
            format!("/v1/subscriptions/sub_{NOBODYS}/charges"),
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
        (&things.payment, format!("rfn_{NOBODYS}")),
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
        for path in [route.filled("x"), route.filled(NOBODYS)] {
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
