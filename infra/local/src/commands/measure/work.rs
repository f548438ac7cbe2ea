//! The work that is measured: payments and captures one after the other, and once everything else,
//! so that each function has done something before its memory is read.

use local::World;
use serde_json::{Value, json};

use super::merchant::{Merchant, idr};
use crate::commands::{CUSTOMER, RIGHT_OTP, Surprise, customer};

/// Requests of each kind that are not counted: connections, tokens and caches settle during them.
const SETTLING: usize = 20;
/// After this an authorisation is about to lapse.
const SIX_DAYS_MS: u64 = 6 * 24 * 60 * 60 * 1000;

/// How long each request took in microseconds, seen from the merchant.
pub struct Times {
    /// Charges of an account.
    pub payments: Vec<u64>,
    /// Card pages asked for.
    pub card_payments: Vec<u64>,
    /// Captures of what those pages were paid with.
    pub captures: Vec<u64>,
}

/// Does all of it, with `count` requests of each kind.
pub async fn all(world: &World, count: usize) -> Result<Times, Surprise> {
    let merchant = Merchant::new(world)?;
    let payments = payments(&merchant, count).await?;
    let (card_payments, captures) = cards(&merchant, count).await?;
    look_after_what_is_due(world, &merchant).await?;
    Ok(Times {
        payments,
        card_payments,
        captures,
    })
}

/// Links an account, makes `count` payments, confirms and refunds the last.
async fn payments(merchant: &Merchant, count: usize) -> Result<Vec<u64>, Surprise> {
    let binding_id = link(merchant).await?;
    let mut times = Vec::with_capacity(SETTLING + count);
    let mut last = Value::Null;
    for number in 0..SETTLING + count {
        let body = json!({
            "invoiceNumber": format!("INV-{number}"),
            "amount": idr(10_000),
            "method": { "type": "direct_debit", "bindingId": binding_id },
            "returnUrl": "https://shop.example/paid",
        });
        let key = format!("pay-{number}");
        let (payment, took) = merchant
            .timed_post("/v1/payments", &key, &body, 201)
            .await?;
        last = payment;
        times.push(took);
    }
    let path = path_of(&last);
    let otp = json!({ "otp": RIGHT_OTP });
    merchant
        .post(&format!("{path}/otp"), "otp", &otp, 200)
        .await?;
    merchant.wait_until(&path, "paid").await?;
    let part = json!({ "amount": idr(2_500) });
    merchant
        .post(&format!("{path}/refunds"), "refund", &part, 201)
        .await?;
    Ok(times.split_off(SETTLING))
}

async fn link(merchant: &Merchant) -> Result<String, Surprise> {
    let body = json!({
        "customer": { "id": CUSTOMER, "phone": "6281234567890" },
        "channel": "DIRECT_DEBIT_CIMB_SNAP",
        "returnUrl": "https://shop.example/linked",
    });
    let binding = merchant.post("/v1/bindings", "link", &body, 201).await?;
    let page = binding
        .pointer("/nextAction/url")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let visit = customer::approve(&merchant.client, page).await?;
    customer::follow(&merchant.client, &visit.leads_to).await?;
    Ok(binding["bindingId"].as_str().unwrap_or_default().to_owned())
}

/// Asks for `count` card pages, has them paid, and captures what they hold.
async fn cards(merchant: &Merchant, count: usize) -> Result<(Vec<u64>, Vec<u64>), Surprise> {
    let (mut pages, mut captures) = (Vec::new(), Vec::new());
    let mut paths = Vec::new();
    for number in 0..SETTLING + count {
        let (payment, took) = open_page(merchant, number).await?;
        pages.push(took);
        paths.push(path_of(&payment));
    }
    for (number, path) in paths.iter().enumerate() {
        merchant.order("cards/pay", &invoice(number)).await?;
        merchant.wait_until(path, "authorized").await?;
    }
    // DOKU tells of every capture. To take that in would slow down the next one.
    let hold = json!({ "operation": "notification", "kind": "hold", "times": paths.len() });
    merchant.order("faults", &hold).await?;
    for (number, path) in paths.iter().enumerate() {
        let (path, key) = (format!("{path}/capture"), format!("capture-{number}"));
        let (_, took) = merchant.timed_post(&path, &key, &json!({}), 200).await?;
        captures.push(took);
    }
    merchant.order("notifications/release", &json!({})).await?;
    Ok((pages.split_off(SETTLING), captures.split_off(SETTLING)))
}

async fn open_page(merchant: &Merchant, number: usize) -> Result<(Value, u64), Surprise> {
    let mut body = invoice(number);
    body["amount"] = idr(10_000);
    body["customer"] = json!({ "id": CUSTOMER, "email": "anton@example.com" });
    body["method"] = json!({ "type": "card", "paymentType": "AUTHORIZE" });
    let key = format!("card-{number}");
    merchant.timed_post("/v1/payments", &key, &body, 201).await
}

fn invoice(number: usize) -> Value {
    json!({ "invoiceNumber": format!("CARD-{number}") })
}

/// Leaves one authorisation alone until it is due, and has it looked after.
async fn look_after_what_is_due(world: &World, merchant: &Merchant) -> Result<(), Surprise> {
    let number = usize::MAX;
    let (payment, _) = open_page(merchant, number).await?;
    merchant.order("cards/pay", &invoice(number)).await?;
    merchant
        .wait_until(&path_of(&payment), "authorized")
        .await?;
    let later = json!({ "advanceMs": SIX_DAYS_MS });
    merchant.order("clock", &later).await?;
    let told = world.tick("reconcile").await;
    let told = told.map_err(|error| Surprise::new(format!("error: reconcile failed: {error}")))?;
    if told["announced"] != 1 {
        return Err(Surprise::new(format!(
            "error: reconcile announced another number than one: {told}"
        )));
    }
    Ok(())
}

fn path_of(payment: &Value) -> String {
    let id = payment["paymentId"].as_str().unwrap_or_default();
    format!("/v1/payments/{id}")
}
