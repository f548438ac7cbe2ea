//! The items of a non-SNAP order.

use super::fields::{self, Fields};
use crate::answer::Refusal;

/// Twelve digits of rupiah.
pub const AMOUNT_MAX: u64 = 999_999_999_999;

/// Reads the items and gives their sum; none when there are no items.
pub fn total(items: &[Fields<'_>]) -> Result<Option<u64>, Refusal> {
    let mut total: u64 = 0;
    for item in items {
        item.optional_text("name", 1..=255, fields::any)?;
        let price = item.integer("price", 0..=AMOUNT_MAX)?;
        let quantity = item.integer("quantity", 1..=AMOUNT_MAX)?;
        item.close()?;
        total = price
            .checked_mul(quantity)
            .and_then(|line| total.checked_add(line))
            .ok_or_else(|| item.format("price"))?;
    }
    Ok((!items.is_empty()).then_some(total))
}
