//! News of DOKU's other products, of other shops and of payments that are not known: acknowledged, and
//! never taken for news of a payment here.

mod products;
mod spellings;
mod unknown;

use serde_json::Value;

use crate::support::{Message, Shop};

/// Sums of a metric, over everything that the functions wrote so far.
fn counted(shop: &Shop, metric: &str) -> u64 {
    metric_lines(shop, metric)
        .iter()
        .filter_map(|line| line[metric].as_u64())
        .sum()
}

/// The lines that state a metric.
fn metric_lines(shop: &Shop, metric: &str) -> Vec<Value> {
    let lines = shop.world.logs();
    let lines = lines.iter();
    let parsed = lines.filter_map(|line| serde_json::from_str::<Value>(&line.text).ok());
    parsed
        .filter(|line| line["_aws"].is_object() && line.get(metric).is_some())
        .collect()
}

/// Delivers a body of the older family, which must be taken.
async fn told(shop: &Shop, body: &Value) {
    let message = Message::non_snap_of(shop, &body.to_string()).await;
    let answer = message.to(shop).await;
    assert_eq!(answer.status, 200, "{body}: {}", answer.text);
}

/// Delivers a SNAP body, which must be taken.
async fn told_snap(shop: &Shop, body: &Value) {
    let message = Message::snap_of(shop, &body.to_string()).await;
    let answer = message.to(shop).await;
    assert_eq!(answer.status, 200, "{body}: {}", answer.text);
}

/// Everything that the table keeps of news that was not delivered.
async fn kept(shop: &Shop) -> Vec<Value> {
    let mut kept = shop.items("DEADLETTER").await;
    let waiting = shop.items("NOTIFICATION#").await.into_iter();
    kept.extend(waiting.filter(|item| !item["waiting"].is_null()));
    kept
}
