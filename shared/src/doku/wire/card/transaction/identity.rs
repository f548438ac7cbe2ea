//! The statements of a transaction about the identity of its payment.

use super::super::super::unread::{Fragment, Unread};
use super::body::{Body, Named};
use super::{Meaning, Transaction};
use crate::domain::channel::Family;
use crate::domain::identity::{Ids, Statement};
use crate::domain::movement::RefundKind;
use crate::domain::outcome::Verdict;

/// What can be said of a body that cannot be read as a transaction; `None` of what is no object.
pub fn unread(body: &[u8]) -> Option<Unread> {
    let members: serde_json::Map<String, serde_json::Value> = super::super::super::object(body)?;
    if members
        .get("verification")
        .is_some_and(serde_json::Value::is_object)
    {
        return Some(Unread::NoOrder("FRAUD_REVIEW"));
    }
    let frame = ["order", "transaction", "service", "channel", "card_payment"];
    if !members.is_empty() && !frame.iter().any(|name| members.contains_key(*name)) {
        return Some(Unread::NoOrder("OTHER"));
    }
    let body: Body = super::super::super::object(body)?;
    Some(Unread::Order(Fragment {
        family: Family::NonSnap,
        method: body.method(),
        has_own_details: body.card_payment.is_some(),
        states_no_product: ["service", "channel", "acquirer"]
            .iter()
            .any(|name| members.get(*name).is_some_and(serde_json::Value::is_null)),
        reference: body.order.and_then(|order| order.invoice_number),
        service: Named::id(body.service),
        channels: [Named::id(body.channel), None],
        acquirers: [Named::id(body.acquirer), None],
    }))
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
            channels: [self.channel.as_deref(), None],
            acquirers: [self.acquirer.as_deref(), None],
            method: self.method,
            ids: Ids::NonSnap {
                original_request_id: self.original_request_id.as_deref(),
                request_id: self.request_id.as_deref(),
                is_first_charge: is_charge && !is_later,
            },
        }
    }
}
