//! Deletion of a saved card, under the present path and under the older one.

use serde_json::{Value, json};

use crate::checks::fields;
use crate::non_snap::answer::Refusal;
use crate::operation::Operation;
use crate::operations::non_snap::Work;
use crate::world::faults::FaultKind;

pub fn perform(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let [present, _] = Operation::CardTokenDeletion.paths() else {
        return Err(Refusal::not_found("No such path"));
    };
    if work.call.path == *present {
        by_token(work)
    } else {
        by_token_and_customer(work)
    }
}

/// `{token {id}}`; the answer says what the token is now.
fn by_token(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let body = work.body()?;
    let token = body.object("token")?;
    let id = token.text("id", 1..=255, fields::any)?;
    token.close()?;
    body.close()?;
    let declined = work.fault == Some(FaultKind::Decline);
    if !declined && !delete(work, id) {
        return Err(Refusal {
            status: 404,
            code: "TOKEN_NOT_FOUND",
            message: "token.id is not known".to_owned(),
        });
    }
    let status = if declined { "ACTIVE" } else { "INACTIVE" };
    Ok(json!({"token": {"id": id, "status": status}}))
}

/// `{token_id, customer_id}`; a failure comes inside a success.
fn by_token_and_customer(work: &mut Work<'_>) -> Result<Value, Refusal> {
    let body = work.body()?;
    let id = body.text("token_id", 1..=255, fields::any)?;
    let customer_id = body.optional_text("customer_id", 1..=50, fields::any)?;
    body.close()?;
    let owner = work.world.cards.tokens.get(id);
    let owner = owner.map(|token| token.customer_id.clone());
    let of_another = match (&owner, customer_id) {
        (Some(owner), Some(customer_id)) => owner != customer_id,
        _ => false,
    };
    if of_another {
        let detail = format!(
            "token of {}, deleted for {}",
            owner.unwrap_or_default(),
            customer_id.unwrap_or_default()
        );
        work.violation("card_of_another_customer", detail);
    }
    let declined = work.fault == Some(FaultKind::Decline);
    let deleted = !of_another && !declined && delete(work, id);
    let status = if deleted {
        "DELETE SUCCESS"
    } else {
        "DELETE FAILED"
    };
    Ok(json!({"status": status}))
}

/// Deletes a saved card; false when there is none, or no longer.
fn delete(work: &mut Work<'_>, id: &str) -> bool {
    match work.world.cards.tokens.get_mut(id) {
        Some(token) if token.active => {
            token.active = false;
            true
        }
        _ => false,
    }
}
