use super::*;

type Claims<'a> = &'a [(&'a str, &'a str)];

fn caller_with(claims: Claims<'_>, marks: &CallerSettings) -> Result<Caller, Problem> {
    let find = |name: &str| {
        let found = claims.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| *value)
    };
    Caller::from_claims(find, marks)
}

fn caller(claims: Claims<'_>) -> Result<Caller, ProblemCode> {
    caller_with(claims, &CallerSettings::default()).map_err(|problem| problem.code)
}

#[test]
fn the_merchant_is_marked_by_its_scope_and_acts_within_its_scopes() {
    let scopes = "merchant payments:write doku-lambda/payments:read other/refunds:write";
    let merchant = caller(&[("sub", "backend"), ("scope", scopes)]).unwrap();
    assert!(merchant.is_merchant() && merchant.require_merchant().is_ok());
    assert!(merchant.require("payments:write").is_ok());
    assert!(merchant.require("payments:read").is_ok());
    for scope in [
        "refunds:write",
        "payments",
        "",
        "payments:write payments:read",
    ] {
        let problem = merchant.require(scope).unwrap_err();
        assert_eq!(problem.code, ProblemCode::MissingScope);
        assert!(problem.detail.contains(scope), "{}", problem.detail);
    }
    let prefixed = [("sub", "backend"), ("scope", "doku-lambda/merchant")];
    assert!(caller(&prefixed).unwrap().is_merchant());
}

#[test]
fn a_customer_is_marked_by_its_claim() {
    let customer = caller(&[("sub", "app"), ("customer_id", "cust-001")]).unwrap();
    let actor = Actor::from(customer.clone());
    assert_eq!(actor.customer.unwrap().as_str(), "cust-001");
    let problem = customer.require_merchant().unwrap_err();
    assert_eq!(problem.code, ProblemCode::MerchantOnly);
    let cognito = caller(&[("sub", "app"), ("custom:customer_id", "cust-001")]).unwrap();
    assert_eq!(cognito.customer, customer.customer);
}

#[test]
fn both_marks_give_the_customers_rights_only() {
    let claims = [
        ("sub", "app"),
        ("customer_id", "cust-001"),
        ("scope", "merchant refunds:write"),
    ];
    let both = caller(&claims).unwrap();
    assert!(!both.is_merchant());
    let problem = both.require_merchant().unwrap_err();
    assert_eq!(problem.code, ProblemCode::MerchantOnly);
    assert!(problem.detail.contains("customer's rights only"));
}

#[test]
fn the_refusal_of_a_token_without_mark_names_both_marks() {
    for (why, claims) in [
        (
            "no claim at all",
            &[("sub", "a"), ("scope", "payments:read")][..],
        ),
        (
            "a claim of another name",
            &[
                ("sub", "a"),
                ("https://shop.example/customer_id", "c"),
                ("scope", "payments:read"),
            ],
        ),
        (
            "Cognito's own scope",
            &[("sub", "a"), ("scope", "aws.cognito.signin.user.admin")],
        ),
        (
            "the merchant's scope of another API",
            &[("sub", "a"), ("scope", "orders/merchant payments:read")],
        ),
        (
            "a scope that begins alike",
            &[("sub", "a"), ("scope", "merchant:read merchants")],
        ),
        ("no rights", &[("sub", "a")]),
    ] {
        let problem = caller_with(claims, &CallerSettings::default()).unwrap_err();
        assert_eq!(problem.code, ProblemCode::MissingMark, "{why}");
        let named = ["scope merchant", "claim customer_id"];
        assert!(
            named.iter().all(|mark| problem.detail.contains(mark)),
            "{why}"
        );
    }
}

#[test]
fn marks_have_the_names_that_are_set() {
    let marks = CallerSettings {
        merchant_scope: "backend".to_owned(),
        customer_claim: "https://shop.example/customer".to_owned(),
        scope_prefix: "api://pay/".to_owned(),
        customers_may_pay: false,
    };
    let with = |claims: Claims<'_>| caller_with(claims, &marks);
    let merchant = with(&[("sub", "m"), ("roles", "[api://pay/backend]")]).unwrap();
    assert!(merchant.is_merchant());
    let customer = with(&[
        ("sub", "c"),
        ("https://shop.example/customer", "cust-7"),
        ("scp", "backend payments:read"),
    ]);
    assert_eq!(customer.unwrap().customer.unwrap().as_str(), "cust-7");
    // The default names mean nothing any more.
    for claims in [
        &[("sub", "m"), ("scope", "merchant doku-lambda/backend")][..],
        &[("sub", "c"), ("customer_id", "cust-7")],
    ] {
        let problem = with(claims).unwrap_err();
        assert_eq!(problem.code, ProblemCode::MissingMark);
        assert!(problem.detail.contains("https://shop.example/customer"));
    }
}

#[test]
fn odd_claims_give_no_rights() {
    let unauthenticated = ProblemCode::Unauthenticated;
    let table: [(&str, Claims<'_>, ProblemCode); 4] = [
        ("no claims", &[], unauthenticated),
        ("an empty subject", &[("sub", "")], unauthenticated),
        ("a blank subject", &[("sub", "  ")], unauthenticated),
        ("scopes only", &[("scope", "merchant")], unauthenticated),
    ];
    for (why, claims, code) in table {
        assert_eq!(caller(claims).unwrap_err(), code, "{why}");
    }
    // The merchant's scope beside it changes nothing: what should mark a customer never marks the merchant.
    let long = "c".repeat(65);
    for odd in [
        "",
        " ",
        "cust#001",
        "cust 001",
        "null",
        "undefined",
        "None",
        "NULL",
        "NaN",
        "true",
        "<nil>",
        "[cust-001 cust-002]",
        "map[id:cust-001]",
        "cust-001\u{200b}",
        &long,
    ] {
        for name in ["customer_id", "custom:customer_id"] {
            let claims = [
                ("sub", "a"),
                ("scope", "merchant payments:read"),
                (name, odd),
            ];
            assert_eq!(
                caller(&claims).unwrap_err(),
                ProblemCode::Forbidden,
                "{odd}"
            );
        }
    }
    let two = [
        ("sub", "a"),
        ("customer_id", "cust-001"),
        ("custom:customer_id", "cust-002"),
    ];
    assert_eq!(caller(&two).unwrap_err(), ProblemCode::Forbidden);
    let one = [two[0], two[1], ("custom:customer_id", "cust-001")];
    assert!(caller(&one).is_ok());
}

#[test]
fn a_holder_without_sub_is_named_by_its_client() {
    for name in SUBJECT_CLAIMS {
        let claims = [(name, "m2m"), ("scope", "merchant")];
        assert_eq!(caller(&claims).unwrap().subject, "m2m", "{name}");
    }
    let both = [("client_id", "c"), ("sub", "s"), ("scope", "merchant")];
    assert_eq!(caller(&both).unwrap().subject, "s");
}

#[test]
fn claims_come_from_the_gateway_event() {
    let marks = CallerSettings::default();
    let event = r#"{"version":"2.0","routeKey":"$default","rawPath":"/v1/payments",
        "rawQueryString":"","headers":{},"isBase64Encoded":false,"requestContext":{
        "accountId":"1","apiId":"a","stage":"$default","requestId":"r","routeKey":"$default",
        "time":"20/Nov/2026:01:15:30 +0000","timeEpoch":1,
        "authorizer":{"jwt":{"claims":{"sub":"backend","scope":"merchant payments:read"},"scopes":null}},
        "http":{"method":"GET","path":"/v1/payments","protocol":"HTTP/1.1",
        "sourceIp":"127.0.0.1","userAgent":"t"}}}"#;
    let request = lambda_http::request::from_str(event).unwrap();
    let caller = Caller::from_request(&request, &marks).unwrap();
    assert_eq!(caller.subject, "backend");
    let anonymous = event.replace(r#""authorizer""#, r#""other""#);
    let request = lambda_http::request::from_str(&anonymous).unwrap();
    let problem = Caller::from_request(&request, &marks).unwrap_err();
    assert_eq!(problem.code, ProblemCode::Unauthenticated);
}
