//! Calls with one thing wrong, for every channel and operation: each mandatory field left out,
//! each length exceeded, each header left out or malformed, each token exchanged for another.

mod odd;
mod rules;

use serde_json::{Value, json};

use self::rules::RULES;
use super::bodies;
use super::scene::{FLAVOURS, Flavour, Form, Linked, Op, Paid, reference};
use crate::client::Draft;
use crate::world::World;

/// A world with one customer of a channel, one payment that waits and one that is paid.
pub struct Scene {
    flavour: Flavour,
    linked: Linked,
    waiting: Paid,
    paid: Paid,
}

impl Scene {
    pub async fn of(world: &World, flavour: Flavour, number: usize) -> Self {
        let linked = world.link(flavour, &format!("cust{number}")).await;
        let first = reference(flavour, 10 * number);
        let second = reference(flavour, 10 * number + 1);
        Self {
            flavour,
            waiting: world.waiting(flavour, &first, &linked).await,
            paid: world.confirmed(flavour, &second, &linked).await,
            linked,
        }
    }

    /// A right call that nothing was done with yet.
    pub fn right(&self, world: &World, op: Op, number: usize) -> Draft {
        let flavour = self.flavour;
        let reference = reference(flavour, 10 * number + 2);
        let body = match op {
            Op::Binding | Op::CardBinding => {
                bodies::registration(flavour, &format!("other{number}"))
            }
            Op::Balance => bodies::balance(flavour, &self.linked),
            Op::Payment => bodies::payment(flavour, &reference, &self.linked),
            Op::Otp => bodies::otp(flavour, &self.waiting, &self.linked, "111000"),
            Op::Refund => {
                let refund_no = reference.replace("INV", "RFD");
                bodies::refund(flavour, &self.paid, &refund_no, &self.linked)
            }
            Op::Unbinding | Op::CardUnbinding => bodies::unbinding(flavour, &self.linked),
            Op::Status => bodies::status(flavour, &self.paid.reference),
        };
        world.channel_draft(flavour, op, &body, &self.linked)
    }
}

async fn refuses(world: &World, why: &str, op: Op, mut draft: Draft, case: &str, told: &str) {
    draft.sign();
    let answer = world.send(&draft).await.unwrap();
    let code = format!("{}{}{}", &case[..3], op.service(), &case[3..]);
    let place = format!("{} {} {why}", draft.path, draft.body);
    assert_eq!(answer.code(), code, "{place}: {answer:?}");
    assert_eq!(answer.status.to_string(), case[..3], "{place}");
    let message = answer.text("/responseMessage");
    assert!(message.contains(told), "{place}: {message}");
}

/// `/a/0/b` as refusals name it: `a[0].b`.
fn dotted(pointer: &str) -> String {
    let name = pointer.trim_start_matches('/').replace("/0/", "[0].");
    name.replace('/', ".")
}

#[tokio::test]
async fn each_mandatory_field_and_each_length_is_checked() {
    let world = World::start_strict().await;
    let mut scenes = Vec::new();
    for (number, flavour) in FLAVOURS.into_iter().enumerate() {
        scenes.push(Scene::of(&world, flavour, number).await);
    }
    let mut before = world.ledger().await;
    let mut rows = 0;
    for rule in RULES {
        let scene = scenes.iter().find(|scene| scene.flavour == rule.flavour);
        let right = |number| scene.unwrap().right(&world, rule.op, number);
        for pointer in rule.mandatory {
            rows += 1;
            let mut draft = right(900);
            draft.edit(pointer, Value::Null);
            let name = dotted(pointer);
            refuses(&world, "left out", rule.op, draft, "40002", &name).await;
        }
        for (pointer, least, most) in rule.lengths {
            let name = dotted(pointer);
            let wrong = [*least - 1, *most + 1];
            for length in wrong.into_iter().filter(|length| *length > 0) {
                rows += 1;
                let mut draft = right(900);
                draft.edit(pointer, json!("1".repeat(length)));
                let why = format!("{length} characters");
                refuses(&world, &why, rule.op, draft, "40001", &name).await;
            }
        }
    }
    assert_eq!(rows, 316);
    let mut after = world.ledger().await;
    assert_eq!(after["violations"].take(), json!([]));
    before["violations"].take();
    assert_eq!(after, before, "a refused call changes nothing");
}

#[tokio::test]
async fn each_length_is_taken_to_its_ends() {
    let world = World::start_strict().await;
    for (number, rule) in RULES.iter().enumerate() {
        for (turn, (pointer, least, most)) in rule.lengths.iter().enumerate() {
            let scene = Scene::of(&world, rule.flavour, 1000 + 10 * number + turn).await;
            for (end, length) in [*least, *most].into_iter().enumerate() {
                let mut draft = scene.right(&world, rule.op, 5000 + 10 * number + end);
                let text = if *pointer == "/chargeToken" && *most == 32 {
                    scene.linked.charge_token.clone()
                } else {
                    "1".repeat(length)
                };
                draft.edit(pointer, json!(text));
                draft.sign();
                let answer = world.send(&draft).await.unwrap();
                // What the text then points at may not be there.
                let form = answer.code().starts_with("400");
                assert!(!form, "{} {}: {answer:?}", draft.path, draft.body);
            }
        }
    }
}

#[tokio::test]
async fn each_header_that_a_channel_asks_for_is_checked() {
    let world = World::start_strict().await;
    let mut rows = 0;
    for (number, flavour) in FLAVOURS.into_iter().enumerate() {
        let scene = Scene::of(&world, flavour, number).await;
        for op in flavour.ops() {
            let right = || scene.right(&world, *op, 900);
            for header in flavour.headers(*op) {
                rows += 1;
                let mut draft = right();
                draft.without(header);
                refuses(&world, "left out", *op, draft, "40002", header).await;
                let wrong: &[&str] = match *header {
                    "X-IP-ADDRESS" => &["8.8.8.8", "2001:db8::1:1", "192.0.2.1000"],
                    "X-DEVICE-ID" => &["a-b", "device id"],
                    _ => &["H2H", "SDK"],
                };
                for value in wrong {
                    let mut draft = right();
                    draft.set(header, value);
                    refuses(&world, value, *op, draft, "40001", header).await;
                }
            }
            if matches!(flavour.form, Form::Dana | Form::ShopeePay) && *op == Op::Payment {
                let mut draft = right();
                draft.set("X-CHANNEL-ID", "H2H");
                refuses(&world, "H2H", *op, draft, "40001", "X-CHANNEL-ID").await;
            }
            if flavour.wants_customer_header(*op) {
                rows += 1;
                let mut draft = right();
                draft.without("Authorization-customer");
                let name = "Authorization-customer";
                refuses(&world, "left out", *op, draft, "40002", name).await;
                let mut draft = right();
                draft.set("Authorization-customer", "Bearer abc");
                refuses(&world, "of nobody", *op, draft, "40102", "").await;
            }
            let mut draft = right();
            draft.without("Authorization");
            refuses(&world, "left out", *op, draft, "40002", "Authorization").await;
            let mut draft = right();
            draft.body = draft
                .body
                .replace("10000.00", "1.00")
                .replace("\":", "\": ");
            draft.set("X-SIGNATURE", "AAAA");
            let answer = world.send(&draft).await.unwrap();
            assert_eq!(answer.code(), format!("401{}00", op.service()));
        }
    }
    assert_eq!(rows, 53);
    assert_eq!(world.ledger().await["violations"], json!([]));
}
