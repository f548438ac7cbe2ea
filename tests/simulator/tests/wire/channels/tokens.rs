//! Tokens of customers: of another customer, of another channel, ended, and out of place.

use serde_json::{Value, json};

use super::bodies;
use super::scene::{
    ALLO, BRI, DANA, FLAVOURS, Flavour, Linked, OLD_OVO, OVO, Op, WTD_BRI, reference,
};
use crate::world::World;

fn kinds(ledger: &Value) -> Vec<String> {
    let violations = ledger["violations"].as_array().unwrap();
    let kind = |row: &Value| row["kind"].as_str().unwrap().to_owned();
    violations.iter().map(kind).collect()
}

#[tokio::test]
async fn a_token_of_another_channel_is_refused_and_recorded() {
    let world = World::start().await;
    let channels = [super::scene::CIMB, BRI, ALLO, super::scene::MANDIRI, OVO];
    let mut linked = Vec::new();
    for flavour in channels {
        linked.push(world.link(flavour, "cust1").await);
    }
    for (place, flavour) in channels.into_iter().enumerate() {
        let other = &linked[(place + 1) % channels.len()];
        let mut mixed = linked[place].clone();
        mixed.token.clone_from(&other.token);
        let body = bodies::payment(flavour, &reference(flavour, place), &mixed);
        let answer = world
            .channel_call(flavour, Op::Payment, &body, &mixed)
            .await;
        assert_eq!(answer.code(), "4015402", "{}", flavour.code);
    }
    let ledger = world.ledger().await;
    assert_eq!(ledger["payments"], json!([]));
    assert_eq!(kinds(&ledger), ["customer_token_of_another_channel"; 5]);
}

#[tokio::test]
async fn a_token_of_another_customer_is_refused_wherever_it_travels() {
    let world = World::start().await;
    let mut refused = 0;
    for (number, flavour) in FLAVOURS.into_iter().enumerate() {
        if !flavour.binds() {
            continue;
        }
        let siti = world.link(flavour, &format!("siti{number}")).await;
        let budi = world.link(flavour, &format!("budi{number}")).await;
        let paid = world
            .confirmed(flavour, &reference(flavour, number), &siti)
            .await;
        let number = reference(flavour, number).replace("INV", "RFD");
        let body = bodies::refund(flavour, &paid, &number, &budi);
        let answer = world.channel_call(flavour, Op::Refund, &body, &budi).await;
        assert_eq!(answer.code(), "4015802", "{}: {answer:?}", flavour.prefix);
        refused += 1;
    }
    let ledger = world.ledger().await;
    assert_eq!(ledger["refunds"], json!([]));
    let kinds = kinds(&ledger);
    assert_eq!(kinds.len(), refused);
    let expected = "customer_token_of_another_customer";
    assert!(kinds.iter().all(|kind| kind == expected), "{kinds:?}");
}

#[tokio::test]
async fn an_unbound_customer_pays_no_more() {
    let world = World::start().await;
    for (number, flavour) in FLAVOURS.into_iter().enumerate() {
        let ops = flavour.ops();
        let Some(op) = [Op::Unbinding, Op::CardUnbinding]
            .into_iter()
            .find(|op| ops.contains(op))
        else {
            continue;
        };
        let linked = world.link(flavour, &format!("cust{number}")).await;
        let body = bodies::unbinding(flavour, &linked);
        let answer = world.channel_call(flavour, op, &body, &linked).await;
        assert_eq!(answer.code(), "2000500", "{answer:?}");
        let again = world.channel_call(flavour, op, &body, &linked).await;
        assert_eq!(again.code(), "4010502", "{again:?}");
        let body = bodies::payment(flavour, &reference(flavour, number), &linked);
        let answer = world
            .channel_call(flavour, Op::Payment, &body, &linked)
            .await;
        assert_eq!(answer.code(), "4015402", "{answer:?}");
    }
}

#[tokio::test]
async fn a_customer_header_that_is_not_asked_for_is_recorded() {
    let world = World::start().await;
    let ovo = world.link(OVO, "cust1").await;
    let header = format!("Bearer {}", ovo.token);
    let none = Linked::default();
    let paid = world.confirmed(DANA, "INV-1", &none).await;
    let calls: [(Flavour, Op, Value); 4] = [
        (DANA, Op::Payment, bodies::payment(DANA, "INV-2", &none)),
        (
            DANA,
            Op::Refund,
            bodies::refund(DANA, &paid, "RFD-1", &none),
        ),
        (OVO, Op::Unbinding, bodies::unbinding(OVO, &ovo)),
        (OVO, Op::Status, bodies::status(OVO, "INV-9")),
    ];
    let expected = calls.len();
    for (flavour, op, body) in calls {
        let mut draft = world.channel_draft(flavour, op, &body, &ovo);
        draft.set("Authorization-customer", &header);
        draft.sign();
        let answer = world.send(&draft).await.unwrap();
        assert!(!answer.code().starts_with("400"), "{answer:?}");
    }
    let kinds = kinds(&world.ledger().await);
    assert_eq!(kinds, vec!["customer_token_not_asked_for"; expected]);
}

#[tokio::test]
async fn tokens_and_cards_out_of_place_are_recorded() {
    let world = World::start_strict().await;
    let bri = world.link(BRI, "siti").await;
    let budi = world.link(BRI, "budi").await;
    let mut body = bodies::payment(BRI, "INV-1", &bri);
    body["additionalInfo"]["remarks"] = json!(bri.charge_token);
    world.channel_call(BRI, Op::Payment, &body, &bri).await;
    let mut body = bodies::payment(BRI, "INV-2", &bri);
    body["chargeToken"] = json!(budi.charge_token);
    let answer = world.channel_call(BRI, Op::Payment, &body, &bri).await;
    assert_eq!(answer.code(), "4045411", "{answer:?}");

    let same_iv = |number: &str| {
        let mut body = bodies::registration(BRI, "siti");
        let mut card = super::scene::card();
        card["bankCardNo"] = json!(number);
        body["cardData"] = json!(super::scene::card_data(&card, [7; 16]));
        body
    };
    for number in ["5221840000001234", "5221840000001234", "5221840000005678"] {
        let answer = world
            .channel_call(BRI, Op::CardBinding, &same_iv(number), &bri)
            .await;
        assert_eq!(answer.code(), "2000100", "{answer:?}");
    }
    let expected = [
        "charge_token_outside_its_field",
        "charge_token_of_another_card",
        "card_data_with_a_used_iv",
    ];
    let ledger = world.ledger().await;
    assert_eq!(kinds(&ledger), expected);
    let text = ledger.to_string();
    assert!(!text.contains("5221840000001234") && !text.contains(&bri.charge_token));
    assert_eq!(ledger["bindings"][4]["card"], "5678");
}

#[tokio::test]
async fn tokens_of_one_path_version_mean_nothing_to_another() {
    let world = World::start().await;
    let card = world.link(WTD_BRI, "cust1").await;
    let core = world.link(BRI, "cust1").await;
    // A bankCardToken where a B2B2C token belongs.
    let body = bodies::payment(BRI, "INV-1", &core);
    let answer = world.channel_call(BRI, Op::Payment, &body, &card).await;
    assert_eq!(answer.code(), "4015402");
    // A B2B2C token where a bankCardToken belongs.
    let body = bodies::payment(WTD_BRI, "INV-1", &core);
    let answer = world.channel_call(WTD_BRI, Op::Payment, &body, &card).await;
    assert_eq!(answer.code(), "4015402");
    // Core's header is not read where the token travels in the body.
    let ovo = world.link(OLD_OVO, "cust1").await;
    let mut body = bodies::payment(OLD_OVO, "INV-1", &ovo);
    body["bankCardToken"] = Value::Null;
    let mut draft = world.channel_draft(OLD_OVO, Op::Payment, &body, &ovo);
    draft.set("Authorization-customer", &format!("Bearer {}", ovo.token));
    draft.sign();
    assert_eq!(world.send(&draft).await.unwrap().code(), "4005402");
}
