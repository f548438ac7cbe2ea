//! All notifications are lost, for a day.

use serde_json::json;

use super::{A_DAY, MAY_ASK};
use crate::channels::scene::{
    ALLO_CORE, BRI_CORE, CARDS_CORE, CIMB_CORE, DANA_CORE, MANDIRI_CORE, OVO_CORE, SHOPEE_PAY_CORE,
    Scene,
};
use crate::support::{Payment, RIGHT_OTP, Shop, count, fresh};

const CHANNELS: [Scene; 8] = [
    CIMB_CORE,
    BRI_CORE,
    MANDIRI_CORE,
    ALLO_CORE,
    OVO_CORE,
    DANA_CORE,
    SHOPEE_PAY_CORE,
    CARDS_CORE,
];

/// How long after DOKU may be asked everything must be known, in steps of the schedule: minutes.
const LOOKS: [u64; 4] = [0, 2, 5, 15];

/// What the customer, or the line, does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Agrees,
    Refuses,
    /// Agrees; the answer that led there was lost.
    AgreesUnheard,
}

struct Known {
    why: String,
    payment: Payment,
    status: &'static str,
}

async fn customer(shop: &Shop, scene: Scene, payment: &Payment, agrees: bool) {
    let reference = &payment.body["gateway"]["partnerReferenceNo"];
    if scene.is_cards() {
        let order = if agrees {
            (
                "cards/pay",
                json!({"card": "approve", "invoiceNumber": reference}),
            )
        } else {
            (
                "cards/expire",
                json!({"notify": true, "invoiceNumber": reference}),
            )
        };
        shop.doku.order(order.0, order.1).await;
    } else if agrees && payment.status == "otp_required" {
        shop.give_otp(&payment.id, RIGHT_OTP).await.expect(200);
    } else {
        let what = if agrees { "approve" } else { "decline" };
        let path = format!(
            "payments/{}/{what}?channel={}",
            reference.as_str().unwrap(),
            scene.code
        );
        shop.doku.order(&path, json!({})).await;
    }
}

/// A payment whose customer has decided, and of which nobody hears.
async fn decided(shop: &Shop, scene: Scene, binding: &str, way: &str, case: Case) -> Known {
    let mut body = scene.payment_body(shop, binding);
    let payment = if case == Case::AgreesUnheard {
        if scene.linked_by.is_some() {
            body["method"]["confirmation"] = json!(way);
        }
        let called = if scene.is_cards() {
            "payment_page"
        } else {
            "payment"
        };
        shop.doku.goes_wrong(called, "accept_then_reset").await;
        let answer = shop.merchant.post("/v1/payments", &body).await;
        Payment {
            id: answer.expect(202).word("paymentId"),
            status: answer.word("status"),
            body: answer.body,
        }
    } else {
        scene.pay(shop, &body, way).await
    };
    customer(shop, scene, &payment, case != Case::Refuses).await;
    let status = match case {
        Case::Refuses if scene.is_cards() => "expired",
        Case::Refuses => "failed",
        Case::Agrees | Case::AgreesUnheard => "paid",
    };
    Known {
        why: format!("{}, {way}, {case:?}", scene.code),
        payment,
        status,
    }
}

#[tokio::test]
async fn every_payment_is_known_a_quarter_of_an_hour_after_doku_may_be_asked() {
    let shop = Shop::open_with(|options| {
        let confirmed = format!("{},{}", MANDIRI_CORE.code, BRI_CORE.code);
        options.parameters.extend([
            ("UnconfirmedChannels".to_owned(), confirmed),
            ("DueShards".to_owned(), "1".to_owned()),
        ]);
    })
    .await;
    shop.hears_nothing().await;
    let mut all = Vec::new();
    for scene in CHANNELS {
        let binding = scene.link(&shop, &fresh("cust")).await;
        for way in scene.ways {
            all.push(decided(&shop, scene, &binding, way, Case::Agrees).await);
            all.push(decided(&shop, scene, &binding, way, Case::Refuses).await);
            if *way == "page" {
                all.push(decided(&shop, scene, &binding, way, Case::AgreesUnheard).await);
            }
        }
    }
    shop.doku.time_passes(MAY_ASK).await;
    let mut before = 0;
    for minutes in LOOKS {
        let time = std::time::Duration::from_mins(minutes - before);
        shop.looks_after(time).await;
        before = minutes;
        let mut open = Vec::new();
        for known in &all {
            let now = shop.read(&known.payment.id).await;
            if now["status"] != known.status {
                open.push(format!("{}: {}", known.why, now["status"]));
            }
        }
        println!(
            "{minutes} min after DOKU may be asked: {} of {} payments known",
            all.len() - open.len(),
            all.len()
        );
        if minutes == 15 {
            assert!(open.is_empty(), "{open:#?}");
        }
    }
    // DOKU gives up; nothing has changed, and nothing is due.
    let swept = shop.looks_after(A_DAY).await;
    assert_eq!([&swept["due"], &swept["told"]], [0, 0], "{swept}");
    for known in &all {
        let now = shop.read(&known.payment.id).await;
        assert_eq!(now["status"], known.status, "{}", known.why);
        let paid = usize::from(known.status == "paid");
        let told = count(&shop, &known.payment.id, "payment.paid").await;
        assert_eq!(told, paid, "{}", known.why);
        let reference = &now["gateway"]["partnerReferenceNo"];
        let (part, member) = if known.why.starts_with(CARDS_CORE.code) {
            ("cardCharges", "invoiceNumber")
        } else {
            ("charges", "partnerReferenceNo")
        };
        let charges = shop.doku.rows(part, member, reference).await;
        assert_eq!(charges.len(), paid, "{}: {charges:?}", known.why);
    }
    let taken = shop
        .doku
        .admin(reqwest::Method::GET, "notifications", None)
        .await;
    let delivered = |row: &&serde_json::Value| row["outcome"] == "delivered";
    assert_eq!(
        taken.as_array().unwrap().iter().filter(delivered).count(),
        0
    );
    shop.doku.saw_no_violation().await;
}
