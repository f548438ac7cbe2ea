//! What the template gives to the functions and to the stack's own client, so that callers are told apart.

use std::collections::{BTreeSet, HashMap};

use local::Options;
use local::template::{Authorization, Node, Template};

const CUSTOM: [(&str, &str); 5] = [
    ("JwtIssuer", "https://id.shop.example/realms/shop"),
    ("MerchantScope", "backend"),
    ("CustomerClaim", "https://claims.example/id"),
    ("ScopePrefix", "api://pay/"),
    ("CustomersMayPay", "true"),
];

#[test]
fn every_function_behind_a_token_gets_the_marks() {
    let template = Template::read(&Options::default().template).unwrap();
    let custom = CUSTOM.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let own_pool = ["merchant", "customer_id", "doku-lambda/"];
    let own_issuer = ["backend", "https://claims.example/id", "api://pay/"];
    for (parameters, marks, may_pay) in [
        (HashMap::new(), own_pool, "false"),
        (HashMap::from(custom), own_issuer, "true"),
    ] {
        let bundle = template.bundle(&parameters).unwrap();
        let mut checked = 0;
        for function in &bundle.functions {
            let open = |route: &local::template::Route| route.authorization == Authorization::None;
            if function.routes.iter().all(open) {
                continue;
            }
            let names = ["MERCHANT_SCOPE", "CUSTOMER_CLAIM", "SCOPE_PREFIX"];
            let got = names.map(|name| function.environment.get(name).map(String::as_str));
            assert_eq!(got, marks.map(Some), "{}", function.package);
            checked += 1;
        }
        assert_eq!(checked, 6, "functions behind a token");
        let pay = bundle.functions.iter().find(|it| it.package == "pay");
        assert_eq!(pay.unwrap().environment["CUSTOMERS_MAY_PAY"], may_pay);
    }
}

/// A text, a `!Ref` or a `!Sub` as it is written.
fn written(node: &Node) -> String {
    match node {
        Node::Call(name, argument) => format!("{name} {}", argument.as_text().unwrap_or_default()),
        other => other.as_text().unwrap_or_default(),
    }
}

fn listed(node: &Node, key: &str) -> Vec<Node> {
    match node.get(key) {
        Some(Node::List(items)) => items.clone(),
        _ => Vec::new(),
    }
}

#[test]
fn the_stacks_own_client_has_every_scope_and_the_merchants_mark() {
    let text = std::fs::read_to_string(Options::default().template).unwrap();
    let template = Node::parse(&text).unwrap();
    let properties = |resource: &str| {
        let path = ["Resources", resource, "Properties"];
        let found = path
            .iter()
            .fold(&template, |node, key| node.get(key).unwrap());
        found.clone()
    };
    let server = listed(&properties("ResourceServer"), "Scopes");
    let offered: BTreeSet<_> = server
        .iter()
        .map(|scope| written(scope.get("ScopeName").unwrap()))
        .collect();
    let client = listed(&properties("UserPoolClient"), "AllowedOAuthScopes");
    let granted: BTreeSet<_> = client
        .iter()
        .map(|scope| match written(scope).as_str() {
            "Sub doku-lambda/${MerchantScope}" => "Ref MerchantScope".to_owned(),
            text => text.strip_prefix("doku-lambda/").unwrap().to_owned(),
        })
        .collect();
    assert!(granted.contains("Ref MerchantScope"), "{granted:?}");
    for scope in super::ALL_SCOPES.split_ascii_whitespace() {
        assert!(granted.contains(scope), "{scope}");
    }
    assert_eq!(
        granted, offered,
        "the client has what the resource server offers"
    );
}
