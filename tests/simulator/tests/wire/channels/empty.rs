//! What says nothing: as good as absent wherever it stands, and refused where DOKU's tables are read strictly.

use doku_simulator::channel::CHANNELS;
use serde_json::{Value, json};

use super::bodies;
use super::refusals::Scene;
use super::scene::{CIMB, DANA, FLAVOURS, Flavour, Form, Linked, OVO, Op, SHOPEE_PAY, reference};
use crate::client::{B2B, B2B2C, Draft};
use crate::world::World;

/// Values that say nothing, whatever they stand for.
fn nothing() -> [Value; 5] {
    [
        Value::Null,
        json!(""),
        json!([]),
        json!({}),
        json!({"value": "", "more": {}}),
    ]
}

/// Puts a member in, also null, and signs again.
fn put(draft: &mut Draft, pointer: &str, value: Value) {
    let mut body: Value = serde_json::from_str(&draft.body).unwrap();
    let mut names = pointer.trim_start_matches('/').split('/');
    let place = names.try_fold(&mut body, |place, name| Some(&mut place[name]));
    *place.unwrap() = value;
    draft.body = body.to_string();
    draft.sign();
}

fn holds(draft: &Draft, pointer: &str) -> bool {
    let body: Value = serde_json::from_str(&draft.body).unwrap();
    body.pointer(pointer).is_some()
}

async fn read_strictly(world: &World, strict: bool) {
    world
        .admin("/admin/settings", &json!({"refuseEmptyMembers": strict}))
        .await;
}

/// Which channel and operation, and the members that DOKU's library for Go adds to it: its request types have them for
/// other channels, without `omitempty`.
type Sent = (Flavour, Op, &'static [Member]);
type Member = (&'static str, fn() -> Value);

const SENT: &[Sent] = &[
    (CIMB, Op::Binding, DEVICE),
    (OVO, Op::Binding, DEVICE),
    (CIMB, Op::Payment, &[("/chargeToken", || json!(""))]),
    (OVO, Op::Payment, &[("/chargeToken", || json!(""))]),
    (
        DANA,
        Op::Payment,
        &[
            ("/additionalInfo/orderTitle", || json!("Order 1")),
            ("/additionalInfo/metadata", || json!("")),
            ("/additionalInfo/supportDeepLinkCheckoutUrl", || json!(true)),
        ],
    ),
    (
        SHOPEE_PAY,
        Op::Payment,
        &[
            ("/additionalInfo/orderTitle", || json!("")),
            ("/additionalInfo/metadata", || json!("Order 1")),
            (FLAG, || json!(false)),
        ],
    ),
    (SHOPEE_PAY, Op::Payment, &[(FLAG, || json!(false))]),
    (CIMB, Op::Status, &[("/amount", || json!({}))]),
    (DANA, Op::Status, &[("/amount", || json!({}))]),
];
const FLAG: &str = "/additionalInfo/supportDeepLinkCheckoutUrl";
const DEVICE: &[Member] = &[
    ("/additionalInfo/deviceModel", || json!("")),
    ("/additionalInfo/osType", || json!("")),
    ("/additionalInfo/channelId", || json!("")),
];

#[tokio::test]
async fn members_that_the_library_for_go_always_sends_are_taken() {
    let world = World::start().await;
    for (number, (flavour, op, members)) in SENT.iter().enumerate() {
        let scene = Scene::of(&world, *flavour, 100 + number).await;
        for (strict, case) in [(true, "400"), (false, "200")] {
            read_strictly(&world, strict).await;
            let mut draft = scene.right(&world, *op, 200 + 2 * number + usize::from(strict));
            for (pointer, value) in *members {
                put(&mut draft, pointer, value());
            }
            let answer = world.send(&draft).await.unwrap();
            let place = format!("strict {strict}: {} {}", draft.path, draft.body);
            assert_eq!(&answer.code()[..3], case, "{place}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn token_requests_may_hold_what_says_nothing() {
    let world = World::start().await;
    let (_, auth_code) = world.bound("cust-001").await;
    for (path, body, member, service) in [
        (
            B2B,
            json!({"grantType": "client_credentials"}),
            "additionalInfo",
            "73",
        ),
        (
            B2B2C,
            json!({"grantType": "authorization_code", "authCode": auth_code}),
            "refreshToken",
            "74",
        ),
        (
            B2B2C,
            json!({"grantType": "authorization_code", "authCode": auth_code}),
            "unheardOf",
            "74",
        ),
    ] {
        for value in nothing() {
            let mut body = body.clone();
            body[member] = value;
            for (strict, code) in [(true, "400"), (false, "200")] {
                read_strictly(&world, strict).await;
                let answer = world.token(path, &body).await;
                let case = if strict { "01" } else { "00" };
                let wanted = format!("{code}{service}{case}");
                assert_eq!(answer.code(), wanted, "strict {strict}: {body}: {answer:?}");
            }
        }
    }
    let mut body = json!({"grantType": "authorization_code", "authCode": auth_code});
    body["refreshToken"] = json!("x");
    let answer = world.token(B2B2C, &body).await;
    assert_eq!(
        answer.code(),
        "4007401",
        "what says something is told apart"
    );
}

#[tokio::test]
async fn a_member_that_nobody_knows_may_say_nothing_in_every_operation() {
    let lenient = World::start().await;
    let strict = World::start_strict().await;
    let mut rows = 0;
    for (number, flavour) in FLAVOURS.into_iter().enumerate() {
        read_strictly(&strict, false).await;
        let easy = Scene::of(&lenient, flavour, number).await;
        let hard = Scene::of(&strict, flavour, number).await;
        read_strictly(&strict, true).await;
        // Without a known table any member with a value passes.
        let unread = !flavour.is_core() || flavour.form == Form::Mandiri;
        let flag = (!unread).then_some(Value::Bool(false));
        for op in flavour.ops() {
            for value in nothing().into_iter().chain(flag.clone()) {
                for at in ["/unheardOf", "/additionalInfo/unheardOf"] {
                    rows += 1;
                    let number = 100 + rows;
                    let mut draft = easy.right(&lenient, *op, number);
                    put(&mut draft, at, value.clone());
                    let answer = lenient.send(&draft).await.unwrap();
                    // The call before may have done already what this one asks for.
                    let refused = answer.code().starts_with("400");
                    assert!(!refused, "{} {}: {answer:?}", draft.path, draft.body);
                    let mut draft = hard.right(&strict, *op, number);
                    put(&mut draft, at, value.clone());
                    let answer = strict.send(&draft).await.unwrap();
                    let place = format!("{} {}: {answer:?}", draft.path, draft.body);
                    assert_eq!(answer.code(), format!("400{}01", op.service()), "{place}");
                    assert!(
                        answer.text("/responseMessage").contains("unheardOf"),
                        "{place}"
                    );
                }
            }
        }
    }
    assert!(rows > 700, "{rows}");
}

#[tokio::test]
async fn an_optional_field_may_say_nothing_in_every_operation() {
    let world = World::start().await;
    let mut rows = 0;
    for (number, flavour) in FLAVOURS
        .into_iter()
        .enumerate()
        .filter(|(_, f)| f.is_core())
    {
        let scene = Scene::of(&world, flavour, number).await;
        let channel = CHANNELS.iter().find(|known| known.code == flavour.code);
        let channel = channel.unwrap();
        for op in flavour.ops() {
            let mut offers = channel.versions[0].offers.iter().chain([&channel.status]);
            let operation = |path: &str| doku_simulator::operation::Operation::from_path(path);
            let wanted = operation(&flavour.path(*op)).unwrap();
            let offer = offers.find(|offer| offer.operation == wanted).unwrap();
            for field in offer
                .fields
                .iter()
                .copied()
                .flatten()
                .filter(|field| !field.mandatory)
            {
                let pointer = format!("/{}", field.name.replace('.', "/"));
                for value in nothing() {
                    let mut draft = scene.right(&world, *op, 1000 + rows);
                    if holds(&draft, &pointer) {
                        continue;
                    }
                    rows += 1;
                    put(&mut draft, &pointer, value);
                    let answer = world.send(&draft).await.unwrap();
                    let refused = answer.code().starts_with("400");
                    assert!(!refused, "{} {}: {answer:?}", draft.path, draft.body);
                }
            }
        }
    }
    assert!(rows > 300, "{rows}");
}

#[tokio::test]
async fn what_is_mandatory_is_missing_when_it_says_nothing() {
    let world = World::start().await;
    let linked = world.link(CIMB, "siti").await;
    for (pointer, told) in [
        ("/partnerReferenceNo", "partnerReferenceNo"),
        ("/amount", "amount"),
        ("/additionalInfo", "additionalInfo"),
        ("/additionalInfo/channel", "additionalInfo.channel"),
    ] {
        for value in nothing() {
            let body = bodies::payment(CIMB, &reference(CIMB, 1), &linked);
            let mut draft = world.channel_draft(CIMB, Op::Payment, &body, &linked);
            put(&mut draft, pointer, value);
            let answer = world.send(&draft).await.unwrap();
            let place = format!("{}: {answer:?}", draft.body);
            assert_eq!(answer.code(), "4005402", "{place}");
            assert!(answer.text("/responseMessage").contains(told), "{place}");
        }
        let body = bodies::payment(CIMB, &reference(CIMB, 1), &Linked::default());
        let mut draft = world.channel_draft(CIMB, Op::Payment, &body, &linked);
        put(&mut draft, pointer, json!(false));
        assert_eq!(
            world.send(&draft).await.unwrap().code(),
            "4005401",
            "{pointer}"
        );
    }
}
