//! Channels × operations: each cell works, or is refused by its code.

use std::time::Duration;

use serde_json::{Value, json};

use super::bodies;
use super::scene::{FLAVOURS, Flavour, Form, Linked, Op, Paid, reference};
use crate::world::World;

/// A body that is right for the operation, as far as the channel has it.
async fn right(world: &World, flavour: Flavour, op: Op, number: usize) -> (Value, Linked) {
    let linked = world.link(flavour, &format!("cust{number}")).await;
    let reference = reference(flavour, number);
    let body = match op {
        Op::Binding | Op::CardBinding => bodies::registration(flavour, "cust1"),
        Op::Balance => bodies::balance(flavour, &linked),
        Op::Payment => bodies::payment(flavour, &reference, &linked),
        Op::Otp if flavour.ops().contains(&Op::Otp) => {
            let paid = world.waiting(flavour, &reference, &linked).await;
            bodies::otp(flavour, &paid, &linked, "111000")
        }
        Op::Otp => bodies::otp(flavour, &Paid::default(), &linked, "111000"),
        Op::Refund => {
            let paid = world.confirmed(flavour, &reference, &linked).await;
            let number = reference.replace("INV", "RFD");
            bodies::refund(flavour, &paid, &number, &linked)
        }
        Op::Unbinding | Op::CardUnbinding => bodies::unbinding(flavour, &linked),
        Op::Status => {
            world.waiting(flavour, &reference, &linked).await;
            bodies::status(flavour, &reference)
        }
    };
    (body, linked)
}

#[tokio::test]
async fn every_cell_works_or_is_refused_as_lacking() {
    let world = World::start().await;
    let mut number = 0;
    let mut cells = [0, 0, 0];
    for flavour in FLAVOURS {
        for op in Op::ALL {
            if op == Op::Status && !flavour.is_core() {
                continue;
            }
            number += 1;
            let (body, linked) = right(&world, flavour, op, number).await;
            let answer = world.channel_call(flavour, op, &body, &linked).await;
            let offered = flavour.ops().contains(&op);
            let (cell, status, code) = match (offered, flavour.is_core()) {
                (true, true) => (0, 200, format!("200{}00", op.service())),
                (true, false) if flavour.form == Form::ArchivedBri => {
                    (0, 200, format!("200{}00", op.service()))
                }
                (true, false) => (0, 201, format!("200{}00", op.service())),
                (false, true) => (1, 405, format!("405{}01", op.service())),
                (false, false) => (2, 404, "4040000".to_owned()),
            };
            cells[cell] += 1;
            let place = flavour.path(op);
            let seen = (answer.status, answer.code());
            assert_eq!(
                seen,
                (status, &*code),
                "{place} {}: {answer:?}",
                flavour.code
            );
        }
    }
    assert_eq!(cells, [68, 27, 24]);
    assert_eq!(world.ledger().await["violations"], json!([]));
}

#[tokio::test]
async fn every_channel_pays_refunds_and_tells_of_it() {
    let world = World::start().await;
    for (number, flavour) in FLAVOURS.into_iter().enumerate() {
        let linked = world.link(flavour, &format!("cust{number}")).await;
        let reference = reference(flavour, number);
        let paid = world.confirmed(flavour, &reference, &linked).await;
        let status = bodies::status(flavour, &reference);
        let seen = world
            .channel_call(flavour, Op::Status, &status, &linked)
            .await;
        assert_eq!(seen.text("/latestTransactionStatus"), "00", "{seen:?}");
        assert_eq!(seen.text("/originalReferenceNo"), paid.reference_no);
        let refund = bodies::refund(flavour, &paid, &reference.replace("INV", "RFD"), &linked);
        let answer = world
            .channel_call(flavour, Op::Refund, &refund, &linked)
            .await;
        assert_eq!(answer.code(), "2005800", "{answer:?}");
        let seen = world
            .channel_call(flavour, Op::Status, &status, &linked)
            .await;
        assert_eq!(seen.text("/latestTransactionStatus"), "04", "{seen:?}");

        world.deliveries(2 * number + 2).await;
        let taken = world.merchant.taken();
        let statuses: Vec<_> = taken
            .iter()
            .filter(|(body, _)| body["originalPartnerReferenceNo"] == *reference)
            .map(|(body, _)| body["latestTransactionStatus"].as_str().unwrap())
            .collect();
        assert_eq!(statuses, ["00", "04"]);
    }
    let ledger = world.ledger().await;
    assert_eq!(ledger["violations"], json!([]));
    for rows in ["payments", "charges", "refunds"] {
        let rows = ledger[rows].as_array().unwrap();
        assert_eq!(rows.len(), FLAVOURS.len());
        for (row, flavour) in rows.iter().zip(FLAVOURS) {
            assert_eq!(row["channel"], flavour.code);
        }
    }
    assert!(ledger["payments"][5]["custIdMerchant"].is_null(), "DANA");
    let calls = world.look("/admin/calls").await;
    let refund = calls.as_array().unwrap().iter().rev().nth(1).unwrap();
    assert_eq!(
        refund["path"],
        "/wtd-direct-debit-snap-bri/snap/v1.0/debit/refund"
    );
    assert_eq!(refund["channel"], "DIRECT_DEBIT_BRI_SNAP");
}

#[tokio::test]
async fn one_reference_may_serve_in_two_channels() {
    let world = World::start().await;
    let cimb = world.link(super::scene::CIMB, "cust1").await;
    let ovo = world.link(super::scene::OVO, "cust1").await;
    world.confirmed(super::scene::CIMB, "INV-1", &cimb).await;
    world.confirmed(super::scene::OVO, "INV-1", &ovo).await;
    let again = bodies::payment(super::scene::OVO, "INV-1", &ovo);
    let answer = world
        .channel_call(super::scene::OVO, Op::Payment, &again, &ovo)
        .await;
    assert_eq!(answer.code(), "4095401");
    assert_eq!(world.ledger().await["charges"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_jump_app_payment_ends_with_its_time() {
    let mut world = World::start().await;
    let dana = super::scene::DANA;
    let mut body = bodies::payment(dana, "INV-1", &Linked::default());
    let until = doku_shared::clock::Clock::system().now();
    body["validUpTo"] = json!(until.plus(Duration::from_mins(10)).rfc3339());
    let mut early = body.clone();
    early["validUpTo"] = json!(until.minus(Duration::from_mins(10)).rfc3339());
    let call = async |world: &World, body: &Value| {
        let linked = Linked::default();
        world.channel_call(dana, Op::Payment, body, &linked).await
    };
    assert_eq!(call(&world, &early).await.code(), "4005401", "over already");
    let answer = call(&world, &body).await;
    assert_eq!(answer.code(), "2005400", "{answer:?}");
    world.advance(Duration::from_mins(11)).await;
    let response = world.http.get(answer.text("/webRedirectUrl")).send().await;
    assert_eq!(response.unwrap().status(), 410);
    assert_eq!(
        world.deliveries(1).await[0]["latestTransactionStatus"],
        "06"
    );
}
