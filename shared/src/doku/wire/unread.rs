//! What a verified body that cannot be read tells all the same: which order it is about, and of what product.

use crate::domain::channel::Family;
use crate::domain::identity::{Ids, Service, Statement};

/// A body that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unread {
    /// It is about no order: a word for the metrics.
    NoOrder(&'static str),
    /// It is about an order.
    Order(Fragment),
}

/// The members of an order by which its product is known, as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fragment {
    /// The protocol in which it came.
    pub family: Family,
    /// The name of the order, in any length and alphabet.
    pub reference: Option<String>,
    /// The service.
    pub service: Option<String>,
    /// The channel, which may be stated twice.
    pub channels: [Option<String>; 2],
    /// The bank or wallet, which may be stated twice.
    pub acquirers: [Option<String>; 2],
    /// Another payment method, of which it has the details.
    pub method: Option<Service>,
    /// True when it has details that only a payment of ours has.
    pub has_own_details: bool,
    /// True when it states that there is no product: that the customer has not chosen one.
    pub states_no_product: bool,
}

impl Fragment {
    /// The name of the order, if a payment here could have it.
    pub fn possible_reference(&self) -> Option<&str> {
        let reference = self.reference.as_deref();
        reference.filter(|text| is_possible_reference(text))
    }

    /// True when its name is certainly that of another system's order: none here is written in such letters,
    /// nor, with the product stated beside it, as long.
    pub fn has_foreign_reference(&self) -> bool {
        self.reference.as_deref().is_some_and(|text| {
            let has_foreign_letters = !text.bytes().all(|b| b.is_ascii_graphic());
            has_foreign_letters
                || !is_possible_reference(text) && self.statement().names_a_product()
        })
    }

    /// What it states about the identity of its payment.
    pub fn statement(&self) -> Statement<'_> {
        Statement {
            family: self.family,
            reference: self.reference.as_deref(),
            service: self.service.as_deref(),
            channels: self.channels.each_ref().map(Option::as_deref),
            acquirers: self.acquirers.each_ref().map(Option::as_deref),
            method: self.method,
            ids: match self.family {
                Family::Snap => Ids::Snap {
                    reference_no: None,
                    external_id: None,
                },
                Family::NonSnap => Ids::NonSnap {
                    original_request_id: None,
                    request_id: None,
                    is_first_charge: false,
                },
            },
        }
    }
}

/// True for a name that a payment here could have at DOKU.
pub fn is_possible_reference(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
