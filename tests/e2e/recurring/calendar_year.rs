//! A year of a monthly subscription.

use serde_json::json;

use super::club::{Club, PRICE};
use crate::support::idr;

#[tokio::test]
async fn a_year_of_month_ends_is_twelve_charges_on_the_right_days() {
    let club = Club::open().await;
    let (customer, id) = club.member_with("2032-01-31", json!({"count": 12})).await;
    let days = [
        "2032-01-31",
        "2032-02-29",
        "2032-03-31",
        "2032-04-30",
        "2032-05-31",
        "2032-06-30",
        "2032-07-31",
        "2032-08-31",
        "2032-09-30",
        "2032-10-31",
        "2032-11-30",
        "2032-12-31",
    ];
    for day in days {
        let next = &club.read(&id).await["nextCharge"];
        assert_eq!(next["period"], day);
        club.goes_to(&format!("{day}T08:59")).await;
        club.ticks().await;
        assert_eq!(club.charge(&id, day).await, None, "not before its time");
        club.goes_to(&format!("{day}T09:00")).await;
        let charge = club.until(&id, day, "paid").await;
        let payment = charge["paymentId"].as_str().unwrap();
        let payment = club.shop.read(payment).await;
        assert_eq!(payment["status"], "paid");
        assert_eq!(payment["subscriptionId"], id.as_str());
        assert_eq!(payment["period"], day);
        assert_eq!(payment["amount"], idr(PRICE));
        club.shop.doku.charged_once(&payment).await;
    }
    let charges = club.charges(&id).await;
    let periods: Vec<_> = charges
        .iter()
        .rev()
        .map(|one| one["period"].clone())
        .collect();
    assert_eq!(json!(periods), json!(days));
    let debits = club.debits(&customer).await;
    assert_eq!(debits.len(), 12, "{debits:?}");
    let days_of_debits: Vec<_> = debits
        .iter()
        .map(|debit| day_at_jakarta(debit["at"].as_str().unwrap()))
        .collect();
    assert_eq!(days_of_debits, days);
    let over = club.read(&id).await;
    assert_eq!(over["status"], "completed");
    assert_eq!(over["nextCharge"], json!(null));
    let events = club.events(&id).await;
    assert_eq!(events.first().unwrap(), "subscription.created");
    assert_eq!(events.last().unwrap(), "subscription.completed");
    let paid = events.iter().filter(|kind| *kind == "subscription.charged");
    assert_eq!(paid.count(), 12, "{events:?}");
    club.goes_to("2033-06-01T09:00").await;
    club.ticks().await;
    assert_eq!(club.debits(&customer).await.len(), 12);
    club.shop.doku.saw_no_violation().await;
}

/// The date at Jakarta of a moment that DOKU wrote.
fn day_at_jakarta(moment: &str) -> String {
    let moment =
        time::OffsetDateTime::parse(moment, &time::format_description::well_known::Rfc3339);
    let jakarta = time::UtcOffset::from_hms(7, 0, 0).unwrap();
    moment.unwrap().to_offset(jakarta).date().to_string()
}
