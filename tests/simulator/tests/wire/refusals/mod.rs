//! Every refusal, table-driven: what was altered, and the code it must be answered with.

mod alterations;
mod fields;
mod headers;

use crate::client::{self, BINDING, Draft, OTP, PAYMENT, REFUND, STATUS};
use crate::world::World;

/// Sends a draft that must be refused with that code, its message holding `told`.
async fn refuses(world: &World, why: &str, draft: &Draft, code: &str, told: &str) {
    let answer = world.send(draft).await.unwrap();
    let path = &draft.path;
    assert_eq!(answer.code(), code, "{path}, {why}: {answer:?}");
    assert_eq!(answer.status.to_string(), code[..3], "{path}, {why}");
    let message = answer.text("/responseMessage");
    assert!(message.contains(told), "{path}, {why}: {message:?}");
}

#[tokio::test]
async fn a_call_with_one_thing_wrong_is_refused_by_its_code_and_changes_nothing() {
    let world = World::start_strict().await;
    let (token, _) = world.bound("cust-001").await;
    world.paid("INV-0001", &token).await;
    let mut before = world.ledger().await;

    let payment = || {
        world.draft(
            PAYMENT,
            &client::payment("INV-0002", "10000.00"),
            Some(&token),
        )
    };
    let binding = || world.draft(BINDING, &client::binding("cust-002"), None);
    let otp = || {
        world.draft(
            OTP,
            &client::otp("INV-0001", &token, "111000"),
            Some(&token),
        )
    };
    let refund = || {
        world.draft(
            REFUND,
            &client::refund("INV-0001", "RFD-0001", "1.00"),
            Some(&token),
        )
    };
    let status = || world.draft(STATUS, &client::status("INV-0001"), None);

    let mut rows = headers::check(&world, payment).await;
    rows += alterations::check(&world, payment).await;
    rows += fields::check(&world, fields::PAYMENT, payment).await;
    rows += fields::check(&world, fields::BINDING, binding).await;
    rows += fields::check(&world, fields::OTP, otp).await;
    rows += fields::check(&world, fields::REFUND, refund).await;
    rows += fields::check(&world, fields::STATUS, status).await;
    assert_eq!(rows, 74);

    let mut after = world.ledger().await;
    let violations = after["violations"].take();
    assert_eq!(violations.as_array().unwrap().len(), 1, "{violations}");
    assert_eq!(violations[0]["kind"], "merchant_token_as_customer_token");
    before["violations"].take();
    assert_eq!(after, before, "a refused call changes nothing");
}

#[tokio::test]
async fn spaces_between_tokens_are_not_signed_and_spaces_inside_strings_are() {
    let world = World::start_strict().await;
    let (token, _) = world.bound("cust-001").await;
    let payment = client::payment("INV-1", "10000.00");
    let mut draft = world.draft(PAYMENT, &payment, Some(&token));
    draft.set("X-IP-ADDRESS", "192.0.2.100");
    draft.set("X-DEVICE-ID", "0123456789abcdef");

    let mut inside = draft.clone();
    inside.body = inside.body.replace("https:", "https :");
    refuses(&world, "inside", &inside, "4015400", "Signature").await;

    draft.body = draft.body.replace("\":", "\" :\r\n\t");
    assert_eq!(world.send(&draft).await.unwrap().code(), "2005400");
}
