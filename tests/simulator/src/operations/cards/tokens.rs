//! A customer's saved cards.

use serde_json::{Value, json};

use crate::checks::fields;
use crate::non_snap::answer::Refusal;
use crate::operations::non_snap::Work;
use crate::world::cards::token::CardToken;

pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let body = work.body()?;
    let customer = body.object("customer")?;
    let customer_id = customer.text("id", 1..=50, fields::any)?;
    customer.close()?;
    let channel = body.object("channel")?;
    channel.constant("id", "CREDIT_CARD")?;
    channel.close()?;
    let issuer = match body.optional_object("issuer")? {
        None => None,
        Some(issuer) => {
            let id = issuer.optional_text("id", 1..=64, fields::any)?;
            issuer.close()?;
            id
        }
    };
    body.close()?;
    let tokens: Vec<Value> = work
        .world
        .cards
        .tokens
        .iter()
        .filter(|token| token.active && token.customer_id == customer_id)
        .filter(|token| issuer.is_none_or(|issuer| token.card.issuer == issuer))
        .map(row)
        .collect();
    Ok(json!({"customer": {"id": customer_id}, "tokens": tokens}))
}

fn row(token: &CardToken) -> Value {
    json!({
        "id": token.id,
        "masked_account": token.card.masked(),
        "card": {
            "cardholder_name": token.holder,
            "expiry": token.expiry,
            "brand": token.card.brand,
            "issuer": token.card.issuer,
            "country": token.card.country,
            "bin": token.card.bin(),
            "type": token.card.kind,
        },
    })
}
