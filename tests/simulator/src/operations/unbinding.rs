//! Unbinding of an account or a card: ends a binding and everything issued for it.

use serde_json::json;

use super::{Order, Work};
use crate::answer::Answer;
use crate::channel::CustomerToken;
use crate::operation::Operation;
use crate::random;
use crate::world::binding::BindingStatus;

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Answer {
    if let Some(holder) = &order.customer {
        if let Some(binding) = work.world.bindings.get_mut(&holder.auth_code) {
            binding.status = BindingStatus::Unbound;
        }
        work.world.tokens.void_binding(&holder.auth_code);
    }
    if order.place.version.token == CustomerToken::Card {
        return Answer::success(
            work.operation,
            json!({
                "bankCardToken": order.body.must("token"),
                "additionalInfo": {
                    "tokenStatus": "SUCCESS",
                    "tokenStatusMessage": "Card Unbound",
                },
            }),
        );
    }
    let fields = json!({"referenceNo": format!("UNB-{}", random::digits(12))});
    if work.operation == Operation::Unbinding && work.world.settings.unbinding_as_standard {
        Answer::accepted("09", fields)
    } else {
        Answer::success(work.operation, fields)
    }
}
