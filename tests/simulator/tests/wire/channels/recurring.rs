//! One of a series (`paymentType` RECURRING): nobody is asked, and the bank may refuse.

use serde_json::{Value, json};

use super::bodies;
use super::scene::{
    ALLO, BRI, CIMB, DANA, Flavour, Linked, OLD_ALLO, OLD_BRI, OLD_CIMB, OLD_OVO, OVO, Op,
    SHOPEE_PAY, WTD_BRI,
};
use crate::client::Answer;
use crate::world::World;

const SERIES: [Flavour; 2] = [BRI, OVO];

fn one_of_a_series(flavour: Flavour, reference: &str, linked: &Linked) -> Value {
    let mut body = bodies::payment(flavour, reference, linked);
    body["additionalInfo"]["paymentType"] = json!("RECURRING");
    body
}

async fn charge(world: &World, flavour: Flavour, reference: &str, linked: &Linked) -> Answer {
    let body = one_of_a_series(flavour, reference, linked);
    world
        .channel_call(flavour, Op::Payment, &body, linked)
        .await
}

async fn status(world: &World, flavour: Flavour, reference: &str) -> Answer {
    let body = bodies::status(flavour, reference);
    world
        .channel_call(flavour, Op::Status, &body, &Linked::default())
        .await
}

#[tokio::test]
async fn it_is_charged_at_once_without_a_page_and_told() {
    let world = World::start().await;
    for (number, flavour) in SERIES.into_iter().enumerate() {
        let linked = world.link(flavour, "cust1").await;
        let answer = charge(&world, flavour, "INV-1", &linked).await;
        assert_eq!(answer.code(), "2005400", "{answer:?}");
        assert_eq!(answer.text("/partnerReferenceNo"), "INV-1");
        assert!(answer.body["webRedirectUrl"].is_null(), "{answer:?}");

        let seen = status(&world, flavour, "INV-1").await;
        assert_eq!(seen.text("/latestTransactionStatus"), "00");
        assert_eq!(
            seen.text("/originalReferenceNo"),
            answer.text("/referenceNo")
        );
        world.deliveries(number + 1).await;
        let (told, _) = &world.merchant.taken()[number];
        assert_eq!(told["originalPartnerReferenceNo"], "INV-1");
        assert_eq!(told["latestTransactionStatus"], "00");

        let again = charge(&world, flavour, "INV-1", &linked).await;
        assert_eq!(again.code(), "4095401", "{answer:?}");
        let ledger = world.ledger().await;
        assert_eq!(ledger["charges"].as_array().unwrap().len(), number + 1);
        for rows in ["payments", "charges"] {
            let row = &ledger[rows][number];
            assert_eq!(row["kind"], "RECURRING");
            assert_eq!(row["channel"], flavour.code);
            assert_eq!(row["custIdMerchant"], "cust1");
        }
        assert_eq!(ledger["payments"][number]["confirmation"], "NONE");
    }
    assert_eq!(world.ledger().await["violations"], json!([]));
}

#[tokio::test]
async fn a_refused_one_stays_refused_and_the_next_one_is_paid() {
    let world = World::start().await;
    for (number, flavour) in SERIES.into_iter().enumerate() {
        let linked = world.link(flavour, "cust1").await;
        let twice = json!({"custIdMerchant": "cust1", "channel": flavour.code, "times": 2});
        world.admin("/admin/declines", &twice).await;
        // The repeat of a refused one asks no bank, so that it uses up no order.
        for reference in ["INV-1", "INV-1", "INV-2"] {
            let answer = charge(&world, flavour, reference, &linked).await;
            assert_eq!(answer.code(), "4035414", "{reference}: {answer:?}");
        }
        let answer = charge(&world, flavour, "INV-3", &linked).await;
        assert_eq!(answer.code(), "2005400", "{answer:?}");

        let refused = status(&world, flavour, "INV-1").await;
        assert_eq!(refused.text("/latestTransactionStatus"), "06");
        assert_eq!(refused.text("/originalResponseCode"), "4035414");
        assert_eq!(
            refused.text("/originalResponseMessage"),
            "Insufficient Funds"
        );
        world.deliveries(3 * number + 3).await;
        let taken = world.merchant.taken();
        let mut statuses: Vec<_> = taken[3 * number..]
            .iter()
            .map(|(body, _)| body["latestTransactionStatus"].as_str().unwrap())
            .collect();
        statuses.sort_unstable();
        assert_eq!(statuses, ["00", "06", "06"]);
        let ledger = world.ledger().await;
        assert_eq!(
            ledger["payments"][3 * number]["declined"],
            "insufficient_funds"
        );
        assert_eq!(ledger["charges"].as_array().unwrap().len(), number + 1);
    }
}

#[tokio::test]
async fn a_bank_refuses_for_a_reason_until_the_order_is_taken_back() {
    let world = World::start().await;
    let linked = world.link(BRI, "cust1").await;
    let table = [
        ("insufficient_funds", "4035414"),
        ("do_not_honour", "4035405"),
        ("over_the_limit", "4035402"),
        ("card_blocked", "4035407"),
        ("card_expired", "4035408"),
        ("inactive_account", "4035418"),
    ];
    for (reason, code) in table {
        let order = json!({"custIdMerchant": "cust1", "reason": reason});
        world.admin("/admin/declines", &order).await;
        for turn in 0..2 {
            let reference = format!("{code}-{turn}");
            let answer = charge(&world, BRI, &reference, &linked).await;
            assert_eq!(answer.code(), code, "{reason}");
        }
    }
    let waiting = world.look("/admin/declines").await;
    assert_eq!(
        waiting.as_array().unwrap().len(),
        1,
        "each in the last one's place"
    );
    let back = json!({"custIdMerchant": "cust1", "times": 0});
    world.admin("/admin/declines", &back).await;
    let answer = charge(&world, BRI, "INV-1", &linked).await;
    assert_eq!(answer.code(), "2005400", "{answer:?}");

    let orders = [
        json!({"times": 1}),
        json!({"custIdMerchant": "cust1", "channel": "X"}),
        json!({"custIdMerchant": "cust1", "reason": "mood"}),
    ];
    for order in orders {
        let (status, _) = world.try_admin("/admin/declines", &order).await;
        assert_eq!(status, 400, "{order}");
    }
}

#[tokio::test]
async fn it_is_confirmed_on_the_page_where_that_is_set() {
    let world = World::start().await;
    let switch = json!({"recurringOnPage": true});
    world.admin("/admin/settings", &switch).await;
    for (number, flavour) in SERIES.into_iter().enumerate() {
        let linked = world.link(flavour, "cust1").await;
        let answer = charge(&world, flavour, "INV-1", &linked).await;
        assert_eq!(answer.code(), "2005400", "{answer:?}");
        assert!(answer.body["webRedirectUrl"].is_string(), "{answer:?}");
        let ledger = world.ledger().await;
        assert_eq!(ledger["payments"][number]["status"], "initiated");
    }
}

#[tokio::test]
async fn a_channel_without_series_refuses_the_type() {
    let world = World::start().await;
    let without = [
        CIMB, ALLO, DANA, SHOPEE_PAY, OLD_CIMB, OLD_BRI, OLD_OVO, OLD_ALLO, WTD_BRI,
    ];
    for (number, flavour) in without.into_iter().enumerate() {
        let linked = world.link(flavour, &format!("cust{number}")).await;
        let reference = super::scene::reference(flavour, number);
        let answer = charge(&world, flavour, &reference, &linked).await;
        assert_eq!(
            answer.code(),
            "4005401",
            "{} {}",
            flavour.prefix,
            flavour.code
        );
        let told = answer.text("/responseMessage");
        assert!(told.contains("additionalInfo.paymentType"), "{told}");
    }
    for (number, flavour) in SERIES.into_iter().enumerate() {
        let linked = world.link(flavour, &format!("series{number}")).await;
        for kind in [json!("MONTHLY"), json!("recurring"), json!(1)] {
            let mut body = one_of_a_series(flavour, "INV-1", &linked);
            body["additionalInfo"]["paymentType"] = kind;
            let answer = world
                .channel_call(flavour, Op::Payment, &body, &linked)
                .await;
            assert_eq!(answer.code(), "4005401", "{answer:?}");
        }
    }
    assert_eq!(world.ledger().await["payments"], json!([]));
}
