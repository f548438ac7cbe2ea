//! Customers with a wallet and a subscription each, many at a time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::task::JoinSet;

use super::merchant::{Merchant, idr};
use crate::commands::Surprise;

/// Customers that join at a time: as many as a function has processes.
const AT_A_TIME: usize = 8;

/// The first charge is so many days ahead: far enough for all of them to have joined.
const DAYS_AHEAD: Duration = Duration::from_hours(48);

/// So many customers join. Says how far ahead the first charge of all of them is.
pub async fn join(merchant: &Arc<Merchant>, count: usize) -> Result<Duration, Surprise> {
    let start = (moment(&merchant.now().await?)? + DAYS_AHEAD).date();
    let start = start.to_string();
    let mut running = JoinSet::new();
    let mut due = String::new();
    for number in 0..count {
        if running.len() == AT_A_TIME {
            due = joined(running.join_next().await)?;
        }
        let (merchant, start) = (Arc::clone(merchant), start.clone());
        running.spawn(async move { one_joins(&merchant, number, &start).await });
    }
    while let Some(one) = running.join_next().await {
        due = joined(Some(one))?;
    }
    let ahead = moment(&due)? - moment(&merchant.now().await?)?;
    Duration::try_from(ahead).map_err(|_| Surprise::new("error: joining took longer than a day"))
}

fn joined(
    one: Option<Result<Result<String, Surprise>, tokio::task::JoinError>>,
) -> Result<String, Surprise> {
    one.and_then(Result::ok)
        .unwrap_or_else(|| Err(Surprise::new("error: somebody did not join")))
}

/// One customer links a wallet and subscribes. Says when the first charge is.
async fn one_joins(merchant: &Merchant, number: usize, start: &str) -> Result<String, Surprise> {
    let customer = format!("member-{number}");
    let body = json!({
        "customer": { "id": customer, "phone": format!("62812{number:08}") },
        "channel": "EMONEY_OVO_SNAP",
        "returnUrl": "https://shop.example/linked",
    });
    let key = format!("link-{number}");
    let binding = merchant.post("/v1/bindings", &key, &body, 201).await?;
    let page = binding.pointer("/nextAction/url").and_then(Value::as_str);
    let code = page.and_then(|page| page.rsplit('/').next());
    merchant.agree(code.unwrap_or_default()).await?;
    let body = json!({
        "customerId": customer,
        "method": { "type": "direct_debit", "bindingId": binding["bindingId"] },
        "amount": idr(50_000),
        "interval": { "unit": "month" },
        "startDate": start,
    });
    let key = format!("subscribe-{number}");
    let path = "/v1/subscriptions";
    let subscription = merchant.post(path, &key, &body, 201).await?;
    let at = subscription.pointer("/nextCharge/at");
    Ok(at.and_then(Value::as_str).unwrap_or_default().to_owned())
}

fn moment(at: &str) -> Result<OffsetDateTime, Surprise> {
    OffsetDateTime::parse(at, &Rfc3339)
        .map_err(|_| Surprise::new(format!("error: this is no moment: {at}")))
}
