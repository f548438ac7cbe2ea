//! What is bought, as it lies in the table.

use serde::{Deserialize, Serialize};

use crate::domain::card::Item;
use crate::domain::money::Rupiah;

#[derive(Serialize, Deserialize)]
pub(super) struct GoodsItem {
    name: String,
    price: u64,
    quantity: u32,
}

pub(super) fn goods(items: &[Item]) -> Vec<GoodsItem> {
    let one = |item: &Item| GoodsItem {
        name: item.name.clone(),
        price: item.price.whole(),
        quantity: item.quantity,
    };
    items.iter().map(one).collect()
}

pub(super) fn read_goods(items: Vec<GoodsItem>) -> Vec<Item> {
    let one = |item: GoodsItem| Item {
        name: item.name,
        price: Rupiah::new(item.price),
        quantity: item.quantity,
    };
    items.into_iter().map(one).collect()
}
