//! Balance inquiry: what the customer's account holds.

use serde_json::{Value, json};

use super::{Order, Work};
use crate::answer::Answer;

pub fn perform(work: &Work<'_>, order: &Order<'_>) -> Answer {
    let customer = order.customer.as_ref();
    let cust_id = customer.map_or("", |customer| &customer.cust_id);
    let money = |value: &str| json!({"value": value, "currency": "IDR"});
    let holdings = work.world.accounts.holdings(order.place.channel, cust_id);
    let rows: Vec<Value> = holdings
        .iter()
        .map(|holding| {
            json!({
                "balanceType": holding.balance_type,
                "amount": money(&holding.amount),
                "flatAmount": money(&holding.flat_amount),
                "holdAmount": money(&holding.hold_amount),
            })
        })
        .collect();
    Answer::success(work.operation, json!({"accountInfos": rows}))
}
