//! When periods fall: anchors, the end of months, ends and numbers.

use serde_json::{Value, json};

use crate::recurring::club::Club;
use crate::support::{Answer, Shop, Untouched};

async fn made(shop: &Shop, wallet: &str, plan: &Value) -> Answer {
    let mut body = shop.subscription_body("cust-1", wallet);
    body.as_object_mut()
        .unwrap()
        .extend(plan.as_object().unwrap().clone());
    shop.merchant.post("/v1/subscriptions", &body).await
}

#[tokio::test]
async fn the_first_period_is_the_first_day_that_fits() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let table = [
        (
            "the start's own day",
            json!({"startDate": "2096-01-15"}),
            "2096-01-15",
        ),
        (
            "a later day of the month",
            json!({"startDate": "2096-01-15", "anchorDay": 31}),
            "2096-01-31",
        ),
        (
            "an earlier day, so in the next month, which is short but leaps",
            json!({"startDate": "2096-01-31", "anchorDay": 30}),
            "2096-02-29",
        ),
        (
            "an anchor that a common February has not",
            json!({"startDate": "2097-02-01", "anchorDay": 31}),
            "2097-02-28",
        ),
        (
            "years: the anchor in the start's month",
            json!({"startDate": "2097-02-01", "anchorDay": 29, "interval": {"unit": "year"}}),
            "2097-02-28",
        ),
        (
            "weeks: the next Monday",
            json!({"startDate": "2096-01-31", "anchorDay": 1, "interval": {"unit": "week"}}),
            "2096-02-06",
        ),
        (
            "days begin at the start",
            json!({"startDate": "2096-02-29", "interval": {"unit": "day", "every": 365}}),
            "2096-02-29",
        ),
        (
            "however far apart the others are",
            json!({"startDate": "2096-02-01", "anchorDay": 31,
                   "interval": {"unit": "month", "every": 24}}),
            "2096-02-29",
        ),
    ];
    for (why, plan, period) in table {
        let answer = made(&shop, &wallet, &plan).await;
        let next = &answer.expect(201).body["nextCharge"];
        assert_eq!(next["period"], period, "{why}");
        assert_eq!(next["at"], format!("{period}T02:00:00.000Z"), "{why}");
    }
}

/// Skipping is the quickest way through a calendar.
#[tokio::test]
async fn an_anchor_of_31_comes_back_after_each_short_month() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let plan = json!({"startDate": "2096-01-31", "anchorDay": 31});
    let id = made(&shop, &wallet, &plan).await.word("subscriptionId");
    let path = format!("/v1/subscriptions/{id}");
    for next in [
        "2096-02-29",
        "2096-03-31",
        "2096-04-30",
        "2096-05-31",
        "2096-06-30",
    ] {
        let skipped = shop.merchant.patch(&path, &json!({"skipNext": true})).await;
        assert_eq!(skipped.expect(200).body["nextCharge"]["period"], next);
    }
}

#[tokio::test]
async fn a_start_that_is_not_said_is_today_where_the_customer_is() {
    let club = Club::open().await;
    let wallet = club.joins("cust-1").await;
    let mut plan = Club::plan("cust-1", &wallet, "");
    plan["startDate"] = json!(null);
    plan["interval"] = json!({"unit": "day"});
    // The club opens when a new year begins at Jakarta.
    for (zone, today) in [
        ("Asia/Jakarta", "2032-01-01"),
        ("Asia/Jayapura", "2032-01-01"),
        ("UTC", "2031-12-31"),
    ] {
        plan["timeZone"] = json!(zone);
        let answer = club.merchant.post("/v1/subscriptions", &plan).await;
        assert_eq!(answer.expect(201).body["startDate"], today, "{zone}");
        plan["startDate"] = json!("2031-12-31");
        let answer = club.merchant.post("/v1/subscriptions", &plan).await;
        let past = today > "2031-12-31";
        if past {
            answer.expect_problem(400, "invalid_request");
            assert_eq!(answer.fields(), ["startDate"], "{zone}");
        } else {
            answer.expect(201);
        }
        plan["startDate"] = json!(null);
    }
}

#[tokio::test]
async fn an_end_lies_behind_the_first_period() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let last = json!({"startDate": "2096-01-01", "anchorDay": 31, "endDate": "2096-01-31"});
    let answer = made(&shop, &wallet, &last).await;
    let id = answer.expect(201).word("subscriptionId");

    let untouched = Untouched::so_far(&shop).await;
    let table = [
        (
            "no period until then",
            json!({"startDate": "2096-01-01", "anchorDay": 31, "endDate": "2096-01-30"}),
        ),
        (
            "before the start",
            json!({"startDate": "2096-01-31", "endDate": "2096-01-30"}),
        ),
        (
            "in the past",
            json!({"startDate": null, "endDate": "2020-01-01"}),
        ),
    ];
    for (why, plan) in table {
        let answer = made(&shop, &wallet, &plan).await;
        answer.expect_problem(400, "invalid_request");
        assert_eq!(answer.fields(), ["endDate"], "{why}: {}", answer.text);
    }
    untouched.still(&shop, "ends").await;

    // The only period skipped, nothing is left.
    let path = format!("/v1/subscriptions/{id}");
    let skip = json!({"skipNext": true});
    let skipped = shop.merchant.patch(&path, &skip).await;
    assert_eq!(skipped.expect(200).body["status"], "completed");
    assert_eq!(skipped.body["nextCharge"], json!(null));
    let again = shop.merchant.patch(&path, &skip).await;
    again.expect_problem(409, "illegal_transition");
}

/// What was agreed on is a number of charges, and a skipped period is none.
#[tokio::test]
async fn a_skipped_period_does_not_count() {
    let shop = Shop::open().await;
    let wallet = shop.link_wallet("cust-1").await;
    let answer = made(&shop, &wallet, &json!({"count": 1})).await;
    let id = answer.expect(201).word("subscriptionId");
    let path = format!("/v1/subscriptions/{id}");
    let skipped = shop.merchant.patch(&path, &json!({"skipNext": true})).await;
    assert_eq!(skipped.expect(200).body["status"], "active");
    assert_eq!(skipped.body["nextCharge"]["period"], "2096-02-29");
    assert_eq!(skipped.body["chargesBegun"], 0);
}
