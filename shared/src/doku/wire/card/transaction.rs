//! A card transaction as DOKU tells of it: the body of a notification, and of a status check.
//!
//! DOKU's own sample of the notification is not published; its members are those of the status
//! check. Only the invoice number, the status and, of a success, the amount must be there, members that
//! are not known are ignored, and the name of the authorisation is read wherever it stands.
//!
//! Sources: DOKU developers, "HTTP notification sample, non-SNAP" and "Check status API, non-SNAP"
//! (read 2026-11-20).
//!
//! - `body`: the members of the body
//! - `identity`: the payment that it is about
//! - `meaning`: what its status and type mean

mod body;
mod identity;
mod meaning;

pub use identity::unread;
pub use meaning::Meaning;

use super::super::notification::BadMember;
use super::super::unread::is_possible_reference;
use crate::clock::Timestamp;
use crate::domain::card::{UsedCard, masked};
use crate::domain::identity::Service;
use crate::domain::money::StatedAmount;
use crate::domain::outcome::CardNews;
use body::{Body, CardPayment, Inner, Named, Order, Refund};

/// Where the status of an order (by our name for the payment) or of one request (by its `Request-Id`)
/// is asked for. Neither holds a character that would have to be encoded.
pub fn status_path(name: &str) -> String {
    format!("/orders/v1/status/{name}")
}

/// What was told, of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Our name for the payment.
    pub invoice: String,
    /// The order's amount; which of the amounts of a captured or refunded order it is, DOKU does not
    /// say. Without a value where none is stated, which only a success has to.
    pub amount: StatedAmount,
    /// `SUCCESS`, `FAILED`, …, as received.
    pub status: String,
    /// `SALE`, `AUTHORIZE`, `CAPTURE`, `REFUND`, …, as received.
    pub kind: Option<String>,
    /// When it happened, as received.
    pub date: Option<String>,
    /// `Request-Id` of the payment's call.
    pub original_request_id: Option<String>,
    /// `Request-Id` of the call that this is about.
    pub request_id: Option<String>,
    /// The card decision's code.
    pub response_code: Option<String>,
    /// What went back.
    pub refund_amount: Option<StatedAmount>,
    /// `service.id`, as received: `CREDIT_CARD`, `DIRECT_DEBIT`.
    pub service: Option<String>,
    /// `channel.id`, as received.
    pub channel: Option<String>,
    /// `acquirer.id`, as received.
    pub acquirer: Option<String>,
    /// Another payment method, of which a block of the body has the details.
    pub method: Option<Service>,
    /// True when it has details of a card.
    pub has_card: bool,
    /// The card's side.
    pub card: CardNews,
}

/// Reads a notification's or a status check's body.
pub fn read(body: &[u8]) -> Result<Transaction, BadMember> {
    let body: Body = super::super::object(body).ok_or(BadMember("body"))?;
    let method = body.method();
    let has_card = body.card_payment.is_some();
    let order = body.order.unwrap_or_default();
    let inner = body.transaction.unwrap_or_default();
    let card = body.card_payment.unwrap_or_default();
    let payment = body.payment.unwrap_or_default();
    let invoice = order
        .invoice_number
        .filter(|text| is_possible_reference(text))
        .ok_or(BadMember("order.invoice_number"))?;
    let word = |text: &String| {
        text.len() <= 32 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let status = inner
        .status
        .filter(word)
        .ok_or(BadMember("transaction.status"))?;
    let currency = order.currency.unwrap_or_else(|| "IDR".to_owned());
    let stated = |value: String| StatedAmount {
        value,
        currency: currency.clone(),
    };
    let happened_at = inner.date.as_deref().and_then(Timestamp::parse_lenient);
    // One with more digits than are read is the same moment without them.
    let date = inner.date.and_then(|text| {
        let shortened = || happened_at.map(Timestamp::rfc3339_millis);
        if text.len() <= 40 {
            Some(text)
        } else {
            shortened()
        }
    });
    // Of other services an expiry states none.
    let amount = match order.amount {
        Some(amount) => amount,
        None if status != "SUCCESS" => String::new(),
        None => return Err(BadMember("order.amount")),
    };
    Ok(Transaction {
        amount: stated(amount),
        refund_amount: body.refund.and_then(|refund| refund.amount).map(stated),
        invoice,
        status,
        kind: inner.r#type.or(card.r#type).map(|kind| {
            // A type that cannot be read is not the same as none.
            if word(&kind) { kind } else { "?".to_owned() }
        }),
        original_request_id: inner.original_request_id.filter(|id| id.len() <= 128),
        request_id: card.request_id.filter(|id| id.len() <= 128),
        response_code: card.response_code.filter(word),
        service: Named::id(body.service),
        channel: Named::id(body.channel),
        acquirer: Named::id(body.acquirer),
        method,
        has_card,
        card: CardNews {
            authorize_id: body
                .authorize_id
                .or(body.authorized_id)
                .or(card.authorize_id)
                .or(card.authorized_id)
                .or(payment.authorize_id)
                .or(payment.authorized_id)
                .filter(|id| id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic())),
            happened_at,
            used: UsedCard {
                masked: card
                    .card_masked
                    .or(card.masked_card_number)
                    .as_deref()
                    .and_then(masked),
                brand: card.brand.filter(|text| short(text)),
                issuer: card.issuer.filter(|text| short(text)),
                kind: card.card_type.filter(|text| short(text)),
            },
        },
        date,
    })
}

fn short(text: &str) -> bool {
    text.chars().count() <= 64 && !text.chars().any(char::is_control)
}

impl Transaction {
    /// What was read of it, in the form in which it can be read again: the rest, the customer's name
    /// and address among it, is not kept.
    pub fn keep(&self) -> String {
        let used = self.card.used.clone();
        let body = Body {
            order: Some(Order {
                invoice_number: Some(self.invoice.clone()),
                amount: Some(self.amount.value.clone()).filter(|value| !value.is_empty()),
                currency: Some(self.amount.currency.clone()),
            }),
            transaction: Some(Inner {
                status: Some(self.status.clone()),
                date: self.date.clone(),
                r#type: self.kind.clone(),
                original_request_id: self.original_request_id.clone(),
            }),
            service: Named::keep(self.service.as_ref()),
            channel: Named::keep(self.channel.as_ref()),
            acquirer: Named::keep(self.acquirer.as_ref()),
            card_payment: self.has_card.then(|| CardPayment {
                request_id: self.request_id.clone(),
                response_code: self.response_code.clone(),
                card_masked: used.masked,
                card_type: used.kind,
                issuer: used.issuer,
                brand: used.brand,
                ..CardPayment::default()
            }),
            payment: None,
            refund: self.refund_amount.as_ref().map(|amount| Refund {
                amount: Some(amount.value.clone()),
            }),
            authorize_id: self.card.authorize_id.clone(),
            other_method: self.method.map(|method| method.as_str().to_owned()),
            ..Body::default()
        };
        serde_json::to_string(&body).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
