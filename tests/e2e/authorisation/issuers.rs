//! Tokens of the issuers that merchants use, each with the settings that the runbook names for it.
//!
//! A claim set is the payload of an access token as the issuer's documentation shows it, with names of our own. The
//! gateway in front passes it on as API Gateway does.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::{Answer, Shop};

/// An issuer each: `name`, the stack's `parameters` for it, and `tokens`, of which each has a `kind`, its `claims`, and
/// the `answers` to [`PROBES`] in their order.
const ISSUERS: [&str; 5] = [
    include_str!("tokens/okta.json"),
    include_str!("tokens/entra-id.json"),
    include_str!("tokens/auth0.json"),
    include_str!("tokens/keycloak.json"),
    include_str!("tokens/cognito.json"),
];

/// The requests that tell callers apart: their names, paths, and whether something is posted, which is
/// refused for its content once the caller is let in.
const PROBES: [(&str, &str, bool); 5] = [
    ("read own", "/v1/payments?customerId=cust-001", false),
    ("read other's", "/v1/payments?customerId=cust-002", false),
    ("pay", "/v1/payments", true),
    ("bind", "/v1/bindings", true),
    (
        "refund",
        "/v1/payments/pay_01JD0000000000000000000000/refunds",
        true,
    ),
];

async fn probe(shop: &Shop, claims: &Value, path: &str, posts: bool) -> String {
    let holder = shop.holder(claims);
    let answer: Answer = if posts {
        holder.post(path, &json!({"surprise": 1})).await
    } else {
        holder.get(path).await
    };
    let code = answer.body["code"].as_str().unwrap_or_default();
    format!("{} {code}", answer.status).trim().to_owned()
}

#[tokio::test]
async fn tokens_of_every_issuer_have_the_rights_that_they_say() {
    let names = PROBES.map(|(name, ..)| name).join(" | ");
    println!("| issuer | token | {names} |\n| --- | --- | --- | --- | --- | --- | --- |");
    let mut wrong = Vec::new();
    for text in ISSUERS {
        let issuer: Value = serde_json::from_str(text).unwrap();
        let parameters = issuer["parameters"].as_object().unwrap().iter();
        let parameters: HashMap<_, _> = parameters
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        let shop = Shop::open_new(|options| options.parameters.extend(parameters)).await;
        for token in issuer["tokens"].as_array().unwrap() {
            let mut came = Vec::new();
            for (_, path, posts) in PROBES {
                came.push(probe(&shop, &token["claims"], path, posts).await);
            }
            let (name, kind) = (&issuer["name"], &token["kind"]);
            println!("| {name} | {kind} | {} |", came.join(" | "));
            if json!(came) != token["answers"] {
                let wanted = &token["answers"];
                wrong.push(format!("{name}, {kind}: {came:?} instead of {wanted}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
