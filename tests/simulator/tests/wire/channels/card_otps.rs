//! OTPs of BRI and Mandiri on the present paths, where a page would do as well.

use serde_json::{Value, json};

use super::bodies;
use super::scene::{BRI, Flavour, Linked, MANDIRI, Op};
use crate::world::World;

/// OTP verification in the words given, its code.
async fn verify(world: &World, flavour: Flavour, mut body: Value) -> String {
    body["additionalInfo"]["channel"] = json!(flavour.code);
    let none = Linked::default();
    let answer = world.channel_call(flavour, Op::Otp, &body, &none).await;
    answer.code().to_owned()
}

#[tokio::test]
async fn a_card_is_registered_by_otp_as_well() {
    let world = World::start_strict().await;
    for flavour in [BRI, MANDIRI] {
        let body = bodies::registration(flavour, "cust1");
        let none = Linked::default();
        let answer = world
            .channel_call(flavour, Op::CardBinding, &body, &none)
            .await;
        let auth_code = answer.text("/additionalInfo/authCode");
        let otp = |otp: &str, charge_token: &str| {
            json!({
                "originalReferenceNo": answer.text("/referenceNo"), "otp": otp, "type": "card",
                "chargeToken": charge_token,
            })
        };
        let token = answer.text("/chargeToken");
        let steps = [
            (otp("000000", &token), "4040415"),
            (otp("111000", "of another card"), "4040411"),
            (otp("111000", &token), "2000400"),
            (otp("111000", &token), "4040400"),
        ];
        for (body, code) in steps {
            assert_eq!(
                verify(&world, flavour, body).await,
                code,
                "{}",
                flavour.code
            );
        }
        assert_eq!(world.exchange(&auth_code).await.code(), "2007400");
    }
}

#[tokio::test]
async fn three_wrong_otps_end_a_registration() {
    let world = World::start().await;
    let body = bodies::registration(BRI, "cust1");
    let none = Linked::default();
    let answer = world.channel_call(BRI, Op::CardBinding, &body, &none).await;
    let otp = |otp: &str| json!({"originalReferenceNo": answer.text("/referenceNo"), "otp": otp, "type": "card"});
    for code in ["4040415", "4040415", "4030411"] {
        assert_eq!(verify(&world, BRI, otp("000000")).await, code);
    }
    assert_eq!(verify(&world, BRI, otp("111000")).await, "4040400");
    assert_eq!(world.ledger().await["bindings"][0]["status"], "declined");
}

#[tokio::test]
async fn a_payment_takes_the_page_or_the_otp_once() {
    let world = World::start().await;
    let linked = world.link(BRI, "cust1").await;
    let paid = world.waiting(BRI, "INV-1", &linked).await;
    let body = bodies::otp(BRI, &paid, &linked, "111000");
    assert_eq!(verify(&world, BRI, body.clone()).await, "2000400");
    assert_eq!(verify(&world, BRI, body).await, "4040400");
    let (status, _) = world
        .try_admin("/admin/payments/INV-1/approve", &json!({}))
        .await;
    assert_eq!(status, 409);
    let paid = world.confirmed(BRI, "INV-2", &linked).await;
    let body = bodies::otp(BRI, &paid, &linked, "111000");
    assert_eq!(verify(&world, BRI, body).await, "4040400");
    assert_eq!(world.ledger().await["charges"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn mandiris_otp_takes_either_words() {
    let world = World::start().await;
    let linked = world.link(MANDIRI, "cust1").await;
    world.waiting(MANDIRI, "INV-1", &linked).await;
    let in_cimbs_words = json!({
        "originalPartnerReferenceNo": "INV-1", "otp": "111000", "action": "otpPayment",
        "additionalInfo": {"bankCardToken": linked.token},
    });
    assert_eq!(verify(&world, MANDIRI, in_cimbs_words).await, "2000400");
    assert_eq!(
        verify(&world, MANDIRI, json!({"otp": "111000"})).await,
        "4000402"
    );
}
