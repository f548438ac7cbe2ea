//! The body of a charge, made once and kept as it is: whatever is sent again is the same, byte for
//! byte.

use super::{AccountOrder, PayCommand, PayMethod};
use crate::doku::wire::card::page;
use crate::doku::wire::payment as wire;
use crate::domain::card::{CardOrder, Item};
use crate::domain::ids::PaymentId;
use crate::domain::money::Rupiah;
use crate::domain::pay_option::PayOption;
use crate::domain::payment::Payment;
use crate::domain::reference;
use crate::domain::sealed::Sealed;
use crate::domain::text::ReturnUrl;
use crate::secrets::Secrets;

/// What a payment's frozen body is sealed for.
pub(super) fn body_context(id: PaymentId) -> String {
    format!("PAYMENT#{id}/body")
}

/// Gives the payment its reference and freezes the body that carries it.
pub(super) fn name(payment: &mut Payment, command: &PayCommand, secrets: &Secrets, salt: u32) {
    let lengths = payment.channel.payment_reference;
    payment.reference = reference::for_invoice(&payment.invoice, lengths, salt);
    let body = match &command.method {
        PayMethod::Account(order) => account_body(payment, order),
        PayMethod::Card(order) => page_body(payment, order, &command.items),
    };
    let sealed = secrets.keyring().seal(&body_context(payment.id), &body);
    payment.operation.body = Some(Sealed(sealed));
}

fn account_body(payment: &Payment, order: &AccountOrder) -> Vec<u8> {
    let remarks = match &payment.description {
        Some(description) => description.as_str().to_owned(),
        None => format!("Invoice {}", payment.reference),
    };
    let default = payment.channel.pay_methods.first().map(|method| PayOption {
        method: (*method).to_owned(),
        amount: payment.amount,
        fee: Rupiah::ZERO,
    });
    let pay_options = if order.pay_options.is_empty() {
        default.as_slice()
    } else {
        &order.pay_options
    };
    wire::request(&wire::PaymentOrder {
        channel: payment.channel,
        reference: &payment.reference,
        amount: payment.amount,
        pay_options,
        fee_type: order.fee_type,
        remarks: &remarks,
        success_url: &back(&order.return_url, payment.id, "success"),
        failed_url: &back(&order.return_url, payment.id, "failed"),
    })
}

fn page_body(payment: &Payment, order: &CardOrder, items: &[Item]) -> Vec<u8> {
    let to = |url: Option<&ReturnUrl>, outcome| url.map(|url| back(url, payment.id, outcome));
    let failed_url = order.page.failed_url.as_ref().or(order.return_url.as_ref());
    page::request(&page::PageOrder {
        order,
        reference: &payment.reference,
        amount: payment.amount,
        items,
        callback_url: to(order.return_url.as_ref(), "success"),
        failed_url: to(failed_url, "failed"),
    })
}

/// The merchant's address, told which payment the browser comes back from. What the outcome says is
/// a courtesy: only the payment itself is proof.
fn back(url: &ReturnUrl, payment: PaymentId, outcome: &str) -> String {
    url.with(&[("paymentId", &payment.to_string()), ("outcome", outcome)])
}
