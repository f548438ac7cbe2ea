//! Letters that nobody could deliver, and that can be delivered after all.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::dead_letters::{ask, letters, replay};
use super::tell;
use crate::channels::scene::{CIMB, CIMB_CORE, Scene};
use crate::support::{Moment, Relay, Shop, count, fresh};

/// A bank that only `MoreChannels` knows.
const BANK: Scene = Scene {
    code: "DIRECT_DEBIT_ANGAN_SNAP",
    ..CIMB_CORE
};

/// A shop that knows that bank, and the line to its database.
async fn open() -> (Shop, Arc<Relay>) {
    let relay = Arc::new(Relay::start().await);
    let url = relay.url();
    let shop = Shop::open_with(move |options| {
        options.dynamodb_endpoint = Some(url);
        let more = json!([{"code": BANK.code, "like": CIMB, "acquirer": "ANGAN"}]);
        let more = ("MoreChannels".to_owned(), more.to_string());
        options.parameters.extend([more]);
    })
    .await;
    relay.leads_to(shop.world.dynamodb_url());
    let bank = json!({"code": BANK.code, "like": CIMB, "acquirer": "ANGAN"});
    shop.doku.order("channels", bank).await;
    (shop, relay)
}

/// A payment of which DOKU told before it was stored.
async fn told_early(shop: &Shop, binding: &str, channel: &str) -> Value {
    let body = shop.payment_body(binding, 10_000);
    let early = json!({
        "partnerReferenceNo": body["invoiceNumber"],
        "channel": channel,
        "latestTransactionStatus": "00",
        "amount": "10000.00",
    });
    tell(shop, early).await;
    body
}

/// The same, and the function died when it had stored the payment and not yet taken in what DOKU had
/// told. Gives the payment's id.
async fn died_before_it_heard(
    shop: &Shop,
    relay: &Relay,
    (binding, channel): (&str, &str),
) -> String {
    // Which of the calls is the question for what is waiting, a payment that goes well shows.
    let body = told_early(shop, binding, channel).await;
    relay.uses();
    shop.merchant.post("/v1/payments", &body).await.expect(201);
    let calls = relay.uses();
    let operations = calls.iter().map(|call| call.operation.as_str());
    let asks = operations
        .scan(false, |stored, operation| {
            let is_asked = *stored && operation == "Query";
            *stored |= operation == "TransactWriteItems";
            Some(is_asked)
        })
        .position(|is_asked| is_asked)
        .unwrap();

    let body = told_early(shop, binding, channel).await;
    relay.stops_at(asks + 1, Moment::Before);
    let dies = async {
        assert!(relay.is_stopped().await);
        assert_eq!(shop.world.kill_busy("pay").await, 1);
        relay.counter().loses_it();
    };
    let (answer, ()) = tokio::join!(shop.merchant.post("/v1/payments", &body), dies);
    answer.expect(500);
    let invoice = body["invoiceNumber"].as_str().unwrap();
    let path = format!("/v1/payments?invoiceNumber={invoice}");
    let found = shop.merchant.get(&path).await;
    let id = found.expect(200).body["items"][0]["paymentId"].as_str();
    id.unwrap().to_owned()
}

/// Insists that it is paid, as DOKU told and nobody else.
async fn is_paid_by_the_letter(shop: &Shop, id: &str) {
    let now = shop.read(id).await;
    assert_eq!(now["status"], "paid", "{now}");
    assert_eq!(count(shop, id, "payment.paid").await, 1);
}

#[tokio::test]
async fn a_letter_whose_payment_is_known_by_now_is_delivered_once() {
    let (shop, relay) = open().await;
    let binding = shop.link_account("cust-1").await;
    for all in [false, true] {
        let id = died_before_it_heard(&shop, &relay, (&binding, CIMB)).await;
        let kept = letters(&shop).await;
        assert_eq!(kept.len(), 1, "{kept:?}");
        let letter = kept[0]["letterId"].as_str().unwrap();
        assert_eq!(shop.read(&id).await["status"], "pending");
        if all {
            let all = ask(&shop, json!({"replay": "all"})).await;
            let counts = [&all["delivered"], &all["left"], &all["failed"]];
            assert_eq!(counts, [1, 0, 0], "{all}");
        } else {
            assert_eq!(replay(&shop, letter).await, "delivered");
        }
        is_paid_by_the_letter(&shop, &id).await;
        assert_eq!(letters(&shop).await, [] as [Value; 0]);
        assert_eq!(replay(&shop, letter).await, "gone");
        is_paid_by_the_letter(&shop, &id).await;
    }
    // Nobody else said so: DOKU never got either.
    assert_eq!(shop.doku.called("payment").await, 0);
    assert_eq!(shop.doku.called("status").await, 0);
}

#[tokio::test]
async fn a_letter_that_cannot_be_dealt_with_keeps_no_other_from_its_payment() {
    let (shop, relay) = open().await;
    let account = shop.link_account("cust-1").await;
    let ours = died_before_it_heard(&shop, &relay, (&account, CIMB)).await;
    let account = BANK.link(&shop, "cust-2").await;
    let of_bank = died_before_it_heard(&shop, &relay, (&account, BANK.code)).await;
    // The newest come first: whoever stops at one of these never comes to the payments.
    for (name, member) in [
        ("corrupt", "nothing"),
        ("sealed-by-a-key-that-is-gone", "body"),
    ] {
        let mut item = letter_item(name, "2999-01-01T00:00:00.000Z");
        item[member] = json!({"B": STANDARD.encode([7; 64])});
        shop.put_item(item).await;
    }

    let without = shop.another_deployment(|_| {}).await;
    assert_eq!(letters(&without).await.len(), 4);
    let done = ask(&without, json!({"replay": "all"})).await;
    let counts = [&done["delivered"], &done["left"], &done["failed"]];
    assert_eq!(counts, [1, 0, 3], "{done}");
    assert_eq!(done["complete"], true);
    let failures = done["failures"].as_array().unwrap();
    for reason in [
        "its item cannot be read",
        "a sealed value does not open",
        BANK.code,
    ] {
        let because = |failure: &&Value| failure["reason"].as_str().unwrap().contains(reason);
        let found = failures.iter().filter(because).count();
        assert_eq!(found, 1, "{reason}: {failures:?}");
    }
    is_paid_by_the_letter(&shop, &ours).await;

    let done = ask(&shop, json!({"replay": "all"})).await;
    let counts = [&done["delivered"], &done["left"], &done["failed"]];
    assert_eq!(counts, [1, 0, 2], "with the channel back: {done}");
    is_paid_by_the_letter(&shop, &of_bank).await;
    let letter = failures[0]["letterId"].as_str().unwrap();
    let one = ask(&shop, json!({"replay": letter})).await;
    assert_eq!(one["replayed"], "failed", "{one}");
}

/// As a version that could not read it would have left it.
#[tokio::test]
async fn a_letter_that_can_be_read_by_now_is_delivered_once() {
    let shop = Shop::open().await;
    let payment = super::waiting_payment(&shop).await;
    let body = json!({
        "originalPartnerReferenceNo": payment["gateway"]["partnerReferenceNo"],
        "latestTransactionStatus": "00",
        "amount": {"value": "10000.00", "currency": "IDR"},
    });
    let body = body.to_string();
    let hash = hex::encode(digest(&SHA256, body.as_bytes()));
    let mut item = letter_item(&hash, "2026-11-20T00:00:00.000Z");
    let sealed = seal(&shop, &format!("DEADLETTER#{hash}"), &body);
    item["body"] = json!({"B": STANDARD.encode(sealed)});
    shop.put_item(item).await;

    let kept = letters(&shop).await;
    assert_eq!(kept.len(), 1, "{kept:?}");
    let letter = kept[0]["letterId"].as_str().unwrap();
    assert_eq!(replay(&shop, letter).await, "delivered");
    is_paid_by_the_letter(&shop, super::id(&payment)).await;
    assert_eq!(letters(&shop).await, [] as [Value; 0]);
    assert_eq!(replay(&shop, letter).await, "gone");
    is_paid_by_the_letter(&shop, super::id(&payment)).await;
}

#[tokio::test]
async fn a_replay_ends_in_time_and_goes_on_where_it_is_told() {
    let shop = Shop::open_hurried(2, |_| {}).await;
    for _ in 0..3 {
        let reference = fresh("INV");
        let news = json!({
            "partnerReferenceNo": reference,
            "latestTransactionStatus": "00",
            "amount": "10000.00",
        });
        tell(&shop, news).await;
    }
    // A call to DOKU could not be recorded any more: nothing is begun.
    let done = ask(&shop, json!({"replay": "all"})).await;
    assert_eq!([&done["left"], &done["failed"]], [0, 0], "{done}");
    assert_eq!(done["complete"], false, "{done}");
    assert_eq!(
        done["nextCursor"],
        Value::Null,
        "from the beginning: {done}"
    );

    let unhurried = shop.another_deployment(|_| {}).await;
    let done = ask(&unhurried, json!({"replay": "all"})).await;
    assert_eq!(
        [&done["left"], &done["complete"]],
        [&json!(3), &json!(true)]
    );
    let stored = shop.items("NOTIFICATION#").await;
    let places = stored.iter().map(|item| item["ownerSort"]["S"].as_str());
    let mut places: Vec<_> = places.map(Option::unwrap).collect();
    places.sort_unstable();
    for (place, left) in places.into_iter().zip(0..) {
        let done = ask(&unhurried, json!({"replay": "all", "cursor": place})).await;
        assert_eq!(done["left"], json!(left), "those before {place}: {done}");
        let list = ask(&unhurried, json!({"deadLetters": "list", "cursor": place})).await;
        assert_eq!(list["items"].as_array().unwrap().len(), left, "{list}");
    }
}

/// A letter that could not be read, less what it says.
fn letter_item(name: &str, at: &str) -> Value {
    json!({
        "pk": {"S": format!("DEADLETTER#{name}")},
        "sk": {"S": "LETTER"},
        "owner": {"S": "DEADLETTER"},
        "ownerSort": {"S": format!("{at}#{name}")},
        "reason": {"S": "amount is missing or is not valid"},
        "at": {"N": "1795132800000"},
        "expiresAt": {"N": "4102444800"},
    })
}

/// Seals as the functions do: key id, nonce, ciphertext and tag.
fn seal(shop: &Shop, context: &str, text: &str) -> Vec<u8> {
    let data_key = shop.world.secrets().field("dataKey");
    let derive = |purpose: &str| {
        let mut derived = [0; 32];
        let key = Salt::new(HKDF_SHA256, &[]).extract(data_key.as_bytes());
        let info = [purpose.as_bytes()];
        key.expand(&info, HKDF_SHA256)
            .and_then(|material| material.fill(&mut derived))
            .unwrap();
        derived
    };
    let identity = digest(&SHA256, &derive("doku-lambda key id v1"));
    let key = RandomizedNonceKey::new(&AES_256_GCM, &derive("doku-lambda seal v1")).unwrap();
    let mut body = text.as_bytes().to_vec();
    let nonce = key
        .seal_in_place_append_tag(Aad::from(context), &mut body)
        .unwrap();
    [&identity.as_ref()[..4], nonce.as_ref(), &body].concat()
}
