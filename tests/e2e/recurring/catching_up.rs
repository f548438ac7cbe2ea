//! The schedule stood still, and comes back.

use serde_json::json;

use super::club::Club;

/// What became of each day, oldest first.
async fn days(club: &Club, id: &str) -> Vec<(String, String)> {
    let charges = club.charges(id).await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let day = |charge: &serde_json::Value| (text(&charge["period"]), text(&charge["status"]));
    charges.iter().rev().map(day).collect()
}

#[tokio::test]
async fn after_an_outage_every_missed_period_is_handled_by_policy() {
    let club = Club::open().await;
    let mut members = Vec::new();
    for policy in ["charge_all", "charge_latest", "skip"] {
        let more = json!({"interval": {"unit": "day"}, "catchUp": policy});
        members.push((policy, club.member_with("2032-01-02", more).await));
    }
    club.goes_to("2032-01-02T09:00").await;
    for (_, (_, id)) in &members {
        club.until(id, "2032-01-02", "paid").await;
    }

    // 24 hours without a tick, so that a day is late; then another two.
    club.goes_to("2032-01-04T08:30").await;
    club.ticks().await;
    let wanted = [
        ("charge_all", "2032-01-03", "paid"),
        ("charge_latest", "2032-01-03", "paid"), // no later one is due
        ("skip", "2032-01-03", "skipped"),
    ];
    for ((_, (_, id)), (policy, day, status)) in members.iter().zip(wanted) {
        let charge = club.until(id, day, status).await;
        assert_eq!(charge["status"], status, "{policy}");
    }
    club.goes_to("2032-01-06T10:00").await;
    club.ticks().await;
    let wanted: [(&str, [&str; 3], usize); 3] = [
        ("charge_all", ["paid", "paid", "paid"], 5),
        ("charge_latest", ["skipped", "skipped", "paid"], 3),
        ("skip", ["skipped", "skipped", "paid"], 2),
    ];
    for ((_, (customer, id)), (policy, statuses, debits)) in members.iter().zip(wanted) {
        club.until(id, "2032-01-06", "paid").await;
        if policy == "charge_all" {
            club.until(id, "2032-01-04", "paid").await;
            club.until(id, "2032-01-05", "paid").await;
        }
        let seen = days(&club, id).await;
        let last: Vec<_> = seen[2..]
            .iter()
            .map(|(_, status)| status.as_str())
            .collect();
        assert_eq!(last, statuses, "{policy}: {seen:?}");
        assert_eq!(club.debits(customer).await.len(), debits, "{policy}");
        let missed = club.charges(id).await;
        let missed = missed.iter().filter(|charge| charge["status"] == "skipped");
        for charge in missed {
            assert_eq!(charge["skipReason"], "missed");
            assert_eq!(charge["paymentId"], json!(null));
        }
    }
    club.shop.doku.saw_no_violation().await;
}
