//! A charge is declined, and tried again.

use serde_json::{Value, json};

use super::club::Club;

/// What the subscription and one of its charges say.
async fn standing(club: &Club, id: &str, period: &str) -> (Value, Value, Value) {
    let charge = club.charge(id, period).await.unwrap();
    let subscription = club.read(id).await;
    (
        subscription["status"].clone(),
        charge["status"].clone(),
        charge["nextTryAt"].clone(),
    )
}

#[tokio::test]
async fn dunning_walks_its_whole_policy_and_ends_as_it_says() {
    let club = Club::open().await;
    for (then, end) in [("pause", "paused"), ("cancel", "cancelled")] {
        let more = json!({"retry": {"then": then}});
        let start = if then == "pause" {
            "2032-01-05"
        } else {
            "2032-02-05"
        };
        let month = &start[..8];
        let (customer, id) = club.member_with(start, more).await;
        club.shop.doku.declines(&customer, 100).await;
        let days = ["05", "06", "08", "10"].map(|day| format!("{month}{day}"));
        for (index, day) in days.iter().enumerate() {
            // A minute later each time: tries are counted from the first decline.
            club.goes_to(&format!("{day}T09:0{index}")).await;
            club.ticks().await;
            let (subscription, charge, next) = standing(&club, &id, start).await;
            let tried = club.charge(&id, start).await.unwrap();
            assert_eq!(tried["tries"], index + 1, "{day}");
            assert_eq!(tried["failure"]["code"], "insufficient_funds");
            if let Some(next_day) = days.get(index + 1) {
                assert_eq!(
                    (subscription, charge),
                    (json!("past_due"), json!("past_due"))
                );
                assert!(
                    next.as_str().unwrap().starts_with(next_day.as_str()),
                    "{next}"
                );
                club.ticks().await;
                let again = club.charge(&id, start).await.unwrap();
                assert_eq!(again["tries"], index + 1, "not before its day");
            } else {
                assert_eq!((subscription, charge), (json!(end), json!("failed")));
            }
        }
        assert_eq!(club.debits(&customer).await.len(), 0);
        let charge = club.charge(&id, start).await.unwrap();
        let payments = charge["paymentIds"].as_array().unwrap();
        assert_eq!(payments.len(), 4);
        let mut invoices = Vec::new();
        for payment in payments {
            let payment = club.shop.read(payment.as_str().unwrap()).await;
            assert_eq!(payment["status"], "failed");
            invoices.push(payment["invoiceNumber"].as_str().unwrap().to_owned());
        }
        let first = invoices[0].clone();
        assert_eq!(invoices[3], format!("{first}-4"), "{invoices:?}");
        let events = club.events(&id).await;
        let wanted = [
            "subscription.created".to_owned(),
            "subscription.past_due".to_owned(),
            "subscription.past_due".to_owned(),
            "subscription.past_due".to_owned(),
            "subscription.charge_failed".to_owned(),
            format!("subscription.{end}"),
        ];
        assert_eq!(events, wanted);
        club.shop.doku.declines(&customer, 0).await;
    }
    club.shop.doku.saw_no_violation().await;
}

#[tokio::test]
async fn dunning_stops_at_the_first_success() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-05").await;
    club.shop.doku.declines(&customer, 2).await;
    club.goes_to("2032-01-05T09:00").await;
    club.until(&id, "2032-01-05", "past_due").await;
    club.goes_to("2032-01-06T09:02").await;
    club.ticks().await;
    assert_eq!(club.read(&id).await["status"], "past_due");
    assert_eq!(club.read(&id).await["pastDue"], json!(["2032-01-05"]));
    club.goes_to("2032-01-08T09:02").await;
    let paid = club.until(&id, "2032-01-05", "paid").await;
    assert_eq!(paid["tries"], 3);
    assert_eq!(paid["failure"], json!(null));
    let subscription = club.read(&id).await;
    assert_eq!(subscription["status"], "active");
    assert_eq!(subscription["failure"], json!(null));
    club.goes_to("2032-01-20T09:00").await;
    club.ticks().await;
    assert_eq!(club.debits(&customer).await.len(), 1);
    club.goes_to("2032-02-05T09:00").await;
    club.until(&id, "2032-02-05", "paid").await;
    assert_eq!(club.debits(&customer).await.len(), 2);
}

#[tokio::test]
async fn a_lost_account_is_the_customers_to_mend() {
    let club = Club::open().await;
    let (customer, id) = club.member("2032-01-05").await;
    let binding = club.read(&id).await["method"]["bindingId"].clone();
    let path = format!("/v1/bindings/{}", binding.as_str().unwrap());
    club.merchant.delete_with("unbind", &path).await.expect(200);
    club.goes_to("2032-01-05T09:00").await;
    let calls = club.shop.doku.call_count().await;
    let declined = club.until(&id, "2032-01-05", "past_due").await;
    assert_eq!(declined["failure"]["code"], "binding_lost");
    assert_eq!(declined["paymentIds"], json!([]), "nothing was sent");
    assert_eq!(club.shop.doku.call_count().await, calls);
    let events = club.events(&id).await;
    assert_eq!(events[1], "subscription.action_required");

    // Linked anew, it is tried at once.
    let binding = club.joins(&customer).await;
    let change = json!({"method": {"type": "direct_debit", "bindingId": binding}});
    club.change(&id, &change).await.expect(200);
    let paid = club.until(&id, "2032-01-05", "paid").await;
    assert_eq!(paid["tries"], 1, "a try before its time does not count");
    assert_eq!(club.debits(&customer).await.len(), 1);
    assert_eq!(club.read(&id).await["status"], "active");
}

#[tokio::test]
async fn what_nobody_knows_is_asked_about_and_never_charged_blindly() {
    let second = Some(std::time::Duration::from_secs(1));
    let club = Club::open_with(|options| options.doku_timeout = second).await;
    for (kind, day) in [
        ("accept_then_hang", "2032-01-05"),
        ("accept_then_reset", "2032-01-06"),
        ("accept_then_bad_gateway", "2032-01-07"),
        ("hang", "2032-01-08"),
        ("bad_gateway", "2032-01-09"),
    ] {
        let (customer, id) = club.member(day).await;
        club.shop.doku.holds_notifications(10).await;
        club.goes_to(&format!("{day}T09:00")).await;
        club.shop.doku.goes_wrong("payment", kind).await;
        club.ticks().await;
        let charge = club.charge(&id, day).await.unwrap();
        assert_eq!(charge["status"], "charging", "{kind}");
        let payment = club.shop.read(charge["paymentId"].as_str().unwrap()).await;
        assert_eq!(payment["status"], "unknown", "{kind}");
        let calls = club.shop.doku.calls("payment").await.len();
        club.ticks().await;
        assert_eq!(club.shop.doku.calls("payment").await.len(), calls, "{kind}");

        for minute in ["02", "10", "20"] {
            club.goes_to(&format!("{day}T09:{minute}")).await;
            club.ticks().await;
        }
        club.shop.doku.releases_notifications().await;
        club.until(&id, day, "paid").await;
        assert_eq!(club.debits(&customer).await.len(), 1, "{kind}");
    }
    club.shop.doku.saw_no_violation().await;
}
