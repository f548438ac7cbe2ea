//! Every route by every kind of caller: each cell is asserted, and the whole is printed as a table.

use std::fmt::Write as _;

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::rows::{ALL_SCOPES, Row, UNKNOWN_ID, call, furnished, guarded, row};
use crate::support::routes::RouteName;
use crate::support::{Answer, Caller, MERCHANT_SCOPE, Shop, fresh};

/// Every route that wants a token, its scope, and whether a customer's app may use it for its own customer.
const ROUTES: [(&str, &str, bool); 26] = [
    ("DELETE /v1/bindings/{bindingId}", "bindings:write", true),
    (
        "DELETE /v1/customers/{customerId}/cards/{tokenId}",
        "bindings:write",
        true,
    ),
    (
        "DELETE /v1/subscriptions/{subscriptionId}",
        "subscriptions:write",
        false,
    ),
    ("GET /v1/bindings/{bindingId}", "bindings:read", true),
    (
        "GET /v1/bindings/{bindingId}/balance",
        "bindings:read",
        true,
    ),
    ("GET /v1/channels", "payments:read", true),
    (
        "GET /v1/customers/{customerId}/bindings",
        "bindings:read",
        true,
    ),
    (
        "GET /v1/customers/{customerId}/cards",
        "bindings:read",
        true,
    ),
    ("GET /v1/payments", "payments:read", true),
    ("GET /v1/payments/{paymentId}", "payments:read", true),
    ("GET /v1/payments/{paymentId}/events", "payments:read", true),
    (
        "GET /v1/payments/{paymentId}/refunds",
        "payments:read",
        true,
    ),
    (
        "GET /v1/payments/{paymentId}/refunds/{refundId}",
        "payments:read",
        true,
    ),
    ("GET /v1/subscriptions", "subscriptions:read", true),
    (
        "GET /v1/subscriptions/{subscriptionId}",
        "subscriptions:read",
        true,
    ),
    (
        "GET /v1/subscriptions/{subscriptionId}/charges",
        "subscriptions:read",
        true,
    ),
    (
        "GET /v1/subscriptions/{subscriptionId}/events",
        "subscriptions:read",
        true,
    ),
    (
        "PATCH /v1/subscriptions/{subscriptionId}",
        "subscriptions:write",
        false,
    ),
    ("POST /v1/bindings", "bindings:write", true),
    (
        "POST /v1/bindings/{bindingId}/confirm",
        "bindings:write",
        true,
    ),
    ("POST /v1/bindings/{bindingId}/otp", "bindings:write", true),
    ("POST /v1/payments", "payments:write", false),
    (
        "POST /v1/payments/{paymentId}/capture",
        "captures:write",
        false,
    ),
    ("POST /v1/payments/{paymentId}/otp", "payments:write", true),
    (
        "POST /v1/payments/{paymentId}/refunds",
        "refunds:write",
        false,
    ),
    ("POST /v1/subscriptions", "subscriptions:write", false),
];

/// Issuers that other APIs trust.
const FOREIGN_ISSUERS: [(&str, &str); 5] = [
    ("Okta", "https://other.okta.com/oauth2/default"),
    (
        "Entra ID",
        "https://login.microsoftonline.com/7d6f0b5e-0000-4000-8000-000000000001/v2.0",
    ),
    ("Auth0", "https://other.eu.auth0.com/"),
    ("Keycloak", "https://id.other.example/realms/other"),
    (
        "Cognito",
        "https://cognito-idp.ap-southeast-3.amazonaws.com/ap-southeast-3_Other",
    ),
];

/// What a caller meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meets {
    /// It may call the route for the owner's things: its request is read.
    LetIn,
    /// Let in where a customer's app may be, else 403 `merchant_only`.
    ForCustomers,
    /// What the row says of another customer's app.
    Stranger,
    /// Refused with this status; with a code where the function refuses, and not the gateway.
    Refused(u16, Option<&'static str>),
}

use Meets::{ForCustomers, LetIn, Refused, Stranger};

const NO_MARK: Meets = Refused(403, Some("missing_mark"));
const NO_SCOPE: Meets = Refused(403, Some("missing_scope"));
const NO_CUSTOMER: Meets = Refused(403, Some("forbidden"));

/// The scopes but one.
fn without(scope: &str) -> String {
    let rest = ALL_SCOPES.split_ascii_whitespace();
    let rest: Vec<_> = rest.filter(|other| *other != scope).collect();
    rest.join(" ")
}

/// Every kind of caller, and what it meets at a route of that scope.
fn callers(shop: &Shop, scope: &str) -> Vec<(String, Caller, Meets)> {
    let everything = format!("{MERCHANT_SCOPE} {ALL_SCOPES}");
    let holder = |claims: Value| {
        let mut all = Map::from_iter([("sub".to_owned(), json!("holder"))]);
        all.extend(claims.as_object().unwrap().clone());
        shop.holder(&Value::Object(all))
    };
    let marked =
        |customer: Value, scopes: &str| holder(json!({"customer_id": customer, "scope": scopes}));
    let foreign: Vec<_> = everything
        .split(' ')
        .map(|s| format!("orders/{s}"))
        .collect();
    let foreign = foreign.join(" ");
    let mut callers: Vec<(String, Caller, Meets)> = [
        ("merchant", holder(json!({"scope": everything})), LetIn),
        (
            "customer",
            marked(json!("cust-owner"), ALL_SCOPES),
            ForCustomers,
        ),
        (
            "another customer",
            marked(json!("cust-stranger"), ALL_SCOPES),
            Stranger,
        ),
        (
            "both marks",
            marked(json!("cust-owner"), &everything),
            ForCustomers,
        ),
        (
            "both marks, another customer",
            marked(json!("cust-stranger"), &everything),
            Stranger,
        ),
        (
            "shopper without claim",
            holder(json!({"scope": ALL_SCOPES})),
            NO_MARK,
        ),
        (
            "shopper whose claim is null",
            marked(Value::Null, ALL_SCOPES),
            NO_MARK,
        ),
        (
            "wrong claim",
            holder(
                json!({"https://claims.example/customer_id": "cust-owner", "scope": ALL_SCOPES}),
            ),
            NO_MARK,
        ),
        ("empty claim", marked(json!(""), &everything), NO_CUSTOMER),
        (
            "claim of no id",
            marked(json!("a b"), &everything),
            NO_CUSTOMER,
        ),
        (
            "claim of several ids",
            marked(json!(["cust-owner", "cust-stranger"]), &everything),
            NO_CUSTOMER,
        ),
        (
            "another API's scopes",
            holder(json!({"scope": foreign})),
            NO_MARK,
        ),
        (
            "customer, another API's scopes",
            marked(json!("cust-owner"), &foreign),
            NO_SCOPE,
        ),
    ]
    .map(|(who, caller, meets)| (who.to_owned(), caller, meets))
    .into();
    callers.extend(without_one_scope(shop, scope));
    for (name, issuer) in FOREIGN_ISSUERS {
        let caller = holder(json!({"iss": issuer, "scope": everything}));
        callers.push((
            format!("issuer of another's: {name}"),
            caller,
            Refused(401, None),
        ));
    }
    callers
}

/// The merchant and the customer, each without one of the scopes: only the route's own is missed.
fn without_one_scope(shop: &Shop, scope: &str) -> Vec<(String, Caller, Meets)> {
    let mut callers = Vec::new();
    let scopes = ALL_SCOPES.split_ascii_whitespace();
    for missing in std::iter::once(MERCHANT_SCOPE).chain(scopes) {
        let (kept, meets) = match missing {
            MERCHANT_SCOPE => (ALL_SCOPES.to_owned(), NO_MARK),
            missing if missing == scope => (without(missing), NO_SCOPE),
            missing => (without(missing), LetIn),
        };
        let mark = if missing == MERCHANT_SCOPE {
            ""
        } else {
            MERCHANT_SCOPE
        };
        let claims = json!({"sub": "backend", "scope": format!("{mark} {kept}")});
        callers.push((
            format!("merchant without {missing}"),
            shop.holder(&claims),
            meets,
        ));
        if missing != MERCHANT_SCOPE {
            let meets = if missing == scope {
                NO_SCOPE
            } else {
                ForCustomers
            };
            let claims = json!({"sub": "app", "customer_id": "cust-owner", "scope": kept});
            callers.push((
                format!("customer without {missing}"),
                shop.holder(&claims),
                meets,
            ));
        }
    }
    callers
}

/// Sends what is refused for its content once the caller is let in, so that nothing happens. Reads read.
async fn attempt(caller: &Caller, route: &RouteName, row: &Row) -> Answer {
    let method: Method = route.method.parse().unwrap();
    let key = (method != Method::GET).then(|| fresh("table"));
    let (path, body) = match (route.method.as_str(), route.path.as_str()) {
        ("DELETE", "/v1/bindings/{bindingId}") => (format!("/v1/bindings/bnd_{UNKNOWN_ID}"), None),
        ("DELETE", "/v1/subscriptions/{subscriptionId}") => {
            (format!("/v1/subscriptions/sub_{UNKNOWN_ID}"), None)
        }
        ("GET" | "DELETE", _) => (row.path.clone(), None),
        _ => (row.path.clone(), Some(json!({"surprise": 1}).to_string())),
    };
    caller.send(method, &path, key.as_deref(), body).await
}

/// The answer to a caller that is let in.
fn inside(route: &RouteName, row: &Row) -> (u16, Option<&'static str>) {
    match route.method.as_str() {
        // The owner's bank does not offer it; a caller without the right would not get that far.
        "GET" if route.path.ends_with("/balance") => (400, Some("operation_not_supported")),
        "GET" => (200, None),
        "DELETE" => (404, Some(row.absent_code)),
        _ => (400, Some("invalid_request")),
    }
}

/// One cell: what came, if it is what had to come.
async fn cell(
    caller: &Caller,
    route: &RouteName,
    row: &Row,
    meets: Meets,
    for_customers: bool,
) -> Result<String, String> {
    let (answer, (status, code)) = match meets {
        LetIn => (attempt(caller, route, row).await, inside(route, row)),
        ForCustomers if for_customers => (attempt(caller, route, row).await, inside(route, row)),
        ForCustomers => {
            let answer = call(caller, route, &row.path, row).await;
            (answer, (403, Some("merchant_only")))
        }
        Stranger => {
            let (status, code) = row.stranger;
            let answer = call(caller, route, &row.path, row).await;
            (answer, (status, Some(code).filter(|code| !code.is_empty())))
        }
        Refused(status, code) => (call(caller, route, &row.path, row).await, (status, code)),
    };
    let came = answer.body["code"].as_str();
    let text = format!("{} {}", answer.status, came.unwrap_or_default());
    let text = text.trim().to_owned();
    if answer.status == status && came == code {
        return Ok(text);
    }
    let wanted = code.unwrap_or_default();
    Err(format!(
        "{text} instead of {status} {wanted}: {}",
        answer.text
    ))
}

#[tokio::test]
async fn every_route_by_every_kind_of_caller() {
    let (shop, things) = furnished().await;
    let guarded = guarded();
    let names: Vec<_> = guarded
        .iter()
        .map(|(route, ..)| route.to_string())
        .collect();
    let listed: Vec<_> = ROUTES
        .iter()
        .map(|(route, ..)| (*route).to_owned())
        .collect();
    let missing: Vec<_> = names.iter().filter(|name| !listed.contains(name)).collect();
    assert!(missing.is_empty(), "not in this table: {missing:?}");
    assert_eq!(names.len(), listed.len());

    let mut table = String::new();
    let mut wrong = Vec::new();
    let mut cells = 0;
    for (route, described, scope) in &guarded {
        let (name, wanted, for_customers) = ROUTES
            .iter()
            .find(|(name, ..)| *name == route.to_string())
            .unwrap();
        assert_eq!(scope, wanted, "{name}");
        let row = row(route, &things);
        writeln!(table, "\n| {name} | {scope} |\n| --- | --- |").unwrap();
        for (who, caller, meets) in callers(&shop, scope) {
            cells += 1;
            match cell(&caller, route, &row, meets, *for_customers).await {
                Ok(text) => {
                    let status = text[..3].parse().unwrap();
                    assert!(described.statuses.contains(&status), "{name}: {status}");
                    writeln!(table, "| {who} | {text} |").unwrap();
                }
                Err(text) => {
                    writeln!(table, "| {who} | **{text}** |").unwrap();
                    wrong.push(format!("{name}, {who}: {text}"));
                }
            }
        }
    }
    println!("{table}\n{cells} cells, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_refusal_says_which_mark_or_scope_is_missing() {
    let shop = Shop::open_with(|options| {
        let named = [
            ("MerchantScope", "backend"),
            ("CustomerClaim", "https://claims.example/id"),
        ];
        let named = named.map(|(name, value)| (name.to_owned(), value.to_owned()));
        options.parameters.extend(named);
    })
    .await;
    let ask = async |claims: Value| shop.holder(&claims).get("/v1/payments?customerId=c").await;
    let unmarked = ask(json!({"sub": "x", "scope": "merchant payments:read", "customer_id": "c"}));
    let unmarked = unmarked.await;
    unmarked.expect_problem(403, "missing_mark");
    let detail = unmarked.word("detail");
    for mark in ["scope backend", "claim https://claims.example/id"] {
        assert!(detail.contains(mark), "{mark}: {detail}");
    }
    let merchant = ask(json!({"sub": "x", "scope": "backend payments:read"})).await;
    merchant.expect(200);
    let customer = json!({"sub": "x", "scope": "payments:read", "https://claims.example/id": "c"});
    ask(customer).await.expect(200);
    let no_scope = ask(json!({"sub": "x", "scope": "backend"})).await;
    no_scope.expect_problem(403, "missing_scope");
    assert!(no_scope.word("detail").contains("payments:read"));
    let no_id = ask(json!({"sub": "x", "scope": "backend", "https://claims.example/id": ""})).await;
    no_id.expect_problem(403, "forbidden");
    assert!(no_id.word("detail").contains("https://claims.example/id"));
}
