//! Who did it: each event of each kind of change names its actor and its cause, and the actor that asked for the
//! operation where that is another one.

mod bindings;
mod operators;
mod payments;
mod readers;
mod refunds;
mod subscriptions;
mod template;

use serde_json::Value;

use crate::support::Shop;

/// `kind`, and what the actor is known by.
fn actor(item: &Value) -> String {
    let text = |name: &str| item["M"][name]["S"].as_str();
    let known_by = text("subject").or_else(|| text("customerId"));
    let kind = text("kind").unwrap_or("none");
    known_by.map_or_else(|| kind.to_owned(), |name| format!("{kind} {name}"))
}

impl Shop {
    /// The events of a payment, binding or subscription as the table holds them, oldest first: `type: actor, cause`,
    /// and `for` the actor that asked for the operation.
    async fn attributed(&self, what: &str) -> Vec<String> {
        let items = self.items(what).await.into_iter();
        let events = items.filter(|item| {
            let key = item["sk"]["S"].as_str().unwrap();
            key.starts_with("EVENT#")
        });
        let line = |event: Value| {
            let text = |name: &str| event[name]["S"].as_str().unwrap_or("nothing").to_owned();
            let asked_for = match &event["requestedBy"] {
                Value::Null => String::new(),
                other => format!(", for {}", actor(other)),
            };
            let by = actor(&event["actor"]);
            format!("{}: {by}, {}{asked_for}", text("type"), text("cause"))
        };
        events.map(line).collect()
    }
}
