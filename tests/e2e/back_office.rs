//! What DOKU's staff do in its Back Office without the merchant's asking: refunds, voids and captures. Each is
//! booked, once, whichever way DOKU reports it; and a failure after a success is reported as what it is.

mod cards;
mod checks;
mod doubts;
mod reversals;
mod snap;

use serde_json::{Value, json};

use crate::support::{Payment, Shop, idr};

/// What most payments here are about.
const AMOUNT: u64 = 90_000;

/// The refunds of a payment, oldest first.
async fn refunds(shop: &Shop, payment: &str) -> Vec<Value> {
    let path = format!("/v1/payments/{payment}/refunds?limit=100");
    let answer = shop.merchant.get(&path).await;
    answer.expect(200).body["items"].as_array().unwrap().clone()
}

/// The amounts, in rupiah, of a payment's refunds by their origin.
async fn made_by(shop: &Shop, payment: &str, origin: &str) -> Vec<Value> {
    let all = refunds(shop, payment).await;
    let of = all.into_iter().filter(|refund| refund["origin"] == origin);
    of.map(|refund| refund["amount"].clone()).collect()
}

/// Insists on the sums of a payment, and on its status.
async fn stands(shop: &Shop, payment: &str, status: &str, refunded: u64, left: u64) -> Value {
    let now = shop.read(payment).await;
    assert_eq!(now["status"], status, "{now}");
    assert_eq!(now["refundedAmount"], idr(refunded), "{now}");
    assert_eq!(now["refundableAmount"], idr(left), "{now}");
    now
}

/// A card payment that the bank has paid out.
async fn settled_sale(shop: &Shop) -> Payment {
    let payment = shop.card_paid(AMOUNT).await;
    shop.doku.falls_silent().await;
    shop.settle(&payment).await;
    payment
}

/// DOKU's staff refund so much of a card payment, or all that is left.
async fn staff_refund(shop: &Shop, payment: &Payment, rupiah: Option<u64>) -> String {
    let mut order = json!({"invoiceNumber": payment.invoice()});
    if let Some(rupiah) = rupiah {
        order["amount"] = json!(rupiah);
    }
    let made = shop.doku.order("cards/refund", order).await;
    made["requestId"].as_str().unwrap().to_owned()
}

/// The same of a SNAP payment.
async fn staff_refund_snap(shop: &Shop, payment: &str, rupiah: Option<u64>) -> String {
    let payment = shop.read(payment).await;
    let reference = payment["gateway"]["partnerReferenceNo"].as_str().unwrap();
    let order = rupiah.map_or_else(|| json!({}), |rupiah| json!({"amount": rupiah}));
    let path = format!("payments/{reference}/refund");
    let made = shop.doku.order(&path, order).await;
    made["refundNo"].as_str().unwrap().to_owned()
}

/// `reconcile` runs every hour.
async fn hours_pass(shop: &Shop, hours: u32) {
    for _ in 0..hours {
        shop.doku.time_passes(crate::support::A_MINUTE * 60).await;
        shop.tick().await;
    }
    shop.doku.falls_silent().await;
}

/// `reconcile` runs until nothing is due, a minute at a time.
async fn minutes_pass(shop: &Shop, minutes: u32) {
    for _ in 0..minutes {
        shop.doku.time_passes(crate::support::A_MINUTE).await;
        shop.tick().await;
    }
    shop.doku.falls_silent().await;
}
