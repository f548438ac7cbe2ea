//! The same codes for each operation, judged in the end by what DOKU has in its books.
//!
//! All requests of an operation are sent first, then the clock is moved once for all of them.

use std::time::Duration;

use serde_json::{Value, json};

use super::case::{Case, Fault, Kind, Told, Way, calls, names, order, ways};
use super::table::Row;
use crate::support::{A_MINUTE, RIGHT_OTP, Shop, fresh, idr};

const FIVE_MINUTES: Duration = Duration::from_secs(301);

/// What a refund sends back here.
const A_PART: u64 = 100;
/// Enough for all of them.
const PAID: u64 = 1_000_000;

/// Every case of one operation.
pub fn cases<'s>(
    shop: &'s Shop,
    kind: Kind,
    service: &str,
    rows: &[(&Row, Told)],
) -> Vec<Case<'s>> {
    let case = |row: &Row, told| {
        let code = format!("{}{service}{}", row.http, row.case);
        let ways = ways(row.http, told).into_iter();
        let cases = ways.map(move |way| Case::new(shop, kind, &code, way));
        cases
            .map(|mut case| {
                case.why = format!("{}: {}", row.why, case.why);
                case
            })
            .collect::<Vec<_>>()
    };
    rows.iter()
        .flat_map(|(row, told)| case(row, *told))
        .collect()
}

/// The rows that say something about an operation.
pub fn picked(rows: &[Row], told: impl Fn(&Row) -> Option<Told>) -> Vec<(&Row, Told)> {
    let told = rows.iter().map(|row| Some((row, told(row)?)));
    told.flatten().collect()
}

/// Sends everything, and what was sent again and again until all is known.
pub async fn run(shop: &Shop, cases: &mut [Case<'_>]) {
    calls(shop).await;
    for case in &mut *cases {
        let done = matches!(case.way.fault, Fault::AfterTheWork(_));
        if done && case.kind.operation != "payment" {
            // One way or the other the notification comes only after the answer.
            shop.doku.holds_notifications(1).await;
        }
        case.begins().await;
    }
    shop.doku.time_passes(A_MINUTE).await;
    let asked_later = |case: &&mut Case<'_>| case.is_open() && !case.is_found_at_once();
    for case in cases.iter_mut().filter(asked_later) {
        case.is_asked_about().await;
    }
    shop.doku.releases_notifications().await;
    shop.doku.time_passes(FIVE_MINUTES).await;
    let resent = |case: &&mut Case<'_>| case.is_denied() && case.kind.operation != "otp";
    for case in cases.iter_mut().filter(resent) {
        case.is_sent_again().await;
    }
    for case in &mut *cases {
        case.is_replayed().await;
    }
    let more = calls(shop).await;
    assert!(more.is_empty(), "nothing of it is sent any more: {more:?}");
}

/// A world of its own with a linked account.
async fn linked() -> (Shop, String) {
    let shop = Shop::open().await;
    let binding = shop.link_account("cust-1").await;
    (shop, binding)
}

/// Everything on a list, from page to page.
async fn listed(shop: &Shop, list: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = shop.merchant.get(&format!("{list}limit=100{cursor}")).await;
        items.extend(page.expect(200).body["items"].as_array().unwrap().clone());
        match page.body["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

/// How often something stands in DOKU's books under that name.
fn entries(rows: &Value, member: &str, name: &str) -> Vec<Value> {
    let rows = rows.as_array().unwrap().iter();
    rows.filter(|row| row[member] == name).cloned().collect()
}

pub async fn payments(rows: &[Row]) {
    let (shop, binding) = &linked().await;
    let mut cases = cases(shop, Kind::PAYMENT, "54", &picked(rows, |row| row.payment));
    for case in &mut cases {
        case.path = String::from("/v1/payments");
        case.body = shop.payment_body(binding, 10_000);
    }
    run(shop, &mut cases).await;

    for case in cases.iter().filter(|case| case.is_open()) {
        shop.confirm(&case.answer().word("paymentId")).await;
    }
    let ledger = shop.doku.ledger().await;
    for case in &cases {
        let (why, reference) = (&case.why, case.body["invoiceNumber"].as_str().unwrap());
        let expected = usize::from(case.takes_effect());
        let taken = entries(&ledger["payments"], "partnerReferenceNo", reference);
        assert_eq!(taken.len(), expected, "{why}");
        assert!(taken.iter().all(|row| row["attempts"] == 1), "{why}");
        let charges = entries(&ledger["charges"], "partnerReferenceNo", reference);
        assert_eq!(charges.len(), usize::from(case.is_open()), "{why}");
    }
}

/// Answers that contradict themselves, after the work.
pub async fn contradictions(table: &[(&str, u16, &str, Told)]) {
    let (shop, binding) = &linked().await;
    let mut cases = Vec::new();
    for (why, http, code, told) in table {
        let way = Way::plain(Fault::AfterTheWork(*http), *told);
        let mut case = Case::new(shop, Kind::PAYMENT, code, way);
        case.why = format!("{why}: {code} under {http}");
        case.path = String::from("/v1/payments");
        case.body = shop.payment_body(binding, 10_000);
        cases.push(case);
    }
    run(shop, &mut cases).await;
    for case in &cases {
        let booked = shop.doku.payment_of(&case.answer().body).await;
        assert_eq!(booked["attempts"], 1, "{}", case.why);
    }
}

pub async fn otps(rows: &[Row]) {
    let (shop, binding) = &linked().await;
    let kind = Kind {
        operation: "otp",
        status: 200,
        works: &["pending", "paid"],
        ..Kind::PAYMENT
    };
    let mut cases = cases(shop, kind, "04", &picked(rows, |row| row.otp));
    let mut references = Vec::new();
    for case in &mut cases {
        let payment = shop.pay(binding, 10_000).await;
        case.path = format!("/v1/payments/{}/otp", payment.id);
        case.body = json!({"otp": RIGHT_OTP});
        references.push((payment.id, payment.body["invoiceNumber"].clone()));
    }
    run(shop, &mut cases).await;

    let ledger = shop.doku.ledger().await;
    for (case, (id, reference)) in cases.iter().zip(&references) {
        let (why, reference) = (&case.why, reference.as_str().unwrap());
        let charges = entries(&ledger["charges"], "partnerReferenceNo", reference);
        let taken = case.takes_effect() && !case.is_denied();
        assert_eq!(charges.len(), usize::from(taken), "{why}");
        if case.is_denied() {
            shop.confirm(id).await;
        }
    }
    shop.doku.falls_silent().await;
    let ledger = shop.doku.ledger().await;
    let now_known = listed(shop, "/v1/payments?customerId=cust-1&").await;
    for (case, (id, reference)) in cases.iter().zip(&references) {
        let (why, reference) = (&case.why, reference.as_str().unwrap());
        let charges = entries(&ledger["charges"], "partnerReferenceNo", reference);
        let expected = usize::from(case.takes_effect());
        assert_eq!(charges.len(), expected, "{why}");
        let payment = now_known.iter().find(|it| it["paymentId"] == **id);
        let paid = payment.unwrap()["status"] == "paid";
        assert_eq!(paid, case.takes_effect(), "{why}");
    }
}

pub async fn refunds(rows: &[Row]) {
    let (shop, binding) = &linked().await;
    let kind = Kind {
        operation: "refund",
        works: &["succeeded"],
        ..Kind::PAYMENT
    };
    let payment = shop.paid(binding, PAID).await;
    let mut cases = cases(shop, kind, "58", &picked(rows, |row| row.refund));
    for case in &mut cases {
        case.path = format!("/v1/payments/{payment}/refunds");
        case.body = json!({"amount": idr(A_PART)});
    }
    run(shop, &mut cases).await;
    shop.doku.falls_silent().await;

    let ledger = shop.doku.ledger().await;
    let now_known = listed(shop, &format!("/v1/payments/{payment}/refunds?")).await;
    let mut sent_back = 0;
    for case in &cases {
        let reference = case.answer().word_at("/gateway/partnerRefundNo");
        let refunds = entries(&ledger["refunds"], "partnerRefundNo", &reference);
        assert_eq!(
            refunds.len(),
            usize::from(case.takes_effect()),
            "{}",
            case.why
        );
        assert!(
            refunds.iter().all(|row| row["attempts"] == 1),
            "{}",
            case.why
        );
        let now = if case.takes_effect() {
            "succeeded"
        } else {
            "failed"
        };
        let refund = now_known
            .iter()
            .find(|it| it["refundId"] == case.answer().body["refundId"]);
        assert_eq!(refund.unwrap()["status"], now, "{}", case.why);
        sent_back += if case.takes_effect() { A_PART } else { 0 };
    }
    let payment = shop.read(&payment).await;
    assert_eq!(payment["refundedAmount"], idr(sent_back));
    assert_eq!(payment["refundableAmount"], idr(PAID - sent_back));
    let booked = shop.doku.payment_of(&payment).await;
    assert_eq!(booked["refunded"], idr(sent_back)["value"]);
}

/// A status check that is refused says nothing: what is unknown stays unknown, and nothing but the
/// question is sent again.
pub async fn statuses(rows: &[Row]) {
    let (shop, binding) = &linked().await;
    let mut waiting = Vec::new();
    for (row, told) in picked(rows, |row| row.status) {
        for way in ways(row.http, told) {
            shop.doku
                .goes_wrong("payment", "accept_then_bad_gateway")
                .await;
            let body = shop.payment_body(binding, 10_000);
            let key = fresh("status");
            let lost = shop.merchant.post_with(&key, "/v1/payments", &body).await;
            lost.expect(202);
            waiting.push((row, way, key, body));
        }
    }
    shop.doku.time_passes(A_MINUTE).await;
    calls(shop).await;
    for (row, way, key, body) in &waiting {
        let code = format!("{}55{}", row.http, row.case);
        let why = format!("{}: status answered {code} ({:?})", row.why, way.fault);
        order(shop, "status", &code, &way.fault).await;
        let answer = shop.merchant.post_with(key, "/v1/payments", body).await;
        let asked = calls(shop).await;
        let asked = names(&asked);
        match way.token {
            Some(token) => assert_eq!(asked, ["status", token, "status"], "{why}"),
            None if code == "4015500" => assert!(asked.len() <= 2, "{why}: {asked:?}"),
            None => assert_eq!(asked, ["status"], "{why}"),
        }
        shop.doku.recovers().await;
        let answer = if way.told == Told::Works {
            answer
        } else {
            assert_eq!(answer.expect(202).body["status"], "unknown", "{why}");
            let again = shop.merchant.post_with(key, "/v1/payments", body).await;
            assert_eq!(names(&calls(shop).await), ["status"], "{why}");
            again
        };
        assert_eq!(answer.status, 201, "{why}: {}", answer.text);
        assert_eq!(answer.body["status"], "otp_required", "{why}");
        assert_eq!(
            shop.doku.payment_of(&answer.body).await["attempts"],
            1,
            "{why}"
        );
    }
}
