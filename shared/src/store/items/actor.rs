//! The author of a change as it lies in the table, within an event, and the one who asked for it.

use serde::{Deserialize, Serialize};

use crate::domain::attribution::{Actor, Subject};
use crate::domain::ids::CustomerId;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct ActorItem {
    pub kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
}

impl ActorItem {
    pub fn new(actor: &Actor) -> Self {
        let text = |text: &str| text.to_owned();
        Self {
            kind: actor.kind().to_owned(),
            subject: actor.subject().map(Subject::as_str).map(text),
            customer_id: actor.customer().map(CustomerId::as_str).map(text),
        }
    }
}

/// The actor that asked for something, as one text: a claim and a binding have no room for more.
pub(super) fn text_of(actor: &Actor) -> String {
    let name = actor.subject().map(Subject::as_str);
    let name = name.or_else(|| actor.customer().map(CustomerId::as_str));
    name.map_or_else(
        || actor.kind().to_owned(),
        |name| format!("{}:{name}", actor.kind()),
    )
}

/// Reads that text. `None` where a newer release wrote it.
pub(super) fn read(text: &str) -> Option<Actor> {
    match text.split_once(':') {
        None => Actor::stored(text, None),
        Some((kind, name)) => Actor::stored(kind, Some(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::attribution::Attribution;

    #[test]
    fn an_actor_is_read_as_it_was_written() {
        let customer = CustomerId::parse("cust-1").unwrap();
        for (by, text) in [
            (
                Attribution::merchant("urn:client:7"),
                "merchant:urn:client:7",
            ),
            (Attribution::customer(customer), "customer:cust-1"),
            (
                Attribution::operator(Some("Ayu: operations")),
                "operator:Ayu: operations",
            ),
            (Attribution::operator(None), "operator"),
            (Attribution::browser(), "browser"),
            (Attribution::notification(), "doku"),
            (Attribution::schedule(), "schedule"),
        ] {
            assert_eq!(text_of(by.actor()), text);
            assert_eq!(read(text).as_ref(), Some(by.actor()), "{text}");
        }
        for newer in ["bank", "bank:7", "merchant", "customer", "customer:", ""] {
            assert_eq!(read(newer), None, "{newer}");
        }
    }
}
