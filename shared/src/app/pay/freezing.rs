//! The body of a charge, made once and kept as it is: whatever is sent again is the same, byte for
//! byte.

use secrecy::SecretString;

use super::payer::Payer;
use super::{AccountOrder, PayCommand, PayMethod, WalletOrder};
use crate::doku::wire::card::page;
use crate::doku::wire::payment as wire;
use crate::doku::wire::recurring;
use crate::domain::card::{CardOrder, Item};
use crate::domain::channel::{Recurring, Wanted};
use crate::domain::ids::PaymentId;
use crate::domain::money::Rupiah;
use crate::domain::pay_option::PayOption;
use crate::domain::payment::Payment;
use crate::domain::reference;
use crate::domain::return_url::ReturnUrl;
use crate::domain::sealed::Sealed;
use crate::secrets::Secrets;

/// What a payment's frozen body is sealed for.
pub(super) fn body_context(id: PaymentId) -> String {
    format!("PAYMENT#{id}/body")
}

/// Gives the payment its reference and freezes the body that carries it.
pub(super) fn name(
    payment: &mut Payment,
    command: &PayCommand,
    payer: &Payer,
    secrets: &Secrets,
    salt: u32,
) {
    let lengths = payment.channel.payment_reference;
    payment.reference = reference::for_invoice(payment.invoice_name(), lengths, salt);
    let merchant = secrets.client_id();
    let body = match &command.method {
        PayMethod::Account(order) => {
            let charge_token = payer.charge_token();
            account_body(payment, order, &command.items, merchant, charge_token)
        }
        PayMethod::Recurring(_) => recurring_body(payment, &command.items, payer, merchant),
        PayMethod::Wallet(order) => wallet_body(payment, order, &command.items, merchant),
        PayMethod::Card(order) => page_body(payment, order, &command.items),
    };
    let sealed = secrets.keyring().seal(&body_context(payment.id), &body);
    payment.operation.body = Some(Sealed(sealed));
}

/// What the statement says: the merchant's words, or the payment's name.
fn remarks(payment: &Payment) -> String {
    let text = match &payment.description {
        Some(description) => description.as_str().to_owned(),
        None => format!("Invoice {}", payment.reference),
    };
    text.chars().take(payment.channel.remarks_max).collect()
}

/// What a payment is paid out of where that has to be said and was not.
fn default_pay_options(payment: &Payment) -> Vec<PayOption> {
    let needed = payment.channel.pay_options == Wanted::Must;
    let methods = payment.channel.pay_methods.iter().filter(|_| needed);
    let default = methods.take(1).map(|method| PayOption {
        method: (*method).to_owned(),
        amount: payment.amount,
        fee: Rupiah::ZERO,
    });
    default.collect()
}

fn account_body(
    payment: &Payment,
    order: &AccountOrder,
    items: &[Item],
    merchant: &str,
    charge_token: Option<&SecretString>,
) -> Vec<u8> {
    let default = default_pay_options(payment);
    let pay_options = if order.pay_options.is_empty() {
        &default
    } else {
        &order.pay_options
    };
    wire::request(&wire::PaymentOrder {
        channel: payment.channel,
        merchant,
        reference: &payment.reference,
        amount: payment.amount,
        pay_options,
        fee_type: order.fee_type,
        items,
        remarks: &remarks(payment),
        charge_token,
        confirmation: payment.confirmation,
        way_back: wire::WayBack::Urls {
            success: &back(&order.return_url, payment.id, "success"),
            failed: &back(&order.return_url, payment.id, "failed"),
        },
        is_recurring: false,
    })
}

/// The charge of a subscription. The addresses are those of the linking: nobody is sent there.
fn recurring_body(payment: &Payment, items: &[Item], payer: &Payer, merchant: &str) -> Vec<u8> {
    let account = match payer {
        Payer::Account(account) => account,
        Payer::Token(token) => {
            return recurring::request(&recurring::RecurringOrder {
                customer: &payment.customer,
                reference: &payment.reference,
                amount: payment.amount,
                items,
                token,
            });
        }
        // Neither can be charged without its customer.
        Payer::Wallet | Payer::Card => return Vec::new(),
    };
    let url = &account.binding.return_url;
    wire::request(&wire::PaymentOrder {
        channel: payment.channel,
        merchant,
        reference: &payment.reference,
        amount: payment.amount,
        pay_options: &default_pay_options(payment),
        fee_type: None,
        items,
        remarks: &remarks(payment),
        charge_token: payer.charge_token(),
        confirmation: payment.confirmation,
        way_back: wire::WayBack::Urls {
            success: url,
            failed: url,
        },
        is_recurring: payment.channel.recurring == Some(Recurring::PaymentType),
    })
}

fn wallet_body(payment: &Payment, order: &WalletOrder, items: &[Item], merchant: &str) -> Vec<u8> {
    let url = order.way_back(&payment.id.to_string());
    wire::request(&wire::PaymentOrder {
        channel: payment.channel,
        merchant,
        reference: &payment.reference,
        amount: payment.amount,
        pay_options: &[],
        fee_type: None,
        items,
        remarks: &remarks(payment),
        charge_token: None,
        confirmation: payment.confirmation,
        way_back: wire::WayBack::Jump(wire::Jump {
            url: &url,
            is_deep_link: order.deep_link.is_some(),
            from: order.from,
            valid_until: order.valid_until,
            deep_link_checkout: order.deep_link_checkout,
            metadata: order.metadata.as_deref(),
        }),
        is_recurring: false,
    })
}

fn page_body(payment: &Payment, order: &CardOrder, items: &[Item]) -> Vec<u8> {
    // The order's number and not our id: a restored table has the first no other way, and the same Request-Id
    // must carry the same body.
    let to = |url: Option<&ReturnUrl>, outcome| {
        let invoice = payment.reference.as_str();
        url.map(|url| url.with(&[("invoiceNumber", invoice), ("outcome", outcome)]))
    };
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
