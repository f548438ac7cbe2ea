//! A customer's registered cards.

use serde_json::{Value, json};

use crate::checks::fields;
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::Work;
use crate::random;
use crate::world::World;
use crate::world::bri::token::BriToken;
use crate::world::tokens::BRI_TOKEN_PREFIX;

/// The list. Its answer is not documented; assumed: that of the cards' token list.
pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let body = work.body()?;
    let customer = body.object("customer")?;
    let customer_id = customer.text("id", 1..=50, fields::any)?;
    customer.optional_text("name", 1..=70, fields::letters)?;
    customer.close()?;
    body.close()?;
    let tokens = work.world.bri.tokens.iter();
    let tokens: Vec<Value> = tokens
        .filter(|token| token.active && token.customer_id == customer_id)
        .map(|token| json!({"id": token.id, "masked_account": token.masked}))
        .collect();
    Ok(json!({"customer": {"id": customer_id}, "tokens": tokens}))
}

/// The customer registers a card with the merchant, on a way that is not simulated. None when the
/// id is taken.
pub fn register<'a>(
    world: &'a mut World,
    customer_id: &str,
    id: Option<String>,
) -> Option<&'a BriToken> {
    let id = id.unwrap_or_else(|| format!("{BRI_TOKEN_PREFIX}{}", random::alphanumeric(28)));
    if world.bri.tokens.get(&id).is_some() {
        return None;
    }
    let token = BriToken {
        id: id.clone(),
        customer_id: customer_id.to_owned(),
        masked: format!("522184******{}", random::digits(4)),
        active: true,
    };
    world.bri.tokens.insert(&id, token);
    world.bri.tokens.get(&id)
}

/// Deletes a card; false when there is none, or no longer.
pub fn delete(world: &mut World, id: &str) -> bool {
    match world.bri.tokens.get_mut(id) {
        Some(token) if token.active => {
            token.active = false;
            true
        }
        _ => false,
    }
}
