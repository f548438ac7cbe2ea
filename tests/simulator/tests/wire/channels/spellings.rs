//! The same call as DOKU's libraries and samples spell it: escapes in the body that are not signed, the scheme of a
//! token in lower case. Taken, and refused where DOKU is read strictly.

use serde_json::{Value, json};

use super::scene::{CIMB, Op};
use super::{bodies, scene::Linked};
use crate::client::{self, BINDING, Draft};
use crate::world::World;

/// A registration with an address and a name that libraries escape.
fn binding(world: &World) -> Draft {
    let mut body = client::binding("cust-001");
    body["additionalInfo"]["customerName"] = json!("Ayu Müller");
    body["additionalInfo"]["successRegistrationUrl"] =
        json!("https://merchant.example.com/bind/ok?a=1&b=2");
    world.draft(BINDING, &body, None)
}

type Escape = fn(&str) -> String;

/// Which library, and what it makes of the body that it has signed.
const ESCAPED: [(&str, Escape); 4] = [
    ("PHP: slashes", |body| body.replace('/', r"\/")),
    ("PHP: slashes and letters", |body| {
        body.replace('/', r"\/").replace('ü', r"\u00fc")
    }),
    ("Java: what HTML would read", |body| {
        body.replace('=', r"\u003d").replace('&', r"\u0026")
    }),
    ("Java, with spaces", |body| {
        body.replace('=', r"\u003d").replace("\":", "\": ")
    }),
];

#[tokio::test]
async fn a_body_may_hold_escapes_that_are_not_signed() {
    let world = World::start().await;
    for (why, escape) in ESCAPED {
        for (strict, code) in [(true, "4010700"), (false, "2000700")] {
            let setting = json!({"signatureOfBodyAsSent": strict});
            world.admin("/admin/settings", &setting).await;
            let mut draft = binding(&world);
            draft.body = escape(&draft.body);
            let answer = world.send(&draft).await.unwrap();
            assert_eq!(answer.code(), code, "{why}, strict {strict}: {answer:?}");
            let mut draft = binding(&world);
            draft.body = escape(&draft.body);
            draft.sign();
            let answer = world.send(&draft).await.unwrap();
            assert_eq!(
                answer.code(),
                "2000700",
                "{why}, signed as sent: {answer:?}"
            );
        }
    }
}

#[tokio::test]
async fn another_body_has_another_signature_however_it_is_escaped() {
    let world = World::start().await;
    let changes: [(&str, Escape); 3] = [
        ("another customer", |body| {
            body.replace("cust-001", "cust-002")
        }),
        ("a member more", |body| {
            body.replacen('{', r#"{"unheardOf":"","#, 1)
        }),
        ("a member twice", |body| {
            body.replacen('{', r#"{"phoneNo":"6281200000001","#, 1)
        }),
    ];
    for (why, change) in changes {
        for escape in [|body: &str| body.to_owned(), ESCAPED[0].1, ESCAPED[2].1] {
            let mut draft = binding(&world);
            draft.body = escape(&change(&draft.body));
            let answer = world.send(&draft).await.unwrap();
            assert_eq!(answer.code(), "4010700", "{why}: {answer:?}");
        }
    }
}

/// DOKU's sample of a status check writes `bearer`. None of its libraries leaves the scheme of `Authorization` out.
#[tokio::test]
async fn the_scheme_of_a_token_may_be_in_any_case() {
    let world = World::start().await;
    let linked: Linked = world.link(CIMB, "siti").await;
    for (number, scheme) in ["bearer", "BEARER"].into_iter().enumerate() {
        for (header, code) in [
            ("Authorization", "4015401"),
            ("Authorization-customer", "4015402"),
        ] {
            for (strict, code) in [(true, code), (false, "2005400")] {
                let setting = json!({"bearerAsWritten": strict});
                let _: Value = world.admin("/admin/settings", &setting).await;
                let reference = format!("INV-{number}{}", header.len());
                let body = bodies::payment(CIMB, &reference, &linked);
                let mut draft = world.channel_draft(CIMB, Op::Payment, &body, &linked);
                let value = draft.headers[header].replace("Bearer", scheme);
                draft.set(header, &value);
                let answer = world.send(&draft).await.unwrap();
                assert_eq!(answer.code(), code, "{header} {scheme}: {answer:?}");
            }
        }
    }
}
