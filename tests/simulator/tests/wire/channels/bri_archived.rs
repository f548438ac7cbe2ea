//! BRI's archived paths: registration by the last four digits, OTPs, full refunds.

use std::time::Duration;

use serde_json::{Value, json};

use super::bodies;
use super::scene::{Linked, Op, WTD_BRI};
use crate::client::Answer;
use crate::world::World;

async fn call(world: &World, op: Op, body: &Value, linked: &Linked) -> Answer {
    world.channel_call(WTD_BRI, op, body, linked).await
}

async fn register(world: &World, cust_id: &str) -> Linked {
    let body = bodies::registration(WTD_BRI, cust_id);
    let answer = call(world, Op::CardBinding, &body, &Linked::default()).await;
    assert_eq!(
        (answer.status, answer.code()),
        (200, "2000100"),
        "{answer:?}"
    );
    assert_eq!(answer.text("/additionalInfo/tokenStatus"), "PENDING");
    let token = answer.text("/bankCardToken");
    assert!((1..=128).contains(&token.len()));
    Linked {
        token,
        registration: answer.text("/referenceNo"),
        ..Linked::default()
    }
}

#[tokio::test]
async fn register_otp_pay_otp_refund_unbind() {
    let world = World::start().await;
    let linked = register(&world, "cust001").await;
    let pay = bodies::payment(WTD_BRI, "TRX-1", &linked);
    let early = call(&world, Op::Payment, &pay, &linked).await;
    assert_eq!(early.code(), "4015402", "before the OTP");

    let otp = bodies::card_otp(&linked.registration, "000000");
    assert_eq!(call(&world, Op::Otp, &otp, &linked).await.code(), "4040415");
    let otp = bodies::card_otp(&linked.registration, "111000");
    let done = call(&world, Op::Otp, &otp, &linked).await;
    assert_eq!(done.code(), "2000400", "{done:?}");
    assert_eq!(done.text("/originalReferenceNo"), linked.registration);
    assert_eq!(done.text("/additionalInfo/tokenStatus"), "SUCCESS");
    assert_eq!(call(&world, Op::Otp, &otp, &linked).await.code(), "4040400");

    let paying = call(&world, Op::Payment, &pay, &linked).await;
    assert_eq!(paying.code(), "2005400", "{paying:?}");
    assert_eq!(paying.text("/additionalInfo/merchantTrxId"), "TRX-1");
    assert_eq!(paying.text("/additionalInfo/transactionStatus"), "PENDING");
    assert_eq!(paying.body["webRedirectUrl"], Value::Null);
    let otp = json!({
        "originalReferenceNo": paying.text("/referenceNo"), "otp": "111000", "type": "payment",
    });
    assert_eq!(call(&world, Op::Otp, &otp, &linked).await.code(), "2000400");
    let status = call(
        &world,
        Op::Status,
        &bodies::status(WTD_BRI, "TRX-1"),
        &linked,
    )
    .await;
    assert_eq!(status.text("/latestTransactionStatus"), "00");

    let ledger = world.ledger().await;
    let refund = json!({
        "originalReferenceNo": paying.text("/referenceNo"),
        "partnerRefundNo": "RFD-1",
        "originalExternalId": ledger["payments"][0]["externalId"],
    });
    let refunded = call(&world, Op::Refund, &refund, &linked).await;
    assert_eq!(refunded.code(), "2005800", "{refunded:?}");
    assert_eq!(
        refunded.text("/refundAmount/value"),
        "10000.00",
        "all of it"
    );
    assert!(refunded.text("/refundTime").ends_with("+07:00"));

    let unbind = bodies::unbinding(WTD_BRI, &linked);
    let unbound = call(&world, Op::CardUnbinding, &unbind, &linked).await;
    assert_eq!(unbound.code(), "2000500", "{unbound:?}");
    assert_eq!(unbound.text("/bankCardToken"), linked.token);
    assert_eq!(unbound.text("/additionalInfo/tokenStatus"), "SUCCESS");
    assert_eq!(world.ledger().await["violations"], json!([]));
    let notice = &world.deliveries(2).await[1];
    assert_eq!(notice["partnerReferenceNo"], "TRX-1");
}

#[tokio::test]
async fn without_an_otp_the_money_moves_at_once() {
    let world = World::start().await;
    let linked = world.link(WTD_BRI, "cust001").await;
    let mut pay = bodies::payment(WTD_BRI, "TRX-1", &linked);
    pay["additionalInfo"]["otpStatus"] = json!("NO");
    assert_eq!(
        call(&world, Op::Payment, &pay, &linked).await.code(),
        "2005400"
    );
    let ledger = world.ledger().await;
    assert_eq!(ledger["payments"][0]["status"], "paid");
    assert_eq!(ledger["payments"][0]["confirmation"], "NONE");
    assert_eq!(
        world.deliveries(1).await[0]["latestTransactionStatus"],
        "00"
    );
    assert_eq!(
        call(&world, Op::Payment, &pay, &linked).await.code(),
        "4095401"
    );

    let poor = json!({
        "custIdMerchant": "cust001", "channel": WTD_BRI.code, "balance": "9999.00",
    });
    world.admin("/admin/accounts", &poor).await;
    pay["additionalInfo"]["merchantTrxId"] = json!("TRX-2");
    assert_eq!(
        call(&world, Op::Payment, &pay, &linked).await.code(),
        "4035414"
    );
    assert_eq!(world.ledger().await["payments"][1]["status"], "failed");
}

#[tokio::test]
async fn five_wrong_otps_block_the_card_for_a_day() {
    let mut world = World::start().await;
    let linked = register(&world, "cust001").await;
    let wrong = bodies::card_otp(&linked.registration, "000000");
    let right = bodies::card_otp(&linked.registration, "111000");
    for turn in 1..=5 {
        let code = if turn < 5 { "4040415" } else { "4030411" };
        assert_eq!(
            call(&world, Op::Otp, &wrong, &linked).await.code(),
            code,
            "{turn}"
        );
    }
    assert_eq!(
        call(&world, Op::Otp, &right, &linked).await.code(),
        "4030411"
    );
    assert_eq!(world.ledger().await["bindings"][0]["blocked"], true);
    let body = bodies::registration(WTD_BRI, "cust001");
    let again = call(&world, Op::CardBinding, &body, &linked).await;
    assert_eq!(again.code(), "4030107", "the same card");

    world.advance(Duration::from_hours(24)).await;
    world.mint_b2b().await;
    assert_eq!(
        call(&world, Op::Otp, &right, &linked).await.code(),
        "2000400"
    );
}

#[tokio::test]
async fn wrong_otps_of_payments_count_for_the_card() {
    let mut world = World::start().await;
    let linked = world.link(WTD_BRI, "cust001").await;
    let first = world.waiting(WTD_BRI, "TRX-1", &linked).await;
    let second = world.waiting(WTD_BRI, "TRX-2", &linked).await;
    let third = world.waiting(WTD_BRI, "TRX-3", &linked).await;
    let otp = |paid| bodies::otp(WTD_BRI, paid, &linked, "000000");
    for (turn, paid) in [&first, &first, &first, &second, &second]
        .into_iter()
        .enumerate()
    {
        let code = if turn < 4 { "4040415" } else { "4030411" };
        assert_eq!(
            call(&world, Op::Otp, &otp(paid), &linked).await.code(),
            code,
            "{turn}"
        );
    }
    let right = bodies::otp(WTD_BRI, &third, &linked, "111000");
    assert_eq!(
        call(&world, Op::Otp, &right, &linked).await.code(),
        "4030411"
    );
    let pay = bodies::payment(WTD_BRI, "TRX-4", &linked);
    assert_eq!(
        call(&world, Op::Payment, &pay, &linked).await.code(),
        "4035407"
    );
    assert_eq!(world.deliveries(1).await[0]["partnerReferenceNo"], "TRX-2");

    world.advance(Duration::from_hours(24)).await;
    world.mint_b2b().await;
    assert_eq!(
        call(&world, Op::Otp, &right, &linked).await.code(),
        "2000400"
    );
    assert_eq!(world.ledger().await["charges"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn wrong_otps_count_for_the_card_over_its_registrations_and_for_a_day() {
    let mut world = World::start().await;
    let first = register(&world, "cust001").await;
    let second = register(&world, "cust001").await;
    let other = register(&world, "cust002").await;
    let otp = |linked: &Linked, otp| bodies::card_otp(&linked.registration, otp);
    for linked in [&first, &second, &first, &second] {
        let wrong = call(&world, Op::Otp, &otp(linked, "000000"), linked).await;
        assert_eq!(wrong.code(), "4040415");
    }
    world.advance(Duration::from_hours(24)).await;
    world.mint_b2b().await;
    for code in ["4040415", "4040415", "4040415", "4040415", "4030411"] {
        let wrong = call(&world, Op::Otp, &otp(&second, "000000"), &second).await;
        assert_eq!(wrong.code(), code);
    }
    for (linked, code) in [(&first, "4030411"), (&other, "2000400")] {
        let right = call(&world, Op::Otp, &otp(linked, "111000"), linked).await;
        assert_eq!(right.code(), code);
    }
}

#[tokio::test]
async fn the_customers_header_takes_a_token_bought_with_an_auth_code_too() {
    let world = World::start().await;
    let switch = json!({"archivedRegistrationAnswersAuthCode": true});
    world.admin("/admin/settings", &switch).await;
    let linked = world.link(WTD_BRI, "cust001").await;
    let bought = world.exchange(&linked.auth_code).await;
    assert_eq!(bought.code(), "2007400", "{bought:?}");
    let body = bodies::payment(WTD_BRI, "TRX-1", &linked);
    let mut draft = world.channel_draft(WTD_BRI, Op::Payment, &body, &linked);
    let header = format!("Bearer {}", bought.text("/accessToken"));
    draft.set("Authorization-customer", &header);
    draft.sign();
    assert_eq!(world.send(&draft).await.unwrap().code(), "2005400");
}
