//! Views of what a newer release wrote: the words that this one does not know are shown as stored.
//!
//! A caller who knows the newer release understands them; and nothing can be done with such a resource
//! until that release runs again, so its next step is to wait.

use serde::Serialize;
use serde_json::{Value, json};

use super::AppError;
use crate::store::UnknownWord;

/// A view, with its words as stored.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ShownView<V> {
    /// Every word is known.
    Known(V),
    /// Some are not.
    Newer(Value),
}

/// What the API says of a failure that only a newer release knows.
const MESSAGE: &str = "A newer release of the service knows why.";

/// Puts the words into the view of what they belong to.
pub(super) fn shown<V: Serialize>(
    view: V,
    unknown: &[UnknownWord],
) -> Result<ShownView<V>, AppError> {
    if unknown.is_empty() {
        return Ok(ShownView::Known(view));
    }
    let mut view = serde_json::to_value(view).map_err(|_| AppError::Internal("rendering"))?;
    for UnknownWord { place, word } in unknown {
        let Some(pointer) = pointer(place) else {
            continue;
        };
        let Some(member) = view.pointer_mut(pointer) else {
            continue;
        };
        match member {
            Value::Array(words) => words.push(json!(word)),
            _ if pointer.ends_with("failure") => {
                *member = json!({"code": word, "message": MESSAGE, "retryable": false});
            }
            _ => *member = json!(word),
        }
    }
    if let Some(next) = view.get_mut("nextAction").filter(|next| !next.is_null()) {
        *next = json!({"type": "wait"});
    }
    for planned in ["nextCharge", "nextTryAt"] {
        if let Some(planned) = view.get_mut(planned) {
            *planned = Value::Null;
        }
    }
    Ok(ShownView::Newer(view))
}

/// Where the API shows the word of an attribute; `None` where it does not.
fn pointer(place: &str) -> Option<&'static str> {
    Some(match place {
        "status" => "/status",
        "failure" => "/failure",
        "flags" => "/flags",
        "confirmation" => "/method/confirmation",
        "invoiceScope" => "/invoiceScope",
        "capture.status" => "/capture/status",
        "capture.failure" => "/capture/failure",
        "card.paymentType" => "/method/paymentType",
        "card.acquirer" => "/method/acquirer",
        "kind" => "/type",
        "skipped" => "/skipReason",
        "retryThen" => "/retry/then",
        "catchUp" => "/catchUp",
        "calendar.unit" => "/interval/unit",
        "calendar.zone" => "/timeZone",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(place: &'static str, word: &str) -> UnknownWord {
        let word = word.to_owned();
        UnknownWord { place, word }
    }

    #[test]
    fn words_are_shown_as_stored_and_the_next_step_is_to_wait() {
        let view = json!({
            "status": "unknown",
            "failure": null,
            "flags": ["amount_mismatch"],
            "capture": {"status": "unknown"},
            "nextAction": {"type": "otp", "attemptsLeft": 3},
            "nextCharge": {"period": "2032-01-31"},
        });
        let unknown = [
            word("status", "disputed"),
            word("failure", "frozen"),
            word("flags", "sanctioned"),
            word("capture.status", "queued"),
            word("operation.state", "parked"),
            word("skipped", "holiday"),
        ];
        let shown = serde_json::to_value(shown(view, &unknown).unwrap()).unwrap();
        assert_eq!(
            shown,
            json!({
                "status": "disputed",
                "failure": {"code": "frozen", "message": MESSAGE, "retryable": false},
                "flags": ["amount_mismatch", "sanctioned"],
                "capture": {"status": "queued"},
                "nextAction": {"type": "wait"},
                "nextCharge": null,
            })
        );
    }

    #[test]
    fn what_is_known_is_shown_as_it_is() {
        let view = json!({"status": "paid", "nextAction": {"type": "otp"}});
        let same = serde_json::to_value(shown(view.clone(), &[]).unwrap()).unwrap();
        assert_eq!(same, view);
    }
}
