//! What is bought, as payments of every dialect list it (`lineItems`).

use serde::Serialize;

use crate::domain::card::Item;
use crate::domain::channel::{Channel, Wanted};

#[derive(Serialize)]
pub(super) struct LineItem<'a> {
    name: &'a str,
    price: String,
    quantity: String,
}

/// The list; empty where the channel is not told.
pub(super) fn line_items<'a>(channel: &Channel, items: &'a [Item]) -> Vec<LineItem<'a>> {
    if channel.items == Wanted::No {
        return Vec::new();
    }
    let line = |item: &'a Item| LineItem {
        name: &item.name,
        price: item.price.to_snap(),
        quantity: item.quantity.to_string(),
    };
    items.iter().map(line).collect()
}
