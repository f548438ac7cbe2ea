//! DOKU's books and ours, compared.

use serde_json::{Value, json};

use super::operation::{AMOUNT, About, CAPTURED, CHANGED, REFUNDED, Subject};
use super::stage::Stage;
use crate::support::{count, idr};

/// How one thing stands.
#[derive(Debug)]
pub struct Found {
    /// In a word.
    pub word: String,
    /// True when it is neither final nor escalated to an operator.
    pub is_open: bool,
    /// True when more was taken, or given back, than was asked for.
    pub twice: bool,
    /// What does not agree.
    pub wrong: Option<String>,
}

impl Found {
    fn new(word: &str, is_open: bool, done: usize, wrong: Option<String>) -> Self {
        Self {
            word: word.to_owned(),
            is_open,
            twice: done > 1,
            wrong,
        }
    }
}

fn rows<'l>(ledger: &'l Value, part: &str, member: &str, value: &str) -> Vec<&'l Value> {
    let rows = ledger[part].as_array().unwrap().iter();
    rows.filter(|row| row[member] == value).collect()
}

/// The payment with that invoice number, if it was stored.
pub async fn stored(stage: &Stage, invoice: &str) -> Option<Value> {
    let path = format!("/v1/payments?invoiceNumber={invoice}");
    let found = stage.shop.merchant.get(&path).await;
    found.expect(200).body["items"].get(0).cloned()
}

/// The binding of that customer, if it was stored.
pub async fn linked(stage: &Stage, customer: &str) -> Option<Value> {
    let path = format!("/v1/customers/{customer}/bindings");
    let found = stage.shop.merchant.get(&path).await;
    found.expect(200).body["items"].get(0).cloned()
}

/// Compares what DOKU has of a subject with what the API says.
pub async fn compare(stage: &Stage, subject: &Subject, ledger: &Value) -> Found {
    match &subject.about {
        About::Debit(invoice) => {
            let done = rows(ledger, "charges", "partnerReferenceNo", invoice);
            charge(stage, invoice, done.len()).await
        }
        About::CardCharge(invoice) => {
            let done = rows(ledger, "cardCharges", "invoiceNumber", invoice);
            charge(stage, invoice, done.len()).await
        }
        About::Capture(invoice) => {
            let done = rows(ledger, "cardCaptures", "invoiceNumber", invoice);
            capture(stage, invoice, done.len()).await
        }
        About::Hold(invoice) => {
            let done = rows(ledger, "cardCaptures", "invoiceNumber", invoice);
            hold(stage, invoice, done.len()).await
        }
        About::Refund(invoice) => {
            let done = rows(ledger, "refunds", "originalPartnerReferenceNo", invoice);
            refund(stage, invoice, done.len()).await
        }
        About::CardRefund(invoice) => {
            let done = rows(ledger, "cardRefunds", "invoiceNumber", invoice);
            refund(stage, invoice, done.len()).await
        }
        About::Binding(customer) => {
            let held = rows(ledger, "bindings", "custIdMerchant", customer);
            let active = held.iter().filter(|row| row["status"] == "active");
            binding(stage, customer, active.count()).await
        }
        About::BindingByOtp(customer) => {
            let held = rows(ledger, "bindings", "custIdMerchant", customer);
            let active = held.iter().filter(|row| row["status"] == "active");
            binding_by_otp(stage, customer, active.count()).await
        }
        About::Subscription(id) => subscription(stage, id).await,
    }
}

/// Whether an operator was asked to settle it.
async fn is_escalated(stage: &Stage, payment: &str, kind: &str) -> bool {
    count(&stage.shop, payment, kind).await > 0
}

/// A change was made or was not, and once.
async fn subscription(stage: &Stage, id: &str) -> Found {
    let path = format!("/v1/subscriptions/{id}");
    let answer = stage.shop.merchant.get(&path).await;
    let now = answer.expect(200).body.clone();
    let events = stage.shop.merchant.get(&format!("{path}/events")).await;
    let events = events.expect(200).body["items"].as_array().unwrap().clone();
    let of = |kind: &str| {
        let same = |event: &&Value| event["type"] == format!("subscription.{kind}");
        events.iter().filter(same).count()
    };
    let changed = usize::from(now["amount"] == idr(CHANGED));
    let ended = usize::from(now["status"] == "cancelled");
    let word = match (changed, ended) {
        (0, 0) => "as before",
        (_, 0) => "changed",
        _ => "ended",
    };
    let agrees = of("changed") == changed && of("cancelled") == ended;
    let wrong = (!agrees).then(|| format!("{now}: {events:?}"));
    Found::new(word, false, of("changed").max(of("cancelled")), wrong)
}

async fn charge(stage: &Stage, invoice: &str, done: usize) -> Found {
    let Some(payment) = stored(stage, invoice).await else {
        let lost = (done > 0).then(|| "debited, and nothing stored".to_owned());
        return Found::new("nothing stored", false, done, lost);
    };
    let status = payment["status"].as_str().unwrap();
    let id = payment["paymentId"].as_str().unwrap();
    let is_final = matches!(status, "paid" | "failed" | "expired" | "cancelled");
    let is_open = !is_final && !is_escalated(stage, id, "payment.needs_attention").await;
    let told = count(&stage.shop, id, "payment.paid").await;
    let agrees = !is_open && (status == "paid") == (done == 1) && told == done;
    let wrong = (!agrees).then(|| format!("{done} debits, told {told} times: {payment}"));
    Found::new(status, is_open, done, wrong)
}

async fn capture(stage: &Stage, invoice: &str, done: usize) -> Found {
    let payment = stored(stage, invoice).await.unwrap();
    let status = payment["status"].as_str().unwrap();
    let capture = &payment["capture"]["status"];
    let id = payment["paymentId"].as_str().unwrap();
    let is_final = capture != "unknown" && capture != "pending";
    let is_open = !is_final && !is_escalated(stage, id, "payment.needs_attention").await;
    let word = match status {
        "paid" => "captured",
        other => other,
    };
    let taken = if done == 1 {
        idr(CAPTURED)
    } else {
        Value::Null
    };
    let agrees =
        !is_open && (status == "paid") == (done == 1) && payment["capturedAmount"] == taken;
    let wrong = (!agrees).then(|| format!("{done} captures: {payment}"));
    Found::new(word, is_open, done, wrong)
}

async fn hold(stage: &Stage, invoice: &str, done: usize) -> Found {
    let payment = stored(stage, invoice).await.unwrap();
    let status = payment["status"].as_str().unwrap();
    let id = payment["paymentId"].as_str().unwrap();
    let told = count(&stage.shop, id, "payment.expired").await;
    let is_open = status == "authorized";
    let agrees = status == "expired" && done == 0 && told == 1;
    let wrong = (!agrees).then(|| format!("{done} captures, told {told} times: {payment}"));
    Found::new(status, is_open, done, wrong)
}

async fn refund(stage: &Stage, invoice: &str, done: usize) -> Found {
    let payment = stored(stage, invoice).await.unwrap();
    let id = payment["paymentId"].as_str().unwrap();
    let path = format!("/v1/payments/{id}/refunds");
    let answer = stage.shop.merchant.get(&path).await;
    let refunds = answer.expect(200).body["items"].as_array().unwrap();
    let status = refunds.first().map(|refund| refund["status"].clone());
    let word = match status.as_ref().and_then(Value::as_str) {
        None => "nothing stored",
        Some("succeeded") => "refunded",
        Some(other) => other,
    };
    let is_final = !matches!(word, "unknown" | "pending");
    let is_open = !is_final && !is_escalated(stage, id, "refund.needs_attention").await;
    let gone = if done == 1 { REFUNDED } else { 0 };
    // What an operator has to settle keeps its amount reserved.
    let reserved = if is_final { 0 } else { REFUNDED };
    let agrees = !is_open
        && refunds.len() <= 1
        && (word == "refunded") == (done == 1)
        && payment["refundedAmount"] == idr(gone)
        && payment["refundableAmount"] == idr(AMOUNT - gone - reserved);
    let wrong = (!agrees).then(|| format!("{done} refunds: {refunds:?} of {payment}"));
    Found::new(word, is_open, done, wrong)
}

async fn binding(stage: &Stage, customer: &str, active: usize) -> Found {
    let Some(binding) = linked(stage, customer).await else {
        let lost = (active > 0).then(|| "linked, and nothing stored".to_owned());
        return Found::new("nothing stored", false, active, lost);
    };
    let status = binding["status"].as_str().unwrap();
    let is_open = !matches!(status, "active" | "failed" | "unbound");
    let agrees = !is_open && (status == "active") == (active == 1);
    let wrong = (!agrees).then(|| format!("{active} links at DOKU: {binding}"));
    Found::new(status, is_open, active, wrong)
}

/// A binding whose OTP no caller repeats ends as failed: DOKU offers nothing to ask with, and the token that
/// would undo it came with the answer that was lost. Nothing can be charged by it then, and the customer
/// binds again. The other way round, active here and not at DOKU, is wrong.
async fn binding_by_otp(stage: &Stage, customer: &str, active: usize) -> Found {
    let found = binding(stage, customer, active).await;
    let is_given_up = found.word == "failed" && active == 1;
    Found {
        wrong: found.wrong.filter(|_| !is_given_up),
        ..found
    }
}

/// DOKU's books as they are.
pub async fn ledger(stage: &Stage) -> Value {
    let ledger = stage.shop.doku.ledger().await;
    assert_eq!(ledger["violations"], json!([]));
    ledger
}
