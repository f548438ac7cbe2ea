//! Answers in the shapes that DOKU's sources disagree about.

use serde_json::{Value, json};

use super::bodies;
use super::scene::{BRI, CIMB, Flavour, Linked, OLD_OVO, OVO, Op};
use crate::world::World;

/// The exact text of an answer, with its HTTP status.
async fn text(
    world: &World,
    flavour: Flavour,
    op: Op,
    body: &Value,
    linked: &Linked,
) -> (u16, String) {
    let draft = world.channel_draft(flavour, op, body, linked);
    let mut request = world.http.post(format!("{}{}", world.base(), draft.path));
    for (name, value) in &draft.headers {
        request = request.header(*name, value);
    }
    let response = request.body(draft.body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn settings_change_the_shapes() {
    let world = World::start().await;
    let none = Linked::default();
    let binding = bodies::registration(OVO, "cust1");
    // The settings, the HTTP status, what the text holds, whether authCode is text.
    let table = [
        (
            json!({"authCodeAsInteger": true}),
            200,
            "\"authCode\":",
            false,
        ),
        (json!({"authCodeAsFloat": true}), 200, "e+39", false),
        (
            json!({"responseCodeAsInteger": true}),
            200,
            "\"responseCode\":2000700",
            true,
        ),
        (
            json!({"bindingStatusAsAccountStatus": true}),
            200,
            "\"accountStatus\":\"PENDING\"",
            true,
        ),
        (
            json!({"successHttpStatus": 201}),
            201,
            "\"status\":\"PENDING\"",
            true,
        ),
    ];
    let usual = world.look("/admin/settings").await;
    for (settings, status, told, is_text) in table {
        world.admin("/admin/settings", &usual).await;
        world.admin("/admin/settings", &settings).await;
        let (seen, body) = text(&world, OVO, Op::Binding, &binding, &none).await;
        assert_eq!(seen, status, "{settings}");
        assert!(body.contains(told), "{settings}: {body}");
        assert_eq!(
            body.contains("\"authCode\":\""),
            is_text,
            "{settings}: {body}"
        );
    }
    world
        .admin("/admin/settings", &json!({"successHttpStatus": 200}))
        .await;
    let (seen, _) = text(
        &world,
        OLD_OVO,
        Op::Binding,
        &bodies::registration(OLD_OVO, "c"),
        &none,
    )
    .await;
    assert_eq!(seen, 200, "archived, as ordered");
}

#[tokio::test]
async fn times_and_codes_change_with_the_settings() {
    let world = World::start().await;
    let linked = world.link(CIMB, "cust1").await;
    let forms = [("wib", "+07:00"), ("zoneless", ".000"), ("utc", "Z")];
    for (number, (form, end)) in forms.into_iter().enumerate() {
        world
            .admin("/admin/settings", &json!({"times": form}))
            .await;
        let reference = format!("INV-{number}");
        let paid = world.confirmed(CIMB, &reference, &linked).await;
        let body = bodies::refund(CIMB, &paid, &format!("RFD-{number}"), &linked);
        let answer = world.channel_call(CIMB, Op::Refund, &body, &linked).await;
        assert!(answer.text("/refundTime").ends_with(end), "{answer:?}");
        let status = bodies::status(CIMB, &reference);
        let answer = world.channel_call(CIMB, Op::Status, &status, &linked).await;
        assert!(answer.text("/paidTime").ends_with(end), "{answer:?}");
        assert!(answer.text("/refundHistory/0/refundDate").ends_with(end));
    }
    world
        .admin("/admin/settings", &json!({"unbindingAsStandard": true}))
        .await;
    let body = bodies::unbinding(CIMB, &linked);
    let answer = world
        .channel_call(CIMB, Op::Unbinding, &body, &linked)
        .await;
    assert_eq!(answer.code(), "2000900");
}

#[tokio::test]
async fn a_registration_may_answer_without_tokens() {
    let world = World::start_strict().await;
    let none = Linked::default();
    let body = bodies::registration(BRI, "cust1");
    let answer = world.channel_call(BRI, Op::CardBinding, &body, &none).await;
    let lengths = [
        ("/bankCardToken", 128),
        ("/chargeToken", 32),
        ("/randomString", 32),
    ];
    for (member, most) in lengths {
        let length = answer.text(member).len();
        assert!((1..=most).contains(&length), "{member}: {length}");
    }
    let switch = json!({"cardRegistrationAnswersTokens": false, "demandsOfLibraries": false});
    world.admin("/admin/settings", &switch).await;
    let mut linked = world.link(BRI, "cust2").await;
    assert_eq!(linked.charge_token, "");
    world.waiting(BRI, "INV-0", &linked).await;
    linked.charge_token = "0123456789abcdef0123456789abcdef".to_owned();
    world.waiting(BRI, "INV-1", &linked).await;
}

#[tokio::test]
async fn an_order_alters_any_answer() {
    let world = World::start().await;
    let linked = world.link(CIMB, "cust1").await;
    let alter = |operation: &str, more: &Value| {
        let mut fault = json!({"operation": operation, "kind": "alter"});
        for (name, value) in more.as_object().unwrap() {
            fault[name] = value.clone();
        }
        fault
    };
    let digits = "2238261120001534401107183161486001168389";
    let more = json!({
        "httpStatus": 201,
        "set": {"additionalInfo": {"status": null, "accountStatus": "PENDING"}},
        "literals": {"authCode": digits, "responseCode": "2000700"},
    });
    world.fault(alter("binding", &more)).await;
    let body = bodies::registration(CIMB, "cust2");
    let (status, seen) = text(&world, CIMB, Op::Binding, &body, &linked).await;
    assert_eq!(status, 201);
    assert!(seen.contains(&format!("\"authCode\":{digits}")), "{seen}");
    assert!(seen.contains("\"responseCode\":2000700"), "{seen}");
    assert!(
        seen.contains("accountStatus") && !seen.contains("\"status\""),
        "{seen}"
    );

    let paid = world.confirmed(CIMB, "INV-1", &linked).await;
    let more = json!({"set": {"responseCode": 2_000_700, "refundTime": "2020-08-05T11:28:00.000"}});
    world.fault(alter("refund", &more)).await;
    let refund = bodies::refund(CIMB, &paid, "RFD-1", &linked);
    let answer = world.channel_call(CIMB, Op::Refund, &refund, &linked).await;
    assert_eq!(answer.body["responseCode"], 2_000_700);
    assert_eq!(answer.text("/refundTime"), "2020-08-05T11:28:00.000");
    let calls = world.look("/admin/calls").await;
    let last = calls.as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["accepted"], &last["responseCode"]),
        (&json!(true), &json!("2000700"))
    );
    assert_eq!(world.ledger().await["refunds"].as_array().unwrap().len(), 1);

    let (status, _) = world
        .try_admin(
            "/admin/faults",
            &alter("refund", &json!({"httpStatus": 99})),
        )
        .await;
    assert_eq!(status, 400);
}
