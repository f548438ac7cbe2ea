//! The statements of a transaction about the identity of its payment.

use super::body::{Body, Named};
use super::{Meaning, Transaction};
use crate::domain::channel::Family;
use crate::domain::identity::{Ids, Statement};
use crate::domain::movement::RefundKind;
use crate::domain::outcome::Verdict;

/// The service that a body is about which cannot be read and certainly is not of ours: of a review for
/// fraud, of an order whose number no payment of ours could have, or of something that is no order.
pub fn foreign_subject(
    body: &[u8],
    is_foreign: impl Fn(&Statement<'_>) -> bool,
) -> Option<&'static str> {
    let members: serde_json::Map<String, serde_json::Value> = super::super::super::object(body)?;
    if members
        .get("verification")
        .is_some_and(serde_json::Value::is_object)
    {
        return Some("FRAUD_REVIEW");
    }
    let frame = ["order", "transaction", "service", "channel", "card_payment"];
    if !members.is_empty() && !frame.iter().any(|name| members.contains_key(*name)) {
        return Some("OTHER");
    }
    let body: Body = super::super::super::object(body)?;
    let method = body.method();
    let invoice = body.order.and_then(|order| order.invoice_number);
    let has_space = invoice.is_some_and(|text| text.contains(char::is_whitespace));
    let (service, channel) = (Named::id(body.service), Named::id(body.channel));
    let acquirer = Named::id(body.acquirer);
    let statement = Statement {
        family: Family::NonSnap,
        reference: None,
        service: service.as_deref(),
        channel: channel.as_deref(),
        acquirer: acquirer.as_deref(),
        method,
        ids: Ids::NonSnap {
            original_request_id: None,
            request_id: None,
            is_first_charge: false,
        },
    };
    (has_space || is_foreign(&statement)).then(|| statement.label())
}

impl Transaction {
    /// What it states about the identity of its payment.
    pub fn statement(&self) -> Statement<'_> {
        let is_charge = match self.meaning() {
            Meaning::Payment(Verdict::Captured | Verdict::CaptureFailed(_))
            | Meaning::Refund { .. } => false,
            Meaning::Payment(_) | Meaning::Open => true,
        };
        // Also while DOKU works on it.
        let is_later = self.kind.as_deref().is_some_and(|kind| {
            matches!(kind, "RECURRING" | "CAPTURE" | "REFUND" | "VOID")
                || RefundKind::parse(kind).is_some()
        });
        Statement {
            family: Family::NonSnap,
            reference: Some(&self.invoice),
            service: self.service.as_deref(),
            channel: self.channel.as_deref(),
            acquirer: self.acquirer.as_deref(),
            method: self.method,
            ids: Ids::NonSnap {
                original_request_id: self.original_request_id.as_deref(),
                request_id: self.request_id.as_deref(),
                is_first_charge: is_charge && !is_later,
            },
        }
    }
}
