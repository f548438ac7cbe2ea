//! Unbinding of an account or a card: ends a binding and everything issued for it.

use serde_json::json;

use super::{Order, Work};
use crate::answer::Answer;
use crate::channel::CustomerToken;
use crate::operation::Operation;
use crate::random;
use crate::world::binding::BindingStatus;

pub fn perform(work: &mut Work<'_>, order: &Order<'_>) -> Answer {
    let by_card = order.place.version.token == CustomerToken::Card;
    if let Some(holder) = &order.customer {
        if work.world.settings.unbinding_on_page && !by_card {
            return on_page(work, &holder.auth_code);
        }
        if let Some(binding) = work.world.bindings.get_mut(&holder.auth_code) {
            binding.status = BindingStatus::Unbound;
        }
        work.world.tokens.void_binding(&holder.auth_code);
    }
    if by_card {
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

/// Answers with the page on which the customer has to confirm it. Where the address stands differs
/// between DOKU's libraries: inside `additionalInfo` for an account, at the top for a card.
fn on_page(work: &Work<'_>, auth_code: &str) -> Answer {
    let url = format!(
        "{}/direct-debit/ui/unbinding/core/{auth_code}",
        work.page_base
    );
    let mut fields = json!({"referenceNo": format!("UNB-{}", random::digits(12))});
    if work.operation == Operation::CardUnbinding {
        fields["redirectUrl"] = json!(url);
    } else {
        fields["additionalInfo"] = json!({"redirectUrl": url});
    }
    Answer::success(work.operation, fields)
}
