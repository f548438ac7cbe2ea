//! The refund of DOKU's samples, for the tests of every spelling.

use super::{RefundOrder, request};
use crate::domain::channel::Channel;
use crate::domain::ids::{ExternalId, Reference};
use crate::domain::money::Rupiah;

/// A refund with everything that may be said of it, and the one with the least.
pub(super) fn bodies(channel: &'static Channel) -> [String; 2] {
    let payment = Reference::parse("INV-0001").unwrap();
    let reference = Reference::parse("RFD-0001").unwrap();
    let external_id = ExternalId::trusted("20261120081530123456789012345678".into());
    let least = RefundOrder {
        channel,
        payment: &payment,
        payment_reference_no: None,
        payment_external_id: None,
        reference: &reference,
        amount: Rupiah::new(5_000),
        reason: None,
    };
    let whole = RefundOrder {
        payment_reference_no: Some("DK1"),
        payment_external_id: Some(&external_id),
        reason: Some("Item returned"),
        ..least
    };
    [whole, least].map(|order| String::from_utf8(request(&order)).unwrap())
}
