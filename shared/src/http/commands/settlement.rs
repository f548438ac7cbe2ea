//! The payload of `reconcile` with which an operator settles what was escalated.

use serde_json::Value;

use super::{Parsed, done, money};
use crate::app::{SettleCommand, Settleable};
use crate::domain::error::{FieldError, Rule};
use crate::domain::ids::{BindingId, PaymentId, RefundId};
use crate::domain::settlement::SettledAs;
use crate::domain::text::{Reason, plain};
use crate::http::fields::Fields;

const OUTCOME: Rule =
    Rule("must be paid, refunded, succeeded, captured, failed, unbound or active");
const ID: Rule = Rule("must be the id of a payment, a refund or a binding");

/// `{"settle": …}`.
pub fn settlement(value: &Value) -> Parsed<SettleCommand> {
    let mut fields = Fields::new(value);
    let what = fields.required_reference("id", target);
    let payment = fields.optional_reference("paymentId", PaymentId::parse);
    let of_capture = fields.flag("capture");
    let outcome = fields.required("outcome", |text| SettledAs::parse(text).ok_or(OUTCOME));
    let reference_no = fields.optional_reference("referenceNo", |text| {
        plain(text, 1, 64).map(|()| text.to_owned())
    });
    let amount = fields.optional_object("amount", money).flatten();
    let by = fields.required("by", name);
    let reason = fields.required("reason", Reason::parse);
    if let (Some(what), Some(outcome)) = (&what, outcome)
        && let Some(rule) = misfit(what, of_capture, outcome)
    {
        fields.refuse("outcome", rule);
    }
    if of_capture && !matches!(what, None | Some(Settleable::Payment(_))) {
        fields.refuse("capture", "goes with the id of a payment");
    }
    if payment.is_some() && !matches!(what, None | Some(Settleable::Refund(..))) {
        fields.refuse("paymentId", "goes with the id of a refund");
    }
    match outcome.map(SettledAs::moved_money) {
        Some(true) => {
            for name in ["amount", "referenceNo"] {
                if !fields.has(name) {
                    fields.refuse(name, "is required where money moved");
                }
            }
        }
        Some(false) if fields.has("amount") => {
            fields.refuse("amount", "must be left out where no money moved");
        }
        Some(false) | None => {}
    }
    let what = what.map(|what| match what {
        Settleable::Refund(id, _) => Settleable::Refund(id, payment),
        other => other,
    });
    let command = (|| {
        Some(SettleCommand {
            what: what?,
            outcome: outcome?,
            of_capture,
            reference_no,
            amount,
            by: by?,
            reason: reason?,
        })
    })();
    done(fields, command)
}

/// The operator whom a payload names in `by`; `None` where it names none.
pub fn operator(payload: &Value) -> Result<Option<String>, FieldError> {
    let by = payload.get("by").filter(|by| !by.is_null());
    let named = by.map(|by| by.as_str().ok_or(Rule("must be text")).and_then(name));
    named
        .transpose()
        .map_err(|Rule(rule)| FieldError::new("by", rule))
}

/// The name of an operator.
fn name(text: &str) -> Result<String, Rule> {
    plain(text, 1, 64).map(|()| text.to_owned())
}

fn target(text: &str) -> Result<Settleable, Rule> {
    let payment = PaymentId::parse(text).map(Settleable::Payment);
    payment
        .or_else(|_| RefundId::parse(text).map(|id| Settleable::Refund(id, None)))
        .or_else(|_| BindingId::parse(text).map(Settleable::Binding))
        .map_err(|_| ID)
}

/// The rule that an outcome breaks for what is settled.
fn misfit(what: &Settleable, of_capture: bool, outcome: SettledAs) -> Option<&'static str> {
    use SettledAs::{Active, Captured, Failed, Paid, Refunded, Succeeded, Unbound};
    let (words, rule): (&[SettledAs], _) = match what {
        Settleable::Payment(_) if of_capture => (
            &[Captured, Failed],
            "must be captured or failed for a capture",
        ),
        Settleable::Payment(_) => (
            &[Paid, Refunded, Failed],
            "must be paid, refunded or failed for a payment",
        ),
        Settleable::Refund(..) => (
            &[Succeeded, Failed],
            "must be succeeded or failed for a refund",
        ),
        Settleable::Binding(_) => (
            &[Unbound, Active, Failed],
            "must be unbound, active or failed for a binding",
        ),
    };
    (!words.contains(&outcome)).then_some(rule)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operator_may_be_named() {
        for (payload, expected) in [
            (json!({}), Ok(None)),
            (json!({"by": null}), Ok(None)),
            (
                json!({"by": "Ayu, operations"}),
                Ok(Some("Ayu, operations")),
            ),
            (json!({"by": ""}), Err("by")),
            (json!({"by": 7}), Err("by")),
            (json!({"by": "x".repeat(65)}), Err("by")),
            (json!({"by": "a\nb"}), Err("by")),
        ] {
            let named = operator(&payload);
            let named = named.as_ref().map(Option::as_deref);
            assert_eq!(named.map_err(|error| &*error.field), expected, "{payload}");
        }
    }

    fn good() -> Value {
        json!({
            "id": "pay_01JD0000000000000000000000",
            "outcome": "paid",
            "referenceNo": "0101202611210000000000012345678901",
            "amount": {"value": "9000.00", "currency": "IDR"},
            "by": "Ayu, operations",
            "reason": "Paid in DOKU's dashboard, ticket 4711",
        })
    }

    fn wrong(changes: &Value) -> Vec<String> {
        let mut value = good();
        let members = value.as_object_mut().unwrap();
        for (name, change) in changes.as_object().unwrap() {
            match change {
                Value::Null => members.remove(name),
                change => members.insert(name.clone(), change.clone()),
            };
        }
        let mut fields: Vec<_> = match settlement(&value) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.field).collect(),
        };
        fields.sort_unstable();
        fields
    }

    #[test]
    fn every_wrong_field_is_named() {
        let refund = "rfn_01JD0000000000000000000000";
        let binding = "bnd_01JD0000000000000000000000";
        let table = [
            (json!({}), vec![]),
            (
                json!({"outcome": "failed", "amount": null, "referenceNo": null}),
                vec![],
            ),
            (json!({"id": refund, "outcome": "succeeded"}), vec![]),
            (json!({"outcome": "captured", "capture": true}), vec![]),
            (
                json!({"id": binding, "outcome": "unbound", "amount": null, "referenceNo": null}),
                vec![],
            ),
            (json!({"id": "pay_1"}), vec!["id"]),
            (
                json!({"id": null, "by": null, "reason": null}),
                vec!["by", "id", "reason"],
            ),
            (json!({"outcome": "succeeded"}), vec!["outcome"]),
            (json!({"id": refund, "outcome": "paid"}), vec!["outcome"]),
            (json!({"outcome": "lost"}), vec!["outcome"]),
            (
                json!({"outcome": "paid", "amount": null, "referenceNo": null}),
                vec!["amount", "referenceNo"],
            ),
            (json!({"outcome": "failed"}), vec!["amount"]),
            (
                json!({"id": refund, "outcome": "failed", "capture": true, "amount": null}),
                vec!["capture"],
            ),
            (
                json!({"paymentId": "pay_01JD0000000000000000000000"}),
                vec!["paymentId"],
            ),
            (
                json!({"amount": {"value": "0.00", "currency": "IDR"}}),
                vec!["amount.value"],
            ),
            (
                json!({"amount": {"value": "1.00", "currency": "USD"}}),
                vec!["amount.currency"],
            ),
            (
                json!({"by": "", "reason": "x".repeat(256)}),
                vec!["by", "reason"],
            ),
            (
                json!({"by": "4111 1111 1111 1111", "reason": "card 4111111111111111"}),
                vec!["by", "reason"],
            ),
            (json!({"why": "x"}), vec!["why"]),
        ];
        for (changes, expected) in table {
            assert_eq!(wrong(&changes), expected, "{changes}");
        }
    }
}
